//! One call of a deferred function: a release, something else, or unknown.

use super::cleanup::{Reader, Released};
use super::effects::{Effects, Operand, is_release_name};
use super::fresh::STEPS;
use super::parts::Part;
use super::pooled::ToPool;
use super::puts_back;
use super::state::State;
use super::types::{Callee, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Trait};
use crate::scope::BindingId;
use crate::verdict::Reason;
use crate::world::Place;

impl<'a> Reader<'_, 'a, '_> {
    /// A call inside the deferred function's body.
    pub(super) fn inner_call(&mut self, call: NodeId, body: NodeId) {
        match self.src.callee(call) {
            Callee::Fact(fact) if fact.is(Trait::Logs) => {
                self.cleanup.reports = true;
                if self.ends(call)
                    && !(self.fails_test(call) && (self.in_error_branch(call, body) || self.holds_call(call)))
                {
                    let what = format!("`{}` would end the loop", self.text(call));
                    self.find(Reason::ReleaseUnknown, call, what);
                } else if !self.in_error_branch(call, body)
                    && !(self.holds_call(call) && (self.is_assertion(call) || self.fails_test(call)))
                {
                    let what = format!("`{}` reports at another time", self.text(call));
                    self.find(Reason::ReleaseUnknown, call, what);
                }
            }
            Callee::Fact(fact) if plain_fact(fact) => {
                if let Some((reason, message)) = self.against_standard(call, fact) {
                    self.find(reason, call, format!("`{}` {message}", self.text(call)));
                }
                self.touched
                    .extend(self.src.altered(call, Some(fact)).into_iter().map(|thing| (call, thing)));
            }
            Callee::Conversion => {}
            Callee::Builtin => match self.src.called_name(call) {
                "close" | "panic" | "recover" | "delete" | "clear" | "print" | "println" => {
                    self.single(call, false);
                }
                "append" | "copy" => {
                    self.touched.extend(self.src.arguments(call).first().map(|&to| (call, to)));
                }
                _ => {}
            },
            Callee::Literal(_) if self.src.tree.kind(call) == Kind::Call => {
                self.find(Reason::ReleaseUnknown, call, "it calls another function literal");
            }
            Callee::Declared(functions)
                if self.in_error_branch(call, body) && self.src.effects(functions).only_reports() =>
            {
                self.cleanup.reports = true;
            }
            _ if self.is_told(call, body) => {}
            _ => self.single(call, false),
        }
    }

    /// A method without arguments whose result is only told, when the release has failed: `log.Printf("%s: %v", f.Name(), err)`.
    fn is_told(&self, call: NodeId, body: NodeId) -> bool {
        let tree = self.src.tree;
        let told = tree.ancestors(call).take_while(|&at| at > body).any(|at| {
            tree.kind(at) == Kind::Call
                && matches!(self.src.callee(at), Callee::Fact(fact) if fact.is(Trait::Logs))
        });
        told && self.src.arguments(call).is_empty()
            && !is_release_name(self.src.called_name(call))
            && self.operand(call).is_some_and(|operand| self.src.root_variable(operand).is_some())
            && self.in_error_branch(call, body)
    }

    /// A report that ends a test which has failed, not the process: what is left of the loop is not missed.
    fn fails_test(&self, call: NodeId) -> bool {
        let operand = self.operand(call);
        operand.is_some_and(|operand| {
            self.src.is_test(operand)
                || self.src.import_path(operand) == Some("github.com/stretchr/testify/require")
        })
    }

    /// A report that ends the process or the test.
    pub(super) fn ends(&self, call: NodeId) -> bool {
        let name = self.src.called_name(call);
        let function = self.src.function_of(call);
        let operand = function.and_then(|function| self.src.tree.child(function, Field::Operand));
        let path = operand.and_then(|operand| self.src.import_path(operand));
        ["Fatal", "Panic", "Exit", "FailNow", "Skip"].iter().any(|end| name.starts_with(end))
            || path == Some("github.com/stretchr/testify/require")
    }

    /// Whether an argument is itself a call: `assert.NoError(t, x.Close())` reports only what the release says.
    pub(super) fn holds_call(&self, call: NodeId) -> bool {
        self.src.arguments(call).iter().any(|&argument| self.src.tree.kind(argument) == Kind::Call)
    }

