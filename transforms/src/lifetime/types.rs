//! Types as far as syntax and the resource table give them, and what a call calls.

use std::rc::Rc;

use super::behind::is_exported;
use super::memo::Memo;
use crate::flow::Nest;
use crate::library::Wanted;
use crate::parse::{Field, Kind, Means, NodeId, Tree};
use crate::predeclared::{FUNCTIONS, TYPES};
use crate::resources::{Fact, Outcome, Resources, Trait};
use crate::scope::{Access, BindingId, Declares, Scopes, access};
use crate::signature::Results;
use crate::world::{MOST_VARIANTS, Place, UnitId, World};
use crate::written::method_here;

/// How far a chain of declarations is followed.
pub(super) const DEPTH: usize = 40;

/// The type of an expression. Pointers are not told from what they point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// Numbers, strings, bools, errors, and structures of nothing else.
    Plain,
    /// A slice of bytes: plain unless it is a view of someone's memory.
    Bytes,
    /// A type of the resource table.
    Known(&'static str),
    /// A type node: a structure, slice, map, channel, interface, or the spec of a declared type.
    Node(Place),
    Function,
    Unknown,
}

/// The declarations that a name may mean: several only where build constraints choose between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places([Option<Place>; MOST_VARIANTS]);

impl Places {
    pub(super) fn of(places: &[Place]) -> Option<Places> {
        let mut all = [None; MOST_VARIANTS];
        for (slot, &place) in all.iter_mut().zip(places) {
            *slot = Some(place);
        }
        (1..=MOST_VARIANTS).contains(&places.len()).then_some(Places(all))
    }

    pub(super) fn one(place: Place) -> Places {
        let mut all = [None; MOST_VARIANTS];
        all[0] = Some(place);
        Places(all)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Place> {
        self.0.into_iter().flatten()
    }
}

/// The functions that a value may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Values<'a> {
    pub(super) places: Vec<Place>,
    /// Also one that the table knows: it cancels a context, or is the method of a value that releases it.
    pub(super) known: Option<&'a Fact>,
}

impl<'a> Values<'a> {
    fn add(&mut self, place: Place) -> Option<()> {
        if !self.places.contains(&place) {
            self.places.push(place);
        }
        (self.places.len() <= MOST_FUNCTIONS).then_some(())
    }

    fn add_known(&mut self, fact: Option<&'a Fact>) -> Option<()> {
        let fact = fact?;
        let is_same = self.known.is_none_or(|known| std::ptr::eq(known, fact));
        self.known = Some(fact);
        is_same.then_some(())
    }

    fn join(&mut self, other: Values<'a>) -> Option<()> {
        if other.known.is_some() {
            self.add_known(other.known)?;
        }
        other.places.into_iter().try_for_each(|place| self.add(place))
    }
}

/// The type of functions that cancel a context.
const CANCEL: &str = "context.CancelFunc";

/// How many functions a value may be.
const MOST_FUNCTIONS: usize = 32;

/// How many functions a function value is followed through.
pub(super) const RETURNS: usize = 6;

/// What a call calls.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee<'a> {
    /// A predeclared function.
    Builtin,
    Conversion,
    /// Something that the table knows.
    Fact(&'a Fact),
    /// A function or method whose source is at hand.
    Declared(Places),
    /// A method of an interface: only its signature is known.
    Abstract(Place),
    /// A function literal of the same text, called on the spot or through the one variable that it was given to.
    Literal(NodeId),
    /// A function literal that a call of a declared function gave back.
    Returned(Places),
    Unknown,
}

/// A text with its syntax tree, as all questions of this module need it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, 't> {
    pub(super) tree: &'a Tree<'t>,
    pub(super) scopes: &'a Scopes<'t>,
    pub(super) nest: &'a Nest,
    pub(super) world: &'a World<'t>,
    pub(super) resources: &'a Resources,
    pub(super) memo: &'a Memo,
    pub(super) unit: UnitId,
}

/// Interfaces of the resource table.
const INTERFACES: &[&str] = &[
    "io.Reader",
    "io.Writer",
    "io.Closer",
    "io.ReadWriter",
    "io.StringWriter",
    "io.ByteReader",
    "io.ReadSeeker",
    "io.ReaderAt",
    "io.ReadCloser",
    "io.WriteCloser",
    "io.ReadWriteCloser",
    "io.ReadSeekCloser",
    "io/fs.File",
    "io/fs.FS",
    "net.Conn",
    "net.Listener",
    "net.PacketConn",
    "hash.Hash",
    "testing.TB",
    "mime/multipart.File",
    "context.Context",
];

/// Whether a package's interface of that name is one of the resource table.
fn is_interface_named(path: &str, name: &str) -> bool {
    // Most differ in their length, which is cheaper to ask.
    let length = path.len() + 1 + name.len();
    let is_it = |known: &&str| known.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) == Some(name);
    INTERFACES.iter().filter(|known| known.len() == length).any(is_it)
}

impl<'a, 't> Source<'a, 't> {
    /// A node of this text, as other texts name it.
    pub(super) fn place(&self, node: NodeId) -> Place {
        Place { unit: self.unit, node }
    }

