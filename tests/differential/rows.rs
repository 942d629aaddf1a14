//! Rows 1 to 8 of the lowering table, read off the tree: which exits leave the region, and what they carry.

use crate::analyse::{constant, proves, receiver};
use crate::ast::{Block, Defer, Deferred, Expr, Function, List, Loop, Stmt};
use std::collections::BTreeSet;

/// What leaves a region, bound to its target; `continue` of its own loop is not among them.
#[derive(Default)]
struct Exits {
    /// `break`, `break L` and `continue L` of other loops, one each.
    others: BTreeSet<String>,
    returns: Vec<Vec<Expr>>,
    /// Every return carries an error that is not nil.
    proved: bool,
    refused: bool,
    shadowing: bool,
}

/// What stands around a statement inside the region.
#[derive(Clone, Default)]
struct Around {
    labels: Vec<String>,
    in_loop: bool,
    in_breakable: bool,
    /// Error variables that a test around has found not to be nil.
    failed: Vec<String>,
}

/// Why there is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRow {
    /// It must be left: it recovers, or its region does.
    Recovers,
    /// It may be left: a name of the result list means something else somewhere in the body.
    Hidden,
}

/// The row for the region of `inner`'s body that holds the defer in its statement number `at`.
pub(crate) fn row(
    defer: &Defer,
    inner: &Loop,
    at: usize,
    list: List,
    function: &Function,
) -> Result<usize, NoRow> {
    let start = receiver(defer).and_then(|name| acquisition(&inner.body[..at], name)).unwrap_or(at);
    let mut exits = Exits { proved: true, ..Exits::default() };
    // A region may begin at the defer where what stands between it and the acquisition cannot be wrapped.
    walk(&inner.body[start..at], inner, &Around::default(), &mut exits);
    exits.refused = false;
    walk(&inner.body[at..], inner, &Around::default(), &mut exits);
    let shadowing = inner.body.iter().any(|stmt| shadows(stmt, list));
    exits.shadowing |= shadowing;
    if exits.refused || matches!(defer.call, Deferred::Recover { .. }) {
        return Err(NoRow::Recovers);
    }
    let row = match (exits.others.len(), exits.returns.is_empty()) {
        (0, true) => Some(1),
        (1, true) => Some(7),
        (0, false) => returning(&exits, list, function),
        _ => Some(8),
    };
    row.ok_or(NoRow::Hidden)
}

fn acquisition(before: &[Stmt], name: &str) -> Option<usize> {
    before.iter().position(|stmt| match stmt {
        Stmt::Define(names, _) => names.iter().any(|n| n == name),
        Stmt::NilFunc(own) => own == name,
        _ => false,
    })
}

fn returning(exits: &Exits, list: List, function: &Function) -> Option<usize> {
    let hidden = list.types().iter().any(|text| {
        let bare = text.trim_start_matches('*');
        function.notes.shadowed.iter().any(|name| name == bare)
    });
    let assignable = !list.names().is_empty() && !list.names().contains(&"_") && !exits.shadowing;
    Some(match list {
        List::None => 2,
        _ if assignable => 4,
        _ if hidden && (list.names().is_empty() || list == List::NamedBlank) => 6,
        _ if hidden => return None,
        _ if list.names().is_empty() && error_idiom(exits, list) => 3,
        _ => 5,
    })
}

fn error_idiom(exits: &Exits, list: List) -> bool {
    let same = |pair: &[Vec<Expr>]| format!("{:?}", head(&pair[0])) == format!("{:?}", head(&pair[1]));
    list.types().last() == Some(&"error")
        && exits.proved
        && exits
            .returns
            .iter()
            .all(|exprs| exprs.len() == list.types().len() && head(exprs).iter().all(constant))
        && exits.returns.windows(2).all(same)
}

fn head(exprs: &[Expr]) -> &[Expr] {
    &exprs[..exprs.len().saturating_sub(1)]
}

