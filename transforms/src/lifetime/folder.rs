//! The folder that a released file or folder lies in, which the code behind the loop may look into.

use super::Site;
use super::asked::Asked;
use super::carry::Happening;
use super::cleanup::Released;
use super::types::Callee;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::BindingId;
use crate::verdict::Reason;

impl Site<'_, '_, '_> {
    /// A call behind the loop that gets the folder whose entries the iterations remove by their names, or asks for the
    /// system's one.
    pub(super) fn looked_into(&self, released: &[Released]) -> Option<Happening> {
        let names = released.iter().filter(|one| one.text);
        if let Some(one) = names.clone().next()
            && let Some(at) = self.after.asking(Asked::Temporary)
        {
            let name = self.name(one.variable);
            let message =
                format!("`{name}` may lie in the system's folder, which is looked into after the loop");
            return Some(Happening { reason: Reason::OnlyHeld, message, at });
        }
        let folders = names.flat_map(|one| self.folders(one.variable));
        folders.into_iter().find_map(|folder| {
            let at = self.after.mentions(folder).find(|&at| self.is_looked_into(at))?;
            let message =
                format!("what is removed lies in `{}`, which is used after the loop", self.name(folder));
            Some(Happening { reason: Reason::UsedAfterLoop, message, at })
        })
    }

    /// The variables from outside the iteration that a name is joined of.
    fn folders(&self, name: BindingId) -> Vec<BindingId> {
        let tree = self.src.tree;
        let Some(value) = self.src.value_given(self.src.scopes.get(name).at) else { return Vec::new() };
        let joins = tree.kind(value) == Kind::Binary
            || tree.kind(value) == Kind::Call && self.src.called_name(value) == "Join";
        let parts = tree.subtree(value).filter(|&id| tree.kind(id) == Kind::Identifier);
        let outer =
            |id| self.src.scopes.meaning(id).filter(|&of| self.src.is_variable(of) && !self.is_local(of));
        if joins { parts.filter_map(outer).collect() } else { Vec::new() }
    }

    /// Whether a call gets a folder as it is, and does more than report, compute or remove.
    fn is_looked_into(&self, folder: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(list) = tree.parent(folder).filter(|&up| tree.kind(up) == Kind::ArgumentList) else {
            return false;
        };
        let call = tree.parent(list).filter(|&call| tree.child(call, Field::Arguments) == Some(list));
        call.is_some_and(|call| match self.src.callee(call) {
            Callee::Fact(fact) => ![Trait::Logs, Trait::Looks, Trait::Removes].iter().any(|&of| fact.is(of)),
            Callee::Builtin | Callee::Conversion => false,
            _ => true,
        })
    }
}
