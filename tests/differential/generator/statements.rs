//! Statements that may stand anywhere.

use super::Generator;
use super::exits::{Exit, Region, Style};
use super::names::Kind;
use crate::analyse::completes;
use crate::ast::{Block, Clause, Expr, Form, Helper, List, Literal, Method, Stmt};

impl Generator {
    /// About `count` random statements, in a row.
    pub(super) fn statements(&mut self, count: usize) -> Vec<Stmt> {
        let mut out = Block::new();
        for _ in 0..count {
            let more = self.statement();
            Generator::push(&mut out, more);
        }
        out
    }

    fn statement(&mut self) -> Vec<Stmt> {
        if self.fuel == 0 {
            return Vec::new();
        }
        self.fuel -= 1;
        match self.rng.below(22) {
            0..3 => vec![self.trace_something()],
            3 => self.define_int(),
            4 => self.define_error(),
            5 => self.assign(),
            6..9 => vec![self.guarded(None)],
            9 => vec![self.if_else()],
            10 => vec![self.switch()],
            11 => vec![self.type_switch()],
            12 => vec![self.select()],
            13 => vec![Stmt::Block(self.scoped(1))],
            14 | 15 if !self.in_literal && self.targets.len() < 4 => self.inner_loop(),
            16 if !self.in_literal => vec![self.literal()],
            17 => self.panic(),
            18 => self.swap_results(),
            _ => self.use_something(),
        }
    }

    fn trace_something(&mut self) -> Stmt {
        let errors = self.all(Kind::Error);
        let value = match self.rng.below(5) {
            0 if !errors.is_empty() => Expr::Var(self.rng.pick(&errors).clone()),
            1 => Expr::Call(Helper::Value, vec![self.int()]),
            2 => Expr::Add(Box::new(self.int()), self.rng.between(1, 9)),
            _ => self.int(),
        };
        self.trace(value)
    }

    pub(super) fn define_int(&mut self) -> Vec<Stmt> {
        let value = match self.rng.below(3) {
            0 => Expr::Call(Helper::Value, vec![self.int()]),
            1 => Expr::Add(Box::new(self.int()), self.rng.between(1, 9)),
            _ => Expr::Int(self.rng.between(0, 9)),
        };
        let name = self.fresh(Kind::Int);
        vec![Stmt::Define(vec![name.clone()], value), self.trace(Expr::Var(name))]
    }

    fn define_error(&mut self) -> Vec<Stmt> {
        let value = Expr::Call(Helper::Maybe, vec![self.int()]);
        let name = self.fresh(Kind::Error);
        vec![Stmt::Define(vec![name.clone()], value), self.trace(Expr::Var(name))]
    }

    fn assign(&mut self) -> Vec<Stmt> {
        let ints = self.all(Kind::Int);
        let errors = self.all(Kind::Error);
        if !errors.is_empty() && self.rng.chance(25) {
            let name = self.rng.pick(&errors).clone();
            self.failed.retain(|proved| *proved != name);
            return vec![Stmt::Assign(vec![name], vec![Expr::Call(Helper::Maybe, vec![self.int()])])];
        }
        if ints.is_empty() {
            return Vec::new();
        }
        let name = self.rng.pick(&ints).clone();
        let value = match self.rng.below(2) {
            0 => Expr::Add(Box::new(self.int()), self.rng.between(1, 9)),
            _ => Expr::Call(Helper::Value, vec![self.int()]),
        };
        vec![Stmt::Assign(vec![name], vec![value])]
    }

    /// `x, y = y + 1, x`: the order of evaluation shows.
    fn swap_results(&mut self) -> Vec<Stmt> {
        let ints = self.all(Kind::Int);
        if ints.len() < 2 {
            return self.assign();
        }
        let (x, y) = (ints[0].clone(), ints[1].clone());
        let right = Expr::Add(Box::new(Expr::Var(y.clone())), 1);
        vec![Stmt::Assign(vec![x.clone(), y], vec![right, Expr::Var(x)])]
    }

    /// A use of a resource of this iteration, or a change of what a defer has copied.
    fn use_something(&mut self) -> Vec<Stmt> {
        let resources = self.own(Kind::Res);
        let structs = self.own(Kind::Struct);
        let (files, readers) = (self.own(Kind::File), self.own(Kind::Reader));
        if !readers.is_empty() && self.rng.chance(50) {
            let name = self.rng.pick(&readers).clone();
            return self.look(Expr::ReadByte(name));
        }
        if !files.is_empty() && self.rng.chance(60) {
            let name = self.rng.pick(&files).clone();
            let closes = self.rng.chance(20);
            return if closes {
                vec![Stmt::Call(Expr::Method(name, Method::CloseFile))]
            } else {
                self.look(Expr::Stat(name))
            };
        }
        if !structs.is_empty() && self.rng.chance(60) {
            return vec![Stmt::Bump(self.rng.pick(&structs).clone(), self.rng.between(1, 9))];
        }
        if resources.is_empty() {
            return vec![self.trace_something()];
        }
        let name = self.rng.pick(&resources).clone();
        vec![self.trace(Expr::Method(name, Method::Use))]
    }