    /// Under `if err := release(); err != nil`, with an error of the deferred function's own.
    pub(super) fn in_error_branch(&self, call: NodeId, body: NodeId) -> bool {
        let tree = self.src.tree;
        tree.ancestors(call).take_while(|&at| at > body).any(|at| {
            tree.kind(at) == Kind::If
                && tree.child(at, Field::Condition).is_some_and(|condition| {
                    tree.text_of(condition).contains("!= nil")
                        && tree.subtree(condition).any(|id| {
                            self.src
                                .scopes
                                .meaning(id)
                                .is_some_and(|binding| tree.within(self.src.scopes.get(binding).at, body))
                        })
                })
        })
    }

    /// What a call calls; a method of a parameter is that of the value which the parameter is given.
    fn callee(&self, call: NodeId) -> Callee<'a> {
        let callee = self.src.callee(call);
        let parameter = self.operand(call).and_then(|operand| self.src.scopes.meaning(operand));
        let Some(&given) = parameter.and_then(|parameter| self.parameters.get(&parameter)) else {
            return callee;
        };
        let of = self.src.type_of(given);
        if self.src.is_interface(of) {
            return callee;
        }
        match self.src.method_of(of, self.src.called_name(call), 8) {
            Callee::Unknown => callee,
            known => known,
        }
    }

    /// Whether what an expression leads to belongs to the iteration: it was made there and went nowhere else, or it ends
    /// with it, and is judged by that.
    fn is_at_hand(&self, thing: NodeId, function: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(root) = self.src.root(thing) else { return true };
        if self.src.import_path(root).is_some() {
            return self.src.is_discard(thing);
        }
        let Some(binding) = self.src.scopes.meaning(root) else { return tree.kind(root) != Kind::Identifier };
        if let Some(&given) = self.parameters.get(&binding) {
            return self.is_at_hand(given, function);
        }
        let variable = self.src.scopes.get(binding);
        let inside = tree.within(variable.at, self.case.body()) || tree.within(variable.at, function);
        let ends = || self.cleanup.released.iter().any(|one| one.variable == binding && !one.text);
        let made =
            || self.src.is_made_there(binding) && self.src.is_thing_of(thing, binding, self.case.body());
        inside && (ends() || made())
    }

    /// What a deferred function changes by calls that are no releases, others must not see.
    pub(super) fn judge_touched(&mut self, function: NodeId) {
        for (call, thing) in std::mem::take(&mut self.touched) {
            if !self.is_at_hand(thing, function) {
                let what = format!("`{}` may change what others look at", self.text(call));
                self.find(Reason::OuterVariableChanges, call, what);
            }
        }
    }

    /// One call that has to be a release.
    pub(super) fn single(&mut self, call: NodeId, top: bool) {
        let tree = self.src.tree;
        match self.callee(call) {
            Callee::Fact(fact) => {
                if let Some((reason, message)) =
                    self.against_what_is_in(call).or_else(|| self.against_standard(call, fact))
                {
                    self.find(reason, call, format!("`{}` {message}", self.text(call)));
                }
                self.known(call, fact, top);
            }
            Callee::Builtin => self.builtin(call),
            Callee::Declared(functions) | Callee::Returned(functions) => self.declared(call, functions, top),
            Callee::Literal(_) | Callee::Conversion => {
                self.unknown(call, top);
            }
            Callee::Abstract(method) if self.is_closer(call, method) => {
                let behind = self.src.behind(method);
                let mut problems = behind.into_iter().filter_map(|one| self.src.effects(one).problem);
                if let Some((reason, message)) =
                    problems.find(|(reason, _)| *reason != Reason::DeferredRecover)
                {
                    self.find(reason, call, format!("`{}` {message}", self.text(call)));
                }
                if let Some(operand) = self.operand(call) {
                    self.release(operand, false, false);
                }
            }
            Callee::Abstract(_) | Callee::Unknown => {
                let name = self.src.called_name(call);
                let method =
                    self.src.function_of(call).is_some_and(|function| tree.kind(function) == Kind::Selector);
                if method && (ASSERTIONS.contains(&name) || name == "Finish" && self.is_mock_controller(call))
                {
                    let what = format!("`{name}` checks at the end what has happened until then");
                    self.find(Reason::NotARelease, call, what);
                } else if method && WAITS.contains(&name) && self.src.arguments(call).is_empty() {
                    self.find(Reason::NotARelease, call, format!("`{}` waits for others", self.text(call)));
                } else if !self.calls_field(call) {
                    self.unknown(call, top);
                }
            }
        }
    }

    /// Whether a call is of a function that a field of a local variable's value holds, and gets nothing: what that ends is asked
    /// of whoever made the value.
    fn calls_field(&mut self, call: NodeId) -> bool {
        let Some((field, part)) = self.src.field_called(call) else { return false };
        let is_inside =
            |&root: &BindingId| self.src.tree.within(self.src.scopes.get(root).at, self.case.body());
        let Some(root) = self.src.root_variable(field).filter(is_inside) else { return false };
        self.cleanup.parts.push((root, part));
        self.released(field, false, false);
        true
    }

    /// Whether the receiver was made by `gomock.NewController`, whose `Finish` checks what the mocks have seen.
    fn is_mock_controller(&self, call: NodeId) -> bool {
        let variable = self.operand(call).and_then(|operand| self.src.root_variable(operand));
        let made = variable.and_then(|variable| self.src.value_given(self.src.scopes.get(variable).at));
        made.is_some_and(|made| {
            self.src.tree.kind(made) == Kind::Call && self.src.called_name(made) == "NewController"
        })
    }

    pub(super) fn operand(&self, call: NodeId) -> Option<NodeId> {
        self.src.receiver_of(call)
    }

    /// `Close` of an interface, without parameters and with no result but an error: what `io.Closer` asks for.
    fn is_closer(&self, call: NodeId, method: Place) -> bool {
        self.src.called_name(call) == "Close"
            && self.src.at(method).is_some_and(|(src, node)| {
                src.operands_of(node).is_empty()
                    && src.results_of(node) <= 1
                    && src.type_of_declared(node, 0, 8) == Type::Plain
            })
    }

    /// A function whose source is at hand: it is judged by what it does to its operands.
    pub(super) fn declared(&mut self, call: NodeId, functions: Places, top: bool) {
        let effects = self.src.effects(functions);
        self.cleanup.ends_captured_by_name |= effects.ends_captured == Some(true);
        self.cleanup.occupies |= effects.occupies;
        self.cleanup.to_pool = self.cleanup.to_pool.max(effects.to_pool);
        self.cleanup.reports |= effects.reports;
        let arguments = self.src.arguments(call);
        self.operands_released(call, functions, &effects);
        if let Some(data) = self.operand(call).filter(|_| effects.changes_receiver)
            && self.src.type_of(data) == Type::Plain
            && !self.is_made_inside(data)
        {
            let what = format!("`{}` changes `{}`", self.text(call), self.text(data));
            self.find(Reason::OuterVariableChanges, call, what);
        }
        let problem = effects.problem.clone().filter(|_| !effects.only_calls);
        if problem.is_some() {
            let elements = arguments.iter().filter_map(|&argument| self.plain_element(argument));
            self.cleanup.named.extend(elements.collect::<Vec<_>>());
        }
        if self.is_barrier(call, &effects, top) {
            self.find(Reason::NotARelease, call, format!("`{}` waits for others", self.text(call)));
        }
        self.parts_released(call, functions, &effects);
        let name = self.text(call);
        if let Some(state) = effects.asks.iter().find(|state| self.is_changed_by_loop(state)) {
            let what =
                format!("`{name}` asks for `{}` before it acts, which the loop may change", state.name());
            self.find(Reason::ReleaseUnknown, call, what);
        }
        if effects.locks && self.unlocks_after() {
            let what = format!("`{name}` takes a lock, and the function gives one back after the loop only");
            self.find(Reason::ReleaseUnknown, call, what);
        }
        let given = effects.ends.iter().filter_map(|&(operand, _)| match operand {
            Operand::Receiver => None,
            Operand::Argument(index) => arguments.get(index).copied(),
        });
        let inside = given.into_iter().find_map(|given| self.ended_by(given, &effects.ended_by));
        match problem.or(inside) {
            // In a function that the deferred one calls, recover finds no panic (spec, "Handling panics").
            Some((Reason::DeferredRecover, _)) if !top => {
                self.find(
                    Reason::ReleaseUnknown,
                    call,
                    format!("it is not known that `{name}` only releases"),
                );
            }
            Some((Reason::DeferredRecover, message)) => {
                self.find(Reason::DeferredRecover, call, format!("`{name}` {message}"));
            }
            Some((Reason::RestoresState, message)) => {
                let state = effects.puts_back.filter(|_| top);
                let afresh = state.filter(|state| puts_back::is_set_afresh(self.case, self.src, call, state));
                let (reason, why) = match afresh {
                    Some(_) => {
                        (Reason::StateSetAfresh, ", which each iteration sets before it does anything")
                    }
                    None => (Reason::RestoresState, ""),
                };
                self.find(reason, call, format!("`{name}` {message}{why}"));
            }
            Some((reason, message)) => self.find(reason, call, format!("`{name}` {message}")),
            None if effects.ends.is_empty()
                && effects.ends_captured.is_none()
                && self.operand(call).is_none_or(|operand| self.src.type_of(operand) == Type::Plain) =>
            {
                self.find(Reason::ReleaseUnknown, call, format!("`{name}` releases nothing that is known"));
            }
            None => {}
        }
        for argument in arguments {
            self.reads_through(argument, call);
        }
    }

    pub(super) fn is_changed_by_loop(&self, state: &State) -> bool {
        self.src.may_change(self.case.iteration, self.case.defer, state)
    }

    /// Notes the operands of a function that may end with its call.
    fn operands_released(&mut self, call: NodeId, functions: Places, effects: &Effects) {
        let src = self.src;
        let by_name = |operand| effects.ends.contains(&(operand, true));
        let ends = |of: Operand| {
            effects.ends.iter().any(|&(ended, _)| ended == of)
                || effects.parts.iter().chain(&effects.called).any(|&(ended, _)| ended == of)
        };
        // A logger is told something, and stays; a context says how long what ends may take to do so; an error stands where
        // the function's caller finds it.
        let is_told = |index: usize, argument: NodeId| {
            let of = Operand::Argument(index);
            match src.type_of(argument) {
                Type::Known("log.Logger" | "log/slog.Logger") => {
                    effects.ends.iter().all(|&(ended, _)| ended != of)
                }
                Type::Known("context.Context") => {
                    !ends(of)
                        && (ends(Operand::Receiver) || effects.changes_receiver)
                        && !src.asks_context(functions, of, CONTEXTS)
                }
                _ => !ends(of) && is_address_of_error(src, argument),
            }
        };
        for (index, &argument) in src.arguments(call).iter().enumerate() {
            if !is_told(index, argument) {
                self.released(argument, by_name(Operand::Argument(index)), effects.flushes);
            }
        }
        let Some(function) = src.function_of(call) else { return };
        if let Some(by_name) = effects.ends_captured {
            self.given_ahead(function, by_name, effects.flushes);
        }
        // A method of what only says how to end what it gets.
        let is_tool = self.operand(call).is_some()
            && !ends(Operand::Receiver)
            && !effects.changes_receiver
            && src.leaves_receivers(functions)
            && effects.ends.iter().any(|&(of, _)| of != Operand::Receiver);
        let operand = self.operand(call).unwrap_or(function);
        if src.import_path(operand).is_none() && src.tree.kind(operand) != Kind::Call && !is_tool {
            self.released(operand, by_name(Operand::Receiver), effects.flushes);
        }
    }

    /// Notes the fields that end with a call of a function.
    fn parts_released(&mut self, call: NodeId, functions: Places, effects: &Effects) {
        let ended = effects.ends.iter().map(|&(of, text)| (of, None, text));
        let way = self.operand(call).and_then(|on| self.src.way_to_receiver(self.src.type_of(on), functions));
        let under = |of| way.as_deref().filter(|_| of == Operand::Receiver).unwrap_or_default();
        let parts = effects.parts.iter().chain(&effects.called);
        let parts = parts.map(|&(of, part)| (of, Some(part.under(under(of))), part.text));
        for (of, part, text) in ended.chain(parts) {
            if let Some(given) = self.src.given(call, of) {
                self.part_of(given, part, text);
            }
        }
        if let Some((operand, way)) = self.operand(call).zip(way) {
            self.part_of(operand, Some(Part::new(&way, false)), false);
        }
    }

    /// Whether a call does nothing but wait. In a deferred function, another call may be what ends that which it waits for.
    fn is_barrier(&self, call: NodeId, effects: &Effects, top: bool) -> bool {
        let named = WAITS.contains(&self.src.called_name(call)) && self.src.arguments(call).is_empty();
        if !named && !effects.only_waits() {
            return false;
        }
        top || self.src.tree.function_around(call).is_some_and(|function| self.only_waits(function))
    }

    /// Whether nothing in a deferred function can end or tell something: beside the calls that wait, it only reports.
    pub(super) fn only_waits(&self, function: NodeId) -> bool {
        let tree = self.src.tree;
        tree.subtree(function).skip(1).all(|id| match tree.kind(id) {
            Kind::Call => match self.src.callee(id) {
                Callee::Fact(fact) => fact.is(Trait::Logs) || fact.is(Trait::Waits),
                Callee::Declared(functions) => {
                    WAITS.contains(&self.src.called_name(id)) || self.src.effects(functions).only_waits()
                }
                _ => false,
            },
            Kind::Go | Kind::Send | Kind::FunctionLiteral => false,
            _ => true,
        })
    }

    /// What a call is given that gives back a function, to be called on the spot, which ends it.
    fn given_ahead(&mut self, function: NodeId, by_name: bool, flushes: bool) {
        let tree = self.src.tree;
        if tree.kind(function) != Kind::Call {
            return;
        }
        for argument in self.src.arguments(function) {
            let is_variable = matches!(tree.kind(argument), Kind::Identifier | Kind::Selector | Kind::Unary);
            if is_variable && (by_name || self.src.type_of(argument) != Type::Plain) {
                self.released(argument, by_name, flushes);
            }
        }
    }

    /// Whether the function around the loop gives a lock back behind it, but before what was deferred runs.
    fn unlocks_after(&self) -> bool {
        let (tree, function) = (self.src.tree, self.case.function);
        (tree.last(self.case.iteration)..tree.last(function)).map(NodeId).any(|id| {
            tree.kind(id) == Kind::Call
                && matches!(self.src.called_name(id), "Unlock" | "RUnlock")
                && tree.function_around(id) == Some(function)
                && tree.parent(id).is_none_or(|up| tree.kind(up) != Kind::Defer)
        })
    }

    /// A function that is silent where what it checks is as it should be.
    fn is_assertion(&self, call: NodeId) -> bool {
        let path = self.operand(call).and_then(|operand| self.src.import_path(operand));
        path.is_some_and(|path| ASSERTION_PACKAGES.contains(&path))
    }

    /// Whether the arguments of an assertion, the test aside, are plain data: nothing later can change what it finds.
    fn is_computed(&self, call: NodeId) -> bool {
        let plain = |&argument: &NodeId| {
            let argument = self.src.tree.unparenthesized(argument);
            self.src.is_test(argument)
                || self.src.type_of(argument) == Type::Plain
                || self.src.tree.kind(argument) == Kind::Call
                    && is_release_name(self.src.called_name(argument))
        };
        self.src.arguments(call).iter().all(plain)
    }

    /// What is against the methods by which a function ends a value that it gets as an interface.
    fn ended_by(&self, given: NodeId, methods: &[String]) -> Option<(Reason, String)> {
        let of = self.src.type_of(given);
        let behind = self.src.root_variable(given).filter(|_| self.src.is_interface(of));
        let behind = behind.map_or_else(Vec::new, |variable| self.put_into(variable, STEPS));
        let types: Vec<Type> =
            behind.into_iter().map(|value| self.src.type_of_source(value, 0)).chain([of]).collect();
        let known = ["Close"].into_iter().chain(methods.iter().map(String::as_str));
        known.into_iter().find_map(|method| types.iter().find_map(|&of| self.src.against(of, method, 8)))
    }

    pub(super) fn known(&mut self, call: NodeId, fact: &Fact, top: bool) {
        let arguments = self.src.arguments(call);
        let what = self.text(call);
        self.cleanup.occupies |= fact.is(Trait::Occupies);
        if top && fact.is(Trait::Logs) && self.is_assertion(call) && self.is_computed(call) {
            self.find(
                Reason::AssertsComputed,
                call,
                format!("`{what}` checks a value that is computed at the defer"),
            );
        } else if fact.is(Trait::Waits) {
            self.find(Reason::NotARelease, call, format!("`{what}` is meant for the function's end"));
        } else if fact.is(Trait::Sets) {
            self.cleanup.restores.push(call);
        } else if fact.is(Trait::Removes) {
            let before = self.cleanup.released.len();
            for &argument in &arguments {
                self.release(argument, true, false);
            }
            if self.cleanup.released.len() == before {
                let message = format!("`{what}` names nothing that the iteration made");
                self.find(Reason::UnknownResource, call, message);
            }
        } else if fact.is(Trait::ReleaseArgument) {
            for argument in arguments {
                self.release(argument, false, false);
            }
            let to_pool = self.src.put_to_pool(call);
            if to_pool != ToPool::Nothing {
                self.cleanup.to_pool = self.cleanup.to_pool.max(to_pool);
                return;
            }
            self.find(
                Reason::ReleaseUnknown,
                call,
                format!("what `{what}` gives back may be handed out again at once"),
            );
        } else if fact.is(Trait::ReleaseFirst) {
            if let Some((&first, others)) = arguments.split_first() {
                self.release(first, false, fact.is(Trait::Flushes));
                self.besides(call, others);
            }
        } else if fact.is(Trait::Release) {
            if let Some(function) = self.src.function_of(call) {
                let operand = self.src.tree.child(function, Field::Operand).unwrap_or(function);
                self.release(operand, false, fact.is(Trait::Flushes));
                self.embedded_parts(operand);
                if fact.is(Trait::Acts) {
                    self.besides(call, &arguments);
                }
            }
        } else {
            self.unknown(call, true);
        }
    }

    /// A structure that has the release from what it embeds: that ends, and has to be its own.
    fn embedded_parts(&mut self, operand: NodeId) {
        let Type::Node(of) = self.src.type_of(operand) else { return };
        let Some((src, node)) = self.src.at(of) else { return };
        let Some(structure) = src.structure(node) else { return };
        for embedded in src.embedded(structure) {
            let part = Part::new(src.name_of_embedded(embedded), false);
            self.part_of(operand, Some(part), false);
        }
    }

    /// A stanza speaks of what is released only. What the call gets besides it may write to, at another time.
    fn besides(&mut self, call: NodeId, others: &[NodeId]) {
        for &other in others {
            if self.src.may_be_written(other) {
                let (name, given) = (self.src.called_name(call), self.text(other));
                let what = format!("what `{name}` does with `{given}` is not known");
                self.find(Reason::ReleaseUnknown, other, what);
            }
        }
    }

    pub(super) fn builtin(&mut self, call: NodeId) {
        let first = self.src.arguments(call).first().copied();
        let name = self.src.called_name(call);
        match (name, first) {
            ("close", Some(channel)) => self.closes(call, channel),
            ("recover", _) => self.find(Reason::MayRecover, call, "it recovers"),
            _ => self.find(Reason::ReleaseUnknown, call, format!("`{name}` is no release")),
        }
    }

    pub(super) fn closes(&mut self, call: NodeId, channel: NodeId) {
        let tree = self.src.tree;
        let root = self.src.root_variable(channel);
        let own = root.is_some_and(|root| tree.within(self.src.scopes.get(root).at, self.case.body()));
        if own {
            self.release(channel, false, false);
        } else {
            let what = format!("`{}` tells others that the function has ended", self.text(call));
            self.find(Reason::NotARelease, call, what);
        }
    }

    /// A call that nothing is known about: whatever it mentions may be what it ends.
    pub(super) fn unknown(&mut self, call: NodeId, top: bool) {
        let tree = self.src.tree;
        let function = self.src.function_of(call);
        if let Some(function) = function {
            let operand = tree.child(function, Field::Operand).unwrap_or(function);
            if self.src.import_path(operand).is_none() {
                self.release(operand, false, false);
            }
        }
        for argument in self.src.arguments(call) {
            let deep = tree.kind(tree.unparenthesized(argument)) == Kind::Call;
            self.cleanup.eager |= deep
                && top
                && matches!(
                    self.src.called_name(tree.unparenthesized(argument)),
                    "Close" | "Stop" | "Shutdown"
                );
            self.release(argument, !deep, false);
        }
        let plain = function.is_some_and(|function| tree.kind(function) == Kind::Identifier);
        let reason = if top && plain { Reason::MayRecover } else { Reason::ReleaseUnknown };
        let what = match reason {
            Reason::MayRecover => {
                format!("what `{}` does, and whether it recovers, is not seen here", self.text(call))
            }
            _ => format!("it is not known that `{}` only releases", self.text(call)),
        };
        self.find(reason, call, what);
    }

    /// Whether an expression begins with a variable of the iteration whose value was made there.
    fn is_made_inside(&self, expression: NodeId) -> bool {
        self.src.root_variable(expression).is_some_and(|root| {
            let at = self.src.scopes.get(root).at;
            self.src.tree.within(at, self.case.body()) && self.src.is_made_there(root)
        })
    }

    /// The variable of plain data that the loop's header declares, where an expression is one.
    fn plain_element(&self, expression: NodeId) -> Option<BindingId> {
        let variable = self.variable(self.src.tree.unparenthesized(expression))?;
        let at = self.src.scopes.get(variable).at;
        let is_element =
            self.src.tree.within(at, self.case.iteration) && !self.src.tree.within(at, self.case.body());
        (is_element && self.src.type_of_variable(variable) == Type::Plain).then_some(variable)
    }

    /// The address of a variable that the loop changes: what is there at the end of the function is read.
    fn reads_through(&mut self, argument: NodeId, call: NodeId) {
        let tree = self.src.tree;
        let address = tree.unparenthesized(argument);
        let is_address = tree.kind(address) == Kind::Unary && tree.has_token(address, "&");
        let root = self.src.root_variable(address).filter(|_| is_address);
        if root.is_some_and(|root| self.is_shared(root, call)) {
            let what = format!("`{}` is read, which the loop changes", self.text(address));
            self.find(Reason::OuterVariableChanges, argument, what);
        }
    }

    /// Notes that an expression is what is released.
    pub(super) fn release(&mut self, expression: NodeId, text: bool, flushes: bool) {
        self.part_of(expression, None, text);
        self.released(expression, text, flushes);
    }

    /// Notes that a field of a variable is released: the first one of the expression, or else `part` of its value.
    fn part_of(&mut self, expression: NodeId, part: Option<Part>, text: bool) {
        let part = self.src.part_in(expression, part, text);
        let (Some(part), Some(mut root)) = (part, self.src.root_variable(expression)) else {
            return;
        };
        if let Some(&argument) = self.parameters.get(&root) {
            if self.src.first_field(argument).is_some() {
                return self.part_of(argument, Some(part), text);
            }
            match self.src.root_variable(argument) {
                Some(variable) => root = variable,
                None => return,
            }
        }
        self.cleanup.parts.push((root, part));
    }

    /// Notes the variables of an expression as what is released.
    fn released(&mut self, expression: NodeId, text: bool, flushes: bool) {
        let tree = self.src.tree;
        let ids = tree
            .own_subtree(expression)
            .filter(|&id| tree.kind(id) == Kind::Identifier && !self.is_key(id, expression));
        for id in ids.collect::<Vec<_>>() {
            let Some(binding) = self.src.scopes.meaning(id) else {
                if self.src.is_elsewhere(id) {
                    let what = format!("`{}` was not acquired in the iteration", tree.text_of(id));
                    self.find(Reason::UnknownResource, id, what);
                }
                continue;
            };
            let named = |binding| {
                self.is_handed_on(id, expression) && self.src.type_of_variable(binding) == Type::Plain
            };
            let text = text || named(binding);
            if let Some(&argument) = self.parameters.get(&binding) {
                let roots = tree.own_subtree(argument).filter_map(|id| self.variable(id));
                let roots: Vec<BindingId> = roots.collect();
                for root in roots {
                    self.push(root, text, flushes);
                }
            } else if self.src.is_variable(binding) {
                self.push(binding, text, flushes);
            }
        }
    }

    /// An argument inside a chain of calls names what the chain is about: `c.Delete().Name(name).Do()`.
    fn is_handed_on(&self, id: NodeId, expression: NodeId) -> bool {
        let tree = self.src.tree;
        tree.ancestors(id).take_while(|&at| at >= expression).any(|at| tree.kind(at) == Kind::ArgumentList)
    }

    /// Inside the brackets of an index expression.
    pub(super) fn is_key(&self, id: NodeId, expression: NodeId) -> bool {
        let tree = self.src.tree;
        let mut at = id;
        while at != expression {
            let Some(parent) = tree.parent(at) else { break };
            if tree.kind(parent) == Kind::Index && tree.field(at) != Field::Operand {
                return true;
            }
            at = parent;
        }
        false
    }

    pub(super) fn variable(&self, id: NodeId) -> Option<BindingId> {
        if self.src.tree.kind(id) != Kind::Identifier {
            return None;
        }
        self.src.scopes.meaning(id).filter(|&binding| self.src.is_variable(binding))
    }

    pub(super) fn push(&mut self, variable: BindingId, text: bool, flushes: bool) {
        if !matches!(
            self.src.type_of_variable(variable),
            Type::Known("testing.T" | "testing.B" | "testing.TB" | "testing.F")
        ) {
            self.cleanup.released.push(Released { variable, text, flushes, pooled: false });
        }
    }
}

