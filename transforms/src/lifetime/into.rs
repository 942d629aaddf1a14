//! A value is followed into a function whose source is at hand.

use super::after::After;
use super::carry::{Carry, Given, Load, Step};
use super::effects::{Operand, add_new};
use super::memo::{Fields, Memo, SPENT};
use super::types::{Callee, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::scan::focus::CALLED_BACK;
use crate::scope::{Access, BindingId, Declares, access};
use crate::verdict::{Class, Reason};
use crate::world::Place;

/// What becomes of one operand of a function that gets the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    function: Place,
    operand: Operand,
    load: Load,
    /// What it is, where the function knows only an interface of it.
    concrete: Type,
}

/// The answer.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent of each other")]
pub(super) struct Fate {
    /// The worst that happens to it.
    worst: Option<(Reason, String)>,
    /// A result may hold it.
    returned: bool,
    /// A result may be data that leads to it.
    returned_number: bool,
    /// The fields of the results in which it stands, where it stands in some alone.
    returned_in: Option<Fields>,
    /// It may stand in other fields of the operand than before.
    moved: bool,
    /// A result that is an error may hold it.
    in_error: bool,
    /// Other operands that hold it afterwards; true for those that hold it beside what they held before.
    holders: Vec<(Operand, bool)>,
    /// Other operands, which are functions, that get it.
    given: Vec<Given>,
}

impl Fate {
    fn unknown(what: &str) -> Fate {
        Fate {
            worst: Some((Reason::UnknownUse, what.to_owned())),
            returned: true,
            moved: true,
            ..Fate::default()
        }
    }

    /// Whether somebody may have it in the end, or nobody knows.
    fn may_be_kept(&self) -> bool {
        self.worst.is_some() || !self.holders.is_empty() || !self.given.is_empty()
    }

    /// Whether a goroutine or a function that is kept has it.
    fn is_captured(&self) -> bool {
        let reason = self.worst.as_ref().map(|(reason, _)| *reason);
        matches!(reason, Some(Reason::CapturedByGoroutine | Reason::CapturedByLiteral))
    }

    /// What starts a goroutine of its own is not given to another.
    fn works_by_itself(&mut self) {
        if let Some((reason, _)) = &mut self.worst {
            *reason = Reason::UnknownUse;
        }
    }

    fn join(&mut self, memo: &Memo, other: Fate) {
        let rank = |reason: Reason| reason.class() == Class::Keep;
        let worse = match (&self.worst, &other.worst) {
            (Some((mine, _)), Some((theirs, _))) => rank(*theirs) && !rank(*mine),
            (None, Some(_)) => true,
            _ => false,
        };
        if worse {
            self.worst = other.worst;
        }
        self.returned_in = match (self.returned, other.returned) {
            (true, true) => memo.either(self.returned_in, other.returned_in),
            (true, false) => self.returned_in,
            (false, _) => other.returned_in,
        };
        self.returned |= other.returned;
        self.returned_number |= other.returned_number;
        self.moved |= other.moved;
        self.in_error |= other.in_error;
        add_new(&mut self.holders, other.holders);
        add_new(&mut self.given, other.given);
    }
}

