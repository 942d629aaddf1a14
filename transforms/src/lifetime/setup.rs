//! A body that sets something up, registers its taking back, and does nothing in between: that is for the code behind the loop.

use super::after::After;
use super::carry::{Happening, short};
use super::types::{Callee, Source};
use crate::flow::never_returns;
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::verdict::Reason;
use crate::written::Written;

/// How many statements a body of this kind has at most.
const STATEMENTS: usize = 32;

/// What the deferred call takes back that a statement beside it has set up, where nothing of the iteration runs in between
/// and the code after the loop does.
pub(super) fn only_set_up<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let setup = Setup { case, src, statements: beside(src, case.defer) };
    if setup.statements.len() > STATEMENTS || !setup.ends_the_body() {
        return None;
    }
    let (from, set) = setup.set_up()?;
    let after = After::of(case, src);
    let text = short(src.tree.text_of(set));
    let (reason, is_for_later, between) = match src.tree.kind(set) {
        Kind::Call => (Reason::AcquireAndHold, after.works(), format!("`{text}` and what takes it back")),
        _ => (Reason::StateRestored, after.may_look(false), format!("setting `{text}` and setting it back")),
    };
    (is_for_later && setup.is_quiet(from)).then(|| Happening {
        reason,
        message: format!("the iteration does nothing between {between}; the code after the loop does"),
        at: set,
    })
}

/// The statements of the list that a statement stands in.
fn beside(src: Source<'_, '_>, statement: NodeId) -> Vec<NodeId> {
    src.tree.parent(statement).map_or_else(Vec::new, |list| src.tree.named(list).collect())
}

struct Setup<'c, 'a, 't> {
    case: &'c Case<'a, 't>,
    src: Source<'a, 't>,
    /// The statements of the list that the defer stands in.
    statements: Vec<NodeId>,
}

impl Setup<'_, '_, '_> {
    /// Whether nothing of the body stands behind that list: it is the body's, or the block of an `if` at the body's end.
    fn ends_the_body(&self) -> bool {
        let tree = self.src.tree;
        let is_last = |at: NodeId| tree.statements(self.case.body()).last() == Some(&at);
        let block = tree.parent(self.case.defer).and_then(|list| tree.parent(list));
        let guard = || block.and_then(|block| tree.parent(block)).filter(|&up| tree.kind(up) == Kind::If);
        block == Some(self.case.body())
            || guard().is_some_and(|guard| is_last(guard) && tree.child(guard, Field::Alternative).is_none())
    }

    /// What is set up and taken back, and the first one of the statements that do so.
    fn set_up(&self) -> Option<(usize, NodeId)> {
        let undone = self.undone(self.case.defer);
        let (index, set) = self.statements.iter().enumerate().find_map(|(index, &statement)| {
            let set = self.set_by(statement).into_iter().find(|&set| self.is_undone(set, &undone))?;
            Some((index, set))
        })?;
        let defer = self.statements.iter().position(|&at| at == self.case.defer)?;
        Some((index.min(defer), set))
    }

    /// The calls of a statement that is not deferred, and the places that it gives a value.
    fn set_by(&self, statement: NodeId) -> Vec<NodeId> {
        let tree = self.src.tree;
        match tree.kind(statement) {
            Kind::Assignment => {
                tree.child(statement, Field::Left).map_or_else(Vec::new, |left| tree.operands(left))
            }
            Kind::Defer => Vec::new(),
            _ => tree.own_subtree(statement).filter(|&at| tree.kind(at) == Kind::Call).collect(),
        }
    }

    /// The calls of a deferred function, and the places that it gives a value; or the deferred call.
    fn undone(&self, defer: NodeId) -> Vec<NodeId> {
        let tree = self.src.tree;
        let Some(call) = tree.deferred_call(defer) else { return Vec::new() };
        let Callee::Literal(literal) = self.src.callee(call) else { return vec![call] };
        let statements = tree.child(literal, Field::Body).map_or_else(Vec::new, |body| tree.statements(body));
        statements.into_iter().flat_map(|statement| self.set_by(statement)).collect()
    }

    fn is_undone(&self, set: NodeId, undone: &[NodeId]) -> bool {
        let tree = self.src.tree;
        undone.iter().any(|&by| match (tree.kind(set), tree.kind(by)) {
            (Kind::Call, Kind::Call) => self.is_pair(set, by),
            (Kind::Selector | Kind::Index, _) => {
                tree.text_of(set) == tree.text_of(by) && self.is_elsewhere(set)
            }
            _ => false,
        })
    }

    /// Whether the names of two calls say that the second takes back the first, and both are about the same thing.
    fn is_pair(&self, set: NodeId, by: NodeId) -> bool {
        let tree = self.src.tree;
        let texts = |nodes: Vec<NodeId>| nodes.into_iter().map(|at| tree.text_of(at)).collect::<Vec<_>>();
        let on = (self.src.receiver_of(set), self.src.receiver_of(by));
        let is_of_variable = || on.0.is_some_and(|on| self.src.import_path(on).is_none());
        let (given, taken) = (texts(self.src.arguments(set)), texts(self.src.arguments(by)));
        let of_arguments = || !taken.is_empty() && taken.iter().all(|text| given.contains(text));
        undoes(self.src.called_name(set), self.src.called_name(by), UNDONE.iter().chain(TAKEN_BACK))
            && on.0.map(|on| tree.text_of(on)) == on.1.map(|on| tree.text_of(on))
            && (is_of_variable() || of_arguments())
    }

    /// Whether a place is seen from elsewhere: it is not in what the iteration makes or copies for itself.
    fn is_elsewhere(&self, place: NodeId) -> bool {
        let tree = self.src.tree;
        self.src.root_variable(place).is_none_or(|root| {
            let of = || self.src.written().of_variable(root);
            let is_copy = || matches!(of(), Some(Written::Declared { .. } | Written::Applied(..)));
            !tree.within(self.src.scopes.get(root).at, self.case.iteration)
                || !is_copy() && !self.src.is_made_there(root)
        })
    }

    /// Whether the statements from one on only set up, check and register.
    fn is_quiet(&self, from: usize) -> bool {
        let tree = self.src.tree;
        let defers = self.statements.iter().filter(|&&at| tree.kind(at) == Kind::Defer);
        let undone = defers.flat_map(|&defer| self.undone(defer)).collect::<Vec<_>>();
        let mut todo = self.statements[from..].to_vec();
        while let Some(at) = todo.pop() {
            let is_quiet = match tree.kind(at) {
                Kind::Defer | Kind::Return | Kind::Continue | Kind::Empty => true,
                Kind::If => {
                    let block = tree.child(at, Field::Consequence);
                    todo.extend(block.map_or_else(Vec::new, |block| tree.statements(block)));
                    let mut header = tree.named(at).filter(|&part| Some(part) != block);
                    tree.child(at, Field::Alternative).is_none()
                        && header.all(|part| self.calls_nothing_else(part, &undone))
                }
                Kind::ShortVar | Kind::Assignment | Kind::ExpressionStatement => {
                    never_returns(tree, self.src.scopes, at) || self.calls_nothing_else(at, &undone)
                }
                _ => false,
            };
            if !is_quiet {
                return false;
            }
        }
        true
    }

    /// Whether a part of the body calls nothing but what sets up, checks or reports.
    fn calls_nothing_else(&self, part: NodeId, undone: &[NodeId]) -> bool {
        let tree = self.src.tree;
        tree.own_subtree(part).all(|at| match tree.kind(at) {
            Kind::Unary => !tree.has_token(at, "<-"),
            Kind::Call => match self.src.callee(at) {
                Callee::Builtin | Callee::Conversion => true,
                Callee::Fact(fact) if fact.is(Trait::Logs) => true,
                _ => self.is_check_of_error(at) || self.is_undone(at, undone),
            },
            _ => true,
        })
    }

    /// Whether a call is one of a function that gets a test and an error to look at: `require.NoError(t, err)`.
    fn is_check_of_error(&self, call: NodeId) -> bool {
        let on = self.src.receiver_of(call);
        let is_function = on.is_none_or(|on| self.src.import_path(on).is_some());
        let given = self.src.arguments(call).get(1).copied();
        let is_error = given.is_some_and(|given| super::is_error_name(self.src.tree.text_of(given)));
        is_function && is_error && self.src.is_check(call)
    }
}

