//! Readers and writers that are used again and again: a method drops what they held, and gives them something else to hold.

use super::carry::Carry;
use super::types::Callee;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Trait};
use crate::scope::{Access, BindingId, Declares, access};

impl Carry<'_, '_> {
    /// Whether nothing can come to what a call gives a variable's value to hold but what stands behind the call, in the same
    /// round: the value is nobody else's, and each round gives it something else before it uses it.
    pub(super) fn is_renewed(&self, fact: &Fact, call: NodeId, root: BindingId) -> bool {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(root);
        let receiver = self.src.receiver_of(call).map(|on| tree.unparenthesized(on));
        let Some(receiver) = receiver.filter(|&on| tree.kind(on) == Kind::Identifier) else { return false };
        let Some(rest) = behind(self, call) else { return false };
        // What is deferred would find what a later round has put there.
        let waits = |at: NodeId| {
            let mut around = tree.ancestors(at).take_while(|&up| up > rest.list);
            !self.is_local(root) && around.any(|up| matches!(tree.kind(up), Kind::Defer | Kind::Go))
        };
        fact.is(Trait::Renews)
            && variable.declares == Declares::Variable
            && variable.function.is_some()
            && variable.function == self.src.nest.function(call)
            && !self.src.nest.comes_back_to(self.region)
            && !tree.subtree(self.region).any(|id| tree.kind(id) == Kind::Goto)
            && self.is_at_hand(root)
            && variable.mentions.iter().all(|&at| {
                at == variable.at
                    || at == receiver
                    || access(tree, at) != Access::Write
                        && rest.from <= at.0
                        && at.0 < rest.until
                        && !waits(at)
            })
    }

    /// Whether a variable's value was made here, or comes from a pool, and nobody else can have it.
    fn is_at_hand(&self, root: BindingId) -> bool {
        let tree = self.src.tree;
        let at = self.src.scopes.get(root).at;
        match self.src.source_given(at) {
            Some((value, index)) => {
                let value = tree.unparenthesized(value);
                self.src.is_from_pool(value) || self.is_made(value, index, None) || self.is_new(value, index)
            }
            // A structure, not a pointer to one.
            None => tree.parent(at).is_some_and(|spec| {
                let of = tree.child(spec, Field::Type);
                tree.kind(spec) == Kind::VarSpec
                    && of
                        .is_some_and(|of| matches!(tree.kind(of), Kind::QualifiedType | Kind::TypeIdentifier))
            }),
        }
    }

    fn is_new(&self, value: NodeId, index: usize) -> bool {
        index == 0
            && self.src.tree.kind(value) == Kind::Call
            && matches!(self.src.callee(value), Callee::Fact(fact) if fact.is_new())
    }

    /// Whether a call gives the value of that mention something to hold that no variable stands for: `r.Reset(nil)`,
    /// `w.Reset(io.Discard)`.
    fn is_emptying(&self, call: NodeId, mention: NodeId) -> bool {
        let tree = self.src.tree;
        let receiver = self.src.receiver_of(call).map(|on| tree.unparenthesized(on));
        receiver == Some(mention)
            && matches!(self.src.callee(call), Callee::Fact(fact) if fact.is(Trait::Renews))
            && self
                .src
                .arguments(call)
                .iter()
                .all(|&argument| tree.kind(argument) == Kind::Nil || self.src.is_discard(argument))
    }

    /// Whether a call puts a value back to a pool that the statement before it has made empty, or that a call has which is
    /// deferred behind it.
    pub(super) fn is_put_back_empty(&self, call: NodeId, argument: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(variable) = self.src.scopes.meaning(argument).filter(|_| self.src.is_of_pool(call, "Put"))
        else {
            return false;
        };
        let Some(statement) = tree.parent(call) else { return false };
        let list = tree.parent(statement).map_or_else(Vec::new, |list| tree.named(list).collect());
        match tree.kind(statement) {
            Kind::ExpressionStatement => {
                let before = list.into_iter().take_while(|&one| one < statement).last();
                before.is_some_and(|before| {
                    tree.kind(before) == Kind::ExpressionStatement && self.has_emptied(before, variable)
                })
            }
            Kind::Defer => {
                let behind: Vec<NodeId> = list.into_iter().skip_while(|&one| one <= statement).collect();
                self.is_emptied_at_the_end(statement, &behind, variable)
            }
            _ => false,
        }
    }