fn walk(block: &[Stmt], inner: &Loop, around: &Around, exits: &mut Exits) {
    for stmt in block {
        match stmt {
            Stmt::Continue(label) => transfer("continue", label.as_ref(), inner, around, exits),
            Stmt::Break(label) => transfer("break", label.as_ref(), inner, around, exits),
            Stmt::Return(exprs) => {
                exits.proved &= exprs.last().is_some_and(|expr| never_nil(expr, around));
                exits.returns.push(exprs.clone());
            }
            Stmt::DirectRecover(_) => exits.refused = true,
            _ => enter(stmt, inner, around, exits),
        }
    }
}

fn never_nil(expr: &Expr, around: &Around) -> bool {
    match expr {
        Expr::NewError(_) | Expr::Errorf(_) => true,
        Expr::Var(name) => around.failed.contains(name),
        _ => false,
    }
}

fn transfer(word: &str, label: Option<&String>, inner: &Loop, around: &Around, exits: &mut Exits) {
    let local = match label {
        Some(label) => around.labels.contains(label),
        None if word == "continue" => around.in_loop,
        None => around.in_breakable,
    };
    let own = label.is_none() || label == inner.label.as_ref();
    match (local, own) {
        (true, _) => {}
        (false, true) if word == "continue" => {}
        (false, true) => drop(exits.others.insert(word.to_owned())),
        (false, false) => drop(exits.others.insert(format!("{word} {}", label.map_or("", String::as_str)))),
    }
}

fn enter(stmt: &Stmt, inner: &Loop, around: &Around, exits: &mut Exits) {
    let mut inside = around.clone();
    let label = match stmt {
        Stmt::Loop(own) => own.label.as_ref(),
        Stmt::Switch { label, .. } | Stmt::TypeSwitch { label, .. } | Stmt::Select { label, .. } => {
            label.as_ref()
        }
        _ => None,
    };
    inside.labels.extend(label.cloned());
    inside.in_loop |= matches!(stmt, Stmt::Loop(_));
    inside.in_breakable |=
        matches!(stmt, Stmt::Loop(_) | Stmt::Switch { .. } | Stmt::TypeSwitch { .. } | Stmt::Select { .. });
    if let Stmt::If { cond, then, other, .. } = stmt {
        let mut failed = inside.clone();
        failed.failed.extend(tested(cond, then));
        walk(then, inner, &failed, exits);
        if let Some(block) = other {
            walk(block, inner, &inside, exits);
        }
    } else {
        for block in stmt.blocks() {
            walk(block, inner, &inside, exits);
        }
    }
}

/// The error that the condition finds, unless the block assigns to it.
fn tested(cond: &crate::ast::Cond, then: &Block) -> Option<String> {
    let names: BTreeSet<&String> = then.iter().flat_map(assigned).collect();
    let mut found = Vec::new();
    if let crate::ast::Cond::Failed(name) = cond {
        found.push(name.clone());
    }
    found.retain(|name| proves(cond, name) && !names.contains(name));
    found.pop()
}

fn assigned(stmt: &Stmt) -> &[String] {
    match stmt {
        Stmt::Assign(names, _) | Stmt::Define(names, _) => names,
        _ => &[],
    }
}

/// True where the statement, or one inside it, declares a variable with the name of a result.
fn shadows(stmt: &Stmt, list: List) -> bool {
    let hides = |names: &[String]| names.iter().any(|name| list.names().contains(&name.as_str()));
    let own = match stmt {
        Stmt::Define(names, _) => hides(names),
        Stmt::If { init: Some(init), .. } => shadows(init, list),
        Stmt::TypeSwitch { bind, .. } | Stmt::Select { bind, .. } => hides(std::slice::from_ref(bind)),
        Stmt::Loop(inner) => hides(std::slice::from_ref(&inner.var)),
        _ => false,
    };
    own || stmt.blocks().into_iter().flatten().any(|inner| shadows(inner, list))
}
