//! What a release ends besides the value itself: the fields of it, which have to be its own.

use super::effects::{Operand, add_new};
use super::fresh::{Fresh, Made, Maker, STEPS, Setters};
use super::options::Setup;
use super::types::{Callee, DEPTH, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Trait, interned};
use crate::scan::focus::CALLED_BACK;
use crate::scope::{Access, BindingId, Declares, access};
use crate::world::Place;

/// A field whose value is ended together with the structure, or a field of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// The name of the structure's field; for an embedded one that of its type.
    pub(super) name: &'static str,
    /// The fields below it, with points between them: `b.c` where `x.a.b.c` is ended.
    below: &'static str,
    /// It is ended by its name: a path that is removed.
    pub(super) text: bool,
    /// It is a function, and called: what that ends has to be its own.
    pub(super) called: bool,
}

/// So many fields below each other are told apart.
const LEVELS: usize = 5;

/// So many structures that are embedded in each other are looked through.
const EMBEDDED: usize = 4;

/// A field that is not told from the others: all of them may be meant.
pub(super) const ANY: &str = "*";

impl Part {
    /// The field at the end of a path: names with points between them.
    pub(super) fn new(path: &str, text: bool) -> Part {
        let cut = path.match_indices('.').nth(LEVELS - 1).map(|(end, _)| format!("{}.{ANY}", &path[..end]));
        let path = cut.as_deref().unwrap_or(path);
        let (name, below) = path.split_once('.').unwrap_or((path, ""));
        Part { name: interned(name.to_owned()), below: interned(below.to_owned()), text, called: false }
    }

    /// A function that is called, and no field of anything.
    pub(super) const CALLED: Part = Part { name: "", below: "", text: false, called: true };

    /// The same field, whose function is called.
    pub(super) fn called(self) -> Part {
        Part { called: true, ..self }
    }

    /// Whether it is a function that is called, and not another field's.
    pub(super) fn is_called_itself(self) -> bool {
        self.called && self.below.is_empty()
    }

    /// The same field of what the field's own value is.
    pub(super) fn rest(self) -> Option<Part> {
        (!self.below.is_empty()).then(|| Part { called: self.called, ..Part::new(self.below, self.text) })
    }

    /// Whether a field of that name may be on the way to it.
    pub(super) fn leads_through(self, name: &str) -> bool {
        [self.name].into_iter().chain(self.below.split('.')).any(|one| one == name || one == ANY)
    }

    /// The same field of what holds the structure in a field.
    pub(super) fn under(self, path: &str) -> Part {
        let own = if self.below.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}.{}", self.name, self.below)
        };
        let whole = if own.is_empty() { path.to_owned() } else { format!("{path}.{own}") };
        if path.is_empty() { self } else { Part { called: self.called, ..Part::new(&whole, self.text) } }
    }
}

