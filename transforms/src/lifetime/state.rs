//! What a release asks before it acts: a state of the program that a later iteration may change.

use super::asked::FOLLOWED;
use super::effects::is_report_name;
use super::types::{Callee, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Declares, is_changed};

/// A state of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Whether a test has failed, or a context has ended, as this expression says.
    Outcome(String),
    /// The variables of the environment.
    Environment,
    /// A variable of the package with this path.
    Variable { package: Option<String>, name: String },
}

impl State {
    /// How a message names it.
    pub(super) fn name(&self) -> &str {
        match self {
            State::Outcome(expression) => expression,
            State::Environment => "os.Getenv",
            State::Variable { name, .. } => name,
        }
    }
}

/// Methods of the standard library that change what they are called on.
const CHANGES: &[&str] =
    &["Store", "Add", "Swap", "CompareAnd", "LoadOr", "LoadAnd", "Delete", "Clear", "Set"];

impl Source<'_, '_> {
    /// The states that the condition of a statement asks for, where more depends on it than a report. What is declared in `own` is
    /// no state.
    pub(super) fn states_asked(&self, statement: NodeId, own: NodeId) -> Vec<State> {
        let tree = self.tree;
        let asked = match tree.kind(statement) {
            Kind::If => tree.child(statement, Field::Condition),
            Kind::ExpressionSwitch => tree.child(statement, Field::Value),
            _ => None,
        };
        let Some(asked) = asked.filter(|&asked| self.decides(statement, asked)) else { return Vec::new() };
        tree.subtree(asked).filter_map(|id| self.state_asked(id, own)).collect()
    }

    /// Whether something is done in a statement, behind its condition, that is no report.
    fn decides(&self, statement: NodeId, condition: NodeId) -> bool {
        let tree = self.tree;
        let acts = |id: NodeId| match tree.kind(id) {
            Kind::Call => match self.callee(id) {
                Callee::Builtin | Callee::Conversion => false,
                Callee::Fact(fact) => !fact.is(Trait::Logs) && !fact.is(Trait::Looks),
                _ => !is_report_name(self.called_name(id)),
            },
            Kind::Return | Kind::Assignment | Kind::Inc | Kind::Dec | Kind::Go | Kind::Send => true,
            _ => false,
        };
        tree.subtree(statement).filter(|&id| id > condition && !tree.within(id, condition)).any(acts)
    }

    fn state_asked(&self, id: NodeId, own: NodeId) -> Option<State> {
        let tree = self.tree;
        let outcome = || State::Outcome(tree.text_of(id).to_owned());
        let called = (tree.kind(id) == Kind::Call).then(|| (self.callee(id), self.called_name(id)));
        match called {
            Some((Callee::Fact(_), "Failed" | "Skipped")) => Some(outcome()),
            Some((Callee::Fact(_), "Err")) if self.is_of_outer_context(id, own) => Some(outcome()),
            _ => self.shared_state_asked(id, FOLLOWED),
        }
    }

    /// Whether a method is called on a context that is not declared in `own`.
    fn is_of_outer_context(&self, call: NodeId, own: NodeId) -> bool {
        let tree = self.tree;
        let Some(on) = self.receiver_of(call) else { return false };
        let is_own = self.root_variable(on).is_some_and(|root| {
            let variable = self.scopes.get(root);
            tree.kind(on) == Kind::Identifier
                && tree.within(variable.at, own)
                && variable.declares != Declares::Parameter
        });
        self.type_of(on) == Type::Known("context.Context") && !is_own
    }

    /// The same of what the whole program shares, also where a function asks for it that is called.
    fn shared_state_asked(&self, id: NodeId, depth: usize) -> Option<State> {
        let tree = self.tree;
        match tree.kind(id) {
            Kind::Identifier if !tree.is_element_key(id) && self.is_package_variable(id) => {
                let package = self.package().map(str::to_owned);
                Some(State::Variable { package, name: tree.text_of(id).to_owned() })
            }
            Kind::Call => match (self.callee(id), self.called_name(id)) {
                (Callee::Fact(_), "Getenv" | "LookupEnv") => Some(State::Environment),
                (Callee::Declared(_), _) if depth > 0 => {
                    self.found_in_called(id, |its, id| its.shared_state_asked(id, depth - 1))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a part of some code, but for what is deferred, may change a state.
    pub(super) fn may_change(&self, code: NodeId, deferred: NodeId, state: &State) -> bool {
        matches!(state, State::Outcome(_))
            || self
                .tree
                .subtree(code)
                .any(|id| !self.tree.within(id, deferred) && self.changes(id, state, FOLLOWED))
    }

    fn changes(&self, id: NodeId, state: &State, depth: usize) -> bool {
        let tree = self.tree;
        match (tree.kind(id), state) {
            (Kind::Identifier, State::Variable { package, name }) if tree.text_of(id) == *name => {
                self.package() == package.as_deref()
                    && self.is_package_variable(id)
                    && (is_changed(tree, id) || self.is_changed_by_method(id))
            }
            (Kind::Call, _) => {
                let sets = matches!(self.called_name(id), "Setenv" | "Unsetenv" | "Clearenv");
                *state == State::Environment && sets
                    || depth > 0
                        && self
                            .found_in_called(id, |its, id| its.changes(id, state, depth - 1).then_some(()))
                            .is_some()
            }
            _ => false,
        }
    }

    /// `failed.Store(true)`.
    fn is_changed_by_method(&self, variable: NodeId) -> bool {
        let tree = self.tree;
        let method =
            tree.parent(variable).filter(|&up| tree.kind(up) == Kind::Selector && tree.is_callee(up));
        let Some(call) = method.and_then(|method| tree.parent(method)) else { return false };
        match self.callee(call) {
            Callee::Declared(functions) => self.effects(functions).changes_receiver,
            _ => CHANGES.iter().any(|start| self.called_name(call).starts_with(start)),
        }
    }
}
