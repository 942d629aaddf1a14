//! UD003: a deferred call that gets an old value. Arguments, and receivers that are no pointers, are evaluated by the defer
//! statement (specification, "Defer statements"); what is assigned to the variable afterwards comes too late.
//!
//! Most defers want that: a resource, a path or a state as it was. So a finding needs a sign that the later value was meant:
//! the variable can hold nothing but its zero value or a constant where the defer stands, and the function gives it another
//! value on a way from there, or the argument is a duration that ends at the defer.

use std::cell::RefCell;

use super::Finding;
use crate::Evidence;
use crate::file::File;
use crate::flow::Cycle;
use crate::hash::Set;
use crate::names::Given;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::rules::Rule;
use crate::scope::{Access, Binding, BindingId, Declares, access, is_changed};
use crate::verdict::{Form, Reason};

/// All findings of the file, in source order.
pub(super) fn findings(file: &File<'_, '_>) -> Vec<Finding> {
    let defers = file.tree.all().filter(|&id| file.tree.kind(id) == Kind::Defer);
    let names = RefCell::default();
    defers.filter_map(|defer| Check::of(file, &names, defer)?.finding()).collect()
}

/// One defer.
pub(super) struct Check<'f, 'a, 't> {
    pub(super) file: &'f File<'a, 't>,
    pub(super) defer: NodeId,
    pub(super) function: NodeId,
    pub(super) call: NodeId,
    /// Names that repairs have given to deferred functions.
    pub(super) names: &'f RefCell<Given>,
}

/// A variable whose old value a deferred call gets.
struct Old {
    binding: BindingId,
    /// What it holds at the defer.
    value: String,
    /// Where it gets another value.
    changed: NodeId,
}

impl<'f, 'a, 't> Check<'f, 'a, 't> {
    fn of(file: &'f File<'a, 't>, names: &'f RefCell<Given>, defer: NodeId) -> Option<Self> {
        let function = file.flow.nest.function(defer)?;
        Some(Check { file, defer, function, call: file.tree.deferred_call(defer)?, names })
    }

    fn finding(&self) -> Option<Finding> {
        let tree = self.file.tree;
        if let Some(since) = self.early_duration() {
            let text = tree.text_of(since);
            let message = format!(
                "`{text}` is computed by the defer statement, before the work that it should measure"
            );
            return Some(self.found(Reason::TakenEarly, message, since, &Set::default()));
        }
        let old = self.old()?;
        let name = self.file.scopes.get(old.binding).name;
        let line = self.file.lines.position(tree.start(old.changed)).line;
        let message = format!(
            "`{name}` is {} at the defer statement, and what line {line} gives it comes too late for the call",
            old.value
        );
        Some(self.found(Reason::ArgumentChanges, message, old.changed, &Set::from_iter([old.binding])))
    }

    fn found(&self, reason: Reason, message: String, blamed: NodeId, late: &Set<BindingId>) -> Finding {
        let edits = self.literal(late);
        let (reason, message) = if edits.is_some() {
            (reason, message)
        } else {
            let advice = "a function literal around the call would change more than that, so mend it by hand";
            (Reason::LiteralUnsound, format!("{message}; {advice}"))
        };
        let evidence = Evidence { reason, message: message.clone(), span: self.file.tree.span(blamed) };
        Finding {
            rule: Rule::ArgumentChanged,
            at: self.defer,
            shown: None,
            reason,
            message,
            evidence: vec![evidence],
            form: Form::Literal,
            edits: edits.unwrap_or_default(),
        }
    }

    /// A `time.Since` among the arguments, not in a function literal.
    fn early_duration(&self) -> Option<NodeId> {
        let tree = self.file.tree;
        let list = tree.child(self.call, Field::Arguments)?;
        let mut parts = tree.own_subtree(list);
        parts.find(|&id| self.is_since(id))
    }

