//! What a loop opens that one value for all of its iterations would do for, and whether the statements that open it can stand
//! in front of the loop: a function that the table says may be called once, whose operands are the same in every iteration.

use crate::file::File;
use crate::lifetime::Called;
use crate::lower::is_predeclared;
use crate::nilness::arguments;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::Refusal;
use crate::passes::ahead::{free, rename, seen};
use crate::resources::Trait;
use crate::scope::{BindingId, Declares, is_changed};
use crate::verdict::Reason;

/// An expression of a loop that opens something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// The call or composite literal, with the `&` in front of it.
    pub(crate) value: NodeId,
    /// The innermost function around it.
    pub(crate) function: NodeId,
    /// The outermost loop in whose iterations its operands are the same.
    pub(crate) outermost: NodeId,
    /// What is opened keeps a pool of connections.
    pub(crate) is_pool: bool,
}

/// The statements that go in front of the loop.
#[derive(Clone, Debug)]
pub(crate) struct Acquisition {
    pub(crate) opening: Opening,
    /// `x, err := open(…)`
    pub(crate) statement: NodeId,
    /// `if err != nil { … }`
    pub(crate) check: Option<NodeId>,
    /// The variable that holds what is opened.
    pub(crate) variable: BindingId,
    /// Mentions of the error in the two statements, where it has to have another name in front of the loop.
    pub(crate) renamed: Vec<NodeId>,
}

/// Functions whose results differ from call to call, whatever they are given: packages, or functions of them.
const CHANGING: &[(&str, &str)] = &[
    ("time", "Now"),
    ("time", "Since"),
    ("time", "Until"),
    ("math/rand", ""),
    ("math/rand/v2", ""),
    ("crypto/rand", ""),
    ("github.com/google/uuid", ""),
];

/// What a call or composite literal opens in a loop; nothing where it is no such function, or where its operands may differ
/// from one iteration to the next.
pub(crate) fn opening(file: &File<'_, '_>, id: NodeId) -> Option<Opening> {
    let tree = file.tree;
    let is_pool = match tree.kind(id) {
        Kind::Call => match file.ask().called(id) {
            Called::Known { fact, .. } if fact.is(Trait::Hoists) => fact.is(Trait::Pools),
            _ => return None,
        },
        Kind::CompositeLiteral if is_once(file, id) => false,
        _ => return None,
    };
    let function = file.flow.nest.function(id)?;
    let value = whole(tree, id);
    let loops = file.flow.nest.loops_around(value);
    let is_same = |&around: &NodeId| !is_measured(file, around) && varying(file, value, around).is_none();
    let outermost = loops.take_while(is_same).last()?;
    Some(Opening { value, function, outermost, is_pool })
}

/// Whether a composite literal is of a type that the table says is made once.
fn is_once(file: &File<'_, '_>, literal: NodeId) -> bool {
    let File { tree, scopes, around, .. } = *file;
    let of = tree.child(literal, Field::Type).filter(|&of| tree.kind(of) == Kind::QualifiedType);
    let Some(of) = of else { return false };
    let package = tree.named(of).next().and_then(|package| scopes.import_path(package));
    let name = tree.child(of, Field::Name).map(|name| tree.text_of(name));
    package.zip(name).is_some_and(|(package, name)| around.options.resources.is_once(package, name))
}

/// The expression with the `&` in front of it, and the composite literal that it is a field of: `&http.Client{Transport: …}`.
fn whole(tree: &Tree<'_>, id: NodeId) -> NodeId {
    let mut at = id;
    while let Some(parent) = tree.parent(at) {
        match tree.kind(parent) {
            Kind::Unary if tree.has_token(parent, "&") => at = parent,
            Kind::KeyedElement | Kind::LiteralElement | Kind::LiteralValue => at = parent,
            Kind::CompositeLiteral => {
                let is_qualified = tree
                    .child(parent, Field::Type)
                    .is_some_and(|of| matches!(tree.kind(of), Kind::QualifiedType | Kind::TypeIdentifier));
                if !is_qualified {
                    break;
                }
                at = parent;
            }
            _ => break,
        }
    }
    if matches!(tree.kind(at), Kind::KeyedElement | Kind::LiteralElement | Kind::LiteralValue) {
        id
    } else {
        at
    }
}

/// The first part of an expression or statement that may differ from one iteration of a loop to the next.
pub(crate) fn varying(file: &File<'_, '_>, value: NodeId, iteration: NodeId) -> Option<NodeId> {
    let tree = file.tree;
    tree.subtree(value).find(|&id| match tree.kind(id) {
        Kind::Call if id != value => !is_steady_call(file, id),
        Kind::Unary => tree.has_token(id, "<-"),
        kind if kind.is_name() => {
            is_varying_name(file, id, value, iteration) || may_be_changed(file, id, value, iteration)
        }
        _ => false,
    })
}

