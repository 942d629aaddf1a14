//! What stands behind a variable of an interface type in the function at hand, and what is against its release.

use super::cleanup::Reader;
use super::fresh::STEPS;
use super::types::DEPTH;
use crate::parse::{Kind, NodeId};
use crate::resources::Fact;
use crate::scope::BindingId;
use crate::verdict::Reason;

impl Reader<'_, '_, '_> {
    /// What is against the method as the types have it whose values a variable of an interface type is given.
    pub(super) fn against_what_is_in(&self, call: NodeId) -> Option<(Reason, String)> {
        let operand =
            self.operand(call).filter(|&operand| self.src.is_interface(self.src.type_of(operand)))?;
        let name = self.src.called_name(call);
        self.put_into(self.src.root_variable(operand)?, STEPS)
            .into_iter()
            .find_map(|value| self.src.against(self.src.type_of_source(value, 0), name, DEPTH / 2))
    }

    /// What is against the methods of this package that may stand behind one of an interface of the standard library.
    pub(super) fn against_standard(&self, call: NodeId, fact: &Fact) -> Option<(Reason, String)> {
        self.src.behind_standard(call, Some(fact)).into_iter().find_map(|methods| {
            let effects = self.src.effects(methods);
            let changes = effects
                .changes_receiver
                .then(|| (Reason::OuterVariableChanges, "may change what others look at".to_owned()));
            effects.problem.or(changes)
        })
    }

    /// The values that a variable is given, or that are put into what a `range` clause takes it from.
    pub(super) fn put_into(&self, variable: BindingId, steps: usize) -> Vec<NodeId> {
        if let Some(ranged) = self.src.ranged_over(variable).filter(|_| steps > 0) {
            let all = self.src.root_variable(ranged).map_or_else(Vec::new, |of| self.put_into(of, steps - 1));
            return all.into_iter().flat_map(|value| self.elements(value)).collect();
        }
        let given = self.src.scopes.get(variable).mentions.iter().filter_map(|&at| self.src.source_given(at));
        given
            .filter(|&(_, index)| index == 0)
            .map(|(value, _)| self.src.tree.unparenthesized(value))
            .collect()
    }

    /// The elements of a literal, or those that a value is made of by `append`.
    fn elements(&self, value: NodeId) -> Vec<NodeId> {
        let tree = self.src.tree;
        match tree.kind(value) {
            Kind::CompositeLiteral => tree.elements(value).into_iter().map(|(_, element)| element).collect(),
            Kind::Call => self.src.arguments(value).into_iter().skip(1).collect(),
            _ => Vec::new(),
        }
    }
}
