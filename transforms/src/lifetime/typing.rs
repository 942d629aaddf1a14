//! The type of an expression, as far as declarations, signatures and the resource table give it.

use super::effects::Operand;
use super::types::{Callee, DEPTH, Places, Source, Type};
use crate::library::Wanted;
use crate::parse::{Field, Kind, NodeId};
use crate::predeclared::is_plain;
use crate::resources::{Fact, Outcome};
use crate::scope::BindingId;
use crate::world::Place;
use crate::written::Written;

impl Source<'_, '_> {
    pub(super) fn type_of(&self, expression: NodeId) -> Type {
        self.type_within(expression, DEPTH)
    }

    pub(super) fn type_within(&self, expression: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        if depth == 0 {
            return Type::Unknown;
        }
        let operand = || tree.child(expression, Field::Operand);
        match tree.kind(expression) {
            Kind::Identifier => match self.scopes.meaning(expression) {
                Some(binding) => self.type_of_binding(binding, depth - 1),
                None => self.type_of_unbound(tree.text_of(expression), depth),
            },
            Kind::Parenthesized => tree
                .named(expression)
                .next()
                .map_or(Type::Unknown, |inner| self.type_within(inner, depth - 1)),
            Kind::Unary => self.type_of_unary(expression, depth),
            Kind::Binary | Kind::True | Kind::False | Kind::Iota => Type::Plain,
            literal if literal.is_basic_literal() => Type::Plain,
            Kind::Selector | Kind::Call => {
                self.memo.type_of_chain((self.place(expression), depth), || match tree.kind(expression) {
                    Kind::Selector => self.type_of_selector(expression, depth),
                    _ => self.type_of_result(expression, 0, depth),
                })
            }
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

    pub(super) fn type_of_unary(&self, expression: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(operand) = tree.child(expression, Field::Operand) else { return Type::Unknown };
        if tree.has_token(expression, "&") || tree.has_token(expression, "*") {
            return self.identity(operand).unwrap_or_else(|| self.type_within(operand, depth - 1));
        }
        if tree.has_token(expression, "<-") {
            return self.element(self.type_within(operand, depth - 1), depth);
        }
        Type::Plain
    }

    /// The declared structure of a composite literal, or of a variable, which is a thing of its own where its address or its
    /// methods count, however plain its fields are.
    pub(super) fn identity(&self, expression: NodeId) -> Option<Type> {
        let tree = self.tree;
        let value = tree.unparenthesized(expression);
        let of = match tree.kind(value) {
            Kind::CompositeLiteral => tree.child(value, Field::Type)?,
            Kind::Identifier => {
                let declared = self.scopes.get(self.scopes.meaning(value)?).at;
                if let Some(of) = tree.parent(declared).and_then(|up| tree.child(up, Field::Type)) {
                    of
                } else {
                    let given = tree.unparenthesized(self.value_given(declared)?);
                    let is_literal = tree.kind(given) == Kind::CompositeLiteral;
                    tree.child(given, Field::Type).filter(|_| is_literal)?
                }
            }
            _ => return None,
        };
        self.structure_named(of)
    }

    /// The declared type of a variable that stands at its declaration, whatever it is made of; else what is known of it.
    pub(super) fn named_type_of(&self, binding: BindingId) -> Type {
        let declared = self.tree.parent(self.scopes.get(binding).at);
        let of = declared.and_then(|up| self.tree.child(up, Field::Type)).and_then(|of| self.spec_of(of));
        of.map_or_else(|| self.type_of_variable(binding), Type::Node)
    }

    /// The declared structure that a type node names.
    fn structure_named(&self, of: NodeId) -> Option<Type> {
        let spec = self.spec_of(of)?;
        let (src, node) = self.at(spec)?;
        src.structure(node).map(|_| Type::Node(spec))
    }

    pub(super) fn type_of_selector(&self, selector: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let (Some(operand), Some(name)) =
            (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected))
        else {
            return Type::Unknown;
        };
        let name = tree.text_of(name);
        if let Some(path) = self.import_path(operand) {
            return self.type_of_exported(path, name, depth);
        }
        match self.type_within(operand, depth - 1) {
            Type::Known(of) => {
                self.fact(of, name).map_or(Type::Unknown, |fact| self.of_selected(fact, depth))
            }
            Type::Node(place) => match self.told(place, name) {
                Some(fact) => self.of_selected(fact, depth),
                None => self.field_of(place, name, depth - 1),
            },
            _ => Type::Unknown,
        }
    }

    /// The type of a variable or constant that this text does not declare.
    fn type_of_unbound(&self, name: &str, depth: usize) -> Type {
        match self.type_of_value(self.package(), name, depth) {
            Type::Unknown => {
                first_known(self.dot_imports(name).map(|path| self.type_of_exported(path, name, depth)))
            }
            of => of,
        }
    }

    /// The type of a variable or constant of another package.
    fn type_of_exported(&self, path: &str, name: &str, depth: usize) -> Type {
        self.fact(path, name)
            .map_or_else(|| self.type_of_value(Some(path), name, depth), |fact| self.of_selected(fact, depth))
    }

    /// The type of a package-level variable or constant whose source is at hand.
    fn type_of_value(&self, package: Option<&str>, name: &str, depth: usize) -> Type {
        let [place] = self.world.find(package, Wanted::Value(name))[..] else { return Type::Unknown };
        let Some((src, at)) = self.at(place) else { return Type::Unknown };
        src.scopes
            .meaning(at)
            .map_or(Type::Unknown, |binding| src.type_of_binding(binding, depth.saturating_sub(1)))
    }

    fn field_of(&self, place: Place, name: &str, depth: usize) -> Type {
        self.at(place).map_or(Type::Unknown, |(src, node)| src.type_of_field(node, name, depth))
    }

    /// A field of a structure: its own, an embedded one by the name of its type, or one of those below (spec, "Selectors").
    pub(super) fn type_of_field(&self, node: NodeId, name: &str, depth: usize) -> Type {
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
        self.type_of_embedded(structure, name, depth)
    }

    /// Whether a structure has a field with the name, its own or one of what it embeds.
    pub(super) fn has_field(&self, of: Type, name: &str) -> bool {
        self.kind_of_field(of, name).is_some() || self.promotes_field(of, name, DEPTH)
    }

    fn promotes_field(&self, of: Type, name: &str, depth: usize) -> bool {
        let Type::Node(place) = of else { return false };
        let Some((src, node)) = self.at(place).filter(|_| depth > 0) else { return false };
        let embedded = src.structure(node).map_or_else(Vec::new, |structure| src.embedded(structure));
        embedded.into_iter().any(|of| {
            let of = src.type_of_node(of, depth - 1);
            src.kind_of_field(of, name).is_some() || src.promotes_field(of, name, depth - 1)
        })
    }

    /// Where a structure at hand declares a field of its own, an embedded one by the name of its type.
    pub(super) fn own_field(&self, of: Type, name: &str) -> Option<Place> {
        let Type::Node(place) = of else { return None };
        let (src, node) = self.at(place)?;
        let list = src.tree.named(src.structure(node)?).next()?;
        let own = |declaration: NodeId| {
            let mut names =
                src.tree.named(declaration).filter(|&id| src.tree.field(id) == Field::Name).peekable();
            if names.peek().is_some() {
                return names.find(|&id| src.tree.text_of(id) == name);
            }
            let of = src.tree.child(declaration, Field::Type)?;
            (src.name_of_embedded(of).split('[').next() == Some(name)).then_some(of)
        };
        let field = src.tree.named(list).find_map(own)?;
        Some(Place { unit: place.unit, node: field })
    }

    /// The embedded field of a structure through which it has a field of another one.
    pub(super) fn promoting_field(&self, of: Type, name: &str) -> Option<Place> {
        let Type::Node(place) = of else { return None };
        let (src, node) = self.at(place)?;
        let embedded = src.embedded(src.structure(node)?);
        let mut all = embedded
            .into_iter()
            .filter(|&inner| src.own_field(src.type_of_node(inner, DEPTH / 2), name).is_some());
        let only = all.next().filter(|_| all.next().is_none())?;
        Some(Place { unit: place.unit, node: only })
    }

    /// Whether a field is declared by a structure.
    pub(super) fn is_field_of(&self, of: Type, field: Place) -> bool {
        let Type::Node(place) = of else { return false };
        let Some((src, node)) = self.at(place).filter(|_| place.unit == field.unit) else { return false };
        let list = src.structure(node).and_then(|structure| src.tree.named(structure).next());
        list.is_some()
            && src.tree.parent(field.node).and_then(|declaration| src.tree.parent(declaration)) == list
    }

    /// The names of the fields of a structure in order, embedded ones by the names of their types.
    pub(super) fn fields_of(&self, of: Type) -> Option<Vec<&str>> {
        let Type::Node(place) = of else { return None };
        let (src, node) = self.at(place)?;
        let list = src.tree.named(src.structure(node)?).next();
        let mut all = Vec::new();
        for declaration in list.into_iter().flat_map(|list| src.tree.named(list)) {
            let before = all.len();
            let names = src.tree.named(declaration).filter(|&id| src.tree.field(id) == Field::Name);
            all.extend(names.map(|name| src.tree.text_of(name)));
            if all.len() == before {
                let of = src.tree.child(declaration, Field::Type)?;
                all.push(src.name_of_embedded(of));
            }
        }
        Some(all)
    }

    /// How the type of the field that a selector names is written, where it is at hand.
    pub(super) fn field_kind(&self, selector: NodeId) -> Option<Kind> {
        let tree = self.tree;
        let (of, name) = (tree.child(selector, Field::Operand)?, tree.child(selector, Field::Selected)?);
        self.kind_of_field(self.type_of(of), tree.text_of(name))
    }

    /// How the type of such a field is written.
    pub(super) fn kind_of_field(&self, of: Type, name: &str) -> Option<Kind> {
        self.written_type_of_field(of, name).map(|(kind, _)| kind)
    }

    /// The same, and its text.
    pub(super) fn written_type_of_field(&self, of: Type, name: &str) -> Option<(Kind, String)> {
        let Type::Node(place) = of else { return None };
        let (src, node) = self.at(place)?;
        let structure = src.structure(node)?;
        let field = src.tree.subtree(structure).find(|&id| {
            src.tree.kind(id) == Kind::FieldIdentifier
                && src.tree.field(id) == Field::Name
                && src.tree.text_of(id) == name
        });
        let of = src.tree.child(src.tree.parent(field?)?, Field::Type)?;
        Some((src.tree.kind(of), src.tree.text_of(of).to_owned()))
    }

    fn type_of_embedded(&self, structure: NodeId, name: &str, depth: usize) -> Type {
        if depth == 0 {
            return Type::Unknown;
        }
        for of in self.embedded(structure) {
            let inner = self.type_of_node(of, depth - 1);
            if self.name_of_embedded(of) == name {
                return inner;
            }
            let field = match inner {
                Type::Known(of) => self
                    .fact(of, name)
                    .filter(|fact| fact.field)
                    .map_or(Type::Unknown, |fact| self.of_selected(fact, depth)),
                Type::Node(place) => self.field_of(place, name, depth - 1),
                _ => Type::Unknown,
            };
            if field != Type::Unknown {
                return field;
            }
        }
        Type::Unknown
    }

    /// The structure type behind a type node.
    pub(super) fn structure(&self, node: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let node = if tree.kind(node) == Kind::TypeSpec { tree.child(node, Field::Type)? } else { node };
        (tree.kind(node) == Kind::StructType).then_some(node)
    }

    /// What an element of a slice, array, map or channel is.
    pub(super) fn element(&self, of: Type, depth: usize) -> Type {
        match of {
            Type::Known("archive/zip.File" | "mime/multipart.FileHeader") => of,
            Type::Plain | Type::Bytes | Type::Known("tick.C") => Type::Plain,
            Type::Node(place) => {
                self.at(place).map_or(Type::Unknown, |(src, node)| src.element_of(node, depth))
            }
            _ => Type::Unknown,
        }
    }

    fn element_of(&self, node: NodeId, depth: usize) -> Type {
        let tree = self.tree;
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
            Kind::PointerType => self.pointed_to(node, depth),
            Kind::Parenthesized => {
                tree.named(node).next().map_or(Type::Unknown, |inner| self.type_of_node(inner, depth - 1))
            }
            Kind::TypeIdentifier => self.type_named(node, depth),
            Kind::QualifiedType => self.type_qualified(node, depth),
            Kind::SliceType | Kind::ArrayType => {
                let element = tree.child(node, Field::Element);
                match element.map(|element| (tree.text_of(element), self.type_of_node(element, depth - 1))) {
                    Some(("byte" | "uint8", _)) if tree.kind(node) == Kind::SliceType => Type::Bytes,
                    Some((_, Type::Plain)) => Type::Plain,
                    _ => Type::Node(self.place(node)),
                }
            }
            Kind::MapType => {
                let plain = tree.named(node).all(|part| self.type_of_node(part, depth - 1) == Type::Plain);
                if plain { Type::Plain } else { Type::Node(self.place(node)) }
            }
            Kind::FunctionType => Type::Function,
            Kind::StructType | Kind::ChannelType => Type::Node(self.place(node)),
            Kind::GenericType => {
                tree.named(node).next().map_or(Type::Unknown, |inner| self.type_of_node(inner, depth - 1))
            }
            _ => Type::Unknown,
        }
    }

