//! Makes functions: each aims at one combination of the coverage table and is random in everything else.

mod cleanup;
mod exits;
mod loops;
mod names;
mod statements;

use crate::analyse::completes;
use crate::ast::{Block, Deferred, Expr, Form, Function, Header, List, Literal, Notes, Stmt};
use crate::plan::{Plan, plans};
use crate::rng::Rng;
use exits::{Exit, Region, Style, Target};
use names::Scope;

/// Everything that is known at the place where the next statement goes.
pub(crate) struct Generator {
    rng: Rng,
    plan: Plan,
    notes: Notes,
    /// The result list of the innermost function.
    list: List,
    params: [String; 2],
    scopes: Vec<Scope>,
    /// The first scope that belongs to the innermost iteration.
    iteration: usize,
    /// The loops and switches around, the innermost last.
    targets: Vec<Target>,
    region: Region,
    /// Error variables that a test around has found not to be nil.
    failed: Vec<String>,
    labels: Vec<&'static str>,
    loops: usize,
    defers: usize,
    traces: usize,
    /// How many more statements the function may get.
    fuel: usize,
    /// Inside a literal that is called on the spot: no loops, no further literals.
    in_literal: bool,
}

/// The function number `index` of a seed.
pub(crate) fn function(seed: u64, index: usize) -> Function {
    let plans = plans();
    let plan = plans[index % plans.len()];
    let mut generator = Generator::new(Rng::of(seed, index as u64), plan);
    let header = generator.header();
    let literal = plan.list != List::Generic && generator.rng.chance(15);
    generator.choose_shadows(literal);
    let mut body = if literal { generator.in_a_literal() } else { generator.body() };
    strip_labels(&mut body);
    let list = if literal { List::None } else { plan.list };
    Function { id: index, header, list, params: generator.params, body, notes: generator.notes }
}

impl Generator {
    fn new(rng: Rng, plan: Plan) -> Self {
        Self {
            rng,
            plan,
            notes: Notes::default(),
            list: plan.list,
            params: ["a".to_owned(), "b".to_owned()],
            scopes: Vec::new(),
            iteration: 0,
            targets: Vec::new(),
            region: Region { allowed: vec![Exit::Return], style: Style::Free },
            failed: Vec::new(),
            labels: names::LABELS.to_vec(),
            loops: 0,
            defers: 0,
            traces: 0,
            fuel: 36,
            in_literal: false,
        }
    }

    fn header(&mut self) -> Header {
        match self.rng.below(10) {
            0..6 => Header::Plain,
            6 | 7 => Header::Method,
            _ if self.plan.list == List::Generic => Header::GenericMethod,
            _ => *self.rng.pick(&[Header::GenericMethod, Header::Plain]),
        }
        .for_list(self.plan.list)
    }

    /// The loop stands in a function literal with results of its own.
    fn in_a_literal(&mut self) -> Block {
        self.open_function(List::None);
        let mut body = vec![self.trace(Expr::Var(self.params[0].clone()))];
        let inner = Literal { list: self.plan.list, body: self.body() };
        let names: Vec<String> = (0..self.plan.list.types().len()).map(|k| format!("got{k}")).collect();
        let inner = Expr::Literal(Box::new(inner));
        body.push(if names.is_empty() { Stmt::Call(inner) } else { Stmt::Define(names.clone(), inner) });
        body.extend(names.into_iter().map(|name| self.trace(Expr::Var(name))));
        self.scopes.pop();
        body
    }

    /// The body of the function that holds the loop.
    fn body(&mut self) -> Block {
        self.open_function(self.plan.list);
        let mut block = Block::new();
        self.local_shadow(&mut block);
        if self.rng.chance(20) {
            let defer = self.function_level_defer();
            block.push(defer);
        }
        let int = self.define_int();
        block.extend(int);
        let nest = self.nest();
        Generator::push(&mut block, nest);
        self.finish(&mut block);
        self.scopes.pop();
        block
    }

    /// A trace, a few statements and the last return, as far as control gets there.
    fn finish(&mut self, block: &mut Block) {
        let last = self.visible_ints().last().cloned();
        let text = self.trace(last.map_or(Expr::Int(0), Expr::Var));
        Generator::push(block, vec![text]);
        if completes(block) && (self.list != List::None || self.rng.chance(20)) {
            let results = self.results();
            if self.list != List::None {
                block.push(Stmt::Return(results));
            }
        }
    }