/// The same, where calls may be anything: for a statement that runs once and then leaves the function.
fn varying_name(file: &File<'_, '_>, value: NodeId, iteration: NodeId, but: &[BindingId]) -> Option<NodeId> {
    let tree = file.tree;
    tree.subtree(value).find(|&id| {
        tree.kind(id).is_name()
            && file.scopes.meaning(id).is_none_or(|binding| !but.contains(&binding))
            && is_varying_name(file, id, value, iteration)
    })
}

fn is_steady_call(file: &File<'_, '_>, call: NodeId) -> bool {
    match file.ask().called(call) {
        Called::Conversion => true,
        Called::Builtin(name) => matches!(name, "len" | "cap" | "new" | "make" | "min" | "max"),
        Called::Known { owner, name, fact } => {
            let changes = CHANGING
                .iter()
                .any(|&(package, function)| package == owner && (function.is_empty() || function == name));
            !changes && !fact.is(Trait::Sets) && !fact.is(Trait::Waits) && !fact.is(Trait::Fresh)
        }
        _ => false,
    }
}

/// Whether a name is declared in a loop, or changed there, outside of the expression that it stands in.
fn is_varying_name(file: &File<'_, '_>, name: NodeId, value: NodeId, iteration: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let Some(binding) = scopes.meaning(name) else { return false };
    let declared = scopes.get(binding);
    !tree.within(declared.at, value)
        && (tree.within(declared.at, iteration)
            || declared.mentions.iter().any(|&id| tree.within(id, iteration) && is_changed(tree, id)))
}

/// Whether an operand is the value of a variable that a method, or a function that gets it, may change in the loop.
fn may_be_changed(file: &File<'_, '_>, name: NodeId, value: NodeId, iteration: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let variable = scopes.meaning(name).map(|binding| scopes.get(binding));
    let Some(variable) = variable.filter(|variable| variable.declares != Declares::Package) else {
        return false;
    };
    if file.ask().is_plain(name) || file.ask().known_type(name) == Some("context.Context") {
        return false;
    }
    let is_part = tree.parent(name).is_some_and(|parent| {
        matches!(tree.kind(parent), Kind::Selector | Kind::Index) || tree.has_token(parent, "*")
    });
    let mut others =
        variable.mentions.iter().filter(|&&id| tree.within(id, iteration) && !tree.within(id, value));
    others.any(|&id| {
        let is_given = tree.parent(id).is_some_and(|parent| tree.kind(parent) == Kind::ArgumentList);
        called_on(tree, id).is_some() || is_part && is_given
    })
}

/// Whether a loop repeats its body for a benchmark: then what it opens is what is measured.
fn is_measured(file: &File<'_, '_>, iteration: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let Some(body) = tree.child(iteration, Field::Body) else { return false };
    let mut header = (iteration.0..body.0).map(NodeId).filter(|&id| tree.kind(id) == Kind::Selector);
    header.any(|selector| {
        let name = tree.child(selector, Field::Selected).map(|name| tree.text_of(name));
        let binding = tree.child(selector, Field::Operand).and_then(|operand| scopes.meaning(operand));
        let of = binding.and_then(|binding| tree.parent(scopes.get(binding).at));
        let of = of.and_then(|declaration| tree.child(declaration, Field::Type));
        matches!(name, Some("N" | "Loop")) && of.is_some_and(|of| tree.text_of(of) == "*testing.B")
    })
}

