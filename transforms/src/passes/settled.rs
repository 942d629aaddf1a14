//! Which operands of a `return` are the same before and after the calls that are put in front of it.

use crate::copied::keeps_its_parts;
use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::nilness::arguments;
use crate::parse::{Field, Kind, NodeId, holds_of_all};
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
        Settled { file, ask: file.ask(), function, calls }
    }

    /// Whether an operand is the same before and after the calls.
    pub(super) fn is_operand(&self, operand: NodeId) -> bool {
        holds_of_all(operand, |part| self.parts(part))
    }

    /// What an operand is the same by; nothing where the calls may change it.
    fn parts(&self, operand: NodeId) -> Option<Vec<NodeId>> {
        let File { tree, scopes, .. } = *self.file;
        let child = |field| tree.child(operand, field);
        let has = |sign: &str| tree.has_token(operand, sign);
        let parts = || Some(tree.named(operand).collect());
        let tame = self.calls.holders.is_some();
        match tree.kind(operand) {
            Kind::Nil
            | Kind::True
            | Kind::False
            | Kind::Iota
            | Kind::FunctionLiteral
            | Kind::FieldIdentifier
            | Kind::TypeIdentifier => Some(Vec::new()),
            literal if literal.is_basic_literal() => Some(Vec::new()),
            Kind::Identifier => {
                let variable = scopes.meaning(operand).filter(|&binding| self.ask.is_variable(binding));
                variable.is_none_or(|binding| self.is_variable(binding)).then(Vec::new)
            }
            Kind::Selector => match child(Field::Operand)? {
                package if scopes.import_path(package).is_some() => Some(Vec::new()),
                owner => tame.then(|| vec![owner]),
            },
            Kind::Unary if has("&") => {
                let inner = child(Field::Operand)?;
                Some(if tree.kind(inner) == Kind::Identifier { Vec::new() } else { vec![inner] })
            }
            Kind::Unary if has("*") || has("<-") => None,
            // The keys of a composite literal may be names of fields.
            Kind::Unary
            | Kind::Parenthesized
            | Kind::Binary
            | Kind::LiteralElement
            | Kind::KeyedElement
            | Kind::LiteralValue => parts(),
            Kind::CompositeLiteral => child(Field::Body).map(|body| vec![body]),
            Kind::Call if tame && self.is_pure(operand) => {
                let arguments = arguments(tree, operand).into_iter();
                Some(arguments.filter(|&argument| !self.is_plain_field(argument)).collect())
            }
            _ => None,
        }
    }

    /// A call that only makes a new value of its arguments.
    fn is_pure(&self, call: NodeId) -> bool {
        match self.ask.called(call) {
            Called::Builtin(name) => matches!(name, "len" | "cap"),
            Called::Conversion => true,
            Called::Known { owner, name, .. } => {
                PURE.iter().any(|(known, names)| *known == owner && names.contains(&name))
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
            && keeps_its_parts(self.file, binding, |at| flow.nest.function(at) != variable.function)
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
