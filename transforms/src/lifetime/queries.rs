//! What the passes may ask about calls, types, and the variables that hold a resource.

use std::cell::RefCell;

use super::carry::{Carry, Load};
use super::types::{Callee, DEPTH, Places, Source, Type};
use super::{Case, Judgement, Memo, Site, conclude, locks};
use crate::flow::Flow;
use crate::hash::Table;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::resources::{Fact, Trait};
use crate::scope::{Access, BindingId, Scopes, access};
use crate::signature::Results;
use crate::verdict::Reason;
use crate::world::{Place, Texts, UnitId, World};
use crate::written::Written;
use crate::{GoVersion, Options};

/// How far a chain of declarations is followed. Less far than elsewhere, as the passes ask about every call: functions that
/// functions give back are left unknown.
const FOLLOWED: usize = DEPTH / 2 - 1;

/// What is around a text under analysis, and what has been found out about that.
#[derive(Debug)]
pub(crate) struct Around<'a, 't> {
    pub(crate) options: &'a Options<'a>,
    pub(crate) world: World<'t>,
    pub(crate) memo: Memo,
    held: RefCell<Table<NodeId, Option<Vec<BindingId>>>>,
}

impl<'a, 't> Around<'a, 't> {
    /// `texts` is room for what is read of other files.
    pub(crate) fn new(options: &'a Options<'t>, tree: &Tree<'t>, texts: &'t Texts) -> Self
    where
        't: 'a,
    {
        let name = tree.all().find(|&id| tree.kind(id) == Kind::PackageIdentifier);
        let clause = name.map_or("", |name| tree.text_of(name));
        let world = World::new(options.library, clause, texts);
        Around { options, world, memo: Memo::default(), held: RefCell::default() }
    }
}

/// Answers questions about one file.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a, 't> {
    src: Source<'a, 't>,
    flow: &'a Flow<'a, 't>,
    around: &'a Around<'a, 't>,
}

/// What a call calls.
#[derive(Clone, Debug)]
pub(crate) enum Called<'a, 't> {
    /// A predeclared function, by name.
    Builtin(&'t str),
    /// A conversion to a type.
    Conversion,
    /// A function or method that the table knows: the package or type that it belongs to, and its name.
    Known { owner: String, name: &'t str, fact: &'a Fact },
    /// A function of this file, or a literal.
    Body(NodeId),
    /// Nothing is known.
    Unknown,
}

impl<'a, 't> Ask<'a, 't> {
    pub(crate) fn new(
        tree: &'a Tree<'t>,
        scopes: &'a Scopes<'t>,
        flow: &'a Flow<'a, 't>,
        around: &'a Around<'a, 't>,
    ) -> Self {
        let Around { world, memo, .. } = around;
        let resources = around.options.resources;
        let src = Source { tree, scopes, nest: flow.nest, world, resources, memo, unit: UnitId::MAIN };
        memo.budget.renew();
        Ask { src, flow, around }
    }

    /// What a call calls.
    pub(crate) fn called(&self, call: NodeId) -> Called<'a, 't> {
        let name = self.src.called_name(call);
        match self.src.callee_within(call, FOLLOWED) {
            Callee::Builtin => Called::Builtin(name),
            Callee::Conversion => Called::Conversion,
            Callee::Literal(function) => Called::Body(function),
            Callee::Declared(functions) => here(functions).map_or(Called::Unknown, Called::Body),
            Callee::Abstract(_) | Callee::Returned(_) | Callee::Unknown => Called::Unknown,
            Callee::Fact(fact) => match self.owner(call) {
                Some((owner, name)) => Called::Known { owner, name, fact },
                None => Called::Unknown,
            },
        }
    }

