//! Types as far as syntax and the resource table give them, and what a call calls.

use crate::flow::Flow;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::resources::{Fact, Outcome, table};
use crate::scope::{BindingId, Declares, Scopes};

/// How far a chain of declarations is followed.
const DEPTH: usize = 40;

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
pub(super) enum Callee {
    /// A predeclared function.
    Builtin,
    Conversion,
    /// Something that the table knows.
    Fact(&'static Fact),
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
}

const PLAIN: &[&str] = &[
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
const PLAIN_OF_PACKAGES: &[(&str, &str)] = &[
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

impl<'t> Source<'_, 't> {
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

    pub(super) fn callee(&self, call: NodeId) -> Callee {
        self.callee_within(call, DEPTH)
    }

    fn callee_within(&self, call: NodeId, depth: usize) -> Callee {
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
                Type::Known(name) => fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
                _ => Callee::Unknown,
            },
        }
    }

    fn callee_named(&self, name: NodeId, depth: usize) -> Callee {
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
                    Type::Known(name) => fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
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

    fn callee_selected(&self, selector: NodeId, depth: usize) -> Callee {
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
            return fact(path, name).map_or(Callee::Unknown, Callee::Fact);
        }
        match self.type_within(operand, depth.saturating_sub(1)) {
            Type::Known(of) => fact(of, name).map_or(Callee::Unknown, Callee::Fact),
            Type::Node(spec) => self.method(spec, name).map_or(Callee::Unknown, Callee::Declared),
            _ => Callee::Unknown,
        }
    }