impl<'t> Source<'_, 't> {
    /// The first field between the variable that an expression begins with and its end: `dir` of `e.dir.Name()`.
    pub(super) fn first_field(&self, expression: NodeId) -> Option<&'t str> {
        let tree = self.tree;
        let is_field = |&at: &NodeId| tree.kind(at) == Kind::Selector && !tree.is_callee(at);
        let first = self.way_to(expression)?.into_iter().find(is_field)?;
        tree.child(first, Field::Selected).map(|field| tree.text_of(field))
    }

    /// The field at the end of an expression, or `below` of its value. What a method gives back whose source is at hand is
    /// the field that it names, or may be any.
    pub(super) fn part_in(&self, expression: NodeId, below: Option<Part>, text: bool) -> Option<Part> {
        match (self.path_within(expression, DEPTH / 2), below) {
            (Some(path), Some(below)) => Some(below.under(&path)),
            (path, below) => path.map(|path| Part::new(&path, text)).or(below),
        }
    }

    /// The selector of a field whose function a call calls, with nothing, and the field.
    pub(super) fn field_called(&self, call: NodeId) -> Option<(NodeId, Part)> {
        let function = self.function_of(call).filter(|_| self.arguments(call).is_empty())?;
        let is_field = self.tree.kind(function) == Kind::Selector && self.type_of(function) == Type::Function;
        let part = self.part_in(function, None, false).filter(|_| is_field)?;
        Some((function, part.called()))
    }

    /// All fields on the way to an expression, with points between them.
    fn path_within(&self, expression: NodeId, depth: usize) -> Option<String> {
        let tree = self.tree;
        let field = |at| match tree.kind(at) {
            Kind::Selector => self.way_of_selector(at),
            _ => match self.callee(at) {
                Callee::Declared(functions) => self.path_of_result(at, functions, depth),
                _ => None,
            },
        };
        let fields: Vec<String> = self.way_to(expression)?.into_iter().filter_map(field).collect();
        (!fields.is_empty()).then(|| fields.join("."))
    }

    /// The selectors and the calls between the variable that an expression begins with and its end, without those selectors
    /// that are called.
    fn way_to(&self, expression: NodeId) -> Option<Vec<NodeId>> {
        let tree = self.tree;
        let mut at = tree.unparenthesized(expression);
        let mut way = Vec::new();
        loop {
            if let Some(of) = self.converted(at) {
                at = tree.unparenthesized(of);
                continue;
            }
            let down = match tree.kind(at) {
                Kind::Call => self.receiver_of(at),
                Kind::Selector | Kind::Index | Kind::Slice | Kind::TypeAssertion | Kind::Unary => {
                    tree.child(at, Field::Operand)
                }
                _ => break,
            };
            if matches!(tree.kind(at), Kind::Call | Kind::Selector) {
                way.push(at);
            }
            at = tree.unparenthesized(down?);
        }
        way.reverse();
        (tree.kind(at) == Kind::Identifier && self.scopes.meaning(at).is_some()).then_some(way)
    }

    /// The field of its receiver that a method gives back, as a path; where it is another value, that may be any.
    fn path_of_result(&self, call: NodeId, functions: Places, depth: usize) -> Option<String> {
        // What is in a new list need not be new.
        if !self.is_list(self.type_of(call)) && self.gives_new(functions, 0, false).is_sure() {
            return None;
        }
        let of = |place| {
            let (src, function) = self.at(place).filter(|_| depth > 0)?;
            let body = src.tree.child(function, Field::Body)?;
            let mut all = src.tree.own_subtree(body).filter(|&id| src.tree.kind(id) == Kind::Return);
            let (statement, None) = (all.next()?, all.next()) else { return None };
            let [value] = src.tree.operands(src.tree.child_of_kind(statement, Kind::ExpressionList)?)[..]
            else {
                return None;
            };
            let root = src.scopes.get(src.root_variable(value)?).at;
            let is_receiver = src.operand_at(function, root) == Some(Operand::Receiver);
            is_receiver.then(|| src.path_within(value, depth - 1).unwrap_or_default())
        };
        let mut paths: Vec<Option<String>> = functions.iter().map(of).collect();
        paths.dedup();
        match &paths[..] {
            [Some(path)] if path.is_empty() => None,
            [Some(path)] => Some(path.clone()),
            _ => self.receiver_of(call).map(|_| ANY.to_owned()),
        }
    }

    /// Whether an expression is a variable of the package, or a part of one; nothing is called on the way to it.
    pub(super) fn is_package_variable(&self, expression: NodeId) -> bool {
        let tree = self.tree;
        let Some(root) = self.root(expression) else { return false };
        tree.subtree(expression).all(|id| tree.kind(id) != Kind::Call)
            && self.import_path(root).is_none()
            && self.scopes.meaning(root).is_none_or(|binding| {
                let variable = self.scopes.get(binding);
                variable.declares == Declares::Variable && variable.function.is_none()
            })
    }

    /// The name that a selector ends with, behind those of the embedded structures that the field comes with.
    fn way_of_selector(&self, selector: NodeId) -> Option<String> {
        let tree = self.tree;
        let (of, name) = (tree.child(selector, Field::Operand)?, tree.child(selector, Field::Selected)?);
        let (of, name) = (self.type_of(of), tree.text_of(name));
        let is_here = |of| self.own_field(of, name).is_some();
        let way = if is_here(of) { None } else { self.way_through(of, &is_here, EMBEDDED) };
        Some(way.map_or_else(|| name.to_owned(), |way| format!("{way}.{name}")))
    }

    /// The names of the embedded structures, with points between them, that lead from a structure to the nearest one that is
    /// sought.
    fn way_through(&self, of: Type, is_sought: &dyn Fn(Type) -> bool, depth: usize) -> Option<String> {
        let Type::Node(place) = of else { return None };
        let (src, node) = self.at(place).filter(|_| depth > 0)?;
        let embedded: Vec<(&str, Type)> = src
            .embedded(src.structure(node)?)
            .into_iter()
            .map(|of| (src.name_of_embedded(of), src.type_of_node(of, DEPTH / 2)))
            .collect();
        let here = embedded.iter().find(|&&(_, of)| is_sought(of)).map(|(name, _)| (*name).to_owned());
        here.or_else(|| {
            embedded.iter().find_map(|&(name, of)| {
                self.way_through(of, is_sought, depth - 1).map(|way| format!("{name}.{way}"))
            })
        })
    }

    /// The same from a structure to what it has a method from.
    pub(super) fn way_to_receiver(&self, of: Type, functions: Places) -> Option<String> {
        let name_of = |of: Type| match of {
            Type::Node(place) => self
                .at(place)
                .and_then(|(src, node)| src.tree.child(node, Field::Name).map(|name| src.tree.text_of(name))),
            _ => None,
        };
        let (receiver, own) = (self.name_of_receiver(functions.iter().next()?)?, name_of(of)?);
        if receiver == own {
            return None;
        }
        Some(
            self.way_through(of, &|of| name_of(of) == Some(receiver), EMBEDDED)
                .unwrap_or_else(|| ANY.to_owned()),
        )
    }

    /// The name of the type that a method is declared for.
    fn name_of_receiver(&self, method: Place) -> Option<&str> {
        let (src, method) = self.at(method)?;
        let receiver = src.tree.child(method, Field::Receiver)?;
        let of = src.tree.subtree(receiver).find(|&id| src.tree.kind(id) == Kind::TypeIdentifier)?;
        Some(src.tree.text_of(of))
    }

    /// Whether a structure has a method that is called from what it embeds.
    pub(super) fn is_method_of_embedded(&self, call: NodeId, functions: Places) -> bool {
        let of = self.receiver_of(call).and_then(|on| self.structure_of(self.type_of(on)));
        let own =
            of.and_then(|(src, node)| src.tree.child(node, Field::Name).map(|own| src.tree.text_of(own)));
        own.is_some_and(|own| {
            functions.iter().any(|method| self.name_of_receiver(method).is_some_and(|name| name != own))
        })
    }

    /// The fields that end together with a value of a type, by the methods whose names say that they end it.
    fn parts_that_end(&self, of: Type) -> Vec<Part> {
        let mut all = Vec::new();
        for method in ["Close", "Stop", "Shutdown", "Release", "close", "stop", "shutdown", "release"] {
            if let Callee::Declared(functions) = self.method_of(of, method, DEPTH / 2) {
                let way = self.way_to_receiver(of, functions).unwrap_or_default();
                let effects = self.effects(functions);
                let parts = effects.parts.into_iter().chain(effects.called);
                let parts = parts.filter(|(of, part)| *of == Operand::Receiver && !part.text);
                add_new(&mut all, parts.map(|(_, part)| part.under(&way)));
            }
        }
        all
    }

    /// The elements of a literal of a slice, an array or a map, which end with it.
    fn elements_written(&self, value: NodeId) -> Vec<NodeId> {
        let tree = self.tree;
        let value = tree.unparenthesized(value);
        let of = tree.child(value, Field::Type).filter(|_| tree.kind(value) == Kind::CompositeLiteral);
        let is_written = |of| matches!(tree.kind(of), Kind::SliceType | Kind::ArrayType | Kind::MapType);
        let is_list = of.is_some_and(|of| is_written(of) || self.is_list(self.type_of(value)));
        let elements = if is_list { tree.elements(value) } else { Vec::new() };
        elements.into_iter().map(|(_, element)| element).collect()
    }

    /// Whether a selector names this field.
    pub(super) fn is_part(&self, selector: NodeId, part: Part) -> bool {
        let tree = self.tree;
        tree.kind(selector) == Kind::Selector
            && tree.child(selector, Field::Selected).is_some_and(|name| tree.text_of(name) == part.name)
    }

    /// Where the value of a field comes from, of result number `index` of a function with these declarations.
    pub(super) fn part_of_result(&self, functions: Places, index: usize, part: Part) -> Fresh {
        let question = |place| (place, index, part);
        self.asked_of_makers(functions, part.text, &self.memo.parts, question, |maker| {
            maker.results(index, &|value, index| maker.part_of(value, index, part, STEPS))
        })
    }

    /// The same of a method of an interface: of those at hand that are made for it.
    pub(super) fn part_of_result_behind(&self, method: Place, index: usize, part: Part) -> Fresh {
        let makers = self.behind(method).into_iter();
        makers.map(|makers| self.part_of_result(makers, index, part)).collect()
    }

    /// What a composite literal of a structure of some type gives the field with a name, if it gives it something. Nothing
    /// where it is not known which field that is.
    #[allow(clippy::option_option, reason = "whether it is known which, and whether it is given something")]
    pub(super) fn element_given(&self, literal: NodeId, of: Type, name: &str) -> Option<Option<NodeId>> {
        let of = self.identity(literal).unwrap_or(of);
        let elements = self.tree.elements(literal);
        let keyed = elements.iter().find(|(key, _)| key.is_some_and(|key| self.tree.text_of(key) == name));
        let place = self.fields_of(of).and_then(|fields| fields.iter().position(|&field| field == name));
        let is_keyed = elements.first().is_some_and(|(key, _)| key.is_some());
        let given = match (keyed, place) {
            (Some(keyed), _) => Some(keyed),
            (None, Some(_)) if is_keyed => None,
            (None, Some(place)) => elements.get(place),
            (None, None) => return None,
        };
        Some(given.map(|&(_, value)| value))
    }

    /// The call that gets a variable where it is mentioned, as its receiver or an argument.
    fn given_at(&self, mention: NodeId) -> Option<(NodeId, Operand)> {
        let tree = self.tree;
        let up = tree.parent(mention)?;
        match tree.kind(up) {
            Kind::Selector => Some((tree.parent(up).filter(|_| tree.is_callee(up))?, Operand::Receiver)),
            Kind::ArgumentList => {
                let index = tree.named(up).position(|argument| argument == mention)?;
                Some((tree.parent(up)?, Operand::Argument(index)))
            }
            _ => None,
        }
    }

    /// The same, or its address, with the functions that get it whose source is at hand: those that are called, that may stand
    /// behind a method of an interface, or that what the table knows calls back.
    pub(super) fn handed_at(&self, mention: NodeId) -> Vec<(NodeId, Places, Operand)> {
        let is_address = |up: &NodeId| self.tree.kind(*up) == Kind::Unary && self.tree.has_token(*up, "&");
        let address = self.tree.parent(mention).filter(is_address);
        let Some((call, operand)) = self.given_at(address.unwrap_or(mention)) else { return Vec::new() };
        if let Some(functions) = self.functions_called(call) {
            return vec![(call, functions, operand)];
        }
        match self.callee(call) {
            Callee::Abstract(method) => {
                self.behind(method).into_iter().map(|functions| (call, functions, operand)).collect()
            }
            Callee::Fact(_) if operand != Operand::Receiver => {
                let of = self.type_of(mention);
                if !matches!(of, Type::Node(_)) || self.is_interface(of) {
                    return Vec::new();
                }
                let methods =
                    CALLED_BACK.iter().filter_map(|name| match self.method_of(of, name, DEPTH / 2) {
                        Callee::Declared(methods) => Some((call, methods, Operand::Receiver)),
                        _ => None,
                    });
                methods.collect()
            }
            _ => Vec::new(),
        }
    }

    /// The call of a function value that gets a variable where it is mentioned, or its address, as an argument.
    pub(super) fn handed_to_a_value(&self, mention: NodeId) -> Option<(NodeId, Operand)> {
        let address = self.tree.parent(mention).filter(|&up| self.tree.kind(up) == Kind::Unary);
        let (call, operand) = self.given_at(address.unwrap_or(mention))?;
        let is_value = operand != Operand::Receiver && matches!(self.callee(call), Callee::Unknown);
        is_value.then_some((call, operand))
    }

    /// What the functions give a field of an operand that a function value may be, where all of them are known.
    pub(super) fn set_by_value(&self, call: NodeId, operand: Operand, part: Part) -> Option<Fresh> {
        let functions = self.functions_meant(self.function_of(call)?)?;
        Some(functions.into_iter().map(|one| self.set_in(Places::one(one), operand, part)).collect())
    }

    /// Where the values come from that functions give a field of an operand, or put into what it leads to.
    pub(super) fn set_in(&self, functions: Places, operand: Operand, part: Part) -> Fresh {
        let question = |place| (place, operand, part);
        self.asked_of_makers(functions, part.text, &self.memo.sets, question, |maker| {
            maker.sets(operand, part)
        })
    }

    /// The expressions that begin with a variable where it is mentioned and lead to a field of it, each with what is
    /// left of the way: `x` and `x.a` for the field `a.b` of `x`. Those that begin with a variable that is another name
    /// for one of them belong to them.
    pub(super) fn steps_to(&self, mention: NodeId, part: Part) -> Vec<(NodeId, Part)> {
        let mut steps = Vec::new();
        let mut names = Vec::new();
        self.add_steps(mention, self.type_of(mention), part, &mut steps, &mut names);
        steps
    }

    fn add_steps(
        &self,
        mention: NodeId,
        of: Type,
        part: Part,
        steps: &mut Vec<(NodeId, Part)>,
        names: &mut Vec<BindingId>,
    ) {
        let tree = self.tree;
        let (mut at, mut of, mut left) = (mention, of, part);
        loop {
            steps.push((at, left));
            if let Some(name) = self.names_it(at).filter(|name| !names.contains(name)) {
                names.push(name);
                let name = self.scopes.get(name);
                for &mention in name.mentions.iter().filter(|&&mention| mention != name.at) {
                    self.add_steps(mention, of, left, steps, names);
                }
            }
            // What is asserted of it is the same, and what an element has its list has.
            let is_same = |up: &NodeId| match tree.kind(*up) {
                Kind::TypeAssertion => true,
                Kind::Index => tree.child(*up, Field::Operand) == Some(at),
                _ => false,
            };
            if let Some(up) = tree.parent(at).filter(is_same) {
                self.add_steps(up, self.type_of(up), left, steps, names);
            }
            if let Some((literal, field)) = self.literal_around(at) {
                self.add_steps(literal, self.type_of(literal), left.under(&field), steps, names);
            }
            let Some(rest) = left.rest() else { return };
            // The structure stands for what it embeds as well.
            if let Some(embedded) = self.type_embedded(of, left.name) {
                self.add_steps(at, embedded, rest, steps, names);
            }
            let Some(up) = tree.parent(at).filter(|&up| self.is_part(up, left)) else { return };
            (at, left) = (up, rest);
            while let Some(up) = tree.parent(at).filter(|&up| self.is_of(at, up)) {
                at = up;
            }
            of = self.type_of(at);
        }
    }

    /// The composite literal that has an expression, or its address, as an element, and the name of the field; nothing for
    /// those of lists.
    fn literal_around(&self, expression: NodeId) -> Option<(NodeId, String)> {
        let tree = self.tree;
        let mut at = expression;
        let mut up = tree.parent(at)?;
        while matches!(tree.kind(up), Kind::Unary | Kind::Parenthesized | Kind::LiteralElement) {
            (at, up) = (up, tree.parent(up)?);
        }
        let key = (tree.kind(up) == Kind::KeyedElement).then(|| tree.named(up).next()).flatten();
        let value = if tree.kind(up) == Kind::KeyedElement { tree.parent(up)? } else { up };
        let literal = tree.parent(value).filter(|_| tree.kind(value) == Kind::LiteralValue)?;
        if tree.kind(literal) != Kind::CompositeLiteral || key.is_some_and(|key| tree.within(expression, key))
        {
            return None;
        }
        let of = self.type_of(literal);
        let field = match (self.structure_of(of), key) {
            (None, _) => String::new(),
            (Some(_), Some(key)) => tree.text_of(key).to_owned(),
            (Some(_), None) => {
                let index = tree.named(value).position(|element| tree.within(at, element))?;
                self.fields_of(of)?.get(index).map(|&name| name.to_owned())?
            }
        };
        let address = tree.parent(literal).filter(|&up| tree.kind(up) == Kind::Unary);
        Some((address.unwrap_or(literal), field))
    }

    /// The type of what a structure embeds under that name.
    fn type_embedded(&self, of: Type, name: &str) -> Option<Type> {
        let (src, node) = self.structure_of(of)?;
        let mut all = src.embedded(src.structure(node)?).into_iter();
        let found = all.find(|&of| src.name_of_embedded(of) == name)?;
        Some(src.type_of_node(found, DEPTH / 2))
    }

    /// The function's own variable that is another name for an expression here, or for an element of it.
    fn names_it(&self, expression: NodeId) -> Option<BindingId> {
        let tree = self.tree;
        let up = tree.parent(expression)?;
        let name = match tree.kind(up) {
            Kind::RangeClause if tree.field(expression) == Field::Right => *self.targets_of(up)?.get(1)?,
            Kind::RangeClause => return None,
            Kind::TypeSwitch if tree.field(expression) == Field::Value => {
                *tree.operands(tree.child(up, Field::Alias)?).first()?
            }
            _ => self.target_of(expression)?,
        };
        let variable = self.scopes.meaning(name).filter(|_| tree.kind(name) == Kind::Identifier)?;
        let is_own = self.scopes.get(variable).function == tree.function_around(expression);
        (is_own && self.is_variable(variable)).then_some(variable)
    }

    /// The place that is written to where a value is mentioned for a field of it, the field itself or what it leads to;
    /// with the expression that gives it its value, and which of its results that is.
    pub(super) fn part_written(&self, mention: NodeId, part: Part) -> Option<(NodeId, NodeId, usize)> {
        let tree = self.tree;
        let mut at = tree.parent(mention).filter(|&up| self.is_part(up, part))?;
        loop {
            let up = tree.parent(at)?;
            if tree.field(up) == Field::Left
                && let Some((value, index)) = self.source_given(at)
            {
                return Some((at, value, index));
            }
            at = if self.is_of(at, up) { up } else { return None };
        }
    }

    /// Whether an expression is an element of the one in it, or what that points to.
    fn is_of(&self, inner: NodeId, outer: NodeId) -> bool {
        let tree = self.tree;
        match tree.kind(outer) {
            Kind::Index | Kind::TypeAssertion => tree.child(outer, Field::Operand) == Some(inner),
            Kind::Unary => tree.has_token(outer, "*"),
            kind => kind == Kind::Parenthesized,
        }
    }
}