impl<'a> Carry<'a, '_> {
    /// The value is an operand of a function with these declarations.
    pub(super) fn follow(&mut self, call: NodeId, functions: Places, operand: Operand, load: Load) -> Step {
        self.follow_each(call, functions.iter(), operand, load)
    }

    /// The value is an operand of one of these functions.
    pub(super) fn follow_each(
        &mut self,
        call: NodeId,
        functions: impl Iterator<Item = Place>,
        operand: Operand,
        load: Load,
    ) -> Step {
        let mut fate = Fate::default();
        let concrete = self.src.given(call, operand).map_or(Type::Unknown, |given| self.known_as(given));
        for function in functions {
            fate.join(self.src.memo, self.fate(Question { function, operand, load, concrete }));
        }
        if operand == Operand::Receiver && fate.is_captured() && !self.is_left_to_itself(call) {
            fate.works_by_itself();
        }
        self.settle(call, fate, load)
    }

    /// The value is an operand of a method that an interface asks for: those at hand that may stand behind it are followed.
    /// A context is not to be kept, whatever gets it, so that only what is certain counts against one.
    pub(super) fn follow_behind(&mut self, call: NodeId, method: Place, operand: Operand, load: Load) {
        let given = self.src.given(call, operand);
        let is_context =
            load.context || given.is_some_and(|at| self.src.type_of(at) == Type::Known("context.Context"));
        let concrete = given.map_or(Type::Unknown, |given| self.known_as(given));
        let mut fate = Fate::default();
        let behind: Vec<Place> = self.src.behind(method).into_iter().flat_map(Places::iter).collect();
        for &function in &behind {
            fate.join(self.src.memo, self.fate(Question { function, operand, load, concrete }));
        }
        self.may_move(load);
        if behind.len() == 1 {
            self.held_by_operands(call, std::mem::take(&mut fate.holders), load);
        }
        let name = self.src.called_name(call);
        let worst = fate.worst.filter(|(reason, _)| !is_context || *reason != Reason::UnknownUse);
        if let Some((_, message)) = worst {
            let what = format!("`{name}` does not only use it: {}", inmost(&message));
            self.happen(Reason::UnknownUse, call, what);
        } else if !fate.holders.is_empty() || !fate.given.is_empty() {
            self.happen(Reason::UnknownUse, call, format!("`{name}` may keep it"));
        }
    }

    /// The value is an operand of a function literal of the same text.
    pub(super) fn follow_literal(
        &mut self,
        call: NodeId,
        literal: NodeId,
        operand: Operand,
        load: Load,
    ) -> Step {
        let fate = if self.depth == 0 {
            Fate::unknown("leads too far")
        } else {
            let concrete = self.src.given(call, operand).map_or(Type::Unknown, |given| self.known_as(given));
            self.src.followed(literal, operand, load, concrete, self.depth - 1)
        };
        self.settle(call, fate, load)
    }

    /// What the table knows gets a value of a type whose source is at hand: it may call the methods that the standard library
    /// looks for.
    pub(super) fn called_back(&mut self, at: NodeId, call: NodeId, load: Load) {
        let of = self.src.type_of(at);
        if !matches!(of, Type::Node(_)) || self.src.is_interface(of) {
            return;
        }
        for name in CALLED_BACK {
            let Callee::Declared(functions) = self.src.method_of(of, name, 8) else { continue };
            let question =
                |function| Question { function, operand: Operand::Receiver, load, concrete: Type::Unknown };
            let fates: Vec<Fate> = functions.iter().map(|function| self.fate(question(function))).collect();
            if fates.iter().any(|fate| fate.moved) {
                self.may_move(load);
            }
            if fates.iter().any(|fate| fate.in_error) {
                self.held_by_error(call);
            }
            if let Some(fate) = fates.into_iter().find(Fate::may_be_kept) {
                let why =
                    fate.worst.map_or_else(String::new, |(_, message)| format!(": {}", inmost(&message)));
                let what =
                    format!("`{}` may call `{name}`, which does not only use it{why}", self.named(call));
                return self.happen(Reason::UnknownUse, call, what);
            }
        }
    }

    /// What the table knows copies a value into something whose source is at hand, which may read it by itself (io.ReaderFrom).
    pub(super) fn copied_into(&mut self, at: NodeId, call: NodeId, load: Load) {
        let of_io = self.src.receiver_of(call).is_some_and(|on| self.src.import_path(on) == Some("io"));
        if !of_io || !self.src.called_name(call).starts_with("Copy") {
            return;
        }
        let Some(&to) = self.src.arguments(call).first().filter(|&&to| to != at) else { return };
        let Callee::Declared(functions) = self.src.method_of(self.known_as(to), "ReadFrom", 8) else {
            return;
        };
        let (operand, concrete) = (Operand::Argument(0), self.known_as(at));
        let mut fates =
            functions.iter().map(|function| self.fate(Question { function, operand, load, concrete }));
        if fates.any(|fate| fate.may_be_kept() || !fate.holders.is_empty()) {
            let what = format!("`{}` may call `ReadFrom`, which does not only use it", self.named(call));
            self.happen(Reason::UnknownUse, call, what);
        }
    }

    fn fate(&self, question: Question) -> Fate {
        let Question { function, operand, load, concrete } = question;
        let Some(depth) = self.depth.checked_sub(1) else {
            return Fate::unknown("leads too far to be followed");
        };
        let memo = self.src.memo;
        memo.fates.get(&memo.budget, question, Fate::default, || {
            if !memo.budget.allows_one_more() {
                return Fate::unknown(SPENT);
            }
            match self.src.at(function) {
                Some((src, node)) => src.followed(node, operand, load, concrete, depth),
                None => Fate::unknown("is declared where it cannot be read"),
            }
        })
    }

    /// Goes on after the call.
    fn settle(&mut self, call: NodeId, fate: Fate, load: Load) -> Step {
        if fate.moved {
            self.may_move(load);
        }
        self.held_by_operands(call, fate.holders, load);
        for given in fate.given {
            self.hand_on(call, given);
        }
        if fate.in_error {
            self.held_by_error(call);
        }
        let Some((reason, message)) = fate.worst else {
            self.uses.push(call);
            if fate.returned_number
                && !load.text
                && let Step::On(next, with) = self.results(call, Load { text: true, ..load })
            {
                self.climb(next, with);
            }
            let load = Load { only: fate.returned_in, ..load };
            return if fate.returned { self.results_in_field(call, load) } else { Step::Stop };
        };
        let what = format!("`{}` does not only use it: {}", self.named(call), inmost(&message));
        let direct = self.src.tree.kind(self.region) == Kind::For;
        if reason.class() == Class::Keep && !load.text && direct {
            let joined = reason == Reason::CapturedByGoroutine && self.joined(call);
            self.happen(if joined { Reason::JoinedGoroutine } else { reason }, call, what);
            return Step::Stop;
        }
        self.happen(Reason::UnknownUse, call, what);
        self.results(call, Load { sure: false, ..load })
    }

    /// A function gets the value that the call gives the callee. What it gives back, the callee has got.
    fn hand_on(&mut self, call: NodeId, given: Given) {
        let arguments = self.src.arguments(call);
        // The results of one call may be all the arguments (spec, "Calls").
        let are_seen = !matches!(arguments[..], [only] if self.src.tree.kind(only) == Kind::Call);
        match self.src.all_given(call, given.to) {
            Some(functions) => functions.into_iter().for_each(|one| self.hand_to(call, one, given)),
            // One of any number, of which there are none.
            None if are_seen && given.to != Operand::Receiver => {}
            None => self.happen(Reason::UnknownUse, call, self.what_is_called(call, ", and is not known")),
        }
    }

    fn hand_to(&mut self, call: NodeId, function: NodeId, given: Given) {
        let (src, tree) = (self.src, self.src.tree);
        let Given { index, load, .. } = given;
        let operand = Operand::Argument(index);
        let spread = tree.named(function).next().filter(|_| tree.kind(function) == Kind::VariadicArgument);
        let function = spread.unwrap_or_else(|| tree.unparenthesized(function));
        let slice = spread.and_then(|spread| src.scopes.meaning(spread));
        if spread.is_some() && !slice.is_some_and(|slice| src.is_only_passed_on(slice)) {
            return self.happen(Reason::UnknownUse, call, self.what_is_called(call, ", and is not known"));
        }
        if tree.kind(function) == Kind::FunctionLiteral && tree.within(function, self.region) {
            let name = src.operand_named(function, operand);
            if let Some(parameter) = name.and_then(|name| src.scopes.meaning(name)) {
                self.carry(parameter, load);
            }
        } else if let Some(to) = self.function_followed().and_then(|own| src.operand_meant(own, function)) {
            add_new(&mut self.given, [Given { to, ..given }]);
        } else if let Some(functions) = src.functions_meant(function) {
            for function in functions {
                let fate = self.fate(Question { function, operand, load, concrete: Type::Unknown });
                if fate.moved {
                    self.may_move(load);
                }
                if fate.may_be_kept() || fate.in_error {
                    let why = fate.worst.map_or_else(String::new, |(_, why)| format!(": {}", inmost(&why)));
                    self.happen(Reason::UnknownUse, call, self.what_is_called(call, &why));
                }
            }
        } else {
            self.happen(Reason::UnknownUse, call, self.what_is_called(call, ", and is not known"));
        }
    }

    fn what_is_called(&self, call: NodeId, why: &str) -> String {
        format!("a function that `{}` calls gets it{why}", self.named(call))
    }

    /// What a row is scanned into gets memory of the driver if it has a method for it (database/sql.Scanner), and may
    /// keep it.
    pub(super) fn scanned(&mut self, call: NodeId, load: Load) {
        let operand = Operand::Argument(0);
        for argument in self.src.arguments(call) {
            let Some(root) = self.src.root_variable(argument) else { continue };
            let of = self.src.named_type_of(root);
            let Callee::Declared(methods) = self.src.method_of(of, "Scan", 8) else { continue };
            let concrete = Type::Unknown;
            let keeps = methods
                .iter()
                .any(|function| self.fate(Question { function, operand, load, concrete }).may_be_kept());
            if keeps {
                self.moves();
                self.carry(root, load);
            }
        }
    }

    /// Whether a result of a function may hold one of its operands.
    pub(super) fn may_give_back(&self, call: NodeId, functions: Places, operand: Operand) -> bool {
        self.may_give_back_in(call, functions, operand, None)
    }

    /// The same, where only what stands in these fields counts.
    pub(super) fn may_give_back_in(
        &self,
        call: NodeId,
        functions: Places,
        operand: Operand,
        fields: Option<Fields>,
    ) -> bool {
        let concrete = self.src.given(call, operand).map_or(Type::Unknown, |given| self.known_as(given));
        let load = Load::SURE;
        functions.iter().any(|function| {
            let fate = self.fate(Question { function, operand, load, concrete });
            let apart = || self.src.memo.are_apart(fields, fate.returned_in);
            fate.returned && !apart()
        })
    }

    /// The type of an operand: that of the value itself, where its variable has an interface's.
    fn known_as(&self, given: NodeId) -> Type {
        let variable =
            self.src.root_variable(given).filter(|_| self.src.tree.kind(given) == Kind::Identifier);
        let own = variable.and_then(|variable| self.concrete.get(&variable).copied());
        let of = own.unwrap_or_else(|| self.src.type_of(given));
        if self.src.is_interface(of) { Type::Unknown } else { of }
    }

    /// The method that a call on a carrier calls, by what the value is.
    pub(super) fn method_called(&self, call: NodeId) -> Callee<'a> {
        let callee = self.src.callee(call);
        let operand = self.src.receiver_of(call);
        let variable = operand.and_then(|operand| self.src.scopes.meaning(operand));
        match variable.and_then(|variable| self.concrete.get(&variable)) {
            Some(&concrete) => match self.src.method_of(concrete, self.src.called_name(call), 8) {
                Callee::Unknown => callee,
                known => known,
            },
            None => callee,
        }
    }

    /// The callee has put the value into other operands; true for those that hold it beside what they held before.
    fn held_by_operands(&mut self, call: NodeId, holders: Vec<(Operand, bool)>, load: Load) {
        for (holder, piles) in holders {
            if let Some(holder) = self.src.given(call, holder) {
                self.held_by_operand(call, holder, piles, load);
            }
        }
    }

    /// The callee has put the value into another operand.
    fn held_by_operand(&mut self, call: NodeId, holder: NodeId, piles: bool, load: Load) {
        let tree = self.src.tree;
        // Nothing is put into what is not there.
        if tree.kind(tree.unparenthesized(holder)) == Kind::Nil {
            return;
        }
        self.moves();
        let whole = match tree.unparenthesized(holder) {
            address if tree.kind(address) == Kind::Unary => tree.child(address, Field::Operand),
            other => Some(other),
        };
        let is_whole = whole
            .is_some_and(|whole| tree.kind(whole) == Kind::Identifier && !self.is_of_embedded(call, whole));
        match self.src.root_variable(holder) {
            Some(root) if is_whole && self.is_own(root) => self.carry(root, load),
            Some(root) if is_whole && self.is_operand(root) => self.hold(root, piles, load),
            _ => {
                let what = format!("`{}` puts it into {}", self.named(call), self.describe(holder));
                let outer = self.src.root_variable(holder).filter(|&root| !self.is_local(root));
                let stays = outer.is_some_and(|root| piles || self.is_looked_at_later(root));
                let keeps = stays && load.sure && !load.text && tree.kind(self.region) == Kind::For;
                self.happen(if keeps { Reason::StoredOutside } else { Reason::UnknownUse }, call, what);
            }
        }
    }

    /// Whether the method that is called on a structure is one of what it embeds, which others may have too.
    fn is_of_embedded(&self, call: NodeId, holder: NodeId) -> bool {
        let is_receiver = self.src.receiver_of(call).is_some_and(|on| self.src.tree.within(holder, on));
        is_receiver
            && match self.method_called(call) {
                Callee::Declared(functions) => self.src.is_method_of_embedded(call, functions),
                _ => false,
            }
    }

    /// Whether a method is called on something that holds the value, is not what the site releases, and has no further use.
    fn is_left_to_itself(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(root) = self.src.root_variable(call) else { return false };
        let mentions = &self.src.scopes.get(root).mentions;
        let is_released = |&at: &NodeId| self.skip.iter().any(|&defer| tree.within(at, defer));
        let end = tree.last(call);
        mentions.iter().all(|at| at.0 < end && !is_released(at)) && self.is_own(root)
    }

    /// Whether a variable from outside the loop is looked at behind it.
    pub(super) fn is_looked_at_later(&self, variable: BindingId) -> bool {
        let function = self.src.tree.function_around(self.region);
        function.is_some_and(|function| {
            After::around(self.src, self.region, function).mention(variable).is_some()
        })
    }

    /// A parameter of the function that is being followed holds the value now.
    pub(super) fn hold(&mut self, parameter: BindingId, piles: bool, load: Load) {
        self.held_by(parameter, piles);
        self.carry(parameter, load);
    }

    /// What a parameter is given in its function that may be somebody else's, and is not what the caller gave.
    fn other_value(&self, parameter: BindingId) -> Option<NodeId> {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(parameter);
        let is_address =
            |at| tree.parent(at).is_some_and(|up| tree.kind(up) == Kind::Unary && tree.has_token(up, "&"));
        let others = variable.mentions.iter().copied().filter(|&at| at != variable.at);
        others.filter(|&at| access(tree, at) == Access::Write || is_address(at)).find(|&at| {
            let given = self.src.source_given(at);
            !given.is_some_and(|(value, index)| {
                let value = tree.unparenthesized(value);
                tree.kind(value) == Kind::Nil || self.is_made(value, index, Some(parameter))
            })
        })
    }

    /// Notes that a parameter of the function that is being followed leads to the value now.
    pub(super) fn held_by(&mut self, parameter: BindingId, piles: bool) {
        self.moves();
        if let Some(other) = self.other_value(parameter) {
            let what =
                format!("it is stored in {}, which may be reached from elsewhere", self.describe(other));
            self.happen(Reason::UnknownResultLeaves, other, what);
        }
        add_new(&mut self.holders, [(parameter, piles)]);
    }
}

