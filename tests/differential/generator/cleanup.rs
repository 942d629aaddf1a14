//! Resources and their deferred calls.

use super::Generator;
use super::exits::Exit;
use super::names::Kind;
use crate::ast::{Block, Clause, Cond, Defer, Deferred, Expr, Helper, Method, Stmt};

impl Generator {
    pub(super) fn defer(&mut self, call: Deferred) -> Stmt {
        self.defers += 1;
        Stmt::Defer(Defer { id: self.defers, call })
    }

    /// Acquire and defer, as they stand in the body or in a block inside it.
    pub(super) fn wrapped_site(&mut self) -> Block {
        if self.rng.chance(55) {
            return self.acquire_and_defer();
        }
        let mut block = Block::new();
        if self.rng.chance(40) {
            block = self.acquire();
        }
        let wrapped = match self.rng.below(6) {
            0 => Stmt::Block(self.inside()),
            1 => self.site_in_switch(),
            2 => self.site_in_select(),
            3 => self.if_open(),
            _ => {
                let cond = self.cond();
                let then = self.inside();
                let other = self.rng.chance(25).then(|| self.inside());
                Stmt::If { init: None, cond, then, other }
            }
        };
        Generator::push(&mut block, vec![wrapped]);
        block
    }

    /// A block with a site in it.
    fn inside(&mut self) -> Block {
        self.scopes.push(Vec::new());
        let block = self.open_inside();
        self.scopes.pop();
        block
    }

    fn open_inside(&mut self) -> Block {
        let mut block = self.acquire_and_defer();
        let more = self.rng.below(2);
        let more = self.statements(more);
        Generator::push(&mut block, more);
        block
    }

    fn site_in_switch(&mut self) -> Stmt {
        let tag = self.int();
        let label = self.enter_switch();
        let mut clauses = vec![Clause { value: Some(0), body: self.inside(), falls: false }];
        clauses.push(Clause { value: Some(1), body: self.scoped(1), falls: false });
        let completes = crate::analyse::completes(&clauses[0].body);
        clauses[0].falls = completes && self.rng.chance(20);
        self.leave_switch();
        Stmt::Switch { label: Some(label), tag, modulus: 2, clauses }
    }

    fn site_in_select(&mut self) -> Stmt {
        let on = self.int();
        let label = self.enter_switch();
        self.scopes.push(Vec::new());
        let bind = self.fresh(Kind::Fixed);
        let mut ready = vec![self.trace(Expr::Var(bind.clone()))];
        let site = self.open_inside();
        Generator::push(&mut ready, site);
        self.scopes.pop();
        let rest = self.scoped(1);
        self.leave_switch();
        Stmt::Select { label: Some(label), bind, on, ready, rest }
    }

    /// `if r, err := tryOpen(x); err == nil { defer r.Close(); … }`
    fn if_open(&mut self) -> Stmt {
        let arg = self.own_number();
        self.scopes.push(Vec::new());
        let (name, error) = (self.fresh(Kind::Res), self.fresh(Kind::Error));
        let init = Stmt::Define(vec![name.clone(), error.clone()], Expr::Call(Helper::TryOpen, vec![arg]));
        let mut then = vec![self.defer(Deferred::Method(name.clone(), Method::Close))];
        then.push(self.trace(Expr::Method(name, Method::Use)));
        let more = self.statements(1);
        Generator::push(&mut then, more);
        self.scopes.pop();
        Stmt::If { init: Some(Box::new(init)), cond: Cond::Fine(error), then, other: None }
    }

    /// Acquires something, defers one to three calls, and goes on to use or change it.
    pub(super) fn acquire_and_defer(&mut self) -> Block {
        let mut block = self.acquire();
        let count = 1 + usize::from(self.rng.chance(25)) + usize::from(self.rng.chance(8));
        for _ in 0..count {
            let more = self.deferred();
            Generator::push(&mut block, more);
        }
        let change = self.change();
        Generator::push(&mut block, change);
        block
    }