    /// The text that a place is in, with its node. Nothing for the file under analysis, seen from another text.
    pub(super) fn at(&self, place: Place) -> Option<(Source<'a, 't>, NodeId)> {
        if place.unit == self.unit {
            return Some((*self, place.node));
        }
        let unit = self.world.unit(place.unit)?;
        let facts = &unit.facts;
        let source =
            Source { tree: &facts.tree, scopes: &facts.scopes, nest: &facts.nest, unit: place.unit, ..*self };
        Some((source, place.node))
    }

    /// The import path of the package that the text belongs to; nothing for that of the file under analysis.
    pub(super) fn package(&self) -> Option<&'a str> {
        self.world.unit(self.unit)?.package.as_deref()
    }

    /// Whether some file of the text's package has a word.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.tree.text.contains(word) || self.world.mentions(self.package(), word)
    }

    /// Whether a type is an interface, whose methods are those of something else.
    pub(super) fn is_interface(&self, of: Type) -> bool {
        match of {
            Type::Known(name) => INTERFACES.contains(&name),
            Type::Node(place) => self.at(place).is_some_and(|(src, node)| {
                let node = src.tree.child(node, Field::Type).unwrap_or(node);
                src.tree.kind(node) == Kind::InterfaceType
            }),
            _ => false,
        }
    }

    /// The value that a call of `new` points to a copy of (Go 1.26); nothing where its argument is a type.
    pub(super) fn copied(&self, call: NodeId) -> Option<NodeId> {
        (self.called_name(call) == "new").then_some(())?;
        self.arguments(call).first().copied().filter(|&first| !self.tree.kind(first).is_type())
    }

    /// What the package of this text declares elsewhere.
    pub(super) fn elsewhere(&self, wanted: Wanted<'_>) -> Rc<[Place]> {
        self.world.find(self.package(), wanted)
    }

    /// The one type that `wanted` means; under several build constraints it may be several.
    pub(super) fn one_type(&self, package: Option<&str>, name: &str) -> Option<Place> {
        match self.world.find(package, Wanted::Type(name))[..] {
            [place] => Some(place),
            _ => None,
        }
    }

    /// Whether a type's name means a structure that this package declares.
    pub(super) fn is_struct(&self, name: NodeId) -> bool {
        let is_struct = |src: Source<'_, '_>, spec: NodeId| {
            let of = src.tree.child(spec, Field::Type);
            of.is_some_and(|of| src.tree.kind(of) == Kind::StructType)
        };
        if let Some(binding) = self.scopes.meaning(name) {
            let spec = self.tree.parent(self.scopes.get(binding).at);
            return spec.is_some_and(|spec| is_struct(*self, spec));
        }
        let place = self.one_type(self.package(), self.tree.text_of(name));
        place.and_then(|place| self.at(place)).is_some_and(|(src, spec)| is_struct(src, spec))
    }

    /// Whether a variable is declared as a structure, not as a pointer to one, and has nothing that it was made of.
    pub(super) fn is_structure(&self, variable: BindingId) -> bool {
        let tree = self.tree;
        let at = self.scopes.get(variable).at;
        let spec =
            tree.parent(at).filter(|&up| matches!(tree.kind(up), Kind::VarSpec | Kind::ParameterDeclaration));
        let of =
            spec.and_then(|spec| tree.child(spec, Field::Type)).filter(|_| self.value_given(at).is_none());
        of.is_some_and(|of| tree.kind(of) == Kind::StructType || self.is_struct(of))
    }

    /// The identifier at the bottom of a selector, index, slice, assertion, address, conversion or call chain.
    pub(super) fn root(&self, mut id: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        loop {
            if let Some(of) = self.converted(id) {
                id = of;
                continue;
            }
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

    /// What an expression converts to another type; nothing where it is no conversion.
    pub(super) fn converted(&self, expression: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        match tree.kind(expression) {
            Kind::TypeConversion => tree.named(expression).nth(1),
            Kind::Call if self.is_type(self.function_of(expression)?) => {
                self.arguments(expression).first().copied()
            }
            _ => None,
        }
    }

    /// Whether what a call calls is a type.
    fn is_type(&self, function: NodeId) -> bool {
        let tree = self.tree;
        let operand = tree.child(function, Field::Operand);
        match tree.kind(function) {
            Kind::Identifier => match self.scopes.means(function) {
                Means::Type => true,
                Means::Unknown => matches!(self.callee_named(function, 1), Callee::Conversion),
                _ => false,
            },
            Kind::Selector => {
                let name = tree.child(function, Field::Selected).map_or("", |name| tree.text_of(name));
                let path = operand.and_then(|of| self.import_path(of));
                path.is_some_and(|path| matches!(self.callee_of_package(path, name), Callee::Conversion))
            }
            // `(*T)(x)`
            Kind::Unary if tree.has_token(function, "*") => {
                operand.is_some_and(|of| self.is_type(tree.unparenthesized(of)))
            }
            Kind::SliceType | Kind::ArrayType | Kind::MapType | Kind::PointerType | Kind::InterfaceType => {
                true
            }
            _ => false,
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

    /// Whether a local variable may be changed by others than its function: a literal has it, or its address was taken.
    pub(super) fn is_seen_elsewhere(&self, binding: BindingId) -> bool {
        let variable = self.scopes.get(binding);
        variable.mentions.iter().filter(|&&at| at != variable.at).any(|&at| {
            access(self.tree, at) == Access::Address || self.nest.function(at) != variable.function
        })
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

    /// What a call calls, without the type arguments of a generic function.
    pub(super) fn function_of(&self, call: NodeId) -> Option<NodeId> {
        let function = self.tree.unparenthesized(self.tree.child(call, Field::Function)?);
        Some(self.generic_function(function).unwrap_or(function))
    }

    /// The function in a function with a type argument, which looks like an element.
    fn generic_function(&self, index: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let function = tree.child(index, Field::Operand).filter(|_| tree.kind(index) == Kind::Index)?;
        let is_function = match tree.kind(function) {
            Kind::Identifier => match self.scopes.means(function) {
                Means::Unknown => self.world.declares_function(self.package(), tree.text_of(function)),
                means => means == Means::Function,
            },
            Kind::Selector => {
                let of = tree.child(function, Field::Operand).and_then(|of| self.import_path(of));
                let name = tree.child(function, Field::Selected).map_or("", |name| tree.text_of(name));
                of.is_some() && self.world.declares_function(of, name)
            }
            _ => false,
        };
        is_function.then_some(function)
    }

    /// The expression that a call's method is selected from; the package for a function of another one.
    pub(super) fn receiver_of(&self, call: NodeId) -> Option<NodeId> {
        let function = self.function_of(call).filter(|&function| self.tree.kind(function) != Kind::Unary)?;
        self.tree.child(function, Field::Operand)
    }

    /// Whether a call is one of the predeclared `append`.
    pub(super) fn is_append(&self, call: NodeId) -> bool {
        self.tree.kind(call) == Kind::Call
            && self.called_name(call) == "append"
            && matches!(self.callee(call), Callee::Builtin)
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
            Callee::Builtin if self.copies_from_elsewhere(call) => Callee::Unknown,
            Callee::Fact(_) if let Some(fact) = self.printed_by(call) => Callee::Fact(fact),
            callee => callee,
        }
    }

    /// What prints to a standard stream of the process is told as what prints to its output: `fmt.Fprintln(os.Stderr, x)`.
    pub(super) fn printed_by(&self, call: NodeId) -> Option<&'a Fact> {
        let name = match self.called_name(call) {
            "Fprint" => "Print",
            "Fprintf" => "Printf",
            "Fprintln" => "Println",
            _ => return None,
        };
        let operand = self.receiver_of(call).filter(|&on| self.import_path(on) == Some("fmt"))?;
        let stream = self.tree.unparenthesized(*self.arguments(call).first()?);
        let of = self.tree.child(stream, Field::Operand).and_then(|of| self.import_path(of));
        let stream = self.tree.child(stream, Field::Selected).map(|name| self.tree.text_of(name));
        let is_standard = of == Some("os") && matches!(stream, Some("Stdout" | "Stderr"));
        is_standard.then(|| self.fact(self.import_path(operand)?, name))?
    }

    /// Whether what looks like a type in `new(T)` is a variable of another file.
    fn copies_from_elsewhere(&self, call: NodeId) -> bool {
        if self.called_name(call) != "new" {
            return false;
        }
        let of = self.arguments(call).first().copied();
        of.and_then(|of| self.named_elsewhere(of))
            .is_some_and(|(package, name)| !self.world.find(package, Wanted::Value(name)).is_empty())
    }

    /// The variable of its package that a name means, where another file declares it.
    pub(super) fn variable_of_another_file(&self, id: NodeId) -> Option<(Source<'a, 't>, BindingId)> {
        let tree = self.tree;
        let named = tree.kind(id) == Kind::Identifier && !tree.is_element_key(id);
        if !named || self.scopes.meaning(id).is_some() {
            return None;
        }
        let [place] = self.world.find(self.package(), Wanted::Value(tree.text_of(id)))[..] else {
            return None;
        };
        let (src, at) = self.at(place)?;
        let binding = src.scopes.meaning(at)?;
        src.is_variable(binding).then_some((src, binding))
    }

    /// How many values of an expression the statement around it takes.
    pub(super) fn results_taken(&self, value: NodeId) -> usize {
        let tree = self.tree;
        let alone =
            |&list: &NodeId| tree.kind(list) == Kind::ExpressionList && tree.operands(list) == [value];
        let Some(owner) = tree.parent(value).filter(alone).and_then(|list| tree.parent(list)) else {
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
            Kind::Call => self.callee_returned(function, 0, depth),
            _ if self.is_type(function) => Callee::Conversion,
            _ => self.callee_typed(function, depth),
        }
    }

    /// A value that is called, by its type.
    fn callee_typed(&self, function: NodeId, depth: usize) -> Callee<'a> {
        match self.type_within(function, depth) {
            Type::Known(name) => self.fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
            _ => Callee::Unknown,
        }
    }

    /// The function that result number `index` of `call` is.
    fn callee_returned(&self, call: NodeId, index: usize, depth: usize) -> Callee<'a> {
        if depth == 0 {
            return Callee::Unknown;
        }
        match self.type_of_result(call, index, depth) {
            Type::Known(name) => return self.fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
            Type::Function | Type::Unknown => {}
            _ => return Callee::Unknown,
        }
        if depth < DEPTH / 2 {
            return Callee::Unknown;
        }
        let Callee::Declared(functions) = self.callee_within(call, depth.saturating_sub(2)) else {
            return Callee::Unknown;
        };
        let Some(values) = self.functions_returned(functions, index, RETURNS) else { return Callee::Unknown };
        let cancel = self.fact(CANCEL, "()");
        let cancels = |known: &Fact| cancel.is_some_and(|cancel| std::ptr::eq(known, cancel));
        match (Places::of(&values.places), values.known) {
            // To cancel a context adds nothing to what the functions beside it do.
            (Some(places), known) if known.is_none_or(cancels) => Callee::Returned(places),
            (None, Some(fact)) => Callee::Fact(fact),
            _ => Callee::Unknown,
        }
    }

    /// The functions that declared functions give back as result number `index`, where it is known which.
    fn functions_returned(&self, functions: Places, index: usize, steps: usize) -> Option<Values<'a>> {
        let mut values = Values::default();
        for place in functions.iter() {
            let (src, function) = self.at(place)?;
            let body = src.tree.child(function, Field::Body).filter(|_| steps > 0)?;
            if src.is_result_changed(function, body) {
                return None;
            }
            for statement in src.tree.own_subtree(body).filter(|&id| src.tree.kind(id) == Kind::Return) {
                let list = src.tree.child_of_kind(statement, Kind::ExpressionList)?;
                let operands = src.tree.operands(list);
                if operands.len() == src.results_of(function) {
                    src.function_value(*operands.get(index)?, 0, steps - 1, &mut values)?;
                } else {
                    src.function_value(*operands.first()?, index, steps - 1, &mut values)?;
                }
            }
        }
        Some(values)
    }

    /// The functions that an expression, or result number `index` of a call, may be.
    pub(super) fn function_value(
        &self,
        expression: NodeId,
        index: usize,
        steps: usize,
        values: &mut Values<'a>,
    ) -> Option<()> {
        let tree = self.tree;
        let expression = tree.unparenthesized(expression);
        match tree.kind(expression) {
            Kind::Nil => Some(()),
            Kind::FunctionLiteral => values.add(self.place(expression)),
            Kind::Identifier => self.function_named(expression, steps, values),
            Kind::Selector => match self.callee_selected(expression, DEPTH / 2) {
                Callee::Declared(methods) => methods.iter().try_for_each(|place| values.add(place)),
                Callee::Fact(fact) if fact.is(Trait::Release) && self.is_of_a_resource(expression) => {
                    values.add_known(Some(fact))
                }
                _ => match self.functions_of_row(expression, steps) {
                    Some(of_row) => values.join(of_row),
                    None => self.function_typed(expression, values),
                },
            },
            Kind::Call => match self.callee_within(expression, DEPTH / 2) {
                Callee::Declared(functions) => values.join(self.functions_returned(functions, index, steps)?),
                Callee::Fact(fact) if matches!(fact.result(index), Outcome::Value { of: CANCEL, .. }) => {
                    values.add_known(self.fact(CANCEL, "()"))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a call of the table's gives a context and what cancels it.
    pub(super) fn makes_context(&self, call: NodeId) -> bool {
        let Callee::Fact(fact) = self.callee(call) else { return false };
        matches!(fact.result(1), Outcome::Value { of: CANCEL, .. })
    }

    /// Whether result number `index` of a call is a function that cancels a context, and does nothing else.
    pub(super) fn only_cancels(&self, call: NodeId, index: usize) -> bool {
        let cancel = self.fact(CANCEL, "()");
        let mut values = Values::default();
        self.type_of_result(call, index, DEPTH / 2) == Type::Known(CANCEL)
            || self.function_value(call, index, RETURNS, &mut values).is_some()
                && values.places.is_empty()
                && values.known.zip(cancel).is_some_and(|(known, cancel)| std::ptr::eq(known, cancel))
    }

    /// Whether a selector is the method of a value, and not one by which a lock is given back or a count is kept.
    fn is_of_a_resource(&self, selector: NodeId) -> bool {
        let operand = self.tree.child(selector, Field::Operand);
        operand.is_some_and(|operand| {
            matches!(self.type_of(operand), Type::Known(of) if !of.starts_with("sync.") && !of.starts_with("sync/"))
        })
    }

    fn function_named(&self, name: NodeId, steps: usize, values: &mut Values<'a>) -> Option<()> {
        let binding = self.scopes.get(self.scopes.meaning(name)?);
        match binding.declares {
            Declares::Function => values.add(self.place(self.tree.parent(binding.at)?)),
            Declares::Variable | Declares::Result if binding.function.is_some() && steps > 0 => {
                // A method of its type may have the address.
                let is_operand = |&at: &NodeId| {
                    self.tree.parent(at).is_some_and(|up| self.tree.kind(up) == Kind::Selector)
                };
                if binding.mentions.iter().any(is_operand) {
                    return None;
                }
                let writes = binding.mentions.iter().filter(|&&at| access(self.tree, at) != Access::Read);
                for &write in writes {
                    let Some((given, index, count)) = self.values_given(write) else {
                        // A declaration without a value.
                        if write == binding.at {
                            continue;
                        }
                        return None;
                    };
                    let (value, index) =
                        if given.len() == count { (given[index], 0) } else { (*given.first()?, index) };
                    self.function_value(value, index, steps - 1, values)?;
                }
                Some(())
            }
            _ => self.function_typed(name, values),
        }
    }

    fn function_typed(&self, expression: NodeId, values: &mut Values<'a>) -> Option<()> {
        let cancels = self.type_of(expression) == Type::Known(CANCEL);
        values.add_known(self.fact(CANCEL, "()").filter(|_| cancels))
    }

    /// The functions that a call comes to whose source is at hand: declared ones, literals that those give back, or one of the
    /// same text.
    pub(super) fn functions_called(&self, call: NodeId) -> Option<Places> {
        match self.callee(call) {
            Callee::Declared(functions) | Callee::Returned(functions) => Some(functions),
            Callee::Literal(literal) => Some(Places::one(self.place(literal))),
            _ => None,
        }
    }

    /// How many results a call has that may be several.
    pub(super) fn results_called(&self, call: NodeId) -> usize {
        let functions = self.functions_called(call).into_iter().flat_map(Places::iter);
        let counts = functions.filter_map(|place| self.at(place));
        counts.map(|(src, function)| src.results_of(function)).fold(1, usize::max)
    }

    /// The functions that an expression may be, where all of them are known and their source is at hand.
    pub(super) fn functions_meant(&self, expression: NodeId) -> Option<Vec<Place>> {
        let expression = self.tree.unparenthesized(expression);
        let kind = self.tree.kind(expression);
        let of = self.type_of(expression);
        let may_be = match kind {
            Kind::FunctionLiteral => true,
            // The value of a method has no type here.
            Kind::Identifier | Kind::Selector => matches!(of, Type::Function | Type::Unknown),
            Kind::Call => of != Type::Plain,
            _ => false,
        };
        if !may_be {
            return None;
        }
        if kind == Kind::Identifier
            && let Callee::Declared(functions) = self.callee_named(expression, DEPTH / 2)
        {
            return Some(functions.iter().collect());
        }
        let mut values = Values::default();
        self.function_value(expression, 0, RETURNS, &mut values)?;
        (!values.places.is_empty() && values.known.is_none()).then_some(values.places)
    }

    /// Whether a literal in a function, which may be deferred, changes a result that has a name, or something has its address.
    fn is_result_changed(&self, function: NodeId, body: NodeId) -> bool {
        let tree = self.tree;
        let is_changed = |at: NodeId| match access(tree, at) {
            Access::Read => false,
            Access::Address => true,
            _ => tree.within(at, body) && self.nest.function(at) != Some(function),
        };
        let results = Results::of(tree, self.scopes, function).all;
        let mut named = results.into_iter().filter_map(|result| result.binding);
        named.any(|result| self.scopes.get(result).mentions.iter().any(|&at| is_changed(at)))
    }

    /// How many results a function has.
    pub(super) fn results_of(&self, function: NodeId) -> usize {
        let tree = self.tree;
        let Some(result) = tree.child(function, Field::Result) else { return 0 };
        if tree.kind(result) != Kind::ParameterList {
            return 1;
        }
        let names =
            |declaration| tree.named(declaration).filter(|&id| tree.field(id) == Field::Name).count().max(1);
        tree.named(result).map(names).sum()
    }

    pub(super) fn callee_named(&self, name: NodeId, depth: usize) -> Callee<'a> {
        let text = self.tree.text_of(name);
        let Some(binding) = self.scopes.meaning(name) else { return self.callee_unbound(text) };
        match self.scopes.get(binding).declares {
            Declares::Type => Callee::Conversion,
            Declares::Elsewhere => self.callee_in(self.package(), text),
            Declares::Function => self
                .tree
                .parent(self.scopes.get(binding).at)
                .filter(|&at| self.tree.kind(at) == Kind::FunctionDeclaration)
                .map_or(Callee::Unknown, |at| Callee::Declared(Places::one(self.place(at)))),
            Declares::Variable | Declares::Parameter | Declares::Result => {
                self.callee_of_variable(binding, name, depth)
            }
            _ => Callee::Unknown,
        }
    }

    /// A name that this text does not declare: predeclared, of another file of its package, or of a package that it imports
    /// with a dot.
    fn callee_unbound(&self, name: &str) -> Callee<'a> {
        if FUNCTIONS.contains(&name) {
            return Callee::Builtin;
        }
        if TYPES.contains(&name) {
            return Callee::Conversion;
        }
        match self.callee_in(self.package(), name) {
            Callee::Unknown => {
                let mut dotted = self.dot_imports(name).map(|path| self.callee_of_package(path, name));
                dotted.find(|callee| !matches!(callee, Callee::Unknown)).unwrap_or(Callee::Unknown)
            }
            callee => callee,
        }
    }

    /// The packages that a name may come from which nothing in its own package declares.
    pub(super) fn dot_imports(&self, name: &str) -> impl Iterator<Item = &'t str> {
        let is_exported = is_exported(name);
        self.scopes.dot_imports().iter().copied().filter(move |_| is_exported)
    }

    /// A function or type of another package.
    fn callee_of_package(&self, path: &str, name: &str) -> Callee<'a> {
        if self.resources.is_plain(path, name)
            || self.resources.is_memory(path, name)
            || is_interface_named(path, name)
            || (path, name) == ("unsafe", "Pointer")
        {
            return Callee::Conversion;
        }
        self.fact(path, name).map_or_else(|| self.callee_in(Some(path), name), Callee::Fact)
    }

    /// A function or type of a package whose source is at hand.
    fn callee_in(&self, package: Option<&str>, name: &str) -> Callee<'a> {
        if let Some(functions) = Places::of(&self.world.find(package, Wanted::Function(name))) {
            return Callee::Declared(functions);
        }
        let is_type = !self.world.find(package, Wanted::Type(name)).is_empty();
        if is_type { Callee::Conversion } else { Callee::Unknown }
    }

    fn callee_of_variable(&self, binding: BindingId, at: NodeId, depth: usize) -> Callee<'a> {
        if let Some(literal) = self.literal_of(binding) {
            return Callee::Literal(literal);
        }
        match self.type_of_binding(binding, depth) {
            Type::Known(name) => self.fact(name, "()").map_or(Callee::Unknown, Callee::Fact),
            Type::Function | Type::Unknown => self.callee_given(binding, at, depth),
            _ => Callee::Unknown,
        }
    }

    /// The function that a call gave to a variable, seen at one of its mentions.
    fn callee_given(&self, binding: BindingId, at: NodeId, depth: usize) -> Callee<'a> {
        let Some((values, index, count)) =
            self.reaching(binding, at).and_then(|write| self.values_given(write))
        else {
            return Callee::Unknown;
        };
        let call = if values.len() == count { values.get(index) } else { values.first() };
        let Some(&call) = call.filter(|&&call| self.tree.kind(call) == Kind::Call) else {
            return Callee::Unknown;
        };
        if let Some(literal) = self.wrapped_literal(call, "OnceFunc") {
            return Callee::Literal(literal);
        }
        self.callee_returned(call, if values.len() == count { 0 } else { index }, depth.saturating_sub(1))
    }

    /// The literal in `sync.OnceFunc(func() { … })`, which does the same as the literal, once; or in a call of another function of
    /// `sync` whose name begins so.
    pub(super) fn wrapped_literal(&self, call: NodeId, once: &str) -> Option<NodeId> {
        let operand = self.tree.child(self.function_of(call)?, Field::Operand)?;
        let [literal] = self.arguments(call)[..] else { return None };
        let is_once = self.import_path(operand) == Some("sync") && self.called_name(call).starts_with(once);
        (is_once && self.tree.kind(literal) == Kind::FunctionLiteral).then_some(literal)
    }

    /// The one write whose value a mention of the variable sees; nothing where it may be one of several.
    fn reaching(&self, binding: BindingId, at: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let variable = self.scopes.get(binding);
        let writes: Vec<NodeId> =
            variable.mentions.iter().copied().filter(|&at| access(tree, at) != Access::Read).collect();
        if let [only] = writes[..] {
            return Some(only);
        }
        let last = writes.iter().copied().rfind(|&write| write < at)?;
        let here = |id: NodeId| self.nest.function(id) == variable.function;
        let statements = tree.ancestors(last).find(|&up| tree.kind(up) == Kind::StatementList)?;
        // In the same list, or in one around: no way leads past it.
        (access(tree, last) == Access::Write && here(last) && here(at) && tree.within(at, statements))
            .then_some(last)
    }

    /// Whether what the grammar takes for a conversion to a generic type may be a call of a generic function with its type
    /// arguments: only where its name is known to be a type's is it none.
    pub(super) fn may_call(&self, conversion: NodeId) -> bool {
        let tree = self.tree;
        let of = tree.child(conversion, Field::Type).filter(|&of| tree.kind(of) == Kind::GenericType);
        let name = of.and_then(|of| tree.named(of).next());
        name.is_some_and(|name| self.spec_of(name).is_none())
    }

    /// The function literal that a variable stands for, where it is given one once and nothing else.
    pub(super) fn literal_of(&self, binding: BindingId) -> Option<NodeId> {
        let tree = self.tree;
        let binding = self.scopes.get(binding);
        // Another file of the package may give a variable of it another value.
        if binding.function.is_none() && self.world.mentioning(&[binding.name]).len() > 1 {
            return None;
        }
        let mut value = None;
        for &mention in &binding.mentions {
            match access(tree, mention) {
                Access::Read => {}
                Access::Write if value.is_none() => value = self.value_given(mention),
                Access::Write if mention == binding.at => {}
                _ => return None,
            }
        }
        value
            .map(|value| tree.unparenthesized(value))
            .filter(|&value| tree.kind(value) == Kind::FunctionLiteral)
    }

    /// The targets of the statement around a node that gives them something, and the variables that these begin with.
    pub(super) fn targets_around(&self, at: NodeId) -> Option<(NodeId, Vec<BindingId>)> {
        let targets = self.tree.ancestors(at).find_map(|up| self.tree.child(up, Field::Left))?;
        let all = self.tree.operands(targets).into_iter();
        Some((targets, all.filter_map(|target| self.root_variable(target)).collect()))
    }

    /// The expression that a write gives to the name, where each name of the statement has its own.
    pub(super) fn value_given(&self, mention: NodeId) -> Option<NodeId> {
        let (values, index, count) = self.values_given(mention)?;
        (values.len() == count).then(|| values[index])
    }

    /// The expression that gives `target` its value, and which of its results that is.
    pub(super) fn source_given(&self, target: NodeId) -> Option<(NodeId, usize)> {
        let (values, index, count) = self.values_given(target)?;
        if values.len() == count { Some((values[index], 0)) } else { Some((*values.first()?, index)) }
    }

    /// What stands on the left of the statement whose values are `values`: a list of them, or one alone.
    pub(super) fn targets_of(&self, values: NodeId) -> Option<Vec<NodeId>> {
        let tree = self.tree;
        let owner = if tree.kind(values) == Kind::ExpressionList { tree.parent(values)? } else { values };
        match tree.kind(owner) {
            Kind::ShortVar | Kind::Assignment | Kind::RangeClause => {
                Some(tree.operands(tree.child(owner, Field::Left)?))
            }
            Kind::VarSpec => Some(tree.named(owner).filter(|&id| tree.field(id) == Field::Name).collect()),
            _ => None,
        }
    }

    /// The place that gets a value in a list of as many as there are places.
    pub(super) fn target_of(&self, value: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let values = tree.parent(value).filter(|&list| tree.kind(list) == Kind::ExpressionList)?;
        let index = tree.operands(values).iter().position(|&one| one == value)?;
        self.targets_of(values).filter(|_| tree.field(values) != Field::Left)?.get(index).copied()
    }

    /// The expressions that give a variable its values.
    pub(super) fn values_of(&self, variable: BindingId) -> impl Iterator<Item = NodeId> {
        let src = *self;
        let mentions = src.scopes.get(variable).mentions.iter();
        let writes = mentions.filter(move |&&at| access(src.tree, at) == Access::Write);
        writes.filter_map(move |&at| src.source_given(at)).map(|(value, _)| value)
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
            return self.callee_of_package(path, name);
        }
        let of = self.type_within(operand, depth.saturating_sub(1));
        if of == Type::Plain
            && let Some(methods) = self.method_of_data(selector)
        {
            return Callee::Declared(methods);
        }
        match self.method_of(of, name, depth) {
            // A field that holds a function.
            Callee::Unknown if depth > 1 => self.callee_typed(selector, depth - 1),
            callee => callee,
        }
    }

    /// The method `name` of a type, promoted ones included (spec, "Struct types").
    pub(super) fn method_of(&self, of: Type, name: &str, depth: usize) -> Callee<'a> {
        match of {
            Type::Known(of) => self.fact(of, name).map_or(Callee::Unknown, Callee::Fact),
            Type::Node(place) if depth > 0 => match self.told(place, name) {
                Some(fact) => Callee::Fact(fact),
                None => {
                    self.at(place).map_or(Callee::Unknown, |(src, spec)| src.method(spec, name, depth - 1))
                }
            },
            _ => Callee::Unknown,
        }
    }

    /// A fact of the table, with the life of the table.
    pub(super) fn fact(&self, owner: &str, name: &str) -> Option<&'a Fact> {
        self.resources.fact(owner, name)
    }

    /// What a stanza says about a method or a field of a type whose source is at hand.
    pub(super) fn told(&self, of: Place, name: &str) -> Option<&'a Fact> {
        if !self.resources.has_told() {
            return None;
        }
        let (src, spec) = self.at(of)?;
        let of = format!("{}.{}", src.package()?, src.tree.text_of(src.tree.child(spec, Field::Name)?));
        self.resources.is_told(&of).then(|| self.fact(&of, name)).flatten()
    }

    /// Whether a call that gets an argument may write to it: it is neither a constant nor a value of a known type.
    pub(super) fn may_be_written(&self, argument: NodeId) -> bool {
        let is_constant = || self.root(argument).is_none_or(|root| self.import_path(root).is_some());
        let harmless = match self.type_of(argument) {
            Type::Known(_) => true,
            // A variable may be a pointer: those are not told from what they point to.
            Type::Plain => is_constant(),
            _ => self.tree.kind(argument) == Kind::Nil,
        };
        !harmless || self.tree.kind(argument) == Kind::Unary
    }

    /// The folder in which a call makes something under a new name, where the program says which: others may look into it.
    pub(super) fn folder_of(&self, call: NodeId) -> Option<NodeId> {
        let folder = self.tree.unparenthesized(*self.arguments(call).first()?);
        let tree = self.tree;
        let is_default = match tree.kind(folder) {
            Kind::InterpretedString | Kind::RawString => tree.text_of(folder).len() == 2,
            Kind::Call => self.called_name(folder) == "TempDir",
            _ => false,
        };
        (!is_default).then_some(folder)
    }

    pub(super) fn import_path(&self, operand: NodeId) -> Option<&'t str> {
        if self.tree.kind(operand) == Kind::Identifier { self.scopes.import_path(operand) } else { None }
    }

    /// The method of a type that this text names.
    fn method(&self, spec: NodeId, name: &str, depth: usize) -> Callee<'a> {
        let tree = self.tree;
        // A structure without a name has what it embeds.
        if tree.kind(spec) == Kind::StructType {
            return self.promoted(spec, name, depth);
        }
        // A field is nearer than what is embedded.
        if self.own_field(Type::Node(self.place(spec)), name).is_some() {
            return Callee::Unknown;
        }
        let Some(type_name) = tree.child(spec, Field::Name).map(|name| tree.text_of(name)) else {
            return Callee::Unknown;
        };
        // A type that is declared in a function has no methods of its own.
        let is_local = tree.function_around(spec).is_some();
        if let Some(methods) = self.methods(type_name, name).filter(|_| !is_local) {
            return Callee::Declared(methods);
        }
        let Some(of) = tree.child(spec, Field::Type) else { return Callee::Unknown };
        match tree.kind(of) {
            Kind::StructType => self.promoted(of, name, depth),
            Kind::InterfaceType => self.abstract_method(of, name, depth),
            _ => Callee::Unknown,
        }
    }

    /// The declarations of a method of the named type of the package.
    pub(super) fn methods(&self, type_name: &str, name: &str) -> Option<Places> {
        let own = (self.unit == UnitId::MAIN).then(|| method_here(self.tree, type_name, name)).flatten();
        match own {
            Some(own) => Some(Places::one(self.place(own))),
            None => Places::of(&self.elsewhere(Wanted::Method(type_name, name))),
        }
    }

    /// A method of an embedded field, where it is least deep; two at the same depth are left to the compiler (spec, "Selectors").
    fn promoted(&self, structure: NodeId, name: &str, depth: usize) -> Callee<'a> {
        let mut level: Vec<(Source<'a, 't>, NodeId)> =
            self.embedded(structure).into_iter().map(|of| (*self, of)).collect();
        for depth in (0..depth).rev() {
            let mut found = Vec::new();
            let mut deeper = Vec::new();
            for (src, of) in level {
                let own = src.tree.text_of(of);
                let of = src.type_of_node(of, depth);
                match (of, src.structure_of(of)) {
                    // Data has methods as well.
                    (Type::Plain | Type::Bytes, _) => {
                        found.extend(src.methods(own, name).map(Callee::Declared));
                    }
                    (_, Some((its, at))) => {
                        let own = its.tree.child(at, Field::Name).map(|own| its.tree.text_of(own));
                        if self.own_field(of, name).is_some() {
                            return Callee::Unknown;
                        }
                        if own.is_some_and(|own| its.methods(own, name).is_some()) {
                            found.push(self.method_of(of, name, depth));
                        } else {
                            let structure = its.structure(at);
                            let all = structure.map_or_else(Vec::new, |structure| its.embedded(structure));
                            deeper.extend(all.into_iter().map(|of| (its, of)));
                        }
                    }
                    (_, None) => found.push(self.method_of(of, name, depth)),
                }
            }
            found.retain(|callee| !matches!(callee, Callee::Unknown));
            match found[..] {
                [] => level = deeper,
                [one] => return one,
                _ => return Callee::Unknown,
            }
        }
        Callee::Unknown
    }

    /// The declaration of a type that is a structure.
    pub(super) fn structure_of(&self, of: Type) -> Option<(Source<'a, 't>, NodeId)> {
        let Type::Node(place) = of else { return None };
        self.at(place).filter(|(src, node)| src.structure(*node).is_some())
    }

    /// The name of an embedded field: that of its type (spec, "Struct types").
    pub(super) fn name_of_embedded(&self, of: NodeId) -> &'t str {
        self.tree.text_of(of).rsplit(['.', '*']).next().unwrap_or_default()
    }

    /// The types of the embedded fields of a structure.
    pub(super) fn embedded(&self, structure: NodeId) -> Vec<NodeId> {
        let tree = self.tree;
        let Some(list) = tree.named(structure).next() else { return Vec::new() };
        tree.named(list)
            .filter(|&field| tree.child(field, Field::Name).is_none())
            .filter_map(|field| tree.child(field, Field::Type))
            .collect()
    }

    /// A method that an interface asks for, itself or through one that it embeds.
    fn abstract_method(&self, interface: NodeId, name: &str, depth: usize) -> Callee<'a> {
        let tree = self.tree;
        for part in tree.named(interface) {
            if tree.kind(part) == Kind::MethodElem {
                if tree.child(part, Field::Name).is_some_and(|id| tree.text_of(id) == name) {
                    return Callee::Abstract(self.place(part));
                }
            } else if let Some(of) = tree.named(part).next() {
                let callee = self.method_of(self.type_of_node(of, depth), name, depth.saturating_sub(1));
                if !matches!(callee, Callee::Unknown) {
                    return callee;
                }
            }
        }
        Callee::Unknown
    }
}
