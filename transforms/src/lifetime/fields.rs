//! In which fields of a structure a resource stands: those that its release ends, and those that its maker gave the same.
//!
//! A client has a connection of its own and a logger of others: what is done with the logger is nothing to the connection.

use super::Site;
use super::carry::{Carry, Load};
use super::cleanup::Released;
use super::effects::{Operand, add_new, is_report_name};
use super::memo::Fields;
use super::types::{Callee, DEPTH, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, access};
use crate::world::Place;

/// How deep the methods that a release calls are looked through.
const CALLS: usize = 4;

impl Site<'_, '_, '_> {
    /// The fields of the value of a variable that end with it, or hold what ends; nothing where it may be more than these.
    pub(super) fn fields_that_end(&self, one: Released) -> Option<Fields> {
        let src = self.src;
        let of = src.type_of_variable(one.variable);
        if one.text || !matches!(of, Type::Node(_)) || self.releases_a_field(one.variable) {
            return None;
        }
        let mut names = Vec::new();
        src.fields_touched(one.variable, self.case.defer, &mut names, CALLS)?;
        Some(src.memo.fields(src.fields_of_variable(one.variable, &names)?))
    }

    /// The same for result number `index` of a call whose result number `release` ends it.
    pub(super) fn fields_that_end_with(&self, call: NodeId, release: usize, index: usize) -> Option<Fields> {
        let Callee::Declared(functions) = self.src.callee(call) else { return None };
        let mut all = Vec::new();
        for place in functions.iter() {
            let (its, function) = self.src.at(place)?;
            all.extend(its.fields_given_with(function, release, index)?);
        }
        Some(self.src.memo.fields(all))
    }

    /// Whether the deferred call does something with a field of a variable itself.
    fn releases_a_field(&self, variable: BindingId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        src.scopes.get(variable).mentions.iter().any(|&at| {
            let field = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector && !tree.is_callee(up));
            tree.within(at, self.case.defer) && field.is_some_and(|field| src.type_of(field) != Type::Plain)
        })
    }
}