    /// A pointer to a declared structure is an identity, however plain the structure's fields are.
    fn pointed_to(&self, pointer: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(inner) = tree.named(pointer).next() else { return Type::Unknown };
        let of = self.type_of_node(inner, depth - 1);
        if of != Type::Plain {
            return of;
        }
        self.spec_of(inner).map_or(of, Type::Node)
    }

    /// The spec of the type that a type node names.
    pub(super) fn spec_of(&self, name: NodeId) -> Option<Place> {
        let tree = self.tree;
        // That of a generic type, whatever its arguments.
        let name = if tree.kind(name) == Kind::GenericType { tree.named(name).next()? } else { name };
        if tree.kind(name) == Kind::TypeIdentifier
            && let Some(binding) = self.scopes.meaning(name)
        {
            let spec = tree.parent(self.scopes.get(binding).at)?;
            return (tree.kind(spec) == Kind::TypeSpec).then(|| self.place(spec));
        }
        let (package, name) = self.named_elsewhere(name)?;
        self.one_type(package, name)
    }

    /// The package and the name of what a type's name means that this text does not declare; nothing for what is predeclared.
    pub(super) fn named_elsewhere(&self, of: NodeId) -> Option<(Option<&str>, &str)> {
        let tree = self.tree;
        match tree.kind(of) {
            Kind::TypeIdentifier if self.scopes.meaning(of).is_none() => {
                let name = tree.text_of(of);
                (!is_plain(name)).then_some((self.package(), name))
            }
            Kind::QualifiedType => {
                let (path, name) = self.qualified(of)?;
                Some((Some(path), name))
            }
            _ => None,
        }
    }

