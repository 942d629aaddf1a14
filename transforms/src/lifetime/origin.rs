//! Where a released value comes from: a new one of the iteration, with its siblings, or somebody else's.

use super::carry::{Load, short};
use super::cleanup::Released;
use super::effects::Operand;
use super::fresh::{Fresh, Maker, STEPS, Setters};
use super::memo::Fields;
use super::options::Setup;
use super::parts::Part;
use super::pooled::{LEFT_IN_IT, ToPool};
use super::types::{Callee, Places, Source, Type};
use super::{Site, is_error_name};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Outcome, Trait};
use crate::scope::{Access, BindingId, access, is_changed};
use crate::signature::Results;
use crate::verdict::Reason;

/// Parts of the names of functions that fill what they get the address of.
const FILLS: &[&str] = &["Unmarshal", "Decode", "Scan", "scan", "Var", "As"];

impl Site<'_, '_, '_> {
    /// The other results of the call that gave the variable its value.
    pub(super) fn siblings(&mut self, one: Released, at: NodeId) {
        let tree = self.src.tree;
        let Some((values, own, count)) = self.src.values_given(at) else { return };
        let Some(list) = tree.parent(at) else { return };
        let apart = matches!(values.first().map(|&value| self.src.callee(value)), Some(Callee::Fact(fact)) if fact.is(Trait::Apart));
        if values.len() == count || count < 2 {
            return;
        }
        if apart && own == 1 {
            self.other_end(list, at);
            return;
        }
        let chained = self.case.call().is_some_and(|call| self.src.called_name(call) == "End");
        for (index, target) in tree.operands(list).into_iter().enumerate() {
            let name = tree.text_of(target);
            if index == own || name == "_" {
                continue;
            }
            let Some(binding) = self.src.root_variable(target) else { continue };
            let of = self.src.type_of_variable(binding);
            if is_error_name(name) && matches!(of, Type::Plain | Type::Unknown) {
                continue;
            }
            let text = one.text || self.cleanup.ends_captured_by_name;
            if self.src.type_of_variable(binding) == Type::Plain && !text {
                continue;
            }
            if index + 1 == count && self.is_returned_as_error(binding) {
                continue;
            }
            let outer = !self.is_local(binding) && !self.carry.is_overwritten(binding);
            if outer && self.src.type_of_variable(binding) != Type::Plain {
                let reason = if chained { Reason::SpanNesting } else { Reason::StoredOutside };
                let message = format!("`{name}` comes from the same call and outlives the iteration");
                self.find(reason, target, message);
                if chained {
                    continue;
                }
            }
            let context = self.src.type_of_variable(binding) == Type::Known("context.Context");
            let only = values.first().filter(|_| !text);
            let only = only.and_then(|&call| self.fields_that_end_with(call, own, index));
            self.carry.carry(binding, Load { text, context, only, ..Load::SURE });
        }
    }

    /// Whether the variable is returned where the function's results say `error`: then it is one.
    fn is_returned_as_error(&self, binding: BindingId) -> bool {
        let src = self.src;
        let results = Results::of(src.tree, src.scopes, self.case.function);
        results.ends_in_error(src.tree, src.scopes)
            && src.scopes.get(binding).mentions.iter().any(|&mention| {
                let list = src.tree.parent(mention);
                let owner = list.and_then(|list| src.tree.parent(list));
                owner.is_some_and(|owner| src.tree.kind(owner) == Kind::Return)
                    && src.nest.function(mention) == Some(self.case.function)
                    && list.is_some_and(|list| {
                        let operands = src.tree.operands(list);
                        operands.len() == results.all.len() && operands.last() == Some(&mention)
                    })
            })
    }

    /// Closing the writing end lets the reading end come to its end, which is what most readers wait for.
    fn other_end(&mut self, list: NodeId, own: NodeId) {
        let tree = self.src.tree;
        let other =
            tree.operands(list).into_iter().find(|&target| target != own && tree.text_of(target) != "_");
        if let Some(other) = other {
            let message = format!("`{}` comes to its end when this one is closed", tree.text_of(other));
            self.find(Reason::UnknownUse, other, message);
        }
    }

    /// Whether the variable's value is known to be a new one. What it came through is followed as well.
    pub(super) fn origin(&mut self, one: Released) {
        self.made_of(one);
        for binding in self.through.take() {
            if binding != one.variable && (one.text || self.src.type_of_variable(binding) != Type::Plain) {
                self.carry.carry(binding, one.load());
                self.siblings_of(one, binding);
            }
        }
    }

    /// The other results of the calls that gave a variable its values before the defer.
    pub(super) fn siblings_of(&mut self, one: Released, binding: BindingId) {
        let (tree, defer) = (self.src.tree, self.case.defer);
        let mentions = self.src.scopes.get(binding).mentions.iter().copied();
        let writes = mentions.filter(|&at| at < defer && access(tree, at) == Access::Write);
        for at in writes.collect::<Vec<_>>() {
            self.siblings(one, at);
        }
    }

    fn made_of(&mut self, one: Released) {
        self.owned(one.variable);
        let name = self.name(one.variable);
        if let Some(lock) = self.locking_call(one.variable) {
            let text = short(self.src.tree.text_of(lock));
            let message =
                format!("`{text}` locks something, and others may come in where `{name}` is given back");
            self.find(Reason::LockSplit, lock, message);
        }
        let Some((unknown, doubt)) = self.unknown_origin(one.variable, one.text, 6) else {
            if one.flushes {
                self.flushes(one.variable);
            }
            return self.parts(one.variable);
        };
        if let Some(at) = self.kept_by_its_maker(one.variable) {
            let all = self.src.tree.text_of(at);
            let message = format!("its maker puts `{name}` into `{all}`, which is used after the loop");
            self.find(Reason::UsedAfterLoop, at, message);
        }
        let doubt = doubt.map_or_else(String::new, |doubt| format!(": {doubt}"));
        self.find(Reason::UnknownResource, unknown, format!("where `{name}` comes from is not known{doubt}"));
    }

    /// Where a collection of the package is used after the loop that the maker of a variable's value puts such values into.
    fn kept_by_its_maker(&self, variable: BindingId) -> Option<NodeId> {
        let src = self.src;
        let (made, _) = src.source_given(src.scopes.get(variable).at)?;
        let of = src.type_of_variable(variable);
        let name = src.found_in_called(src.tree.unparenthesized(made), |its, id| {
            let is_filled = its.tree.kind(id) == Kind::Identifier
                && its.package() == src.package()
                && is_changed(its.tree, id)
                && its.is_package_variable(id)
                && its.has_part(its.type_of(id), |part| {
                    part == of && !matches!(part, Type::Plain | Type::Unknown)
                });
            is_filled.then(|| its.tree.text_of(id))
        })?;
        self.after.nodes().find(|&id| {
            src.tree.kind(id) == Kind::Identifier
                && src.tree.text_of(id) == name
                && src.is_package_variable(id)
        })
    }

    /// What ends together with a new value has to be its own.
    fn parts(&mut self, variable: BindingId) {
        for (of, part) in self.cleanup.parts.clone() {
            if of != variable {
                continue;
            }
            if let Some((at, doubt)) = self.unknown_part(variable, part, 6) {
                let what = format!("`{}.{}`", self.name(variable), part.name);
                let doubt = doubt.map_or_else(String::new, |doubt| format!(": {doubt}"));
                let message = format!("{what} ends too, and where it comes from is not known{doubt}");
                self.find(Reason::UnknownResource, at, message);
            }
        }
    }

    /// A value that may hold a field which is somebody else's, and why it may be.
    fn unknown_part(&self, binding: BindingId, part: Part, depth: usize) -> Option<(NodeId, Option<String>)> {
        let tree = self.src.tree;
        let maker = Maker::of(self.src, self.case.function, part.text);
        let mentions = self.src.scopes.get(binding).mentions.iter();
        let whole = part;
        for (mention, part) in mentions.flat_map(|&mention| self.src.steps_to(mention, part)) {
            // What is embedded in a variable's value is asked for where all of it is.
            let is_whole = part == whole || tree.kind(mention) != Kind::Identifier;
            if !tree.within(mention, self.case.defer) {
                for (call, functions, operand) in self.src.handed_at(mention) {
                    let set = self.src.set_in(functions, operand, part);
                    if let Some(doubt) = self.handed_back(call, set, part.text, depth) {
                        return Some((call, doubt));
                    }
                }
            }
            // What is not known of a function value, nobody knows of its use either.
            if let Some((call, operand)) = self.src.handed_to_a_value(mention)
                && let Some(set) = self.src.set_by_value(call, operand, part)
                && let Some(doubt) = self.handed_back(call, set, part.text, depth)
            {
                return Some((call, doubt));
            }
            if maker.may_set(mention, part) {
                return Some((mention, None));
            }
            let (value, doubt) = if let Some((_, value, index)) = self.src.part_written(mention, part) {
                (value, self.doubt_of_part(value, index, part, depth))
            } else if let Some((value, index)) = self.src.source_given(mention).filter(|_| is_whole) {
                (value, self.part_doubt(tree.unparenthesized(value), index, part, depth))
            } else {
                continue;
            };
            if let Some(doubt) = doubt {
                return Some((value, doubt));
            }
        }
        None
    }

    /// The same for the value that a field is given.
    #[allow(clippy::option_option, reason = "as for `doubt`")]
    fn doubt_of_part(&self, value: NodeId, index: usize, part: Part, depth: usize) -> Option<Option<String>> {
        if part.is_called_itself() {
            return self.doubt_of_called(value);
        }
        if self.is_built_here(value) {
            return None;
        }
        let rest = part.rest();
        let whole =
            if part.text && rest.is_some() { None } else { self.doubt(value, index, part.text, depth) };
        whole.or_else(|| self.part_doubt(self.src.tree.unparenthesized(value), index, rest?, depth))
    }

    /// The same for a function that is called: it ends what the iteration has, and does nothing else.
    #[allow(clippy::option_option, reason = "as for `doubt`")]
    fn doubt_of_called(&self, function: NodeId) -> Option<Option<String>> {
        let tree = self.src.tree;
        let ids = tree.subtree(function).filter(|&id| tree.kind(id) == Kind::Identifier);
        let variables = ids.filter_map(|id| self.src.scopes.meaning(id)).filter(|&of| {
            self.src.is_variable(of)
                && !tree.within(self.src.scopes.get(of).at, function)
                && self.src.type_of_variable(of) != Type::Plain
        });
        let variables: Vec<BindingId> = variables.collect();
        self.through.borrow_mut().extend(&variables);
        let fresh = Maker::of(self.src, self.case.function, false).calls(function, STEPS);
        let is_known =
            variables.iter().all(|&of| self.is_local(of)) && fresh.is_sure() && fresh.of.is_empty();
        if is_known { None } else { Some(fresh.doubt) }
    }

    /// Whether a value is a composite literal of nothing but what the iteration has.
    fn is_built_here(&self, value: NodeId) -> bool {
        let tree = self.src.tree;
        let own = |id: NodeId| match self.src.scopes.meaning(id) {
            Some(binding) if self.src.is_variable(binding) => {
                self.through.borrow_mut().push(binding);
                self.is_local(binding)
            }
            Some(_) => true,
            None => self.src.import_path(id).is_some(),
        };
        let is_name = |id: &NodeId| tree.kind(*id) == Kind::Identifier;
        tree.kind(value) == Kind::CompositeLiteral && tree.subtree(value).filter(is_name).all(own)
    }

    /// Why a field of a value, or of result number `index` of a call, may be somebody else's; nothing where it is not.
    #[allow(clippy::option_option, reason = "as for `doubt`")]
    fn part_doubt(&self, value: NodeId, index: usize, part: Part, depth: usize) -> Option<Option<String>> {
        let tree = self.src.tree;
        if part == Part::CALLED {
            return self.doubt_of_called(value);
        }
        match tree.kind(value) {
            // What it holds, others may have put there.
            Kind::Call | Kind::TypeAssertion if self.src.is_from_pool(value) => Some(None),
            Kind::Call => match self.src.callee(value) {
                Callee::Declared(functions) => {
                    let fresh = self.src.part_of_result(functions, index, part);
                    self.handed_back(value, fresh, part.text, depth)
                }
                Callee::Literal(literal) => {
                    let literal = Places::one(self.src.place(literal));
                    let fresh = self.src.part_of_result(literal, index, part);
                    self.handed_back(value, fresh, part.text, depth)
                }
                Callee::Abstract(method) => {
                    let fresh = self.src.part_of_result_behind(method, index, part);
                    self.handed_back(value, fresh, part.text, depth)
                }
                _ => None,
            },
            Kind::Unary if tree.has_token(value, "&") => {
                let of = tree.unparenthesized(tree.child(value, Field::Operand)?);
                if tree.kind(of) == Kind::CompositeLiteral {
                    self.part_doubt(of, 0, part, depth)
                } else {
                    None
                }
            }
            Kind::CompositeLiteral if depth > 0 => {
                match self.src.element_given(value, self.src.type_of(value), part.name) {
                    Some(given) => self.doubt_of_part(given?, 0, part, depth - 1),
                    None if part.called => Some(None),
                    None => None,
                }
            }
            Kind::Identifier if depth > 0 => {
                let root = self.src.root_variable(value).filter(|&root| self.is_local(root))?;
                self.through.borrow_mut().push(root);
                self.unknown_part(root, part, depth - 1).map(|(_, doubt)| doubt)
            }
            _ if part.called && tree.kind(value) != Kind::Nil => Some(None),
            _ => None,
        }
    }

    /// What ends together with the variable's value is followed as well.
    fn owned(&mut self, binding: BindingId) {
        let src = self.src;
        let mentions = src.scopes.get(binding).mentions.iter();
        for value in mentions.filter_map(|&at| src.values_given(at)).flat_map(|(values, ..)| values) {
            let value = src.tree.unparenthesized(value);
            if src.tree.kind(value) == Kind::Call
                && matches!(src.callee(value), Callee::Fact(fact) if fact.is(Trait::Owns))
                && let Some(inner) = src.arguments(value).first().and_then(|&first| src.root_variable(first))
                && inner != binding
                && !self.carry.carriers.contains_key(&inner)
            {
                self.carry.carry(inner, Load::SURE);
                self.owned(inner);
            }
        }
    }

    /// The call that gave the variable its value, where its name says that it takes a lock.
    fn locking_call(&self, binding: BindingId) -> Option<NodeId> {
        let tree = self.src.tree;
        let writes =
            self.src.scopes.get(binding).mentions.iter().filter(|&&at| access(tree, at) != Access::Read);
        let values = writes.filter_map(|&at| self.src.values_given(at)).flat_map(|(values, ..)| values);
        values.into_iter().map(|value| tree.unparenthesized(value)).find(|&value| {
            let name = self.src.called_name(value).to_ascii_lowercase();
            let is_told = match self.src.callee(value) {
                Callee::Fact(fact) => !fact.is(Trait::Occupies),
                Callee::Declared(functions) => self.src.only_open_files(functions),
                _ => false,
            };
            tree.kind(value) == Kind::Call
                && !is_told
                && ["lock", "acquire", "lease"].iter().any(|end| name.ends_with(end))
        })
    }

    /// A value of the variable that is not known to be newly acquired, and why it may not be.
    pub(super) fn unknown_origin(
        &self,
        binding: BindingId,
        text: bool,
        depth: usize,
    ) -> Option<(NodeId, Option<String>)> {
        if !text && self.traced.borrow().contains(&binding) {
            // Made of itself (`c = tls.Client(c, config)`), it is as new as its other values.
            return None;
        }
        self.traced.borrow_mut().push(binding);
        let unknown = self.unknown_value(binding, text, depth);
        self.traced.borrow_mut().pop();
        unknown
    }

    /// The same, of a variable that is noted as being traced.
    fn unknown_value(
        &self,
        binding: BindingId,
        text: bool,
        depth: usize,
    ) -> Option<(NodeId, Option<String>)> {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(binding);
        let mut known = 0;
        for &mention in variable.mentions.iter().filter(|&&at| access(tree, at) != Access::Read) {
            // What a function does that gets the address is found where its fields are asked for.
            if access(tree, mention) == Access::Address && self.is_address_given(mention) {
                continue;
            }
            let Some((value, result)) = self.src.source_given(mention) else {
                let is_spec = tree.parent(mention).is_some_and(|up| tree.kind(up) == Kind::VarSpec);
                if mention != variable.at || !is_spec {
                    return Some((mention, None));
                }
                // A structure is there at once; what its fields are given is asked of them.
                known += usize::from(!text && self.src.is_structure(binding));
                continue;
            };
            if let Some(doubt) = self.doubt(value, result, text, depth)
                && !(doubt.as_deref() == Some(LEFT_IN_IT)
                    && (self.src.is_emptied_first(mention) || self.src.is_only_read_into(mention)))
            {
                return Some((value, doubt));
            }
            known += 1;
        }
        (known == 0).then_some((variable.at, None))
    }

    /// Whether a mention is of a structure whose address is an argument of a call.
    fn is_address_given(&self, mention: NodeId) -> bool {
        let tree = self.src.tree;
        let list = tree.parent(mention).and_then(|address| tree.parent(address));
        let call =
            list.filter(|&list| tree.kind(list) == Kind::ArgumentList).and_then(|list| tree.parent(list));
        // What decodes into it calls methods of its fields.
        let decodes = |call| {
            let name = self.src.called_name(call);
            matches!(self.src.callee(call), Callee::Fact(_)) && FILLS.iter().any(|fills| name.contains(fills))
        };
        matches!(self.src.type_of(mention), Type::Node(_)) && call.is_some_and(|call| !decodes(call))
    }

    /// Why a value, or result number `index` of a call, may not be a new one; nothing where it is.
    #[allow(clippy::option_option, reason = "whether there is a doubt, and whether there are words for it")]
    fn doubt(&self, value: NodeId, index: usize, text: bool, depth: usize) -> Option<Option<String>> {
        let tree = self.src.tree;
        let value = tree.unparenthesized(value);
        let is_new = match tree.kind(value) {
            Kind::Nil => true,
            Kind::Call | Kind::TypeAssertion if !text && self.src.is_from_pool(value) => {
                return self.goes_back_as_it_is().then(|| Some(LEFT_IN_IT.to_owned()));
            }
            Kind::CompositeLiteral if !text => {
                let Some(depth) = depth.checked_sub(1) else { return Some(None) };
                let shared = self.shared_element(value, depth)?;
                let shared = short(tree.text_of(shared));
                return Some(Some(format!("it holds `{shared}`, which is not known to be new")));
            }
            Kind::Unary if tree.has_token(value, "&") && !text => {
                let of = tree.child(value, Field::Operand).map(|of| tree.unparenthesized(of));
                let literal = of.filter(|&of| tree.kind(of) == Kind::CompositeLiteral);
                return literal.map_or(Some(None), |literal| self.doubt(literal, 0, false, depth));
            }
            Kind::Call => match self.src.callee(value) {
                Callee::Fact(fact) if text && fact.result(index) == Outcome::Text => {
                    let parts = self.src.arguments(value);
                    depth > 0 && parts.into_iter().any(|part| self.doubt(part, 0, true, depth - 1).is_none())
                }
                Callee::Fact(fact) if fact.is(Trait::Owns) => {
                    let first = self.src.arguments(value).first().copied();
                    depth > 0 && first.is_some_and(|first| self.doubt(first, 0, text, depth - 1).is_none())
                }
                Callee::Fact(fact) if text && fact.is(Trait::Fresh) => {
                    let folder = self.src.folder_of(value);
                    let seen = folder
                        .filter(|&folder| depth == 0 || self.doubt(folder, 0, true, depth - 1).is_some());
                    if let Some(folder) = seen {
                        let folder = short(tree.text_of(folder));
                        return Some(Some(format!("others may look into `{folder}`, where it is made")));
                    }
                    true
                }
                Callee::Fact(fact) => fact.is_new() && !text,
                Callee::Builtin if self.src.called_name(value) == "append" => {
                    let all = self.src.arguments(value);
                    depth > 0
                        && !text
                        && all.into_iter().all(|one| self.doubt(one, 0, false, depth - 1).is_none())
                }
                Callee::Builtin => self.src.called_name(value) == "make",
                // What a literal does with a name, the function around it may look at.
                Callee::Literal(_) if text => false,
                Callee::Literal(literal) => {
                    let literal = Places::one(self.src.place(literal));
                    return self.made_by(value, literal, index, text, depth);
                }
                Callee::Declared(functions) => return self.made_by(value, functions, index, text, depth),
                Callee::Abstract(method) if self.src.are_makers_known(value, method, index) && !text => {
                    let fresh = self.src.gives_new_behind(method, index);
                    return self.handed_back(value, fresh, text, depth);
                }
                _ => false,
            },
            Kind::VariadicArgument => {
                let all = tree.named(value).next();
                return all.map_or(Some(None), |all| self.doubt(all, 0, text, depth));
            }
            Kind::Identifier | Kind::Selector => {
                let root = self.src.root_variable(value).filter(|&root| self.is_local(root));
                self.through.borrow_mut().extend(root);
                depth > 0 && root.is_some_and(|root| self.unknown_origin(root, text, depth - 1).is_none())
            }
            Kind::Binary if text => {
                depth > 0 && tree.named(value).any(|part| self.doubt(part, 0, true, depth - 1).is_none())
            }
            _ => false,
        };
        if is_new { None } else { Some(None) }
    }

    /// Whether what is released goes back to a pool with what is in it.
    pub(super) fn goes_back_as_it_is(&self) -> bool {
        self.cleanup.to_pool == ToPool::AsItIs
    }

    /// An element of a literal that is neither plain data nor known to be new: it may end with the literal's value.
    fn shared_element(&self, literal: NodeId, depth: usize) -> Option<NodeId> {
        let tree = self.src.tree;
        tree.elements(literal).into_iter().find_map(|(_, value)| {
            if tree.kind(value) == Kind::LiteralValue {
                return self.shared_element(value, depth);
            }
            let is_own = match self.src.type_of(value) {
                Type::Plain => !self.src.is_shared_memory(value),
                Type::Known("context.Context") => true,
                _ => self.doubt(value, 0, false, depth).is_none(),
            };
            (!is_own).then_some(value)
        })
    }

    /// A function of the module that makes it, from arguments that are new where it hands one of them back.
    #[allow(clippy::option_option, reason = "as for `doubt`")]
    fn made_by(
        &self,
        call: NodeId,
        functions: Places,
        index: usize,
        text: bool,
        depth: usize,
    ) -> Option<Option<String>> {
        self.handed_back(call, self.src.gives_new(functions, index, text), text, depth)
    }

    /// A value as new as the arguments that a function makes it of.
    #[allow(clippy::option_option, reason = "as for `doubt`")]
    fn handed_back(&self, call: NodeId, fresh: Fresh, text: bool, depth: usize) -> Option<Option<String>> {
        if fresh.doubt.is_some() {
            return Some(fresh.doubt);
        }
        if fresh.pooled && self.goes_back_as_it_is() {
            return Some(Some(LEFT_IN_IT.to_owned()));
        }
        let sets_fields = |&all: &Setters| matches!(self.src.options_given(call, all), Setup::SetFields);
        if !fresh.options.iter().all(sets_fields) {
            return Some(Some(
                "the options that its maker gets may do more than set fields of it".to_owned(),
            ));
        }
        if !fresh.made_by.iter().all(|&made| self.src.makes_what_is_asked(call, made)) {
            let what =
                "it may be what a function gives back that its maker is given, which is not known to be new";
            return Some(Some(what.to_owned()));
        }
        let given = |operand| self.src.given(call, operand).filter(|_| depth > 0);
        let whole = |operand| match self.src.all_given(call, operand).filter(|_| depth > 0) {
            Some(all) => all.into_iter().find_map(|given| self.doubt(given, 0, text, depth - 1)),
            None => Some(None),
        };
        let field = |(operand, part)| match given(operand) {
            Some(given) => self.part_doubt(given, 0, part, depth - 1),
            None => Some(None),
        };
        fresh.from.into_iter().find_map(whole).or_else(|| fresh.of.into_iter().find_map(field))
    }

    /// A writer whose close writes: what it writes to is followed as well, and has to be the iteration's own.
    pub(super) fn flushes(&mut self, binding: BindingId) {
        let tree = self.src.tree;
        let mut todo = vec![binding];
        let mut seen = Vec::new();
        while let Some(writer) = todo.pop() {
            let of = self.src.type_of_variable(writer);
            if seen.contains(&writer) || matches!(of, Type::Plain | Type::Known("context.Context")) {
                continue;
            }
            seen.push(writer);
            let variable = self.src.scopes.get(writer);
            if self.src.is_test(variable.at) {
                continue;
            }
            if !self.is_local(writer) && !self.carry.is_overwritten(writer) {
                let message =
                    format!("closing it writes to `{}`, which outlives the iteration", variable.name);
                self.find(Reason::FlushesOutside, variable.at, message);
                continue;
            }
            // What ends with the site's own value has a place in it.
            let ended = self.carry.carriers.get(&writer).and_then(|load| load.only);
            if ended.is_none() {
                self.carry.carry(writer, Load::SURE);
            }
            let given = variable.mentions.iter().filter_map(|&at| self.src.values_given(at));
            for value in given.flat_map(|(values, _, _)| values).collect::<Vec<_>>() {
                let value = tree.unparenthesized(value);
                if self.opens_the_same(value) {
                    let text = short(tree.text_of(value));
                    let message = format!("closing it writes to what `{text}` opens in each iteration");
                    self.find(Reason::FlushesOutside, value, message);
                    continue;
                }
                let parts = self.held_parts(value, ended);
                let names = parts.iter().flat_map(|&part| tree.subtree(part));
                let names: Vec<NodeId> = names.filter(|&id| tree.kind(id) == Kind::Identifier).collect();
                todo.extend(
                    names
                        .into_iter()
                        .filter_map(|id| self.src.scopes.meaning(id))
                        .filter(|&id| self.src.is_variable(id)),
                );
                let elsewhere =
                    parts.iter().flat_map(|&part| tree.subtree(part)).any(|id| self.src.is_elsewhere(id));
                let hidden = parts
                    .iter()
                    .flat_map(|&part| tree.subtree(part))
                    .any(|id| self.src.hides_outside(id, 3) || self.leads_outside(id));
                if elsewhere || hidden || self.src.hides_outside(value, 3) {
                    let message = "closing it writes to something that outlives the iteration".to_owned();
                    self.find(Reason::FlushesOutside, value, message);
                }
            }
        }
    }

    /// Whether a part of a writer is the address of a variable from outside the iteration, or a writer of the module's own
    /// that is from there, says something, or changes what is not its own.
    fn leads_outside(&self, part: NodeId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        let is_outer = || src.root_variable(part).is_some_and(|root| !self.is_local(root));
        match tree.kind(part) {
            Kind::Unary if tree.has_token(part, "&") => is_outer(),
            Kind::CompositeLiteral | Kind::Identifier | Kind::Call => {
                let of_data = matches!(src.type_of(part), Type::Plain | Type::Node(_));
                let writes = src.method_of_value(part, "Write").filter(|_| of_data);
                writes.is_some_and(|functions| {
                    let effects = src.effects(functions);
                    effects.changes_others
                        || effects.reports
                        || tree.kind(part) == Kind::Identifier && is_outer()
                })
            }
            _ => false,
        }
    }

    /// Whether a call opens a file by a name that each iteration gives, or what a function of the module makes of such a name.
    fn opens_the_same(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.kind(call) != Kind::Call {
            return false;
        }
        let mut parts = self.src.arguments(call);
        if let Callee::Literal(literal) = self.src.callee(call) {
            parts.push(literal);
        }
        let is_literal = |part: NodeId| tree.kind(part) == Kind::FunctionLiteral;
        // Whether it is another one in the next iteration.
        let changes = |binding: BindingId| {
            let mentions = &self.src.scopes.get(binding).mentions;
            self.is_local(binding)
                || mentions
                    .iter()
                    .any(|&at| tree.within(at, self.case.iteration) && access(tree, at) != Access::Read)
        };
        let varies = |&part: &NodeId| {
            tree.subtree(part).any(|id| match tree.kind(id) {
                Kind::Call => !is_literal(part) && !self.only_computes(id),
                Kind::Identifier => {
                    let variable = self.src.scopes.meaning(id).filter(|&of| self.src.is_variable(of));
                    variable.is_some_and(|of| {
                        let is_own = is_literal(part) && tree.within(self.src.scopes.get(of).at, part);
                        !is_own && changes(of)
                    })
                }
                _ => false,
            })
        };
        let opens = match self.src.callee(call) {
            Callee::Fact(fact) => {
                fact.result(0) == Outcome::Value { of: "os.File", holds: false } && !fact.is(Trait::Fresh)
            }
            Callee::Declared(_) | Callee::Literal(_) => {
                parts.iter().any(|&part| is_literal(part) || self.src.is_string(part))
            }
            _ => false,
        };
        opens && !parts.is_empty() && !parts.iter().any(varies)
    }

    /// Whether a call gives the same for the same arguments.
    fn only_computes(&self, call: NodeId) -> bool {
        let path = self.src.receiver_of(call).and_then(|on| self.src.import_path(on));
        matches!(self.src.callee(call), Callee::Builtin | Callee::Conversion)
            || matches!(path, Some("path" | "path/filepath" | "strings" | "strconv" | "fmt"))
    }

    /// The parts of an expression that its value may hold, or that these fields of it may.
    fn held_parts(&self, value: NodeId, fields: Option<Fields>) -> Vec<NodeId> {
        let receiver = || self.src.receiver_of(value);
        match self.src.callee(value) {
            Callee::Fact(fact) if !matches!(fact.result(0), Outcome::Value { holds: true, .. }) => Vec::new(),
            Callee::Declared(functions) if self.src.tree.kind(value) == Kind::Call => {
                let arguments = self.src.arguments(value).into_iter().enumerate();
                let operands = arguments
                    .map(|(index, argument)| (Operand::Argument(index), argument))
                    .chain(receiver().map(|receiver| (Operand::Receiver, receiver)));
                let held = operands
                    .filter(|&(operand, _)| self.carry.may_give_back_in(value, functions, operand, fields));
                held.map(|(_, given)| given).collect()
            }
            _ => vec![value],
        }
    }
}

