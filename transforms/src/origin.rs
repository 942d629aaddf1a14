//! Whose making a value is: plain data and what the standard library made of it, or somebody else's.

use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::nilness::arguments;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, Declares, access};

/// How far a chain of values is followed.
const DEPTH: usize = 8;

/// Answers where values come from.
pub(crate) struct Origin<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    ask: Ask<'a, 't>,
    /// Variables that are not nil.
    pub(crate) solid: Vec<BindingId>,
}

impl<'f, 'a, 't> Origin<'f, 'a, 't> {
    pub(crate) fn new(file: &'f File<'a, 't>, solid: Vec<BindingId>) -> Self {
        Origin { file, ask: file.ask(), solid }
    }

    /// Whether a call runs nobody's code but that of the standard library: its receiver and its arguments are tame.
    pub(crate) fn is_tame(&self, call: NodeId) -> bool {
        self.is_tame_call(call, DEPTH)
    }

    /// Whether the methods of a value are the standard library's, and the value is not nil.
    pub(crate) fn is_tame_value(&self, value: NodeId) -> bool {
        self.is_tame_within(value, DEPTH)
    }

    fn is_tame_call(&self, call: NodeId, depth: usize) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(function) = tree.child(call, Field::Function).map(|function| tree.unparenthesized(function))
        else {
            return false;
        };
        let receiver = match tree.kind(function) {
            Kind::Selector => tree.child(function, Field::Operand),
            _ => Some(function),
        };
        let package = |id: NodeId| tree.kind(id) == Kind::Identifier && scopes.import_path(id).is_some();
        receiver.is_some_and(|receiver| package(receiver) || self.is_tame_within(receiver, depth))
            && arguments(tree, call).into_iter().all(|argument| self.is_tame_within(argument, depth))
    }

    fn is_tame_within(&self, value: NodeId, depth: usize) -> bool {
        let tree = self.file.tree;
        let value = tree.unparenthesized(value);
        if depth == 0 {
            return false;
        }
        match tree.kind(value) {
            Kind::Nil => true,
            Kind::FunctionLiteral => false,
            Kind::VariadicArgument => {
                tree.named(value).next().is_some_and(|inner| self.is_tame_within(inner, depth - 1))
            }
            _ if self.ask.is_plain(value) => !self.ask.is_called_back(value),
            Kind::Unary if tree.has_token(value, "&") => {
                tree.child(value, Field::Operand).is_some_and(|operand| {
                    self.ask.is_plain(operand) && !self.ask.is_called_back(operand)
                        || self.is_tame_within(operand, depth - 1)
                })
            }
            Kind::CompositeLiteral => self.ask.known_type(value).is_some_and(|of| CONCRETE.contains(&of)),
            Kind::Identifier => self
                .file
                .scopes
                .meaning(value)
                .is_some_and(|binding| self.is_tame_variable(binding, depth - 1)),
            Kind::Selector => self.is_tame_selector(value, depth - 1),
            Kind::Call => self.ask.is_standard_call(value) && self.is_tame_call(value, depth - 1),
            _ => false,
        }
    }

    /// A field of a tame value, or a variable of a package with a concrete type.
    fn is_tame_selector(&self, selector: NodeId, depth: usize) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(operand) = tree.child(selector, Field::Operand) else { return false };
        let Some(of) = self.ask.known_type(selector) else { return false };
        if tree.kind(operand) == Kind::Identifier
            && let Some(path) = scopes.import_path(operand)
        {
            return CONCRETE.contains(&of) || path == "io" && tree.text_of(selector).ends_with(".Discard");
        }
        self.is_tame_within(operand, depth)
    }

    fn is_tame_variable(&self, binding: BindingId, depth: usize) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let variable = scopes.get(binding);
        if !self.ask.is_variable(binding) {
            return false;
        }
        let Some(of) = self.ask.known_type(variable.at) else { return false };
        if variable.declares != Declares::Variable {
            return of == "os.File" || CONCRETE.contains(&of) && self.solid.contains(&binding);
        }
        let mut writes = variable.mentions.iter().filter(|&&at| access(tree, at) == Access::Write).peekable();
        let written = writes.peek().is_some();
        written && writes.all(|&at| self.is_tame_write(at, of, depth))
    }

    /// One write of a variable of type `of`.
    fn is_tame_write(&self, at: NodeId, of: &str, depth: usize) -> bool {
        let tree = self.file.tree;
        let Some((values, index, count)) = self.ask.values_given(at) else {
            let spec = tree.parent(at).filter(|&spec| tree.kind(spec) == Kind::VarSpec);
            let declared = spec.and_then(|spec| tree.child(spec, Field::Type));
            if let Some(declared) = declared {
                return of == "os.File" || tree.kind(declared) != Kind::PointerType && CONCRETE.contains(&of);
            }
            let clause = tree.ancestors(at).take(2).find(|&up| tree.kind(up) == Kind::RangeClause);
            return clause
                .and_then(|clause| tree.child(clause, Field::Right))
                .is_some_and(|over| self.is_tame_within(over, depth));
        };
        if values.len() == count {
            // A builder that is copied refuses to be written to.
            let is_copy = of == "strings.Builder" && tree.kind(values[index]) == Kind::Identifier;
            return !is_copy && self.is_tame_within(values[index], depth);
        }
        // The files of package os know what to do with nil; the others are there if there is no error.
        values.first().is_some_and(|&value| self.is_tame_within(value, depth))
            && (of == "os.File" || count == 1 || self.is_checked(at))
    }

    /// Whether the error that comes with the value that is written at `at` is looked at, and left with, right away.
    pub(crate) fn is_checked(&self, at: NodeId) -> bool {
        let File { tree, scopes, flow, .. } = *self.file;
        let Some(list) = tree.parent(at).filter(|&list| tree.kind(list) == Kind::ExpressionList) else {
            return false;
        };
        let error = tree.operands(list).last().and_then(|&error| scopes.meaning(error));
        let (Some(error), Some(statement)) = (error, tree.parent(list)) else { return false };
        let Some(block) = tree.parent(statement).filter(|&block| tree.kind(block) == Kind::StatementList)
        else {
            return false;
        };
        let mut later = tree.named(block).skip_while(|&id| id != statement).skip(1);
        later.next().is_some_and(|check| {
            let tested = tree.child(check, Field::Condition);
            let left = tree.child(check, Field::Consequence).is_some_and(|then| !flow.completes(then));
            tree.kind(check) == Kind::If
                && left
                && tested.is_some_and(|test| is_not_nil(self.file, test, error))
        })
    }

    /// Whether a field of the value can be read: the value is no pointer, or not nil.
    pub(crate) fn is_solid(&self, value: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let value = tree.unparenthesized(value);
        if tree.kind(value) != Kind::Identifier {
            return self.ask.known_type(value).is_some() && self.is_tame_value(value);
        }
        let Some(binding) = scopes.meaning(value) else { return false };
        self.solid.contains(&binding) || self.is_structure(binding) || {
            let known = self.ask.known_type(value);
            known.is_some_and(|of| of != "os.File") && self.is_tame_variable(binding, DEPTH)
        }
    }

    /// Whether a value is known not to be nil: a variable that only gets what comes without an error.
    pub(crate) fn is_there(&self, value: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(binding) = scopes.meaning(value).filter(|_| tree.kind(value) == Kind::Identifier) else {
            return false;
        };
        let variable = scopes.get(binding);
        let mut writes = variable.mentions.iter().filter(|&&at| access(tree, at) != Access::Read);
        self.solid.contains(&binding)
            || variable.declares == Declares::Variable && writes.all(|&at| self.is_checked(at))
    }

    /// A variable that holds a structure itself, or the address of one that was written here.
    fn is_structure(&self, binding: BindingId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let variable = scopes.get(binding);
        let named = |id: NodeId| self.has_own_fields(id);
        let parent = tree.parent(variable.at);
        let declared = parent.and_then(|parent| tree.child(parent, Field::Type));
        match (variable.declares, declared) {
            (Declares::Parameter | Declares::Result, Some(of)) => return named(of),
            (Declares::Variable, Some(of)) if parent.is_some_and(|spec| tree.kind(spec) == Kind::VarSpec) => {
                return named(of);
            }
            _ => {}
        }
        let mut writes = variable.mentions.iter().filter(|&&at| access(tree, at) == Access::Write).peekable();
        writes.peek().is_some()
            && writes.all(|&at| {
                self.ask.values_given(at).is_some_and(|(values, index, count)| {
                    values.len() == count
                        && written_type(self.file, values[index]).is_some_and(|of| self.has_own_fields(of))
                })
            })
    }

    /// Whether going through it calls nobody's function.
    pub(crate) fn is_plain_range(&self, over: NodeId) -> bool {
        let tree = self.file.tree;
        self.ask.is_plain(over) && !self.ask.is_pointer(over)
            || self.ask.type_node(over).is_some_and(|node| {
                let of = tree.child(node, Field::Type).filter(|_| tree.kind(node) == Kind::TypeSpec);
                let kind = tree.kind(of.unwrap_or(node));
                matches!(kind, Kind::SliceType | Kind::ArrayType | Kind::MapType | Kind::ChannelType)
            })
            || self.ask.known_type(over).is_some() && self.is_tame_value(over)
    }

    /// A structure type of this file that embeds nothing: a field that is promoted may be one of a nil pointer.
    fn has_own_fields(&self, of: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let declared = scopes.meaning(of).and_then(|binding| tree.parent(scopes.get(binding).at));
        let structure = match declared {
            Some(spec) if tree.kind(spec) == Kind::TypeSpec => tree.child(spec, Field::Type),
            _ => Some(of),
        };
        structure.filter(|&id| tree.kind(id) == Kind::StructType).is_some_and(|structure| {
            let fields = tree.subtree(structure).filter(|&id| tree.kind(id) == Kind::FieldDeclaration);
            fields.into_iter().all(|field| tree.child(field, Field::Name).is_some())
        })
    }

    /// A map, whoever made it.
    pub(crate) fn is_map(&self, operand: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        if self.is_made_map(operand) {
            return true;
        }
        let operand = tree.unparenthesized(operand);
        let binding = scopes.meaning(operand).filter(|_| tree.kind(operand) == Kind::Identifier);
        let parent = binding.and_then(|binding| tree.parent(scopes.get(binding).at));
        let declared = parent.and_then(|parent| tree.child(parent, Field::Type));
        declared.is_some_and(|of| tree.kind(of) == Kind::MapType)
            || self.ask.type_node(operand).is_some_and(|of| tree.kind(of) == Kind::MapType)
    }

    /// A variable that holds a map that was made in this function, so that it is not nil.
    pub(crate) fn is_made_map(&self, operand: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let operand = tree.unparenthesized(operand);
        let Some(binding) = scopes.meaning(operand).filter(|_| tree.kind(operand) == Kind::Identifier) else {
            return false;
        };
        let variable = scopes.get(binding);
        let is_made = |&at: &NodeId| {
            self.ask.values_given(at).is_some_and(|(values, index, count)| {
                values.len() == count && is_map_written(self.file, &self.ask, values[index])
            })
        };
        variable.function.is_some()
            && variable.declares == Declares::Variable
            && variable.mentions.iter().all(|&at| access(tree, at) != Access::Address)
            && variable.mentions.iter().filter(|&&at| access(tree, at) != Access::Read).all(is_made)
    }
}