    /// The path of the package and the name in a type of another package.
    fn qualified(&self, of: NodeId) -> Option<(&str, &str)> {
        let tree = self.tree;
        let package = tree.child_of_kind(of, Kind::PackageIdentifier)?;
        Some((self.scopes.import_path(package)?, tree.text_of(tree.child(of, Field::Name)?)))
    }

    /// Whether a signature is that of a remote call, as gRPC's generator writes it for the client of a service: it ends in
    /// `...grpc.CallOption`. Such a method sends what it gets and returns what comes, which is a message or a stream of them.
    pub(super) fn is_remote(&self, signature: NodeId) -> bool {
        let tree = self.tree;
        let last = tree.child(signature, Field::Parameters).and_then(|list| tree.named(list).last());
        let of = last.filter(|&last| tree.kind(last) == Kind::VariadicParameter);
        let of = of.and_then(|last| tree.child(last, Field::Type));
        of.is_some_and(|of| {
            tree.kind(of) == Kind::QualifiedType
                && self.qualified(of) == Some(("google.golang.org/grpc", "CallOption"))
        })
    }

    pub(super) fn type_named(&self, name: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(binding) = self.scopes.meaning(name) else {
            if is_plain(tree.text_of(name)) {
                return Type::Plain;
            }
            if let Some(place) = self.spec_of(name) {
                return self.type_at(place, depth);
            }
            let name = tree.text_of(name);
            return first_known(self.dot_imports(name).map(|path| self.type_in(path, name, depth)));
        };
        let spec = tree.parent(self.scopes.get(binding).at);
        spec.map_or(Type::Unknown, |spec| self.type_of_spec(spec, depth))
    }