/// Whether the name of a call says that it undoes what the call of another name does: they differ in a pair at the end or
/// at the beginning only.
pub(super) fn undoes<'p>(
    does: &str,
    undoes: &str,
    mut pairs: impl Iterator<Item = &'p (&'p str, &'p str)>,
) -> bool {
    let (does, undoes) = (does.to_ascii_lowercase(), undoes.to_ascii_lowercase());
    pairs.any(|&(one, other)| {
        let is_same = |rest: Option<&str>, of: Option<&str>| rest.is_some() && rest == of;
        is_same(does.strip_suffix(one), undoes.strip_suffix(other))
            || is_same(does.strip_prefix(one), undoes.strip_prefix(other))
    })
}

/// Parts of the names of functions that change a state, and of those that undo them.
pub(super) const UNDONE: &[(&str, &str)] = &[
    ("login", "logout"),
    ("enable", "disable"),
    ("mount", "unmount"),
    ("attach", "detach"),
    ("activate", "deactivate"),
    ("freeze", "thaw"),
    ("pause", "resume"),
    ("suspend", "resume"),
];

/// Parts of the names of functions that set something up, and of those that take it back.
const TAKEN_BACK: &[(&str, &str)] = &[
    ("create", "delete"),
    ("create", "destroy"),
    ("create", "drop"),
    ("create", "remove"),
    ("start", "stop"),
    ("start", "close"),
    ("start", "shutdown"),
    ("startup", "shutdown"),
    ("setup", "teardown"),
    ("setup", "cleanup"),
    ("up", "down"),
    ("open", "close"),
    ("install", "uninstall"),
    ("load", "unload"),
    ("register", "unregister"),
    ("register", "deregister"),
    ("subscribe", "unsubscribe"),
    ("connect", "disconnect"),
    ("acquire", "release"),
    ("apply", "revert"),
    ("begin", "end"),
    ("enter", "leave"),
    ("add", "remove"),
    ("set", "unset"),
];
