//! Whether a function whose source is at hand gives back a new value, which nobody else holds.

use std::hash::Hash;

use super::carry::{Carry, Load, short};
use super::effects::{Operand, add_new};
use super::memo::{Answers, SPENT};
use super::parts::Part;
use super::types::{Callee, DEPTH, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Outcome, Trait};
use crate::scope::{Access, BindingId, Declares, access};
use crate::signature::Results;
use crate::verdict::Reason;
use crate::world::Place;

/// How far a value is traced back.
pub(super) const STEPS: usize = 8;

/// Where a value comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Fresh {
    /// It may be one of these operands, as new as they are.
    pub(super) from: Vec<Operand>,
    /// It may be one of these fields of operands.
    pub(super) of: Vec<(Operand, Part)>,
    /// It may be what these operands give back, which are functions.
    pub(super) made_by: Vec<Made>,
    /// It is handed to the functions in these, which may set it up.
    pub(super) options: Vec<Setters>,
    /// It may come from a pool, as it was put back.
    pub(super) pooled: bool,
    /// Why it may be somebody else's.
    pub(super) doubt: Option<String>,
}

/// Functions in an operand that may set up what is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setters {
    pub(super) by: Operand,
    /// The field whose value is asked for; nothing where it is the whole.
    pub(super) part: Option<Part>,
}

/// Result number `index` of a function that is an operand, or a field of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) by: Operand,
    pub(super) index: usize,
    pub(super) part: Option<Part>,
}

impl Fresh {
    pub(super) fn doubt(what: impl Into<String>) -> Fresh {
        Fresh { doubt: Some(what.into()), ..Fresh::default() }
    }

    /// Whether it is new wherever the function is called.
    pub(super) fn is_sure(&self) -> bool {
        self.is_nobody_elses() && !self.pooled
    }

    /// Whether nobody else has it, wherever the function is called.
    pub(super) fn is_nobody_elses(&self) -> bool {
        self.doubt.is_none() && self.from.is_empty() && self.made_by.is_empty() && self.options.is_empty()
    }

    pub(super) fn join(&mut self, other: Fresh) {
        add_new(&mut self.from, other.from);
        add_new(&mut self.of, other.of);
        add_new(&mut self.made_by, other.made_by);
        add_new(&mut self.options, other.options);
        self.pooled |= other.pooled;
        self.doubt = self.doubt.take().or(other.doubt);
    }
}

/// Several values, of which all have to be new.
impl FromIterator<Fresh> for Fresh {
    fn from_iter<I: IntoIterator<Item = Fresh>>(values: I) -> Self {
        let mut all = Fresh::default();
        values.into_iter().for_each(|one| all.join(one));
        all
    }
}

impl Source<'_, '_> {
    /// Whether result number `index` of a function with these declarations is a new value, or with `text` a new name.
    pub(super) fn gives_new(&self, functions: Places, index: usize, text: bool) -> Fresh {
        let question = |place| (place, index, text);
        self.asked_of_makers(functions, text, &self.memo.fresh, question, |maker| maker.result(index))
    }

    /// The same of a method of an interface: what those at hand give that are made for it.
    pub(super) fn gives_new_behind(&self, method: Place, index: usize) -> Fresh {
        self.behind(method).into_iter().map(|makers| self.gives_new(makers, index, false)).collect()
    }

    /// Whether the functions at hand say what a method of an interface gives back, others being like them: by its name,
    /// or by its type it makes something new, or there are no others.
    pub(super) fn are_makers_known(&self, call: NodeId, method: Place, index: usize) -> bool {
        is_constructor_name(self.called_name(call))
            || self.is_never_shared(call, index)
            || self.is_closed(method)
    }

    /// Whether what a call gives a function, to be called there, makes something new: a literal, or a declared function.
    pub(super) fn makes_what_is_asked(&self, call: NodeId, made: Made) -> bool {
        let given = self.given(call, made.by).and_then(|given| self.functions_meant(given));
        let makes = |function: Place| {
            let function = Places::one(function);
            let fresh = match made.part {
                None => self.gives_new(function, made.index, false),
                Some(part) => self.part_of_result(function, made.index, part),
            };
            fresh.is_sure() && fresh.of.is_empty()
        };
        given.is_some_and(|functions| functions.into_iter().all(makes))
    }