impl Maker<'_, '_> {
    /// Where the values come from that the function gives a field of an operand.
    fn sets(self, operand: Operand, part: Part) -> Fresh {
        let src = self.src;
        let name = src.operands_of(self.function).into_iter().find(|&(of, _)| of == operand);
        let variable = name.and_then(|(_, name)| name).and_then(|name| src.scopes.meaning(name));
        let mentions = variable.map_or(&[][..], |variable| &src.scopes.get(variable).mentions);
        mentions.iter().map(|&mention| self.set_at(mention, part, STEPS)).collect()
    }

    /// What a mention of a variable, which gives it no other value, gives a field of it.
    fn set_at(self, mention: NodeId, part: Part, steps: usize) -> Fresh {
        let set = |(at, part)| match self.src.part_written(at, part) {
            Some((target, value, index)) => self.stored(target, value, index, part, steps),
            None if self.may_set(at, part) => self.doubtful(at),
            None => self.set_by_call(at, part, steps),
        };
        self.src.steps_to(mention, part).into_iter().map(set).collect()
    }

    /// Where the value of a field of an expression, or of result number `index` of a call, comes from.
    fn part_of(self, expression: NodeId, index: usize, part: Part, steps: usize) -> Fresh {
        let tree = self.src.tree;
        let expression = tree.unparenthesized(expression);
        let is_nil = tree.kind(expression) == Kind::Nil;
        if steps == 0 || part.name == ANY && !is_nil {
            return self.doubtful(expression);
        }
        if part == Part::CALLED {
            return self.calls(expression, steps);
        }
        // What the table knows belongs to its values is theirs.
        if matches!(self.src.type_of(expression), Type::Known(_)) {
            return Fresh::default();
        }
        match tree.kind(expression) {
            Kind::Nil => Fresh::default(),
            Kind::CompositeLiteral => match &self.src.elements_written(expression)[..] {
                [] => self.element(expression, part, steps),
                elements => self.part_of_each(elements, part, steps),
            },
            Kind::Selector => {
                match (tree.child(expression, Field::Operand), tree.child(expression, Field::Selected)) {
                    (Some(operand), Some(name)) => {
                        self.part_of(operand, 0, part.under(tree.text_of(name)), steps - 1)
                    }
                    _ => self.doubtful(expression),
                }
            }
            Kind::Unary | Kind::TypeAssertion => match tree.child(expression, Field::Operand) {
                Some(operand) => self.part_of(operand, 0, part, steps - 1),
                None => self.doubtful(expression),
            },
            Kind::Identifier => match self.src.scopes.meaning(expression) {
                Some(binding) => self.part_of_variable(binding, expression, part, steps - 1),
                None => self.doubtful(expression),
            },
            Kind::Call => self.part_of_call(expression, index, part, steps),
            _ => self.doubtful(expression),
        }
    }

