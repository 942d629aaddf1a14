//! What the passes may ask about calls, types, and the variables that hold a resource.

use super::types::{Callee, Source, Type, fact};
use super::{Case, Judgement, Site, conclude, locks};
use crate::GoVersion;
use crate::facts::File;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Fact;
use crate::scope::BindingId;
use crate::verdict::Reason;

/// Answers questions about one file.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a, 't> {
    src: Source<'a, 't>,
}

/// What a call calls.
#[derive(Clone, Debug)]
pub(crate) enum Called<'t> {
    /// A predeclared function, by name.
    Builtin(&'t str),
    /// A conversion to a type.
    Conversion,
    /// A function or method that the table knows: the package or type that it belongs to, and its name.
    Known { owner: String, name: &'t str, fact: &'static Fact },
    /// A function of this file, or a literal.
    Body(NodeId),
    /// Nothing is known.
    Unknown,
}

impl<'a, 't> Ask<'a, 't> {
    pub(crate) fn of(file: &File<'a, 't>) -> Self {
        Ask { src: Source { tree: file.tree, scopes: file.scopes, flow: file.flow } }
    }

    /// What a call calls.
    pub(crate) fn called(&self, call: NodeId) -> Called<'t> {
        let name = self.src.called_name(call);
        match self.src.callee(call) {
            Callee::Builtin => Called::Builtin(name),
            Callee::Conversion => Called::Conversion,
            Callee::Declared(function) | Callee::Literal(function) => Called::Body(function),
            Callee::Unknown => Called::Unknown,
            Callee::Fact(fact) => match self.owner(call) {
                Some((owner, name)) => Called::Known { owner, name, fact },
                None => Called::Unknown,
            },
        }
    }

    /// The package or the table's type that the called function belongs to, and its name there.
    fn owner(&self, call: NodeId) -> Option<(String, &'t str)> {
        let tree = self.src.tree;
        let function = self.src.function_of(call)?;
        if tree.kind(function) == Kind::Selector
            && let Some(operand) = tree.child(function, Field::Operand)
        {
            let name = tree.child(function, Field::Selected).map(|name| tree.text_of(name))?;
            if let Some(path) = self.src.import_path(operand) {
                return Some((path.to_owned(), name));
            }
            let of = self.known_type(operand)?;
            return fact(of, name).map(|_| (of.to_owned(), name));
        }
        self.known_type(function).map(|of| (of.to_owned(), "()"))
    }

    /// The type of the table that an expression has.
    pub(crate) fn known_type(&self, expression: NodeId) -> Option<&'static str> {
        match self.src.type_of(expression) {
            Type::Known(of) => Some(of),
            _ => None,
        }
    }

    /// Numbers, strings, bools, errors, bytes, and structures of nothing else.
    pub(crate) fn is_plain(&self, expression: NodeId) -> bool {
        matches!(self.src.type_of(expression), Type::Plain | Type::Bytes)
    }

    /// A slice, array, map, channel or structure, as a type that this file writes.
    pub(crate) fn type_node(&self, expression: NodeId) -> Option<NodeId> {
        match self.src.type_of(expression) {
            Type::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The method of that name of a type that this file declares.
    pub(crate) fn method(&self, expression: NodeId, name: &str) -> Option<NodeId> {
        self.type_node(expression).and_then(|spec| self.src.method(spec, name))
    }

    /// The variable at the bottom of an expression.
    pub(crate) fn root(&self, expression: NodeId) -> Option<BindingId> {
        self.src.root_variable(expression)
    }

    pub(crate) fn is_variable(&self, binding: BindingId) -> bool {
        self.src.is_variable(binding)
    }

    /// The values that a write gives, the place of `target` among the targets, and the number of targets.
    pub(crate) fn values_given(&self, target: NodeId) -> Option<(Vec<NodeId>, usize, usize)> {
        self.src.values_given(target)
    }

    /// Whether the statement around a value takes two of it: `v, ok := x.(T)`.
    pub(crate) fn takes_two(&self, value: NodeId) -> bool {
        let tree = self.src.tree;
        let alone =
            |&list: &NodeId| tree.kind(list) == Kind::ExpressionList && tree.operands(list) == [value];
        let Some(owner) = tree.parent(value).filter(alone).and_then(|list| tree.parent(list)) else {
            return false;
        };
        match tree.child(owner, Field::Left) {
            Some(targets) => tree.operands(targets).len() == 2,
            None => tree.named(owner).filter(|&id| tree.field(id) == Field::Name).count() == 2,
        }
    }

    /// The variables that hold what a defer of an iteration releases, where everything that happens to it is known: it
    /// is used up in the iteration, and nobody else has it. Locks protect what no variable tells, so they have none.
    pub(crate) fn holders(
        &self,
        function: NodeId,
        iteration: NodeId,
        defer: NodeId,
    ) -> Option<Vec<BindingId>> {
        let Source { tree, scopes, flow } = self.src;
        let case = Case { tree, scopes, flow, go: GoVersion::NEWEST, defer, function, iteration };
        if locks::judge(&case, self.src).is_some() {
            return None;
        }
        let mut site = Site::new(&case, self.src);
        let mut happenings = Vec::new();
        site.judge(&mut happenings);
        let Judgement { reason, .. } = conclude(&case, happenings);
        (reason == Reason::Released).then(|| site.carry.carriers.keys().copied().collect())
    }
}