    /// What each of several declarations of a function answers to a question, joined; each is read once.
    pub(super) fn asked_of_makers<Q: Copy + Eq + Hash>(
        &self,
        functions: Places,
        text: bool,
        answers: &Answers<Q, Fresh>,
        question: impl Fn(Place) -> Q,
        find: impl Fn(Maker<'_, '_>) -> Fresh,
    ) -> Fresh {
        let answer = |place| {
            answers.get(&self.memo.budget, question(place), Fresh::default, || match self.at(place) {
                _ if !self.memo.budget.allows_one_more() => Fresh::doubt(format!("its maker {SPENT}")),
                Some((src, function)) => find(Maker::of(src, function, text)),
                None => Fresh::doubt("it is made where it cannot be read"),
            })
        };
        functions.iter().map(answer).collect()
    }

    /// Whether a variable's values are made in the function that declares it, and go nowhere else.
    pub(super) fn is_made_there(&self, binding: BindingId) -> bool {
        self.scopes.get(binding).function.is_some_and(|function| {
            Maker::of(*self, function, false).variable(binding, STEPS).is_nobody_elses()
        })
    }

    /// Whether a place that begins with a variable, which was made where it is declared, belongs to that too: it is the variable's own
    /// memory, or nothing but what is new was put into it.
    pub(super) fn is_place_of(&self, place: NodeId, binding: BindingId, region: NodeId) -> bool {
        let tree = self.tree;
        let place = tree.unparenthesized(place);
        let operand = tree.child(place, Field::Operand).map(|operand| tree.unparenthesized(operand));
        let is_own = match (tree.kind(place), operand) {
            (Kind::Selector, Some(operand)) if tree.kind(operand) == Kind::Identifier => {
                self.field_kind(place).is_some()
            }
            (_, Some(operand)) => tree.kind(operand) == Kind::Identifier,
            (_, None) => true,
        };
        is_own || self.holds_only_new(binding, region)
    }

    /// Whether what an expression leads to, which begins with a variable that was made where it is declared, belongs to that too.
    pub(super) fn is_thing_of(&self, expression: NodeId, binding: BindingId, region: NodeId) -> bool {
        self.tree.kind(self.tree.unparenthesized(expression)) == Kind::Identifier
            || self.holds_only_new(binding, region)
    }

    /// Whether everything that a variable made in its function is given, or has stored in it, is data or new itself: made
    /// in the region.
    fn holds_only_new(&self, binding: BindingId, region: NodeId) -> bool {
        self.holds_new(binding, region, STEPS / 2)
    }

    fn holds_new(&self, binding: BindingId, region: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        depth > 0
            && self.scopes.get(binding).mentions.iter().all(|&mention| {
                let place = tree.ancestors(mention).take_while(|&up| {
                    let of = tree.child(up, Field::Operand);
                    of.is_some_and(|of| tree.within(mention, of))
                });
                let place = place.last().unwrap_or(mention);
                let (values, ..) = self.values_given(place).unwrap_or_default();
                values.into_iter().flat_map(|value| tree.subtree(value)).all(|id| {
                    if tree.kind(id) != Kind::Identifier || tree.is_callee(id) {
                        return true;
                    }
                    match self.scopes.meaning(id) {
                        Some(other) if other == binding || !self.is_variable(other) => true,
                        Some(other) => {
                            self.type_of_variable(other) == Type::Plain && !self.is_addressed(id)
                                || tree.within(self.scopes.get(other).at, region)
                                    && self.is_made_there(other)
                                    && self.holds_new(other, region, depth - 1)
                        }
                        None => !self.is_elsewhere(id),
                    }
                })
            })
    }

    /// Whether the address of what an identifier begins is taken.
    fn is_addressed(&self, id: NodeId) -> bool {
        let mut around = self.tree.ancestors(id).take_while(|&up| {
            matches!(self.tree.kind(up), Kind::Selector | Kind::Index | Kind::Parenthesized | Kind::Unary)
        });
        around.any(|up| self.tree.has_token(up, "&"))
    }

    /// Whether a name means a declared function with an empty body: there is nothing in it to share.
    fn does_nothing(&self, name: NodeId) -> bool {
        let Callee::Declared(functions) = self.callee_named(name, DEPTH / 2) else { return false };
        functions.iter().all(|place| {
            self.at(place).is_some_and(|(src, function)| {
                let body = src.tree.child(function, Field::Body);
                body.is_some_and(|body| src.tree.statements(body).is_empty())
            })
        })
    }

    /// Whether a result has a type whose values each belong to one caller, who has to close them, whoever makes them.
    pub(super) fn is_never_shared(&self, call: NodeId, index: usize) -> bool {
        matches!(self.type_of_result(call, index, DEPTH / 2), Type::Known(name) if NEVER_SHARED.contains(&name))
    }
}