    /// The type that a declaration elsewhere declares.
    fn type_at(&self, place: Place, depth: usize) -> Type {
        if let Some(known) = self.memo.type_of(place) {
            return known;
        }
        let of = self.at(place).map_or(Type::Unknown, |(src, spec)| src.type_of_spec(spec, depth));
        self.memo.note_type(place, of);
        of
    }

    fn type_of_spec(&self, spec: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let Some(of) = tree.child(spec, Field::Type) else { return Type::Unknown };
        if depth == 0 {
            return Type::Unknown;
        }
        match tree.kind(spec) {
            Kind::TypeAlias => self.type_of_node(of, depth - 1),
            Kind::TypeSpec => match self.type_of_node(of, depth - 1) {
                Type::Plain => Type::Plain,
                Type::Node(inner)
                    if inner.unit == self.unit
                        && tree.kind(inner.node) == Kind::StructType
                        && self.all_plain(inner.node, depth - 1) =>
                {
                    Type::Plain
                }
                Type::Function => Type::Function,
                _ => Type::Node(self.place(spec)),
            },
            _ => Type::Unknown,
        }
    }

    pub(super) fn all_plain(&self, structure: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        let mut fields =
            tree.subtree(structure).filter(|&id| id != structure && tree.field(id) == Field::Type);
        depth > 0 && fields.all(|of| self.type_of_node(of, depth - 1) == Type::Plain)
    }