impl Source<'_, '_> {
    /// A variable of another package, or one that another file of the package declares.
    pub(super) fn is_elsewhere(&self, id: NodeId) -> bool {
        let tree = self.tree;
        match tree.kind(id) {
            _ if tree.is_callee(id) => false,
            Kind::Selector => {
                tree.child(id, Field::Operand).is_some_and(|operand| self.import_path(operand).is_some())
                    && self.type_of(id) != Type::Plain
            }
            Kind::Identifier => self.scopes.meaning(id).is_none() && !tree.is_element_key(id),
            _ => false,
        }
    }

    /// Whether a function that is called gives back a variable of a package, or what writes to one.
    fn hides_outside(&self, call: NodeId, depth: usize) -> bool {
        if self.tree.kind(call) != Kind::Call || depth == 0 {
            return false;
        }
        let Some(functions) = self.functions_called(call) else { return false };
        functions.iter().filter_map(|place| self.at(place)).any(|(src, function)| {
            let body = src.tree.child(function, Field::Body);
            body.into_iter()
                .flat_map(|body| src.tree.subtree(body))
                .any(|id| src.writes_outside(id, depth - 1))
        })
    }

    /// Whether a node gives a variable of a package to the caller, or to a known function whose result holds it.
    fn writes_outside(&self, id: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        let given = match tree.kind(id) {
            Kind::Return => tree.named(id).flat_map(|list| tree.operands(list)).collect(),
            Kind::Call => match self.callee(id) {
                Callee::Fact(fact) if matches!(fact.result(0), Outcome::Value { holds: true, .. }) => {
                    self.arguments(id)
                }
                _ => return false,
            },
            _ => return false,
        };
        given.into_iter().any(|value| {
            let outside = self.root(value).is_some_and(|root| self.is_outside(root));
            outside && tree.kind(value) != Kind::Call || self.hides_outside(value, depth)
        })
    }

    /// A variable of this package or another one that is no plain data.
    fn is_outside(&self, root: NodeId) -> bool {
        self.import_path(root).is_some()
            || self.is_package_variable(root) && self.type_of(root) != Type::Plain
    }
}
