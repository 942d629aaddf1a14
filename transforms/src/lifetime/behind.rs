//! What may stand behind a method of an interface: the methods at hand that are made for it.

use super::types::{Places, Source};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::world::{Place, UnitId};

impl Source<'_, '_> {
    /// The methods of the interface's package that a call of `method`, which the interface asks for, may come to: those of
    /// types that have all methods which the interface lists. Other packages may have more of them.
    pub(super) fn behind(&self, method: Place) -> Vec<Places> {
        let Some((src, wanted)) = self.at(method) else { return Vec::new() };
        self.memo.behind(method, || src.made_for(wanted))
    }

    /// The same, of a method of this text.
    fn made_for(&self, method: NodeId) -> Vec<Places> {
        let name = self.method_name(method);
        let mut types = self.receivers(name);
        for asked in self.asked_for(method).into_iter().filter(|&asked| asked != name) {
            let have = self.receivers(asked);
            types.retain(|of| have.contains(of));
        }
        types.into_iter().filter_map(|of| self.methods(&of, name)).collect()
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