    fn acquire(&mut self) -> Block {
        let arg = self.own_number();
        match self.rng.below(12) {
            10 | 11 => self.open_file(),
            0..3 => {
                let name = self.fresh(Kind::Res);
                vec![Stmt::Define(vec![name.clone()], Expr::Call(Helper::Open, vec![arg])), self.used(name)]
            }
            3..7 => self.try_open(arg),
            7 => {
                let name = self.fresh(Kind::Struct);
                vec![Stmt::Define(vec![name.clone()], Expr::Struct(Box::new(arg))), Stmt::Bump(name, 1)]
            }
            8 => {
                let name = self.fresh(Kind::Func);
                let define = Stmt::Define(vec![name.clone()], Expr::Call(Helper::Closer, vec![arg]));
                vec![define, self.defer(Deferred::Variable(name))]
            }
            _ => Block::new(),
        }
    }

    /// `f, err := os.Open(os.DevNull)`, its check, the defer, and a use, or a reader on it.
    fn open_file(&mut self) -> Block {
        if self.types_hidden() {
            return Block::new();
        }
        let (name, error) = (self.fresh(Kind::File), self.fresh(Kind::Error));
        let check = self.checked(&error);
        let mut block = vec![Stmt::Define(vec![name.clone(), error], Expr::OpenFile), check];
        block.push(self.defer(Deferred::Method(name.clone(), Method::CloseFile)));
        if self.rng.chance(50) {
            let reader = self.fresh(Kind::Reader);
            block.push(Stmt::Define(vec![reader.clone()], Expr::NewReader(name)));
            block.extend(self.look(Expr::ReadByte(reader)));
        } else if self.rng.chance(80) {
            block.extend(self.look(Expr::Stat(name)));
        }
        block
    }

    /// The check of an error. A resource that is not there is not used: it leaves for good.
    fn checked(&mut self, error: &str) -> Stmt {
        self.failed.push(error.to_owned());
        let exits: Vec<Exit> =
            self.region.allowed.iter().copied().filter(|exit| self.leaves_body(*exit)).collect();
        let chosen = *self.rng.pick(&exits);
        let then = self.leaving(Some(chosen));
        self.failed.pop();
        Stmt::If { init: None, cond: Cond::Failed(error.to_owned()), then, other: None }
    }

    /// `_, err := f.Stat()` and the like, with its outcome.
    pub(super) fn look(&mut self, at: Expr) -> Vec<Stmt> {
        let error = self.fresh(Kind::Error);
        let define = Stmt::Define(vec!["_".to_owned(), error.clone()], at);
        vec![define, self.trace(Expr::Var(error))]
    }

    fn used(&mut self, name: String) -> Stmt {
        self.trace(Expr::Method(name, Method::Use))
    }

    /// `r, err := tryOpen(x)`, its check, and a use.
    fn try_open(&mut self, arg: Expr) -> Block {
        let errors = self.scopes.last().cloned().unwrap_or_default();
        let known = errors.into_iter().find(|(_, kind)| *kind == Kind::Error).map(|(name, _)| name);
        let known = known.filter(|name| self.result_visible(name) || self.rng.chance(70));
        let error = known.unwrap_or_else(|| self.fresh(Kind::Error));
        let name = self.fresh(Kind::Res);
        let call = Expr::Call(Helper::TryOpen, vec![arg]);
        let check = self.checked(&error);
        vec![Stmt::Define(vec![name.clone(), error], call), check, self.used(name)]
    }

    /// True for an exit that skips the rest of the body, whatever switch stands around.
    fn leaves_body(&self, exit: Exit) -> bool {
        match exit {
            Exit::Break(to) => self.targets[to].is_loop,
            Exit::Continue(_) | Exit::Return => true,
        }
    }

