//! What constructors are given: constants whose value the text shows.

use crate::file::File;
use crate::parse::{Field, Kind, NodeId, holds_of_all};
use crate::scope::Declares;

/// A compression level that no constructor refuses.
pub(super) fn is_level(file: &File<'_, '_>, level: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let level = tree.unparenthesized(level);
    match tree.kind(level) {
        Kind::Selector => {
            let package = tree.child(level, Field::Operand).and_then(|of| scopes.import_path(of));
            let name = tree.child(level, Field::Selected).map_or("", |name| tree.text_of(name));
            package.is_some_and(|path| path.starts_with("compress/")) && LEVELS.contains(&name)
        }
        Kind::IntLiteral | Kind::Unary => matches!(tree.text_of(level).parse::<i8>(), Ok(-2..=9)),
        Kind::Identifier => constant_value(file, level).is_some_and(|value| is_level(file, value)),
        _ => false,
    }
}

/// A constant expression of literals and of constants that this file declares at package level.
pub(super) fn is_constant(file: &File<'_, '_>, value: NodeId) -> bool {
    let tree = file.tree;
    holds_of_all(value, |part| match tree.kind(part) {
        Kind::IntLiteral => Some(Vec::new()),
        Kind::Parenthesized | Kind::Binary | Kind::Unary => Some(tree.named(part).collect()),
        Kind::Identifier => constant_value(file, part).map(|value| vec![value]),
        _ => None,
    })
}

/// The value of a constant that this file declares at package level, alone and with a value of its own.
fn constant_value(file: &File<'_, '_>, name: NodeId) -> Option<NodeId> {
    let File { tree, scopes, .. } = *file;
    let binding = scopes.get(scopes.meaning(name)?);
    let is_constant = binding.declares == Declares::Constant && binding.function.is_none();
    let spec = tree.parent(binding.at).filter(|_| is_constant)?;
    let names = tree.named(spec).filter(|&id| tree.field(id) == Field::Name).count();
    let values = tree.child(spec, Field::Value).map(|values| tree.operands(values))?;
    // A constant that its own value mentions would be looked at for ever.
    let value = *values.first().filter(|_| names == 1 && values.len() == 1)?;
    (!tree.subtree(value).any(|id| tree.kind(id) == Kind::Identifier)).then_some(value)
}

/// Constants of the packages below `compress`.
const LEVELS: &[&str] =
    &["BestSpeed", "BestCompression", "DefaultCompression", "NoCompression", "HuffmanOnly"];
