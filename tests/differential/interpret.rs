//! The reference: runs a function by walking its tree, with each defer at the place that the caller says.
//!
//! Nothing is lowered here. A frame holds a stack of lists of pending calls, one for the function and one for each
//! iteration under way, and a defer statement picks the list that it goes to.

use crate::ast::{Block, Cond, Defer, Deferred, Expr, Function, Header, List, Literal, Method, Stmt};
use crate::helpers;
use crate::value::{Cell, Env, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

/// Where a statement leaves control.
#[derive(Clone, Debug)]
pub(crate) enum Flow {
    Next,
    Break(Option<String>),
    Continue(Option<String>),
    Return,
}

/// What a panic carries.
#[derive(Clone, Debug)]
pub(crate) struct Panic(pub(crate) String);

pub(crate) type Outcome<T> = Result<T, Panic>;

/// A deferred call with everything that the defer statement evaluates.
pub(crate) enum Pending {
    Bound(Cell, Method),
    Trace(String, Value),
    Literal(Env, Block),
    Function(Value),
    Recover(Env, String, Option<String>),
}

/// Deferred calls with the numbers of their defers.
type Calls = Vec<(usize, Pending)>;

/// One call of a function: its results and what it still has to run.
pub(crate) struct Frame {
    pub(crate) results: Vec<Cell>,
    /// The function's own list first, then one per iteration, with the loop's number. Each call has its defer's number.
    pub(crate) pending: Vec<(Option<usize>, Calls)>,
    /// How many of the function's own there were when its outermost loop began: guards are registered there.
    pub(crate) before_loop: usize,
}

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) trace: String,
    /// A deferred call panicked.
    pub(crate) cleanup_panicked: bool,
    /// Something panicked, whatever became of it.
    pub(crate) panicked: bool,
}

/// The machine: what was traced, and which defers run at the end of which loop's iteration.
pub(crate) struct Machine<'a> {
    pub(crate) trace: String,
    cleanup_panicked: bool,
    panicked: bool,
    iteration: &'a BTreeMap<usize, usize>,
    waiting: &'a Waiting,
    /// The zero value of the type parameter.
    zero: Value,
}

/// The defers of an iteration that wait for the function's end where a `return` or a panic ends the iteration.
#[derive(Clone, Default)]
pub(crate) struct Waiting {
    /// Those that a guard runs, which is registered where the outermost loop begins.
    pub(crate) guarded: BTreeSet<usize>,
    /// Those that were never moved.
    pub(crate) staying: BTreeSet<usize>,
}

/// Calls the function with two arguments. `iteration` names the loop of every defer that runs at an iteration's end;
/// the others run at the function's, and so do those that are `waiting` where the function ends the iteration.
pub(crate) fn run(
    function: &Function,
    args: (i64, i64),
    iteration: &BTreeMap<usize, usize>,
    waiting: &Waiting,
) -> Run {
    let (own, zero) = match function.header {
        Header::GenericMethod => (Value::Int(7), Value::Int(0)),
        _ => (Value::Text("v".into()), Value::Text(String::new())),
    };
    let (trace, cleanup_panicked, panicked) = (String::new(), false, false);
    let mut machine = Machine { trace, cleanup_panicked, panicked, iteration, waiting, zero };
    let mut env = Env::default();
    env.declare("v", own);
    env.declare(&function.params[0], Value::Int(args.0));
    env.declare(&function.params[1], Value::Int(args.1));
    match machine.call(function.list, &function.body, &env) {
        Ok(results) => results.iter().enumerate().for_each(|(k, value)| {
            machine.note(&format!("result{k}"), value);
        }),
        Err(Panic(text)) => machine.note("panic", &Value::Text(text)),
    }
    let Machine { trace, cleanup_panicked, panicked, .. } = machine;
    Run { trace, cleanup_panicked, panicked }
}