    /// One deferred call on what the iteration has.
    fn deferred(&mut self) -> Vec<Stmt> {
        let resources = self.own(Kind::Res);
        let structs = self.own(Kind::Struct);
        let call = match self.rng.below(20) {
            0..7 if !resources.is_empty() => {
                let name = self.rng.pick(&resources).clone();
                let methods = [Method::Close, Method::Close, Method::Close, Method::Shut, Method::Abort];
                Deferred::Method(name, *self.rng.pick(&methods))
            }
            0..10 if !structs.is_empty() => {
                let name = self.rng.pick(&structs).clone();
                Deferred::Method(name, *self.rng.pick(&[Method::Done, Method::Seal]))
            }
            7 | 8 => Deferred::Enter(self.label_text(), self.own_int()),
            9 => return self.rare(),
            10..14 => Deferred::Trace(self.label_text(), self.own_number()),
            _ => self.deferred_literal(),
        };
        vec![self.defer(call)]
    }

    /// What the tool has to leave alone, and what it may.
    fn rare(&mut self) -> Vec<Stmt> {
        let label = self.label_text();
        match self.rng.below(8) {
            0 => vec![self.defer(Deferred::Recover { label, into: None })],
            1 => {
                vec![Stmt::DirectRecover(label), self.defer(Deferred::Trace("late".to_owned(), Expr::Int(1)))]
            }
            2 => {
                let name = self.fresh(Kind::Func);
                vec![Stmt::NilFunc(name.clone()), self.defer(Deferred::Variable(name))]
            }
            3 | 4 => {
                self.notes.evidence = true;
                let value = self.int();
                vec![self.defer(Deferred::Trace(label, value))]
            }
            _ => {
                self.notes.evidence = true;
                let outer = self.all(Kind::Int);
                let value = Expr::Add(Box::new(self.int()), 1);
                let named = !self.list.names().is_empty();
                let body = match outer.iter().find(|name| !named || *name != "n") {
                    Some(name) => vec![Stmt::Assign(vec![name.clone()], vec![value])],
                    None => vec![self.trace(value)],
                };
                vec![self.defer(Deferred::Literal { param: None, body })]
            }
        }
    }

    /// `defer func() { … }()` over variables of the iteration, with a return of its own now and then.
    fn deferred_literal(&mut self) -> Deferred {
        let param =
            (!self.types_hidden() && self.rng.chance(30)).then(|| ("p".to_owned(), self.own_number()));
        let mut body = Block::new();
        if param.is_some() {
            body.push(self.trace(Expr::Var("p".to_owned())));
        }
        if self.rng.chance(20) {
            let value = self.own_int();
            let then = vec![self.trace(value.clone()), Stmt::Return(Vec::new())];
            body.push(Stmt::If { init: None, cond: Cond::Mod(value, 2, 0), then, other: None });
        }
        let value = self.own_int();
        body.push(self.trace(value));
        if let Some(name) = self.own(Kind::Res).first() {
            body.push(Stmt::Call(Expr::Method(name.clone(), Method::Close)));
        }
        Deferred::Literal { param, body }
    }

    /// Changes what a defer has evaluated already.
    fn change(&mut self) -> Vec<Stmt> {
        let arg = self.own_number();
        let mut out = Vec::new();
        if let Some(name) = self.own(Kind::Res).last().cloned()
            && self.rng.chance(12)
        {
            out.push(Stmt::Assign(vec![name], vec![Expr::Call(Helper::Open, vec![arg.clone()])]));
        }
        if let Some(name) = self.own(Kind::Struct).last().cloned()
            && self.rng.chance(50)
        {
            out.push(Stmt::Bump(name, 7));
        }
        if let Some(name) = self.own(Kind::Func).last().cloned()
            && self.rng.chance(30)
        {
            out.push(Stmt::Assign(vec![name], vec![Expr::Call(Helper::Closer, vec![arg])]));
        }
        out
    }
}