    /// The first variable of which the call gets an old value.
    fn old(&self) -> Option<Old> {
        if self.file.flow.cycle(self.defer) != Cycle::None {
            return None;
        }
        let reached = self.file.flow.reachable(self.defer, self.function);
        self.operands().into_iter().find_map(|at| self.old_at(at, &reached))
    }

    /// The names among the arguments that are evaluated as values.
    fn operands(&self) -> Vec<NodeId> {
        let tree = self.file.tree;
        let Some(list) = tree.child(self.call, Field::Arguments) else { return Vec::new() };
        let names = tree.own_subtree(list).filter(|&id| tree.kind(id) == Kind::Identifier);
        names.filter(|&id| self.is_value(id, list)).collect()
    }

    /// Whether a name stands for the whole value of a variable: its address, its fields and its elements are other things.
    fn is_value(&self, at: NodeId, list: NodeId) -> bool {
        let tree = self.file.tree;
        let mut up = tree.ancestors(at).take_while(|&id| id != list);
        let is_part = |id: NodeId| {
            matches!(
                tree.kind(id),
                Kind::Selector | Kind::Index | Kind::Slice | Kind::TypeAssertion | Kind::KeyedElement
            ) || tree.kind(id) == Kind::Unary && (tree.has_token(id, "&") || tree.has_token(id, "*"))
        };
        !up.any(is_part)
    }

    fn old_at(&self, at: NodeId, reached: &Set<NodeId>) -> Option<Old> {
        let scopes = self.file.scopes;
        let binding = scopes.meaning(at)?;
        let variable = scopes.get(binding);
        let is_local =
            matches!(variable.declares, Declares::Variable | Declares::Parameter | Declares::Result)
                && variable.function == Some(self.function);
        if !is_local {
            return None;
        }
        let value = self.value_at_defer(variable)?;
        let changed = self.changed(variable, reached)?;
        (!self.is_called_again(variable)).then_some(Old { binding, value, changed })
    }

    /// Where a variable gets another value on a way from the defer: by an assignment, or as a result by a `return`.
    fn changed(&self, variable: &Binding<'t>, reached: &Set<NodeId>) -> Option<NodeId> {
        let tree = self.file.tree;
        let is_own = |id: NodeId| self.file.flow.nest.function(id) == Some(self.function);
        let is_reached =
            |id: NodeId| tree.ancestors(id).any(|up| reached.contains(&up) && is_statement(tree, up));
        let written = variable.mentions.iter().copied().find(|&id| {
            id.0 >= tree.last(self.defer)
                && matches!(access(tree, id), Access::Write | Access::Update)
                && is_own(id)
                && is_reached(id)
        });
        written.or_else(|| {
            let index = self.result_index(variable)?;
            let returns = reached.iter().copied().filter(|&id| tree.kind(id) == Kind::Return && is_own(id));
            returns.filter(|&id| self.returns_another(id, index, variable)).min()
        })
    }

    /// The place of a named result among the results.
    fn result_index(&self, variable: &Binding<'t>) -> Option<usize> {
        let tree = self.file.tree;
        let list =
            tree.child(self.function, Field::Result).filter(|_| variable.declares == Declares::Result)?;
        let names = tree.subtree(list).filter(|&id| tree.field(id) == Field::Name);
        names.into_iter().position(|id| id == variable.at)
    }

    /// Whether a `return` gives a named result a value that it computes.
    fn returns_another(&self, statement: NodeId, index: usize, variable: &Binding<'t>) -> bool {
        let tree = self.file.tree;
        let Some(list) = tree.child_of_kind(statement, Kind::ExpressionList) else { return false };
        let operands = tree.operands(list);
        // One call may give several results.
        let Some(&operand) = operands.get(index).or(operands.first()) else { return false };
        let kind = tree.kind(operand);
        !is_constant(kind) && !variable.mentions.contains(&operand)
    }