    pub(super) fn type_qualified(&self, node: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let (Some(package), Some(name)) =
            (tree.child_of_kind(node, Kind::PackageIdentifier), tree.child(node, Field::Name))
        else {
            return Type::Unknown;
        };
        let (Some(path), name) = (self.scopes.import_path(package), tree.text_of(name)) else {
            return Type::Unknown;
        };
        self.type_in(path, name, depth)
    }

    /// The type that another package has under a name.
    fn type_in(&self, path: &str, name: &str, depth: usize) -> Type {
        if self.resources.is_plain(path, name) {
            return Type::Plain;
        }
        if self.resources.is_memory(path, name) {
            return Type::Bytes;
        }
        if let Some(known) = self.resources.known(&[path, ".", name].concat()) {
            return self.of_table(known, depth);
        }
        self.one_type(Some(path), name).map_or(Type::Unknown, |place| self.type_at(place, depth))
    }

    /// The type of a value, or of result number `index` of a call.
    pub(super) fn type_of_source(&self, value: NodeId, index: usize) -> Type {
        if self.tree.kind(value) == Kind::Call {
            self.type_of_result(value, index, DEPTH / 2)
        } else {
            self.type_of(value)
        }
    }

    /// The type of result number `index` of a call.
    pub(super) fn type_of_result(&self, call: NodeId, index: usize, depth: usize) -> Type {
        let tree = self.tree;
        match self.callee_within(call, depth.saturating_sub(1)) {
            Callee::Fact(fact) => self.of_outcome(fact.result(index), depth),
            Callee::Declared(functions) | Callee::Returned(functions) => {
                match self.common_result(functions, index, depth) {
                    Type::Unknown => {
                        self.type_inferred(call, functions, index, depth).unwrap_or(Type::Unknown)
                    }
                    of => of,
                }
            }
            Callee::Abstract(method) => self.result_at(method, index, depth),
            Callee::Literal(function) => self.type_of_declared(function, index, depth),
            Callee::Conversion => self.function_of(call).map_or(Type::Unknown, |function| {
                match (tree.kind(function), tree.text_of(function)) {
                    (Kind::Identifier, text) if is_plain(text) && self.scopes.meaning(function).is_none() => {
                        Type::Plain
                    }
                    (_, "[]byte") => Type::Bytes,
                    (Kind::Identifier, name) => self.type_converted(function, name, depth),
                    (Kind::Selector, _) => self.type_of_selected(function, depth),
                    _ => Type::Unknown,
                }
            }),
            Callee::Builtin => self.type_of_builtin(call, depth),
            Callee::Unknown => match self.type_of_once(call, index, depth) {
                Type::Unknown => {
                    let of = self.type_by_function(call, index, depth);
                    of.or_else(|| self.type_by_data(call, index, depth)).unwrap_or(Type::Unknown)
                }
                of => of,
            },
        }
    }

    /// Result number `index` of a generic function that gives back what has the type of a parameter, or of a result of a
    /// function that is one: `must(os.Open(name))`, `retry(func() (*T, error) { … })` (spec, "Type inference").
    fn type_inferred(&self, call: NodeId, functions: Places, index: usize, depth: usize) -> Option<Type> {
        let depth = depth.checked_sub(1)?;
        let (src, function) = self.at(functions.iter().next()?)?;
        let tree = src.tree;
        let wanted = tree.text_of(src.result_declared(function, index)?);
        let names = tree.subtree(tree.child(function, Field::TypeParameters)?);
        let mut names =
            names.filter(|&id| tree.field(id) == Field::Name && tree.kind(id) == Kind::Identifier);
        if !names.any(|name| tree.text_of(name) == wanted.trim_start_matches('*')) {
            return None;
        }
        let parameters = src.operands_of(function);
        let given = self.arguments(call);
        parameters.iter().find_map(|&(operand, name)| {
            let Operand::Argument(place) = operand else { return None };
            let of = tree.parent(name?).and_then(|declaration| tree.child(declaration, Field::Type))?;
            if tree.text_of(of) == wanted {
                return match given[..] {
                    // The results of one call are all its arguments.
                    [only] if parameters.len() > 1 && self.tree.kind(only) == Kind::Call => {
                        Some(self.type_of_result(only, place, depth))
                    }
                    _ => Some(self.type_within(*given.get(place)?, depth)),
                };
            }
            let is_wanted = |&result: &usize| {
                src.result_declared(of, result).is_some_and(|of| tree.text_of(of) == wanted)
            };
            let made =
                (0..src.results_of(of)).filter(|_| tree.kind(of) == Kind::FunctionType).find(is_wanted)?;
            let functions = self.functions_meant(*given.get(place)?)?;
            Some(self.common_result(Places::of(&functions)?, made, depth))
        })
    }