    /// A block of its own, with its own variables.
    pub(super) fn scoped(&mut self, count: usize) -> Block {
        self.scopes.push(Vec::new());
        let block = self.filling(count);
        self.scopes.pop();
        block
    }

    fn filling(&mut self, count: usize) -> Block {
        let value = self.int();
        let mut block = vec![self.trace(value)];
        let more = self.statements(count);
        Generator::push(&mut block, more);
        block
    }

    /// As [`Generator::scoped`], and now and then it leaves at its end.
    fn branch(&mut self) -> Block {
        self.scopes.push(Vec::new());
        let block = self.open_branch();
        self.scopes.pop();
        block
    }

    /// A branch in the block that is open already, which may have variables.
    fn open_branch(&mut self) -> Block {
        let mut block = self.filling(1);
        if completes(&block) && self.rng.chance(12) {
            let exit = self.some_exit();
            block.push(exit);
        }
        block
    }

    fn if_else(&mut self) -> Stmt {
        let cond = self.cond();
        let then = self.branch();
        let other = self.rng.chance(60).then(|| self.branch());
        Stmt::If { init: None, cond, then, other }
    }

    fn switch(&mut self) -> Stmt {
        let tag = self.int();
        let modulus = self.rng.between(2, 4);
        let label = self.enter_switch();
        let mut clauses: Vec<Clause> = (0..self.rng.between(1, modulus))
            .map(|value| Clause { value: Some(value), body: self.branch(), falls: false })
            .collect();
        if self.rng.chance(40) {
            clauses.push(Clause { value: None, body: self.branch(), falls: false });
        }
        for at in 1..clauses.len() {
            clauses[at - 1].falls = completes(&clauses[at - 1].body) && self.rng.chance(15);
        }
        self.leave_switch();
        Stmt::Switch { label: Some(label), tag, modulus, clauses }
    }

    fn type_switch(&mut self) -> Stmt {
        if self.types_hidden() {
            return self.trace_something();
        }
        let on = self.int();
        let label = self.enter_switch();
        self.scopes.push(Vec::new());
        let bind = self.fresh(Kind::Fixed);
        let mut int = vec![self.trace(Expr::Var(bind.clone()))];
        let more = self.open_branch();
        Generator::push(&mut int, more);
        self.scopes.pop();
        let (text, rest) = (self.hiding(&bind), self.hiding(&bind));
        self.leave_switch();
        Stmt::TypeSwitch { label: Some(label), bind, on, int, text, rest }
    }

    /// A branch in which the name means something that is not used.
    fn hiding(&mut self, name: &str) -> Block {
        self.scopes.push(vec![(name.to_owned(), Kind::Param)]);
        let block = self.open_branch();
        self.scopes.pop();
        block
    }

    fn select(&mut self) -> Stmt {
        let on = self.int();
        let label = self.enter_switch();
        self.scopes.push(Vec::new());
        let bind = self.fresh(Kind::Fixed);
        let mut ready = vec![self.trace(Expr::Var(bind.clone()))];
        let more = self.open_branch();
        Generator::push(&mut ready, more);
        self.scopes.pop();
        let rest = self.branch();
        self.leave_switch();
        Stmt::Select { label: Some(label), bind, on, ready, rest }
    }

    /// A loop inside, with or without sites of its own.
    fn inner_loop(&mut self) -> Vec<Stmt> {
        let form = *self.rng.pick(&Form::ALL);
        let sites = self.rng.chance(30);
        self.looped(form, |generator| {
            let mut block = if sites { generator.acquire_and_defer() } else { Block::new() };
            let more = generator.statements(2);
            Generator::push(&mut block, more);
            block
        })
    }

    /// A literal called on the spot: its defer is scoped already, its return is its own.
    fn literal(&mut self) -> Stmt {
        let outer = (self.list, self.iteration, std::mem::take(&mut self.targets), self.region.clone());
        let failed = std::mem::take(&mut self.failed);
        self.in_literal = true;
        self.open_function(List::None);
        self.region = Region { allowed: vec![Exit::Return], style: Style::Free };
        let mut body = self.acquire_and_defer();
        let more = self.statements(1);
        Generator::push(&mut body, more);
        self.scopes.pop();
        self.in_literal = false;
        (self.list, self.iteration, self.targets, self.region) = outer;
        self.failed = failed;
        Stmt::Call(Expr::Literal(Box::new(Literal { list: List::None, body })))
    }

    fn panic(&mut self) -> Vec<Stmt> {
        if !self.rng.chance(50) {
            return vec![self.trace_something()];
        }
        let cond = self.two_tests();
        let value = self.int();
        vec![Stmt::If { init: None, cond, then: vec![Stmt::Panic(value)], other: None }]
    }
}