    /// The only value that a variable can have where the defer stands, in words; nothing where that is not known.
    fn value_at_defer(&self, variable: &Binding<'t>) -> Option<String> {
        let tree = self.file.tree;
        let before = variable.mentions.iter().copied().filter(|&id| id < self.defer);
        let is_result = |id: NodeId| id == variable.at && variable.declares == Declares::Result;
        let changed: Vec<NodeId> = before.filter(|&id| is_changed(tree, id) && !is_result(id)).collect();
        if let Some(check) = self.nil_check(variable)
            && changed.iter().all(|&id| id < check)
        {
            return Some("nil".to_owned());
        }
        let is_plain = |&id: &NodeId| {
            access(tree, id) == Access::Write && self.file.flow.nest.function(id) == Some(self.function)
        };
        if !changed.iter().all(is_plain) {
            return None;
        }
        let mut values: Vec<String> = Vec::new();
        for &id in &changed {
            values.push(self.constant_given(id)?);
        }
        if variable.declares == Declares::Result && values.is_empty() {
            return Some("its zero value".to_owned());
        }
        values.dedup();
        match &values[..] {
            [value] => Some(value.clone()),
            _ => None,
        }
    }

    /// The constant that a write gives, or the zero value of a declaration.
    fn constant_given(&self, target: NodeId) -> Option<String> {
        let tree = self.file.tree;
        let Some((values, index, targets)) = self.file.ask().values_given(target) else {
            let parent = tree.parent(target)?;
            let is_bare = tree.kind(parent) == Kind::VarSpec && tree.child(parent, Field::Value).is_none();
            return is_bare.then(|| "its zero value".to_owned());
        };
        let value = *values.get(index).filter(|_| values.len() == targets)?;
        let kind = tree.kind(value);
        is_constant(kind).then(|| format!("`{}`", tree.text_of(value)))
    }

    /// The end of the nearest `if v != nil { … }` in front of the defer behind which the variable is nil.
    fn nil_check(&self, variable: &Binding<'t>) -> Option<NodeId> {
        let File { tree, flow, .. } = *self.file;
        let mut nearest = None;
        for id in std::iter::once(self.defer)
            .chain(tree.ancestors(self.defer))
            .take_while(|&id| id != self.function)
        {
            let Some(list) = tree.parent(id).filter(|&list| tree.kind(list) == Kind::StatementList) else {
                continue;
            };
            let before = tree.named(list).take_while(|&other| other < id);
            let checks = before.filter(|&other| {
                tree.kind(other) == Kind::If
                    && tree.child(other, Field::Alternative).is_none()
                    && tree.child(other, Field::Condition).is_some_and(|test| self.is_not_nil(test, variable))
                    && tree.child(other, Field::Consequence).is_some_and(|then| !flow.completes(then))
            });
            nearest = nearest.max(checks.last().map(|check| NodeId(tree.last(check) - 1)));
        }
        nearest
    }

    /// `v != nil`
    fn is_not_nil(&self, test: NodeId, variable: &Binding<'t>) -> bool {
        let tree = self.file.tree;
        let (Some(left), Some(right)) = (tree.child(test, Field::Left), tree.child(test, Field::Right))
        else {
            return false;
        };
        tree.kind(test) == Kind::Binary
            && tree.has_token(test, "!=")
            && variable.mentions.contains(&left)
            && tree.kind(right) == Kind::Nil
    }

    /// Whether the same call is made or deferred later with the variable: then each has the value that it is meant to have.
    fn is_called_again(&self, variable: &Binding<'t>) -> bool {
        let tree = self.file.tree;
        let callee = |call: NodeId| tree.child(call, Field::Function).map(|function| tree.text_of(function));
        let later = variable.mentions.iter().filter(|&&id| id.0 >= tree.last(self.defer));
        let mut calls = later.flat_map(|&id| tree.ancestors(id).filter(|&up| tree.kind(up) == Kind::Call));
        calls.any(|call| callee(call) == callee(self.call))
    }
}

fn is_constant(kind: Kind) -> bool {
    kind.is_basic_literal() || matches!(kind, Kind::Nil | Kind::True | Kind::False)
}

fn is_statement(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.parent(id).is_some_and(|parent| tree.kind(parent) == Kind::StatementList)
}