impl<'a> Source<'a, '_> {
    /// Adds the names of the fields of a structure that a part of a function does something with, but to report something:
    /// those of `variable`, and of the receivers of its methods. Nothing where it does something with the whole of it.
    fn fields_touched(
        &self,
        variable: BindingId,
        part: NodeId,
        names: &mut Vec<&'a str>,
        depth: usize,
    ) -> Option<()> {
        let tree = self.tree;
        let mentions = self.scopes.get(variable).mentions.iter().copied();
        for at in mentions.filter(|&at| tree.within(at, part)) {
            let up = tree.parent(at)?;
            if tree.kind(up) == Kind::Binary && tree.named(up).any(|side| tree.kind(side) == Kind::Nil) {
                continue;
            }
            let name = tree.child(up, Field::Selected).filter(|_| tree.kind(up) == Kind::Selector)?;
            // A pool has nothing but what is put back to it.
            if self.type_of(up) == Type::Known("sync.Pool") {
                continue;
            }
            let call = tree.parent(up).filter(|_| tree.is_callee(up));
            match call.map(|call| self.callee(call)) {
                Some(Callee::Declared(functions)) => {
                    // One of what is embedded has other fields.
                    let is_own = !call.is_some_and(|call| self.is_method_of_embedded(call, functions));
                    let functions = Some(functions).filter(|_| is_own)?;
                    for place in functions.iter() {
                        let (its, function) = self.at(place)?;
                        its.fields_of_receiver(function, names, depth.checked_sub(1)?)?;
                    }
                }
                _ if self.is_reported_to(up) => {}
                _ => add_new(names, [tree.text_of(name)]),
            }
        }
        Some(())
    }

    /// Whether a mention of a structure is only about other fields than the one with the name, and those count nowhere by being
    /// there: by a selector, or by a method.
    pub(super) fn is_of_other_fields(&self, mention: NodeId, name: &str) -> bool {
        let tree = self.tree;
        let of = self.type_of(mention);
        let is_other = |field: &str| {
            let Type::Node(place) = of else { return false };
            let of = self.at(place).map(|(src, node)| src.type_of_field(node, field, DEPTH));
            field != name && of.is_some_and(|of| self.holds_nothing(of))
        };
        let Some(selector) = tree.parent(mention).filter(|&up| tree.kind(up) == Kind::Selector) else {
            return false;
        };
        let Some(selected) = tree.child(selector, Field::Selected) else { return false };
        let call = tree.parent(selector).filter(|_| tree.is_callee(selector));
        match call.map(|call| self.callee(call)) {
            Some(Callee::Declared(functions)) => functions.iter().all(|place| {
                let mut names = Vec::new();
                let touched = self
                    .at(place)
                    .and_then(|(its, function)| its.fields_of_receiver(function, &mut names, CALLS));
                touched.is_some() && names.into_iter().all(is_other)
            }),
            Some(_) => false,
            None => is_other(tree.text_of(selected)),
        }
    }

    /// Whether methods do nothing with their receivers but report something to what these have.
    pub(super) fn leaves_receivers(&self, methods: Places) -> bool {
        methods.iter().all(|place| {
            let mut names = Vec::new();
            let found =
                self.at(place).and_then(|(its, method)| its.fields_of_receiver(method, &mut names, CALLS));
            found.is_some() && names.is_empty()
        })
    }

    /// The same for the receiver of a method.
    fn fields_of_receiver(&self, method: NodeId, names: &mut Vec<&'a str>, depth: usize) -> Option<()> {
        let body = self.tree.child(method, Field::Body)?;
        let (_, receiver) = self.operands_of(method).into_iter().find(|&(of, _)| of == Operand::Receiver)?;
        // One without a name is not touched.
        let Some(receiver) = receiver.and_then(|name| self.scopes.meaning(name)) else { return Some(()) };
        self.fields_touched(receiver, body, names, depth)
    }

    /// Whether a method is called on an expression that by its name only reports.
    fn is_reported_to(&self, expression: NodeId) -> bool {
        let method = self.tree.parent(expression).filter(|&up| self.tree.is_callee(up));
        let call = method.and_then(|method| self.tree.parent(method));
        call.is_some_and(|call| {
            is_report_name(self.called_name(call))
                || matches!(self.callee(call), Callee::Fact(fact) if fact.is(Trait::Logs))
        })
    }

    /// The fields of a variable's value that its makers give what they put into those with the names, or something that
    /// holds that.
    fn fields_of_variable(&self, variable: BindingId, names: &[&str]) -> Option<Vec<Place>> {
        let of = self.type_of_variable(variable);
        let mut all = names.iter().map(|name| self.own_field(of, name)).collect::<Option<Vec<Place>>>()?;
        let ended = self.memo.fields(all.clone());
        for &at in &self.scopes.get(variable).mentions {
            match access(self.tree, at) {
                Access::Read => continue,
                Access::Write => {}
                Access::Update | Access::Address => return None,
            }
            let (value, _) = self.source_given(at)?;
            let Callee::Declared(functions) = self.callee(self.tree.unparenthesized(value)) else {
                return None;
            };
            for place in functions.iter() {
                let (its, function) = self.at(place)?;
                let find = || its.fields_given(function, of, names);
                let given = self.memo.given.get(&self.memo.budget, (place, ended), || None, find);
                all.extend(self.memo.places(given?).iter());
            }
        }
        Some(all)
    }

    /// The fields of a function's result that another one, which is a function, ends.
    fn fields_given_with(&self, function: NodeId, release: usize, index: usize) -> Option<Vec<Place>> {
        let tree = self.tree;
        let body = tree.child(function, Field::Body)?;
        let mut all = Vec::new();
        for statement in tree.own_subtree(body).filter(|&id| tree.kind(id) == Kind::Return) {
            let given = tree.operands(tree.child_of_kind(statement, Kind::ExpressionList)?);
            let (&release, &value) = (given.get(release)?, given.get(index)?);
            if tree.kind(value) == Kind::Nil {
                continue;
            }
            let variable = self.scopes.meaning(value).filter(|&binding| self.is_variable(binding))?;
            let mut names = Vec::new();
            if tree.kind(release) != Kind::FunctionLiteral || self.captures_another(release, variable) {
                return None;
            }
            self.fields_touched(variable, release, &mut names, CALLS)?;
            all.extend(self.fields_of_variable(variable, &names)?);
        }
        (!all.is_empty()).then_some(all)
    }

    /// Whether a literal has more of the function around it than a variable, data and the running test.
    fn captures_another(&self, literal: NodeId, variable: BindingId) -> bool {
        let tree = self.tree;
        tree.subtree(literal).filter(|&id| tree.kind(id) == Kind::Identifier).any(|id| {
            let other = self.scopes.meaning(id).filter(|&other| other != variable && self.is_variable(other));
            other.is_some_and(|other| {
                !tree.within(self.scopes.get(other).at, literal)
                    && self.type_of_variable(other) != Type::Plain
                    && !self.is_test(id)
            })
        })
    }

    /// The fields in which a function gives back what it puts into those with the names.
    fn fields_given(&self, function: NodeId, of: Type, names: &[&str]) -> Option<Fields> {
        let tree = self.tree;
        let body = tree.child(function, Field::Body)?;
        let mut carry = Carry::new(*self, body, Vec::new());
        let mut seeds = Vec::new();
        for value in self.values_of_fields(body, of, names)? {
            self.sources(value, &mut seeds);
            carry.climb(value, Load::SURE);
        }
        let mut next = 0;
        while let Some(&variable) = seeds.get(next) {
            next += 1;
            carry.carry(variable, Load::SURE);
            self.sources_of_variable(variable, &mut seeds);
        }
        carry.run();
        carry.returned_in.filter(|_| !carry.in_error && carry.given.is_empty())
    }

    /// The values that a function gives fields of a structure; nothing where it does not write down which it gives.
    fn values_of_fields(&self, body: NodeId, of: Type, names: &[&str]) -> Option<Vec<NodeId>> {
        let tree = self.tree;
        let mut values = Vec::new();
        for id in tree.subtree(body) {
            match tree.kind(id) {
                Kind::CompositeLiteral if self.type_of(id) == of => {
                    for (key, value) in tree.elements(id) {
                        if names.contains(&tree.text_of(key?)) {
                            values.push(value);
                        }
                    }
                }
                Kind::Selector
                    if access(tree, id) == Access::Write
                        && tree
                            .child(id, Field::Selected)
                            .is_some_and(|name| names.contains(&tree.text_of(name))) =>
                {
                    values.push(self.source_given(id)?.0);
                }
                _ => {}
            }
        }
        (!values.is_empty()).then_some(values)
    }

    /// The variables that a value is, or is made of.
    fn sources(&self, expression: NodeId, into: &mut Vec<BindingId>) {
        let tree = self.tree;
        match tree.kind(expression) {
            Kind::Identifier => {
                let variable = self.scopes.meaning(expression).filter(|&binding| self.is_variable(binding));
                let variable = variable.filter(|&binding| self.type_of_variable(binding) != Type::Plain);
                add_new(into, variable);
            }
            // Beside the field, others may hold the same.
            Kind::Selector => {
                let of = tree.child(expression, Field::Operand);
                if let Some(of) = of.filter(|_| self.type_of(expression) != Type::Plain) {
                    self.sources(of, into);
                }
            }
            Kind::Call => {
                let receiver = self.receiver_of(expression).map(|of| (Operand::Receiver, of));
                let arguments = self.arguments(expression).into_iter().enumerate();
                let arguments = arguments.map(|(index, value)| (Operand::Argument(index), value));
                for (operand, value) in receiver.into_iter().chain(arguments) {
                    if self.may_be_in(expression, operand) {
                        self.sources(value, into);
                    }
                }
            }
            _ => tree.named(expression).for_each(|part| self.sources(part, into)),
        }
    }

    /// Whether a call may give back something that ends an operand with itself.
    fn may_be_in(&self, call: NodeId, operand: Operand) -> bool {
        match self.callee(call) {
            Callee::Fact(fact) => fact.is(Trait::Owns) && operand == Operand::Argument(0),
            Callee::Declared(functions) => {
                Carry::new(*self, call, Vec::new()).may_give_back(call, functions, operand)
            }
            _ => true,
        }
    }

    /// What a local variable is made of, and what came with it.
    fn sources_of_variable(&self, variable: BindingId, into: &mut Vec<BindingId>) {
        let tree = self.tree;
        for &at in &self.scopes.get(variable).mentions {
            let Some((values, ..)) = self.values_given(at) else { continue };
            let siblings = tree.parent(at).map_or_else(Vec::new, |list| tree.operands(list));
            if let [value] = values[..] {
                self.sources(value, into);
                for sibling in siblings {
                    if !super::is_error_name(tree.text_of(sibling)) {
                        self.sources(sibling, into);
                    }
                }
            } else {
                for value in values {
                    self.sources(value, into);
                }
            }
        }
    }
}
