//! Errors that are to reach the caller: those that a deferred function stores, and, because somebody asked for it, those of
//! releases and panics.
//!
//! A stored error that the function would overwrite later is kept from that without being asked for.
//!
//! The literal around the iteration gets an error result of its own. A deferred function sets it, and whoever calls the literal
//! returns what arrives. Sound because a deferred function may change a named result after `return` has set it (specification,
//! "Defer statements"); the name is one that the iteration does not mention, so that no other meaning is hidden. An error is joined
//! only to another one: `errors.Join(err, nil)` is not `err`, and who compares it would be told something else.
//! Prerequisites, for each deferred call by itself:
//! 1. it is known to return an error alone, or it stores an error in the last result of the function;
//! 2. evaluated when it runs, it is the call that the defer statement has made ready;
//! 3. the iteration does not make the call itself, as the error of the second one would say nothing;
//! 4. the language version knows a way to join errors, where they are to be joined;
//! 5. it can stand in the header of an `if`, with all comments of its statement.

use crate::file::File;
use crate::lower::is_predeclared;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::made::Made;
use crate::passes::prerequisites::body;
use crate::passes::receivers;
use crate::passes::words::Join;
use crate::region::Group;
use crate::scope::{Access, BindingId, access};
use crate::signature::{Results, means_the_same};
use crate::span::Span;
use crate::steady::Steady;
use crate::verdict::{Form, Reason};
use crate::{CloseErrors, OnPanic, Options};

/// Which errors of a group are to reach the caller, and have a way there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals {
    /// Defers that drop an error, each with the call that returns it.
    pub(super) releases: Vec<(NodeId, NodeId)>,
    /// Defers that store an error in the last result of the function.
    pub(super) stores: Vec<NodeId>,
    /// The declaration of that result.
    pub(super) result: Option<BindingId>,
    /// A defer that stores an error there, and cannot be given another place for it.
    lost: Option<NodeId>,
    /// A panic becomes an error.
    pub(super) panics: bool,
    /// Nothing was asked for: an error that is stored would be overwritten, and is not to be.
    unasked: bool,
    /// What was asked for, and stays as it is.
    pub(crate) stays: Vec<Stays>,
}

/// An error that has no way to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stays {
    pub(crate) defer: NodeId,
    /// Why, as a sentence.
    pub(crate) message: String,
    pub(crate) at: Span,
}

impl Arrivals {
    /// What the options ask for, as far as it can be had for the group. Whatever they ask for, an error that a deferred
    /// function stores for the caller is not to be lost to what the function goes on with.
    pub(crate) fn of(file: &File<'_, '_>, group: &Group) -> Arrivals {
        let asked = file.around.options;
        let mut arrivals = Arrivals { unasked: asks_nothing(asked), ..Arrivals::default() };
        let asks_panic = asked.on_panic == OnPanic::Error;
        let results = Results::of(file.tree, file.scopes, group.function);
        let is_error = results.ends_in_error(file.tree, file.scopes);
        let last = results.all.last().and_then(|last| last.binding).filter(|_| is_error);
        let stores = |&defer: &NodeId| last.is_some_and(|last| sets(file, defer, last));
        let is_lost = || last.is_some_and(|last| overwrites(file, group, last, results.all.len()));
        if arrivals.unasked && !(group.defers.iter().any(stores) && is_lost()) {
            return arrivals;
        }
        let wall = wall(file, group, &results);
        if wall.is_some() {
            arrivals.lost = group.defers.iter().copied().find(stores);
        } else {
            arrivals.stores = defers(file, group).into_iter().filter(stores).collect();
            arrivals.result = last;
        }
        if asked.close_errors != CloseErrors::Keep {
            for &defer in group.defers.iter().filter(|defer| !stores(defer)) {
                arrivals.look_at(file, group, defer, wall);
            }
        }
        let first = file.tree.start(group.defers[0]);
        let hidden =
            (!is_predeclared(file, "recover", first)).then_some("`recover` means something else there");
        match wall.or(hidden) {
            Some(wall) if asks_panic => {
                arrivals.stay(file, group.defers[0], format!("a panic goes on as it does today: {wall}"));
            }
            _ => arrivals.panics = asks_panic,
        }
        arrivals
    }

    /// Why a form does not do: an error would be lost in it that somebody asked for.
    pub(crate) fn against(&self, file: &File<'_, '_>, group: &Group, form: Form) -> Result<(), Refusal> {
        let lost = self.lost.or((form != Form::Closure && !self.is_empty()).then_some(group.defers[0]));
        let refusal = |defer| Refusal { reason: Reason::ErrorLost, at: file.tree.span(defer) };
        lost.map_or(Ok(()), |defer| Err(refusal(defer)))
    }

    /// Whether a deferred function may also take an error away.
    pub(super) fn overwrite(&self) -> bool {
        !self.stores.is_empty()
    }