    pub(super) fn import_path(&self, operand: NodeId) -> Option<&'t str> {
        if self.tree.kind(operand) == Kind::Identifier { self.scopes.import_path(operand) } else { None }
    }

    /// The method of a type that this file declares.
    fn method(&self, spec: NodeId, name: &str) -> Option<NodeId> {
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

    pub(super) fn type_of(&self, expression: NodeId) -> Type {
        self.type_within(expression, DEPTH)
    }

    fn type_within(&self, expression: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        if depth == 0 {
            return Type::Unknown;
        }
        let operand = || tree.child(expression, Field::Operand);
        match tree.kind(expression) {
            Kind::Identifier => match self.scopes.meaning(expression) {
                Some(binding) => self.type_of_binding(binding, depth - 1),
                None => Type::Unknown,
            },
            Kind::Parenthesized => tree
                .named(expression)
                .next()
                .map_or(Type::Unknown, |inner| self.type_within(inner, depth - 1)),
            Kind::Unary => self.type_of_unary(expression, depth),
            Kind::Binary
            | Kind::IntLiteral
            | Kind::FloatLiteral
            | Kind::ImaginaryLiteral
            | Kind::RuneLiteral => Type::Plain,
            Kind::InterpretedString | Kind::RawString | Kind::True | Kind::False | Kind::Iota => Type::Plain,
            Kind::Selector => self.type_of_selector(expression, depth),
            Kind::Call => self.type_of_result(expression, 0, depth),
            Kind::CompositeLiteral | Kind::TypeAssertion | Kind::TypeConversion => tree
                .child(expression, Field::Type)
                .map_or(Type::Unknown, |node| self.type_of_node(node, depth - 1)),
            Kind::Index => {
                operand().map_or(Type::Unknown, |of| self.element(self.type_within(of, depth - 1), depth))
            }
            Kind::Slice => operand().map_or(Type::Unknown, |of| self.type_within(of, depth - 1)),
            Kind::FunctionLiteral => Type::Function,
            _ => Type::Unknown,
        }
    }

    fn type_of_unary(&self, expression: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(operand) = tree.child(expression, Field::Operand) else { return Type::Unknown };
        if tree.has_token(expression, "&") || tree.has_token(expression, "*") {
            return self.type_within(operand, depth - 1);
        }
        if tree.has_token(expression, "<-") {
            return self.element(self.type_within(operand, depth - 1), depth);
        }
        Type::Plain
    }

    fn type_of_selector(&self, selector: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let (Some(operand), Some(name)) =
            (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected))
        else {
            return Type::Unknown;
        };
        let name = tree.text_of(name);
        if let Some(path) = self.import_path(operand) {
            return fact(path, name).map_or(Type::Unknown, |fact| of_outcome(fact.result(0)));
        }
        match self.type_within(operand, depth - 1) {
            Type::Known(of) => fact(of, name).map_or(Type::Unknown, |fact| of_outcome(fact.result(0))),
            Type::Node(node) => self.type_of_field(node, name, depth),
            _ => Type::Unknown,
        }
    }

    fn type_of_field(&self, node: NodeId, name: &str, depth: usize) -> Type {
        let tree = self.tree;
        let Some(structure) = self.structure(node) else { return Type::Unknown };
        let mut at = structure.0;
        while at < tree.last(structure) {
            let node = NodeId(at);
            if tree.kind(node) == Kind::FieldIdentifier
                && tree.text_of(node) == name
                && tree.field(node) == Field::Name
                && let Some(declaration) = tree.parent(node)
                && let Some(of) = tree.child(declaration, Field::Type)
            {
                return self.type_of_node(of, depth.saturating_sub(1));
            }
            at += 1;
        }
        Type::Unknown
    }

    /// The structure type behind a type node.
    fn structure(&self, node: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let node = if tree.kind(node) == Kind::TypeSpec { tree.child(node, Field::Type)? } else { node };
        (tree.kind(node) == Kind::StructType).then_some(node)
    }

    /// What an element of a slice, array, map or channel is.
    pub(super) fn element(&self, of: Type, depth: usize) -> Type {
        let tree = self.tree;
        let Type::Node(node) = of else {
            return match of {
                Type::Plain | Type::Bytes | Type::Known("tick.C") => Type::Plain,
                _ => Type::Unknown,
            };
        };
        let node = if tree.kind(node) == Kind::TypeSpec {
            tree.child(node, Field::Type).unwrap_or(node)
        } else {
            node
        };
        let inner = match tree.kind(node) {
            Kind::SliceType | Kind::ArrayType => tree.child(node, Field::Element),
            Kind::MapType | Kind::ChannelType => tree.child(node, Field::Value),
            _ => None,
        };
        inner.map_or(Type::Unknown, |inner| self.type_of_node(inner, depth.saturating_sub(1)))
    }

    /// The type that a type node stands for.
    pub(super) fn type_of_node(&self, node: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        if depth == 0 {
            return Type::Unknown;
        }
        match tree.kind(node) {
            Kind::PointerType | Kind::Parenthesized => {
                tree.named(node).next().map_or(Type::Unknown, |inner| self.type_of_node(inner, depth - 1))
            }
            Kind::TypeIdentifier => self.type_named(node, depth),
            Kind::QualifiedType => self.type_qualified(node),
            Kind::SliceType | Kind::ArrayType => {
                let element = tree.child(node, Field::Element);
                match element.map(|element| (tree.text_of(element), self.type_of_node(element, depth - 1))) {
                    Some(("byte" | "uint8", _)) => Type::Bytes,
                    Some((_, Type::Plain)) => Type::Plain,
                    _ => Type::Node(node),
                }
            }
            Kind::MapType => {
                let plain = tree.named(node).all(|part| self.type_of_node(part, depth - 1) == Type::Plain);
                if plain { Type::Plain } else { Type::Node(node) }
            }
            Kind::FunctionType => Type::Function,
            Kind::StructType | Kind::ChannelType => Type::Node(node),
            _ => Type::Unknown,
        }
    }

    fn type_named(&self, name: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(binding) = self.scopes.meaning(name) else {
            return if PLAIN.contains(&tree.text_of(name)) { Type::Plain } else { Type::Unknown };
        };
        let Some(spec) = tree.parent(self.scopes.get(binding).at) else { return Type::Unknown };
        let Some(of) = tree.child(spec, Field::Type) else { return Type::Unknown };
        match tree.kind(spec) {
            Kind::TypeAlias => self.type_of_node(of, depth - 1),
            Kind::TypeSpec => match self.type_of_node(of, depth - 1) {
                Type::Plain => Type::Plain,
                Type::Node(inner)
                    if tree.kind(inner) == Kind::StructType && self.all_plain(inner, depth - 1) =>
                {
                    Type::Plain
                }
                Type::Function => Type::Function,
                _ => Type::Node(spec),
            },
            _ => Type::Unknown,
        }
    }

    fn all_plain(&self, structure: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        let mut fields = tree.subtree(structure).filter(|&id| {
            tree.field(id) == Field::Type
                && tree.parent(id).is_some_and(|parent| tree.kind(parent) == Kind::Other)
        });
        depth > 0 && fields.all(|of| self.type_of_node(of, depth - 1) == Type::Plain)
    }

    fn type_qualified(&self, node: NodeId) -> Type {
        let tree = self.tree;
        let (Some(package), Some(name)) =
            (tree.child_of_kind(node, Kind::PackageIdentifier), tree.child(node, Field::Name))
        else {
            return Type::Unknown;
        };
        let (Some(path), name) = (self.scopes.import_path(package), tree.text_of(name)) else {
            return Type::Unknown;
        };
        if PLAIN_OF_PACKAGES.contains(&(path, name)) {
            return Type::Plain;
        }
        table().known(&format!("{path}.{name}")).map_or(Type::Unknown, Type::Known)
    }

    /// The type of result number `index` of a call.
    pub(super) fn type_of_result(&self, call: NodeId, index: usize, depth: usize) -> Type {
        let tree = self.tree;
        match self.callee_within(call, depth.saturating_sub(1)) {
            Callee::Fact(fact) => of_outcome(fact.result(index)),
            Callee::Declared(function) | Callee::Literal(function) => {
                self.type_of_declared(function, index, depth)
            }
            Callee::Conversion => self.function_of(call).map_or(Type::Unknown, |function| {
                match (tree.kind(function), tree.text_of(function)) {
                    (Kind::Identifier, text)
                        if PLAIN.contains(&text) && self.scopes.meaning(function).is_none() =>
                    {
                        Type::Plain
                    }
                    (_, "[]byte") => Type::Bytes,
                    (Kind::Identifier, _) => self.type_named(function, depth.max(2) - 1),
                    (Kind::Selector, _) => Type::Plain,
                    _ => Type::Unknown,
                }
            }),
            Callee::Builtin => self.type_of_builtin(call, depth),
            Callee::Unknown => Type::Unknown,
        }
    }

    fn type_of_builtin(&self, call: NodeId, depth: usize) -> Type {
        let first = self.arguments(call).first().copied();
        match (self.called_name(call), first) {
            ("new" | "make", Some(of)) => self.type_of_node(of, depth.saturating_sub(1)),
            ("append", Some(of)) => self.type_within(of, depth.saturating_sub(1)),
            ("recover", _) => Type::Unknown,
            _ => Type::Plain,
        }
    }

    /// The declared type of a result of a function of this file.
    fn type_of_declared(&self, function: NodeId, index: usize, depth: usize) -> Type {
        let tree = self.tree;
        let Some(result) = tree.child(function, Field::Result) else { return Type::Plain };
        if tree.kind(result) != Kind::ParameterList {
            return if index == 0 {
                self.type_of_node(result, depth.saturating_sub(1))
            } else {
                Type::Unknown
            };
        }
        let mut place = 0;
        for declaration in tree.named(result) {
            let names = tree.named(declaration).filter(|&id| tree.field(id) == Field::Name).count().max(1);
            if index < place + names {
                let of = tree.child(declaration, Field::Type);
                return of.map_or(Type::Unknown, |of| self.type_of_node(of, depth.saturating_sub(1)));
            }
            place += names;
        }
        Type::Unknown
    }

    pub(super) fn type_of_variable(&self, binding: BindingId) -> Type {
        self.type_of_binding(binding, DEPTH)
    }

    fn type_of_binding(&self, binding: BindingId, depth: usize) -> Type {
        match self.declared_type(binding, depth) {
            Type::Unknown if self.looks_like_response(binding) => Type::Known("net/http.Response"),
            known => known,
        }
    }

    /// A variable of unknown type with a `Body` to close and a `StatusCode`: an `http.Response` in all but name.
    /// Where it comes from stays unknown, so this can never prove anything; it only tells plain fields apart.
    fn looks_like_response(&self, binding: BindingId) -> bool {
        let tree = self.tree;
        let (mut closed, mut status) = (false, false);
        for &mention in self.scopes.get(binding).mentions.iter().take(64) {
            let Some(parent) = tree.parent(mention).filter(|&at| tree.kind(at) == Kind::Selector) else {
                continue;
            };
            match tree.child(parent, Field::Selected).map(|name| tree.text_of(name)) {
                Some("StatusCode" | "Status") => status = true,
                Some("Body") => {
                    closed |= tree.parent(parent).is_some_and(|up| tree.text_of(up).ends_with(".Body.Close"));
                }
                _ => {}
            }
        }
        closed && status
    }

    fn declared_type(&self, binding: BindingId, depth: usize) -> Type {
        let tree = self.tree;
        let binding = self.scopes.get(binding);
        let Some(parent) = tree.parent(binding.at) else { return Type::Unknown };
        if depth == 0 {
            return Type::Unknown;
        }
        match tree.kind(parent) {
            Kind::ParameterDeclaration => {
                tree.child(parent, Field::Type).map_or(Type::Unknown, |of| self.type_of_node(of, depth - 1))
            }
            Kind::VarSpec => match tree.child(parent, Field::Type) {
                Some(of) => self.type_of_node(of, depth - 1),
                None => self.type_given(binding.at, depth),
            },
            Kind::ConstSpec => Type::Plain,
            Kind::FunctionDeclaration => Type::Function,
            Kind::ExpressionList => match tree.parent(parent).map(|owner| (owner, tree.kind(owner))) {
                Some((owner, Kind::RangeClause)) => self.type_ranged(owner, parent, binding.at, depth),
                Some(_) => self.type_given(binding.at, depth),
                None => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    fn type_given(&self, at: NodeId, depth: usize) -> Type {
        let Some((values, index, count)) = self.values_given(at) else { return Type::Unknown };
        if values.len() == count {
            return self.type_within(values[index], depth - 1);
        }
        let Some(&value) = values.first() else { return Type::Unknown };
        let value = self.tree.unparenthesized(value);
        match self.tree.kind(value) {
            Kind::Call => self.type_of_result(value, index, depth - 1),
            _ if index == 0 => self.type_within(value, depth - 1),
            _ => Type::Plain,
        }
    }

    fn type_ranged(&self, clause: NodeId, list: NodeId, at: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(right) = tree.child(clause, Field::Right) else { return Type::Unknown };
        let of = self.type_within(right, depth - 1);
        if tree.operands(list).first() != Some(&at) {
            return self.element(of, depth);
        }
        match of {
            Type::Plain | Type::Bytes => Type::Plain,
            Type::Node(node) => match tree.kind(node) {
                Kind::SliceType | Kind::ArrayType => Type::Plain,
                Kind::MapType => {
                    tree.named(node).next().map_or(Type::Unknown, |key| self.type_of_node(key, depth - 1))
                }
                Kind::ChannelType => self.element(of, depth),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }
}

/// A fact of the table, with the life of the table.
fn fact(owner: &str, name: &str) -> Option<&'static Fact> {
    table().fact(owner, name)
}

fn of_outcome(outcome: Outcome) -> Type {
    match outcome {
        Outcome::Plain | Outcome::Name | Outcome::Text | Outcome::Address => Type::Plain,
        Outcome::Memory => Type::Bytes,
        Outcome::Value { of: "func", .. } => Type::Function,
        Outcome::Value { of, .. } => Type::Known(of),
        Outcome::Unknown => Type::Unknown,
    }
}
