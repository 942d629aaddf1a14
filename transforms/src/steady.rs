//! What is the same whether it is evaluated at the defer or later: receivers, arguments and function values that need
//! no variable to keep them.

use crate::copied::keeps_its_parts;
use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::parse::{Field, Kind, NodeId, Tree, holds_of_all};
use crate::scope::{Access, Binding, BindingId, Declares, access, is_changed};
use crate::span::Span;

/// Answers for what stands between a defer and the last place where its call may be made instead.
pub(crate) struct Steady<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    ask: Ask<'a, 't>,
    function: NodeId,
    iteration: NodeId,
    between: Span,
}

impl<'f, 'a, 't> Steady<'f, 'a, 't> {
    /// `function` is the one around the defer, `between` what runs until the call is made.
    pub(crate) fn new(file: &'f File<'a, 't>, function: NodeId, iteration: NodeId, between: Span) -> Self {
        Steady { file, ask: file.ask(), function, iteration, between }
    }

    /// Whether a value has no effect when it is evaluated, and gives the same later.
    pub(crate) fn is_value(&self, value: NodeId) -> bool {
        holds_of_all(value, |part| self.parts(part))
    }

    /// What a value is the same by; nothing where it may change.
    fn parts(&self, value: NodeId) -> Option<Vec<NodeId>> {
        let File { tree, scopes, .. } = *self.file;
        let has = |signs: &[&str]| signs.iter().any(|sign| tree.has_token(value, sign));
        let parts = || Some(tree.named(value).collect());
        let none = |is_same: bool| is_same.then(Vec::new);
        match tree.kind(value) {
            Kind::Nil | Kind::True | Kind::False | Kind::Iota => none(true),
            literal if literal.is_basic_literal() => none(true),
            Kind::Identifier => {
                let variable = scopes.meaning(value).filter(|&binding| self.ask.is_variable(binding));
                none(variable.is_none_or(|binding| self.is_whole(binding)))
            }
            Kind::Parenthesized | Kind::VariadicArgument => parts(),
            Kind::Binary if !has(&["/", "%", "<<", ">>"]) => parts(),
            Kind::Unary if has(&["&"]) => {
                let operand = tree.child(value, Field::Operand);
                none(operand.is_some_and(|operand| tree.kind(operand) == Kind::Identifier))
            }
            Kind::Unary if !has(&["*", "<-"]) => parts(),
            Kind::Selector => none(self.is_package_member(value) && !self.is_assigned(value)),
            _ => None,
        }
    }

    /// Whether the function value of a call, its receiver included, is the same later.
    pub(crate) fn is_callee(&self, call: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(function) = tree.child(call, Field::Function).map(|function| tree.unparenthesized(function))
        else {
            return false;
        };
        match tree.kind(function) {
            Kind::Identifier => self.is_value(function),
            Kind::Selector if self.is_package_member(function) => true,
            Kind::Selector => {
                let (Some(receiver), Some(name)) =
                    (tree.child(function, Field::Operand), tree.child(function, Field::Selected))
                else {
                    return false;
                };
                let receiver = tree.unparenthesized(receiver);
                let is_type = scopes
                    .meaning(receiver)
                    .is_some_and(|binding| scopes.get(binding).declares == Declares::Type);
                is_type || self.is_receiver(receiver, tree.text_of(name))
            }
            Kind::Index | Kind::TypeInstantiation => {
                // An instantiated function; what has an index is another matter.
                let operand = tree.child(function, Field::Operand).or_else(|| tree.named(function).next());
                operand.is_some_and(|operand| {
                    let declares = scopes.meaning(operand).map(|binding| scopes.get(binding).declares);
                    tree.kind(operand) == Kind::Identifier && declares == Some(Declares::Function)
                })
            }
            _ => false,
        }
    }

    fn is_package_member(&self, selector: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        tree.child(selector, Field::Operand).is_some_and(|operand| scopes.import_path(operand).is_some())
    }

    /// Whether the file assigns to the very selector anywhere.
    fn is_assigned(&self, selector: NodeId) -> bool {
        let tree = self.file.tree;
        let text = tree.text_of(selector);
        let written = |id: NodeId| {
            tree.kind(id) == Kind::Selector && access(tree, id) != Access::Read && tree.text_of(id) == text
        };
        tree.all().any(written)
    }