    /// Appends what control can reach.
    fn push(block: &mut Block, stmts: Vec<Stmt>) {
        for stmt in stmts {
            if !completes(block) {
                return;
            }
            block.push(stmt);
        }
    }

    /// Picks the names that shall mean something else, for the row that is about them and now and then elsewhere.
    fn choose_shadows(&mut self, literal: bool) {
        let name = if self.plan.row == 6 {
            let text = *self.rng.pick(self.plan.list.types());
            text.trim_start_matches('*')
        } else if self.rng.chance(5) {
            self.notes.evidence = true;
            *self.rng.pick(&["nil", "true", "false", "bool", "string", "error", "int", "len", "any"])
        } else {
            return;
        };
        // Without `nil` there is no way to write a pointer's zero value.
        let name = if name == "nil" && self.plan.list == List::ResError { "true" } else { name };
        self.notes.shadowed.push(name.to_owned());
        if name != "T" && !literal && self.rng.chance(35) {
            name.clone_into(&mut self.params[1]);
        }
    }

    /// Declares the shadowing variable where it is not a parameter.
    fn local_shadow(&mut self, block: &mut Block) {
        let Some(name) = self.notes.shadowed.first().cloned() else { return };
        if name == self.params[1] || name == "T" || self.rng.chance(40) {
            return;
        }
        block.extend(self.declare_shadow(&name));
    }

    fn declare_shadow(&mut self, name: &str) -> Vec<Stmt> {
        self.declare(name, names::Kind::Fixed);
        vec![Stmt::Define(vec![name.to_owned()], Expr::Int(3)), self.trace(Expr::Var(name.to_owned()))]
    }

    /// A defer in front of the loop: it stays where it is, and may look at the results or recover.
    fn function_level_defer(&mut self) -> Stmt {
        let named = !self.list.names().is_empty();
        let label = self.label_text();
        let call = match self.rng.below(4) {
            0 if named => {
                self.notes.reads_results = true;
                Deferred::Recover { label, into: Some("err".to_owned()) }
            }
            0 => {
                self.notes.recovers = Some(label.clone());
                Deferred::Recover { label, into: None }
            }
            1 | 2 if named => {
                self.notes.reads_results = true;
                let body = vec![self.trace(Expr::Var("err".to_owned()))];
                Deferred::Literal { param: None, body }
            }
            _ => Deferred::Trace(label, Expr::Var(self.params[0].clone())),
        };
        self.defer(call)
    }
}

impl Header {
    /// A type parameter of its own is for plain functions and generic receivers.
    fn for_list(self, list: List) -> Header {
        if list == List::Generic && self == Header::Method { Header::Plain } else { self }
    }
}

/// Go knows no label without a use: takes away those that no statement names.
fn strip_labels(body: &mut Block) {
    let mut used = Vec::new();
    for stmt in body.iter() {
        used_labels(stmt, &mut used);
    }
    for stmt in body.iter_mut() {
        strip(stmt, &used);
    }
}

fn used_labels(stmt: &Stmt, used: &mut Vec<String>) {
    if let Stmt::Break(Some(label)) | Stmt::Continue(Some(label)) = stmt {
        used.push(label.clone());
    }
    for inner in stmt.blocks().into_iter().flatten() {
        used_labels(inner, used);
    }
}

fn strip(stmt: &mut Stmt, used: &[String]) {
    match stmt {
        Stmt::Switch { label, .. } | Stmt::TypeSwitch { label, .. } | Stmt::Select { label, .. } => {
            label.take_if(|own| !used.contains(own));
        }
        Stmt::Loop(inner) => drop(inner.label.take_if(|own| !used.contains(own))),
        Stmt::Call(Expr::Literal(literal)) | Stmt::Define(_, Expr::Literal(literal)) => {
            strip_labels(&mut literal.body);
        }
        _ => {}
    }
    for inner in stmt.blocks_mut().into_iter().flatten() {
        strip(inner, used);
    }
}

/// The loop forms that an outer or inner loop may have.
fn any_form(rng: &mut Rng) -> Form {
    *rng.pick(&Form::ALL)
}
