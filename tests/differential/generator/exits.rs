//! Exits: which are allowed where, what a return carries, and the test that stands in front of them.

use super::Generator;
use super::names::Kind;
use crate::ast::{Block, Clause, Cond, Expr, Helper, List, Stmt};

/// A control transfer; the number is that of the loop or switch among those around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Break(usize),
    Continue(usize),
    Return,
}

/// What returns look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Free,
    /// Constants and an error that is not nil.
    Idiom,
}

/// The exits that may be used at a place.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) allowed: Vec<Exit>,
    pub(crate) style: Style,
}

/// A loop or switch around.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) label: String,
    pub(crate) is_loop: bool,
}

impl Generator {
    pub(super) fn cond(&mut self) -> Cond {
        match self.rng.below(100) {
            0..15 => self.two_tests(),
            15..70 => self.remainder(),
            _ => Cond::More(self.int(), self.rng.between(0, 4)),
        }
    }

    fn remainder(&mut self) -> Cond {
        let modulus = self.rng.between(2, 4);
        Cond::Mod(self.int(), modulus, self.rng.between(0, modulus - 1))
    }

    /// Two different tests: vet looks for those that say the same.
    pub(super) fn two_tests(&mut self) -> Cond {
        let right = Cond::More(self.int(), self.rng.between(0, 2));
        Cond::And(Box::new(self.remainder()), Box::new(right))
    }

    /// The statement for an exit, with a label where it needs one, and now and then where it does not.
    pub(super) fn exit(&mut self, exit: Exit) -> Stmt {
        let innermost = self.targets.len().wrapping_sub(1);
        let innermost_loop = self.targets.iter().rposition(|target| target.is_loop).unwrap_or(usize::MAX);
        match exit {
            Exit::Return => Stmt::Return(self.results()),
            Exit::Break(to) => Stmt::Break(self.label_for(to, to == innermost)),
            Exit::Continue(to) => Stmt::Continue(self.label_for(to, to == innermost_loop)),
        }
    }

    fn label_for(&mut self, to: usize, optional: bool) -> Option<String> {
        if optional && !self.rng.chance(15) {
            return None;
        }
        Some(self.targets[to].label.clone())
    }

    /// An exit that is allowed here.
    pub(super) fn some_exit(&mut self) -> Stmt {
        let allowed = self.region.allowed.clone();
        let chosen = *self.rng.pick(&allowed);
        self.exit(chosen)
    }

    /// A block that traces and leaves.
    pub(super) fn leaving(&mut self, exit: Option<Exit>) -> Block {
        let mut block = Block::new();
        if self.rng.chance(40) {
            let value = self.int();
            block.push(self.trace(value));
        }
        let last = match exit {
            Some(exit) => self.exit(exit),
            None => self.some_exit(),
        };
        block.push(last);
        block
    }

    /// An exit behind a test: the one asked for, or one of those allowed.
    pub(super) fn guarded(&mut self, exit: Option<Exit>) -> Stmt {
        match self.rng.below(10) {
            0..5 => {
                let cond = self.cond();
                Stmt::If { init: None, cond, then: self.leaving(exit), other: None }
            }
            5 | 6 => self.tested_error(exit),
            7 | 8 => self.in_a_switch(exit),
            _ => self.in_a_select(exit),
        }
    }

    /// `if err := maybe(x); err != nil { …; return …, err }`
    fn tested_error(&mut self, exit: Option<Exit>) -> Stmt {
        let arg = self.int();
        self.scopes.push(Vec::new());
        let name = self.fresh(Kind::Error);
        self.failed.push(name.clone());
        let then = self.leaving(exit);
        self.failed.pop();
        self.scopes.pop();
        let init = Stmt::Define(vec![name.clone()], Expr::Call(Helper::Maybe, vec![arg]));
        Stmt::If { init: Some(Box::new(init)), cond: Cond::Failed(name), then, other: None }
    }

    fn in_a_switch(&mut self, exit: Option<Exit>) -> Stmt {
        let tag = self.int();
        let modulus = self.rng.between(2, 4);
        let label = self.enter_switch();
        let first = Clause { value: Some(0), body: self.leaving(exit), falls: false };
        let value = self.int();
        let second = vec![self.trace(value)];
        let second = Clause { value: Some(1), body: second, falls: false };
        self.leave_switch();
        Stmt::Switch { label: Some(label), tag, modulus, clauses: vec![second, first] }
    }

