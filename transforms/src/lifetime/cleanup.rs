//! What a deferred call does: what it releases, what it tests, what it writes.

use std::collections::HashMap;

use super::carry::{Happening, Load, short};
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Trait};
use crate::scope::{Access, BindingId, Declares, access};
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
}

/// Everything that the deferred call is found to do.
#[derive(Debug, Default)]
pub(super) struct Cleanup {
    pub(super) released: Vec<Released>,
    /// What is against a rewrite, or against calling it safe.
    pub(super) findings: Vec<Happening>,
    /// Variables that a deferred function mentions besides.
    pub(super) mentioned: Vec<BindingId>,
    /// An argument that ends something is evaluated at the defer already.
    pub(super) eager: bool,
    /// The state that it restores: the expressions that are written, or the calls.
    pub(super) restores: Vec<NodeId>,
}

/// Methods that check what a test double has seen, whatever the library.
const ASSERTIONS: &[&str] = &[
    "AssertExpectations",
    "AssertCalled",
    "AssertNotCalled",
    "AssertNumberOfCalls",
    "ExpectationsWereMet",
    "Finish",
    "VerifyExpectations",
];

/// Methods that wait for somebody else, whatever the type.
const WAITS: &[&str] = &["Wait"];

pub(super) fn read(case: &Case<'_, '_>, src: Source<'_, '_>) -> Cleanup {
    let mut reader = Reader { case, src, parameters: HashMap::new(), cleanup: Cleanup::default() };
    if let Some(call) = case.call() {
        reader.deferred(call);
    }
    reader.cleanup
}

struct Reader<'r, 'a, 't> {
    case: &'r Case<'a, 't>,
    src: Source<'a, 't>,
    /// Parameters of the deferred function, and what they are given.
    parameters: HashMap<BindingId, NodeId>,
    cleanup: Cleanup,
}

