//! What a deferred call does: what it releases, what it tests, what it writes.

use super::carry::{Happening, Load, short};
use super::parts::Part;
use super::pooled::ToPool;
use super::types::{Callee, Source};
use crate::hash::Table;
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, Declares, access, is_changed};
use crate::verdict::Reason;

/// A value or a name that the deferred call ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Released {
    /// The variable at the bottom of it.
    pub(super) variable: BindingId,
    /// By name instead of by value.
    pub(super) text: bool,
    /// Closing it writes to what it holds.
    pub(super) flushes: bool,
    /// It goes back to a pool.
    pub(super) pooled: bool,
}

/// Everything that the deferred call is found to do.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent of each other")]
pub(super) struct Cleanup {
    pub(super) released: Vec<Released>,
    /// Variables of the loop's header whose plain data a function gets that does more than release.
    pub(super) named: Vec<BindingId>,
    /// Fields of them that end with them.
    pub(super) parts: Vec<(BindingId, Part)>,
    /// It ends what counts by being there.
    pub(super) occupies: bool,
    /// What it puts back to a pool.
    pub(super) to_pool: ToPool,
    /// It reports to people.
    pub(super) reports: bool,
    /// A function value that it calls ends by name what it has captured.
    pub(super) ends_captured_by_name: bool,
    /// What is against a rewrite, or against calling it safe.
    pub(super) findings: Vec<Happening>,
    /// Variables that a deferred function mentions besides.
    pub(super) mentioned: Vec<BindingId>,
    /// An argument that ends something is evaluated at the defer already.
    pub(super) eager: bool,
    /// The state that it restores: the expressions that are written, or the calls.
    pub(super) restores: Vec<NodeId>,
}

/// Whether what is deferred has no statement.
pub(super) fn is_nothing(case: &Case<'_, '_>, src: Source<'_, '_>) -> bool {
    let Some(Callee::Literal(literal)) = case.call().map(|call| src.callee(call)) else { return false };
    src.tree.child(literal, Field::Body).is_some_and(|body| src.tree.statements(body).is_empty())
}

pub(super) fn read<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Cleanup {
    let mut reader =
        Reader { case, src, parameters: Table::default(), touched: Vec::new(), cleanup: Cleanup::default() };
    match case.call() {
        Some(call) => reader.deferred(call),
        None => reader.find(Reason::MayRecover, case.defer, "what is deferred is not understood"),
    }
    let pooled = reader.cleanup.to_pool != ToPool::Nothing;
    reader.cleanup.released.iter_mut().for_each(|one| one.pooled = pooled);
    reader.cleanup
}

pub(super) struct Reader<'r, 'a, 't> {
    pub(super) case: &'r Case<'a, 't>,
    pub(super) src: Source<'a, 't>,
    /// Parameters of the deferred function, and what they are given.
    pub(super) parameters: Table<BindingId, NodeId>,
    /// Calls that are no releases, and what they may change.
    pub(super) touched: Vec<(NodeId, NodeId)>,
    pub(super) cleanup: Cleanup,
}

