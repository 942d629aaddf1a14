//! A leak or an intention? What is known about the life of a deferred call's resource.
//!
//! The deferred call is read first (`cleanup`): what it ends, tests and writes. From there every value that holds the
//! resource is followed through the iteration (`carry`), into functions of the same file too. Shapes of loops that mean
//! to pile up (`intent`, `locks`) and the code behind the loop (`after`) come last. Evidence to keep wins over anything
//! unknown, anything unknown wins over a proof.

mod afresh;
mod after;
mod asked;
mod behind;
mod calls;
mod carry;
mod cleanup;
mod effects;
mod fields;
mod folder;
mod fresh;
mod guard;
mod hold;
mod intent;
mod into;
mod joined;
mod locks;
mod memo;
mod missing;
mod options;
mod origin;
mod parts;
mod peer;
mod pinned;
mod pooled;
mod put_into;
mod puts_back;
mod queries;
mod release;
mod renewed;
mod reported;
mod setup;
mod shape;
mod state;
mod steps;
mod stores;
mod tables;
#[cfg(test)]
mod tests;
mod types;
mod typing;
mod variables;
mod works;

use std::cell::RefCell;

use after::After;
use carry::{Carry, Happening, Load, short};
use cleanup::{Cleanup, Released};
use effects::add_new;
pub(crate) use memo::Memo;
pub(crate) use queries::{Around, Ask, Called};
use types::{Callee, Source, Type};

use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, Declares, access};
use crate::verdict::{Class, Reason};
use crate::world::UnitId;
use crate::{Evidence, GoVersion, Missing, Step};

/// What the analysis concludes about one site.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// A reason of the class keep, refused, unsafe or safe.
    pub(crate) reason: Reason,
    /// The reason's sentence with what it is about in this place.
    pub(crate) message: String,
    /// What it rests on.
    pub(crate) evidence: Vec<Evidence>,
    /// The way there.
    pub(crate) steps: Vec<Step>,
    /// What it lacks.
    pub(crate) missing: Option<Missing>,
}

/// Judges one site.
pub(crate) fn judge(case: &Case<'_, '_>, memo: &Memo) -> Judgement {
    let Case { tree, scopes, flow, world, resources, .. } = *case;
    let src = Source { tree, scopes, nest: flow.nest, world, resources, memo, unit: UnitId::MAIN };
    memo.budget.renew();
    let (mut happenings, mut steps) = (Vec::new(), Vec::new());
    happenings.extend(guard::one_shot_guard(case, src));
    happenings.extend(pooled::left_written(case, src));
    happenings.extend(pinned::address_leaves(case, src));
    if !is_settled(&happenings) {
        if let Some(lock) = locks::judge(case, src) {
            happenings.push(lock);
        } else {
            let mut site = Site::kept_at_a_glance(case, src).unwrap_or_else(|| Site::judged(case, src));
            happenings.append(&mut site.found);
            steps = site.steps();
        }
        happenings.extend(caller_depth(case, src));
    }
    Judgement { steps, ..conclude(case, src, happenings) }
}

/// Chooses what decides: evidence to keep, then what is unknown, then the proof.
fn conclude(case: &Case<'_, '_>, src: Source<'_, '_>, mut happenings: Vec<Happening>) -> Judgement {
    let rank = |happening: &Happening| match happening.reason.class() {
        Class::Keep | Class::Refused | Class::Once | Class::Suppressed => 0,
        Class::Unsafe if is_missing_fact(happening.reason) => 2,
        Class::Unsafe => 1,
        Class::Safe => 3,
    };
    happenings.sort_by_key(rank);
    let decides = happenings.first().cloned();
    let missing = decides.as_ref().and_then(|first| src.missing(first));
    let (reason, message) = match decides {
        Some(first) => (first.reason, first.message),
        None => (Reason::ReleaseUnknown, Reason::ReleaseUnknown.sentence().to_owned()),
    };
    happenings.sort_by_key(|happening| happening.at);
    let all = happenings.into_iter().map(|happening| Evidence {
        reason: happening.reason,
        message: happening.message,
        span: case.tree.span(happening.at),
    });
    let mut evidence = Vec::new();
    add_new(&mut evidence, all);
    Judgement { reason, message, evidence, steps: Vec::new(), missing }
}

/// Whether something was found that decides, whatever else is: the site stays as it is. What is unknown besides is not
/// looked for then.
fn is_settled(happenings: &[Happening]) -> bool {
    happenings.iter().any(|one| !matches!(one.reason.class(), Class::Unsafe | Class::Safe))
}

/// Something that a line in the table or a look at the source would settle; the other reasons are about behaviour.
fn is_missing_fact(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ReleaseUnknown
            | Reason::MayRecover
            | Reason::UnknownResource
            | Reason::UnknownUse
            | Reason::UnknownResultLeaves
            | Reason::CallerDepth
    )
}

