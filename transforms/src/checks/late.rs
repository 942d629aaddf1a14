//! A deferred call that is made late as a whole: in a function literal, where nothing but what is meant comes to something else.

use super::argument_changed::Check;
use crate::edit::Edit;
use crate::file::File;
use crate::hash::Set;
use crate::lifetime::Called;
use crate::names::Taken;
use crate::nilness::{arguments, package_call};
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, Binding, BindingId, Declares, access, is_changed};
use crate::span::Span;
use crate::wrap::{eol_of, indent_of, starts_line};

impl<'t> Check<'_, '_, 't> {
    /// The edits that put the call into a literal, where nothing else is evaluated at another moment that could tell, and the
    /// function does not recover: it would find no panic a frame below.
    pub(super) fn literal(&self, late: &Set<BindingId>) -> Option<Vec<Edit>> {
        let tree = self.file.tree;
        let function = tree.unparenthesized(tree.child(self.call, Field::Function)?);
        if tree.kind(function) == Kind::FunctionLiteral {
            return self.without_parameter(function);
        }
        let is_made_here = tree.kind(function) == Kind::Call;
        let operands = tree.own_subtree(self.call).filter(|&id| id != self.call);
        let is_sound = |id: NodeId| is_made_here && tree.within(id, function) || self.is_same_later(id, late);
        if self.may_recover(function) || !operands.into_iter().all(is_sound) {
            return None;
        }
        if is_made_here {
            return self.with_function_kept();
        }
        let Span { start, end } = tree.span(self.call);
        Some(vec![Edit::insert(start, "func() { "), Edit::insert(end, " }()")])
    }

    /// Whether the called function recovers, as far as its body or its name tells.
    fn may_recover(&self, function: NodeId) -> bool {
        let tree = self.file.tree;
        let recovers = |id: NodeId| tree.kind(id) == Kind::Identifier && tree.text_of(id) == "recover";
        match self.file.ask().called(self.call) {
            Called::Builtin(name) => matches!(name, "recover" | "panic"),
            Called::Known { .. } => false,
            Called::Body(body) => tree.subtree(body).any(recovers),
            Called::Conversion => true,
            Called::Unknown => {
                let name = tree.text_of(function).to_ascii_lowercase();
                ["recover", "panic", "crash"].iter().any(|word| name.contains(word))
            }
        }
    }

    /// `done := open(…)` in front of the defer, where a call makes the function that is deferred: that call is not late.
    fn with_function_kept(&self) -> Option<Vec<Edit>> {
        let File { tree, scopes, lines, flow, .. } = *self.file;
        let function = tree.span(tree.child(self.call, Field::Function)?);
        let start = tree.start(self.defer);
        let between = &tree.text[start + "defer".len()..function.start];
        // A goto must not jump over the new variable, and a comment must not get lost.
        if flow.has_goto(self.defer) || !between.trim().is_empty() {
            return None;
        }
        let name = self.names.borrow_mut().name(Taken::by(tree, scopes, self.function), "done");
        let separator = if starts_line(tree.text, lines, start) {
            format!("{}{}", eol_of(tree.text), indent_of(tree.text, lines.line_start(start)))
        } else {
            "; ".to_owned()
        };
        Some(vec![
            Edit::replace(start, function.start, format!("{name} := ")),
            Edit::insert(function.end, format!("{separator}defer func() {{ {name}")),
            Edit::insert(tree.end(self.call), " }()"),
        ])
    }

    /// Whether a part of the call comes to the same later, or is meant to be late.
    fn is_same_later(&self, id: NodeId, late: &Set<BindingId>) -> bool {
        let File { tree, scopes, .. } = *self.file;
        match tree.kind(id) {
            Kind::Identifier if self.is_address(id) => true,
            Kind::Identifier => scopes.meaning(id).is_none_or(|binding| {
                let variable = scopes.get(binding);
                let is_variable = !matches!(
                    variable.declares,
                    Declares::Function | Declares::Constant | Declares::Type | Declares::Package
                );
                late.contains(&binding) || !is_variable || self.is_settled(variable)
            }),
            Kind::Call => self.is_late_call(id, late),
            Kind::Index | Kind::Slice | Kind::TypeAssertion => false,
            Kind::Unary => !tree.has_token(id, "*") && !tree.has_token(id, "<-"),
            Kind::Selector => self.is_same_selector(id),
            _ => true,
        }
    }

