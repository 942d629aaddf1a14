//! A state that each iteration sets before anything could look at it, so that it may be restored as soon as the iteration ends.

use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;

/// Where a state is.
struct State<'s, 't> {
    src: Source<'s, 't>,
    defer: NodeId,
    /// How it is written: the target that is restored, or the function that is called to restore it.
    text: &'s str,
    /// The call that restores it, if one does.
    restores: Option<NodeId>,
    /// The package that it is a state of; nothing for one of the package at hand.
    package: Option<&'s str>,
}

/// Whether each iteration gives a state a value before anything else could look at it. The state is the target of an assignment,
/// or what a call sets.
pub(super) fn is_set_afresh(case: &Case<'_, '_>, src: Source<'_, '_>, place: NodeId) -> bool {
    let tree = src.tree;
    let call = tree.kind(place) == Kind::Call;
    let state = State {
        src,
        defer: case.defer,
        text: tree.text_of(if call { src.function_of(place).unwrap_or(place) } else { place }),
        restores: call.then_some(place),
        package: src.root(place).and_then(|root| src.import_path(root)),
    };
    let statements = tree.statements(case.body());
    let Some(index) = statements.iter().position(|&statement| state.is_set_by(statement)) else {
        return false;
    };
    let direct = statements[..index].contains(&case.defer) || statements[index..].contains(&case.defer);
    let quiet = |statement: NodeId| {
        state.is_saved_by(statement) || statement == case.defer || !state.looks(statement)
    };
    direct
        && !header_looks(case, src, state.text)
        && statements[..index].iter().all(|&statement| quiet(statement))
        && !case.starts_goroutine()
}

/// Whether what the loop's header does from one iteration to the next may look at a state of this text: it names it, or
/// calls something. Of a range clause only a function that it goes through runs then, or others do while it waits for a channel.
pub(super) fn header_looks(case: &Case<'_, '_>, src: Source<'_, '_>, state: &str) -> bool {
    let tree = src.tree;
    match tree.child_of_kind(case.iteration, Kind::RangeClause) {
        Some(clause) => src.lets_others_run(clause),
        None => case.header().any(|id| match tree.kind(id) {
            Kind::Call => true,
            Kind::Identifier | Kind::Selector => tree.text_of(id) == state,
            _ => false,
        }),
    }
}

impl State<'_, '_> {
    /// Whether a statement sets it, whatever it was.
    fn is_set_by(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        match (tree.kind(statement), self.restores) {
            (Kind::Assignment, None) => {
                tree.has_token(statement, "=")
                    && tree.child(statement, Field::Left).is_some_and(|left| tree.text_of(left) == self.text)
                    && tree.child(statement, Field::Right).is_some_and(|right| !self.looks(right))
            }
            (Kind::ExpressionStatement, Some(restores)) => {
                tree.child_of_kind(statement, Kind::Call).is_some_and(|call| self.is_undone(call, restores))
            }
            _ => false,
        }
    }

    /// Whether one call sets wholly what another one sets back: `log.SetOutput(x)`, or `os.Setenv("X", x)` for the same constant.
    fn is_undone(&self, call: NodeId, restores: NodeId) -> bool {
        let tree = self.src.tree;
        let function = |call| self.src.function_of(call).map(|function| tree.text_of(function));
        let given = self.src.arguments(call);
        let sets = matches!(self.src.callee(call), Callee::Fact(fact) if fact.is(Trait::Sets));
        let is_named = || {
            let back = self.src.arguments(restores);
            let keys = given.first().zip(back.first());
            keys.is_some_and(|(&one, &other)| {
                matches!(tree.kind(one), Kind::InterpretedString | Kind::RawString)
                    && tree.text_of(one) == tree.text_of(other)
            })
        };
        let same = match self.src.called_name(call) {
            "Setenv" => {
                self.src.called_name(restores).ends_with("setenv") || function(call) == function(restores)
            }
            name => name.starts_with("Set") && given.len() == 1 && function(call) == function(restores),
        };
        let whole = given.len() == 1 || is_named();
        sets && same && whole && given.iter().all(|&value| !self.looks(value))
    }

    /// Whether a statement saves it for the deferred call and for nothing else.
    fn is_saved_by(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let (Some(left), Some(right)) =
            (tree.child(statement, Field::Left), tree.child(statement, Field::Right))
        else {
            return false;
        };
        let only_restored = |target: NodeId| {
            let variable = self.src.scopes.meaning(target).map(|binding| self.src.scopes.get(binding));
            variable.is_none_or(|variable| {
                let mut mentions = variable.mentions.iter().filter(|&&at| at != variable.at);
                mentions.all(|&at| tree.within(at, self.defer))
            })
        };
        let [value] = tree.operands(right)[..] else { return false };
        let is_asked = || {
            matches!(self.src.callee(value), Callee::Fact(_))
                && self.src.receiver_of(value).and_then(|on| self.src.import_path(on)) == self.package
        };
        tree.kind(statement) == Kind::ShortVar
            && if self.restores.is_some() { is_asked() } else { tree.text_of(value) == self.text }
            && tree.operands(left).into_iter().all(only_restored)
    }

    /// Whether anything in a part of the text may look at it, itself or through a call.
    fn looks(&self, part: NodeId) -> bool {
        let tree = self.src.tree;
        tree.subtree(part).any(|id| match tree.kind(id) {
            Kind::Call => !self.is_blind(id),
            Kind::Unary => tree.has_token(id, "<-"),
            Kind::Identifier | Kind::Selector => tree.text_of(id) == self.text,
            _ => false,
        })
    }

    /// Whether a call cannot look at it: a function of another package that gets nothing which could lead back, or of `os`
    /// where the state is a standard stream, which only reports go to.
    fn is_blind(&self, call: NodeId) -> bool {
        let Callee::Fact(fact) = self.src.callee(call) else {
            return matches!(self.src.callee(call), Callee::Builtin | Callee::Conversion);
        };
        let path = self.src.receiver_of(call).and_then(|on| self.src.import_path(on));
        let elsewhere =
            path.is_some() && (path != self.package || path == Some("os") && self.text.starts_with("os.Std"));
        let known = |&argument: &NodeId| {
            matches!(self.src.type_of(argument), Type::Plain | Type::Bytes | Type::Known(_))
        };
        elsewhere && !fact.is(Trait::Logs) && self.src.arguments(call).iter().all(known)
    }
}