    /// Whether a statement makes a variable's value empty by a call.
    fn has_emptied(&self, statement: NodeId, variable: BindingId) -> bool {
        let tree = self.src.tree;
        tree.named(statement).any(|id| {
            let on = self.src.receiver_of(id).filter(|_| tree.kind(id) == Kind::Call);
            on.is_some_and(|on| self.src.scopes.meaning(on) == Some(variable) && self.is_emptying(id, on))
        })
    }

    /// Whether the function that is followed gets a variable's value from a pool, defers to `put` it back, and right behind
    /// the call by which the value first gets something to hold, defers one that makes it empty: that runs first.
    fn is_emptied_at_the_end(&self, put: NodeId, behind: &[NodeId], variable: BindingId) -> bool {
        let tree = self.src.tree;
        let of = self.src.scopes.get(variable);
        let is_mentioned =
            |statement: NodeId| of.mentions.iter().any(|&mention| tree.within(mention, statement));
        let Some(first) = behind.iter().position(|&one| is_mentioned(one)) else { return false };
        let renews = |id: NodeId| {
            let on = self.src.receiver_of(id).filter(|_| tree.kind(id) == Kind::Call);
            on.and_then(|on| self.src.scopes.meaning(on)) == Some(variable)
                && matches!(self.src.callee(id), Callee::Fact(fact) if fact.is(Trait::Renews))
        };
        let Some(&end) = behind.get(first + 1).filter(|&&end| tree.kind(end) == Kind::Defer) else {
            return false;
        };
        let is_whole = tree.parent(put).and_then(|list| tree.parent(list)) == Some(self.region);
        let from_pool = self.src.value_given(of.at).is_some_and(|value| self.src.is_from_pool(value));
        let waits = |at: NodeId| {
            let mut around = tree.ancestors(at).take_while(|&up| up > self.region);
            around.any(|up| matches!(tree.kind(up), Kind::Defer | Kind::Go | Kind::FunctionLiteral))
        };
        is_whole
            && self.function_followed().is_some()
            && from_pool
            && tree.kind(behind[first]) == Kind::ExpressionStatement
            && tree.named(behind[first]).any(renews)
            && self.has_emptied(end, variable)
            && of.mentions.iter().all(|&at| {
                at == of.at
                    || access(tree, at) == Access::Read
                        && (tree.within(at, put) || tree.within(at, end) || !waits(at))
            })
    }
}

/// What runs behind a call whenever the call has run, in the same statement list.
struct Rest {
    list: NodeId,
    from: u32,
    until: u32,
}

/// What stands behind a call that is made whenever its statement is.
fn behind(carry: &Carry<'_, '_>, call: NodeId) -> Option<Rest> {
    let tree = carry.src.tree;
    let mut at = call;
    loop {
        let up = tree.parent(at)?;
        match tree.kind(up) {
            Kind::StatementList => {
                let within = tree.within(up, carry.region);
                return within.then(|| Rest { list: up, from: tree.last(call), until: tree.last(up) });
            }
            Kind::ExpressionStatement
            | Kind::ShortVar
            | Kind::Assignment
            | Kind::ExpressionList
            | Kind::Parenthesized => at = up,
            Kind::Binary if !tree.has_token(up, "&&") && !tree.has_token(up, "||") => at = up,
            Kind::If if tree.kind(at) != Kind::If => at = up,
            _ => return None,
        }
    }
}