    /// What a variable gives that was declared as `sync.OnceValue(func() T { … })`.
    fn type_of_once(&self, call: NodeId, index: usize, depth: usize) -> Type {
        let variable = self.function_of(call).and_then(|function| {
            let here = self.scopes.meaning(function).map(|binding| (*self, binding));
            here.or_else(|| self.variable_of_another_file(function))
        });
        let Some((src, binding)) = variable else { return Type::Unknown };
        let given = src.value_given(src.scopes.get(binding).at);
        let literal = given.and_then(|given| src.wrapped_literal(given, "OnceValue"));
        literal.map_or(Type::Unknown, |literal| src.type_of_declared(literal, index, depth.saturating_sub(1)))
    }

    /// Data that a method of data gives which the standard library declares: `t.UTC()` of a time.
    fn type_by_data(&self, call: NodeId, index: usize, depth: usize) -> Option<Type> {
        let receiver = self.receiver_of(call).filter(|_| index == 0)?;
        let of_data = self.type_within(receiver, depth.checked_sub(1)?) == Type::Plain;
        let is_data = match self.written().of_expression(call).filter(|_| of_data)? {
            Written::Predeclared(name) => is_plain(&name),
            Written::Declared { package: Some(path), name } => self.resources.is_plain(&path, &name),
            _ => false,
        };
        is_data.then_some(Type::Plain)
    }

    /// The same by the declared type of the function that is called, whatever function that is.
    fn type_by_function(&self, call: NodeId, index: usize, depth: usize) -> Option<Type> {
        let depth = depth.checked_sub(2)?;
        let (src, function) = self.at(self.function_type(self.function_of(call)?, depth)?)?;
        Some(src.type_of_declared(function, index, depth))
    }

    /// The type of functions that a variable, a parameter or a field is declared with.
    fn function_type(&self, value: NodeId, depth: usize) -> Option<Place> {
        let tree = self.tree;
        let depth = depth.checked_sub(1)?;
        let (src, declaration) = match tree.kind(value) {
            Kind::Identifier => {
                let binding = self.scopes.meaning(value).filter(|&of| self.is_variable(of))?;
                let at = self.scopes.get(binding).at;
                let declaration = tree.parent(at)?;
                let kinds = [Kind::ParameterDeclaration, Kind::VarSpec];
                if !kinds.contains(&tree.kind(declaration)) || tree.child(declaration, Field::Type).is_none()
                {
                    return self.function_type(self.value_given(at)?, depth);
                }
                (*self, declaration)
            }
            Kind::Selector => {
                let (of, name) = (tree.child(value, Field::Operand)?, tree.child(value, Field::Selected)?);
                let field = self.own_field(self.type_within(of, depth), tree.text_of(name))?;
                let (src, field) = self.at(field)?;
                (src, src.tree.parent(field)?)
            }
            _ => return None,
        };
        src.function_type_named(src.tree.child(declaration, Field::Type)?)
    }

    /// A type of functions, where a type node is one or the name of one.
    fn function_type_named(&self, of: NodeId) -> Option<Place> {
        if self.tree.kind(of) == Kind::FunctionType {
            return Some(self.place(of));
        }
        let (src, spec) = self.at(self.spec_of(of)?)?;
        let of = src.tree.child(spec, Field::Type)?;
        (src.tree.kind(of) == Kind::FunctionType).then(|| src.place(of))
    }

    /// The result of a function that may have several declarations, where they agree.
    fn common_result(&self, functions: Places, index: usize, depth: usize) -> Type {
        let mut types = functions.iter().map(|place| self.result_at(place, index, depth));
        let first = types.next().unwrap_or(Type::Unknown);
        if types.all(|other| other == first) { first } else { Type::Unknown }
    }

