//! How the interpreter runs each statement.

use crate::ast::{Clause, Form, Loop, Stmt};
use crate::helpers;
use crate::interpret::{Flow, Frame, Machine, Outcome, Panic};
use crate::value::{Env, Value};

impl Machine<'_> {
    /// Runs one statement in its block.
    pub(crate) fn statement(&mut self, stmt: &Stmt, env: &mut Env, frame: &mut Frame) -> Outcome<Flow> {
        match stmt {
            Stmt::If { init, cond, then, other } => {
                let mut inner = env.nested();
                if let Some(init) = init {
                    self.statement(init, &mut inner, frame)?;
                }
                match (self.holds(cond, &inner)?, other) {
                    (true, _) => self.block(then, &inner, frame),
                    (false, Some(other)) => self.block(other, &inner, frame),
                    (false, None) => Ok(Flow::Next),
                }
            }
            Stmt::Switch { label, tag, modulus, clauses } => {
                let tag = self.single(tag, env)?.int() % modulus;
                let ended = self.clauses(clauses, tag, env, frame)?;
                Ok(leave(ended, label.as_ref()))
            }
            Stmt::TypeSwitch { label, bind, on, int, text, rest } => {
                let value = helpers::boxed(self.single(on, env)?.int());
                let body = match value {
                    Value::Int(_) => int,
                    Value::Text(_) => text,
                    _ => rest,
                };
                let mut inner = env.nested();
                inner.declare(bind, value);
                let ended = self.block(body, &inner, frame)?;
                Ok(leave(ended, label.as_ref()))
            }
            Stmt::Select { label, bind, on, ready, rest } => {
                let n = self.single(on, env)?.int();
                let mut inner = env.nested();
                inner.declare(bind, Value::Int(n.wrapping_add(5)));
                let ended = match n % 2 {
                    1 => self.block(rest, env, frame)?,
                    _ => self.block(ready, &inner, frame)?,
                };
                Ok(leave(ended, label.as_ref()))
            }
            Stmt::Loop(inner) => self.run_loop(inner, env, frame),
            Stmt::Block(body) => self.block(body, env, frame),
            Stmt::Continue(label) => Ok(Flow::Continue(label.clone())),
            Stmt::Break(label) => Ok(Flow::Break(label.clone())),
            Stmt::Return(exprs) => {
                let values = self.list(exprs, env)?;
                for (cell, value) in frame.results.iter().zip(values) {
                    *cell.borrow_mut() = value;
                }
                Ok(Flow::Return)
            }
            Stmt::Defer(defer) => self.register(defer, env, frame).map(|()| Flow::Next),
            simple => self.simple(simple, env).map(|()| Flow::Next),
        }
    }

    /// Statements that control goes straight through.
    fn simple(&mut self, stmt: &Stmt, env: &mut Env) -> Outcome<()> {
        match stmt {
            Stmt::Trace(label, expr) => {
                let value = self.single(expr, env)?;
                self.note(label, &value);
            }
            Stmt::Define(names, expr) => {
                for (name, value) in names.iter().zip(self.values(expr, env)?) {
                    if name != "_" {
                        env.define(name, value);
                    }
                }
            }
            Stmt::NilFunc(name) => drop(env.declare(name, Value::Nil)),
            Stmt::Assign(names, exprs) => {
                for (name, value) in names.iter().zip(self.list(exprs, env)?) {
                    *env.cell(name).borrow_mut() = value;
                }
            }
            Stmt::Bump(name, k) => {
                let next = Value::Struct(env.get(name).int() + k);
                *env.cell(name).borrow_mut() = next;
            }
            Stmt::Increment(name) => {
                let next = Value::Int(env.get(name).int() + 1);
                *env.cell(name).borrow_mut() = next;
            }
            Stmt::Call(expr) => drop(self.values(expr, env)?),
            Stmt::Panic(expr) => {
                let text = format!("p{}", self.single(expr, env)?);
                return Err(Panic(text));
            }
            Stmt::DirectRecover(label) => self.note(label, &Value::Nil),
            other => unreachable!("control flow in {other:?}"),
        }
        Ok(())
    }

    fn clauses(&mut self, clauses: &[Clause], tag: i64, env: &Env, frame: &mut Frame) -> Outcome<Flow> {
        let hit = clauses.iter().position(|clause| clause.value == Some(tag));
        let Some(mut at) = hit.or_else(|| clauses.iter().position(|clause| clause.value.is_none())) else {
            return Ok(Flow::Next);
        };
        loop {
            match self.block(&clauses[at].body, env, frame)? {
                Flow::Next if clauses[at].falls => at += 1,
                other => return Ok(other),
            }
        }
    }

    fn run_loop(&mut self, inner: &Loop, env: &Env, frame: &mut Frame) -> Outcome<Flow> {
        let mut counter = env.nested();
        if frame.pending.len() == 1 {
            frame.before_loop = frame.pending[0].1.len();
        }
        if inner.form == Form::ThreeClause {
            counter.declare(&inner.var, Value::Int(0));
        }
        let count = if inner.form == Form::RangeMap { 1 } else { inner.count };
        let mut turn = 0;
        loop {
            let goes_on = match inner.form {
                Form::ThreeClause | Form::Condition => counter.get(&inner.var).int() < count,
                Form::Infinite => true,
                _ => turn < count,
            };
            if !goes_on {
                break;
            }
            let own = bind_variable(inner, turn, env, &mut counter);
            let ended = self.iterate(inner.id, &inner.body, &own, frame)?;
            let leaves = match ended {
                Flow::Next | Flow::Continue(None) => None,
                Flow::Continue(Some(label)) if Stmt::labelled(inner.label.as_ref(), &label) => None,
                other => Some(other),
            };
            if let Some(flow) = leaves {
                if inner.form == Form::RangeFunc {
                    self.note("stop", &Value::Int(turn));
                }
                return Ok(leave(flow, inner.label.as_ref()));
            }
            if inner.form == Form::ThreeClause {
                let next = counter.get(&inner.var).int() + 1;
                counter.declare(&inner.var, Value::Int(next));
            }
            turn += 1;
        }
        if inner.form == Form::RangeFunc {
            self.note("end", &Value::Int(count));
        }
        Ok(Flow::Next)
    }
}

/// The variables that one iteration sees: its own, except where the form shares one.
fn bind_variable(inner: &Loop, turn: i64, env: &Env, counter: &mut Env) -> Env {
    let value = match inner.form {
        Form::ThreeClause => return counter.clone(),
        Form::Condition | Form::Infinite => return env.clone(),
        Form::RangeAssign => {
            *env.cell(&inner.var).borrow_mut() = Value::Int(turn);
            return env.clone();
        }
        // The generator turns the rune into a number itself: `i := ord(c)`.
        Form::RangeInt | Form::RangeFunc | Form::RangeString => turn,
        Form::RangeSlice => turn + 2,
        Form::RangeMap => 3,
        Form::RangeChannel => turn + 4,
    };
    let mut own = env.nested();
    own.declare(&inner.var, Value::Int(value));
    own
}

/// A `break` that is meant for this statement ends here.
fn leave(flow: Flow, label: Option<&String>) -> Flow {
    match flow {
        Flow::Break(None) => Flow::Next,
        Flow::Break(Some(asked)) if Stmt::labelled(label, &asked) => Flow::Next,
        other => other,
    }
}