    fn in_a_select(&mut self, exit: Option<Exit>) -> Stmt {
        let on = self.int();
        let label = self.enter_switch();
        self.scopes.push(Vec::new());
        let bind = self.fresh(Kind::Fixed);
        let ready = vec![self.trace(Expr::Var(bind.clone()))];
        self.scopes.pop();
        let rest = self.leaving(exit);
        self.leave_switch();
        Stmt::Select { label: Some(label), bind, on, ready, rest }
    }

    /// A switch or select around what follows: a `break` in it is its own.
    pub(super) fn enter_switch(&mut self) -> String {
        let label = self.new_label();
        self.region.allowed.push(Exit::Break(self.targets.len()));
        self.targets.push(Target { label: label.clone(), is_loop: false });
        label
    }

    pub(super) fn leave_switch(&mut self) {
        self.targets.pop();
        let gone = self.targets.len();
        self.region.allowed.retain(|exit| !matches!(exit, Exit::Break(to) if *to == gone));
    }

    pub(super) fn new_label(&mut self) -> String {
        if self.labels.is_empty() {
            return format!("L{}", self.targets.len() + 100 * self.traces);
        }
        let at = self.rng.below(self.labels.len());
        self.labels.swap_remove(at).to_owned()
    }

    /// What a return carries here.
    pub(super) fn results(&mut self) -> Vec<Expr> {
        if self.region.style == Style::Idiom {
            return self.idiom();
        }
        let named = !self.list.names().is_empty();
        let bare = named && self.list.names().iter().all(|name| *name == "_" || self.result_visible(name));
        if bare && self.rng.chance(40) {
            return Vec::new();
        }
        match self.list {
            List::None => Vec::new(),
            List::Error => vec![self.error()],
            List::Int => vec![self.number()],
            List::ResError => self.res_error(),
            List::Generic => self.generic(),
            _ => self.int_error(),
        }
    }

    fn idiom(&mut self) -> Vec<Expr> {
        let error = match self.failed.last() {
            Some(name) if self.rng.chance(85) => Expr::Var(name.clone()),
            _ => self.new_error(),
        };
        match self.list {
            List::Error => vec![error],
            List::IntError => vec![Expr::Int(0), error],
            _ => vec![Expr::Nil, error],
        }
    }

    pub(super) fn new_error(&mut self) -> Expr {
        if self.rng.chance(50) {
            Expr::NewError(self.label_text())
        } else {
            Expr::Errorf(Box::new(self.int()))
        }
    }

    fn number(&mut self) -> Expr {
        let resources = self.all(Kind::Res);
        match self.rng.below(4) {
            0 if !resources.is_empty() => {
                Expr::Method(self.rng.pick(&resources).clone(), crate::ast::Method::Use)
            }
            0 | 1 => Expr::Call(Helper::Value, vec![self.int()]),
            2 => Expr::Int(self.rng.between(0, 3)),
            _ => self.int(),
        }
    }

    fn error(&mut self) -> Expr {
        let known = self.all(Kind::Error);
        match self.rng.below(8) {
            0 => Expr::Nil,
            1 => Expr::Call(Helper::TypedNil, vec![self.int()]),
            2 => self.new_error(),
            3 | 4 if !known.is_empty() => Expr::Var(self.rng.pick(&known).clone()),
            _ => Expr::Call(Helper::Maybe, vec![self.int()]),
        }
    }

    fn int_error(&mut self) -> Vec<Expr> {
        match self.rng.below(4) {
            0 => vec![Expr::Call(Helper::Pair, vec![self.int()])],
            1 => vec![self.int(), Expr::Nil],
            _ => vec![self.number(), self.error()],
        }
    }

    fn res_error(&mut self) -> Vec<Expr> {
        match self.rng.below(3) {
            0 => vec![Expr::Nil, self.error()],
            _ => vec![Expr::Call(Helper::Spare, vec![self.int()])],
        }
    }

    fn generic(&mut self) -> Vec<Expr> {
        let own = Expr::Var("v".to_owned());
        match self.rng.below(3) {
            0 => vec![own, Expr::Text(self.label_text()), self.error()],
            _ => vec![Expr::Call(Helper::Triple, vec![own, self.int()])],
        }
    }
}