impl Reader<'_, '_, '_> {
    pub(super) fn find(&mut self, reason: Reason, at: NodeId, message: impl Into<String>) {
        self.cleanup.findings.push(Happening { reason, message: message.into(), at });
    }

    pub(super) fn text(&self, id: NodeId) -> String {
        short(self.src.tree.text_of(id))
    }

    pub(super) fn deferred(&mut self, call: NodeId) {
        match self.src.callee(call) {
            Callee::Literal(function) => self.function(call, function),
            Callee::Declared(functions) | Callee::Returned(functions) => self.declared(call, functions, true),
            _ => self.single(call, true),
        }
    }

    /// Reads the body of a deferred function.
    pub(super) fn function(&mut self, call: NodeId, function: NodeId) {
        let tree = self.src.tree;
        let arguments = self.src.arguments(call);
        let mut given = arguments.iter();
        let names: Vec<NodeId> = tree.child(function, Field::Parameters).map_or_else(Vec::new, |list| {
            tree.subtree(list)
                .filter(|&id| tree.field(id) == Field::Name && tree.kind(id) == Kind::Identifier)
                .collect()
        });
        for name in names {
            if let (Some(binding), Some(&argument)) = (self.src.scopes.meaning(name), given.next()) {
                self.parameters.insert(binding, argument);
            }
        }
        if let (Some(receiver), Some(function)) =
            (tree.child(function, Field::Receiver), self.src.function_of(call))
        {
            let name = tree.subtree(receiver).find(|&id| tree.kind(id) == Kind::Identifier);
            let operand = tree.child(function, Field::Operand);
            if let (Some(Some(binding)), Some(operand)) =
                (name.map(|name| self.src.scopes.meaning(name)), operand)
            {
                self.parameters.insert(binding, operand);
            }
        }
        let Some(body) = tree.child(function, Field::Body) else {
            return self.find(
                Reason::ReleaseUnknown,
                call,
                format!("the body of `{}` is not seen", self.text(call)),
            );
        };
        if tree.last(body) - body.0 > 4000 {
            return self.find(
                Reason::ReleaseUnknown,
                call,
                "the deferred function is too long to be read".to_owned(),
            );
        }
        let before = self.cleanup.released.len();
        for id in tree.subtree(body) {
            self.part(id, body, function);
        }
        self.judge_touched(function);
        if self.cleanup.released.len() == before
            && self.cleanup.restores.is_empty()
            && self.cleanup.findings.is_empty()
        {
            self.find(
                Reason::ReleaseUnknown,
                call,
                "the deferred function releases nothing that is known".to_owned(),
            );
        }
        if tree.kind(function) != Kind::FunctionLiteral {
            // A function by name is judged by what it does to its operands, which are the values it gets.
            let operand = self.src.receiver_of(call);
            for given in arguments.into_iter().chain(operand) {
                self.release(given, false, false);
            }
        }
    }

    pub(super) fn part(&mut self, id: NodeId, body: NodeId, function: NodeId) {
        let tree = self.src.tree;
        match tree.kind(id) {
            Kind::Call => self.inner_call(id, body),
            Kind::TypeConversion if self.src.may_call(id) => {
                let what = format!("it is not known that `{}` only releases", self.text(id));
                self.find(Reason::ReleaseUnknown, id, what);
            }
            Kind::RangeClause => {
                if tree.has_token(id, "=") {
                    self.writes(id, function);
                }
                if let Some(channel) = self.src.channel_ranged(id) {
                    self.waits(id, Some(channel));
                }
                if let Some(ranged) = self.src.function_ranged(id) {
                    let what = format!("it ranges over the function `{}`", self.text(ranged));
                    self.find(Reason::ReleaseUnknown, ranged, what);
                }
            }
            Kind::Go => self.find(Reason::ReleaseUnknown, id, "it starts a goroutine"),
            Kind::Send => self.waits(id, tree.child(id, Field::Channel)),
            Kind::Unary if tree.has_token(id, "<-") => self.waits(id, tree.child(id, Field::Operand)),
            Kind::If => {
                if let Some(condition) = tree.child(id, Field::Condition) {
                    self.tests(condition, tree.child(id, Field::Consequence), function);
                }
                self.asks(id);
            }
            Kind::ExpressionSwitch => {
                if let Some(value) = tree.child(id, Field::Value) {
                    self.tests(value, None, function);
                }
                self.asks(id);
            }
            Kind::Identifier => self.mention(id, function),
            Kind::Assignment | Kind::Inc | Kind::Dec => self.writes(id, function),
            _ => {}
        }
    }

    pub(super) fn waits(&mut self, at: NodeId, channel: Option<NodeId>) {
        let root = channel.and_then(|channel| self.src.root_variable(channel));
        let own =
            root.is_some_and(|root| self.src.tree.within(self.src.scopes.get(root).at, self.case.body()));
        let barrier = self.src.tree.function_around(at).is_some_and(|function| self.only_waits(function));
        let what = format!("`{}` communicates with others", self.text(at));
        self.find(if own && !barrier { Reason::ReleaseUnknown } else { Reason::NotARelease }, at, what);
    }

    /// Whether a variable lives outside the iteration and may change while the function runs.
    pub(super) fn is_shared(&self, binding: BindingId, function: NodeId) -> bool {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(binding);
        if !self.src.is_variable(binding)
            || tree.within(variable.at, self.case.body())
            || tree.within(variable.at, function)
        {
            return false;
        }
        let body = tree.child(function, Field::Body);
        variable.declares == Declares::Result
            || variable.mentions.iter().any(|&at| {
                at != variable.at
                    && is_changed(tree, at)
                    && body.is_none_or(|body| !tree.within(at, body))
                    && !self.is_clause_update(at)
            })
    }

    /// `i++` in a loop's own header, which changes another variable since Go 1.22.
    pub(super) fn is_clause_update(&self, mention: NodeId) -> bool {
        let tree = self.src.tree;
        tree.ancestors(mention)
            .take(4)
            .any(|at| tree.kind(at) == Kind::ForClause || tree.kind(at) == Kind::RangeClause)
    }

    /// A condition on the outcome of the whole function.
    pub(super) fn tests(&mut self, condition: NodeId, consequence: Option<NodeId>, function: NodeId) {
        let tree = self.src.tree;
        let shared = tree
            .subtree(condition)
            .filter(|&id| tree.kind(id) == Kind::Identifier)
            .find(|&id| self.src.scopes.meaning(id).is_some_and(|binding| self.is_shared(binding, function)));
        let Some(shared) = shared else { return };
        let only_stores = consequence.is_some_and(|block| {
            let statements = tree.statements(block);
            !statements.is_empty() && statements.iter().all(|&at| tree.kind(at) == Kind::Assignment)
        });
        let name = tree.text_of(shared);
        if only_stores {
            let what = format!("the release's error is stored in `{name}`, which the loop goes on with");
            self.find(Reason::StoresReleaseError, condition, what);
        } else {
            let what =
                format!("the deferred function tests `{name}`, which tells how the whole function goes on");
            self.find(Reason::TestsResult, condition, what);
        }
    }

    /// A condition on a state of the program.
    fn asks(&mut self, statement: NodeId) {
        let states = self.src.states_asked(statement, self.case.body());
        if let Some(state) = states.iter().find(|state| self.is_changed_by_loop(state)) {
            let what = format!(
                "the deferred function tests `{}`, which tells how the whole function goes on",
                state.name()
            );
            self.find(Reason::TestsResult, statement, what);
        }
    }

    pub(super) fn mention(&mut self, id: NodeId, function: NodeId) {
        if tree_access_is_write(self.src, id) {
            return;
        }
        let Some(binding) = self.src.scopes.meaning(id) else { return };
        let at = self.src.scopes.get(binding).at;
        if self.src.is_variable(binding)
            && self.src.tree.within(at, self.case.body())
            && !self.src.tree.within(at, function)
        {
            self.cleanup.mentioned.push(binding);
        }
        if self.is_shared(binding, function) {
            let name = self.src.tree.text_of(id);
            self.find(Reason::OuterVariableChanges, id, format!("it reads `{name}`, which the loop changes"));
        }
    }

    /// An assignment inside the deferred function.
    pub(super) fn writes(&mut self, statement: NodeId, function: NodeId) {
        let tree = self.src.tree;
        let targets = match tree.child(statement, Field::Left) {
            Some(left) => tree.operands(left),
            None => tree.named(statement).take(1).collect(),
        };
        for target in targets {
            if tree.text_of(target) == "_" {
                continue;
            }
            let root = self.src.root_variable(target);
            if root.is_some_and(|root| {
                let variable = self.src.scopes.get(root);
                let is_name = tree.kind(target) == Kind::Identifier;
                let inside = tree.within(variable.at, function);
                is_name && (inside || tree.within(variable.at, self.case.body()))
                    || inside
                        && self.src.is_made_there(root)
                        && self.src.is_place_of(target, root, self.case.body())
            }) {
                continue;
            }
            self.write(statement, target, root);
        }
    }

    pub(super) fn write(&mut self, statement: NodeId, target: NodeId, root: Option<BindingId>) {
        let tree = self.src.tree;
        let values =
            tree.child(statement, Field::Right).map(|right| tree.operands(right)).unwrap_or_default();
        let saved = values.first().and_then(|&value| self.saved(value));
        let same = saved.is_some_and(|saved| tree.text_of(saved) == tree.text_of(target));
        if same {
            self.cleanup.restores.push(target);
            return;
        }
        let result = root.is_some_and(|root| self.src.scopes.get(root).declares == Declares::Result);
        let error =
            result || root.is_some_and(|root| self.src.scopes.get(root).name.to_lowercase().ends_with("err"));
        let name = self.text(target);
        if error {
            self.find(
                Reason::StoresReleaseError,
                statement,
                format!("it stores its own outcome in `{name}`"),
            );
        } else {
            self.find(
                Reason::OuterVariableChanges,
                statement,
                format!("it changes `{name}`, which outlives the iteration"),
            );
        }
    }

    /// For a variable that was given an expression before: that expression.
    pub(super) fn saved(&self, value: NodeId) -> Option<NodeId> {
        let mut binding = self.src.scopes.meaning(value)?;
        if let Some(&argument) = self.parameters.get(&binding) {
            binding = match self.src.scopes.meaning(argument) {
                Some(binding) => binding,
                None => return Some(argument),
            };
        }
        self.src.value_given(self.src.scopes.get(binding).at)
    }
}

impl Released {
    pub(super) fn load(self) -> Load {
        Load { text: self.text, pooled: self.pooled, ..Load::SURE }
    }
}

fn tree_access_is_write(src: Source<'_, '_>, id: NodeId) -> bool {
    access(src.tree, id) != Access::Read
}
