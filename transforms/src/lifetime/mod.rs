//! A leak or an intention? What is known about the life of a deferred call's resource.
//!
//! The deferred call is read first (`cleanup`): what it ends, tests and writes. From there every value that holds the
//! resource is followed through the iteration (`carry`), into functions of the same file too. Shapes of loops that mean
//! to pile up (`intent`, `locks`) and the code behind the loop (`after`) come last. Evidence to keep wins over anything
//! unknown, anything unknown wins over a proof.

mod after;
mod carry;
mod cleanup;
mod intent;
mod locks;
#[cfg(test)]
mod tests;
mod types;

use after::After;
use carry::{Carry, Happening, Load};
use cleanup::{Cleanup, Released};
use intent::Shape;
use types::{Callee, Source, Type};

use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, access};
use crate::verdict::{Class, Reason};
use crate::{Evidence, GoVersion};

/// What the analysis concludes about one site.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// A reason of the class keep, refused, unsafe or safe.
    pub(crate) reason: Reason,
    /// The reason's sentence with what it is about in this place.
    pub(crate) message: String,
    /// What it rests on.
    pub(crate) evidence: Vec<Evidence>,
}

/// Judges one site.
pub(crate) fn judge(case: &Case<'_, '_>) -> Judgement {
    let src = Source { tree: case.tree, scopes: case.scopes, flow: case.flow };
    let mut happenings = Vec::new();
    happenings.extend(intent::one_shot_guard(case, src));
    if let Some(lock) = locks::judge(case, src) {
        happenings.push(lock);
    } else {
        Site::new(case, src).judge(&mut happenings);
    }
    happenings.extend(caller_depth(case, src));
    conclude(case, happenings)
}

/// Chooses what decides: evidence to keep, then what is unknown, then the proof.
fn conclude(case: &Case<'_, '_>, mut happenings: Vec<Happening>) -> Judgement {
    let rank = |happening: &Happening| match happening.reason.class() {
        Class::Keep | Class::Refused | Class::Once => 0,
        Class::Unsafe => 1,
        Class::Safe => 2,
    };
    happenings.sort_by_key(rank);
    let decides = happenings.first().cloned();
    let (reason, message) = match decides {
        Some(first) => (first.reason, first.message),
        None => (Reason::Unproved, Reason::Unproved.sentence().to_owned()),
    };
    happenings.sort_by_key(|happening| happening.at);
    let evidence = happenings.into_iter().map(|happening| Evidence {
        reason: happening.reason,
        message: happening.message,
        span: case.tree.span(happening.at),
    });
    Judgement { reason, message, evidence: evidence.collect() }
}

/// A call in the iteration that looks at the depth of the stack.
fn caller_depth(case: &Case<'_, '_>, src: Source<'_, '_>) -> Option<Happening> {
    let tree = src.tree;
    let calls = tree.own_subtree(case.body()).filter(|&id| tree.kind(id) == Kind::Call);
    let at = calls.into_iter().find(|&call| {
        matches!(src.called_name(call), "Caller" | "Callers" | "Output" | "Helper")
            && matches!(src.callee(call), Callee::Fact(fact) if fact.is(Trait::Depth))
    })?;
    Some(Happening {
        reason: Reason::CallerDepth,
        message: format!("`{}` looks at the call stack", tree.text_of(at)),
        at,
    })
}

/// One site whose deferred call is not an unlock.
struct Site<'c, 'a, 't> {
    case: &'c Case<'a, 't>,
    src: Source<'a, 't>,
    after: After<'a, 't>,
    cleanup: Cleanup,
    carry: Carry<'a, 't>,
    found: Vec<Happening>,
}

impl<'c, 'a, 't> Site<'c, 'a, 't> {
    fn new(case: &'c Case<'a, 't>, src: Source<'a, 't>) -> Self {
        let cleanup = cleanup::read(case, src);
        let carry = Carry::new(src, case.iteration, vec![case.defer]);
        Site { case, src, after: After::of(case, src), cleanup, carry, found: Vec::new() }
    }

