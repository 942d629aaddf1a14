//! The fact that a verdict lacks: what a stanza would have to say, and about which function.

use super::carry::Happening;
use super::types::{Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::verdict::Reason;
use crate::{Claim, Missing};

impl Source<'_, '_> {
    /// What would settle what was found, where a stanza can say it.
    pub(super) fn missing(&self, found: &Happening) -> Option<Missing> {
        let claim = match found.reason {
            Reason::UnknownUse => Claim::Consumes,
            Reason::UnknownResultLeaves => Claim::Plain,
            Reason::UnknownResource => Claim::Acquires,
            Reason::ReleaseUnknown | Reason::MayRecover => Claim::Releases,
            _ => return None,
        };
        let value = self.tree.unparenthesized(found.at);
        (self.tree.kind(value) == Kind::Call).then(|| self.about(value, claim, 4)).flatten()
    }

    /// The stanza that would speak of a call; where the type of its receiver is not known, of what made the receiver.
    fn about(&self, call: NodeId, claim: Claim, steps: usize) -> Option<Missing> {
        let tree = self.tree;
        let function = self.function_of(call)?;
        let operand = tree.child(function, Field::Operand)?;
        let name = self.called_name(call).to_owned();
        if let Some(path) = self.import_path(operand) {
            return Some(Missing { package: path.to_owned(), of: None, name, claim });
        }
        let of = match self.type_of(operand) {
            Type::Known(of) => of.to_owned(),
            Type::Node(place) => {
                let (src, spec) = self.at(place)?;
                format!("{}.{}", src.package()?, src.tree.text_of(src.tree.child(spec, Field::Name)?))
            }
            _ => {
                if let Some(of) = self.declared_elsewhere(operand) {
                    of
                } else {
                    let maker = self.maker(operand).filter(|_| steps > 0)?;
                    return self.about(maker, Claim::Acquires, steps - 1);
                }
            }
        };
        let dot = of.rfind('.').filter(|&dot| of.rfind('/').is_none_or(|slash| slash < dot))?;
        Some(Missing { package: of[..dot].to_owned(), of: Some(of[dot + 1..].to_owned()), name, claim })
    }

    /// The type of another package that a variable is declared with, or a pointer to it.
    fn declared_elsewhere(&self, operand: NodeId) -> Option<String> {
        let tree = self.tree;
        let binding = self.scopes.meaning(tree.unparenthesized(operand))?;
        let spec = tree.parent(self.scopes.get(binding).at)?;
        let of = tree.child(spec, Field::Type)?;
        let of = if tree.kind(of) == Kind::PointerType { tree.named(of).next()? } else { of };
        let (package, name) =
            (tree.child_of_kind(of, Kind::PackageIdentifier)?, tree.child(of, Field::Name)?);
        let path = self.scopes.import_path(package).filter(|_| tree.kind(of) == Kind::QualifiedType)?;
        Some(format!("{path}.{}", tree.text_of(name)))
    }

    /// The call that gave a variable its value, or that an operand is.
    fn maker(&self, operand: NodeId) -> Option<NodeId> {
        let operand = self.tree.unparenthesized(operand);
        if self.tree.kind(operand) == Kind::Call {
            return Some(operand);
        }
        let variable = self.scopes.get(self.root_variable(operand)?);
        let (values, ..) = self.values_given(variable.at)?;
        values.first().copied().filter(|&value| self.tree.kind(value) == Kind::Call)
    }
}
