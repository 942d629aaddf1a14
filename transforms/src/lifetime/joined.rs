//! Whether an iteration waits for a goroutine that it starts, on every way on, and for the end of what that does.

use super::carry::Carry;
use super::types::Callee;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::BindingId;

impl Carry<'_, '_> {
    /// Whether the iteration waits, after `statement`, for something of its own that the statement mentions.
    pub(super) fn joined(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        (tree.last(statement)..tree.last(self.region)).map(NodeId).any(|wait| {
            self.waited(wait).is_some_and(|root| {
                self.mentions_any(statement, &[root])
                    && self.is_of_the_iteration(root)
                    && self.always_waits(statement, wait)
                    && self.signals_at_its_end(statement, wait, root)
                    && (tree.kind(wait) != Kind::Unary || self.counts_out(statement, wait, root))
            })
        })
    }

    /// What is waited for, if a node is a wait.
    fn waited(&self, wait: NodeId) -> Option<BindingId> {
        let tree = self.src.tree;
        match tree.kind(wait) {
            Kind::Call if self.src.called_name(wait) == "Wait" => self.src.root_variable(wait),
            Kind::Unary if tree.has_token(wait, "<-") => self.src.root_variable(wait),
            Kind::RangeClause => self.src.root_variable(self.src.channel_ranged(wait)?),
            _ => None,
        }
    }

    fn is_of_the_iteration(&self, variable: BindingId) -> bool {
        let tree = self.src.tree;
        let body = tree.child(self.region, Field::Body).unwrap_or(self.region);
        tree.within(self.src.scopes.get(variable).at, body)
    }

    fn mentions_any(&self, id: NodeId, variables: &[BindingId]) -> bool {
        let mut meanings = self.src.tree.subtree(id).filter_map(|id| self.src.scopes.meaning(id));
        meanings.any(|meaning| variables.contains(&meaning))
    }

    /// Whether a wait is made on every way on from the statement that does not leave the function.
    fn always_waits(&self, statement: NodeId, wait: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.function_around(wait) != tree.function_around(statement) || self.ends_early(wait) {
            return false;
        }
        let Some(list) = self.list_of(wait).filter(|&list| tree.within(statement, list)) else {
            return false;
        };
        let around = tree.named(list).find(|&one| tree.within(statement, one));
        let from = around.unwrap_or(statement);
        let leaves = |id: NodeId| match tree.kind(id) {
            Kind::Goto => true,
            Kind::Break | Kind::Continue => {
                let inside = self.src.nest.loop_around(id).is_some_and(|round| tree.within(round, list));
                !inside || tree.named(id).next().is_some()
            }
            _ => false,
        };
        !tree.own_subtree(list).filter(|id| (from.0..wait.0).contains(&id.0)).any(leaves)
    }

    /// The statements that a wait is one of, if nothing but that they are reached decides whether it is made.
    fn list_of(&self, wait: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let mut at = wait;
        loop {
            let up = tree.parent(at)?;
            match tree.kind(up) {
                Kind::StatementList => return Some(up),
                Kind::For if tree.kind(at) != Kind::RangeClause => return None,
                Kind::Binary if tree.has_token(up, "&&") || tree.has_token(up, "||") => return None,
                Kind::ForClause
                | Kind::ExpressionCase
                | Kind::CommunicationCase
                | Kind::FunctionLiteral
                | Kind::Go
                | Kind::Defer => return None,
                _ => at = up,
            }
        }
    }

    /// Whether a loop over a channel may end before that is closed.
    fn ends_early(&self, wait: NodeId) -> bool {
        let tree = self.src.tree;
        tree.kind(wait) == Kind::RangeClause
            && tree.parent(wait).is_some_and(|round| {
                tree.own_subtree(round).any(|id| {
                    tree.kind(id) == Kind::Goto
                        || tree.kind(id) == Kind::Break
                            && (self.src.nest.loop_around(id) == Some(round)
                                || tree.named(id).next().is_some())
                })
            })
    }

    /// Whether there is a receive for each goroutine that sends on a channel.
    fn counts_out(&self, statement: NodeId, wait: NodeId, root: BindingId) -> bool {
        let tree = self.src.tree;
        let nest = self.src.nest;
        let around = |kind| tree.subtree(self.region).filter(move |&id| tree.kind(id) == kind);
        let senders = around(Kind::Go).filter(|&go| self.mentions_any(go, &[root])).count();
        let receives = around(Kind::Unary)
            .filter(|&id| self.waited(id) == Some(root) && self.list_of(id) == self.list_of(wait))
            .count();
        nest.loop_around(statement) == nest.loop_around(wait) && senders <= receives
    }

