//! Variables in sight, and names that are likely to be in the way of a rewrite.

use super::Generator;
use crate::ast::{Expr, List, Stmt};

/// Labels, as people choose them.
pub(crate) const LABELS: [&str; 12] =
    ["outer", "loop", "next", "done", "again", "L", "retry", "out", "body", "ctl", "sw", "M"];

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An int that may be assigned to.
    Int,
    /// An int that may not: loop variables, parameters, counters.
    Fixed,
    Error,
    Res,
    Struct,
    Func,
    File,
    Reader,
    /// The value of the type parameter.
    Param,
}

pub(crate) type Scope = Vec<(String, Kind)>;

impl Generator {
    /// Starts the variables of a function: its parameters and named results are in sight of the body.
    pub(super) fn open_function(&mut self, list: List) {
        let mut own: Scope = Vec::new();
        if self.scopes.is_empty() {
            own.extend(self.params.iter().map(|name| (name.clone(), Kind::Fixed)));
            own.push(("v".to_owned(), Kind::Param));
        }
        for (name, text) in list.names().iter().zip(list.types()) {
            let kind = if *text == "int" { Kind::Int } else { Kind::Error };
            own.extend((*name != "_").then(|| ((*name).to_owned(), kind)));
        }
        self.scopes.push(own);
        self.list = list;
        self.iteration = self.scopes.len() - 1;
    }

    pub(super) fn declare(&mut self, name: &str, kind: Kind) {
        self.scopes.last_mut().expect("inside a function").push((name.to_owned(), kind));
    }

    /// A name for a new variable of this block: shadows outer ones as it comes, but never hides a result on purpose
    /// unless the list is about that.
    pub(super) fn fresh(&mut self, kind: Kind) -> String {
        let pool: &[&str] = match kind {
            Kind::Int | Kind::Fixed | Kind::Param => {
                &["x", "y", "done", "next", "ctl", "r0", "r1", "ok", "sum"]
            }
            Kind::Error => &["err", "err", "e", "cause"],
            Kind::Res => &["r", "r", "res", "done", "f"],
            Kind::Struct => &["w", "s", "next"],
            Kind::Func => &["fn", "cleanup", "cancel"],
            Kind::File => &["file", "src", "f"],
            Kind::Reader => &["in", "br"],
        };
        let mut name = (*self.rng.pick(pool)).to_owned();
        let mut tries = 0;
        while self.taken(&name) {
            tries += 1;
            name = format!("{}{tries}", pool[tries % pool.len()]);
        }
        self.declare(&name, kind);
        name
    }

    fn taken(&self, name: &str) -> bool {
        let reserved = match self.list {
            List::Named => name == "n" || name == "err",
            List::NamedBlank => name == "err",
            _ => false,
        };
        reserved || self.scopes.last().is_some_and(|scope| scope.iter().any(|(own, _)| own == name))
    }

    /// The variables that satisfy the test, by the name that means them here, from the given scope on.
    fn visible(&self, from: usize, test: impl Fn(Kind) -> bool) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (depth, scope) in self.scopes.iter().enumerate().skip(from) {
            for (name, kind) in scope {
                if test(*kind) && self.resolve(name) == Some((depth, *kind)) && !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found
    }

    /// The scope and kind of what the name means here.
    fn resolve(&self, name: &str) -> Option<(usize, Kind)> {
        let scopes = self.scopes.iter().enumerate().rev();
        scopes
            .flat_map(|(depth, scope)| scope.iter().rev().map(move |own| (depth, own)))
            .find_map(|(depth, (own, kind))| (own == name).then_some((depth, *kind)))
    }

    /// True where the result's name still means the result.
    pub(super) fn result_visible(&self, name: &str) -> bool {
        let function = self.scopes.iter().position(|scope| scope.iter().any(|(own, _)| own == name));
        self.resolve(name).map(|(depth, _)| depth) == function
    }

    pub(super) fn visible_ints(&self) -> Vec<String> {
        self.visible(0, |kind| matches!(kind, Kind::Int | Kind::Fixed))
    }

    /// Ints of the innermost iteration: a deferred call on anything else may be meant to wait.
    pub(super) fn own_ints(&self) -> Vec<String> {
        let shadow = self.notes.shadowed.first();
        let mut names = self.visible(self.iteration, |kind| matches!(kind, Kind::Int | Kind::Fixed));
        names.retain(|name| Some(name) != shadow);
        names
    }

    pub(super) fn own(&self, wanted: Kind) -> Vec<String> {
        self.visible(self.iteration, |kind| kind == wanted)
    }

    pub(super) fn all(&self, wanted: Kind) -> Vec<String> {
        self.visible(0, |kind| kind == wanted)
    }

    /// Some int in sight.
    pub(super) fn int(&mut self) -> Expr {
        let names = self.visible_ints();
        if names.is_empty() { Expr::Int(1) } else { Expr::Var(self.rng.pick(&names).clone()) }
    }

    /// Some int of the iteration.
    pub(super) fn own_int(&mut self) -> Expr {
        let names = self.own_ints();
        if names.is_empty() { Expr::Int(2) } else { Expr::Var(self.rng.pick(&names).clone()) }
    }

    /// An int of the iteration, with something added now and then.
    pub(super) fn own_number(&mut self) -> Expr {
        let base = self.own_int();
        let more = self.rng.between(1, 30);
        if self.rng.chance(60) { Expr::Add(Box::new(base), more) } else { base }
    }

    pub(super) fn label_text(&mut self) -> String {
        self.traces += 1;
        format!("t{}", self.traces)
    }

    pub(super) fn trace(&mut self, expr: Expr) -> Stmt {
        Stmt::Trace(self.label_text(), expr)
    }

    /// True where the text of a type would mean something else.
    pub(super) fn types_hidden(&self) -> bool {
        !self.notes.shadowed.is_empty()
    }
}
