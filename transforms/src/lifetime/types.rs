//! Types as far as syntax and the resource table give them, and what a call calls.

use crate::flow::Flow;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::resources::{Fact, Resources};
use crate::scope::{BindingId, Declares, Scopes};

/// How far a chain of declarations is followed.
pub(super) const DEPTH: usize = 40;

/// The type of an expression. Pointers are not told from what they point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Numbers, strings, bools, errors, and structures of nothing else.
    Plain,
    /// A slice of bytes: plain unless it is a view of someone's memory.
    Bytes,
    /// A type of the resource table.
    Known(&'static str),
    /// A type node of this file: a structure, slice, map, channel, or a declared type of one.
    Node(NodeId),
    Function,
    Unknown,
}

/// What a call calls.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee<'a> {
    /// A predeclared function.
    Builtin,
    Conversion,
    /// Something that the table knows.
    Fact(&'a Fact),
    /// A function or method of this file.
    Declared(NodeId),
    /// A function literal, called on the spot or through the one variable that it was given to.
    Literal(NodeId),
    Unknown,
}

/// The file, as all questions of this module need it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, 't> {
    pub(super) tree: &'a Tree<'t>,
    pub(super) scopes: &'a Scopes<'t>,
    pub(super) flow: &'a Flow<'a, 't>,
    pub(super) resources: &'a Resources,
}

pub(super) const PLAIN: &[&str] = &[
    "bool",
    "string",
    "error",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uintptr",
    "byte",
    "rune",
    "float32",
    "float64",
    "complex64",
    "complex128",
];

const BUILTINS: &[&str] = &[
    "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max", "min",
    "new", "panic", "print", "println", "real", "recover",
];

/// Plain types of packages.
pub(super) const PLAIN_OF_PACKAGES: &[(&str, &str)] = &[
    ("time", "Time"),
    ("time", "Duration"),
    ("os", "FileInfo"),
    ("os", "FileMode"),
    ("io/fs", "FileInfo"),
    ("io/fs", "FileMode"),
    ("net", "IP"),
    ("net", "IPNet"),
    ("net/http", "Header"),
    ("net/url", "URL"),
    ("net/url", "Values"),
    ("strings", "Builder"),
    ("big", "Int"),
];

impl<'a, 't> Source<'a, 't> {
    /// The identifier at the bottom of a selector, index, slice, assertion, address or call chain.
    pub(super) fn root(&self, mut id: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        loop {
            id = match tree.kind(id) {
                Kind::Identifier => return Some(id),
                Kind::Parenthesized => tree.named(id).next()?,
                Kind::Selector | Kind::Index | Kind::Slice | Kind::TypeAssertion | Kind::Unary => {
                    tree.child(id, Field::Operand)?
                }
                Kind::Call => tree.child(id, Field::Function)?,
                _ => return None,
            };
        }
    }

    /// The variable at the bottom of an expression.
    pub(super) fn root_variable(&self, id: NodeId) -> Option<BindingId> {
        let binding = self.scopes.meaning(self.root(id)?)?;
        self.is_variable(binding).then_some(binding)
    }

    pub(super) fn is_variable(&self, binding: BindingId) -> bool {
        matches!(
            self.scopes.get(binding).declares,
            Declares::Variable | Declares::Parameter | Declares::Result
        )
    }

    /// Whether an expression is a running test.
    pub(super) fn is_test(&self, expression: NodeId) -> bool {
        let tests = ["testing.T", "testing.B", "testing.TB", "testing.F"];
        matches!(self.type_of(expression), Type::Known(name) if tests.contains(&name))
    }

    pub(super) fn arguments(&self, call: NodeId) -> Vec<NodeId> {
        let list = self.tree.child(call, Field::Arguments);
        list.map_or_else(Vec::new, |list| self.tree.named(list).collect())
    }

    pub(super) fn function_of(&self, call: NodeId) -> Option<NodeId> {
        Some(self.tree.unparenthesized(self.tree.child(call, Field::Function)?))
    }