/// The statements of an iteration that open something, and whether they can go in front of the loop at `outermost`. `ends` are
/// the defers that go along, `others` the statements that go for other things that are opened.
pub(crate) fn acquisition(
    file: &File<'_, '_>,
    opening: Opening,
    outermost: NodeId,
    ends: &[NodeId],
    others: &[NodeId],
) -> Result<Acquisition, Refusal> {
    let tree = file.tree;
    let refuse = |reason, at| Refusal { reason, at: tree.span(at) };
    let shape = || refuse(Reason::HoistShape, opening.value);
    let statement = declaration(tree, opening.value).ok_or_else(shape)?;
    let list =
        tree.parent(statement).filter(|&list| tree.kind(list) == Kind::StatementList).ok_or_else(shape)?;
    let innermost = file.flow.nest.loop_around(statement).and_then(|around| tree.child(around, Field::Body));
    let is_in_body = tree.parent(list) == innermost;
    if file.flow.has_goto(statement) {
        return Err(shape());
    }
    let names = tree.child(statement, Field::Left).map(|left| tree.operands(left)).unwrap_or_default();
    let variable = names.first().and_then(|&name| file.scopes.meaning(name)).ok_or_else(shape)?;
    if names.len() > 2 || names.first().is_none_or(|&name| file.scopes.get(variable).at != name) {
        return Err(shape());
    }
    let error = names.get(1).and_then(|&name| file.scopes.meaning(name));
    // What is opened on some ways only has no error there that could show on others.
    if !is_in_body && (error.is_some() || !ends.is_empty()) {
        return Err(shape());
    }
    let check = match error {
        Some(error) => Some(check(file, error, next(tree, statement), outermost, opening)?),
        None => None,
    };
    let moved: Vec<NodeId> = check.into_iter().chain([statement]).chain(ends.iter().copied()).collect();
    shared(file, variable, &moved)?;
    free(file, variable, outermost)
        .and_then(|()| seen(file, variable, outermost))
        .map_err(|at| refuse(Reason::HoistName, at))?;
    let renamed = match error {
        Some(error) => {
            rename(file, error, &moved, others, outermost).map_err(|at| refuse(Reason::HoistName, at))?
        }
        None => Vec::new(),
    };
    Ok(Acquisition { opening, statement, check, variable, renamed })
}

/// The statement that opens something, and the one behind it if it may be the check of the error.
pub(crate) fn statements(file: &File<'_, '_>, opening: Opening) -> Vec<NodeId> {
    let tree = file.tree;
    let Some(statement) = declaration(tree, opening.value) else { return Vec::new() };
    let check = next(tree, statement).filter(|&id| tree.kind(id) == Kind::If);
    [statement].into_iter().chain(check).collect()
}

/// The statement behind another one.
fn next(tree: &Tree<'_>, statement: NodeId) -> Option<NodeId> {
    let list = tree.parent(statement)?;
    tree.named(list).find(|&id| id > statement)
}

/// The `:=` statement that gives variables the results of an expression and nothing else.
fn declaration(tree: &Tree<'_>, value: NodeId) -> Option<NodeId> {
    let list = tree.parent(value)?;
    let statement = tree.parent(list)?;
    let is_alone = tree.kind(list) == Kind::ExpressionList && tree.named(list).count() == 1;
    (is_alone && tree.field(list) == Field::Right && tree.kind(statement) == Kind::ShortVar)
        .then_some(statement)
}

/// The statement behind the acquisition, if it leaves the function where the error is not nil, in a way that has nothing to do
/// with the iteration.
fn check(
    file: &File<'_, '_>,
    error: BindingId,
    next: Option<NodeId>,
    outermost: NodeId,
    opening: Opening,
) -> Result<NodeId, Refusal> {
    let tree = file.tree;
    let refuse = |at| Refusal { reason: Reason::HoistError, at: tree.span(at) };
    let next = next.filter(|&id| tree.kind(id) == Kind::If).ok_or_else(|| refuse(opening.value))?;
    let condition = tree.child(next, Field::Condition).ok_or_else(|| refuse(next))?;
    let sides = (tree.child(condition, Field::Left), tree.child(condition, Field::Right));
    let is_test = tree.has_token(condition, "!=")
        && sides.0.is_some_and(|left| file.scopes.meaning(left) == Some(error))
        && sides.1.is_some_and(|right| {
            tree.kind(right) == Kind::Nil && is_predeclared(file, "nil", tree.start(right))
        });
    let body = tree.child(next, Field::Consequence).ok_or_else(|| refuse(next))?;
    let jumps = tree.own_subtree(body).find(|&id| {
        matches!(tree.kind(id), Kind::Break | Kind::Continue | Kind::Goto | Kind::Fallthrough | Kind::Defer)
    });
    let is_plain =
        tree.child(next, Field::Alternative).is_none() && tree.child(next, Field::Initializer).is_none();
    if !is_test || !is_plain || jumps.is_some() || file.flow.completes(body) {
        return Err(refuse(jumps.unwrap_or(next)));
    }
    match varying_name(file, body, outermost, &[error]) {
        Some(at) => Err(refuse(at)),
        None => Ok(next),
    }
}

/// Nothing in the iteration may change what is shared, end it, or keep a part of it that is changed.
fn shared(file: &File<'_, '_>, variable: BindingId, moved: &[NodeId]) -> Result<(), Refusal> {
    let File { tree, scopes, .. } = *file;
    let declared = scopes.get(variable);
    for &at in declared.mentions.iter().filter(|&&at| at != declared.at) {
        if moved.iter().any(|&statement| tree.within(at, statement)) {
            continue;
        }
        let refuse = |reason| Err(Refusal { reason, at: tree.span(at) });
        if is_changed(tree, at) {
            return refuse(Reason::HoistChanged);
        }
        let Some(call) = called_on(tree, at) else { continue };
        match file.ask().called(call) {
            Called::Known { fact, .. } if fact.is(Trait::Release) => return refuse(Reason::HoistEnded),
            Called::Known { fact, .. } if fact.is(Trait::Alters) => return refuse(Reason::HoistChanged),
            Called::Unknown if is_ending(tree, call) => return refuse(Reason::HoistEnded),
            _ => {}
        }
    }
    Ok(())
}

