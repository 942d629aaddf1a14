//! UD002: a deferred call that sees a loop variable when it runs, and not when it was deferred.
//!
//! A function literal, `&v`, a slice of an array and the receiver of a method with a pointer receiver share the variable.
//! Before Go 1.22 all iterations of a loop share it too (release notes of Go 1.22, "Changes to the language"), and so they do
//! in any version where the loop assigns to a variable from outside.

use std::collections::BTreeMap;

use super::Finding;
use crate::file::File;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::rules::Rule;
use crate::scope::{Access, BindingId, Declares, access, is_changed};
use crate::verdict::{Form, Reason};
use crate::wrap::{eol_of, indent_of, starts_line};
use crate::{Evidence, GoVersion, edit::Edit};

/// All findings of the file, in source order.
pub(super) fn findings(file: &File<'_, '_>) -> Vec<Finding> {
    let defers = file.tree.all().filter(|&id| file.tree.kind(id) == Kind::Defer);
    defers.filter_map(|defer| Check::of(file, defer)?.finding()).collect()
}

/// One defer in a loop.
struct Check<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    defer: NodeId,
    function: NodeId,
    call: NodeId,
}

/// A loop variable that a deferred call sees.
#[derive(Clone, Copy)]
struct Seen {
    /// The mention in the call.
    at: NodeId,
    iteration: NodeId,
    /// All iterations have the same one.
    is_shared: bool,
}

impl<'f, 'a, 't> Check<'f, 'a, 't> {
    fn of(file: &'f File<'a, 't>, defer: NodeId) -> Option<Self> {
        file.flow.nest.loop_around(defer)?;
        let function = file.flow.nest.function(defer)?;
        Some(Check { file, defer, function, call: file.tree.deferred_call(defer)? })
    }

    fn finding(&self) -> Option<Finding> {
        let tree = self.file.tree;
        let mut seen: BTreeMap<BindingId, Seen> = BTreeMap::new();
        for at in tree.subtree(self.call).filter(|&id| tree.kind(id) == Kind::Identifier) {
            if let Some((binding, variable)) = self.seen(at) {
                seen.entry(binding).or_insert(variable);
            }
        }
        // What is shared tells more than what is not.
        if seen.values().any(|variable| variable.is_shared) {
            seen.retain(|_, variable| variable.is_shared);
        }
        let first = *seen.values().min_by_key(|variable| variable.at)?;
        let names: Vec<&str> = seen.keys().map(|&binding| self.file.scopes.get(binding).name).collect();
        let (reason, message, edits) = self.verdict(first, &seen, &names);
        let is_mended = !edits.is_empty();
        let evidence = Evidence { reason, message: message.clone(), span: tree.span(first.at) };
        Some(Finding {
            rule: Rule::LoopVariable,
            at: self.defer,
            shown: Some(first.iteration),
            reason,
            message,
            evidence: if is_mended { vec![evidence] } else { Vec::new() },
            form: Form::Copy,
            edits,
        })
    }

    fn verdict(
        &self,
        first: Seen,
        seen: &BTreeMap<BindingId, Seen>,
        names: &[&str],
    ) -> (Reason, String, Vec<Edit>) {
        let plain = |reason: Reason| (reason, reason.sentence().to_owned(), Vec::new());
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let quoted = quoted.join(" and ");
        if !first.is_shared {
            return plain(Reason::OwnVariable);
        }
        if !self.comes_back(first.iteration) {
            return plain(Reason::LeavesLoop);
        }
        if let Some(written) = self.written(first.iteration, seen) {
            let message =
                format!("every pending call sees the last {quoted}, and a copy would miss `{written}`");
            return (Reason::VariableWritten, message, Vec::new());
        }
        if self.file.flow.has_goto(self.defer) {
            return plain(Reason::GotoCrosses);
        }
        let why = if self.is_declared_in(first) {
            "all iterations share in this version of Go"
        } else {
            "the loop only assigns to"
        };
        (
            Reason::SeesLastValue,
            format!("every pending call sees the last {quoted}, which {why}"),
            self.copy(names),
        )
    }

    /// Whether control can come from the defer to another iteration of a loop.
    fn comes_back(&self, iteration: NodeId) -> bool {
        let body = self.file.tree.child(iteration, Field::Body);
        body.is_some_and(|body| self.file.flow.reachable(self.defer, self.function).contains(&body))
    }

    /// What is mentioned, if it is a loop variable and the call shares it.
    fn seen(&self, at: NodeId) -> Option<(BindingId, Seen)> {
        let File { scopes, flow, around, .. } = *self.file;
        let binding = scopes.meaning(at)?;
        let variable = scopes.get(binding);
        if variable.declares != Declares::Variable || variable.function != Some(self.function) {
            return None;
        }
        let mut loops = flow.nest.loops_around(self.defer);
        let (iteration, is_own) = loops.find_map(|id| self.header_role(id, binding).map(|own| (id, own)))?;
        let in_literal = flow.nest.function(at) != Some(self.function);
        if !in_literal && !self.is_shared_by_reference(at) {
            return None;
        }
        let is_shared = !is_own || around.options.go < GoVersion::PER_ITERATION_VARIABLES;
        Some((binding, Seen { at, iteration, is_shared }))
    }

