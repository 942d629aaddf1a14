//! A cleanup calls what the table knows: through which of its operands it may change something, and whose that is.

use super::effects::{Operand, Owner, Reading, add_new, is_count};
use super::types::{Callee, DEPTH, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Outcome, Trait};
use crate::scope::BindingId;
use crate::verdict::Reason;
use crate::written::{Types, Written};

/// Packages whose functions change the elements of what they get.
const ORDERING: &[&str] = &["maps", "math/rand", "math/rand/v2", "slices", "sort"];

impl<'a, 't> Source<'a, 't> {
    /// The types of the text as they are written.
    pub(super) fn written(&self) -> Types<'a, 't> {
        Types::of_unit(self.tree, self.scopes, self.world, self.unit)
    }

    /// The operands of a call through which it may change something that somebody else could look at: the receiver of a
    /// method, and arguments that lead to memory. `fact` is what the table says of the function.
    pub(super) fn altered(&self, call: NodeId, fact: Option<&Fact>) -> Vec<NodeId> {
        if fact.is_some_and(|fact| fact.is(Trait::Looks)) {
            return Vec::new();
        }
        let receiver = self.receiver_of(call).filter(|&operand| self.import_path(operand).is_none());
        let is_quiet =
            |operand| matches!(self.type_of(operand), Type::Known(of) if self.resources.is_quiet(of));
        if receiver.is_some_and(is_quiet) {
            return Vec::new();
        }
        let changed = receiver.filter(|&operand| match self.type_of(operand) {
            Type::Known(_) => true,
            Type::Plain => {
                self.is_shared_data(operand) || self.is_counter(operand) && is_count(self.called_name(call))
            }
            _ => false,
        });
        let arguments = if fact.is_some() { self.arguments(call) } else { Vec::new() };
        let streams = usize::from(self.printed_by(call).is_some());
        let package = self.receiver_of(call).and_then(|package| self.import_path(package));
        let orders = package.is_some_and(|path| ORDERING.contains(&path));
        changed
            .into_iter()
            .chain(arguments.into_iter().skip(streams).filter_map(|argument| {
                let memory = Some(argument).filter(|&argument| orders && self.is_shared_memory(argument));
                memory.or_else(|| self.leads_to(argument))
            }))
            .filter(|&thing| !self.is_discard(thing))
            .collect()
    }

    /// `io.Discard`, in which nothing changes.
    pub(super) fn is_discard(&self, expression: NodeId) -> bool {
        let path = self.root(expression).and_then(|root| self.import_path(root));
        path == Some("io") && self.tree.text_of(expression).ends_with(".Discard")
    }

    /// What may be changed by whoever gets an expression's value; nothing where the value is a copy.
    fn leads_to(&self, expression: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let expression = tree.unparenthesized(expression);
        match tree.kind(expression) {
            Kind::Unary if tree.has_token(expression, "&") => tree.child(expression, Field::Operand),
            Kind::Unary => tree.child(expression, Field::Operand).and_then(|operand| self.leads_to(operand)),
            // What is called is looked at by itself.
            Kind::Call => self.receiver_of(expression).and_then(|operand| match self.type_of(expression) {
                Type::Plain => None,
                _ if self.is_new_of_package(expression, operand) => None,
                _ => self.wrapped(expression).unwrap_or_else(|| self.leads_to(operand)),
            }),
            Kind::Slice | Kind::VariadicArgument => {
                let operand =
                    tree.child(expression, Field::Operand).or_else(|| tree.named(expression).next());
                operand.and_then(|operand| self.leads_to(operand))
            }
            Kind::Identifier | Kind::Selector | Kind::Index | Kind::TypeAssertion => {
                let leads = match self.type_of(expression) {
                    Type::Known(of) => !self.resources.is_quiet(of),
                    Type::Plain => self.leads_on(expression),
                    Type::Function => false,
                    Type::Bytes | Type::Node(_) | Type::Unknown => true,
                };
                leads.then_some(expression)
            }
            _ => None,
        }
    }