    /// The package or the table's type that the called function belongs to, and its name there.
    fn owner(&self, call: NodeId) -> Option<(String, &'t str)> {
        let tree = self.src.tree;
        let function = self.src.function_of(call)?;
        if tree.kind(function) == Kind::Selector
            && let Some(operand) = tree.child(function, Field::Operand)
        {
            let name = tree.child(function, Field::Selected).map(|name| tree.text_of(name))?;
            if let Some(path) = self.src.import_path(operand) {
                return Some((path.to_owned(), name));
            }
            let of = self.known_type(operand)?;
            return self.src.fact(of, name).map(|_| (of.to_owned(), name));
        }
        self.known_type(function).map(|of| (of.to_owned(), "()"))
    }

    /// Whether a call returns an error alone, and one that says something; nothing where that is not known. What the table
    /// has no flag for fails in no way that matters, if it is the standard library's.
    pub(crate) fn gives_error(&self, call: NodeId) -> Option<bool> {
        let all =
            |places: Places| places.iter().map(|place| self.returns_error(place)).reduce(same).flatten();
        match self.src.callee_within(call, FOLLOWED) {
            Callee::Fact(fact) if fact.is(Trait::Fails) => Some(true),
            Callee::Fact(_) => self.is_standard_call(call).then_some(false),
            Callee::Declared(functions) | Callee::Returned(functions) => all(functions),
            Callee::Abstract(method) => self.returns_error(method),
            Callee::Literal(function) => self.returns_error(self.src.place(function)),
            Callee::Builtin | Callee::Conversion => Some(false),
            Callee::Unknown => None,
        }
    }

    /// Whether a call that is the only argument of another one may be all of its arguments (spec, "Calls"): it is known to give
    /// several values, or it is not known to give one and the other call takes several.
    pub(crate) fn may_be_all(&self, given: NodeId, to: NodeId) -> bool {
        let gives_one = self.counts_one(given, &|src, function| src.results_of(function));
        gives_one == Some(false) || gives_one.is_none() && self.counts_one(to, &takes) == Some(false)
    }

    /// Whether the count is one for what a call calls; nothing where that is not at hand.
    fn counts_one(&self, call: NodeId, count: &dyn Fn(Source<'_, '_>, NodeId) -> usize) -> Option<bool> {
        let of = |place: Place| self.src.at(place).map(|(src, function)| count(src, function) == 1);
        match self.src.callee_within(call, FOLLOWED) {
            Callee::Builtin | Callee::Conversion => Some(true),
            Callee::Declared(functions) | Callee::Returned(functions) => {
                functions.iter().map(of).reduce(same).flatten()
            }
            Callee::Literal(literal) => Some(count(self.src, literal) == 1),
            Callee::Abstract(method) => of(method),
            Callee::Fact(_) | Callee::Unknown => None,
        }
    }

    /// Whether the one result of a function is the predeclared `error`.
    fn returns_error(&self, function: Place) -> Option<bool> {
        let (src, node) = self.src.at(function)?;
        let results = Results::of(src.tree, src.scopes, node);
        Some(results.all.len() == 1 && results.ends_in_error(src.tree, src.scopes))
    }

    /// Whether a call is one of the standard library's functions and methods.
    pub(crate) fn is_standard_call(&self, call: NodeId) -> bool {
        matches!(self.called(call), Called::Known { owner, .. } if self.src.resources.is_standard(&owner))
    }

    /// The type of the table that an expression has.
    pub(crate) fn known_type(&self, expression: NodeId) -> Option<&'static str> {
        match self.src.type_of(expression) {
            Type::Known(of) => Some(of),
            _ => None,
        }
    }

    /// Numbers, strings, bools, errors, bytes, and structures of nothing else.
    pub(crate) fn is_plain(&self, expression: NodeId) -> bool {
        matches!(self.src.type_of(expression), Type::Plain | Type::Bytes)
    }

    /// Whether an expression is known to have a type that is no interface: two values of it can be compared, if its type can.
    pub(crate) fn is_concrete(&self, expression: NodeId) -> bool {
        let types = self.src.written();
        let of = types.of_expression(expression);
        of.is_some_and(|of| !matches!(of, Written::Parameter(_)) && !types.is_interface(&of))
    }