impl Reader<'_, '_, '_> {
    fn find(&mut self, reason: Reason, at: NodeId, message: impl Into<String>) {
        self.cleanup.findings.push(Happening { reason, message: message.into(), at });
    }

    fn text(&self, id: NodeId) -> String {
        short(self.src.tree.text_of(id))
    }

    fn deferred(&mut self, call: NodeId) {
        match self.src.callee(call) {
            Callee::Literal(function) | Callee::Declared(function) => self.function(call, function),
            _ => self.single(call, true),
        }
    }

    /// Reads the body of a deferred function.
    fn function(&mut self, call: NodeId, function: NodeId) {
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
            for argument in arguments {
                self.release(argument, false, false);
            }
        }
    }

    fn part(&mut self, id: NodeId, body: NodeId, function: NodeId) {
        let tree = self.src.tree;
        match tree.kind(id) {
            Kind::Call => self.inner_call(id, body),
            Kind::Go => self.find(Reason::ReleaseUnknown, id, "it starts a goroutine"),
            Kind::Send => self.waits(id, tree.child(id, Field::Channel)),
            Kind::Unary if tree.has_token(id, "<-") => self.waits(id, tree.child(id, Field::Operand)),
            Kind::If => {
                if let Some(condition) = tree.child(id, Field::Condition) {
                    self.tests(condition, tree.child(id, Field::Consequence), function);
                }
            }
            Kind::ExpressionSwitch => {
                if let Some(value) = tree.child(id, Field::Value) {
                    self.tests(value, None, function);
                }
            }
            Kind::Identifier => self.mention(id, function),
            Kind::Assignment | Kind::Inc | Kind::Dec => self.writes(id, function),
            _ => {}
        }
    }

    fn waits(&mut self, at: NodeId, channel: Option<NodeId>) {
        let root = channel.and_then(|channel| self.src.root_variable(channel));
        let own =
            root.is_some_and(|root| self.src.tree.within(self.src.scopes.get(root).at, self.case.body()));
        let what = format!("`{}` communicates with others", self.text(at));
        self.find(if own { Reason::ReleaseUnknown } else { Reason::NotARelease }, at, what);
    }

    /// Whether a variable lives outside the iteration and may change while the function runs.
    fn is_shared(&self, binding: BindingId, function: NodeId) -> bool {
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
                    && self.changes(at)
                    && body.is_none_or(|body| !tree.within(at, body))
                    && !self.is_clause_update(at)
            })
    }

    /// Whether a mention gives the variable, or a part of it, another value.
    fn changes(&self, mention: NodeId) -> bool {
        let tree = self.src.tree;
        let mut at = mention;
        while let Some(parent) = tree.parent(at) {
            if access(tree, at) != Access::Read {
                return true;
            }
            let down = matches!(tree.kind(parent), Kind::Selector | Kind::Index | Kind::Parenthesized)
                && tree.field(at) != Field::Index;
            if !down {
                return false;
            }
            at = parent;
        }
        false
    }

    /// `i++` in a loop's own header, which changes another variable since Go 1.22.
    fn is_clause_update(&self, mention: NodeId) -> bool {
        let tree = self.src.tree;
        tree.ancestors(mention)
            .take(4)
            .any(|at| tree.kind(at) == Kind::ForClause || tree.kind(at) == Kind::RangeClause)
    }

    /// A condition on the outcome of the whole function.
    fn tests(&mut self, condition: NodeId, consequence: Option<NodeId>, function: NodeId) {
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

    fn mention(&mut self, id: NodeId, function: NodeId) {
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
    fn writes(&mut self, statement: NodeId, function: NodeId) {
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
                let at = self.src.scopes.get(root).at;
                tree.within(at, function)
                    || tree.within(at, self.case.body()) && tree.kind(target) == Kind::Identifier
            }) {
                continue;
            }
            self.write(statement, target, root);
        }
    }

    fn write(&mut self, statement: NodeId, target: NodeId, root: Option<BindingId>) {
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
    fn saved(&self, value: NodeId) -> Option<NodeId> {
        let mut binding = self.src.scopes.meaning(value)?;
        if let Some(&argument) = self.parameters.get(&binding) {
            binding = match self.src.scopes.meaning(argument) {
                Some(binding) => binding,
                None => return Some(argument),
            };
        }
        self.src.value_given(self.src.scopes.get(binding).at)
    }

    /// A call inside the deferred function's body.
    fn inner_call(&mut self, call: NodeId, body: NodeId) {
        match self.src.callee(call) {
            Callee::Fact(fact) if fact.is(Trait::Logs) => {
                if !self.in_error_branch(call, body) && !self.holds_call(call) {
                    let what = format!("`{}` reports at another time", self.text(call));
                    self.find(Reason::ReleaseUnknown, call, what);
                }
            }
            Callee::Fact(fact) if plain_fact(fact) => {}
            Callee::Conversion => {}
            Callee::Builtin
                if !matches!(
                    self.src.called_name(call),
                    "close" | "panic" | "recover" | "delete" | "clear"
                ) => {}
            Callee::Literal(_) if self.src.tree.kind(call) == Kind::Call => {
                self.find(Reason::ReleaseUnknown, call, "it calls another function literal");
            }
            _ => self.single(call, false),
        }
    }

    /// Whether an argument is itself a call: `assert.NoError(t, x.Close())` reports only what the release says.
    fn holds_call(&self, call: NodeId) -> bool {
        self.src.arguments(call).iter().any(|&argument| self.src.tree.kind(argument) == Kind::Call)
    }

    /// Under `if err := release(); err != nil`, with an error of the deferred function's own.
    fn in_error_branch(&self, call: NodeId, body: NodeId) -> bool {
        let tree = self.src.tree;
        tree.ancestors(call).take_while(|&at| at > body).any(|at| {
            tree.kind(at) == Kind::If
                && tree.child(at, Field::Condition).is_some_and(|condition| {
                    tree.text_of(condition).contains("!= nil")
                        && tree.subtree(condition).any(|id| {
                            self.src
                                .scopes
                                .meaning(id)
                                .is_some_and(|binding| tree.within(self.src.scopes.get(binding).at, body))
                        })
                })
        })
    }

    /// One call that has to be a release.
    fn single(&mut self, call: NodeId, top: bool) {
        let tree = self.src.tree;
        match self.src.callee(call) {
            Callee::Fact(fact) => self.known(call, fact),
            Callee::Builtin => self.builtin(call),
            Callee::Declared(_) | Callee::Literal(_) | Callee::Conversion => {
                self.unknown(call, top);
            }
            Callee::Unknown => {
                let name = self.src.called_name(call);
                let method =
                    self.src.function_of(call).is_some_and(|function| tree.kind(function) == Kind::Selector);
                if method && ASSERTIONS.contains(&name) {
                    let what = format!("`{name}` checks at the end what has happened until then");
                    self.find(Reason::NotARelease, call, what);
                } else if method && WAITS.contains(&name) && self.src.arguments(call).is_empty() {
                    self.find(Reason::NotARelease, call, format!("`{}` waits for others", self.text(call)));
                } else {
                    self.unknown(call, top);
                }
            }
        }
    }

    fn known(&mut self, call: NodeId, fact: &Fact) {
        let arguments = self.src.arguments(call);
        let what = self.text(call);
        if fact.is(Trait::Waits) {
            self.find(Reason::NotARelease, call, format!("`{what}` is meant for the function's end"));
        } else if fact.is(Trait::Sets) {
            self.cleanup.restores.push(call);
        } else if fact.is(Trait::Removes) {
            arguments.iter().for_each(|&argument| self.release(argument, true, false));
        } else if fact.is(Trait::ReleaseArgument) {
            arguments.iter().for_each(|&argument| self.release(argument, false, false));
            self.find(
                Reason::ReleaseUnknown,
                call,
                format!("what `{what}` gives back may be handed out again at once"),
            );
        } else if fact.is(Trait::Release) {
            if let Some(function) = self.src.function_of(call) {
                let operand = self.src.tree.child(function, Field::Operand).unwrap_or(function);
                self.release(operand, false, fact.is(Trait::Flushes));
            }
        } else {
            self.unknown(call, true);
        }
    }

    fn builtin(&mut self, call: NodeId) {
        let first = self.src.arguments(call).first().copied();
        let name = self.src.called_name(call);
        match (name, first) {
            ("close", Some(channel)) => self.closes(call, channel),
            ("recover", _) => self.find(Reason::MayRecover, call, "it recovers"),
            _ => self.find(Reason::ReleaseUnknown, call, format!("`{name}` is no release")),
        }
    }

    fn closes(&mut self, call: NodeId, channel: NodeId) {
        let tree = self.src.tree;
        let root = self.src.root_variable(channel);
        let own = root.is_some_and(|root| tree.within(self.src.scopes.get(root).at, self.case.body()));
        if own {
            self.release(channel, false, false);
        } else {
            let what = format!("`{}` tells others that the function has ended", self.text(call));
            self.find(Reason::NotARelease, call, what);
        }
    }

    /// A call that nothing is known about: whatever it mentions may be what it ends.
    fn unknown(&mut self, call: NodeId, top: bool) {
        let tree = self.src.tree;
        let function = self.src.function_of(call);
        if let Some(function) = function {
            let operand = tree.child(function, Field::Operand).unwrap_or(function);
            if self.src.import_path(operand).is_none() {
                self.release(operand, false, false);
            }
        }
        for argument in self.src.arguments(call) {
            let deep = tree.kind(tree.unparenthesized(argument)) == Kind::Call;
            self.cleanup.eager |= deep
                && top
                && matches!(
                    self.src.called_name(tree.unparenthesized(argument)),
                    "Close" | "Stop" | "Shutdown"
                );
            self.release(argument, !deep, false);
        }
        let plain = function.is_some_and(|function| tree.kind(function) == Kind::Identifier);
        let reason = if top && plain { Reason::MayRecover } else { Reason::ReleaseUnknown };
        let what = match reason {
            Reason::MayRecover => {
                format!("what `{}` does, and whether it recovers, is not seen here", self.text(call))
            }
            _ => format!("it is not known that `{}` only releases", self.text(call)),
        };
        self.find(reason, call, what);
    }

    /// Notes the variables of an expression as what is released.
    fn release(&mut self, expression: NodeId, text: bool, flushes: bool) {
        let tree = self.src.tree;
        let ids = tree
            .own_subtree(expression)
            .filter(|&id| tree.kind(id) == Kind::Identifier && !self.is_key(id, expression));
        for id in ids.collect::<Vec<_>>() {
            let Some(binding) = self.src.scopes.meaning(id) else { continue };
            if let Some(&argument) = self.parameters.get(&binding) {
                let roots = tree.own_subtree(argument).filter_map(|id| self.variable(id));
                let roots: Vec<BindingId> = roots.collect();
                roots.into_iter().for_each(|root| self.push(root, text, flushes));
            } else if self.src.is_variable(binding) {
                self.push(binding, text, flushes);
            }
        }
    }

    /// Inside the brackets of an index expression.
    fn is_key(&self, id: NodeId, expression: NodeId) -> bool {
        let tree = self.src.tree;
        let mut at = id;
        while at != expression {
            let Some(parent) = tree.parent(at) else { break };
            if tree.kind(parent) == Kind::Index && tree.field(at) != Field::Operand {
                return true;
            }
            at = parent;
        }
        false
    }

    fn variable(&self, id: NodeId) -> Option<BindingId> {
        if self.src.tree.kind(id) != Kind::Identifier {
            return None;
        }
        self.src.scopes.meaning(id).filter(|&binding| self.src.is_variable(binding))
    }

    fn push(&mut self, variable: BindingId, text: bool, flushes: bool) {
        if !matches!(
            self.src.type_of_variable(variable),
            Type::Known("testing.T" | "testing.B" | "testing.TB" | "testing.F")
        ) {
            self.cleanup.released.push(Released { variable, text, flushes });
        }
    }
}

impl Released {
    pub(super) fn load(self) -> Load {
        Load { sure: true, text: self.text, part: false }
    }
}

fn plain_fact(fact: &Fact) -> bool {
    [
        Trait::Release,
        Trait::ReleaseArgument,
        Trait::Removes,
        Trait::Waits,
        Trait::Sets,
        Trait::Later,
        Trait::Depth,
    ]
    .iter()
    .all(|&asked| !fact.is(asked))
}

fn tree_access_is_write(src: Source<'_, '_>, id: NodeId) -> bool {
    access(src.tree, id) != Access::Read
}