    /// A receiver of the method of that name: what the method is bound to stays what it is.
    fn is_receiver(&self, receiver: NodeId, method: &str) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(binding) = self.ask.root(receiver) else { return false };
        let variable = scopes.get(binding);
        let is_lock = matches!(self.ask.known_type(receiver), Some("sync.Mutex" | "sync.RWMutex"));
        if tree.kind(receiver) == Kind::Identifier {
            let is_pool = self.ask.known_type(receiver) == Some("sync.Pool");
            return if variable.function.is_none() {
                (is_lock || is_pool) && is_declared_as_value(tree, variable)
            } else {
                self.is_variable(binding) && !self.is_copied(receiver, binding, method)
            };
        }
        let chain = is_chain(tree, receiver);
        chain
            && self.is_variable(binding)
            && if is_lock { self.is_path_left_alone(receiver) } else { self.is_field_left_alone(binding) }
    }

    /// Whether the variable keeps its value. A named result gets another one at every `return`.
    fn is_variable(&self, binding: BindingId) -> bool {
        let File { tree, scopes, flow, .. } = *self.file;
        let variable = scopes.get(binding);
        if variable.function.is_none() || variable.declares == Declares::Result {
            return false;
        }
        let own = variable.function == Some(self.function);
        variable.mentions.iter().all(|&at| match access(tree, at) {
            Access::Read => true,
            Access::Address => false,
            _ if at == variable.at => !self.between.contains(tree.span(at)),
            _ => own && flow.nest.function(at) == variable.function && !self.between.contains(tree.span(at)),
        })
    }

    /// Whether the variable keeps its value, and what it holds its parts.
    fn is_whole(&self, binding: BindingId) -> bool {
        let tree = self.file.tree;
        let counts = |at: NodeId| {
            self.between.contains(tree.span(at)) || self.file.flow.nest.function(at) != Some(self.function)
        };
        self.is_variable(binding) && keeps_its_parts(self.file, binding, counts)
    }

    /// Whether the defer may hold a copy of a structure that is changed afterwards: the method has a value receiver, or
    /// it is not seen and a field is written.
    fn is_copied(&self, receiver: NodeId, binding: BindingId, method: &str) -> bool {
        let File { tree, scopes, .. } = *self.file;
        if self.ask.known_type(receiver).is_some() {
            return false;
        }
        let mentions = || scopes.get(binding).mentions.iter().copied();
        if let Some(declared) = self.ask.method(receiver, method) {
            let by_pointer = tree
                .child(declared, Field::Receiver)
                .is_some_and(|receiver| tree.subtree(receiver).any(|id| tree.kind(id) == Kind::PointerType));
            return !by_pointer && mentions().any(|at| self.between.contains(tree.span(at)));
        }
        let inside = |at: NodeId| {
            self.between.contains(tree.span(at)) || self.file.flow.nest.function(at) != Some(self.function)
        };
        mentions().any(|at| inside(at) && is_changed(tree, at))
    }

    /// Whether fields lead to the same place all the time: each is where the structure is that has it, or nothing in between can
    /// give one of them another value.
    fn is_path_left_alone(&self, chain: NodeId) -> bool {
        let tree = self.file.tree;
        let mut fields = Vec::new();
        let mut at = tree.unparenthesized(chain);
        while tree.kind(at) == Kind::Selector {
            fields.push(at);
            let Some(operand) = tree.child(at, Field::Operand) else { return false };
            at = tree.unparenthesized(operand);
        }
        if fields.iter().all(|&field| self.ask.is_inlined_field(field)) {
            return true;
        }
        let name = |selector: NodeId| tree.child(selector, Field::Selected).map(|name| tree.text_of(name));
        let own = fields.iter().all(|&field| self.ask.is_own_field(field));
        let may_replace = |id: NodeId| match tree.kind(id) {
            // Through another name for the structure as well.
            Kind::Selector if access(tree, id) != Access::Read => {
                fields.iter().any(|&field| name(field) == name(id)) || !own && !self.ask.is_plain(id)
            }
            Kind::Unary => tree.has_token(id, "*") && access(tree, id) != Access::Read,
            Kind::Call => matches!(self.ask.called(id), Called::Body(_) | Called::Unknown),
            _ => false,
        };
        let mut inside = tree.subtree(self.iteration).filter(|&id| self.between.contains(tree.span(id)));
        !inside.any(may_replace)
    }

    /// Whether nothing in between can give a field of an own variable another value: it is read field by field.
    fn is_field_left_alone(&self, binding: BindingId) -> bool {
        let File { tree, scopes, flow, .. } = *self.file;
        let variable = scopes.get(binding);
        tree.within(variable.at, self.iteration)
            && variable.mentions.iter().all(|&at| {
                let inside = self.between.contains(tree.span(at));
                let own = flow.nest.function(at) == Some(self.function);
                (own || !is_changed(tree, at)) && (!inside || is_read_by_field(tree, at))
            })
    }
}

/// `x.f.g`.
fn is_chain(tree: &Tree<'_>, mut id: NodeId) -> bool {
    loop {
        id = match tree.kind(id) {
            Kind::Identifier => return true,
            Kind::Selector => match tree.child(id, Field::Operand) {
                Some(operand) => tree.unparenthesized(operand),
                None => return false,
            },
            _ => return false,
        };
    }
}

/// `var mu sync.Mutex` or `var pool = sync.Pool{…}`: a method of it is bound to the variable, not to what it holds.
fn is_declared_as_value(tree: &Tree<'_>, variable: &Binding<'_>) -> bool {
    let Some(spec) = tree.parent(variable.at).filter(|&spec| tree.kind(spec) == Kind::VarSpec) else {
        return false;
    };
    let of = tree.child(spec, Field::Type).map(|of| tree.kind(of));
    let names = tree.named(spec).filter(|&id| tree.field(id) == Field::Name).count();
    let values = tree.child(spec, Field::Value).map_or_else(Vec::new, |values| tree.operands(values));
    let is_literal = matches!(values[..], [value] if tree.kind(value) == Kind::CompositeLiteral);
    of == Some(Kind::QualifiedType) || of.is_none() && names == 1 && is_literal
}

/// `x.f` as a value, or a call of `x.f.M`; not `x` itself, nor a method of it.
fn is_read_by_field(tree: &Tree<'_>, mention: NodeId) -> bool {
    let Some(selector) = tree.parent(mention).filter(|&up| tree.kind(up) == Kind::Selector) else {
        return false;
    };
    tree.field(selector) != Field::Function && !is_changed(tree, mention)
}
