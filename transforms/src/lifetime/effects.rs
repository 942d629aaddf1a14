//! What a declared function does when it is called as a cleanup: what it ends, and whether anybody else can tell.

use super::carry::short;
use super::memo::SPENT;
use super::parts::Part;
use super::pooled::ToPool;
use super::state::State;
use super::types::{Callee, DEPTH, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Trait};
use crate::scope::{Access, BindingId, Declares, access};
use crate::verdict::Reason;
use crate::world::{Place, UnitId};
use crate::written::Written;

/// How deep the functions that a cleanup calls are read.
const CALLS: usize = 8;

/// How many variables are looked through for what they stand for.
const ALIASES: usize = 4;

/// A longer function is not read.
const LONGEST: u32 = 4000;

/// An operand of a function: its receiver, or the argument with the given index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operand {
    Receiver,
    Argument(usize),
}

/// What a function does to its operands and to the rest of the program.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent of each other")]
pub(super) struct Effects {
    /// The operands that it ends; true for those that it ends by their name.
    pub(super) ends: Vec<(Operand, bool)>,
    /// The names of the methods, of types that it does not know, by which it ends its operands.
    pub(super) ended_by: Vec<String>,
    /// The fields of its operands whose values it ends, which have to be the operand's own.
    pub(super) parts: Vec<(Operand, Part)>,
    /// The fields of its operands whose functions it calls, with nothing: those may do anything.
    pub(super) called: Vec<(Operand, Part)>,
    /// There is no other problem than what those functions do.
    pub(super) only_calls: bool,
    /// It ends something that it has captured; true where it ends that by its name.
    pub(super) ends_captured: Option<bool>,
    /// What it asks for before it acts.
    pub(super) asks: Vec<State>,
    /// It writes to what its operands hold.
    pub(super) flushes: bool,
    /// It ends what counts by being there.
    pub(super) occupies: bool,
    /// What it puts back to a pool.
    pub(super) to_pool: ToPool,
    /// It reports to people.
    pub(super) reports: bool,
    /// It takes a lock.
    pub(super) locks: bool,
    /// It changes its receiver.
    pub(super) changes_receiver: bool,
    /// It changes what neither it nor its operands have for themselves.
    pub(super) changes_others: bool,
    /// It waits for others.
    waits: bool,
    /// It ends something, tells others something, or does what is not known.
    acts: bool,
    /// A state of a package that it gives back what the function around it found there, and that one alone.
    pub(super) puts_back: Option<String>,
    /// The first thing that somebody else may notice.
    pub(super) problem: Option<(Reason, String)>,
}

impl Effects {
    fn problem(&mut self, reason: Reason, message: String) {
        self.acts = true;
        self.problem.get_or_insert((reason, message));
    }

    fn unread(why: &str) -> Effects {
        let problem = (Reason::ReleaseUnknown, why.to_owned());
        Effects { problem: Some(problem), acts: true, ..Effects::default() }
    }

    /// Whether it is a barrier: it ends nothing, and returns when others are done by themselves.
    pub(super) fn only_waits(&self) -> bool {
        self.waits && !self.acts && !self.changes_receiver
    }

    /// Whether it does nothing but end things by what they are.
    pub(super) fn only_ends(&self) -> bool {
        self.problem.is_none()
            && self.ended_by.is_empty()
            && self.ends_captured != Some(true)
            && !self.flushes
            && !self.occupies
            && !self.reports
            && !self.locks
            && !self.changes_others
            && !self.waits
    }

    /// Whether it does nothing but tell people something.
    pub(super) fn only_reports(&self) -> bool {
        self.reports
            && self.ends.is_empty()
            && self.ends_captured.is_none()
            && self.problem.is_none()
            && !self.changes_receiver
            && !self.locks
            && !self.waits
    }

    fn join(&mut self, other: Effects) {
        add_new(&mut self.ends, other.ends);
        add_new(&mut self.ended_by, other.ended_by);
        add_new(&mut self.parts, other.parts);
        self.ends_captured = self.ends_captured.max(other.ends_captured);
        self.flushes |= other.flushes;
        self.occupies |= other.occupies;
        add_new(&mut self.asks, other.asks);
        self.to_pool = self.to_pool.max(other.to_pool);
        self.reports |= other.reports;
        self.locks |= other.locks;
        self.changes_receiver |= other.changes_receiver;
        self.changes_others |= other.changes_others;
        self.waits |= other.waits;
        self.acts |= other.acts;
        self.puts_back = self.puts_back.take().or(other.puts_back);
        add_new(&mut self.called, other.called);
        if self.only_calls && other.problem.is_some() && !other.only_calls {
            (self.problem, self.only_calls) = (other.problem, false);
        } else if self.problem.is_none() {
            (self.problem, self.only_calls) = (other.problem, other.only_calls);
        }
    }
}

/// Whether a function or method changes a counter, by the beginning of its name.
pub(super) fn is_count(name: &str) -> bool {
    ["Add", "Store", "Swap", "CompareAndSwap", "And", "Or", "Set"].iter().any(|start| name.starts_with(start))
}

