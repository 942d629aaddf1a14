//! Memory that a `runtime.Pinner` holds still: whoever has its address after the iteration counts on that.

use super::carry::Happening;
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access};
use crate::verdict::Reason;

/// An address of what the deferred `Unpin` lets go that is stored outside of the iteration, or sent.
pub(super) fn address_leaves<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let tree = src.tree;
    let is_pinner = |call: NodeId| {
        src.receiver_of(call).is_some_and(|pin| src.type_of(pin) == Type::Known("runtime.Pinner"))
    };
    let unpin = case.call().filter(|&call| src.called_name(call) == "Unpin" && is_pinner(call))?;
    let pinner = src.root_variable(src.receiver_of(unpin)?)?;
    let pins = |&call: &NodeId| {
        tree.kind(call) == Kind::Call
            && src.called_name(call) == "Pin"
            && src.receiver_of(call).and_then(|pin| src.root_variable(pin)) == Some(pinner)
    };
    tree.subtree(case.body()).filter(pins).find_map(|pin| {
        let memory = tree.unparenthesized(*src.arguments(pin).first()?);
        let is_whole = tree.kind(memory) == Kind::Identifier;
        let root = root_of(src, memory)?;
        let mentions = src.scopes.get(root).mentions.iter().copied();
        let inside = mentions.filter(|&at| tree.within(at, case.body()) && !tree.within(at, pin));
        inside.into_iter().find_map(|at| leaves(case, src, at, is_whole))
    })
}

/// The variable whose memory an address means: `b` of `&b[0]` and of `unsafe.SliceData(b)`.
fn root_of(src: Source<'_, '_>, address: NodeId) -> Option<BindingId> {
    let given = src.arguments(address).first().copied().filter(|_| src.tree.kind(address) == Kind::Call);
    src.root_variable(given.unwrap_or(address))
}

/// Where the address that a mention is part of goes, if that is out of the iteration.
fn leaves<'a, 't>(
    case: &Case<'a, 't>,
    src: Source<'a, 't>,
    mention: NodeId,
    whole: bool,
) -> Option<Happening> {
    let tree = src.tree;
    let (mut at, mut is_address) = (mention, whole);
    loop {
        let up = tree.parent(at)?;
        match tree.kind(up) {
            Kind::Unary => is_address |= tree.has_token(up, "&"),
            Kind::Index | Kind::Selector if tree.field(at) == Field::Operand => {}
            Kind::ArgumentList => {
                let call = tree.parent(up)?;
                let callee = tree.child(call, Field::Function)?;
                let operand = tree.child(callee, Field::Operand);
                let of_unsafe = operand.and_then(|operand| src.import_path(operand)) == Some("unsafe");
                let is_append = src.is_append(call);
                if !of_unsafe && !is_append && !matches!(src.callee(call), Callee::Conversion) {
                    return None;
                }
                is_address |= of_unsafe;
            }
            Kind::Send if is_address && tree.field(at) == Field::Value => {
                let message =
                    format!("the address of `{}` is sent while it is pinned", tree.text_of(mention));
                return Some(Happening { reason: Reason::SentOnChannel, message, at: mention });
            }
            Kind::ExpressionList => {
                let statement = tree.parent(up)?;
                let left = tree.child(statement, Field::Left).filter(|&left| left != up)?;
                let is_outer = |&target: &NodeId| {
                    src.root_variable(target)
                        .is_none_or(|root| !tree.within(src.scopes.get(root).at, case.body()))
                        && tree.text_of(target) != "_"
                        && access(tree, target) == Access::Write
                };
                let target = tree.operands(left).into_iter().find(is_outer).filter(|_| is_address)?;
                let message = format!(
                    "the address of `{}` is stored in `{}`, which outlives the iteration",
                    tree.text_of(mention),
                    tree.text_of(target)
                );
                return Some(Happening { reason: Reason::StoredOutside, message, at: mention });
            }
            Kind::Parenthesized
            | Kind::Call
            | Kind::TypeConversion
            | Kind::CompositeLiteral
            | Kind::LiteralValue
            | Kind::LiteralElement
            | Kind::KeyedElement => {}
            _ => return None,
        }
        at = up;
    }
}