    /// Whether a goroutine that is a function literal says that it is done when it has done everything. Another one is
    /// taken at its word.
    fn signals_at_its_end(&self, statement: NodeId, wait: NodeId, root: BindingId) -> bool {
        let tree = self.src.tree;
        let call = tree.named(statement).next().filter(|_| tree.kind(statement) == Kind::Go);
        let Some(call) = call else { return true };
        let Some(literal) =
            self.src.function_of(call).filter(|&function| tree.kind(function) == Kind::FunctionLiteral)
        else {
            return true;
        };
        let roots = self.names_in(call, literal, root);
        let signals: Vec<NodeId> =
            tree.subtree(literal).filter(|&id| self.is_signal(id, wait, &roots)).collect();
        let adds = |id| {
            tree.kind(id) == Kind::Call
                && self.src.called_name(id) == "Add"
                && self.src.root_variable(id).is_some_and(|root| roots.contains(&root))
        };
        !signals.is_empty()
            && !tree.subtree(literal).any(adds)
            && signals.iter().all(|&signal| self.is_last(signal, literal, &signals))
    }

    /// A variable, and the parameters of a function literal that are given it.
    fn names_in(&self, call: NodeId, literal: NodeId, root: BindingId) -> Vec<BindingId> {
        let mut names = vec![root];
        for (operand, name) in self.src.operands_of(literal) {
            let given = self.src.given(call, operand).and_then(|given| self.src.root_variable(given));
            if given == Some(root) {
                names.extend(name.and_then(|name| self.src.scopes.meaning(name)));
            }
        }
        names
    }

    /// Whether a node is what a wait waits for.
    fn is_signal(&self, id: NodeId, wait: NodeId, roots: &[BindingId]) -> bool {
        let tree = self.src.tree;
        let of = match (tree.kind(id), tree.kind(wait)) {
            (Kind::Send, Kind::Unary) => tree.child(id, Field::Channel),
            (Kind::Call, Kind::Call) if self.src.called_name(id) == "Done" => self.src.receiver_of(id),
            (Kind::Call, Kind::Unary | Kind::RangeClause)
                if self.src.called_name(id) == "close" && matches!(self.src.callee(id), Callee::Builtin) =>
            {
                self.src.arguments(id).first().copied()
            }
            _ => None,
        };
        of.and_then(|of| self.src.root_variable(of)).is_some_and(|root| roots.contains(&root))
    }

    /// Whether nothing of a goroutine is done after a signal: it is deferred before everything else that is, or only other
    /// signals follow.
    fn is_last(&self, signal: NodeId, literal: NodeId, signals: &[NodeId]) -> bool {
        let tree = self.src.tree;
        let deferred =
            tree.ancestors(signal).take_while(|&up| up > literal).find(|&up| tree.kind(up) == Kind::Defer);
        let carriers: Vec<BindingId> = self.carriers.keys().copied().collect();
        let runs_later = |id: NodeId| {
            tree.kind(id) == Kind::Defer
                && Some(id) != deferred
                && deferred.is_none_or(|deferred| id < deferred)
                && self.mentions_any(id, &carriers)
        };
        if tree.subtree(literal).any(runs_later) {
            return false;
        }
        let function = tree.function_around(signal);
        if deferred.is_some() && function == Some(literal) {
            return true;
        }
        let end = self.end_behind(signal);
        let function = function.unwrap_or(literal);
        let again = self.src.nest.loop_around(signal).is_some_and(|round| tree.within(round, function));
        (end.is_some() || !again)
            && (tree.last(signal)..end.map_or(tree.last(function), |end| end.0)).map(NodeId).all(|id| {
                tree.kind(id) != Kind::Call
                    || signals.contains(&id)
                    || matches!(self.src.called_name(id), "close" | "Done" | "Unlock" | "RUnlock")
            })
    }

    /// The end of the return that follows in the same list of statements.
    fn end_behind(&self, signal: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let list = tree.ancestors(signal).find(|&up| tree.kind(up) == Kind::StatementList)?;
        let mut behind = tree.named(list).filter(|&one| one > signal);
        behind.find(|&one| tree.kind(one) == Kind::Return).map(|one| NodeId(tree.last(one)))
    }
}