impl Source<'_, '_> {
    /// Follows one operand through a function of this text.
    fn followed(&self, function: NodeId, operand: Operand, load: Load, concrete: Type, depth: usize) -> Fate {
        let tree = self.tree;
        let Some(body) = tree.child(function, Field::Body) else {
            return Fate::unknown("has no body to be read");
        };
        let names = self.operands_of(function);
        let Some(name) = self.operand_named(function, operand) else {
            // A parameter without a name cannot be used.
            return Fate::default();
        };
        let Some(binding) = self.scopes.meaning(name) else { return Fate::default() };
        let mut inner = Carry::new(*self, body, Vec::new());
        inner.depth = depth;
        if inner.runs_in_parallel(body) {
            return Fate::unknown("runs a parallel test");
        }
        let stays = self
            .scopes
            .get(binding)
            .mentions
            .iter()
            .all(|&at| at == name || access(tree, at) == Access::Read);
        if stays && concrete != Type::Unknown && self.is_interface(self.type_of_variable(binding)) {
            inner.concrete.insert(binding, concrete);
        }
        inner.followed = Some(binding);
        inner.carry(binding, load);
        inner.run();
        // A bare `return` gives back what the names of the results have, and a deferred function may come after any.
        let is_result = |of: &BindingId| {
            let variable = self.scopes.get(*of);
            variable.declares == Declares::Result && variable.function == Some(function)
        };
        if inner.carriers.keys().any(is_result) {
            (inner.returned, inner.returned_in) = (true, None);
            let mut carriers = inner.carriers.iter();
            inner.returned_number |= carriers.any(|(of, load)| is_result(of) && load.sure && load.text);
        }
        let keeps = inner.happenings.iter().find(|one| one.reason.class() == Class::Keep);
        let worst = keeps.or(inner.happenings.first());
        let worst = worst.map(|one| (one.reason, format!("{}{}", one.message, self.position(one.at))));
        let holders = inner.holders.iter().filter(|&&(holder, _)| holder != binding);
        let holders = holders.filter_map(|&(holder, piles)| {
            let at = self.scopes.get(holder).at;
            names.iter().find(|(_, name)| *name == Some(at)).map(|(of, _)| (*of, piles))
        });
        Fate {
            worst,
            returned: inner.returned,
            returned_number: inner.returned_number,
            returned_in: inner.returned_in,
            moved: inner.moved,
            in_error: inner.in_error,
            holders: holders.collect(),
            given: inner.given,
        }
    }