/// How deep a context is followed into functions.
const CONTEXTS: usize = 3;

impl Source<'_, '_> {
    /// Whether functions ask a context that they get as an operand whether it has ended, or for a value, themselves or by
    /// functions whose source is at hand.
    fn asks_context(&self, functions: Places, operand: Operand, depth: usize) -> bool {
        let asks = |place| {
            let Some((src, function)) = self.at(place).filter(|_| depth > 0) else { return true };
            let Some(name) = src.operand_named(function, operand) else { return false };
            let mentions = src.scopes.meaning(name).map_or(&[][..], |of| &src.scopes.get(of).mentions);
            mentions.iter().filter(|&&at| at != name).any(|&at| {
                let list = src.tree.parent(at).filter(|&up| src.tree.kind(up) == Kind::ArgumentList);
                let Some(call) = list.and_then(|list| src.tree.parent(list)) else { return true };
                let index = src.arguments(call).iter().position(|&argument| argument == at);
                match (src.callee(call), index) {
                    (Callee::Declared(functions), Some(index)) => {
                        src.asks_context(functions, Operand::Argument(index), depth - 1)
                    }
                    (Callee::Fact(_), _) => false,
                    _ => true,
                }
            })
        };
        functions.iter().any(asks)
    }
}

/// Packages of functions that fail a test, and otherwise do nothing.
const ASSERTION_PACKAGES: &[&str] = &[
    "github.com/stretchr/testify/assert",
    "github.com/stretchr/testify/require",
    "github.com/efficientgo/core/testutil",
    "gotest.tools/v3/assert",
];