/// Types by whose documentation the caller is to close what it gets.
const NEVER_SHARED: &[&str] = &["net/http.Response", "database/sql.Rows", "github.com/jackc/pgx/v5.Rows"];

/// A name that by convention says that each call gives back another value.
fn is_constructor_name(name: &str) -> bool {
    ["New", "Open", "Create", "Dial", "Make", "Begin"].iter().any(|start| name.starts_with(start))
}

/// A function that is looked at as the maker of its results.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a, 't> {
    pub(super) src: Source<'a, 't>,
    pub(super) function: NodeId,
    /// Names are meant, not values.
    pub(super) text: bool,
    /// The variable whose values are being traced: where one of them is made of the variable itself (`c = tls.Client(c, config)`),
    /// it is as new as the others.
    pub(super) traced: Option<BindingId>,
    /// Where the value is put.
    pub(super) into: Option<NodeId>,
}

impl<'a, 't> Maker<'a, 't> {
    pub(super) fn of(src: Source<'a, 't>, function: NodeId, text: bool) -> Self {
        Maker { src, function, text, traced: None, into: None }
    }
}

impl Maker<'_, '_> {
    fn result(self, index: usize) -> Fresh {
        self.results(index, &|value, index| self.value(value, index, STEPS))
    }

    /// Result number `index` of each return, as `value` judges it.
    pub(super) fn results(self, index: usize, value: &dyn Fn(NodeId, usize) -> Fresh) -> Fresh {
        let tree = self.src.tree;
        let Some(body) = tree.child(self.function, Field::Body) else {
            return Fresh::doubt("it is made by a function without a body");
        };
        let mut all = Fresh::default();
        for statement in tree.own_subtree(body).filter(|&id| tree.kind(id) == Kind::Return) {
            let list = tree.child_of_kind(statement, Kind::ExpressionList);
            let operands = list.map_or_else(Vec::new, |list| tree.operands(list));
            all.join(if operands.len() == self.src.results_of(self.function) {
                value(operands[index.min(operands.len() - 1)], 0)
            } else if let [forwarded] = operands[..] {
                value(forwarded, index)
            } else {
                Fresh::default()
            });
        }
        // What a bare `return` gives, a deferred function changes, or a literal has.
        let named =
            Results::of(tree, self.src.scopes, self.function).all.get(index).and_then(|one| one.binding);
        if let Some(result) = named {
            all.join(value(self.src.scopes.get(result).at, 0));
        }
        all
    }

    /// An expression, or result number `index` of a call.
    pub(super) fn value(self, expression: NodeId, index: usize, steps: usize) -> Fresh {
        let tree = self.src.tree;
        let expression = tree.unparenthesized(expression);
        if self.into.is_some_and(|into| self.is_found_in(expression, into)) {
            return Fresh::default();
        }
        if steps == 0 {
            return self.doubtful(expression);
        }
        let operand =
            || tree.child(expression, Field::Operand).map(|operand| self.value(operand, 0, steps - 1));
        match tree.kind(expression) {
            Kind::Nil => Fresh::default(),
            Kind::InterpretedString | Kind::RawString if tree.text_of(expression).len() == 2 => {
                Fresh::default()
            }
            Kind::CompositeLiteral | Kind::FunctionLiteral if !self.text => Fresh::default(),
            // What is at an address inside of something else is not new.
            Kind::Unary if tree.has_token(expression, "&") => {
                let of = tree.child(expression, Field::Operand).map(|of| tree.unparenthesized(of));
                match of.map(|of| tree.kind(of)) {
                    Some(Kind::Index) => self.doubtful(expression),
                    _ => operand().unwrap_or_default(),
                }
            }
            // `*new(T)` is nothing yet.
            Kind::Unary if tree.has_token(expression, "*") && self.is_zero(expression) => Fresh::default(),
            Kind::TypeAssertion => operand().unwrap_or_default(),
            Kind::VariadicArgument => {
                let all = tree.named(expression).next();
                all.map_or_else(|| self.doubtful(expression), |all| self.value(all, 0, steps - 1))
            }
            // What a new value was built around may be new too, but what it was given is not its own.
            Kind::Selector if self.src.type_of(expression) == Type::Function => operand().unwrap_or_default(),
            Kind::Selector => self.part(expression, steps),
            Kind::Call => self.call(expression, index, steps),
            Kind::Identifier if !self.text && self.src.does_nothing(expression) => Fresh::default(),
            Kind::Identifier => match self.src.scopes.meaning(expression) {
                Some(binding) if self.traced == Some(binding) && !self.text => Fresh::default(),
                Some(binding) => self.variable(binding, steps - 1),
                None => self.doubtful(expression),
            },
            Kind::Binary if self.text => self.any(tree.named(expression).collect(), expression, steps),
            _ if !self.text
                && self.src.type_of(expression) == Type::Plain
                && !self.src.is_shared_memory(expression) =>
            {
                Fresh::default()
            }
            _ => self.doubtful(expression),
        }
    }