/// Adds what is not there yet.
pub(super) fn add_new<T: PartialEq>(all: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

impl Source<'_, '_> {
    /// What a function with these declarations does.
    pub(super) fn effects(&self, functions: Places) -> Effects {
        self.effects_within(functions, CALLS)
    }

    fn effects_within(&self, functions: Places, depth: usize) -> Effects {
        let mut all = Effects::default();
        for place in functions.iter() {
            let find = || match self.at(place) {
                _ if !self.memo.budget.allows_one_more() => Effects::unread(SPENT),
                Some((src, function)) => Reading {
                    src,
                    function,
                    depth,
                    effects: Effects::default(),
                    written: Vec::new(),
                    calls: None,
                }
                .read(),
                None => Effects::unread("is declared where it cannot be read"),
            };
            all.join(self.memo.effects.get(&self.memo.budget, place, Effects::default, find));
        }
        all
    }

    /// What is against a method of a type, where its source is at hand; types are followed for `depth` steps.
    pub(super) fn against(&self, of: Type, method: &str, depth: usize) -> Option<(Reason, String)> {
        match self.method_of(of, method, depth) {
            Callee::Declared(functions) => self.effects(functions).problem,
            _ => None,
        }
    }

    /// What a call gives for an operand.
    pub(super) fn given(&self, call: NodeId, operand: Operand) -> Option<NodeId> {
        match operand {
            Operand::Receiver => self.receiver_of(call),
            Operand::Argument(index) => self.arguments(call).get(index).copied(),
        }
    }

    /// All that a call gives for an operand: any number where the function takes that. Nothing where it is not written down.
    pub(super) fn all_given(&self, call: NodeId, operand: Operand) -> Option<Vec<NodeId>> {
        let Operand::Argument(index) = operand else { return self.given(call, operand).map(|on| vec![on]) };
        let is_last_of_many = |place: Place| {
            self.at(place).is_some_and(|(src, function)| {
                let parameters = src.tree.child(function, Field::Parameters);
                let last = parameters.and_then(|all| src.tree.named(all).last());
                last.is_some_and(|last| src.tree.kind(last) == Kind::VariadicParameter)
                    && src.operands_of(function).last().is_some_and(|&(of, _)| of == operand)
            })
        };
        let arguments = self.arguments(call);
        // The results of one call may be all the arguments (spec, "Calls").
        let forwards = arguments.len() == 1 && self.tree.kind(arguments[0]) == Kind::Call;
        let many = matches!(self.callee(call), Callee::Declared(all) if all.iter().any(is_last_of_many));
        match arguments.get(index..) {
            Some(rest) if many && (index == 0 || !forwards) => Some(rest.to_vec()),
            rest => Some(vec![*rest?.first()?]),
        }
    }

    /// Where a node of another file is, for messages: ` (name.go:12)`.
    pub(super) fn position(&self, node: NodeId) -> String {
        let unit = self.world.unit(self.unit).filter(|_| self.unit != UnitId::MAIN);
        unit.map_or_else(String::new, |unit| format!(" ({}:{})", unit.file, unit.line(node)))
    }
}

/// One function that is being read.
pub(super) struct Reading<'a, 't> {
    pub(super) src: Source<'a, 't>,
    function: NodeId,
    depth: usize,
    pub(super) effects: Effects,
    /// The first write to what each argument holds.
    written: Vec<(Operand, NodeId)>,
    /// What is said of the first call of a field's function.
    calls: Option<String>,
}

impl Reading<'_, '_> {
    fn read(mut self) -> Effects {
        let tree = self.src.tree;
        let Some(body) = tree.child(self.function, Field::Body) else {
            self.effects.problem(Reason::ReleaseUnknown, "has no body that could be read".to_owned());
            return self.effects;
        };
        if self.depth == 0 || tree.last(body) - body.0 > LONGEST {
            self.effects.problem(Reason::ReleaseUnknown, "leads too far to be read".to_owned());
            return self.effects;
        }
        for id in tree.subtree(body) {
            self.part(id);
        }
        self.judge_writes();
        if let Some(state) = &self.effects.puts_back {
            let problem = (Reason::RestoresState, format!("puts back `{state}`"));
            self.effects.problem.get_or_insert(problem);
        }
        if let Some(message) = self.calls.take().filter(|_| self.effects.problem.is_none()) {
            self.effects.problem(Reason::ReleaseUnknown, message);
            self.effects.only_calls = true;
        }
        self.effects
    }

    /// Whoever still looks at an argument sees what is written to it, unless its life ends here as well: it is cleared
    /// before it goes back to its pool.
    fn judge_writes(&mut self) {
        for (operand, target) in std::mem::take(&mut self.written) {
            if !self.effects.ends.contains(&(operand, false)) {
                let message = self.message(target, "writes to what it is given:");
                self.effects.problem(Reason::OuterVariableChanges, message);
            }
        }
    }

    fn message(&self, at: NodeId, what: &str) -> String {
        format!("{what} `{}`{}", short(self.src.tree.text_of(at)), self.src.position(at))
    }

    /// What is done depends on a field, or on a method, of what a pointer in a field leads to: that has to be the operand's own,
    /// as others would change it at another time.
    fn asks(&mut self, asked: NodeId) {
        let (src, tree) = (self.src, self.src.tree);
        let holder = match tree.kind(asked) {
            Kind::Selector if src.type_of(asked) == Type::Plain => tree.child(asked, Field::Operand),
            Kind::Call if matches!(src.callee(asked), Callee::Declared(_)) => src.receiver_of(asked),
            _ => None,
        };
        let is_pointer = |of: &NodeId| matches!(src.written().of_expression(*of), Some(Written::Pointer(_)));
        let Some(holder) = holder.filter(|of| tree.kind(*of) == Kind::Selector && is_pointer(of)) else {
            return;
        };
        if let Owner::Operand(own) = self.owner(holder) {
            add_new(&mut self.effects.parts, src.part_in(holder, None, false).map(|part| (own, part)));
        }
    }

    pub(super) fn problem(&mut self, reason: Reason, at: NodeId, what: &str) {
        self.effects.changes_others |= reason == Reason::OuterVariableChanges;
        let message = self.message(at, what);
        self.effects.problem(reason, message);
    }

    fn part(&mut self, id: NodeId) {
        let tree = self.src.tree;
        match tree.kind(id) {
            Kind::Call => self.call(id),
            Kind::TypeConversion if self.src.may_call(id) => {
                self.problem(Reason::ReleaseUnknown, id, "calls something unknown:");
            }
            Kind::RangeClause => {
                if tree.has_token(id, "=") {
                    self.writes(id);
                }
                if let Some(channel) = self.src.channel_ranged(id) {
                    self.communicates(id, Some(channel));
                }
                if let Some(function) = self.src.function_ranged(id) {
                    self.problem(Reason::ReleaseUnknown, function, "ranges over a function:");
                }
            }
            Kind::Go => self.problem(Reason::ReleaseUnknown, id, "starts a goroutine:"),
            Kind::Send => {
                self.effects.acts = true;
                self.communicates(id, tree.child(id, Field::Channel));
            }
            Kind::Unary if tree.has_token(id, "<-") => self.communicates(id, tree.child(id, Field::Operand)),
            Kind::Assignment | Kind::Inc | Kind::Dec => self.writes(id),
            Kind::If => {
                if let Some(condition) = tree.child(id, Field::Condition) {
                    tree.subtree(condition).for_each(|asked| self.asks(asked));
                }
                add_new(&mut self.effects.asks, self.src.states_asked(id, self.function));
            }
            Kind::ExpressionSwitch => {
                add_new(&mut self.effects.asks, self.src.states_asked(id, self.function));
            }
            _ => {}
        }
    }

    /// Whose variable stands at the bottom of an expression.
    pub(super) fn owner(&self, expression: NodeId) -> Owner {
        let Some(root) = self.src.root(expression) else { return Owner::Nobody };
        let Some(binding) = self.src.scopes.meaning(root) else {
            return if self.src.tree.kind(root) == Kind::Identifier { Owner::Package } else { Owner::Nobody };
        };
        self.owner_of(binding)
    }

    fn owner_of(&self, binding: BindingId) -> Owner {
        let variable = self.src.scopes.get(binding);
        match variable.declares {
            Declares::Variable | Declares::Result if variable.function.is_some() => Owner::Local,
            Declares::Parameter => self.operand(variable.at).map_or(Owner::Local, Owner::Operand),
            Declares::Constant | Declares::Type => Owner::Nobody,
            _ => Owner::Package,
        }
    }

    /// The operand that a parameter's name stands for; nothing for one of a function literal inside.
    fn operand(&self, name: NodeId) -> Option<Operand> {
        let tree = self.src.tree;
        let within = |field| tree.child(self.function, field).filter(|&list| tree.within(name, list));
        if within(Field::Receiver).is_some() {
            return Some(Operand::Receiver);
        }
        let list = within(Field::Parameters)?;
        let names = tree
            .subtree(list)
            .filter(|&id| tree.field(id) == Field::Name && tree.kind(id) == Kind::Identifier);
        names.into_iter().position(|id| id == name).map(Operand::Argument)
    }

    /// A channel that the function has not made is somebody else's: what it gives to it or waits for is seen there.
    fn communicates(&mut self, at: NodeId, channel: Option<NodeId>) {
        let own = channel.is_some_and(|channel| match self.src.tree.kind(channel) {
            Kind::Call => matches!(self.src.called_name(channel), "Done" | "After"),
            _ => {
                self.owner(channel) == Owner::Local
                    && self.src.root_variable(channel).is_some_and(|root| self.is_inside(root))
            }
        });
        self.effects.waits |= !own;
        if !own {
            self.stops_at(at, "communicates with others:");
        }
    }

    /// Others notice when the function waits, which is not to do something.
    fn stops_at(&mut self, at: NodeId, what: &str) {
        let acts = self.effects.acts;
        self.problem(Reason::ReleaseUnknown, at, what);
        self.effects.acts = acts;
    }

    fn writes(&mut self, statement: NodeId) {
        let tree = self.src.tree;
        let targets = match tree.child(statement, Field::Left) {
            Some(left) => tree.operands(left),
            None => tree.named(statement).take(1).collect(),
        };
        for target in targets.into_iter().filter(|&target| tree.text_of(target) != "_") {
            if self.effects.puts_back.is_none() && self.src.puts_back(self.function, statement, target) {
                self.effects.puts_back = Some(tree.text_of(target).to_owned());
                continue;
            }
            if tree.kind(target) != Kind::Identifier || self.owner(target) == Owner::Package {
                self.writes_to(target);
            }
        }
    }

    /// The function changes a variable.
    fn writes_to(&mut self, target: NodeId) {
        let shared = self.selectors(target) > 1 || self.goes_behind(target);
        self.changes(target, shared);
    }

    /// The function changes a variable, one that somebody else may look at too if it is `shared` with its owner.
    fn changes(&mut self, target: NodeId, shared: bool) {
        match self.owner(target) {
            Owner::Operand(Operand::Receiver) if !shared => self.effects.changes_receiver = true,
            Owner::Operand(operand) if shared => self.changes_behind(operand, target),
            Owner::Operand(operand) => self.writes_into(operand, target),
            Owner::Package => self.problem(Reason::OuterVariableChanges, target, "changes"),
            Owner::Local if !self.owns_place(target) && !self.is_still_unseen(target) => {
                self.problem(Reason::OuterVariableChanges, target, "changes what others may share:");
            }
            Owner::Nobody if self.mentions_others(target) => {
                self.problem(Reason::OuterVariableChanges, target, "changes what others may share:");
            }
            Owner::Local | Owner::Nobody => {}
        }
    }

    /// The function changes what a field of an operand leads to, which has to be the operand's own. Where data goes is not
    /// followed.
    fn changes_behind(&mut self, operand: Operand, target: NodeId) {
        let (src, tree) = (self.src, self.src.tree);
        let selector = tree.subtree(target).find(|&id| tree.kind(id) == Kind::Selector);
        let is_data = selector.is_none_or(|field| matches!(src.type_of(field), Type::Plain | Type::Bytes));
        let field = src.part_in(target, None, false).filter(|_| !is_data && self.selectors(target) == 1);
        match (field, operand) {
            (Some(part), Operand::Receiver) => {
                self.effects.changes_receiver = true;
                add_new(&mut self.effects.parts, [(operand, part)]);
            }
            _ => self.problem(Reason::OuterVariableChanges, target, "changes what others may share:"),
        }
    }

    /// Whether a place belongs to a local variable whose value was made here.
    fn owns_place(&self, place: NodeId) -> bool {
        let root = self.src.root_variable(place);
        root.is_some_and(|root| self.is_own(root) && self.src.is_place_of(place, root, self.function))
    }

    /// Whether a place is a field of a structure that the function declares, of which nobody else can have the address yet.
    fn is_still_unseen(&self, place: NodeId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        let Some(root) = self.local(place).filter(|&root| src.is_structure(root)) else { return false };
        let of = src.named_type_of(root);
        let is_field = |at: NodeId| {
            tree.parent(at).is_some_and(|up| {
                let name = tree.child(up, Field::Selected).map(|name| tree.text_of(name));
                name.is_some_and(|name| src.own_field(of, name).is_some())
            })
        };
        let variable = src.scopes.get(root);
        let is_unseen = |&at: &NodeId| {
            at == variable.at
                || at.0 >= tree.last(place)
                || is_field(at)
                    && access(tree, at) != Access::Address
                    && src.nest.function(at) == Some(self.function)
        };
        let mut around = tree.ancestors(place).take_while(|&up| up > self.function);
        tree.child(place, Field::Operand).is_some_and(|of| tree.kind(of) == Kind::Identifier)
            && tree.kind(place) == Kind::Selector
            && src.nest.function(place) == Some(self.function)
            && variable.mentions.iter().all(is_unseen)
            && around.all(|up| tree.kind(up) != Kind::For || tree.within(variable.at, up))
            && !tree.subtree(self.function).any(|id| tree.kind(id) == Kind::Goto)
    }

    /// Whether what an expression leads to belongs to a local variable whose value was made here.
    pub(super) fn owns(&self, expression: NodeId) -> bool {
        let root = self.src.root_variable(expression);
        root.is_some_and(|root| self.is_own(root) && self.src.is_thing_of(expression, root, self.function))
    }

    /// Whether a place that begins with no variable, as a literal does, has one of more than data in it.
    fn mentions_others(&self, place: NodeId) -> bool {
        self.src.tree.subtree(place).any(|id| {
            let binding = self.src.scopes.meaning(id).filter(|&binding| self.src.is_variable(binding));
            binding.is_some_and(|binding| self.src.type_of_variable(binding) != Type::Plain)
        })
    }

    /// The function writes to what an operand leads to.
    pub(super) fn writes_into(&mut self, operand: Operand, target: NodeId) {
        if !self.written.iter().any(|&(known, _)| known == operand) {
            self.written.push((operand, target));
        }
    }

    /// Whether a variable lies behind a field of an operand: it is what a pointer leads to, or an element of a slice or a
    /// map, and others may have got those as well.
    fn goes_behind(&self, target: NodeId) -> bool {
        let tree = self.src.tree;
        let target = tree.unparenthesized(target);
        let Some(operand) = tree.child(target, Field::Operand) else { return false };
        let operand = tree.unparenthesized(operand);
        match tree.kind(target) {
            // A field of an embedded structure, which may be embedded as a pointer.
            Kind::Selector if tree.kind(operand) == Kind::Identifier => self.src.field_kind(target).is_none(),
            Kind::Selector => self.goes_behind(operand),
            _ if tree.kind(operand) != Kind::Selector => self.goes_behind(operand),
            Kind::Index => self.src.field_kind(operand) != Some(Kind::ArrayType),
            _ => true,
        }
    }

    /// How many fields lie between a variable and an expression that begins with it.
    fn selectors(&self, expression: NodeId) -> usize {
        let tree = self.src.tree;
        let mut at = Some(expression);
        let mut count = 0;
        while let Some(id) = at {
            count += usize::from(tree.kind(id) == Kind::Selector);
            at = match tree.kind(id) {
                _ if let Some(of) = self.src.converted(id) => Some(of),
                Kind::Parenthesized => tree.named(id).next(),
                Kind::Call => tree.child(id, Field::Function),
                _ => tree.child(id, Field::Operand),
            };
        }
        count
    }

    /// Declared in the function itself.
    fn is_inside(&self, binding: BindingId) -> bool {
        self.src.tree.within(self.src.scopes.get(binding).at, self.function)
    }

    /// A local variable, of this function or of the one around it, whose value was made there and went nowhere else.
    pub(super) fn is_own(&self, binding: BindingId) -> bool {
        self.src.scopes.get(binding).declares != Declares::Parameter && self.src.is_made_there(binding)
    }

    /// What a local variable stands for at the bottom of an expression: an element of what is gone through, the only value
    /// that it is given, or what it was asked of.
    fn stands_for(&self, expression: NodeId) -> Option<NodeId> {
        let root = self.local(expression)?;
        if let Some(found) = self.src.ranged_over(root).or_else(|| self.src.looked_at(root)) {
            return Some(found);
        }
        let mut values = self.src.values_of(root);
        let value = values.next().filter(|_| values.next().is_none())?;
        let value = self.src.tree.unparenthesized(self.src.converted(value).unwrap_or(value));
        if self.src.tree.kind(value) == Kind::Call {
            let on = self.src.receiver_of(value).filter(|&on| self.src.import_path(on).is_none());
            return on.filter(|_| !self.is_own(root));
        }
        (self.src.root_variable(value) != Some(root)).then_some(value)
    }

    /// Whether a local variable has what another function gave, which is not known to be new, or one thing after the other.
    fn was_found(&self, expression: NodeId) -> bool {
        let is_new = |call| matches!(self.src.callee(call), Callee::Fact(fact) if fact.is_new());
        self.local(expression).is_some_and(|root| {
            let mut values = self.src.values_of(root);
            let goes_on = |value| self.src.root_variable(value) == Some(root);
            !self.is_own(root)
                && values
                    .any(|value| self.src.tree.kind(value) == Kind::Call && !is_new(value) || goes_on(value))
        })
    }

    /// Whether a value comes from a call of which it is not known what it calls.
    fn is_anybodys(&self, expression: NodeId) -> bool {
        let (src, tree) = (self.src, self.src.tree);
        let values = self.local(expression).into_iter().flat_map(|root| src.values_of(root));
        values.chain([expression]).flat_map(|value| tree.subtree(value)).any(|id| {
            let is_called = tree.kind(id) == Kind::Call && tree.function_around(id) == Some(self.function);
            is_called && matches!(src.callee(id), Callee::Unknown)
        })
    }

    /// The variable of the function itself at the bottom of an expression.
    fn local(&self, expression: NodeId) -> Option<BindingId> {
        let root = self.src.root_variable(expression)?;
        (self.owner_of(root) == Owner::Local && self.is_inside(root)).then_some(root)
    }

    /// The function ends a value, with `text` by its name.
    fn ends(&mut self, expression: NodeId, text: bool) {
        self.effects.acts = true;
        if self.is_anybodys(expression) {
            self.problem(Reason::ReleaseUnknown, expression, "ends what may be somebody else's:");
        }
        let mut expression = expression;
        // The field of the value that the expression stands for.
        let mut part = None;
        for _ in 0..ALIASES {
            match self.stands_for(expression).filter(|_| !text) {
                Some(value) => {
                    part = self.src.part_in(expression, part, text);
                    expression = value;
                }
                None => break,
            }
        }
        if !text && self.was_found(expression) {
            self.problem(Reason::ReleaseUnknown, expression, "ends what may be somebody else's:");
        }
        let root = self.src.root_variable(expression).map(|root| self.src.scopes.get(root));
        let captured =
            root.is_some_and(|root| root.function.is_some() && !self.src.tree.within(root.at, self.function));
        // The name that a field holds belongs to what the field is of.
        let part = self.src.part_in(expression, part, text);
        let whole = text && part.is_none();
        self.effects.ends_captured = self.effects.ends_captured.max(captured.then_some(whole));
        match self.owner(expression) {
            Owner::Operand(operand) => {
                add_new(&mut self.effects.ends, [(operand, whole)]);
                add_new(&mut self.effects.parts, part.map(|part| (operand, part)));
            }
            Owner::Package if self.src.is_package_variable(expression) => {
                self.problem(Reason::ReleaseUnknown, expression, "ends what others share:");
            }
            _ => {}
        }
    }

    fn call(&mut self, call: NodeId) {
        self.effects.locks |= matches!(self.src.called_name(call), "Lock" | "RLock");
        match self.src.callee(call) {
            Callee::Builtin => self.builtin(call),
            Callee::Conversion => {}
            Callee::Fact(fact) => self.known(call, fact),
            Callee::Declared(functions) | Callee::Returned(functions) => self.declared(call, functions),
            Callee::Literal(literal) => {
                let inside = self.src.tree.within(literal, self.function);
                if !inside {
                    let functions = Places::one(self.src.place(literal));
                    self.declared(call, functions);
                }
            }
            Callee::Abstract(method) => {
                self.behind(call, self.src.behind(method));
                self.unknown(call);
            }
            Callee::Unknown => self.unknown(call),
        }
    }

    /// What those do that may stand behind a method of an interface: a log that is a list is looked at later.
    fn behind(&mut self, call: NodeId, all: Vec<Places>) {
        for methods in all {
            let inner = self.src.effects_within(methods, self.depth - 1);
            if let Some((reason, message)) = inner.problem {
                self.effects.problem(reason, message);
            } else if inner.changes_receiver && !is_release_name(self.src.called_name(call)) {
                self.problem(Reason::OuterVariableChanges, call, "changes what others may share:");
            }
        }
    }

    fn builtin(&mut self, call: NodeId) {
        let tree = self.src.tree;
        match self.src.called_name(call) {
            "recover" if self.src.nest.function(call) == Some(self.function) => {
                self.effects.problem(Reason::DeferredRecover, "recovers from a panic".to_owned());
            }
            "panic" if !self.is_nil_guard(call) => self.problem(Reason::ReleaseUnknown, call, "may panic:"),
            "close" => {
                if let Some(&channel) = self.src.arguments(call).first() {
                    if self.owner(channel) == Owner::Package {
                        return self.problem(Reason::ReleaseUnknown, call, "tells others:");
                    }
                    self.ends(channel, false);
                }
            }
            // What is appended goes into the memory of the first one, if that has room.
            name @ ("append" | "delete" | "clear" | "copy") => {
                let first = self.src.arguments(call).first().copied();
                let grows = |first: NodeId| {
                    name == "append"
                        && tree.kind(first) == Kind::Identifier
                        && self.owner(first) == Owner::Local
                };
                if let Some(first) = first.filter(|&first| !grows(first)) {
                    self.changes(first, self.selectors(first) > 0);
                }
            }
            "print" | "println" => self.problem(Reason::ReleaseUnknown, call, "prints:"),
            _ => debug_assert!(tree.kind(call) == Kind::Call),
        }
    }

    /// A panic for a receiver that is nil: one that was acquired is none.
    fn is_nil_guard(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        let guard = tree.ancestors(call).find(|&at| tree.kind(at) == Kind::If);
        let Some(test) = guard.and_then(|guard| tree.child(guard, Field::Condition)) else { return false };
        let [left, right] = tree.named(test).collect::<Vec<_>>()[..] else { return false };
        tree.has_token(test, "==")
            && tree.kind(right) == Kind::Nil
            && tree.kind(left) == Kind::Identifier
            && self.owner(left) == Owner::Operand(Operand::Receiver)
    }

    fn known(&mut self, call: NodeId, fact: &Fact) {
        let operand = self.src.receiver_of(call);
        self.behind(call, self.src.behind_standard(call, Some(fact)));
        let is_of_receiver = |on| self.owner(on) == Owner::Operand(Operand::Receiver);
        self.effects.changes_receiver |= fact.is(Trait::Retains) && operand.is_some_and(is_of_receiver);
        if fact.is(Trait::Acts) {
            self.told(call, fact);
        } else if matches!(self.src.called_name(call), "Unlock" | "RUnlock") {
            // One that the function has locked itself it only holds for a while.
            if self.unlocks(call) {
                self.problem(Reason::LockSplit, call, "gives a lock back:");
            }
        } else if let Some((target, shared)) = self.counted(call) {
            self.changes(target, shared);
        } else if fact.is(Trait::Logs) {
            self.effects.reports = true;
            if self.ends_process(call) {
                self.problem(Reason::ReleaseUnknown, call, "may end the process:");
            }
        } else if fact.is(Trait::Release) {
            self.effects.flushes |= fact.is(Trait::Flushes);
            self.effects.occupies |= fact.is(Trait::Occupies);
            if let Some(function) = self.src.function_of(call) {
                // A function that a field holds is what ends; a method ends what it is called on.
                let in_field = matches!(self.src.type_of(function), Type::Known(_));
                self.ends(operand.filter(|_| !in_field).unwrap_or(function), false);
            }
        } else if fact.is(Trait::Removes) || fact.is(Trait::ReleaseArgument) {
            self.effects.to_pool = self.effects.to_pool.max(self.src.put_to_pool(call));
            for argument in self.src.arguments(call) {
                if fact.is(Trait::Removes) && self.owner(argument) == Owner::Nobody {
                    self.problem(Reason::ReleaseUnknown, call, "removes what others may look for:");
                }
                self.ends(argument, fact.is(Trait::Removes));
            }
        } else if fact.is(Trait::Sets) {
            self.problem(Reason::RestoresState, call, "changes the state of the process:");
        } else if fact.is(Trait::Later) {
            if !operand.is_some_and(|group| self.waits_for(group, call)) {
                self.problem(Reason::ReleaseUnknown, call, "leaves work for later:");
            }
        } else if fact.is(Trait::Waits) {
            let own = operand.is_some_and(|operand| {
                matches!(self.owner(operand), Owner::Local | Owner::Operand(Operand::Receiver))
            });
            let inside = operand.and_then(|operand| self.src.root_variable(operand));
            self.effects.waits |= !inside.is_some_and(|root| self.is_inside(root) && self.is_own(root));
            if own {
                self.works(call, Some(fact));
            } else {
                self.stops_at(call, "waits for others:");
            }
        } else {
            self.effects.flushes |= WRITES.iter().any(|start| self.src.called_name(call).starts_with(start));
            let is_lock = matches!(self.src.called_name(call), "Lock" | "RLock");
            self.effects.acts |= !is_lock && !self.src.altered(call, Some(fact)).is_empty();
            self.works(call, Some(fact));
        }
    }

    /// What a stanza speaks of: a release, or something that happens when it is called.
    fn told(&mut self, call: NodeId, fact: &Fact) {
        let arguments = self.src.arguments(call);
        let function = self.src.function_of(call);
        let receiver =
            function.map(|function| self.src.tree.child(function, Field::Operand).unwrap_or(function));
        let (ended, besides) = match arguments.split_first() {
            _ if fact.is(Trait::Release) => (receiver, &arguments[..]),
            Some((&first, others)) if fact.is(Trait::ReleaseFirst) => (Some(first), others),
            _ => (None, &[][..]),
        };
        match ended {
            Some(ended) if !besides.iter().any(|&other| self.src.may_be_written(other)) => {
                self.effects.flushes |= fact.is(Trait::Flushes);
                self.effects.occupies |= fact.is(Trait::Occupies);
                self.ends(ended, false);
            }
            _ => self.problem(Reason::ReleaseUnknown, call, "does not only release:"),
        }
    }

    /// Whether the function waits for all that it hands to a group of its own, on every way on from `call`.
    fn waits_for(&self, group: NodeId, call: NodeId) -> bool {
        let tree = self.src.tree;
        let own = self.src.scopes.meaning(group).filter(|&variable| self.is_inside(variable));
        let body = tree
            .child(self.function, Field::Body)
            .filter(|_| self.src.nest.function(call) == Some(self.function));
        let (Some(variable), Some(body)) = (own, body) else { return false };
        let is_wait = |id: NodeId| {
            let operand = self.src.receiver_of(id);
            tree.kind(id) == Kind::Call
                && self.src.called_name(id) == "Wait"
                && operand.and_then(|operand| self.src.scopes.meaning(operand)) == Some(variable)
        };
        let simple = [Kind::ExpressionStatement, Kind::Return, Kind::Assignment, Kind::ShortVar];
        let wait = tree.statements(body).into_iter().find(|&statement| {
            statement.0 >= tree.last(call)
                && simple.contains(&tree.kind(statement))
                && tree.own_subtree(statement).any(is_wait)
        });
        let leaves = |id: NodeId| matches!(tree.kind(id), Kind::Return | Kind::Goto);
        wait.is_some_and(|wait| {
            tree.own_subtree(body)
                .filter(|id| (tree.last(call)..wait.0).contains(&id.0))
                .all(|id| !leaves(id))
        })
    }

    /// An unlock of what the function has not locked itself.
    fn unlocks(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        let operand = |call| self.src.receiver_of(call);
        let name = self.src.called_name(call);
        if !matches!(name, "Unlock" | "RUnlock") {
            return false;
        }
        let text = operand(call).map(|operand| tree.text_of(operand));
        !tree.subtree(self.function).any(|id| {
            tree.kind(id) == Kind::Call
                && matches!(self.src.called_name(id), "Lock" | "RLock" | "TryLock" | "TryRLock")
                && operand(id).map(|operand| tree.text_of(operand)) == text
        })
    }

    /// What a call of `sync/atomic` changes, and whether a pointer leads there.
    fn counted(&self, call: NodeId) -> Option<(NodeId, bool)> {
        let operand = self.src.receiver_of(call)?;
        if !is_count(self.src.called_name(call)) {
            return None;
        }
        let tree = self.src.tree;
        if self.src.import_path(operand) == Some("sync/atomic") {
            let first = self.src.arguments(call).first().copied()?;
            let shared = tree.kind(first) != Kind::Unary || self.selectors(first) > 1;
            return Some((first, shared));
        }
        let is_atomic = matches!(self.src.type_of(operand), Type::Known(of) if of.starts_with("sync/atomic"));
        let shared = self.selectors(operand) > 1
            || tree.kind(operand) == Kind::Selector
                && self.src.field_kind(operand).is_none_or(|kind| kind == Kind::PointerType);
        is_atomic.then_some((operand, shared))
    }

    /// Whether a report ends the process; one that ends a failed test does not count, since the test has failed either way.
    fn ends_process(&self, call: NodeId) -> bool {
        let operand = self.src.receiver_of(call);
        !operand.is_some_and(|operand| self.src.is_test(operand))
            && ["Fatal", "Panic", "Exit"].iter().any(|start| self.src.called_name(call).starts_with(start))
    }

    /// A function whose source is at hand: its operands are traced back to those of this one.
    fn declared(&mut self, call: NodeId, functions: Places) {
        let inner = self.src.effects_within(functions, self.depth - 1);
        let operand = self.src.receiver_of(call);
        for (ended, text) in inner.ends {
            if let Some(given) = self.src.given(call, ended) {
                self.ends(given, text);
                if ended == Operand::Receiver {
                    self.promoted(given, functions);
                }
            }
        }
        add_new(&mut self.effects.ended_by, inner.ended_by);
        let way = operand.and_then(|on| self.src.way_to_receiver(self.src.type_of(on), functions));
        let under = |of, part: Part| match &way {
            Some(way) if of == Operand::Receiver => part.under(way),
            _ => part,
        };
        for (of, part) in inner.parts {
            if let Some(given) = self.src.given(call, of)
                && let Owner::Operand(own) = self.owner(given)
            {
                let part = self.src.part_in(given, Some(under(of, part)), part.text);
                add_new(&mut self.effects.parts, part.map(|part| (own, part)));
            }
        }
        let mut are_known = true;
        for (of, part) in inner.called {
            let given = self.src.given(call, of);
            let part = Some(under(of, part));
            let own = given.map(|given| (self.owner(given), self.src.part_in(given, part, false)));
            match own {
                Some((Owner::Operand(own), Some(part))) => {
                    add_new(&mut self.effects.called, [(own, part)]);
                }
                _ => are_known = false,
            }
        }
        let inner_problem = match inner.problem {
            Some((_, message)) if inner.only_calls && are_known => {
                self.calls.get_or_insert(message);
                None
            }
            problem => problem,
        };
        self.effects.flushes |= inner.flushes;
        self.effects.occupies |= inner.occupies;
        add_new(&mut self.effects.asks, inner.asks.iter().cloned());
        self.effects.to_pool = self.effects.to_pool.max(inner.to_pool);
        self.effects.reports |= inner.reports;
        self.effects.locks |= inner.locks;
        self.effects.waits |= inner.waits;
        self.effects.changes_others |= inner.changes_others;
        self.effects.acts |= inner.acts;
        if inner.changes_receiver && is_release_name(self.src.called_name(call)) {
            let is_part = |&on: &NodeId| self.src.first_field(on).is_some() || self.stands_for(on).is_some();
            if let Some(operand) = operand.filter(is_part) {
                self.ends(operand, false);
            }
        } else if inner.changes_receiver {
            match operand {
                Some(operand)
                    if self.selectors(operand) == 0
                        && self.owner(operand) == Owner::Operand(Operand::Receiver)
                        && !self.src.is_method_of_embedded(call, functions) =>
                {
                    self.effects.changes_receiver = true;
                }
                Some(operand) => self.calls_changer(operand),
                None => {}
            }
        }
        match inner_problem {
            // A recover below does not stop a panic that the deferred function itself sees.
            None | Some((Reason::DeferredRecover, _)) => {}
            Some(problem) => {
                self.effects.problem.get_or_insert(problem);
            }
        }
    }

    /// A method of an embedded structure ends that.
    fn promoted(&mut self, operand: NodeId, functions: Places) {
        if self.src.first_field(operand).is_none()
            && let Owner::Operand(own) = self.owner(operand)
            && let Some(way) = self.src.way_to_receiver(self.src.type_of(operand), functions)
        {
            add_new(&mut self.effects.parts, [(own, Part::new(&way, false))]);
        }
    }

    /// A method that changes its receiver is called on an expression.
    fn calls_changer(&mut self, operand: NodeId) {
        let own = match self.owner(operand) {
            Owner::Local => self.owns(operand),
            Owner::Nobody => true,
            Owner::Operand(_) | Owner::Package => false,
        };
        if !own {
            self.problem(Reason::OuterVariableChanges, operand, "changes what others may share:");
        }
    }

    /// A call that nothing is known of: releasing what it belongs to, or saying something, is all it may do.
    fn unknown(&mut self, call: NodeId) {
        let name = self.src.called_name(call);
        let function = self.src.function_of(call);
        let operand =
            function.map(|function| self.src.tree.child(function, Field::Operand).unwrap_or(function));
        let own = operand.is_some_and(|operand| {
            matches!(self.owner(operand), Owner::Local | Owner::Operand(_))
                && self.src.import_path(operand).is_none()
        });
        if self.unlocks(call) {
            self.problem(Reason::LockSplit, call, "gives a lock back:");
        } else if own
            && is_release_name(name)
            && self.src.arguments(call).len() <= 1
            && function.is_some_and(|function| self.is_method(function))
        {
            if let Some(operand) = operand {
                add_new(&mut self.effects.ended_by, [name.to_owned()]);
                self.ends(operand, false);
            }
        } else if self.is_plain_method(call) {
            self.behind(call, self.src.behind_standard(call, None));
            self.works(call, None);
        } else if let Some((field, part)) = self.src.field_called(call)
            && let Owner::Operand(operand) = self.owner(field)
        {
            add_new(&mut self.effects.called, [(operand, part)]);
            self.effects.acts = true;
            let message = self.message(call, "calls something unknown:");
            self.calls.get_or_insert(message);
        } else if !(own && is_report_name(name)) {
            self.problem(Reason::ReleaseUnknown, call, "calls something unknown:");
        }
    }

    /// Whether a selector can be a method: a field may hold any function.
    fn is_method(&self, function: NodeId) -> bool {
        let tree = self.src.tree;
        let (Some(operand), Some(name)) =
            (tree.child(function, Field::Operand), tree.child(function, Field::Selected))
        else {
            return false;
        };
        !self.src.has_field(self.src.type_of(operand), tree.text_of(name))
    }

    /// A method of plain data, such as a path's.
    fn is_plain_method(&self, call: NodeId) -> bool {
        let operand = self.src.receiver_of(call);
        operand.is_some_and(|operand| self.src.type_within(operand, DEPTH / 2) == Type::Plain)
    }
}

/// Who can see a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The function alone.
    Local,
    Operand(Operand),
    /// Everybody: it is declared at package level.
    Package,
    /// It is no variable.
    Nobody,
}

/// A name that by convention means to give something up.
pub(super) fn is_release_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "close",
        "stop",
        "release",
        "unlock",
        "runlock",
        "free",
        "destroy",
        "shutdown",
        "cancel",
        "dispose",
        "cleanup",
        "disconnect",
    ]
    .iter()
    .any(|&word| {
        name == word || name.strip_suffix("now") == Some(word) || name.strip_suffix("all") == Some(word)
    })
}

/// A method that by convention writes to a log.
pub(super) fn is_report_name(name: &str) -> bool {
    let core = ["ln", "f", "w"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let core = core.strip_suffix("Context").unwrap_or(core);
    matches!(core, "Trace" | "Debug" | "Info" | "Warn" | "Warning" | "Error" | "Log" | "Print" | "Msg")
}

/// Methods that write to what their receiver holds.
const WRITES: &[&str] = &["Write", "Flush", "Sync", "Encode", "ReadFrom", "Fprint"];
