//! A function that sets a state of a package and gives back another one that undoes it: `defer replaceStdin(r)()`.

use super::afresh::header_looks;
use super::after::After;
use super::types::{Callee, Source};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, Declares, access};

/// Packages of the standard library that look at the state of other ones: at `os.Stdout`, say.
const LOOKING: &[&str] = &["fmt", "log", "log/slog", "flag", "os/exec", "runtime", "runtime/debug"];

impl Source<'_, '_> {
    /// Whether an assignment in a function literal gives a variable of a package the value that the function around the
    /// literal found there, before it set it itself.
    pub(super) fn puts_back(&self, literal: NodeId, statement: NodeId, target: NodeId) -> bool {
        let tree = self.tree;
        let saved = || {
            let value = tree.child(statement, Field::Right).map(|right| tree.operands(right))?;
            let saved = self.scopes.meaning(*value.first().filter(|_| value.len() == 1)?)?;
            let variable = self.scopes.get(saved);
            let outside = variable.declares == Declares::Variable && !tree.within(variable.at, literal);
            self.only_value(saved).filter(|_| outside)
        };
        let of_package = match tree.kind(target) {
            Kind::Identifier => self.scopes.meaning(target).is_none_or(|of| !self.is_local(of)),
            Kind::Selector => {
                tree.child(target, Field::Operand).is_some_and(|operand| self.import_path(operand).is_some())
            }
            _ => false,
        };
        let text = tree.text_of(target);
        tree.kind(literal) == Kind::FunctionLiteral
            && tree.kind(statement) == Kind::Assignment
            && tree.has_token(statement, "=")
            && of_package
            && saved().is_some_and(|saved| tree.text_of(saved) == text)
            && self.maker_of(literal).is_some_and(|maker| self.setting(maker, literal, text).is_some())
    }

    /// The value that a variable gets where it is declared, if it gets no other one.
    fn only_value(&self, binding: BindingId) -> Option<NodeId> {
        let variable = self.scopes.get(binding);
        let is_another = |&at: &NodeId| at != variable.at && access(self.tree, at) != Access::Read;
        if variable.mentions.iter().any(is_another) { None } else { self.value_given(variable.at) }
    }

    /// A variable of a function.
    fn is_local(&self, binding: BindingId) -> bool {
        self.scopes.get(binding).function.is_some()
    }

    /// The declared function around a literal.
    fn maker_of(&self, literal: NodeId) -> Option<NodeId> {
        let mut around = std::iter::successors(self.tree.parent(literal), |&at| self.tree.parent(at));
        around.find(|&at| matches!(self.tree.kind(at), Kind::FunctionDeclaration | Kind::MethodDeclaration))
    }

    /// The one statement of a function's body that sets a state, beside what a literal in it does.
    fn setting(&self, maker: NodeId, literal: NodeId, text: &str) -> Option<NodeId> {
        let tree = self.tree;
        let body = tree.child(maker, Field::Body)?;
        let sets = |id: NodeId| {
            matches!(tree.kind(id), Kind::Assignment | Kind::Inc | Kind::Dec)
                && tree.child(id, Field::Left).or_else(|| tree.named(id).next()).is_some_and(|left| {
                    tree.operands(left).into_iter().chain([left]).any(|target| tree.text_of(target) == text)
                })
        };
        let all = tree.subtree(body).filter(|&id| sets(id) && !tree.within(id, literal));
        let all: Vec<NodeId> = all.collect();
        let [only] = all[..] else { return None };
        let statements = tree.statements(body);
        let index = statements.iter().position(|&statement| statement == only)?;
        let quiet = statements[..index].iter().all(|&before| !self.may_look(before, text, true));
        let alone = tree.child(only, Field::Left).is_some_and(|left| tree.operands(left).len() == 1);
        let lives_on =
            || tree.subtree(body).any(|id| tree.kind(id) == Kind::Go && self.goes_on_looking(id, text));
        // What it held before, under the name that it is saved by.
        let is_old = |id: NodeId| {
            let saved = self.scopes.meaning(id).and_then(|saved| self.only_value(saved));
            tree.kind(id) == Kind::Identifier && saved.is_some_and(|value| tree.text_of(value) == text)
        };
        let anew = || tree.child(only, Field::Right).is_some_and(|right| !tree.subtree(right).any(is_old));
        (quiet && alone && tree.kind(only) == Kind::Assignment && anew() && !lives_on()).then_some(only)
    }

