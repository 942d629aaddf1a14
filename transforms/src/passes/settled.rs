//! Which operands of a `return` are the same before and after the calls that are put in front of it.

use crate::facts::File;
use crate::lifetime::{Ask, Called};
use crate::nilness::arguments;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, Declares, access};

/// What is known about the calls in front of a `return`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls<'c> {
    /// The calls of the defers.
    pub(crate) calls: &'c [NodeId],
    /// The variables that hold what they release; nothing where that is not known.
    pub(crate) holders: Option<&'c [BindingId]>,
}

/// Answers for some calls of one function.
pub(super) struct Settled<'r, 'a, 't> {
    file: &'r File<'a, 't>,
    ask: Ask<'a, 't>,
    function: NodeId,
    calls: Calls<'r>,
}

impl<'r, 'a, 't> Settled<'r, 'a, 't> {
    pub(super) fn new(file: &'r File<'a, 't>, function: NodeId, calls: Calls<'r>) -> Self {
        Settled { file, ask: Ask::of(file), function, calls }
    }

    /// Whether an operand is the same before and after the calls.
    pub(super) fn is_operand(&self, operand: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let parts = |id: NodeId| tree.named(id).all(|part| self.is_operand(part));
        let tame = self.calls.holders.is_some();
        match tree.kind(operand) {
            Kind::Nil
            | Kind::True
            | Kind::False
            | Kind::Iota
            | Kind::IntLiteral
            | Kind::FloatLiteral
            | Kind::ImaginaryLiteral
            | Kind::RuneLiteral
            | Kind::InterpretedString
            | Kind::RawString
            | Kind::FunctionLiteral
            | Kind::FieldIdentifier
            | Kind::TypeIdentifier => true,
            Kind::Identifier => match scopes.meaning(operand) {
                Some(binding) if self.ask.is_variable(binding) => self.is_variable(binding),
                _ => true,
            },
            Kind::Selector => {
                let owner = tree.child(operand, Field::Operand);
                let package = owner.is_some_and(|owner| scopes.import_path(owner).is_some());
                package || tame && owner.is_some_and(|owner| self.is_operand(owner))
            }
            Kind::Unary if tree.has_token(operand, "&") => tree
                .child(operand, Field::Operand)
                .is_some_and(|inner| tree.kind(inner) == Kind::Identifier || self.is_operand(inner)),
            Kind::Unary => !tree.has_token(operand, "*") && !tree.has_token(operand, "<-") && parts(operand),
            Kind::Parenthesized | Kind::Binary => parts(operand),
            Kind::CompositeLiteral => tree.child(operand, Field::Body).is_some_and(|body| self.is_body(body)),
            Kind::Call => {
                let copies = match self.ask.called(operand) {
                    Called::Builtin(name) => matches!(name, "len" | "cap"),
                    Called::Conversion => true,
                    Called::Known { owner, name, .. } => {
                        PURE.iter().any(|(known, names)| *known == owner && names.contains(&name))
                    }
                    _ => false,
                };
                let is_settled = |argument| self.is_operand(argument) || self.is_plain_field(argument);
                tame && copies && arguments(tree, operand).into_iter().all(is_settled)
            }
            _ => false,
        }
    }

    /// A number or text that stands in a field of what is released: it stays there.
    fn is_plain_field(&self, operand: NodeId) -> bool {
        let tree = self.file.tree;
        let owner = tree.child(operand, Field::Operand);
        tree.kind(operand) == Kind::Selector
            && self.ask.is_plain(operand)
            && owner.is_some_and(|owner| tree.kind(owner) == Kind::Identifier)
    }

    /// The elements of a composite literal; its keys may be names of fields.
    fn is_body(&self, body: NodeId) -> bool {
        let tree = self.file.tree;
        tree.named(body).all(|element| match tree.kind(element) {
            Kind::LiteralElement | Kind::KeyedElement | Kind::LiteralValue => self.is_body(element),
            _ => self.is_operand(element),
        })
    }

    /// A variable that the calls do not change: nobody but the function's own statements can, or they release what the
    /// standard library made, and it is no part of that.
    fn is_variable(&self, binding: BindingId) -> bool {
        let File { tree, scopes, flow, .. } = *self.file;
        let variable = scopes.get(binding);
        if let Some(holders) = self.calls.holders {
            return !holders.contains(&binding) && variable.declares != Declares::Result;
        }
        let in_call = |at: NodeId| self.calls.calls.iter().any(|&call| tree.within(at, call));
        variable.function.is_some()
            && variable.function == Some(self.function)
            && variable.mentions.iter().all(|&at| {
                let own = flow.nest.function(at) == variable.function;
                match access(tree, at) {
                    Access::Read => !in_call(at) || !is_receiver(self.file, at),
                    Access::Address => false,
                    Access::Write | Access::Update => own,
                }
            })
    }
}

/// Whether a method or a field of the variable is meant: a method may change it through its address.
fn is_receiver(file: &File<'_, '_>, mention: NodeId) -> bool {
    let tree = file.tree;
    tree.parent(mention).is_some_and(|up| tree.kind(up) == Kind::Selector)
}

/// Functions that only make a new value of their arguments, so that it does not matter whether a release of the standard
/// library comes before.
const PURE: &[(&str, &[&str])] = &[
    ("errors", &["New"]),
    ("fmt", &["Errorf", "Sprint", "Sprintf", "Sprintln"]),
    ("path/filepath", &["Base", "Dir", "Ext", "Join"]),
    ("strconv", &["Itoa", "Quote"]),
    ("strings", &["Join", "ToLower", "ToUpper", "TrimSpace"]),
];