    /// The same of several values.
    fn part_of_each(self, values: &[NodeId], part: Part, steps: usize) -> Fresh {
        values.iter().map(|&value| self.part_of(value, 0, part, steps - 1)).collect()
    }

    /// What a composite literal gives a field; one that it does not mention is empty.
    fn element(self, literal: NodeId, part: Part, steps: usize) -> Fresh {
        match self.src.element_given(literal, self.src.type_of(literal), part.name) {
            Some(given) => {
                given.map_or_else(Fresh::default, |value| self.given_to(value, 0, part, steps - 1))
            }
            None => self.doubtful(literal),
        }
    }

    /// The value that a field is given, and where a field below it is ended that one too.
    fn given_to(self, value: NodeId, index: usize, part: Part, steps: usize) -> Fresh {
        let moved = self.src.tree.unparenthesized(value);
        if self.into.is_some_and(|into| self.is_found_in(moved, into)) {
            return Fresh::default();
        }
        if part.is_called_itself() {
            return self.calls(value, steps);
        }
        let mut fresh = Fresh::default();
        // The name that a field of it holds says nothing about the rest of it.
        if part.rest().is_none() || !part.text {
            fresh.join(self.ended(value, index, steps));
        }
        if let Some(rest) = part.rest() {
            fresh.join(self.part_of(value, index, rest, steps));
        }
        fresh
    }