    /// `&v`
    fn is_address(&self, id: NodeId) -> bool {
        let tree = self.file.tree;
        tree.parent(id).is_some_and(|parent| tree.kind(parent) == Kind::Unary && tree.has_token(parent, "&"))
    }

    /// A member of a package, or the method that is called on a variable.
    fn is_same_selector(&self, selector: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(operand) = tree.child(selector, Field::Operand) else { return false };
        if self.is_since(operand) {
            return true;
        }
        let is_callee = tree.child(self.call, Field::Function) == Some(selector);
        scopes.import_path(operand).is_some() || is_callee && tree.kind(operand) == Kind::Identifier
    }

    /// A call among the arguments that is to be late: `time.Since`, or one that gets what changes.
    fn is_late_call(&self, call: NodeId, late: &Set<BindingId>) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let function = tree.child(call, Field::Function);
        let of = function.and_then(|function| tree.child(function, Field::Operand));
        if self.is_since(call) || of.is_some_and(|of| self.is_since(of)) {
            return true;
        }
        let gets_late = tree
            .own_subtree(call)
            .any(|id| scopes.meaning(id).is_some_and(|binding| late.contains(&binding)));
        match self.file.ask().called(call) {
            Called::Builtin(name) => matches!(name, "len" | "cap"),
            Called::Conversion => true,
            Called::Known { owner, .. } => {
                gets_late && matches!(owner.as_str(), "fmt" | "strconv" | "errors")
            }
            _ => false,
        }
    }

    /// `time.Since(…)`
    pub(super) fn is_since(&self, id: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        tree.kind(id) == Kind::Call && package_call(tree, scopes, id) == Some(("time", "Since"))
    }

    /// Whether a variable of the function has its last value where the defer stands.
    fn is_settled(&self, variable: &Binding<'t>) -> bool {
        let tree = self.file.tree;
        let is_own = variable.function == Some(self.function);
        is_own
            && variable.mentions.iter().all(|&id| {
                let is_quiet = access(tree, id) == Access::Read && !is_changed(tree, id);
                is_quiet
                    || id < self.defer
                        && access(tree, id) == Access::Write
                        && self.file.flow.nest.function(id) == Some(self.function)
            })
    }

    /// `func(err error) { … }(err)` as `func() { … }()`: the name then means the variable itself.
    fn without_parameter(&self, literal: NodeId) -> Option<Vec<Edit>> {
        let File { tree, scopes, .. } = *self.file;
        let parameters = tree.child(literal, Field::Parameters)?;
        let (Some(declaration), None) = ({
            let mut named = tree.named(parameters);
            (named.next(), named.next())
        }) else {
            return None;
        };
        let names: Vec<NodeId> =
            tree.children(declaration).filter(|&id| tree.field(id) == Field::Name).collect();
        let (&[name], &[argument]) = (&names[..], &arguments(tree, self.call)[..]) else { return None };
        let given = scopes.meaning(argument).filter(|_| tree.kind(argument) == Kind::Identifier)?;
        let parameter = scopes.get(scopes.meaning(name)?);
        let is_written = parameter.mentions.iter().any(|&id| id != name && is_changed(tree, id));
        let means_it = scopes.lookup(tree, parameter.name, tree.start(literal)) == Some(given);
        if tree.text_of(name) != tree.text_of(argument)
            || is_written
            || !means_it
            || tree.kind(declaration) != Kind::ParameterDeclaration
        {
            return None;
        }
        let list = tree.child(self.call, Field::Arguments)?;
        let is_bare = |node: NodeId| tree.verbatim(tree.span(node)).next().is_none();
        if !is_bare(parameters) || !is_bare(list) {
            return None;
        }
        let empty = |node: NodeId| Edit::replace(tree.start(node), tree.end(node), "()");
        Some(vec![empty(parameters), empty(list)])
    }
}