    /// The declared type of a result; where that is an interface and all values returned have one type, that.
    fn result_at(&self, place: Place, index: usize, depth: usize) -> Type {
        let Some((src, function)) = self.at(place) else { return Type::Unknown };
        let declared = src.type_of_declared(function, index, depth);
        if !src.is_interface(declared) {
            return declared;
        }
        src.concrete_result(function, index, depth.saturating_sub(4)).unwrap_or(declared)
    }

    fn concrete_result(&self, function: NodeId, index: usize, depth: usize) -> Option<Type> {
        let tree = self.tree;
        let body = tree.child(function, Field::Body).filter(|_| depth > 0)?;
        let mut found = None;
        for statement in tree.own_subtree(body).filter(|&id| tree.kind(id) == Kind::Return) {
            let operands = tree.operands(tree.child_of_kind(statement, Kind::ExpressionList)?);
            let forwarded = operands.len() == 1 && self.results_of(function) > 1;
            let operand = tree.unparenthesized(if forwarded { operands[0] } else { *operands.get(index)? });
            if tree.kind(operand) == Kind::Nil {
                continue;
            }
            let of = if forwarded && tree.kind(operand) == Kind::Call {
                self.type_of_result(operand, index, depth)
            } else {
                self.identity(operand).unwrap_or_else(|| self.type_within(operand, depth))
            };
            let is_known = matches!(of, Type::Known(_) | Type::Node(_)) && !self.is_interface(of);
            if !is_known || found.is_some_and(|found| found != of) {
                return None;
            }
            found = Some(of);
        }
        found
    }

    /// The type that `name(x)` converts to.
    fn type_converted(&self, function: NodeId, name: &str, depth: usize) -> Type {
        match self.scopes.meaning(function) {
            Some(_) => self.type_named(function, depth.max(2) - 1),
            None => {
                self.one_type(self.package(), name).map_or(Type::Unknown, |place| self.type_at(place, depth))
            }
        }
    }