    /// Whether a value is a function under another type, which may have methods that call it.
    fn converts_function(self, value: NodeId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        let value = tree.unparenthesized(value);
        let is_function =
            |id: NodeId| tree.kind(id) == Kind::FunctionLiteral || src.type_of(id) == Type::Function;
        match tree.kind(value) {
            Kind::TypeConversion => tree.named(value).skip(1).any(is_function),
            Kind::Call if matches!(src.callee(value), Callee::Conversion) => {
                src.arguments(value).into_iter().any(is_function)
            }
            _ => false,
        }
    }

    /// Where the value of a field comes from, and what ends together with that; its `Close`, which an interface may hide,
    /// must not be seen by others either.
    fn ended(self, value: NodeId, index: usize, steps: usize) -> Fresh {
        let mut fresh = self.value(value, index, steps);
        if self.converts_function(value) {
            fresh.join(self.doubtful(value));
        }
        let of = self.src.type_of_source(value, index);
        let close = match self.src.method_of(of, "Close", DEPTH / 2) {
            Callee::Declared(functions) => Some(self.src.effects(functions)),
            // Data has methods as well.
            _ if of == Type::Plain => {
                self.src.method_of_value(value, "Close").map(|functions| self.src.effects(functions))
            }
            _ => None,
        };
        // The functions that it calls are among the parts.
        if let Some((_, message)) = close.filter(|close| !close.only_calls).and_then(|close| close.problem) {
            fresh.join(Fresh::doubt(format!("its `Close` {message}")));
        }
        if steps > 0 && !self.text {
            for part in self.src.parts_that_end(of) {
                fresh.join(self.part_of(value, index, part, steps - 1));
            }
            for element in self.src.elements_written(value) {
                fresh.join(self.ended(element, 0, steps - 1));
            }
        }
        fresh
    }