/// Methods that check what a test double has seen, whatever the library.
const ASSERTIONS: &[&str] = &[
    "AssertExpectations",
    "AssertCalled",
    "AssertNotCalled",
    "AssertNumberOfCalls",
    "ExpectationsWereMet",
    "VerifyExpectations",
];

/// Methods that wait for somebody else, whatever the type.
const WAITS: &[&str] = &["Wait"];

/// Whether a method of this name has its say when the function ends, whatever it is called on.
pub(super) fn is_meant_for_the_end(method: &str) -> bool {
    ASSERTIONS.contains(&method) || WAITS.contains(&method)
}

fn plain_fact(fact: &Fact) -> bool {
    [
        Trait::Release,
        Trait::ReleaseArgument,
        Trait::ReleaseFirst,
        Trait::Removes,
        Trait::Waits,
        Trait::Sets,
        Trait::Later,
        Trait::Behind,
        Trait::Retains,
        Trait::Registers,
        Trait::Alters,
        Trait::Depth,
        Trait::Acts,
    ]
    .iter()
    .all(|&asked| !fact.is(asked))
}

/// Whether an expression is the address of a variable of an error.
fn is_address_of_error(src: Source<'_, '_>, expression: NodeId) -> bool {
    let tree = src.tree;
    let address = tree.unparenthesized(expression);
    let operand = tree.child(address, Field::Operand).filter(|_| tree.has_token(address, "&"));
    let variable = operand.and_then(|operand| src.root_variable(operand));
    tree.kind(address) == Kind::Unary
        && operand.is_some_and(|operand| tree.kind(operand) == Kind::Identifier)
        && variable.is_some_and(|variable| super::is_error_name(src.scopes.get(variable).name))
}