    /// Whether a pointer is followed that `new` has just given, without a value of its own.
    fn is_zero(self, dereference: NodeId) -> bool {
        let operand = self.src.tree.child(dereference, Field::Operand);
        let call = operand.map(|operand| self.src.tree.unparenthesized(operand));
        call.is_some_and(|call| {
            self.src.tree.kind(call) == Kind::Call
                && matches!(self.src.callee(call), Callee::Builtin)
                && self.src.called_name(call) == "new"
                && self.src.copied(call).is_none()
        })
    }

    /// Whether a value is found in the field that it is put into: an element that moves, or all but some.
    pub(super) fn is_found_in(self, value: NodeId, place: NodeId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        match tree.kind(value) {
            Kind::VariadicArgument => tree.named(value).all(|spread| self.is_found_in(spread, place)),
            Kind::Call => {
                src.is_append(value)
                    && src.arguments(value).into_iter().all(|one| self.is_found_in(one, place))
            }
            Kind::Identifier => {
                let variable = src.scopes.meaning(value).filter(|&of| Some(of) != src.root_variable(place));
                let given: Vec<NodeId> = variable.into_iter().flat_map(|of| src.values_of(of)).collect();
                let is_taken =
                    |&one: &NodeId| tree.kind(one) != Kind::Identifier && self.is_found_in(one, place);
                !given.is_empty() && given.iter().all(is_taken)
            }
            _ => {
                let field = src.first_field(value);
                field.is_some()
                    && field == src.first_field(place)
                    && src.root_variable(value) == src.root_variable(place)
            }
        }
    }

    /// Several values that all have to be new.
    pub(super) fn every(self, values: Vec<NodeId>, steps: usize) -> Fresh {
        values.into_iter().map(|value| self.value(value, 0, steps)).collect()
    }

    /// A name with a part that is new is new.
    fn any(self, parts: Vec<NodeId>, whole: NodeId, steps: usize) -> Fresh {
        let found =
            parts.into_iter().map(|part| self.value(part, 0, steps - 1)).find(|part| part.doubt.is_none());
        found.unwrap_or_else(|| self.doubtful(whole))
    }

    /// A field of a value that the table knows belongs to it.
    fn part(self, selector: NodeId, steps: usize) -> Fresh {
        let operand = self.src.tree.child(selector, Field::Operand);
        match operand {
            Some(operand) if matches!(self.src.type_of(operand), Type::Known(_)) => {
                self.value(operand, 0, steps - 1)
            }
            _ => self.doubtful(selector),
        }
    }

    pub(super) fn doubtful(self, expression: NodeId) -> Fresh {
        let text = short(self.src.tree.text_of(expression));
        Fresh::doubt(format!(
            "it may be `{text}`{}, which is not known to be new",
            self.src.position(expression)
        ))
    }