    /// What a function value ends that is called: a method of something new, or a literal that ends what is new and does
    /// nothing else.
    pub(super) fn calls(self, function: NodeId, steps: usize) -> Fresh {
        let tree = self.src.tree;
        let function = tree.unparenthesized(function);
        let Some(steps) = steps.checked_sub(1) else { return self.doubtful(function) };
        match tree.kind(function) {
            Kind::Nil => Fresh::default(),
            Kind::FunctionLiteral => self.literal_ends(function, steps),
            Kind::Selector => {
                let (of, name) =
                    (tree.child(function, Field::Operand), tree.child(function, Field::Selected));
                let (Some(of), Some(name)) = (of, name) else { return self.doubtful(function) };
                let name = tree.text_of(name);
                match self.src.method_of(self.src.type_of(of), name, DEPTH / 2) {
                    Callee::Fact(fact) if fact.is(Trait::Release) && !fact.is(Trait::Flushes) => {
                        self.ended(of, 0, steps)
                    }
                    Callee::Declared(_) if name == "Close" => self.ended(of, 0, steps),
                    _ => self.doubtful(function),
                }
            }
            Kind::Identifier => {
                let variable = self.src.scopes.meaning(function).filter(|&of| self.src.keeps_its_value(of));
                let Some(variable) = variable else { return self.doubtful(function) };
                let at = self.src.scopes.get(variable).at;
                if let Some(operand) = self.src.operand_at(self.function, at) {
                    return Fresh { of: vec![(operand, Part::CALLED)], ..Fresh::default() };
                }
                match self.src.source_given(at) {
                    Some((value, index)) if tree.kind(value) == Kind::Call => {
                        if self.src.only_cancels(value, index) {
                            let mut fresh = self.value(value, index, steps);
                            fresh.join(self.beside(at, value));
                            fresh
                        } else {
                            self.doubtful(function)
                        }
                    }
                    Some((value, 0)) if tree.within(at, self.function) => self.calls(value, steps),
                    _ => self.doubtful(function),
                }
            }
            _ => self.doubtful(function),
        }
    }

