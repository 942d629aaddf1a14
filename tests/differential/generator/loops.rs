//! Loops: their heads, the nest around the one that the plan is about, and the bodies of those that hold sites.

use super::exits::{Exit, Region, Style, Target};
use super::names::Kind;
use super::{Generator, any_form};
use crate::ast::{Block, Cond, Expr, Form, Helper, List, Loop, Stmt};

/// What a region is put together from, in any order.
#[derive(Clone, Copy)]
enum Piece {
    Exit(Exit),
    Work,
    Loop,
}

impl Generator {
    /// The planned loop, and those around it.
    pub(super) fn nest(&mut self) -> Vec<Stmt> {
        let labelled = matches!(self.plan.row, 7 | 8) && self.rng.chance(60);
        let around = usize::from(labelled || self.rng.chance(30)) + usize::from(self.rng.chance(8));
        self.around(around)
    }

    fn around(&mut self, levels: usize) -> Vec<Stmt> {
        if levels == 0 {
            let form = self.plan.form;
            return self.looped(form, Generator::planned_body);
        }
        let form = any_form(&mut self.rng);
        self.looped(form, |generator| {
            let mut block = Block::new();
            if generator.rng.chance(35) {
                let site = generator.acquire_and_defer();
                Generator::push(&mut block, site);
            }
            if generator.rng.chance(30) {
                let some = generator.statements(1);
                Generator::push(&mut block, some);
            }
            let inner = generator.around(levels - 1);
            Generator::push(&mut block, inner);
            if generator.rng.chance(50) {
                let some = generator.statements(1);
                Generator::push(&mut block, some);
            }
            block
        })
    }

    /// A loop of the form with the given body, and what has to stand around it.
    pub(super) fn looped(&mut self, form: Form, body: impl FnOnce(&mut Self) -> Block) -> Vec<Stmt> {
        let id = self.loops;
        self.loops += 1;
        let count = self.rng.between(2, 4);
        let shared = matches!(form, Form::Condition | Form::Infinite | Form::RangeAssign);
        let first = match form {
            _ if shared => 'k',
            Form::RangeString => 'c',
            _ => 'i',
        };
        let var = format!("{first}{id}");
        let mut out = Vec::new();
        if shared {
            self.declare(&var, Kind::Fixed);
            out.push(Stmt::Define(vec![var.clone()], Expr::Int(0)));
        }
        let label = self.new_label();
        let at = self.targets.len();
        let before = self.region.clone();
        let iteration = self.iteration;
        self.region.allowed.extend([Exit::Break(at), Exit::Continue(at)]);
        self.targets.push(Target { label: label.clone(), is_loop: true });
        self.iteration = self.scopes.len();
        self.scopes.push(Vec::new());
        let mut block = self.head(form, &var, id, count);
        let rest = body(self);
        Generator::push(&mut block, rest);
        self.scopes.pop();
        self.targets.pop();
        self.iteration = iteration;
        self.region = before;
        out.push(Stmt::Loop(Loop { id, label: Some(label), form, var: var.clone(), count, body: block }));
        if form == Form::RangeAssign {
            out.push(self.trace(Expr::Var(var)));
        }
        out
    }

    /// What the body begins with: the counter, the way out of an infinite loop, the iteration's own number.
    fn head(&mut self, form: Form, var: &str, id: usize, count: i64) -> Block {
        let mut block = Block::new();
        if matches!(form, Form::Condition | Form::Infinite) {
            block.push(Stmt::Increment(var.to_owned()));
        }
        if form == Form::Infinite {
            let cond = Cond::More(Expr::Var(var.to_owned()), count);
            let at = self.targets.len() - 1;
            let returns = self.region.allowed.contains(&Exit::Return) && self.rng.chance(50);
            let exit = if returns { Exit::Return } else { Exit::Break(at) };
            block.push(Stmt::If { init: None, cond, then: vec![self.exit(exit)], other: None });
        }
        let own = format!("i{id}");
        self.declare(&own, Kind::Fixed);
        let value = Expr::Var(var.to_owned());
        if form == Form::RangeString {
            block.push(Stmt::Define(vec![own.clone()], Expr::Call(Helper::Ord, vec![value])));
        } else if own != var {
            block.push(Stmt::Define(vec![own.clone()], value));
        }
        block.push(self.trace(Expr::Var(own)));
        block
    }