    fn call(self, call: NodeId, index: usize, steps: usize) -> Fresh {
        match self.src.callee(call) {
            Callee::Fact(_) if !self.text && self.src.is_of_pool(call, "Get") => {
                Fresh { pooled: true, ..Fresh::default() }
            }
            Callee::Fact(fact) if fact.is(Trait::Acts) => {
                let is_new = fact.is_new() || fact.result(index) == Outcome::Plain;
                if is_new && !self.text { Fresh::default() } else { self.doubtful(call) }
            }
            Callee::Fact(fact) if fact.is(Trait::Owns) => {
                let first = self.src.arguments(call).first().copied();
                first.map_or_else(|| self.doubtful(call), |first| self.value(first, 0, steps - 1))
            }
            Callee::Fact(fact)
                if fact.result(index) != Outcome::Unknown
                    && !fact.is(Trait::Sets)
                    && !fact.is(Trait::Shared)
                    && !matches!(fact.result(index), Outcome::Value { of: "any.T", holds: true }) =>
            {
                let folder = self.src.folder_of(call).filter(|_| self.text && fact.is(Trait::Fresh));
                folder.map_or_else(Fresh::default, |folder| self.value(folder, 0, steps - 1))
            }
            Callee::Conversion => {
                let argument = self.src.arguments(call).first().copied();
                argument.map_or_else(Fresh::default, |argument| self.value(argument, 0, steps - 1))
            }
            Callee::Builtin if matches!(self.src.called_name(call), "new" | "make") => {
                self.src.copied(call).map_or_else(Fresh::default, |value| self.value(value, 0, steps - 1))
            }
            Callee::Builtin if self.src.called_name(call) == "append" && !self.text => {
                self.every(self.src.arguments(call), steps - 1)
            }
            // What a literal does with a name, the function around it may look at.
            Callee::Literal(_) if self.text => self.doubtful(call),
            Callee::Literal(literal) => {
                let inner = self.src.gives_new(Places::one(self.src.place(literal)), index, false);
                self.given(call, inner, false, steps)
            }
            Callee::Declared(functions) => {
                let inner = self.src.gives_new(functions, index, self.text);
                self.given(call, inner, false, steps)
            }
            Callee::Abstract(method) if self.src.are_makers_known(call, method, index) && !self.text => {
                let inner = self.src.gives_new_behind(method, index);
                self.given(call, inner, false, steps)
            }
            _ if self.src.is_never_shared(call, index) => Fresh::default(),
            _ => self.made_by_parameter(call, index, None),
        }
    }

    /// What a call gives back whose function is a parameter: as new as what that makes.
    pub(super) fn made_by_parameter(self, call: NodeId, index: usize, part: Option<Part>) -> Fresh {
        let name = self.src.function_of(call).filter(|_| !self.text);
        match name.and_then(|name| self.src.operand_meant(self.function, name)) {
            Some(by) => Fresh { made_by: vec![Made { by, index, part }], ..Fresh::default() },
            None => self.doubtful(call),
        }
    }

    /// A variable whose values are all new, and which goes nowhere but to the caller.
    fn variable(self, binding: BindingId, steps: usize) -> Fresh {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(binding);
        if variable.declares == Declares::Parameter {
            let Some(operand) = self.src.operand_at(self.function, variable.at) else {
                return Fresh::doubt(format!("it may be `{}`", variable.name));
            };
            let mut handed = Fresh { from: vec![operand], ..Fresh::default() };
            if !self.text {
                handed.join(self.kept(binding));
            }
            return handed;
        }
        if variable.function.is_none() || !matches!(variable.declares, Declares::Variable | Declares::Result)
        {
            return Fresh::doubt(format!("it may be `{}`, which others see", variable.name));
        }
        if !tree.within(variable.at, self.function) {
            return Fresh::doubt(format!("it may be `{}`, which the function around it has", variable.name));
        }
        let mut all = Fresh::default();
        for &mention in &variable.mentions {
            if access(tree, mention) == Access::Address && self.may_be_replaced(mention) {
                all.join(self.doubtful(mention));
            }
            if !matches!(access(tree, mention), Access::Write | Access::Update) {
                continue;
            }
            match self.src.source_given(mention) {
                Some((value, index)) => {
                    let made = Maker { traced: Some(binding), ..self }.value(value, index, steps);
                    let pooled = made.pooled && !self.src.is_emptied_first(mention);
                    all.join(Fresh { pooled, ..made });
                    if !self.text {
                        all.join(self.beside(mention, value));
                    }
                }
                None if self.is_chosen(mention) => all.join(self.doubtful(mention)),
                None => {}
            }
        }
        if !self.text {
            all.join(self.kept(binding));
        }
        all
    }

    /// Where what comes beside a value goes, which may be the value too, or hold it.
    pub(super) fn beside(self, target: NodeId, value: NodeId) -> Fresh {
        let (src, tree) = (self.src, self.src.tree);
        let list = tree.parent(target).filter(|&list| tree.kind(list) == Kind::ExpressionList);
        let targets = list.map_or_else(Vec::new, |list| tree.operands(list));
        let value = tree.unparenthesized(value);
        if targets.len() < 2
            || tree.kind(value) != Kind::Call
            || src.functions_called(value).is_none() && !src.makes_context(value)
        {
            return Fresh::default();
        }
        let owner = |of: NodeId| tree.child(of, Field::Operand).map(|of| tree.text_of(of));
        // A context that stands in another field of the same value is the value's own.
        let is_at_home = |other: NodeId| {
            src.makes_context(value) && owner(other).is_some() && owner(other) == owner(target)
        };
        let others = targets.iter().enumerate().filter(|&(index, &other)| {
            other != target
                && tree.text_of(other) != "_"
                && !is_at_home(other)
                && src.type_of_result(value, index, DEPTH / 2) != Type::Plain
        });
        let judged = others.map(|(_, &other)| match src.scopes.meaning(other) {
            Some(variable) if tree.within(src.scopes.get(variable).at, self.function) => self.kept(variable),
            _ => self.doubtful(other),
        });
        judged.collect()
    }

