//! From the node of a type, or its text in the table, to the type.

use super::{Types, Written};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::predeclared::TYPES;
use crate::scope::Declares;
use crate::world::UnitId;

impl Types<'_, '_> {
    /// The type that a node writes.
    pub(super) fn node(&self, node: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        let inner = |field| tree.child(node, field).and_then(|part| self.node(part, depth)).map(Box::new);
        Some(match tree.kind(node) {
            Kind::TypeIdentifier => return self.name(node),
            Kind::QualifiedType => return self.qualified(node),
            Kind::PointerType => Written::Pointer(Box::new(self.node(tree.named(node).next()?, depth)?)),
            Kind::SliceType => Written::Slice(inner(Field::Element)?),
            Kind::ArrayType => {
                let length = tree.named(node).next().filter(|&id| tree.kind(id) == Kind::IntLiteral)?;
                Written::Array(tree.text_of(length).to_owned(), inner(Field::Element)?)
            }
            Kind::MapType => {
                let key = self.node(tree.named(node).next()?, depth)?;
                Written::Map(Box::new(key), inner(Field::Value)?)
            }
            Kind::ChannelType => Written::Channel(direction(tree, node), inner(Field::Value)?),
            Kind::FunctionType => return self.function(node, depth),
            Kind::InterfaceType if tree.named(node).next().is_none() => {
                Written::Any("interface{}".to_owned())
            }
            Kind::GenericType => {
                let of = self.node(tree.named(node).next()?, depth)?;
                let arguments = tree.child(node, Field::TypeArguments)?;
                let argument = |id| {
                    let id = if tree.kind(id) == Kind::Other { tree.named(id).next()? } else { id };
                    self.node(id, depth)
                };
                let arguments = tree.named(arguments).map(argument).collect::<Option<Vec<_>>>()?;
                Written::Applied(Box::new(of), arguments)
            }
            _ => return None,
        })
    }

    /// The type of a function by the node that has its parameters and results.
    pub(super) fn function(&self, node: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        if tree.child(node, Field::TypeParameters).is_some() {
            return None;
        }
        let list = tree.child(node, Field::Parameters)?;
        let mut parameters = Vec::new();
        let mut variadic = false;
        for declaration in tree.named(list) {
            let of = self.node(tree.child(declaration, Field::Type)?, depth)?;
            variadic = tree.kind(declaration) == Kind::VariadicParameter;
            let of = if variadic { Written::Slice(Box::new(of)) } else { of };
            let names = tree.named(declaration).filter(|&id| tree.field(id) == Field::Name).count().max(1);
            parameters.extend(std::iter::repeat_n(of, names));
        }
        Some(Written::Function { parameters, results: self.results(node, depth)?, variadic })
    }

    /// The types of a function's results.
    pub(super) fn results(&self, function: NodeId, depth: usize) -> Option<Vec<Written>> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        let Some(result) = tree.child(function, Field::Result) else { return Some(Vec::new()) };
        if tree.kind(result) != Kind::ParameterList {
            return Some(vec![self.node(result, depth)?]);
        }
        let mut results = Vec::new();
        for declaration in tree.named(result) {
            let of = self.node(tree.child(declaration, Field::Type)?, depth)?;
            let names = tree.named(declaration).filter(|&id| tree.field(id) == Field::Name).count().max(1);
            results.extend(std::iter::repeat_n(of, names));
        }
        Some(results)
    }

    fn name(&self, node: NodeId) -> Option<Written> {
        let tree = self.tree;
        let name = tree.text_of(node).to_owned();
        let package = self.package().map(str::to_owned);
        let Some(binding) = self.scopes.meaning(node) else {
            if TYPES.contains(&name.as_str()) {
                return Some(Written::Predeclared(name));
            }
            // A dot import of another file gives a name that means nothing here.
            let is_known = self.unit == UnitId::MAIN || self.is_type_elsewhere(self.package(), &name);
            return is_known.then_some(Written::Declared { package, name });
        };
        let binding = self.scopes.get(binding);
        if binding.declares != Declares::Type {
            return None;
        }
        if binding.scope == Tree::ROOT {
            return Some(Written::Declared { package, name });
        }
        let parent = tree.parent(binding.at)?;
        let is_parameter = tree.kind(parent) == Kind::TypeParameterDeclaration
            || tree.ancestors(binding.at).any(|up| tree.field(up) == Field::Receiver);
        let here = self.unit == UnitId::MAIN && binding.function.is_some();
        (is_parameter && here).then_some(Written::Parameter(name))
    }

    fn qualified(&self, node: NodeId) -> Option<Written> {
        let package = self.tree.child_of_kind(node, Kind::PackageIdentifier)?;
        let path = self.scopes.import_path(package)?.to_owned();
        let name = self.tree.text_of(self.tree.child(node, Field::Name)?).to_owned();
        Some(Written::Declared { package: Some(path), name })
    }
}

/// The direction of a channel type.
fn direction(tree: &Tree<'_>, node: NodeId) -> &'static str {
    let tokens: Vec<&str> =
        tree.children(node).filter(|&id| tree.kind(id) == Kind::Token).map(|id| tree.text_of(id)).collect();
    match tokens[..] {
        ["<-", ..] => "<-chan",
        ["chan", "<-", ..] => "chan<-",
        _ => "chan",
    }
}

/// A type of the table of signatures, in the package with the path `package`.
pub(super) fn from_table(text: &str, package: &str) -> Option<Written> {
    let inner = |text| from_table(text, package).map(Box::new);
    if let Some(of) = text.strip_prefix('*') {
        return Some(Written::Pointer(inner(of)?));
    }
    if let Some(of) = text.strip_prefix("[]") {
        return Some(Written::Slice(inner(of)?));
    }
    if let Some(rest) = text.strip_prefix("map[") {
        let (key, value) = rest.split_once(']')?;
        return Some(Written::Map(inner(key)?, inner(value)?));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (length, of) = rest.split_once(']')?;
        return Some(Written::Array(length.to_owned(), inner(of)?));
    }
    for kind in ["<-chan", "chan<-", "chan"] {
        if let Some(of) = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix(' ')) {
            return Some(Written::Channel(kind, inner(of)?));
        }
    }
    if TYPES.contains(&text) {
        return Some(Written::predeclared(text));
    }
    let (package, name) = text.rsplit_once('.').unwrap_or((package, text));
    let is_word = |one: char| one == '_' || one.is_alphanumeric();
    let is_name = name.starts_with(char::is_uppercase) && name.chars().all(is_word);
    is_name.then(|| Written::Declared { package: Some(package.to_owned()), name: name.to_owned() })
}