    fn literal_ends(self, literal: NodeId, steps: usize) -> Fresh {
        let (src, tree) = (self.src, self.src.tree);
        let effects = src.effects(Places::one(src.place(literal)));
        if let Some((_, message)) = &effects.problem {
            return Fresh::doubt(format!("the function that it calls {message}"));
        }
        if !effects.only_ends() {
            return self.doubtful(literal);
        }
        let captured =
            tree.subtree(literal).filter(|&id| tree.kind(id) == Kind::Identifier).filter_map(|id| {
                let of = src.scopes.meaning(id).filter(|&of| src.is_variable(of))?;
                (!tree.within(src.scopes.get(of).at, literal)).then_some((id, of))
            });
        captured
            .map(|(id, of)| match src.type_of_variable(of) {
                Type::Plain if access(tree, id) == Access::Read => Fresh::default(),
                Type::Function | Type::Known("context.CancelFunc") => self.calls(id, steps),
                Type::Plain => self.doubtful(id),
                _ => self.ended(id, 0, steps),
            })
            .collect()
    }

    /// A variable: what it was given, and what its field was given afterwards.
    fn part_of_variable(self, binding: BindingId, at: NodeId, part: Part, steps: usize) -> Fresh {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(binding);
        let mut all = match self.src.operand_at(self.function, variable.at) {
            Some(operand) => Fresh { of: vec![(operand, part)], ..Fresh::default() },
            None if variable.function.is_some() && self.src.is_variable(binding) => Fresh::default(),
            None => return self.doubtful(at),
        };
        for &mention in &variable.mentions {
            if matches!(access(tree, mention), Access::Write | Access::Update) {
                match self.src.source_given(mention) {
                    Some((value, index)) => all.join(self.part_of(value, index, part, steps)),
                    None if self.is_chosen(mention) => all.join(self.doubtful(mention)),
                    None => {}
                }
            } else {
                all.join(self.set_at(mention, part, steps));
            }
        }
        all
    }

    /// What a function that gets a variable gives a field of it.
    fn set_by_call(self, mention: NodeId, part: Part, steps: usize) -> Fresh {
        let handed = self.src.handed_at(mention);
        let (call, inner) = if let Some(&(call, ..)) = handed.first() {
            let set =
                handed.into_iter().map(|(_, functions, operand)| self.src.set_in(functions, operand, part));
            (call, set.collect())
        } else if let Some((call, operand)) = self.src.handed_to_a_value(mention) {
            if let Some(options) = self.src.option_called(self.function, call) {
                let options = Setters { by: options, part: Some(part) };
                return Fresh { options: vec![options], ..Fresh::default() };
            }
            match self.src.set_by_value(call, operand, part) {
                Some(inner) => (call, inner),
                None => return self.doubtful(mention),
            }
        } else {
            return Fresh::default();
        };
        match steps {
            _ if !inner.options.is_empty() => self.doubtful(call),
            0 if !inner.from.is_empty() || !inner.of.is_empty() || !inner.made_by.is_empty() => {
                self.doubtful(call)
            }
            _ => self.given(call, inner, true, steps),
        }
    }

    /// Whether a mention of a variable may give its field a value that is not seen: through another name for the variable, or
    /// through a pointer to it or to the field.
    pub(super) fn may_set(self, mention: NodeId, part: Part) -> bool {
        let tree = self.src.tree;
        let Some(parent) = tree.parent(mention) else { return false };
        let is_target = |id: NodeId| self.src.source_given(id).is_some();
        let is_addressed = |id: NodeId| {
            tree.parent(id).is_some_and(|up| tree.kind(up) == Kind::Unary && tree.has_token(up, "&"))
        };
        match tree.kind(parent) {
            Kind::Unary if tree.has_token(parent, "*") && is_target(parent) => true,
            Kind::Selector if self.src.is_part(parent, part) => {
                let list = tree.parent(parent).filter(|&list| tree.field(list) == Field::Left);
                let owner = list.and_then(|list| tree.parent(list));
                is_addressed(parent) || owner.is_some_and(|owner| tree.kind(owner) == Kind::RangeClause)
            }
            Kind::Parenthesized => true,
            Kind::ArgumentList => {
                let call = tree.parent(parent).filter(|&call| self.src.is_append(call));
                call.is_some_and(|call| self.src.arguments(call).first() != Some(&mention))
            }
            Kind::Unary if tree.parent(parent).is_some_and(|up| tree.kind(up) == Kind::Parenthesized) => true,
            Kind::ExpressionList => {
                let owner = tree.parent(parent).filter(|_| tree.field(parent) != Field::Left);
                let given = [Kind::ShortVar, Kind::Assignment, Kind::VarSpec];
                owner.is_some_and(|owner| given.contains(&tree.kind(owner)))
                    && !self.src.target_of(mention).is_some_and(|place| self.is_found_in(mention, place))
                    && tree.field(mention) != Field::Operand
                    && self.src.names_it(mention).is_none()
                    && !self.text
            }
            _ => false,
        }
    }

