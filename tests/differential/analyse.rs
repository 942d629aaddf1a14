//! What can be said of a function without running it: where control goes, and which row of the lowering table each
//! defer falls under. Written from the table alone; the engine has its own.

use crate::ast::{Block, Clause, Cond, Defer, Deferred, Expr, Form, Function, List, Loop, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// Where a statement may leave control; nothing for a panic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Out {
    Next,
    Break(Option<String>),
    Continue(Option<String>),
    Return,
}

type Outs = BTreeSet<Out>;

/// One defer that a loop of its own function stands around.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) defer: usize,
    /// The loop at the end of whose iteration it belongs; nothing where every path leaves all of them.
    pub(crate) target: Option<usize>,
    /// The loops around, the innermost first, whose body it leaves by ending the function and in no other way.
    pub(crate) ends_function: Vec<usize>,
    /// For each loop around, by its number, the statement of its body that holds the defer.
    places: Vec<(usize, usize)>,
    pub(crate) form: Form,
    pub(crate) list: List,
    /// The row of the lowering table; nothing for one that may be refused, or that runs once.
    pub(crate) row: Option<usize>,
    /// It must be refused: it recovers, or its region does.
    pub(crate) recovers: bool,
    /// What the call is made on is stored or returned by the iteration: evidence to keep it.
    pub(crate) name_leaves: bool,
}

impl Site {
    /// The statement of a loop's body that holds the defer.
    fn place_in(&self, around: usize) -> Option<usize> {
        self.places.iter().find(|(id, _)| *id == around).map(|(_, place)| *place)
    }
}

/// True where control can reach the place behind the block.
pub(crate) fn completes(block: &[Stmt]) -> bool {
    block_outs(block).contains(&Out::Next)
}

fn block_outs(block: &[Stmt]) -> Outs {
    sequence(Outs::from([Out::Next]), block)
}

/// Goes through `rest` after `before`.
fn sequence(mut outs: Outs, rest: &[Stmt]) -> Outs {
    for stmt in rest {
        if !outs.remove(&Out::Next) {
            break;
        }
        outs.extend(stmt_outs(stmt));
    }
    outs
}

fn stmt_outs(stmt: &Stmt) -> Outs {
    match stmt {
        Stmt::If { then, other, .. } => {
            let mut outs = block_outs(then);
            outs.extend(other.as_ref().map_or(Outs::from([Out::Next]), |block| block_outs(block)));
            outs
        }
        Stmt::Switch { label, clauses, .. } => {
            let mut outs = Outs::new();
            for at in 0..clauses.len() {
                outs.extend(clause_outs(clauses, at, block_outs(&clauses[at].body)));
            }
            if clauses.iter().all(|clause| clause.value.is_some()) {
                outs.insert(Out::Next);
            }
            broken(outs, label.as_ref())
        }
        Stmt::TypeSwitch { label, .. } | Stmt::Select { label, .. } => {
            let outs = stmt.blocks().into_iter().flat_map(|block| block_outs(block)).collect();
            broken(outs, label.as_ref())
        }
        Stmt::Loop(inner) => loop_outs(inner, block_outs(&inner.body)),
        Stmt::Block(body) => block_outs(body),
        Stmt::Continue(label) => Outs::from([Out::Continue(label.clone())]),
        Stmt::Break(label) => Outs::from([Out::Break(label.clone())]),
        Stmt::Return(_) => Outs::from([Out::Return]),
        Stmt::Panic(_) => Outs::new(),
        _ => Outs::from([Out::Next]),
    }
}

fn clause_outs(clauses: &[Clause], at: usize, mut outs: Outs) -> Outs {
    if clauses[at].falls && outs.remove(&Out::Next) {
        outs.extend(clause_outs(clauses, at + 1, block_outs(&clauses[at + 1].body)));
    }
    outs
}

/// Takes out the breaks that end at this statement.
fn broken(mut outs: Outs, label: Option<&String>) -> Outs {
    let plain = outs.remove(&Out::Break(None));
    let named = label.is_some_and(|label| outs.remove(&Out::Break(Some(label.clone()))));
    if plain || named {
        outs.insert(Out::Next);
    }
    outs
}

fn loop_outs(inner: &Loop, mut outs: Outs) -> Outs {
    comes_round(inner, &mut outs);
    let mut outs = broken(outs, inner.label.as_ref());
    if inner.form != Form::Infinite {
        outs.insert(Out::Next);
    }
    outs
}

/// Takes out what leads to the loop's head; true if something did.
fn comes_round(inner: &Loop, outs: &mut Outs) -> bool {
    let next = outs.remove(&Out::Next);
    let plain = outs.remove(&Out::Continue(None));
    let named = inner.label.as_ref().is_some_and(|label| outs.remove(&Out::Continue(Some(label.clone()))));
    next || plain || named
}

/// Every site of a function, those of its literals included.
pub(crate) fn sites(function: &Function) -> Vec<Site> {
    let mut sites = Vec::new();
    collect(&function.body, function.list, function, &mut Vec::new(), &mut sites);
    sites
}

