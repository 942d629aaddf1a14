//! The types of variables and expressions, as the specification gives them.

use super::{Types, Written};
use crate::parse::{Field, Kind, NodeId};
use crate::predeclared::TYPES;
use crate::scope::{BindingId, Declares};

impl Types<'_, '_> {
    /// The type of what a name is bound to.
    pub(super) fn binding(&self, binding: BindingId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        let binding = self.scopes.get(binding);
        let parent = tree.parent(binding.at)?;
        match tree.kind(parent) {
            Kind::ParameterDeclaration => self.node(tree.child(parent, Field::Type)?, depth),
            Kind::VariadicParameter => {
                Some(Written::Slice(Box::new(self.node(tree.child(parent, Field::Type)?, depth)?)))
            }
            Kind::VarSpec | Kind::ConstSpec => match tree.child(parent, Field::Type) {
                Some(of) => self.node(of, depth),
                None => self.given(binding.at, depth),
            },
            Kind::FunctionDeclaration => self.function(parent, depth),
            Kind::ExpressionList => {
                let owner = tree.parent(parent)?;
                match tree.kind(owner) {
                    Kind::RangeClause => self.ranged(owner, parent, binding.at, depth),
                    Kind::ShortVar | Kind::Receive => self.given(binding.at, depth),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The type of the variable that a binding is, and of nothing else.
    pub(super) fn variable(&self, binding: BindingId, depth: usize) -> Option<Written> {
        self.is_variable(binding).then(|| self.binding(binding, depth)).flatten()
    }

    /// The type that a declaration without one gives to a name.
    fn given(&self, name: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let list = tree.parent(name)?;
        let (names, values) = if matches!(tree.kind(list), Kind::VarSpec | Kind::ConstSpec) {
            let names = tree.named(list).filter(|&id| tree.field(id) == Field::Name).collect::<Vec<_>>();
            (names, tree.child(list, Field::Value)?)
        } else {
            (tree.operands(list), tree.child(tree.parent(list)?, Field::Right)?)
        };
        let index = names.iter().position(|&id| id == name)?;
        let values = tree.operands(values);
        if values.len() == names.len() {
            return self.expression(values[index], depth);
        }
        let [value] = values[..] else { return None };
        let value = tree.unparenthesized(value);
        match tree.kind(value) {
            Kind::Call => self.result(value, index, depth),
            // `v, ok := m[k]` and its like.
            _ if index == 0 => self.expression(value, depth),
            _ => Some(Written::predeclared("bool")),
        }
    }

    /// What a range clause gives to one of its variables (spec, "For statements with range clause").
    fn ranged(&self, clause: NodeId, list: NodeId, name: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let over = tree.child(clause, Field::Right)?;
        let first = tree.operands(list).first() == Some(&name);
        let of = self.expression(over, depth)?;
        let int = || Some(Written::predeclared("int"));
        let made_of = self.underlying(of.clone(), depth)?;
        match self.behind_pointer(made_of, depth)? {
            Written::Slice(_) | Written::Array(..) if first => int(),
            Written::Slice(element) | Written::Array(_, element) => Some(*element),
            Written::Map(key, value) => Some(if first { *key } else { *value }),
            Written::Channel(_, element) => first.then_some(*element),
            Written::Predeclared(name) if name == "string" => {
                if first {
                    int()
                } else {
                    Some(Written::predeclared("rune"))
                }
            }
            Written::Predeclared(name) if first && is_integer(&name) => Some(of),
            Written::Function { parameters, .. } => {
                let [Written::Function { parameters, .. }] = &parameters[..] else { return None };
                parameters.get(usize::from(!first)).cloned()
            }
            _ => None,
        }
    }

    /// An array for a pointer to one, any other type as it is.
    fn behind_pointer(&self, of: Written, depth: usize) -> Option<Written> {
        match of {
            Written::Pointer(of) => self.underlying(*of, depth).filter(|of| matches!(of, Written::Array(..))),
            of => Some(of),
        }
    }

    /// The type of an expression that is one value; of an untyped constant the default type.
    pub(super) fn expression(&self, expression: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        let operand = || tree.child(expression, Field::Operand);
        let predeclared = |name| Some(Written::predeclared(name));
        match tree.kind(expression) {
            Kind::Identifier => self.named(expression, depth),
            Kind::Parenthesized => self.expression(tree.named(expression).next()?, depth),
            Kind::Unary => self.unary(expression, operand()?, depth),
            Kind::Binary => self.binary(expression, depth),
            Kind::True | Kind::False => predeclared("bool"),
            Kind::IntLiteral => predeclared("int"),
            Kind::FloatLiteral => predeclared("float64"),
            Kind::RuneLiteral => predeclared("rune"),
            Kind::ImaginaryLiteral => predeclared("complex128"),
            Kind::InterpretedString | Kind::RawString => predeclared("string"),
            Kind::CompositeLiteral | Kind::TypeAssertion | Kind::TypeConversion => {
                self.node(tree.child(expression, Field::Type)?, depth)
            }
            Kind::Call => self.result(expression, 0, depth),
            Kind::Index => self.element(self.expression(operand()?, depth)?, depth),
            Kind::Slice => self.sliced(self.expression(operand()?, depth)?, depth),
            Kind::Selector => self.selected(expression, depth),
            Kind::FunctionLiteral => self.function(expression, depth),
            _ => None,
        }
    }

    fn named(&self, name: NodeId, depth: usize) -> Option<Written> {
        match self.scopes.meaning(name) {
            Some(binding) => match self.scopes.get(binding).declares {
                Declares::Type | Declares::Package => None,
                _ => self.binding(binding, depth),
            },
            None => self.package_value(self.package(), self.tree.text_of(name), depth),
        }
    }

    fn unary(&self, expression: NodeId, operand: NodeId, depth: usize) -> Option<Written> {
        let of = self.expression(operand, depth)?;
        let token = |token| self.tree.has_token(expression, token);
        if token("&") {
            return Some(Written::Pointer(Box::new(of)));
        }
        if token("*") {
            let Written::Pointer(of) = self.underlying(of, depth)? else { return None };
            return Some(*of);
        }
        if token("<-") {
            let Written::Channel(_, of) = self.underlying(of, depth)? else { return None };
            return Some(*of);
        }
        Some(of)
    }

    /// Of two operands that are not constants by themselves both have the type (spec, "Operators").
    fn binary(&self, expression: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let (left, right) = (tree.child(expression, Field::Left)?, tree.child(expression, Field::Right)?);
        let operator = tree.child(expression, Field::Operator).map(|id| tree.text_of(id))?;
        match operator {
            "==" | "!=" | "<" | "<=" | ">" | ">=" => Some(Written::predeclared("bool")),
            "<<" | ">>" => None,
            _ => {
                let of = |side| (!self.may_be_untyped(side)).then(|| self.expression(side, depth)).flatten();
                of(left).or_else(|| of(right))
            }
        }
    }

    /// Whether an expression may be an untyped constant or an untyped bool, whose type is that of the other operand.
    fn may_be_untyped(&self, expression: NodeId) -> bool {
        let tree = self.tree;
        let expression = tree.unparenthesized(expression);
        match tree.kind(expression) {
            Kind::Identifier => {
                let meaning = self.scopes.meaning(expression);
                meaning.is_none_or(|binding| !self.is_variable(binding))
            }
            Kind::Selector => {
                let root = tree.child(expression, Field::Operand);
                root.is_none_or(|root| self.scopes.import_path(root).is_some())
            }
            // `len("x")` is a constant too, but one that has a type.
            Kind::Call | Kind::Index | Kind::TypeAssertion | Kind::TypeConversion | Kind::Slice => false,
            _ => true,
        }
    }

    fn element(&self, of: Written, depth: usize) -> Option<Written> {
        let made_of = self.underlying(of, depth)?;
        match self.behind_pointer(made_of, depth)? {
            Written::Slice(element) | Written::Array(_, element) => Some(*element),
            Written::Map(_, value) => Some(*value),
            Written::Predeclared(name) if name == "string" => Some(Written::predeclared("byte")),
            _ => None,
        }
    }

    fn sliced(&self, of: Written, depth: usize) -> Option<Written> {
        let made_of = self.underlying(of.clone(), depth)?;
        match self.behind_pointer(made_of, depth)? {
            Written::Slice(_) => Some(of),
            Written::Predeclared(name) if name == "string" => Some(of),
            Written::Array(_, element) => Some(Written::Slice(element)),
            _ => None,
        }
    }

    /// A field, or a variable of a package.
    fn selected(&self, selector: NodeId, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let operand = tree.child(selector, Field::Operand)?;
        let name = tree.text_of(tree.child(selector, Field::Selected)?);
        match self.scopes.import_path(operand) {
            Some(path) => self.package_value(Some(path), name, depth),
            None => self.field(&self.expression(operand, depth)?, name, depth),
        }
    }

    /// The type of result number `index` of a call.
    fn result(&self, call: NodeId, index: usize, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        let function = tree.unparenthesized(tree.child(call, Field::Function)?);
        match tree.kind(function) {
            Kind::Identifier => match self.scopes.meaning(function) {
                Some(_) if self.is_type(function) => self.conversion(function),
                Some(binding) => self.called(self.binding(binding, depth)?, index, depth),
                None => self.called_unbound(call, function, index, depth),
            },
            Kind::Selector => {
                let operand = tree.child(function, Field::Operand)?;
                let name = tree.text_of(tree.child(function, Field::Selected)?);
                if let Some(path) = self.scopes.import_path(operand) {
                    return self.called_in(Some(path), name, index, depth);
                }
                let of = self.expression(operand, depth)?;
                match self.field(&of, name, depth) {
                    Some(function) => self.called(function, index, depth),
                    None => self.method_results(&of, name, depth)?.into_iter().nth(index),
                }
            }
            Kind::FunctionLiteral => self.called(self.function(function, depth)?, index, depth),
            Kind::Call => self.called(self.result(function, 0, depth)?, index, depth),
            Kind::SliceType | Kind::ArrayType | Kind::MapType | Kind::InterfaceType | Kind::FunctionType => {
                self.node(function, depth)
            }
            _ => None,
        }
    }

    fn called(&self, function: Written, index: usize, depth: usize) -> Option<Written> {
        match self.underlying(function, depth)? {
            Written::Function { results, .. } => results.into_iter().nth(index),
            _ => None,
        }
    }

    fn conversion(&self, name: NodeId) -> Option<Written> {
        let binding = self.scopes.get(self.scopes.meaning(name)?);
        let at_package = binding.function.is_none();
        let package = self.package().map(str::to_owned);
        at_package.then(|| Written::Declared { package, name: binding.name.to_owned() })
    }

    /// A function or a type of a package.
    fn called_in(&self, package: Option<&str>, name: &str, index: usize, depth: usize) -> Option<Written> {
        if self.is_type_elsewhere(package, name) {
            return (index == 0)
                .then(|| Written::Declared { package: package.map(str::to_owned), name: name.to_owned() });
        }
        self.function_results(package, name, depth)?.into_iter().nth(index)
    }

    /// A call of a name that the text does not declare: a predeclared one, or one of another file.
    fn called_unbound(&self, call: NodeId, function: NodeId, index: usize, depth: usize) -> Option<Written> {
        let tree = self.tree;
        let name = tree.text_of(function);
        let arguments = tree.child(call, Field::Arguments)?;
        let first = tree.named(arguments).next();
        match name {
            "make" => self.node(first?, depth),
            "new" => {
                let first = first?;
                let is_type = tree.kind(first).is_type();
                let of = if is_type { self.node(first, depth) } else { self.expression(first, depth) };
                Some(Written::Pointer(Box::new(of?)))
            }
            "append" => self.expression(first?, depth),
            "len" | "cap" | "copy" => Some(Written::predeclared("int")),
            _ if TYPES.contains(&name) => Some(Written::predeclared(name)),
            _ => self.called_in(self.package(), name, index, depth),
        }
    }
}

/// Whether a predeclared type is one that a range clause counts up to.
fn is_integer(name: &str) -> bool {
    name == "byte" || name == "rune" || name.trim_start_matches('u').starts_with("int")
}