    /// A value that a field is given; what is appended to it joins what it has.
    fn stored(self, target: NodeId, value: NodeId, index: usize, part: Part, steps: usize) -> Fresh {
        let maker = Maker { into: Some(target), ..self };
        let beside = if self.text { Fresh::default() } else { self.beside(target, value) };
        let value_of = |value: NodeId, index: usize| {
            self.handed(value, part).unwrap_or_else(|| maker.given_to(value, index, part, steps))
        };
        let arguments = if self.src.is_append(value) { self.src.arguments(value) } else { Vec::new() };
        let mut all = match arguments.split_first() {
            Some((&first, more)) if self.src.tree.text_of(first) == self.src.tree.text_of(target) => {
                more.iter().map(|&value| value_of(value, 0)).collect()
            }
            _ => value_of(value, index),
        };
        all.join(beside);
        all
    }

    /// A parameter that a field is given: the field is where it is to be.
    fn handed(self, value: NodeId, part: Part) -> Option<Fresh> {
        let parameter = self.src.scopes.get(self.src.scopes.meaning(value)?).at;
        let operand = self.src.operand_at(self.function, parameter)?;
        if part.is_called_itself() {
            return Some(Fresh { of: vec![(operand, Part::CALLED)], ..Fresh::default() });
        }
        let with_it = if self.text { Vec::new() } else { self.src.parts_that_end(self.src.type_of(value)) };
        let of = with_it.into_iter().chain(part.rest()).map(|part| (operand, part)).collect();
        Some(Fresh { from: vec![operand], of, ..Fresh::default() })
    }

    fn part_of_call(self, call: NodeId, index: usize, part: Part, steps: usize) -> Fresh {
        if matches!(self.src.type_of_result(call, index, DEPTH / 2), Type::Known(_)) {
            return Fresh::default();
        }
        match self.src.callee(call) {
            Callee::Builtin if self.src.called_name(call) == "new" => match self.src.copied(call) {
                Some(value) => self.part_of(value, 0, part, steps - 1),
                None => Fresh::default(),
            },
            Callee::Builtin if self.src.called_name(call) == "append" => {
                self.part_of_each(&self.src.arguments(call), part, steps)
            }
            Callee::Declared(functions) => {
                let inner = self.src.part_of_result(functions, index, part);
                self.given(call, inner, true, steps)
            }
            Callee::Literal(literal) => {
                let inner = self.src.part_of_result(Places::one(self.src.place(literal)), index, part);
                self.given(call, inner, true, steps)
            }
            Callee::Abstract(method) if self.src.are_makers_known(call, method, index) => {
                let inner = self.src.part_of_result_behind(method, index, part);
                self.given(call, inner, true, steps)
            }
            _ => self.made_by_parameter(call, index, Some(part)),
        }
    }

    /// What a function makes of its operands, `inner`, where it is called; with what ends together with them if they
    /// are what a field is given.
    pub(super) fn given(self, call: NodeId, inner: Fresh, ends: bool, steps: usize) -> Fresh {
        let mut all = Fresh { pooled: inner.pooled, doubt: inner.doubt, ..Fresh::default() };
        for options in inner.options {
            all.join(self.set_up(call, options));
        }
        for operand in inner.from {
            all.join(match self.src.all_given(call, operand) {
                Some(values) if ends => {
                    values.into_iter().map(|value| self.ended(value, 0, steps - 1)).collect()
                }
                Some(values) => self.every(values, steps - 1),
                None => self.doubtful(call),
            });
        }
        for made in inner.made_by {
            let parameter =
                self.src.given(call, made.by).and_then(|given| self.src.operand_meant(self.function, given));
            all.join(match parameter {
                Some(by) => Fresh { made_by: vec![Made { by, ..made }], ..Fresh::default() },
                None if self.src.makes_what_is_asked(call, made) => Fresh::default(),
                None => self.doubtful(call),
            });
        }
        for (operand, part) in inner.of {
            all.join(match self.src.given(call, operand) {
                Some(value) => self.part_of(value, 0, part, steps - 1),
                None => self.doubtful(call),
            });
        }
        all
    }

    /// What is made by a call with options.
    fn set_up(self, call: NodeId, options: Setters) -> Fresh {
        match self.src.options_given(call, options) {
            Setup::SetFields => Fresh::default(),
            Setup::Forwarded(all) => match self.src.operand_at(self.function, self.src.scopes.get(all).at) {
                Some(by) => Fresh { options: vec![Setters { by, ..options }], ..Fresh::default() },
                None => self.doubtful(call),
            },
            Setup::Unknown => self.doubtful(call),
        }
    }
}