    /// Whether nothing is to arrive.
    pub(crate) fn is_empty(&self) -> bool {
        self.releases.is_empty() && self.stores.is_empty() && !self.panics
    }

    fn stay(&mut self, file: &File<'_, '_>, defer: NodeId, message: String) {
        self.stays.push(Stays { defer, message, at: file.tree.span(defer) });
    }

    /// Looks at a defer that stores no error; `wall` says why none reaches the caller.
    fn look_at(&mut self, file: &File<'_, '_>, group: &Group, defer: NodeId, wall: Option<&'static str>) {
        let Some(call) = only_call(file, defer) else { return };
        let text = file.tree.text_of(call);
        let why = match file.ask().gives_error(call) {
            Some(false) => return,
            None if wall.is_some() => return,
            None => "it is not known that it returns an error and nothing else",
            Some(true) => match wall.or_else(|| obstacle(file, group, defer, call)) {
                Some(why) => why,
                None => return self.releases.push((defer, call)),
            },
        };
        self.stay(file, defer, format!("an error of `{}` is dropped as it is today: {why}", one_line(text)));
    }

    /// What is changed on purpose, for the caller to agree to.
    pub(super) fn changes(&self, file: &File<'_, '_>, group: &Group) -> Vec<Refusal> {
        let stores = self.stores.iter().filter(|_| !self.unasked);
        let defers = self.releases.iter().map(|(defer, _)| defer).chain(stores);
        let releases = defers.map(|&defer| (Reason::ErrorArrives, defer));
        let changes = releases.chain(self.panics.then_some((Reason::PanicArrives, group.defers[0])));
        changes.map(|(reason, defer)| Refusal { reason, at: file.tree.span(defer) }).collect()
    }

    /// Where deferred calls that store an error mention the result of the function.
    pub(super) fn stored_at(&self, file: &File<'_, '_>) -> Vec<NodeId> {
        let File { tree, scopes, .. } = *file;
        let Some(result) = self.result else { return Vec::new() };
        let stored = |at: NodeId| self.stores.iter().any(|&defer| tree.within(at, defer));
        scopes.get(result).mentions.iter().copied().filter(|&at| stored(at)).collect()
    }

    /// What the form settles: an error that is stored reaches the caller before a later iteration could meet it, and none of
    /// an earlier one is there to be read.
    pub(super) fn settles(&self, file: &File<'_, '_>) -> Vec<(NodeId, Refusal)> {
        let mentions = self.stored_at(file);
        let settled = |&defer: &NodeId| {
            let inside = mentions.iter().copied().filter(move |&at| file.tree.within(at, defer));
            let reads = inside.map(|at| (Reason::OuterVariableChanges, at));
            let stored = (!self.unasked).then_some((Reason::StoresReleaseError, defer));
            let all = reads.chain(stored);
            all.map(move |(reason, at)| (defer, Refusal { reason, at: file.tree.span(at) }))
        };
        self.stores.iter().flat_map(settled).collect()
    }
}

/// Whether errors go the ways that they go today.
pub(crate) fn asks_nothing(options: &Options<'_>) -> bool {
    options.close_errors == CloseErrors::Keep && options.on_panic == OnPanic::Propagate
}

/// Whether the function sets its last result, of `count`, to something else once an iteration of the group has ended.
fn overwrites(file: &File<'_, '_>, group: &Group, result: BindingId, count: usize) -> bool {
    let File { tree, scopes, flow, .. } = *file;
    let outermost = flow.nest.outermost(group.iteration);
    let from = if flow.nest.comes_back_to(group.iteration) { group.function } else { outermost };
    let returns_another = |id: NodeId| {
        let operands = tree.named(id).next().map_or_else(Vec::new, |list| tree.operands(list));
        let last = operands.last().map(|&operand| tree.unparenthesized(operand));
        last.is_some_and(|last| operands.len() != count || scopes.meaning(last) != Some(result))
    };
    let is_written = |&at: &NodeId| {
        at > from
            && access(tree, at) == Access::Write
            && !group.defers.iter().any(|&defer| tree.within(at, defer))
    };
    let mut own = tree.own_subtree(group.function);
    own.any(|id| id > from && tree.kind(id) == Kind::Return && returns_another(id))
        || scopes.get(result).mentions.iter().any(is_written)
}