/// A call in the iteration that looks at the depth of the stack.
fn caller_depth(case: &Case<'_, '_>, src: Source<'_, '_>) -> Option<Happening> {
    const NAMES: [&str; 4] = ["Caller", "Callers", "Output", "Helper"];
    let tree = src.tree;
    // To look at the text is cheaper than to look at its words, and few bodies hold one of these.
    let body = tree.text_of(case.body()).as_bytes();
    if NAMES.iter().all(|name| memchr::memmem::find(body, name.as_bytes()).is_none()) {
        return None;
    }
    let mut calls = tree.own_subtree(case.body()).filter(|&id| tree.kind(id) == Kind::Call);
    let at = calls.find(|&call| {
        NAMES.contains(&src.called_name(call))
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
    /// What is released and got its value in the iteration, as long as nobody has asked where that comes from.
    acquired: Vec<Released>,
    /// Variables of the iteration that a released value came through on its way: they hold it too.
    through: RefCell<Vec<BindingId>>,
    /// The variables whose values are being traced, the outermost first.
    traced: RefCell<Vec<BindingId>>,
}

impl<'c, 'a, 't> Site<'c, 'a, 't> {
    fn new(case: &'c Case<'a, 't>, src: Source<'a, 't>, cleanup: Cleanup) -> Self {
        let mut carry = Carry::new(src, case.iteration, vec![case.defer]);
        carry.ended = cleanup.parts.iter().map(|(_, part)| part.name).collect();
        Site {
            case,
            src,
            after: After::of(case, src),
            cleanup,
            carry,
            found: Vec::new(),
            acquired: Vec::new(),
            through: RefCell::default(),
            traced: RefCell::default(),
        }
    }

    /// A site whose deferred call is a method of a variable of the iteration, which the iteration itself stores outside or
    /// gives back. No function is read for that.
    fn kept_at_a_glance(case: &'c Case<'a, 't>, src: Source<'a, 't>) -> Option<Self> {
        let call = case.call()?;
        let operand =
            src.receiver_of(call).filter(|_| !release::is_meant_for_the_end(src.called_name(call)))?;
        let variable = src.scopes.meaning(operand)?;
        let at = src.scopes.get(variable).at;
        if !src.tree.within(at, case.body()) || src.tree.within(at, case.defer) {
            return None;
        }
        let one = Released { variable, text: false, flushes: false, pooled: false };
        let mut site = Site::new(case, src, Cleanup { released: vec![one], ..Cleanup::default() });
        site.carry.at_a_glance();
        site.carry.carry(variable, one.load());
        site.carry.run();
        let leaves = |one: &Happening| {
            matches!(one.reason, Reason::Appended | Reason::StoredOutside | Reason::ReturnedToCaller)
        };
        site.found = site.carry.happenings.iter().filter(|one| leaves(one)).cloned().collect();
        (!site.found.is_empty()).then_some(site)
    }

    /// A site about which all is found out that may count.
    fn judged(case: &'c Case<'a, 't>, src: Source<'a, 't>) -> Self {
        let mut site = Site::new(case, src, cleanup::read(case, src));
        site.judge();
        site
    }

    fn judge(&mut self) {
        self.found.append(&mut self.cleanup.findings);
        self.paired_done();
        let restored = intent::restored(self.case, self.src, &self.cleanup.restores);
        self.found.extend(restored);
        self.found.extend(intent::set_and_taken_back(self.case, self.src));
        let released = self.cleanup.released.clone();
        let local = released.iter().any(|one| self.is_local(one.variable));
        for one in &released {
            self.seed(*one, local);
        }
        if self.found.iter().any(|one| matches!(one.reason, Reason::ReleaseUnknown | Reason::MayRecover)) {
            for binding in self.cleanup.mentioned.clone() {
                if !is_error_name(self.name(binding)) {
                    self.carry.carry(binding, Load { text: true, ..Load::SURE });
                }
            }
        }
        if self.is_kept() {
            return;
        }
        self.found.append(&mut self.carry.happenings.clone());
        self.found.extend(self.looked_into(&released));
        self.shapes(&released);
        if self.found.is_empty() {
            self.found.extend(self.met(&released).or_else(|| self.reported()));
        }
        self.loop_variables();
        if self.found.is_empty() {
            self.proof(&released);
        }
    }

    /// Follows the values, and asks where they come from. Whether what is found out before all else decides already.
    fn is_kept(&mut self) -> bool {
        if is_settled(&self.found) {
            return true;
        }
        self.carry.run();
        if is_settled(&self.carry.happenings) {
            self.found.append(&mut self.carry.happenings.clone());
            return true;
        }
        for one in std::mem::take(&mut self.acquired) {
            self.origin(one);
        }
        self.carry.run();
        self.left_for_others();
        false
    }

    /// What goes back to a pool with something in it, and would be found where the function takes another one that it does not
    /// empty.
    fn left_for_others(&mut self) {
        if !self.goes_back_as_it_is() {
            return;
        }
        let own = self.cleanup.released.iter().filter_map(|one| {
            let at = self.src.scopes.get(one.variable).at;
            self.src.source_given(at).map(|(value, _)| value)
        });
        let apart: Vec<NodeId> = own.chain([self.case.defer]).collect();
        if let Some(call) = self.src.taken_as_it_is(self.case.function, &apart) {
            let what = short(self.src.tree.text_of(call));
            let message = format!("`{what}` may find what is left in what goes back to the pool");
            self.find(Reason::UnknownUse, call, message);
        }
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
        let operand = |call: NodeId| src.receiver_of(call);
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
            let only = self.fields_that_end(one);
            self.carry.carry(one.variable, Load { only, ..one.load() });
            self.siblings_of(one, one.variable);
            self.acquired.push(one);
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
        if plain && !one.text && !self.cleanup.named.contains(&one.variable) {
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
        let inside = |at: &&NodeId| tree.within(**at, self.case.body()) && access(tree, **at) != Access::Read;
        let mut writes = variable.mentions.iter().filter(inside).copied();
        let first = writes.next();
        let last = writes.last().or(first);
        let plain = self.src.type_of_variable(one.variable) == Type::Plain && !one.text;
        if self.carry.is_overwritten(one.variable) {
            self.carry.carry(one.variable, one.load());
            if let Some(first) = first {
                self.siblings(one, first);
            }
            self.acquired.push(one);
        } else if let Some(first) = first.filter(|&first| first < self.case.defer) {
            self.written_before(one.variable, first);
        } else if let Some(last) = last.filter(|_| !plain) {
            let name = variable.name;
            let message =
                format!("`{name}` comes from outside the iteration and gets another value after the defer");
            self.find(Reason::ReassignedAfterDefer, last, message);
        } else if !plain {
            self.unchanged(one.variable, any_local);
        }
    }

    /// An outer variable that the iteration gives its value.
    fn written_before(&mut self, variable: BindingId, first: NodeId) {
        let name = self.name(variable);
        if self.src.scopes.get(variable).declares == Declares::Result {
            let message = format!("`{name}` is a result, so the caller gets it");
            self.find(Reason::ReturnedToCaller, first, message);
        } else if let Some(at) = self.read_later(variable) {
            let message =
                format!("`{name}` is declared outside the loop and read by a later iteration or after it");
            self.find(Reason::UsedAfterLoop, at, message);
        } else {
            self.find(Reason::UnknownResource, first, format!("`{name}` outlives the iteration"));
        }
    }

    /// An outer variable that the loop leaves alone.
    fn unchanged(&mut self, variable: BindingId, any_local: bool) {
        let name = self.name(variable);
        let element = self.element(variable);
        let used = if element.is_some() { self.after.mention(variable) } else { self.read_later(variable) };
        let (reason, at, message) = if let Some(at) = used.filter(|_| !any_local) {
            let message = "comes from outside the iteration and is used by later ones or after the loop";
            (Reason::UsedAfterLoop, at, format!("`{name}` {message}"))
        } else if let Some(place) = element.filter(|&place| self.is_filled(place)) {
            let text = self.src.tree.text_of(place);
            let message = format!("it is stored in `{text}`, which outlives the iteration");
            (Reason::StoredOutside, place, message)
        } else {
            let message = format!("`{name}` was not acquired in the iteration");
            (Reason::UnknownResource, self.case.defer, message)
        };
        self.find(reason, at, message);
    }

    /// The element of the variable that the iteration chooses, where the deferred call is about one: `xs[i].Close()`.
    fn element(&self, variable: BindingId) -> Option<NodeId> {
        let tree = self.src.tree;
        tree.subtree(self.case.defer).filter(|&id| tree.kind(id) == Kind::Index).find(|&index| {
            let key = tree.child(index, Field::Index).and_then(|key| self.src.root_variable(key));
            self.src.root_variable(index) == Some(variable) && key.is_some_and(|key| self.is_local(key))
        })
    }

    /// Whether the iteration gives a place its value in front of the defer: what is released there is kept there too.
    fn is_filled(&self, place: NodeId) -> bool {
        let tree = self.src.tree;
        let text = tree.text_of(place);
        let assignments = tree
            .own_subtree(self.case.body())
            .filter(|&id| id < self.case.defer && tree.kind(id) == Kind::Assignment);
        assignments
            .filter_map(|id| tree.child(id, Field::Left))
            .flat_map(|left| tree.operands(left))
            .any(|target| tree.text_of(target) == text)
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

    /// Before Go 1.22 a pending call sees the last value of the loop's variables.
    fn loop_variables(&mut self) {
        if self.case.go >= GoVersion::PER_ITERATION_VARIABLES {
            return;
        }
        let tree = self.src.tree;
        let Some(call) = self.case.call() else { return };
        let receiver = self.src.receiver_of(call);
        let in_literals = tree.subtree(call).filter(|&id| {
            tree.kind(id) == Kind::Identifier
                && (self.src.nest.function(id) != Some(self.case.function)
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
        } else if !cleanup::is_nothing(self.case, self.src) {
            let message = "what is released is not a variable of this function".to_owned();
            self.find(Reason::UnknownResource, self.case.defer, message);
        }
    }
}

/// A name that people give to errors and flags: `err`, `err2`, `closeErr`, `ok`; `stderr` and `errFile` are none.
fn is_error_name(name: &str) -> bool {
    let core = name.trim_end_matches(|last: char| last.is_ascii_digit());
    core == "ok" || core.ends_with("Err") || (core.ends_with("err") && core != "stderr")
}