    /// The exits that the plan's row is made of.
    fn required(&mut self) -> Vec<Exit> {
        let at = self.targets.len() - 1;
        let mut others: Vec<Exit> = vec![Exit::Break(at)];
        for to in 0..at {
            others.extend([Exit::Break(to), Exit::Continue(to)]);
        }
        match self.plan.row {
            1 => Vec::new(),
            2..=6 => vec![Exit::Return],
            7 => vec![*self.rng.pick(&others)],
            _ => {
                others.push(Exit::Return);
                let mut chosen = Vec::new();
                while chosen.len() < 2 || (chosen.len() < others.len() && self.rng.chance(30)) {
                    let next = *self.rng.pick(&others);
                    if !chosen.contains(&next) {
                        chosen.push(next);
                    }
                }
                chosen
            }
        }
    }

    /// The body of the loop that the plan is about.
    fn planned_body(&mut self) -> Block {
        let mut block = Block::new();
        if let Some(name) = self.notes.shadowed.first().cloned()
            && name != self.params[1]
            && !self.scopes.iter().any(|scope| scope.iter().any(|(own, _)| *own == name))
        {
            block.extend(self.declare_shadow(&name));
        }
        if self.list == List::NamedShadowed {
            self.declare("err", Kind::Error);
            let call = Expr::Call(Helper::Maybe, vec![self.own_int()]);
            block.push(Stmt::Define(vec!["err".to_owned()], call));
            block.push(self.trace(Expr::Var("err".to_owned())));
        }
        let before = self.rng.below(3);
        let some = self.statements(before);
        Generator::push(&mut block, some);
        let required = self.required();
        let mut allowed = required.clone();
        allowed.push(Exit::Continue(self.targets.len() - 1));
        // The error idiom's twin: every error is proved, and the constants differ.
        let twin = self.plan.row == 5 && self.list == List::IntError && self.rng.chance(30);
        let style = if self.plan.row == 3 || twin { Style::Idiom } else { Style::Free };
        self.region = Region { allowed, style };
        let region = self.region_body(required);
        Generator::push(&mut block, region);
        block
    }

    /// Acquire, defer, work, and every exit that the plan asks for.
    fn region_body(&mut self, required: Vec<Exit>) -> Block {
        let mut block = self.wrapped_site();
        let mut pieces: Vec<Piece> = required.into_iter().map(Piece::Exit).collect();
        pieces.push(Piece::Work);
        if self.rng.chance(25) && self.fuel > 8 {
            pieces.push(Piece::Loop);
        }
        while !pieces.is_empty() {
            let at = self.rng.below(pieces.len());
            let piece = pieces.swap_remove(at);
            let piece = self.piece(piece);
            Generator::push(&mut block, piece);
        }
        block
    }

    fn piece(&mut self, piece: Piece) -> Vec<Stmt> {
        match piece {
            Piece::Exit(Exit::Return) if self.plan.row == 5 => {
                vec![self.plain_return(), self.guarded(Some(Exit::Return))]
            }
            Piece::Exit(exit) => vec![self.guarded(Some(exit))],
            Piece::Work => {
                let count = 1 + self.rng.below(3);
                self.statements(count)
            }
            Piece::Loop => {
                let form = any_form(&mut self.rng);
                self.looped(form, Generator::inner_body)
            }
        }
    }

    /// A return that is neither of the error idiom's.
    fn plain_return(&mut self) -> Stmt {
        let cond = self.cond();
        let exprs = match self.list {
            List::IntError if self.region.style == Style::Idiom => vec![Expr::Int(7), self.new_error()],
            List::Error => vec![Expr::Call(Helper::Maybe, vec![self.int()])],
            List::IntError => vec![self.int(), Expr::Nil],
            List::ResError => vec![Expr::Call(Helper::Spare, vec![self.int()])],
            _ => self.results(),
        };
        Stmt::If { init: None, cond, then: vec![Stmt::Return(exprs)], other: None }
    }

    /// The body of a loop inside the region, with a site of its own more often than not.
    fn inner_body(&mut self) -> Block {
        let mut block = Block::new();
        if self.rng.chance(60) {
            block = self.wrapped_site();
        }
        let some = self.statements(2);
        Generator::push(&mut block, some);
        block
    }
}
