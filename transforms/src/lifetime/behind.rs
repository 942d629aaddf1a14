//! What may stand behind a method of an interface: the methods at hand that are made for it.

use super::types::{Places, Source};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::resources::{Fact, Trait};
use crate::world::{Place, UnitId};
use crate::written::Written;

/// Whether other packages may use a name (spec, "Exported identifiers").
pub(super) fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

impl Source<'_, '_> {
    /// The methods of the interface's package that a call of `method`, which the interface asks for, may come to: those of
    /// types that have all methods which the interface lists. Other packages may have more of them.
    pub(super) fn behind(&self, method: Place) -> Vec<Places> {
        let Some((src, wanted)) = self.at(method) else { return Vec::new() };
        self.memo.behind(method, || src.made_for(wanted))
    }

    /// The methods of this package that a call may come to which calls one of an interface that the standard library
    /// declares: those of the name, with as many parameters as the call gives arguments. Other packages may have more of them.
    /// A writer is asked where it is put into what is flushed; what `fact` calls a release or a report is judged as that.
    pub(super) fn behind_standard(&self, call: NodeId, fact: Option<&Fact>) -> Vec<Places> {
        if fact.is_some_and(|fact| fact.is(Trait::Release) || fact.is(Trait::Logs)) {
            return Vec::new();
        }
        let types = self.written();
        let of = self.receiver_of(call).and_then(|receiver| types.of_expression(receiver));
        let is_stream =
            |of: &Written| matches!(of, Written::Declared { package: Some(path), .. } if path == "io");
        if !of.is_some_and(|of| types.is_interface(&of) && !is_stream(&of)) {
            return Vec::new();
        }
        let name = self.called_name(call);
        let arguments = self.arguments(call).len();
        let takes_as_many = |places: &Places| {
            places.iter().all(|place| {
                self.at(place).is_some_and(|(src, method)| src.parameters_of(method) == arguments)
            })
        };
        let methods = self.receivers(name).into_iter().filter_map(|of| self.methods(&of, name));
        methods.filter(takes_as_many).collect()
    }

    /// Whether no other package can have a type that is made for the interface around `method`: its name is not exported, nor
    /// those of the types at hand that are made for it, and it asks for a method whose name, or a type in whose signature,
    /// is not exported (spec, "Uniqueness of identifiers").
    pub(super) fn is_closed(&self, method: Place) -> bool {
        let Some((src, wanted)) = self.at(method) else { return false };
        let tree = src.tree;
        let Some(interface) = tree.parent(wanted) else { return false };
        let name = tree.parent(interface).and_then(|spec| tree.child(spec, Field::Name));
        let is_own = |id: NodeId| {
            tree.kind(id) == Kind::TypeIdentifier
                && !is_exported(tree.text_of(id))
                && match src.scopes.meaning(id) {
                    // No type parameter.
                    Some(of) => {
                        tree.parent(src.scopes.get(of).at).is_some_and(|up| tree.kind(up) == Kind::TypeSpec)
                    }
                    None => src.one_type(None, tree.text_of(id)).is_some(),
                }
        };
        let mut asked = tree.named(interface).filter(|&part| tree.kind(part) == Kind::MethodElem);
        let types = src.types_made_for(wanted);
        name.is_some_and(|name| !is_exported(tree.text_of(name)))
            && !types.is_empty()
            && !types.iter().any(|of| is_exported(of))
            && asked.any(|part| !is_exported(src.method_name(part)) || tree.subtree(part).any(is_own))
    }

    /// The same, of a method of this text.
    fn made_for(&self, method: NodeId) -> Vec<Places> {
        let name = self.method_name(method);
        self.types_made_for(method).into_iter().filter_map(|of| self.methods(&of, name)).collect()
    }

    fn types_made_for(&self, method: NodeId) -> Vec<String> {
        let name = self.method_name(method);
        let mut types = self.receivers(name);
        for asked in self.asked_for(method).into_iter().filter(|&asked| asked != name) {
            let have = self.receivers(asked);
            types.retain(|of| have.contains(of));
        }
        types
    }

    fn method_name(&self, node: NodeId) -> &str {
        self.tree.child(node, Field::Name).map_or("", |name| self.tree.text_of(name))
    }

    /// The names of the methods that the interface around `method` lists.
    fn asked_for(&self, method: NodeId) -> Vec<&str> {
        let Some(interface) = self.tree.parent(method) else { return Vec::new() };
        let methods = self.tree.named(interface).filter(|&part| self.tree.kind(part) == Kind::MethodElem);
        methods.map(|part| self.method_name(part)).collect()
    }

    /// The names of the types of the package that have a method of that name.
    fn receivers(&self, method: &str) -> Vec<String> {
        let mut all = self.world.receivers(self.package(), method);
        if self.unit == UnitId::MAIN {
            let tree = self.tree;
            let here = tree.children(Tree::ROOT).filter(|&node| tree.kind(node) == Kind::MethodDeclaration);
            let named = here.filter(|&node| self.method_name(node) == method);
            all.extend(named.filter_map(|node| self.receiver_type(node)).map(str::to_owned));
        }
        all.sort();
        all.dedup();
        all
    }

    /// The name of the type that a method belongs to.
    fn receiver_type(&self, method: NodeId) -> Option<&str> {
        let receiver = self.tree.child(method, Field::Receiver)?;
        let of = self.tree.subtree(receiver).find(|&id| self.tree.kind(id) == Kind::TypeIdentifier)?;
        Some(self.tree.text_of(of))
    }
}