    /// What a new value leads to that a call of a package's function makes of the only operand which leads anywhere, as
    /// `io.LimitReader(r, n)` does to `r`. Nothing where it is another call.
    #[allow(
        clippy::option_option,
        reason = "whether it is such a call, and whether its value leads anywhere"
    )]
    fn wrapped(&self, call: NodeId) -> Option<Option<NodeId>> {
        let Callee::Fact(fact) = self.callee(call) else { return None };
        let holds = matches!(fact.result(0), Outcome::Value { holds: true, .. });
        let of_package = self.receiver_of(call).is_some_and(|on| self.import_path(on).is_some());
        let arguments = self.arguments(call);
        let mut things = arguments.iter().filter_map(|&argument| self.leads_to(argument));
        let (first, None) = (things.next(), things.next()) else { return None };
        (fact.is_new() && holds && of_package).then_some(first)
    }

    /// Whether a call is one of a package's functions of which the table says that it gives nothing that others have.
    fn is_new_of_package(&self, call: NodeId, package: NodeId) -> bool {
        let is_new = |fact: &Fact| {
            let holds = matches!(fact.result(0), Outcome::Value { holds: true, .. } | Outcome::Memory);
            fact.is_new() && !holds
        };
        self.import_path(package).is_some() && matches!(self.callee(call), Callee::Fact(fact) if is_new(fact))
    }

    /// Whether an expression is a number that its methods change, or leads to one.
    pub(super) fn is_counter(&self, operand: NodeId) -> bool {
        let types = self.written();
        let of = match types.of_expression(operand) {
            Some(Written::Pointer(of)) => *of,
            Some(of) => of,
            None => return false,
        };
        let counts = |path: &str| matches!(path, "sync/atomic" | "expvar" | "math/big");
        matches!(of, Written::Declared { package: Some(path), .. } if counts(&path))
    }

    /// The declarations of the method that a selector names, of a type of data that the module declares.
    pub(super) fn method_of_data(&self, selector: NodeId) -> Option<Places> {
        let (operand, name) =
            (self.tree.child(selector, Field::Operand)?, self.tree.child(selector, Field::Selected)?);
        self.method_of_value(operand, self.tree.text_of(name))
    }

    /// The declarations of the method `name` that an expression of a type which the module declares has.
    pub(super) fn method_of_value(&self, expression: NodeId, name: &str) -> Option<Places> {
        let types = self.written();
        let of = match types.of_expression(expression)? {
            Written::Pointer(of) => *of,
            of => of,
        };
        Places::of(&types.places_of_method(&of, name))
    }

    /// Whether an expression is a number or a truth value, of a type that the language declares.
    pub(super) fn is_number(&self, expression: NodeId) -> bool {
        let of = self.written().of_expression(expression);
        matches!(of, Some(Written::Predeclared(name)) if !matches!(&*name, "string" | "error" | "any" | "uintptr"))
    }

    /// Whether an expression is a text, of the type that the language declares.
    pub(super) fn is_string(&self, expression: NodeId) -> bool {
        let of = self.written().of_expression(expression);
        matches!(of, Some(Written::Predeclared(name)) if name == "string")
    }

    /// Whether an expression of plain data is known to lead to memory: a slice, a map or a pointer.
    pub(super) fn is_shared_memory(&self, expression: NodeId) -> bool {
        let types = self.written();
        types.of_expression(expression).is_some_and(|of| types.leads_on(&of))
    }

    /// The channel that a `range` clause receives from.
    pub(super) fn channel_ranged(&self, clause: NodeId) -> Option<NodeId> {
        let ranged = self.tree.child(clause, Field::Right)?;
        let types = self.written();
        types.of_expression(ranged).is_some_and(|of| types.is_channel(&of)).then_some(ranged)
    }

    /// Whether others run between the iterations of a `range` clause: a function that it calls, or whoever the loop waits for.
    pub(super) fn lets_others_run(&self, clause: NodeId) -> bool {
        self.function_ranged(clause).is_some() || self.channel_ranged(clause).is_some()
    }

    /// The function that a `range` clause calls.
    pub(super) fn function_ranged(&self, clause: NodeId) -> Option<NodeId> {
        let ranged = self.tree.child(clause, Field::Right)?;
        let is_method = || {
            self.tree.kind(ranged) == Kind::Selector
                && matches!(self.callee_selected(ranged, DEPTH), Callee::Declared(_) | Callee::Abstract(_))
        };
        let is_function = self.type_of(ranged) == Type::Function
            || is_method()
            || matches!(self.written().of_expression(ranged), Some(Written::Function { .. }));
        is_function.then_some(ranged)
    }

    /// What a `range` clause goes through that gives a variable its values.
    pub(super) fn ranged_over(&self, variable: BindingId) -> Option<NodeId> {
        self.tree.child(self.declared_in(variable, Kind::RangeClause)?, Field::Right)
    }

    /// The value whose type a switch looks at that gives a variable its values.
    pub(super) fn looked_at(&self, variable: BindingId) -> Option<NodeId> {
        self.tree.child(self.declared_in(variable, Kind::TypeSwitch)?, Field::Value)
    }

    /// The clause or statement of a kind that declares a variable.
    fn declared_in(&self, variable: BindingId, kind: Kind) -> Option<NodeId> {
        let mut around = self.tree.ancestors(self.scopes.get(variable).at).take(2);
        around.find(|&up| self.tree.kind(up) == kind)
    }

    /// Whether what a value of plain data leads to is plain data of others.
    fn leads_on(&self, expression: NodeId) -> bool {
        let types = self.written();
        match self.scopes.meaning(expression) {
            Some(binding) => types.of_variable(binding).is_none_or(|of| types.leads_on(&of)),
            None => self.is_shared_data(expression),
        }
    }

    /// Whether the plain data of a field may be somebody else's too: it lies behind a pointer, or is of a type of another
    /// package that may be a map.
    fn is_shared_data(&self, operand: NodeId) -> bool {
        let tree = self.tree;
        if tree.kind(operand) != Kind::Selector {
            return false;
        }
        let name = tree.child(operand, Field::Selected).map_or("", |name| tree.text_of(name));
        let of = tree.child(operand, Field::Operand).map_or(Type::Unknown, |of| self.type_of(of));
        match self.written_type_of_field(of, name) {
            Some((Kind::PointerType, _)) => true,
            Some((Kind::QualifiedType, text)) => !text.starts_with("time."),
            _ => false,
        }
    }
}

impl Reading<'_, '_> {
    /// A call that the table knows, or a method of plain data: what it may change has to be the operand's own, as another
    /// one that has it too would see the change at another time.
    pub(super) fn works(&mut self, call: NodeId, fact: Option<&Fact>) {
        for operand in self.src.altered(call, fact) {
            self.works_on(call, operand);
        }
    }

    fn works_on(&mut self, call: NodeId, operand: NodeId) {
        let own = || self.owns(operand);
        let operand = self.goes_through(operand).unwrap_or(operand);
        match self.owner(operand) {
            Owner::Operand(own) => match self.src.part_in(operand, None, false) {
                Some(part) => add_new(&mut self.effects.parts, [(own, part)]),
                None if own == Operand::Receiver => {}
                None => self.writes_into(own, operand),
            },
            Owner::Local if own() => {}
            Owner::Nobody => {}
            Owner::Local | Owner::Package => {
                self.problem(Reason::OuterVariableChanges, call, "changes what others may share:");
            }
        }
    }

    /// What a variable of a `range` clause stands for an element of.
    fn goes_through(&self, name: NodeId) -> Option<NodeId> {
        self.src.ranged_over(self.src.scopes.meaning(name)?)
    }
}