    /// The last name of the called function, for messages and rules about names that leave no doubt.
    pub(super) fn called_name(&self, call: NodeId) -> &'t str {
        let Some(function) = self.function_of(call) else { return "" };
        match self.tree.kind(function) {
            Kind::Identifier => self.tree.text_of(function),
            Kind::Selector => {
                self.tree.child(function, Field::Selected).map_or("", |name| self.tree.text_of(name))
            }
            _ => "",
        }
    }

    pub(super) fn callee(&self, call: NodeId) -> Callee<'a> {
        self.callee_within(call, DEPTH)
    }

    pub(super) fn callee_within(&self, call: NodeId, depth: usize) -> Callee<'a> {
        match self.callee_by_name(call, depth) {
            Callee::Fact(fact) if fact.most < self.results_taken(call) => Callee::Unknown,
            callee => callee,
        }
    }

    /// How many results of a call the statement around it takes.
    fn results_taken(&self, call: NodeId) -> usize {
        let tree = self.tree;
        let alone = |&list: &NodeId| tree.kind(list) == Kind::ExpressionList && tree.operands(list) == [call];
        let Some(owner) = tree.parent(call).filter(alone).and_then(|list| tree.parent(list)) else {
            return 1;
        };
        match tree.child(owner, Field::Left) {
            Some(targets) => tree.operands(targets).len(),
            None => tree.named(owner).filter(|&id| tree.field(id) == Field::Name).count(),
        }
    }

    fn callee_by_name(&self, call: NodeId, depth: usize) -> Callee<'a> {
        let tree = self.tree;
        let Some(function) = self.function_of(call) else { return Callee::Unknown };
        match tree.kind(function) {
            Kind::FunctionLiteral => Callee::Literal(function),
            Kind::Identifier => self.callee_named(function, depth),
            Kind::Selector => self.callee_selected(function, depth),
            Kind::SliceType | Kind::ArrayType | Kind::MapType | Kind::PointerType | Kind::InterfaceType => {
                Callee::Conversion
            }
            _ => match self.type_within(function, depth) {
                Type::Known(name) => self.fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
                _ => Callee::Unknown,
            },
        }
    }

    pub(super) fn callee_named(&self, name: NodeId, depth: usize) -> Callee<'a> {
        let text = self.tree.text_of(name);
        let Some(binding) = self.scopes.meaning(name) else {
            return if BUILTINS.contains(&text) {
                Callee::Builtin
            } else if PLAIN.contains(&text) || text == "any" {
                Callee::Conversion
            } else {
                Callee::Unknown
            };
        };
        match self.scopes.get(binding).declares {
            Declares::Type => Callee::Conversion,
            Declares::Function => self
                .tree
                .parent(self.scopes.get(binding).at)
                .filter(|&at| self.tree.kind(at) == Kind::FunctionDeclaration)
                .map_or(Callee::Unknown, Callee::Declared),
            Declares::Variable | Declares::Parameter | Declares::Result => {
                if let Some(literal) = self.literal_of(binding) {
                    return Callee::Literal(literal);
                }
                match self.type_of_binding(binding, depth) {
                    Type::Known(name) => self.fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
                    _ => Callee::Unknown,
                }
            }
            _ => Callee::Unknown,
        }
    }

    /// The function literal that a variable stands for, where it is given one once and nothing else.
    pub(super) fn literal_of(&self, binding: BindingId) -> Option<NodeId> {
        let tree = self.tree;
        let binding = self.scopes.get(binding);
        let mut value = None;
        for &mention in &binding.mentions {
            match crate::scope::access(tree, mention) {
                crate::scope::Access::Read => {}
                crate::scope::Access::Write if value.is_none() => value = self.value_given(mention),
                crate::scope::Access::Write if mention == binding.at => {}
                _ => return None,
            }
        }
        value
            .map(|value| tree.unparenthesized(value))
            .filter(|&value| tree.kind(value) == Kind::FunctionLiteral)
    }

    /// The expression that a write gives to the name, where each name of the statement has its own.
    pub(super) fn value_given(&self, mention: NodeId) -> Option<NodeId> {
        let (values, index, count) = self.values_given(mention)?;
        (values.len() == count).then(|| values[index])
    }

    /// The values on the right of the statement that writes to `target`, the target's place, and the number of targets.
    pub(super) fn values_given(&self, target: NodeId) -> Option<(Vec<NodeId>, usize, usize)> {
        let tree = self.tree;
        let parent = tree.parent(target)?;
        if tree.kind(parent) == Kind::VarSpec {
            let names: Vec<NodeId> = tree.named(parent).filter(|&id| tree.field(id) == Field::Name).collect();
            let index = names.iter().position(|&name| name == target)?;
            let values = tree.operands(tree.child(parent, Field::Value)?);
            return Some((values, index, names.len()));
        }
        let owner = tree.parent(parent)?;
        if !matches!(tree.kind(owner), Kind::ShortVar | Kind::Assignment | Kind::Receive) {
            return None;
        }
        let targets = tree.operands(parent);
        let index = targets.iter().position(|&at| at == target)?;
        Some((tree.operands(tree.child(owner, Field::Right)?), index, targets.len()))
    }

    pub(super) fn callee_selected(&self, selector: NodeId, depth: usize) -> Callee<'a> {
        let tree = self.tree;
        let (Some(operand), Some(name)) =
            (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected))
        else {
            return Callee::Unknown;
        };
        let name = tree.text_of(name);
        if let Some(path) = self.import_path(operand) {
            if PLAIN_OF_PACKAGES.contains(&(path, name)) {
                return Callee::Conversion;
            }
            return self.fact(path, name).map_or(Callee::Unknown, Callee::Fact);
        }
        match self.type_within(operand, depth.saturating_sub(1)) {
            Type::Known(of) => self.fact(of, name).map_or(Callee::Unknown, Callee::Fact),
            Type::Node(spec) => self.method(spec, name).map_or(Callee::Unknown, Callee::Declared),
            _ => Callee::Unknown,
        }
    }

    /// A fact of the table, with the life of the table.
    pub(super) fn fact(&self, owner: &str, name: &str) -> Option<&'a Fact> {
        self.resources.fact(owner, name)
    }

    pub(super) fn import_path(&self, operand: NodeId) -> Option<&'t str> {
        if self.tree.kind(operand) == Kind::Identifier { self.scopes.import_path(operand) } else { None }
    }

    /// The method of a type that this file declares.
    pub(super) fn method(&self, spec: NodeId, name: &str) -> Option<NodeId> {
        let tree = self.tree;
        let type_name = tree.text_of(tree.child(spec, Field::Name)?);
        let mut at = 1;
        while at < tree.len() as u32 {
            let node = NodeId(at);
            if tree.kind(node) == Kind::MethodDeclaration
                && tree.child(node, Field::Name).is_some_and(|id| tree.text_of(id) == name)
                && let Some(receiver) = tree.child(node, Field::Receiver)
                && tree
                    .subtree(receiver)
                    .any(|id| tree.kind(id) == Kind::TypeIdentifier && tree.text_of(id) == type_name)
            {
                return Some(node);
            }
            at = tree.last(node).max(at + 1);
        }
        None
    }
}