/// The call `x.Method(…)` of a mention of `x`.
fn called_on(tree: &Tree<'_>, mention: NodeId) -> Option<NodeId> {
    let selector = tree.parent(mention).filter(|&id| tree.kind(id) == Kind::Selector)?;
    let call = tree.parent(selector).filter(|&id| tree.kind(id) == Kind::Call)?;
    (tree.child(call, Field::Function) == Some(selector)).then_some(call)
}

/// Whether a method of a type of which little is known has the name of one that ends its receiver.
fn is_ending(tree: &Tree<'_>, call: NodeId) -> bool {
    let name = tree
        .child(call, Field::Function)
        .and_then(|function| tree.child(function, Field::Selected))
        .map_or("", |name| tree.text_of(name));
    ["Close", "Stop", "Shutdown", "Disconnect", "Release"].iter().any(|ending| name.starts_with(ending))
}

/// What a deferred call ends, where it is a method of a variable, also in a literal that does nothing else with the iteration.
pub(crate) fn ended(file: &File<'_, '_>, call: NodeId, iteration: NodeId) -> Result<BindingId, NodeId> {
    let File { tree, scopes, .. } = *file;
    let mut ended = None;
    for id in tree.subtree(call).filter(|&id| tree.kind(id).is_name()) {
        let Some(binding) = scopes.meaning(id) else { continue };
        if called_on(tree, id).is_some()
            && tree.within(scopes.get(binding).at, iteration)
            && ended.is_none_or(|known| known == binding)
            && !tree.within(scopes.get(binding).at, call)
        {
            ended = Some(binding);
        } else if is_varying_name(file, id, call, iteration) {
            return Err(id);
        }
    }
    let is_plain = arguments(tree, call).is_empty();
    ended.filter(|_| is_plain).ok_or(call)
}

/// Where a variable whose value has to be ended is given to something that may outlive the iteration: anything but a call's
/// receiver or argument, and comparisons. Nothing for what needs no end.
pub(crate) fn leaving(file: &File<'_, '_>, variable: BindingId, moved: &[NodeId]) -> Option<NodeId> {
    let File { tree, scopes, .. } = *file;
    let declared = scopes.get(variable);
    let of = file.ask().known_type(declared.at);
    let resources = file.around.options.resources;
    let has_end = |of| {
        ["Close", "Disconnect"]
            .iter()
            .any(|name| resources.fact(of, name).is_some_and(|fact| fact.is(Trait::Release)))
    };
    if of.is_some_and(|of| !has_end(of)) {
        return None;
    }
    declared.mentions.iter().copied().find(|&at| {
        let parent = tree.parent(at);
        let kind = parent.map_or(Kind::Other, |parent| tree.kind(parent));
        let is_used = at == declared.at
            || moved.iter().any(|&statement| tree.within(at, statement))
            || called_on(tree, at).is_some()
            || matches!(kind, Kind::ArgumentList | Kind::Binary) && !is_kept(file, at);
        let in_literal = file.flow.nest.function(at) != file.flow.nest.function(declared.at);
        !is_used || in_literal && !moved.iter().any(|&statement| tree.within(at, statement))
    })
}

/// Whether an argument is one of `append`, or of a call whose result is assigned to an element or a field.
fn is_kept(file: &File<'_, '_>, argument: NodeId) -> bool {
    let tree = file.tree;
    let calls = tree.ancestors(argument).take_while(|&id| tree.kind(id) != Kind::StatementList);
    calls.filter(|&id| tree.kind(id) == Kind::Call).any(|call| {
        matches!(file.ask().called(call), Called::Builtin("append")) || assigned(tree, call).is_some()
    })
}

/// The element or field that a value is assigned to.
pub(crate) fn assigned(tree: &Tree<'_>, value: NodeId) -> Option<NodeId> {
    let list = tree.parent(value).filter(|&list| tree.field(list) == Field::Right)?;
    let statement = tree.parent(list).filter(|&id| tree.kind(id) == Kind::Assignment)?;
    let target = tree.named(tree.child(statement, Field::Left)?).next()?;
    matches!(tree.kind(target), Kind::Index | Kind::Selector).then_some(target)
}