    /// Whether a `go` statement may look at a state later: it names the state, or calls more than the library and what it has
    /// itself.
    fn goes_on_looking(&self, statement: NodeId, text: &str) -> bool {
        let tree = self.tree;
        tree.subtree(statement).any(|id| match tree.kind(id) {
            Kind::Call => match self.callee(id) {
                Callee::Builtin | Callee::Conversion => false,
                Callee::Literal(literal) => !tree.within(literal, id),
                Callee::Fact(_) => {
                    let path = self.receiver_of(id).and_then(|operand| self.import_path(operand));
                    path.is_some_and(|path| LOOKING.contains(&path))
                }
                _ => true,
            },
            Kind::Identifier | Kind::Selector => tree.text_of(id) == text,
            _ => false,
        })
    }

    /// Whether anything in a part of the text may look at a state, itself or through a call. `saves` lets `old := state`
    /// pass.
    fn may_look(&self, part: NodeId, text: &str, saves: bool) -> bool {
        let tree = self.tree;
        tree.subtree(part).any(|id| match tree.kind(id) {
            Kind::Call => !self.is_blind(id),
            Kind::Unary => tree.has_token(id, "<-"),
            Kind::Go | Kind::Send | Kind::Defer => true,
            Kind::Identifier | Kind::Selector if tree.text_of(id) == text => {
                let alone = tree.parent(id).filter(|&list| tree.kind(list) == Kind::ExpressionList);
                let owner = alone.and_then(|list| tree.parent(list));
                !saves || !owner.is_some_and(|owner| tree.kind(owner) == Kind::ShortVar)
            }
            _ => false,
        })
    }

    /// Whether a call cannot see a variable of another package: what the standard library computes, and what a test says.
    fn is_blind(&self, call: NodeId) -> bool {
        let operand = self.receiver_of(call);
        match self.callee(call) {
            Callee::Builtin | Callee::Conversion => true,
            Callee::Fact(_) => operand.is_some_and(|operand| match self.import_path(operand) {
                Some(path) => !path.contains('.') && !LOOKING.contains(&path),
                None => self.is_test(operand),
            }),
            _ => operand.is_some_and(|operand| self.is_test(operand)),
        }
    }
}

/// Whether each iteration calls what sets the state before anything else in it could look at the state, and nothing looks
/// at it after the loop. `call` is the deferred one.
pub(super) fn is_set_afresh<'a, 't>(
    case: &Case<'a, 't>,
    src: Source<'a, 't>,
    call: NodeId,
    state: &str,
) -> bool {
    let tree = src.tree;
    let maker = src.function_of(call).and_then(|function| {
        let is_call = tree.kind(function) == Kind::Call;
        // Of a variable that gets several values, it is not known here which one is called.
        if is_call { Some(function) } else { src.only_value(src.scopes.meaning(function)?) }
    });
    let statements = tree.statements(case.body());
    let at = |part: NodeId| statements.iter().position(|&statement| tree.within(part, statement));
    let Some((maker, index)) = maker.and_then(|maker| Some((maker, at(maker)?))) else { return false };
    let direct = statements[index] == case.defer || tree.kind(statements[index]) == Kind::ShortVar;
    let quiet_before = statements[..index].iter().all(|&before| !src.may_look(before, state, false));
    let quiet_arguments = src.arguments(maker).iter().all(|&argument| !src.may_look(argument, state, false));
    let after = After::of(case, src);
    let looks_later = after
        .nodes()
        .any(|id| matches!(tree.kind(id), Kind::Identifier | Kind::Selector) && tree.text_of(id) == state);
    let seen_later = looks_later || after.may_look(state.contains('.'));
    direct
        && quiet_before
        && quiet_arguments
        && !header_looks(case, src, state)
        && !seen_later
        && !case.starts_goroutine()
}