/// The loop at the end of whose iteration each defer runs when those of `chosen` were rewritten.
///
/// A defer that runs once stays. Inside of what is rewritten, which begins with the statement of the first defer that is,
/// it ends the iteration together with the function, and the order remains the reverse of the defer statements.
pub(crate) fn targets(sites: &[Site], chosen: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
    let mut targets = BTreeMap::new();
    let rewritten = sites.iter().filter(|site| chosen.contains(&site.defer));
    targets.extend(rewritten.filter_map(|site| Some((site.defer, site.target?))));
    let mut starts: BTreeMap<usize, usize> = BTreeMap::new();
    for site in sites {
        if let Some(&around) = targets.get(&site.defer)
            && let Some(place) = site.place_in(around)
        {
            starts.entry(around).and_modify(|first| *first = place.min(*first)).or_insert(place);
        }
    }
    let once = sites.iter().filter(|site| site.target.is_none());
    let inside = |site: &Site| {
        let holds =
            |around: &usize| starts.get(around).is_some_and(|&first| site.place_in(*around) >= Some(first));
        site.ends_function.iter().copied().find(holds)
    };
    targets.extend(once.filter_map(|site| Some((site.defer, inside(site)?))));
    targets
}

/// A block that holds the defer, and the place in it of the statement that does.
type Path<'a> = Vec<(&'a Block, usize, Option<&'a Loop>)>;

fn collect<'a>(
    block: &'a Block,
    list: List,
    function: &Function,
    path: &mut Path<'a>,
    sites: &mut Vec<Site>,
) {
    for (at, stmt) in block.iter().enumerate() {
        path.push((block, at, None));
        if let Stmt::Defer(defer) = stmt
            && path.iter().any(|(_, _, inner)| inner.is_some())
        {
            sites.push(site(defer, list, function, path));
        }
        if let Stmt::Loop(inner) = stmt {
            path.last_mut().expect("just pushed").2 = Some(inner);
        }
        for inner in stmt.blocks() {
            collect(inner, list, function, path, sites);
        }
        if let Some(literal) = stmt.literal() {
            collect(&literal.body, literal.list, function, &mut Vec::new(), sites);
        }
        path.pop();
    }
}

/// For each loop around a defer, by its number, the statement of its body that holds the defer.
fn places(path: &Path<'_>) -> Vec<(usize, usize)> {
    path.windows(2).filter_map(|pair| Some((pair[0].2?.id, pair[1].1))).collect()
}

fn site(defer: &Defer, list: List, function: &Function, path: &Path<'_>) -> Site {
    let innermost = path.iter().rev().find_map(|(_, _, inner)| *inner).expect("a site has a loop");
    let mut ends_function = Vec::new();
    let Some((depth, inner)) = target(path, &mut ends_function) else {
        return Site {
            defer: defer.id,
            target: None,
            ends_function,
            places: places(path),
            form: innermost.form,
            list,
            row: None,
            recovers: false,
            name_leaves: false,
        };
    };
    let row = crate::rows::row(defer, inner, path[depth + 1].1, list, function);
    Site {
        defer: defer.id,
        target: Some(inner.id),
        ends_function,
        places: places(path),
        form: inner.form,
        list,
        row: row.ok(),
        recovers: row == Err(crate::rows::NoRow::Recovers),
        name_leaves: crate::evidence::name_leaves(defer, inner),
    }
}

/// Climbs from the defer to the first loop whose head can be reached, with its place in the path. Notes the loops on
/// the way whose body is left by nothing but the function's end.
fn target<'a>(path: &Path<'a>, ends_function: &mut Vec<usize>) -> Option<(usize, &'a Loop)> {
    let mut outs = Outs::from([Out::Next]);
    for depth in (0..path.len()).rev() {
        let (block, at, _) = path[depth];
        if depth + 1 < path.len() {
            let inside = path[depth + 1].0;
            match &block[at] {
                Stmt::Loop(inner) => {
                    if comes_round(inner, &mut outs) {
                        return Some((depth, inner));
                    }
                    if outs.iter().all(|out| *out == Out::Return) {
                        ends_function.push(inner.id);
                    }
                    outs = broken(outs, inner.label.as_ref());
                }
                Stmt::Switch { label, clauses, .. } => {
                    let own = clauses.iter().position(|clause| std::ptr::eq(&raw const clause.body, inside));
                    outs = broken(clause_outs(clauses, own.expect("a clause"), outs), label.as_ref());
                }
                Stmt::TypeSwitch { label, .. } | Stmt::Select { label, .. } => {
                    outs = broken(outs, label.as_ref());
                }
                _ => {}
            }
        }
        outs = sequence(outs, &block[at + 1..]);
    }
    None
}

/// The variable that the deferred call is made on.
pub(crate) fn receiver(defer: &Defer) -> Option<&str> {
    match &defer.call {
        Deferred::Method(name, _) | Deferred::Variable(name) => Some(name),
        _ => None,
    }
}

/// True where the condition is a nil test of the variable that finds an error.
pub(crate) fn proves(cond: &Cond, name: &str) -> bool {
    match cond {
        Cond::Failed(tested) => tested == name,
        Cond::And(left, right) => proves(left, name) || proves(right, name),
        _ => false,
    }
}

/// True for an expression that is a constant wherever it stands.
pub(crate) fn constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Int(_) | Expr::Text(_) | Expr::Nil)
}
