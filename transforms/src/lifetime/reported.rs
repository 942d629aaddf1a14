//! Where the reports of a cleanup go: to a buffer or a handler of the function's own, which the code behind the loop may look at.

use super::Site;
use super::asked::Asked;
use super::carry::Happening;
use super::intent::is_object;
use super::types::{Callee, Source, Type};
use crate::parse::{Kind, NodeId};
use crate::resources::Trait;
use crate::scope::BindingId;
use crate::verdict::Reason;

/// So many variables that a logger is made of are looked at.
const MOST: usize = 32;

/// Methods and functions of packages that say where reports go.
const DIRECTS: &[&str] = &["SetOutput", "SetDefault", "SetHandler", "SetLogger", "ReplaceGlobals", "AddHook"];

/// Methods by which a type of the table is known for a logger.
const LOGS: &[&str] = &["Print", "Info", "Log"];

impl Site<'_, '_, '_> {
    /// What the cleanup reports to, where that is looked at behind the loop.
    pub(super) fn reported(&self) -> Option<Happening> {
        if !self.cleanup.reports {
            return None;
        }
        let calls = self.src.asking(self.case.function, Asked::Reports);
        let parts = self.variables_in(calls.to_vec());
        let looked_at = |&part: &BindingId| {
            let tells = is_object(self.src, part) || self.src.is_seen_elsewhere(part);
            let mut mentions = self.after.mentions(part).filter(|&at| !self.is_report(at));
            tells.then(|| mentions.next())?.map(|at| (part, at))
        };
        let (part, at) = parts.iter().find_map(looked_at)?;
        let message = format!(
            "the cleanup reports, and reports go to `{}`, which is used after the loop",
            self.name(part)
        );
        Some(Happening { reason: Reason::OuterVariableChanges, message, at })
    }

    /// Whether a mention is a logger that reports.
    fn is_report(&self, at: NodeId) -> bool {
        let tree = self.src.tree;
        let call = tree.ancestors(at).take(2).find(|&up| tree.kind(up) == Kind::Call);
        call.is_some_and(|call| {
            self.src.receiver_of(call) == Some(at)
                && matches!(self.src.callee(call), Callee::Fact(fact) if fact.is(Trait::Logs))
        })
    }

    /// The variables of the function that values are made of, and those that come with these.
    fn variables_in(&self, mut values: Vec<NodeId>) -> Vec<BindingId> {
        let tree = self.src.tree;
        let mut found = Vec::new();
        while let Some(value) = values.pop() {
            for id in tree.subtree(value).filter(|&id| tree.kind(id) == Kind::Identifier) {
                let Some(binding) = self.src.scopes.meaning(id) else { continue };
                if !self.src.is_variable(binding) || found.contains(&binding) || found.len() >= MOST {
                    continue;
                }
                found.push(binding);
                let at = self.src.scopes.get(binding).at;
                values.extend(self.src.source_given(at).map(|(value, _)| value));
                let siblings = self.src.targets_around(at).map(|(_, variables)| variables);
                found.extend(siblings.into_iter().flatten().filter(|&one| one != binding));
            }
        }
        found
    }
}

impl Source<'_, '_> {
    /// Whether a call makes a logger, or says where reports go.
    pub(super) fn directs_reports(&self, call: NodeId) -> bool {
        let is_logger = |of: &str| {
            let logs = |&name: &&str| self.resources.fact(of, name).is_some_and(|fact| fact.is(Trait::Logs));
            LOGS.iter().any(logs)
        };
        self.tree.kind(call) == Kind::Call
            && (DIRECTS.contains(&self.called_name(call))
                || matches!(self.type_of(call), Type::Known(of) if is_logger(of)))
    }
}