    /// Whether an expression is known to be a pointer.
    pub(crate) fn is_pointer(&self, expression: NodeId) -> bool {
        matches!(self.src.written().of_expression(expression), Some(Written::Pointer(_)))
    }

    /// What a call's method is selected from.
    pub(crate) fn receiver(&self, call: NodeId) -> Option<NodeId> {
        self.src.receiver_of(call)
    }

    /// The pointer through which a call copies what its method is declared for: the call panics if that is nil.
    pub(crate) fn copies_receiver(&self, call: NodeId) -> Option<NodeId> {
        let types = self.src.written();
        let receiver = self.src.receiver_of(call)?;
        match types.of_expression(receiver)? {
            Written::Pointer(of) if types.gets_copy(&of, self.src.called_name(call)) => Some(receiver),
            _ => None,
        }
    }

    /// Whether a value of plain data has methods of the module's own by which the standard library works with it.
    pub(crate) fn is_called_back(&self, expression: NodeId) -> bool {
        const WORKED_WITH: [&str; 6] = ["Read", "Write", "WriteTo", "ReadFrom", "Less", "ReadByte"];
        WORKED_WITH.iter().any(|name| self.src.method_of_value(expression, name).is_some())
    }

    /// A slice, array, map, channel or structure, as a type that this file writes.
    pub(crate) fn type_node(&self, expression: NodeId) -> Option<NodeId> {
        match self.src.type_of(expression) {
            Type::Node(place) => in_file(place),
            _ => None,
        }
    }