impl Machine<'_> {
    pub(crate) fn note(&mut self, label: &str, value: &Value) {
        let _ = writeln!(self.trace, "{label}={value}");
    }

    /// Runs a body to its end, its deferred calls included.
    fn call(&mut self, list: List, body: &Block, env: &Env) -> Outcome<Vec<Value>> {
        let mut env = env.nested();
        let results = self.declare_results(list, &mut env);
        let mut frame = Frame { results, pending: vec![(None, Vec::new())], before_loop: 0 };
        let ended = self.statements(body, &mut env, &mut frame);
        let own = frame.pending.pop().map(|(_, calls)| calls).unwrap_or_default();
        self.unwind(own, ended)?;
        Ok(frame.results.iter().map(|cell| cell.borrow().clone()).collect())
    }

    /// Runs deferred calls, the last one first. A call that panics replaces the panic before it.
    fn unwind(&mut self, calls: Calls, ended: Outcome<Flow>) -> Outcome<Flow> {
        let (flow, mut panicking) = match ended {
            Ok(flow) => (flow, None),
            Err(panic) => (Flow::Return, Some(panic)),
        };
        self.panicked |= panicking.is_some();
        for (_, call) in calls.into_iter().rev() {
            if let Err(panic) = self.run_deferred(call, &mut panicking) {
                (self.cleanup_panicked, self.panicked) = (true, true);
                panicking = Some(panic);
            }
        }
        panicking.map_or(Ok(flow), Err)
    }

    fn run_deferred(&mut self, call: Pending, panicking: &mut Option<Panic>) -> Outcome<()> {
        match call {
            Pending::Bound(receiver, method) => helpers::method(self, &receiver.borrow(), method).map(drop),
            Pending::Trace(label, value) => {
                self.note(&label, &value);
                Ok(())
            }
            Pending::Literal(env, body) => self.call(List::None, &body, &env).map(drop),
            Pending::Function(value) => helpers::call_value(self, &value),
            Pending::Recover(env, label, into) => {
                if let Some(Panic(text)) = panicking.take() {
                    self.note(&label, &Value::Text(text.clone()));
                    if let Some(name) = into {
                        *env.cell(&name).borrow_mut() = Value::Error(format!("recovered {text}"));
                    }
                }
                Ok(())
            }
        }
    }

    /// Evaluates what a defer statement evaluates, and puts the call where it belongs.
    pub(crate) fn register(&mut self, defer: &Defer, env: &Env, frame: &mut Frame) -> Outcome<()> {
        let call = match &defer.call {
            Deferred::Method(name, Method::Seal) => Pending::Bound(env.cell(name), Method::Seal),
            Deferred::Method(name, method) => {
                Pending::Bound(Rc::new(std::cell::RefCell::new(env.get(name))), *method)
            }
            Deferred::Trace(label, expr) => Pending::Trace(label.clone(), self.single(expr, env)?),
            Deferred::Literal { param, body } => {
                let mut inner = env.nested();
                if let Some((name, expr)) = param {
                    let value = self.single(expr, env)?;
                    inner.declare(name, value);
                }
                Pending::Literal(inner, body.clone())
            }
            Deferred::Enter(label, expr) => {
                let value = self.single(expr, env)?;
                self.note(&format!("enter {label}"), &value);
                Pending::Function(Value::Leave(label.clone(), value.int()))
            }
            Deferred::Variable(name) => Pending::Function(env.get(name)),
            Deferred::Recover { label, into } => Pending::Recover(env.clone(), label.clone(), into.clone()),
        };
        let target = self.iteration.get(&defer.id).copied();
        let at = frame.pending.iter().rposition(|(id, _)| target.is_some() && *id == target).unwrap_or(0);
        frame.pending[at].1.push((defer.id, call));
        Ok(())
    }

    /// Runs one iteration of a loop, and what it deferred to its end.
    pub(crate) fn iterate(&mut self, id: usize, body: &Block, env: &Env, frame: &mut Frame) -> Outcome<Flow> {
        frame.pending.push((Some(id), Vec::new()));
        let ended = self.block(body, env, frame);
        let own = frame.pending.pop().map(|(_, calls)| calls).unwrap_or_default();
        let ends_function = matches!(ended, Ok(Flow::Return) | Err(_));
        let is = |(id, _): &(usize, Pending), of: &BTreeSet<usize>| ends_function && of.contains(id);
        let (guarded, own): (Calls, Calls) =
            own.into_iter().partition(|call| is(call, &self.waiting.guarded));
        let (staying, now): (Calls, Calls) =
            own.into_iter().partition(|call| is(call, &self.waiting.staying));
        let is_outermost = frame.pending.len() == 1;
        if let Some((_, around)) = frame.pending.last_mut() {
            let at = if is_outermost { frame.before_loop } else { around.len() };
            around.splice(at..at, guarded);
            around.extend(staying);
        }
        self.unwind(now, ended)
    }

    pub(crate) fn block(&mut self, body: &Block, env: &Env, frame: &mut Frame) -> Outcome<Flow> {
        self.statements(body, &mut env.nested(), frame)
    }

    fn statements(&mut self, body: &Block, env: &mut Env, frame: &mut Frame) -> Outcome<Flow> {
        for stmt in body {
            match self.statement(stmt, env, frame)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    /// The values of an expression: several for a call with several results.
    pub(crate) fn values(&mut self, expr: &Expr, env: &Env) -> Outcome<Vec<Value>> {
        let value = match expr {
            Expr::Int(n) => Value::Int(*n),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Nil => Value::Nil,
            Expr::Var(name) | Expr::NewReader(name) => env.get(name),
            Expr::Add(left, right) => Value::Int(self.single(left, env)?.int().wrapping_add(*right)),
            Expr::NewError(text) => Value::Error(text.clone()),
            Expr::Errorf(inner) => Value::Error(format!("e{}", self.single(inner, env)?)),
            Expr::Struct(inner) => Value::Struct(self.single(inner, env)?.int()),
            Expr::Method(name, method) => {
                return helpers::method(self, &env.get(name), *method).map(|v| vec![v]);
            }
            Expr::Call(helper, args) => {
                let args = args.iter().map(|arg| self.single(arg, env)).collect::<Outcome<Vec<_>>>()?;
                return Ok(helpers::call(self, *helper, &args));
            }
            Expr::OpenFile => return Ok(vec![Value::File(Rc::default()), Value::Nil]),
            Expr::Stat(name) => return Ok(helpers::on_file(&env.get(name), "stat")),
            Expr::ReadByte(name) => return Ok(helpers::on_file(&env.get(name), "read")),
            Expr::Literal(literal) => return self.literal(literal, env),
        };
        Ok(vec![value])
    }

    fn declare_results(&self, list: List, env: &mut Env) -> Vec<Cell> {
        let names = list.names();
        let mut cells = Vec::new();
        for (k, text) in list.types().iter().enumerate() {
            let zero = match *text {
                "int" => Value::Int(0),
                "string" => Value::Text(String::new()),
                "T" => self.zero.clone(),
                _ => Value::Nil,
            };
            let name = names.get(k).copied().filter(|name| *name != "_").unwrap_or(".");
            cells.push(env.declare(name, zero));
        }
        cells
    }

    fn literal(&mut self, literal: &Literal, env: &Env) -> Outcome<Vec<Value>> {
        self.call(literal.list, &literal.body, env)
    }

    pub(crate) fn single(&mut self, expr: &Expr, env: &Env) -> Outcome<Value> {
        self.values(expr, env).map(|values| values.into_iter().next().unwrap_or(Value::Nil))
    }

    pub(crate) fn holds(&mut self, cond: &Cond, env: &Env) -> Outcome<bool> {
        Ok(match cond {
            Cond::Mod(expr, m, k) => self.single(expr, env)?.int() % m == *k,
            Cond::More(expr, k) => self.single(expr, env)?.int() > *k,
            Cond::Failed(name) => !matches!(env.get(name), Value::Nil),
            Cond::Fine(name) => matches!(env.get(name), Value::Nil),
            Cond::And(left, right) => self.holds(left, env)? && self.holds(right, env)?,
        })
    }

    /// Evaluates a list of expressions, or one call with several results.
    pub(crate) fn list(&mut self, exprs: &[Expr], env: &Env) -> Outcome<Vec<Value>> {
        match exprs {
            [only] => self.values(only, env),
            _ => exprs.iter().map(|expr| self.single(expr, env)).collect(),
        }
    }
}

impl Stmt {
    /// True where the statement answers to the label.
    pub(crate) fn labelled(own: Option<&String>, asked: &str) -> bool {
        own.is_some_and(|label| label == asked)
    }
}