    /// The name of an operand, which may be one of any number of arguments.
    pub(super) fn operand_named(&self, function: NodeId, operand: Operand) -> Option<NodeId> {
        let names = self.operands_of(function);
        let last = || {
            let mut arguments = names.iter().rev().filter(|(of, _)| matches!(of, Operand::Argument(_)));
            arguments.next().filter(|_| operand != Operand::Receiver)
        };
        names.iter().find(|(of, _)| *of == operand).or_else(last).and_then(|&(_, name)| name)
    }

    /// The operand of a function that a name in it means, where it is what the function was given all the time.
    pub(super) fn operand_meant(&self, function: NodeId, name: NodeId) -> Option<Operand> {
        let tree = self.tree;
        let name = Some(tree.unparenthesized(name)).filter(|&name| tree.kind(name) == Kind::Identifier)?;
        let variable = self.scopes.meaning(name).filter(|&variable| self.keeps_its_value(variable))?;
        self.operand_at(function, self.scopes.get(variable).at)
    }

    /// Whether a variable is only read once it is declared. A method of its type may have the address.
    pub(super) fn keeps_its_value(&self, variable: BindingId) -> bool {
        let tree = self.tree;
        let variable = self.scopes.get(variable);
        variable.mentions.iter().filter(|&&at| at != variable.at).all(|&at| {
            let is_operand = tree.parent(at).is_some_and(|up| tree.kind(up) == Kind::Selector);
            access(tree, at) == Access::Read && !is_operand
        })
    }