/// The type of `T{…}` or `&T{…}`.
fn written_type(file: &File<'_, '_>, value: NodeId) -> Option<NodeId> {
    let tree = file.tree;
    let literal = match tree.kind(value) {
        Kind::Unary if tree.has_token(value, "&") => tree.child(value, Field::Operand)?,
        _ => value,
    };
    tree.child(literal, Field::Type).filter(|_| tree.kind(literal) == Kind::CompositeLiteral)
}

/// `make(map[K]V)` or `map[K]V{…}`.
fn is_map_written(file: &File<'_, '_>, ask: &Ask<'_, '_>, value: NodeId) -> bool {
    let tree = file.tree;
    let of = match tree.kind(value) {
        Kind::CompositeLiteral => tree.child(value, Field::Type),
        Kind::Call if matches!(ask.called(value), Called::Builtin("make")) => {
            arguments(tree, value).first().copied()
        }
        _ => None,
    };
    of.is_some_and(|of| tree.kind(of) == Kind::MapType)
}

/// `v != nil`.
fn is_not_nil(file: &File<'_, '_>, test: NodeId, variable: BindingId) -> bool {
    let File { tree, scopes, .. } = *file;
    tree.kind(test) == Kind::Binary
        && tree.has_token(test, "!=")
        && tree.child(test, Field::Left).and_then(|left| scopes.meaning(left)) == Some(variable)
        && tree.child(test, Field::Right).is_some_and(|right| tree.kind(right) == Kind::Nil)
}

/// Types whose methods are the standard library's own, whatever they were made of.
const CONCRETE: &[&str] = &[
    "os.File",
    "bytes.Buffer",
    "bytes.Reader",
    "strings.Builder",
    "strings.Reader",
    "sync.Mutex",
    "sync.RWMutex",
    "time.Timer",
    "time.Ticker",
    "testing.T",
    "testing.B",
];