    /// Whether the header of a loop declares a variable, or assigns to one from outside; nothing where it does neither.
    fn header_role(&self, iteration: NodeId, binding: BindingId) -> Option<bool> {
        let File { tree, scopes, .. } = *self.file;
        let body = tree.child(iteration, Field::Body)?;
        let in_header = |id: NodeId| tree.within(id, iteration) && id < body;
        let variable = scopes.get(binding);
        if in_header(variable.at) {
            return Some(true);
        }
        let mut written = variable.mentions.iter().filter(|&&id| in_header(id));
        written.any(|&id| access(tree, id) != Access::Read).then_some(false)
    }

    fn is_declared_in(&self, seen: Seen) -> bool {
        let meaning = self.file.scopes.meaning(seen.at);
        meaning.and_then(|binding| self.header_role(seen.iteration, binding)) == Some(true)
    }

    /// `&v`, `v[:]` of an array, and `v.Method()` where the method has a pointer receiver and `v` is no pointer.
    fn is_shared_by_reference(&self, at: NodeId) -> bool {
        let tree = self.file.tree;
        let Some(parent) = tree.parent(at) else { return false };
        match tree.kind(parent) {
            Kind::Unary => tree.has_token(parent, "&"),
            Kind::Slice => self.element(at).is_some_and(|element| tree.kind(element) == Kind::ArrayType),
            Kind::Selector => {
                let name = tree.child(parent, Field::Selected);
                let is_callee = tree.child(self.call, Field::Function) == Some(parent);
                is_callee && name.is_some_and(|name| self.takes_address(at, tree.text_of(name)))
            }
            _ => false,
        }
    }

    /// Whether a method of the variable's type, which is written as no pointer, has a pointer receiver.
    fn takes_address(&self, variable: NodeId, method: &str) -> bool {
        let tree = self.file.tree;
        let of = self.element(variable).filter(|&of| tree.kind(of) == Kind::TypeIdentifier);
        let Some(of) = of.map(|of| tree.text_of(of)) else { return false };
        tree.children(Tree::ROOT).filter(|&id| tree.kind(id) == Kind::MethodDeclaration).any(|id| {
            let is_named = tree.child(id, Field::Name).is_some_and(|name| tree.text_of(name) == method);
            let receiver = tree.child(id, Field::Receiver).filter(|_| is_named);
            let pointer = receiver
                .and_then(|receiver| tree.subtree(receiver).find(|&id| tree.kind(id) == Kind::PointerType));
            pointer.is_some_and(|pointer| tree.text_of(pointer).trim_start_matches('*') == of)
        })
    }

    /// The type, as it is written, of the elements that a range clause gives the variable.
    fn element(&self, at: NodeId) -> Option<NodeId> {
        let File { tree, scopes, .. } = *self.file;
        let mut up = tree.ancestors(scopes.get(scopes.meaning(at)?).at);
        let clause = up.find(|&id| tree.kind(id) == Kind::RangeClause)?;
        let over = tree.child(clause, Field::Right)?;
        let over = if tree.kind(over) == Kind::Identifier {
            let declared = tree.parent(scopes.get(scopes.meaning(over)?).at)?;
            tree.child(declared, Field::Type)?
        } else {
            tree.child(over, Field::Type).filter(|_| tree.kind(over) == Kind::CompositeLiteral)?
        };
        match tree.kind(over) {
            Kind::SliceType | Kind::ArrayType => tree.child(over, Field::Element),
            Kind::MapType => tree.child(over, Field::Value),
            _ => None,
        }
    }

    /// The text of the first statement in the loop's body or in the deferred call that changes one of the variables.
    fn written(&self, iteration: NodeId, seen: &BTreeMap<BindingId, Seen>) -> Option<&'t str> {
        let File { tree, scopes, .. } = *self.file;
        let body = tree.child(iteration, Field::Body)?;
        let mentions = seen.keys().flat_map(|&binding| &scopes.get(binding).mentions);
        let own_address = |id: NodeId| tree.within(id, self.call) && access(tree, id) == Access::Address;
        let mut changed =
            mentions.filter(|&&id| tree.within(id, body) && is_changed(tree, id) && !own_address(id));
        let &at = changed.next()?;
        let statement = tree.ancestors(at).find(|&id| is_statement(tree, id));
        let text = tree.text_of(statement.unwrap_or(at));
        Some(text.lines().next().unwrap_or(text))
    }

    /// `v := v` in front of the defer.
    fn copy(&self, names: &[&str]) -> Vec<Edit> {
        let File { tree, lines, .. } = *self.file;
        let start = tree.start(self.defer);
        let list = names.join(", ");
        let separator = if starts_line(tree.text, lines, start) {
            format!("{}{}", eol_of(tree.text), indent_of(tree.text, lines.line_start(start)))
        } else {
            "; ".to_owned()
        };
        vec![Edit::insert(start, format!("{list} := {list}{separator}"))]
    }
}

fn is_statement(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.parent(id).is_some_and(|parent| tree.kind(parent) == Kind::StatementList)
}
