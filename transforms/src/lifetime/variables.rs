//! The type of a variable: from its declaration, or from the value that it was first given.

use super::types::{DEPTH, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::scope::BindingId;

impl Source<'_, '_> {
    pub(super) fn type_of_variable(&self, binding: BindingId) -> Type {
        self.type_of_binding(binding, DEPTH)
    }

    pub(super) fn type_of_binding(&self, binding: BindingId, depth: usize) -> Type {
        match self.declared_type(binding, depth) {
            Type::Unknown if self.looks_like_response(binding) => Type::Known("net/http.Response"),
            known => known,
        }
    }

    /// A variable of unknown type with a `Body` to close and a `StatusCode`: an `http.Response` in all but name.
    /// Where it comes from stays unknown, so this can never prove anything; it only tells plain fields apart.
    pub(super) fn looks_like_response(&self, binding: BindingId) -> bool {
        let tree = self.tree;
        let (mut closed, mut status) = (false, false);
        for &mention in self.scopes.get(binding).mentions.iter().take(64) {
            let Some(parent) = tree.parent(mention).filter(|&at| tree.kind(at) == Kind::Selector) else {
                continue;
            };
            match tree.child(parent, Field::Selected).map(|name| tree.text_of(name)) {
                Some("StatusCode" | "Status") => status = true,
                Some("Body") => {
                    closed |= tree.parent(parent).is_some_and(|up| tree.text_of(up).ends_with(".Body.Close"));
                }
                _ => {}
            }
        }
        closed && status
    }

    pub(super) fn declared_type(&self, binding: BindingId, depth: usize) -> Type {
        let tree = self.tree;
        let binding = self.scopes.get(binding);
        let Some(parent) = tree.parent(binding.at) else { return Type::Unknown };
        if depth == 0 {
            return Type::Unknown;
        }
        match tree.kind(parent) {
            Kind::ParameterDeclaration => {
                tree.child(parent, Field::Type).map_or(Type::Unknown, |of| self.type_of_node(of, depth - 1))
            }
            Kind::VarSpec => match tree.child(parent, Field::Type) {
                Some(of) => self.type_of_node(of, depth - 1),
                None => self.type_given(binding.at, depth),
            },
            Kind::ConstSpec => Type::Plain,
            Kind::FunctionDeclaration => Type::Function,
            Kind::ExpressionList => match tree.parent(parent).map(|owner| (owner, tree.kind(owner))) {
                Some((owner, Kind::RangeClause)) => self.type_ranged(owner, parent, binding.at, depth),
                Some(_) => self.type_given(binding.at, depth),
                None => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    pub(super) fn type_given(&self, at: NodeId, depth: usize) -> Type {
        let Some((values, index, count)) = self.values_given(at) else { return Type::Unknown };
        if values.len() == count {
            return self.type_within(values[index], depth - 1);
        }
        let Some(&value) = values.first() else { return Type::Unknown };
        let value = self.tree.unparenthesized(value);
        match self.tree.kind(value) {
            Kind::Call => self.type_of_result(value, index, depth - 1),
            _ if index == 0 => self.type_within(value, depth - 1),
            _ => Type::Plain,
        }
    }

    pub(super) fn type_ranged(&self, clause: NodeId, list: NodeId, at: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(right) = tree.child(clause, Field::Right) else { return Type::Unknown };
        let of = self.type_within(right, depth - 1);
        if tree.operands(list).first() != Some(&at) {
            return self.element(of, depth);
        }
        match of {
            Type::Plain | Type::Bytes => Type::Plain,
            Type::Node(place) => self.at(place).map_or(Type::Unknown, |(src, node)| src.key(node, depth)),
            _ => Type::Unknown,
        }
    }

    /// What ranging over a value of the type gives first.
    fn key(&self, node: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::SliceType | Kind::ArrayType => Type::Plain,
            Kind::MapType => {
                tree.named(node).next().map_or(Type::Unknown, |key| self.type_of_node(key, depth - 1))
            }
            Kind::ChannelType => self.element(Type::Node(self.place(node)), depth),
            _ => Type::Unknown,
        }
    }
}