    /// The type that `pkg.Name(x)` converts to.
    fn type_of_selected(&self, selector: NodeId, depth: usize) -> Type {
        let tree = self.tree;
        let (Some(operand), Some(name)) =
            (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected))
        else {
            return Type::Unknown;
        };
        match (self.import_path(operand), tree.text_of(name)) {
            (Some(path), name) if self.resources.is_plain(path, name) => Type::Plain,
            (Some(path), name) if self.resources.is_memory(path, name) => Type::Bytes,
            (Some(path), name) => {
                self.one_type(Some(path), name).map_or(Type::Unknown, |place| self.type_at(place, depth))
            }
            _ => Type::Unknown,
        }
    }

    /// Whether values of a type are data through and through: no interface, function, channel or memory of others in them,
    /// and nothing of which the type is not known.
    pub(super) fn holds_nothing(&self, of: Type) -> bool {
        self.any_part(of, |part, is_whole| is_whole && part != Type::Plain) == Some(false)
    }

    /// Whether a type is a list: a slice, an array or a map, also by a name of its own.
    pub(super) fn is_list(&self, of: Type) -> bool {
        let Type::Node(place) = of else { return false };
        self.at(place).is_some_and(|(src, node)| {
            let of = src.tree.child(node, Field::Type).filter(|_| src.tree.kind(node) == Kind::TypeSpec);
            matches!(src.tree.kind(of.unwrap_or(node)), Kind::SliceType | Kind::ArrayType | Kind::MapType)
        })
    }

    /// Whether a type has nothing but bytes and plain data.
    pub(super) fn is_bytes_and_data(&self, of: Type) -> bool {
        self.any_part(of, |part, is_whole| is_whole && !matches!(part, Type::Plain | Type::Bytes))
            == Some(false)
    }

    /// Whether a type or a part of it, however deep, is one that `sought` wants.
    pub(super) fn has_part(&self, of: Type, sought: impl Fn(Type) -> bool) -> bool {
        self.any_part(of, |part, _| sought(part)) == Some(true)
    }

    /// Whether a type or a part of it, however deep, is one that `sought` wants, who is told whether it has no parts of its own;
    /// nothing where there were too many to look at all of them.
    pub(super) fn any_part(&self, of: Type, sought: impl Fn(Type, bool) -> bool) -> Option<bool> {
        let mut seen = Vec::new();
        let mut todo = vec![of];
        let mut is_all = true;
        while let Some(of) = todo.pop() {
            let place = if let Type::Node(place) = of { Some(place) } else { None };
            // What a structure mentions of itself adds nothing.
            if place.is_some_and(|place| seen.contains(&place)) {
                continue;
            }
            let parts = place.and_then(|place| self.at(place)).and_then(|(src, node)| src.parts(node));
            if sought(of, parts.is_none()) {
                return Some(true);
            }
            if seen.len() == MOST_PARTS {
                is_all &= place.is_none();
                continue;
            }
            seen.extend(place);
            todo.extend(parts.into_iter().flatten());
        }
        is_all.then_some(false)
    }

    /// The types of what a structure, slice, array or map is made of; nothing for any other type.
    fn parts(&self, node: NodeId) -> Option<Vec<Type>> {
        let tree = self.tree;
        let node = if tree.kind(node) == Kind::TypeSpec { tree.child(node, Field::Type)? } else { node };
        let parts: Vec<NodeId> = match tree.kind(node) {
            Kind::StructType => {
                let fields = tree.named(node).flat_map(|list| tree.named(list));
                fields.filter_map(|field| tree.child(field, Field::Type)).collect()
            }
            Kind::SliceType | Kind::ArrayType => tree.child(node, Field::Element).into_iter().collect(),
            Kind::MapType => tree.named(node).collect(),
            _ => return None,
        };
        Some(parts.into_iter().map(|part| self.type_of_node(part, 8)).collect())
    }

    pub(super) fn type_of_builtin(&self, call: NodeId, depth: usize) -> Type {
        let first = self.arguments(call).first().copied();
        match (self.called_name(call), first) {
            ("new", Some(of)) => match self.copied(call) {
                Some(value) => self.type_within(value, depth.saturating_sub(1)),
                None => {
                    self.structure_named(of).unwrap_or_else(|| self.type_of_node(of, depth.saturating_sub(1)))
                }
            },
            ("make", Some(of)) => self.type_of_node(of, depth.saturating_sub(1)),
            ("append", Some(of)) => self.type_within(of, depth.saturating_sub(1)),
            ("recover", _) => Type::Unknown,
            _ => Type::Plain,
        }
    }

    /// The declared type of a result of a function of this file.
    pub(super) fn type_of_declared(&self, function: NodeId, index: usize, depth: usize) -> Type {
        if self.tree.child(function, Field::Result).is_none() {
            return Type::Plain;
        }
        let of = self.result_declared(function, index);
        of.map_or(Type::Unknown, |of| self.type_of_node(of, depth.saturating_sub(1)))
    }

    /// The type that a function, or the type of one, says result number `index` has.
    fn result_declared(&self, function: NodeId, index: usize) -> Option<NodeId> {
        let tree = self.tree;
        let result = tree.child(function, Field::Result)?;
        if tree.kind(result) != Kind::ParameterList {
            return (index == 0).then_some(result);
        }
        let mut place = 0;
        for declaration in tree.named(result) {
            let names = tree.named(declaration).filter(|&id| tree.field(id) == Field::Name).count().max(1);
            if index < place + names {
                return tree.child(declaration, Field::Type);
            }
            place += names;
        }
        None
    }

    /// A field's type; a function or method that is not called is a function value.
    fn of_selected(&self, fact: &Fact, depth: usize) -> Type {
        if fact.field { self.of_outcome(fact.result(0), depth) } else { Type::Function }
    }

    fn of_outcome(&self, outcome: Outcome, depth: usize) -> Type {
        match outcome {
            Outcome::Plain | Outcome::Name | Outcome::Text | Outcome::Address => Type::Plain,
            Outcome::Memory => Type::Bytes,
            Outcome::Value { of: "func", .. } => Type::Function,
            Outcome::Value { of, .. } => self.of_table(of, depth),
            Outcome::Other | Outcome::Unknown => Type::Unknown,
        }
    }

    /// A type of the table. Where a stanza speaks of it and its source is at hand, it is the declared type, of which more
    /// is known than what the stanza says.
    fn of_table(&self, name: &'static str, depth: usize) -> Type {
        let parts = name.rsplit_once('.').filter(|_| self.resources.is_told(name));
        let declared = parts.and_then(|(package, of)| self.one_type(Some(package), of)).map(Type::Node);
        let same = |&of: &Type| matches!(of, Type::Node(place) if self.type_at(place, depth) == of);
        declared.filter(same).unwrap_or(Type::Known(name))
    }
}

/// How many declared types a type may be made of to be looked through.
const MOST_PARTS: usize = 64;

fn first_known(mut types: impl Iterator<Item = Type>) -> Type {
    types.find(|&of| of != Type::Unknown).unwrap_or(Type::Unknown)
}