    /// Whether a variable whose address is taken may be given another value: by a call that gets that, or by another name.
    fn may_be_replaced(self, mention: NodeId) -> bool {
        let tree = self.src.tree;
        let address = tree.parent(mention).filter(|&up| tree.kind(up) == Kind::Unary);
        let list = address.and_then(|address| tree.parent(address));
        let named = list.filter(|&list| match tree.kind(list) {
            Kind::LiteralElement => true,
            Kind::ExpressionList => {
                tree.parent(list).is_some_and(|up| matches!(tree.kind(up), Kind::ShortVar | Kind::Assignment))
            }
            kind => kind == Kind::VarSpec,
        });
        if named.is_some() {
            return true;
        }
        let call =
            list.filter(|&list| tree.kind(list) == Kind::ArgumentList).and_then(|list| tree.parent(list));
        let of = self.src.scopes.meaning(mention).map(|of| self.src.type_of_variable(of));
        of != Some(Type::Plain)
            && call.is_some_and(|call| match self.src.callee(call) {
                Callee::Fact(_) => self.src.called_name(call) == "As",
                _ => true,
            })
    }

    /// Whether a variable gets its value here from a `range` clause or from the guard of a type switch: what that goes
    /// through, or looks at, may be anybody's.
    pub(super) fn is_chosen(self, mention: NodeId) -> bool {
        let tree = self.src.tree;
        let list = tree.parent(mention).filter(|&up| tree.kind(up) == Kind::ExpressionList);
        let owner = list.and_then(|list| tree.parent(list));
        let chooses = owner.is_some_and(|up| matches!(tree.kind(up), Kind::RangeClause | Kind::TypeSwitch));
        let of = self.src.scopes.meaning(mention).map(|of| self.src.type_of_variable(of));
        chooses && (self.text || of != Some(Type::Plain))
    }

    /// Whether the function puts the value anywhere else before it gives it back.
    fn kept(self, binding: BindingId) -> Fresh {
        let Some(body) = self.src.tree.child(self.function, Field::Body) else { return Fresh::default() };
        // Data is copied wherever it goes, but its address may be kept.
        let addressed = |&at: &NodeId| access(self.src.tree, at) == Access::Address;
        if self.src.type_of_variable(binding) == Type::Plain
            && !self.src.scopes.get(binding).mentions.iter().any(addressed)
        {
            return Fresh::default();
        }
        // What the structure does with it that it is put into is found where that is followed.
        let tree = self.src.tree;
        let left = self.into.and_then(|into| tree.parent(into));
        // Of several places, the others are looked at.
        let alone =
            |&left: &NodeId| tree.kind(left) != Kind::ExpressionList || tree.operands(left).len() == 1;
        let puts = left.filter(alone).and_then(|left| tree.parent(left));
        let mut carry = Carry::new(self.src, body, puts.into_iter().collect());
        carry.options = Some(Vec::new());
        carry.carry(binding, Load::SURE);
        carry.run();
        // That which it is put into may have it in several fields.
        let owner = self.into.and_then(|into| self.src.root_variable(into));
        let others = |holder: BindingId| holder != binding && Some(holder) != owner;
        if let Some(&(holder, _)) = carry.holders.iter().find(|(holder, _)| others(*holder)) {
            let holder = self.src.scopes.get(holder).name;
            return Fresh::doubt(format!("its maker may keep it: `{holder}` holds it afterwards"));
        }
        let options = carry.options.unwrap_or_default();
        let options = options.into_iter().map(|by| Setters { by, part: None }).collect();
        let Some(first) = carry.happenings.first() else { return Fresh { options, ..Fresh::default() } };
        let works = matches!(first.reason, Reason::CapturedByGoroutine | Reason::CapturedByLiteral);
        let what = if works { "it works by itself once it is made" } else { "its maker may keep it" };
        Fresh::doubt(format!("{what}: {}{}", first.message, self.src.position(first.at)))
    }
}