    /// Whether a selector is of a field that its operand's type itself has, and none that comes with an embedded one.
    pub(crate) fn is_own_field(&self, selector: NodeId) -> bool {
        let tree = self.src.tree;
        let (of, name) = (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected));
        of.zip(name)
            .is_some_and(|(of, name)| self.src.own_field(self.src.type_of(of), tree.text_of(name)).is_some())
    }

    /// Whether a selector is of such a field that is a structure: it is where its operand is.
    pub(crate) fn is_inlined_field(&self, selector: NodeId) -> bool {
        let types = self.src.written();
        let of = types.of_expression(selector);
        let is_lock = |of: &Written| match of {
            Written::Declared { package: Some(path), name } => path == "sync" && name.ends_with("Mutex"),
            _ => false,
        };
        let is_structure = || self.src.structure_of(self.src.type_of(selector)).is_some();
        self.is_own_field(selector)
            && of.is_some_and(|of| !matches!(of, Written::Pointer(_)) && (is_lock(&of) || is_structure()))
    }

    /// The method of that name of a type that this file declares.
    pub(crate) fn method(&self, expression: NodeId, name: &str) -> Option<NodeId> {
        match self.src.method_of(self.src.type_of(expression), name, DEPTH) {
            Callee::Declared(methods) => here(methods),
            _ => None,
        }
    }

    /// The variable at the bottom of an expression.
    pub(crate) fn root(&self, expression: NodeId) -> Option<BindingId> {
        self.src.root_variable(expression)
    }

    pub(crate) fn is_variable(&self, binding: BindingId) -> bool {
        self.src.is_variable(binding)
    }

    /// The values that a write gives, the place of `target` among the targets, and the number of targets.
    pub(crate) fn values_given(&self, target: NodeId) -> Option<(Vec<NodeId>, usize, usize)> {
        self.src.values_given(target)
    }

    /// Whether the statement around a value takes two of it: `v, ok := x.(T)`.
    pub(crate) fn takes_two(&self, value: NodeId) -> bool {
        self.src.results_taken(value) == 2
    }

    /// The variables that hold what a defer of an iteration releases, where everything that happens to it is known: it
    /// is used up in the iteration, and nobody else has it. Locks protect what no variable tells, so they have none; nor
    /// has what anybody but the standard library made or releases, as it may do more than can be told here.
    pub(crate) fn holders(
        &self,
        function: NodeId,
        iteration: NodeId,
        defer: NodeId,
    ) -> Option<Vec<BindingId>> {
        if let Some(known) = self.around.held.borrow().get(&defer) {
            return known.clone();
        }
        let holders = self
            .is_standard(defer)
            .then(|| self.released(function, iteration, defer))
            .flatten()
            .filter(|holders| holders.iter().all(|&holder| self.is_made_by_standard(holder)));
        self.around.held.borrow_mut().insert(defer, holders.clone());
        holders
    }

    /// The variables that hold what a variable of the iteration holds: the object, something built from it, or memory of it.
    /// An error is where some of that leaves the iteration, or may. Mentions in the nodes of `skip` do not count.
    pub(crate) fn carriers(
        &self,
        variable: BindingId,
        iteration: NodeId,
        skip: Vec<NodeId>,
    ) -> Result<Vec<BindingId>, NodeId> {
        let mut carry = Carry::new(self.src, iteration, skip);
        carry.carry(variable, Load::SURE);
        carry.run();
        match carry.happenings.first() {
            Some(first) => Err(first.at),
            None => Ok(carry.carriers.into_keys().collect()),
        }
    }

    /// Whether a type's name means a structure that this package declares.
    pub(crate) fn is_struct(&self, name: NodeId) -> bool {
        self.src.is_struct(name)
    }

    /// The variables that hold what the defer releases, whoever made that.
    fn released(&self, function: NodeId, iteration: NodeId, defer: NodeId) -> Option<Vec<BindingId>> {
        let Source { tree, scopes, world, resources, .. } = self.src;
        let (flow, go) = (self.flow, GoVersion::NEWEST);
        let case = Case { tree, scopes, flow, resources, world, go, defer, function, iteration };
        if locks::judge(&case, self.src).is_some() {
            return None;
        }
        self.src.memo.budget.renew();
        let mut site = Site::judged(&case, self.src);
        let found = std::mem::take(&mut site.found);
        let Judgement { reason, .. } = conclude(&case, self.src, found);
        // What has a name can be reached by whatever tells it, which is followed less surely than a value.
        let by_name = site.cleanup.released.iter().any(|one| one.text);
        (reason == Reason::Released && !by_name).then(|| site.carry.carriers.keys().copied().collect())
    }

    /// Whether all values that a variable gets are made by the standard library.
    fn is_made_by_standard(&self, holder: BindingId) -> bool {
        let tree = self.src.tree;
        let mentions = self.src.scopes.get(holder).mentions.iter();
        let mut writes = mentions.filter(|&&at| access(tree, at) != Access::Read);
        writes.all(|&at| {
            let given = self.src.values_given(at);
            given.is_none_or(|(values, ..)| values.iter().all(|&value| self.is_standard(value)))
        })
    }

    /// Whether all calls in a subtree are the standard library's, or of a literal that stands there itself.
    fn is_standard(&self, node: NodeId) -> bool {
        let tree = self.src.tree;
        tree.subtree(node).filter(|&id| tree.kind(id) == Kind::Call).all(|call| match self.called(call) {
            Called::Builtin(_) | Called::Conversion => true,
            Called::Known { owner, .. } => self.src.resources.is_standard(&owner),
            Called::Body(function) => tree.within(function, node),
            Called::Unknown => false,
        })
    }
}

/// What two answers have in common.
fn same(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    one.filter(|_| one == other)
}

/// The one function of the file under analysis that is meant.
fn here(functions: Places) -> Option<NodeId> {
    let mut functions = functions.iter();
    functions.next().and_then(in_file).filter(|_| functions.next().is_none())
}

/// The node of a place that is in the file under analysis.
fn in_file(place: Place) -> Option<NodeId> {
    (place.unit == UnitId::MAIN).then_some(place.node)
}

/// How many arguments a function takes; more than one where the last parameter takes any number.
fn takes(src: Source<'_, '_>, function: NodeId) -> usize {
    let list = src.tree.child(function, Field::Parameters);
    let variadic =
        list.is_some_and(|list| src.tree.named(list).any(|id| src.tree.kind(id) == Kind::VariadicParameter));
    src.parameters_of(function) + usize::from(variadic)
}
