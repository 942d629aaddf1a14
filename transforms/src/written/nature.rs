//! What becomes of a variable when its value is copied: whether the copy is as good as the variable.

use super::{DEPTH, Types, Written};
use crate::parse::{Field, Kind, NodeId};
use crate::signatures::Signatures;

/// What a value of a type is, to somebody who copies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// A pointer, an interface, or a type without a name that refers to something else: what is reached through a copy is the
    /// same, and no method can write to the variable.
    Handle,
    /// A declared type that is no structure, no array and no interface: a method may write to the variable.
    Named,
    /// A structure or an array that may be copied: a part of it may be written, and a method may write to the variable.
    Parts,
    /// Not known.
    Opaque,
    /// Something in it must not be copied.
    Fixed,
}

impl Types<'_, '_> {
    /// What a value of the type is to somebody who copies it.
    pub(crate) fn nature(&self, of: &Written) -> Nature {
        self.nature_within(of, DEPTH)
    }

    /// Whether what is reached through a copy of a value of the type may be changed there: it is a pointer, a slice or a map,
    /// or is not known.
    pub(crate) fn leads_on(&self, of: &Written) -> bool {
        match (of, self.underlying(of.clone(), DEPTH)) {
            (_, Some(Written::Predeclared(_) | Written::Array(..) | Written::Declared { .. })) => false,
            (Written::Declared { package: Some(path), name }, None) => {
                !Signatures::standard().is_value(path, name)
            }
            _ => true,
        }
    }

    /// Whether a value is a channel.
    pub(crate) fn is_channel(&self, of: &Written) -> bool {
        matches!(self.underlying(of.clone(), DEPTH), Some(Written::Channel(..)))
    }

    fn nature_within(&self, of: &Written, depth: usize) -> Nature {
        let Some(depth) = depth.checked_sub(1) else { return Nature::Opaque };
        match of {
            Written::Predeclared(_)
            | Written::Pointer(_)
            | Written::Slice(_)
            | Written::Map(..)
            | Written::Channel(..)
            | Written::Function { .. }
            | Written::Any(_) => Nature::Handle,
            Written::Array(_, element) => Self::all([self.nature_within(element, depth)]),
            Written::Applied(of, _) if self.is_interface(of) => Nature::Handle,
            Written::Parameter(_) | Written::Applied(..) => Nature::Opaque,
            Written::Declared { package, name } => {
                if self.is_interface(of) {
                    return Nature::Handle;
                }
                // Go vet knows a lock by its methods.
                if !self.methods(of, "Lock").is_empty() {
                    return Nature::Fixed;
                }
                match self.spec(of) {
                    Some((types, spec)) => types.nature_of_spec(spec, depth),
                    None if package
                        .as_deref()
                        .is_some_and(|path| Signatures::standard().is_value(path, name)) =>
                    {
                        Nature::Parts
                    }
                    None => Nature::Opaque,
                }
            }
        }
    }

    fn nature_of_spec(&self, spec: NodeId, depth: usize) -> Nature {
        let tree = self.tree;
        let Some(node) = tree.child(spec, Field::Type) else { return Nature::Opaque };
        if tree.child(spec, Field::TypeParameters).is_some() {
            return Nature::Opaque;
        }
        if tree.kind(node) == Kind::StructType {
            let fields = tree.named(node).flat_map(|list| tree.named(list));
            let of_field = |field| {
                let of = tree.child(field, Field::Type).and_then(|of| self.node(of, depth));
                // An embedded pointer is a pointer.
                let is_pointer = tree.child(field, Field::Name).is_none() && tree.has_token(field, "*");
                match of {
                    _ if is_pointer => Nature::Handle,
                    Some(of) => self.nature_within(&of, depth),
                    None => self.nature_of_node(tree.child(field, Field::Type), depth),
                }
            };
            return Self::all(fields.map(of_field));
        }
        match self.node(node, depth).map(|of| (self.nature_within(&of, depth), of)) {
            Some((Nature::Handle, _)) if tree.kind(spec) == Kind::TypeSpec => Nature::Named,
            Some((nature, _)) => nature,
            None => self.nature_of_node(Some(node), depth),
        }
    }

    /// Of a type that cannot be written, as a function of structures.
    fn nature_of_node(&self, node: Option<NodeId>, depth: usize) -> Nature {
        let handles = [
            Kind::PointerType,
            Kind::SliceType,
            Kind::MapType,
            Kind::ChannelType,
            Kind::FunctionType,
            Kind::InterfaceType,
        ];
        match node {
            Some(node) if depth > 0 && handles.contains(&self.tree.kind(node)) => Nature::Handle,
            _ => Nature::Opaque,
        }
    }

    /// What is made of parts of these natures.
    fn all(parts: impl IntoIterator<Item = Nature>) -> Nature {
        let fits = |part| matches!(part, Nature::Handle | Nature::Named | Nature::Parts);
        if parts.into_iter().all(fits) { Nature::Parts } else { Nature::Fixed }
    }

    /// Whether the type is an interface.
    pub(crate) fn is_interface(&self, of: &Written) -> bool {
        let Written::Declared { package, name } = of else {
            return of.is("error") || matches!(of, Written::Any(_));
        };
        match self.spec(of) {
            Some((types, spec)) => {
                let node = types.tree.child(spec, Field::Type);
                node.is_some_and(|node| types.tree.kind(node) == Kind::InterfaceType)
            }
            None => package.as_deref().is_some_and(|path| Signatures::standard().is_interface(path, name)),
        }
    }

    /// Whether a method that is called through a pointer to the type needs what it points to: it has a value receiver, or
    /// belongs to a field.
    pub(crate) fn gets_copy(&self, of: &Written, method: &str) -> bool {
        self.is_of_a_field(of, method) || !self.methods(of, method).is_empty() && self.only_reads(of, method)
    }

    /// Whether what is called on a structure is the method of something that it embeds, or a field.
    pub(crate) fn is_of_a_field(&self, of: &Written, method: &str) -> bool {
        self.methods(of, method).is_empty()
            && self.spec(of).is_some_and(|(types, spec)| {
                let of = types.tree.child(spec, Field::Type);
                of.is_some_and(|of| types.tree.kind(of) == Kind::StructType)
            })
    }

    /// Whether a name that is selected from a variable of the type is a field of its own, or a method that cannot write to the
    /// variable.
    pub(crate) fn only_reads(&self, of: &Written, selected: &str) -> bool {
        let Written::Declared { package, name } = of else { return false };
        let methods = self.methods(of, selected);
        if !methods.is_empty() {
            return methods.iter().all(|(types, method)| {
                let receiver = types.tree.child(*method, Field::Receiver);
                receiver.is_some_and(|receiver| {
                    !types.tree.subtree(receiver).any(|id| types.tree.kind(id) == Kind::PointerType)
                })
            });
        }
        if let Some((types, spec)) = self.spec(of) {
            let structure = types.tree.child(spec, Field::Type);
            return structure.is_some_and(|structure| types.declares_field(structure, selected).is_some());
        }
        let decodes = selected.starts_with("Unmarshal") || selected == "GobDecode";
        !decodes && package.as_deref().is_some_and(|path| Signatures::standard().is_value(path, name))
    }
}