    fn judge(mut self, out: &mut Vec<Happening>) {
        self.found.append(&mut self.cleanup.findings);
        self.paired_done();
        let restored = intent::restored(self.case, self.src, &self.cleanup.restores);
        self.found.extend(restored);
        let released = self.cleanup.released.clone();
        let local = released.iter().any(|one| self.is_local(one.variable));
        for one in &released {
            self.seed(*one, local);
        }
        if self.found.iter().any(|one| matches!(one.reason, Reason::ReleaseUnknown | Reason::MayRecover)) {
            for binding in self.cleanup.mentioned.clone() {
                if !is_error_name(self.name(binding)) {
                    self.carry.carry(binding, Load { sure: true, text: true, part: false });
                }
            }
        }
        self.carry.run();
        self.found.append(&mut self.carry.happenings.clone());
        self.shapes(&released);
        self.loop_variables();
        if self.found.is_empty() {
            self.proof(&released);
        }
        out.append(&mut self.found);
    }

    fn find(&mut self, reason: Reason, at: NodeId, message: String) {
        self.found.push(Happening { reason, message, at });
    }

    fn name(&self, binding: BindingId) -> &'t str {
        self.src.scopes.get(binding).name
    }

    fn is_local(&self, binding: BindingId) -> bool {
        self.src.tree.within(self.src.scopes.get(binding).at, self.case.iteration)
    }

    /// `wg.Done()` with a `wg.Wait()` in the same function.
    fn paired_done(&mut self) {
        let (src, case) = (self.src, self.case);
        let Some(call) = case.call().filter(|&call| src.called_name(call) == "Done") else { return };
        let tree = src.tree;
        let operand =
            |call: NodeId| src.function_of(call).and_then(|function| tree.child(function, Field::Operand));
        let Some(text) = operand(call).map(|operand| tree.text_of(operand)) else { return };
        let waits = |id: &NodeId| {
            tree.kind(*id) == Kind::Call
                && src.called_name(*id) == "Wait"
                && operand(*id).is_some_and(|operand| tree.text_of(operand) == text)
        };
        if tree.subtree(case.function).find(waits).is_some() {
            self.find(
                Reason::NotARelease,
                call,
                format!("`{text}.Wait()` counts on it when the function ends"),
            );
        }
    }

    /// Starts to follow one released variable.
    fn seed(&mut self, one: Released, any_local: bool) {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(one.variable);
        if tree.within(variable.at, self.case.body()) {
            if tree.within(variable.at, self.case.defer) {
                return;
            }
            self.carry.carry(one.variable, one.load());
            let writes = variable.mentions.iter().copied().filter(|&at| at < self.case.defer);
            for at in writes.filter(|&at| access(tree, at) == Access::Write).collect::<Vec<_>>() {
                self.siblings(one, at);
            }
            self.origin(one);
        } else if tree.within(variable.at, self.case.iteration) {
            self.ranged(one);
        } else {
            self.outer(one, any_local);
        }
    }

    /// A variable of the loop's own header.
    fn ranged(&mut self, one: Released) {
        let tree = self.src.tree;
        let at = self.src.scopes.get(one.variable).at;
        self.carry.carry(one.variable, one.load());
        let plain = self.src.type_of_variable(one.variable) == Type::Plain;
        if plain && !one.text {
            return;
        }
        let clause = tree.ancestors(at).take(3).find(|&up| tree.kind(up) == Kind::RangeClause);
        let right = clause.and_then(|clause| tree.child(clause, Field::Right));
        let collection = right.and_then(|right| self.src.root_variable(right));
        if let Some((collection, used)) =
            collection.and_then(|binding| self.after.mention(binding).map(|at| (binding, at)))
        {
            let (name, of) = (self.name(one.variable), self.name(collection));
            let message = format!("`{name}` comes from `{of}`, which is used again after the loop");
            self.find(Reason::UsedAfterLoop, used, message);
        }
        let message = format!("`{}` was not acquired in the iteration", self.name(one.variable));
        self.find(Reason::UnknownResource, at, message);
    }

    /// A variable from outside the iteration.
    fn outer(&mut self, one: Released, any_local: bool) {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(one.variable);
        let name = variable.name;
        let inside = |at: &&NodeId| tree.within(**at, self.case.body());
        let mut writes =
            variable.mentions.iter().filter(inside).filter(|&&at| access(tree, at) != Access::Read).copied();
        let first = writes.next();
        let last = writes.last().or(first);
        if self.carry.is_overwritten(one.variable) {
            self.carry.carry(one.variable, one.load());
            if let Some(first) = first {
                self.siblings(one, first);
            }
            self.origin(one);
            return;
        }
        let plain = self.src.type_of_variable(one.variable) == Type::Plain && !one.text;
        match (first, last) {
            (Some(first), _) if first < self.case.defer => {
                if let Some(at) = self.read_later(one.variable) {
                    let message = format!(
                        "`{name}` is declared outside the loop and read by a later iteration or after it"
                    );
                    self.find(Reason::UsedAfterLoop, at, message);
                } else {
                    self.find(Reason::UnknownResource, first, format!("`{name}` outlives the iteration"));
                }
            }
            (Some(first), Some(last)) if last > self.case.defer && !plain => {
                let message = format!(
                    "`{name}` comes from outside the iteration and gets another value after the defer"
                );
                self.find(Reason::ReassignedAfterDefer, first, message);
            }
            _ if any_local || plain => {}
            _ => match self.read_later(one.variable) {
                Some(at) => {
                    let message = format!(
                        "`{name}` comes from outside the iteration and is still used by later ones or after the loop"
                    );
                    self.find(Reason::UsedAfterLoop, at, message);
                }
                None => {
                    let message = format!("`{name}` was not acquired in the iteration");
                    self.find(Reason::UnknownResource, self.case.defer, message);
                }
            },
        }
    }

    /// A mention that a later iteration or the rest of the function reads.
    fn read_later(&self, binding: BindingId) -> Option<NodeId> {
        let tree = self.src.tree;
        let read = |&at: &NodeId| {
            tree.within(at, self.case.iteration)
                && !tree.within(at, self.case.defer)
                && access(tree, at) == Access::Read
        };
        let again = self.src.scopes.get(binding).mentions.iter().copied().find(read);
        again.or_else(|| self.after.mention(binding))
    }

    /// The other results of the call that gave the variable its value.
    fn siblings(&mut self, one: Released, at: NodeId) {
        let tree = self.src.tree;
        let Some((values, own, count)) = self.src.values_given(at) else { return };
        let Some(list) = tree.parent(at) else { return };
        let apart = matches!(values.first().map(|&value| self.src.callee(value)), Some(Callee::Fact(fact)) if fact.is(Trait::Apart));
        if values.len() == count || count < 2 || apart && own == 1 {
            return;
        }
        let chained = self.case.call().is_some_and(|call| self.src.called_name(call) == "End");
        for (index, target) in tree.operands(list).into_iter().enumerate() {
            let name = tree.text_of(target);
            if index == own || name == "_" || is_error_name(name) {
                continue;
            }
            let Some(binding) = self.src.root_variable(target) else { continue };
            if self.src.type_of_variable(binding) == Type::Plain && !one.text {
                continue;
            }
            let outer = !self.is_local(binding) && !self.carry.is_overwritten(binding);
            if outer && self.src.type_of_variable(binding) != Type::Plain {
                let reason = if chained { Reason::SpanNesting } else { Reason::StoredOutside };
                let message = format!("`{name}` comes from the same call and outlives the iteration");
                self.find(reason, target, message);
            }
            self.carry.carry(binding, Load { sure: true, text: one.text, part: false });
        }
    }

    /// Whether the variable's value is known to be a new one.
    fn origin(&mut self, one: Released) {
        let name = self.name(one.variable);
        let Some(unknown) = self.unknown_origin(one.variable, one.text, 6) else {
            if one.flushes {
                self.flushes(one.variable);
            }
            return;
        };
        let message = format!("where `{name}` comes from is not known");
        self.find(Reason::UnknownResource, unknown, message);
    }

    /// A value of the variable that the table does not know as newly acquired.
    fn unknown_origin(&self, binding: BindingId, text: bool, depth: usize) -> Option<NodeId> {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(binding);
        let mut known = 0;
        for &mention in variable.mentions.iter().filter(|&&at| access(tree, at) != Access::Read) {
            let Some((values, index, count)) = self.src.values_given(mention) else {
                if mention == variable.at
                    && tree.parent(mention).is_some_and(|up| tree.kind(up) == Kind::VarSpec)
                {
                    continue;
                }
                return Some(mention);
            };
            let value = if values.len() == count { values[index] } else { *values.first()? };
            if !self.is_acquired(value, text, depth) {
                return Some(value);
            }
            known += 1;
        }
        (known == 0).then_some(variable.at)
    }

    fn is_acquired(&self, value: NodeId, text: bool, depth: usize) -> bool {
        let tree = self.src.tree;
        let value = tree.unparenthesized(value);
        match tree.kind(value) {
            Kind::Nil => true,
            Kind::Call => match self.src.callee(value) {
                Callee::Fact(fact) => !text || fact.is(Trait::Fresh),
                Callee::Builtin => self.src.called_name(value) == "make",
                _ => false,
            },
            Kind::Identifier | Kind::Selector => {
                let root = self.src.root_variable(value).filter(|&root| self.is_local(root));
                depth > 0 && root.is_some_and(|root| self.unknown_origin(root, text, depth - 1).is_none())
            }
            _ => false,
        }
    }

    /// A writer whose close writes: what it writes to is followed as well.
    fn flushes(&mut self, binding: BindingId) {
        let at = self.src.scopes.get(binding).at;
        let Some((values, _, _)) = self.src.values_given(at) else { return };
        let arguments: Vec<NodeId> = values.iter().flat_map(|&call| self.src.arguments(call)).collect();
        for argument in arguments {
            let Some(root) = self.src.root_variable(argument) else { continue };
            if self.src.type_of_variable(root) == Type::Plain {
                continue;
            }
            if self.is_local(root) {
                self.carry.carry(root, Load { sure: true, text: false, part: false });
            } else {
                let message =
                    format!("closing it writes to `{}`, which outlives the iteration", self.name(root));
                self.find(Reason::FlushesOutside, argument, message);
            }
        }
    }

    /// Intentions that the shape of the loop shows.
    fn shapes(&mut self, released: &[Released]) {
        if self.found.iter().any(|one| one.reason.class() == Class::Keep) {
            return;
        }
        let shape = Shape { case: self.case, src: self.src, carry: &self.carry };
        if shape.only_registers() {
            if self.after.works() {
                let message =
                    "the body only registers deferred calls, for what is used after the loop".to_owned();
                self.find(Reason::AcquireAndHold, self.case.defer, message);
            }
            return;
        }
        let proved = self.found.is_empty();
        if (!proved || self.is_occupying(released)) && !self.cleanup.eager && shape.only_holds() {
            let held = self.held(released);
            self.found.extend(held);
        }
    }

    /// Something that counts by being there: a listener, a connection, a server that the body makes no use of.
    fn is_occupying(&self, released: &[Released]) -> bool {
        released.iter().any(|one| {
            matches!(
                self.src.type_of_variable(one.variable),
                Type::Known("net.Listener" | "net.Conn" | "net.PacketConn" | "net/http/httptest.Server")
            )
        })
    }

    /// What later code goes on with after a body that only acquires.
    fn held(&self, released: &[Released]) -> Option<Happening> {
        let say = |message, at| Some(Happening { reason: Reason::AcquireAndHold, message, at });
        for leaves in self.found.iter().filter(|one| one.reason == Reason::UnknownResultLeaves) {
            let root = self.src.root_variable(leaves.at);
            if let Some(at) = root.and_then(|root| self.after.mention(root)) {
                return say(
                    format!(
                        "the body only acquires, and what comes of it is used after the loop ({})",
                        leaves.message
                    ),
                    at,
                );
            }
        }
        if self.found.is_empty() {
            return self.after.works().then(|| Happening {
                reason: Reason::AcquireAndHold,
                message: "the iteration only opens it, and the code after the loop runs while it is open"
                    .to_owned(),
                at: self.case.defer,
            });
        }
        let tree = self.src.tree;
        let mut made: Vec<NodeId> = Vec::new();
        for one in released.iter().filter(|one| self.is_local(one.variable)) {
            let at = self.src.scopes.get(one.variable).at;
            let known = !one.text && self.unknown_origin(one.variable, false, 6).is_none();
            if !known && let Some((values, _, _)) = self.src.values_given(at) {
                made.extend(values);
            }
        }
        if !made.is_empty() {
            for &(binding, place) in &self.carry.traces {
                if let Some(at) = self.after.mention(binding) {
                    let text = carry::short(tree.text_of(place));
                    return say(
                        format!("the body only acquires, and `{text}` leads back to it after the loop"),
                        at,
                    );
                }
            }
        }
        if made.is_empty() && !released.iter().any(|one| self.is_local(one.variable)) {
            return None;
        }
        made.extend(self.case.call());
        for expression in made.iter().copied() {
            let of_c = |id: NodeId| tree.kind(id) == Kind::Selector && tree.text_of(id).starts_with("C.");
            if tree.subtree(expression).any(of_c)
                && !self.carry.happenings.is_empty()
                && let Some(at) = self.after.nodes().find(|&id| of_c(id))
            {
                return say(
                    "the body only hands it to C, and C is called again after the loop".to_owned(),
                    at,
                );
            }
            if let Some((binding, at)) = intent::held_by(self.case, self.src, expression) {
                return say(
                    format!(
                        "the body only acquires and checks, and `{}` is used after the loop",
                        self.name(binding)
                    ),
                    at,
                );
            }
        }
        let (binding, at) = intent::ranged_again(self.case, self.src).filter(|_| !made.is_empty())?;
        say(
            format!(
                "the body only acquires and checks, and `{}` is gone through again after the loop",
                self.name(binding)
            ),
            at,
        )
    }

    /// Before Go 1.22 a pending call sees the last value of the loop's variables.
    fn loop_variables(&mut self) {
        if self.case.go >= GoVersion::PER_ITERATION_VARIABLES {
            return;
        }
        let tree = self.src.tree;
        let Some(call) = self.case.call() else { return };
        let receiver = self.src.function_of(call).and_then(|function| tree.child(function, Field::Operand));
        let in_literals = tree.subtree(call).filter(|&id| {
            tree.kind(id) == Kind::Identifier
                && (self.src.flow.nest.function(id) != Some(self.case.function)
                    || receiver.is_some_and(|receiver| self.src.root(receiver) == Some(id)))
        });
        let header = |at: NodeId| {
            tree.ancestors(at).take(4).any(|up| matches!(tree.kind(up), Kind::RangeClause | Kind::ForClause))
        };
        let hit = in_literals.into_iter().find_map(|id| {
            let binding = self.src.scopes.meaning(id)?;
            let variable = self.src.scopes.get(binding);
            (header(variable.at) && variable.function == Some(self.case.function))
                .then_some((id, variable.name))
        });
        if let Some((at, name)) = hit {
            self.find(
                Reason::LoopVariable,
                at,
                format!("all iterations share `{name}` in this version of Go"),
            );
        }
    }

    /// Nothing was found against it: what is released is known and used up.
    fn proof(&mut self, released: &[Released]) {
        if let Some(first) = released.first() {
            let name = self.name(first.variable);
            let message = format!("`{name}` is used up inside the iteration");
            self.find(Reason::Released, self.case.defer, message);
        }
    }
}

/// A name that people give to errors and flags.
fn is_error_name(name: &str) -> bool {
    name == "ok" || name.to_lowercase().ends_with("err") || name.starts_with("err")
}