/// Why no error of an iteration can reach the caller; nothing where one can.
fn wall(file: &File<'_, '_>, group: &Group, results: &Results<'_>) -> Option<&'static str> {
    if !results.ends_in_error(file.tree, file.scopes) {
        return Some("the function itself returns none");
    }
    let place = file.tree.start(group.defers[0]);
    if !results.all.iter().all(|result| means_the_same(file.tree, file.scopes, result.kind, place)) {
        return Some("the type of a result means something else there");
    }
    let (_, others) = results.all.split_last()?;
    let mut others = others.iter().filter_map(|result| result.binding);
    let defers = defers(file, group);
    let sets_another = others.any(|other| defers.iter().any(|&defer| sets(file, defer, other)));
    if sets_another {
        return Some("a deferred function sets another result of the function too");
    }
    let mut all = results.all.iter().filter_map(|result| result.binding);
    all.any(|result| is_set_elsewhere(file, group, result))
        .then_some("a function literal or a pointer may set a result of the function")
}

/// Whether a result can be set other than by the function itself and by the deferred functions that are seen: what a call of
/// such a literal, or through such a pointer, has set would be lost behind a `return` of the iteration.
fn is_set_elsewhere(file: &File<'_, '_>, group: &Group, result: BindingId) -> bool {
    let File { tree, scopes, flow, .. } = *file;
    let is_deferred = |at: NodeId| tree.ancestors(at).any(|up| tree.kind(up) == Kind::Defer);
    let is_apart = |at: NodeId| match access(tree, at) {
        Access::Read => false,
        Access::Address => true,
        _ => flow.nest.function(at) != Some(group.function),
    };
    scopes.get(result).mentions.iter().any(|&at| is_apart(at) && !is_deferred(at))
}

/// All defers of an iteration, also those that are no sites.
fn defers(file: &File<'_, '_>, group: &Group) -> Vec<NodeId> {
    let own = file.tree.own_subtree(group.iteration);
    own.filter(|&id| file.tree.kind(id) == Kind::Defer).collect()
}

/// Whether a defer sets the result of its function, or hands on where that could be done.
fn sets(file: &File<'_, '_>, defer: NodeId, result: BindingId) -> bool {
    let File { tree, scopes, .. } = *file;
    let mut mentions = scopes.get(result).mentions.iter();
    mentions.any(|&at| tree.within(at, defer) && access(tree, at) != Access::Read)
}

/// The deferred call, or the only statement of a deferred literal that takes nothing, where that is a call.
fn only_call(file: &File<'_, '_>, defer: NodeId) -> Option<NodeId> {
    let tree = file.tree;
    let call = tree.deferred_call(defer)?;
    let literal = tree.unparenthesized(tree.child(call, Field::Function)?);
    if tree.kind(literal) != Kind::FunctionLiteral {
        return Some(call);
    }
    let [statement] = tree.statements(tree.child(literal, Field::Body)?)[..] else { return None };
    let inner = tree.named(statement).next().filter(|_| tree.kind(statement) == Kind::ExpressionStatement)?;
    let takes = |of, field| tree.child(of, field).is_some_and(|list| tree.named(list).next().is_some());
    let is_call = tree.kind(inner) == Kind::Call;
    let is_bare = !takes(literal, Field::Parameters) && !takes(call, Field::Arguments);
    (is_call && is_bare && tree.child(literal, Field::Result).is_none()).then_some(inner)
}

/// Why a call cannot be made by a function literal that looks at its error: prerequisites 2 to 5.
fn obstacle(file: &File<'_, '_>, group: &Group, defer: NodeId, call: NodeId) -> Option<&'static str> {
    let tree = file.tree;
    let (whole, inner) = (tree.span(defer), tree.span(call));
    let comments = tree.comments().map(|id| tree.span(id));
    let mut comments = comments.filter(|comment| whole.contains(*comment) && !inner.contains(*comment));
    if comments.next().is_some() {
        return Some("a comment stands in the statement");
    }
    let callee = tree.child(call, Field::Function)?;
    if tree.own_subtree(callee).any(|id| tree.kind(id) == Kind::CompositeLiteral) {
        // It would stand in the header of an `if` (specification, Composite literals).
        return Some("what it is called on is written out");
    }
    let statements = body(file, group);
    let first = statements.iter().position(|&statement| tree.within(defer, statement))?;
    if !matches!(Made::find(file, group, call, &statements[first..]), Ok(None)) {
        return Some("the iteration makes the call itself, and the second one would fail for that");
    }
    let is_literal = tree.deferred_call(defer) != Some(call);
    if !is_literal && !is_steady(file, group, call) {
        return Some("what it is called on or with may change until it runs");
    }
    if !is_literal && receivers::may_panic(file, call) {
        return Some("what it is called on may be nil, and the defer would panic where it stands");
    }
    (Join::of(file).is_none()).then_some("this version of Go has no way to join it to another error")
}

/// Whether the call is the same when the iteration ends.
fn is_steady(file: &File<'_, '_>, group: &Group, call: NodeId) -> bool {
    let tree = file.tree;
    let between = Span::new(tree.end(call), tree.end(group.iteration));
    let steady = Steady::new(file, group.function, group.iteration, between);
    let list = tree.child(call, Field::Arguments);
    let mut arguments = list.into_iter().flat_map(|list| tree.named(list));
    steady.is_callee(call) && arguments.all(|argument| steady.is_value(argument))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