    /// The operand of a function that a name declares.
    pub(super) fn operand_at(&self, function: NodeId, name: NodeId) -> Option<Operand> {
        let mut operands = self.operands_of(function).into_iter();
        operands.find(|&(_, own)| own == Some(name)).map(|(operand, _)| operand)
    }

    /// How many parameters a function declares.
    pub(super) fn parameters_of(&self, function: NodeId) -> usize {
        self.operands_of(function).into_iter().filter(|(operand, _)| *operand != Operand::Receiver).count()
    }

    /// The receiver and the parameters of a function, with their names where they have some.
    pub(super) fn operands_of(&self, function: NodeId) -> Vec<(Operand, Option<NodeId>)> {
        let tree = self.tree;
        let mut all = Vec::new();
        let names = |declaration: NodeId| {
            let names = tree.named(declaration).filter(|&id| tree.field(id) == Field::Name);
            let names: Vec<Option<NodeId>> =
                names.map(|id| (tree.text_of(id) != "_").then_some(id)).collect();
            if names.is_empty() { vec![None] } else { names }
        };
        let declarations = |field| tree.child(function, field).into_iter().flat_map(|list| tree.named(list));
        for name in declarations(Field::Receiver).flat_map(names) {
            all.push((Operand::Receiver, name));
        }
        let parameters = declarations(Field::Parameters)
            .filter(|&id| matches!(tree.kind(id), Kind::ParameterDeclaration | Kind::VariadicParameter));
        for (index, name) in parameters.flat_map(names).enumerate() {
            all.push((Operand::Argument(index), name));
        }
        all
    }
}

/// Of a message about nested calls, what the inmost of them does.
fn inmost(message: &str) -> &str {
    message.rsplit("does not only use it: ").next().unwrap_or(message)
}
