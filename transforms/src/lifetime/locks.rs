//! Locks: the same one in each iteration, all of a set, or one after the other along a path.

use super::after::After;
use super::carry::Happening;
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, access};
use crate::verdict::Reason;

/// The verdict about a deferred unlock; nothing where the deferred call is none.
pub(super) fn judge<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let lock = Lock::find(case, src)?;
    let after = After::of(case, src);
    let text = src.tree.text_of(lock.operand);
    let say = |reason, message| Some(Happening { reason, message, at: lock.release });
    if let Some(root) = src.root_variable(lock.operand).filter(|&root| moves_on(case, src, root)) {
        let name = src.scopes.get(root).name;
        return say(Reason::HandOverHand, format!("`{name}` moves on while its lock is held"));
    }
    if !lock.depends(case, src) {
        return if lock.is_same(case, src) && after_is_plain(case, src, after) {
            say(
                Reason::SameLock,
                format!("every iteration locks `{text}`, so a second one would deadlock today"),
            )
        } else {
            say(Reason::LockSplit, format!("without `{text}` between the iterations, others may come in"))
        };
    }
    if only_locks(case, src) {
        return say(Reason::LockAll, format!("the loop takes every `{text}`, to hold them together"));
    }
    for variable in lock.sources(case, src) {
        if let Some(at) = after.mentions(variable).find(|&at| !is_only_told(src, at)) {
            let name = src.scopes.get(variable).name;
            let message = format!("`{name}`, which `{text}` belongs to, is used after the loop");
            return Some(Happening { reason: Reason::LockAll, message, at });
        }
    }
    say(
        Reason::LockSplit,
        format!(
            "`{text}` is another lock in each iteration; it is not known whether they are to be held together"
        ),
    )
}

/// Whether a mention is there for a report of a text or a number that lies in the variable, such as a name.
fn is_only_told(src: Source<'_, '_>, mention: NodeId) -> bool {
    let tree = src.tree;
    let Some(field) = tree.parent(mention).filter(|&up| tree.kind(up) == Kind::Selector) else {
        return false;
    };
    let list = tree.parent(field).filter(|&up| tree.kind(up) == Kind::ArgumentList);
    let call = list.and_then(|list| tree.parent(list));
    let reports = |call| matches!(src.callee(call), Callee::Fact(fact) if fact.is(Trait::Logs));
    (src.is_string(field) || src.is_number(field)) && call.is_some_and(reports)
}

/// Whether a variable goes along a path while the lock is held: one from outside that the body gives another value, or one
/// that the loop's header or its body gives what comes after it, `n = n.next`.
fn moves_on<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, binding: BindingId) -> bool {
    let tree = src.tree;
    let variable = src.scopes.get(binding);
    let is_outer = !tree.within(variable.at, case.iteration);
    let is_own = tree.within(variable.at, case.body());
    variable.mentions.iter().any(|&at| {
        let in_loop = tree.within(at, case.iteration) && at != variable.at;
        let follows = || src.value_given(at).is_some_and(|value| follows(src, value, binding, 0));
        access(tree, at) == Access::Write
            && (is_outer && tree.within(at, case.body()) || in_loop && !is_own && follows())
    })
}

/// Whether a value is what comes after what a variable holds: `n.next`, `n.Next()`, or a variable that got that.
fn follows(src: Source<'_, '_>, value: NodeId, from: BindingId, depth: usize) -> bool {
    let tree = src.tree;
    let value = tree.unparenthesized(value);
    if !matches!(tree.kind(value), Kind::Selector | Kind::Call) {
        let given = src.scopes.meaning(value).map(|binding| src.scopes.get(binding).at);
        let given = given.filter(|_| tree.kind(value) == Kind::Identifier && depth < 2);
        return given
            .and_then(|at| src.value_given(at))
            .is_some_and(|value| follows(src, value, from, depth + 1));
    }
    src.root_variable(value) == Some(from)
}

struct Lock {
    release: NodeId,
    operand: NodeId,
    read: bool,
}

impl Lock {
    fn find<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Lock> {
        let tree = src.tree;
        let deferred = case.call()?;
        let mut calls = tree.subtree(deferred).filter(|&id| tree.kind(id) == Kind::Call);
        let release = calls.find(|&call| is_unlock(src.called_name(call)))?;
        let operand = tree.child(src.function_of(release)?, Field::Operand)?;
        src.arguments(release).is_empty().then(|| Lock {
            release,
            operand,
            read: src.called_name(release) != "Unlock",
        })
    }

    /// Whether another iteration may mean another lock.
    fn depends<'a, 't>(&self, case: &Case<'a, 't>, src: Source<'a, 't>) -> bool {
        let tree = src.tree;
        tree.subtree(self.operand).filter(|&id| tree.kind(id) == Kind::Identifier).any(|id| {
            src.scopes.meaning(id).filter(|&binding| src.is_variable(binding)).is_some_and(|binding| {
                let variable = src.scopes.get(binding);
                tree.within(variable.at, case.iteration)
                    || variable
                        .mentions
                        .iter()
                        .any(|&at| tree.within(at, case.iteration) && access(tree, at) != Access::Read)
            })
        }) || tree.subtree(self.operand).any(|id| tree.kind(id) == Kind::Call)
    }

    /// Whether each iteration takes this exclusive mutex, and only once.
    fn is_same<'a, 't>(&self, case: &Case<'a, 't>, src: Source<'a, 't>) -> bool {
        let tree = src.tree;
        let mutex = matches!(src.type_of(self.operand), Type::Known("sync.Mutex" | "sync.RWMutex"));
        let text = tree.text_of(self.operand);
        let on_it = |id: &NodeId| {
            tree.kind(*id) == Kind::Call
                && src
                    .function_of(*id)
                    .and_then(|function| tree.child(function, Field::Operand))
                    .is_some_and(|operand| tree.text_of(operand) == text)
        };
        let calls: Vec<NodeId> = tree.subtree(case.body()).filter(on_it).collect();
        let locks = calls.first().is_some_and(|&call| {
            src.called_name(call) == "Lock"
                && stands_directly(case, src, call)
                && is_always_reached(case, src, call)
        });
        mutex
            && !self.read
            && locks
            && calls.len() == 2
            && case.call() == Some(self.release)
            && stands_directly(case, src, self.release)
    }

    /// The variables from outside the iteration that the lock is reached through.
    fn sources<'a, 't>(&self, case: &Case<'a, 't>, src: Source<'a, 't>) -> Vec<BindingId> {
        outer_sources(case, src, self.operand)
    }
}

/// The variables from outside the iteration that an expression is reached through.
pub(super) fn outer_sources<'a, 't>(
    case: &Case<'a, 't>,
    src: Source<'a, 't>,
    expression: NodeId,
) -> Vec<BindingId> {
    let tree = src.tree;
    let mut found = Vec::new();
    let mut seen = Vec::new();
    let mut todo = vec![expression];
    while let Some(at) = todo.pop() {
        for id in tree.subtree(at).filter(|&id| tree.kind(id) == Kind::Identifier) {
            let Some(binding) = src.scopes.meaning(id).filter(|&binding| src.is_variable(binding)) else {
                continue;
            };
            if seen.contains(&binding) || seen.len() > 32 {
                continue;
            }
            seen.push(binding);
            let variable = src.scopes.get(binding);
            if !tree.within(variable.at, case.iteration) {
                found.push(binding);
            } else if let Some((values, _, _)) = src.values_given(variable.at) {
                todo.extend(values);
            } else {
                todo.extend(
                    tree.ancestors(variable.at)
                        .take(3)
                        .find(|&up| tree.kind(up) == Kind::RangeClause)
                        .and_then(|clause| tree.child(clause, Field::Right)),
                );
            }
        }
    }
    found
}

fn stands_directly<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, call: NodeId) -> bool {
    let tree = src.tree;
    let list = tree.child_of_kind(case.body(), Kind::StatementList);
    tree.parent(call).is_some_and(|statement| list.is_some() && tree.parent(statement) == list)
}

/// Whether no iteration leaves before it comes to a statement of the body. One that goes on to the next and touches nothing
/// but plain local variables of this function on the way, or leaves the loop and touches nothing but what is its own, cannot
/// tell.
fn is_always_reached<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, call: NodeId) -> bool {
    let tree = src.tree;
    let before = || tree.own_subtree(case.body()).take_while(|&id| id < call);
    let skips = |id| {
        tree.kind(id) == Kind::Continue
            && case.flow.target(id).is_some_and(|of| !tree.within(of, case.body()))
            || tree.kind(id) == Kind::Goto
    };
    let leaves = |id| matches!(tree.kind(id), Kind::Return | Kind::Break) && !skips(id);
    (!before().any(skips) || before().all(|id| is_plain(case, src, id)))
        && (!before().any(leaves) || before().all(|id| is_apart(case, src, id)))
}

/// Whether a node touches nothing but what the iteration has for itself and plain local variables of this function: what a
/// package of the table gives is that.
fn is_apart<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, id: NodeId) -> bool {
    let tree = src.tree;
    let is_own = || {
        src.scopes.meaning(id).is_some_and(|binding| tree.within(src.scopes.get(binding).at, case.iteration))
    };
    match tree.kind(id) {
        Kind::Identifier => is_own() || is_plain(case, src, id) && !src.is_package_variable(id),
        Kind::Call => {
            let locks = src.called_name(id).to_ascii_lowercase().ends_with("lock");
            !locks && matches!(src.callee(id), Callee::Builtin | Callee::Conversion | Callee::Fact(_))
        }
        _ => is_plain(case, src, id),
    }
}

/// Whether a method's name says that it gives a lock back, whatever kind of lock: `Unlock`, `RUnlock`, `WriteUnlock`.
fn is_unlock(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("unlock")
}

/// Nothing in the body but locking and getting at the lock.
fn only_locks<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> bool {
    let tree = src.tree;
    let locks = |call: NodeId| src.called_name(call).to_ascii_lowercase().ends_with("lock");
    let calls =
        |part: NodeId| tree.own_subtree(part).filter(|&id| tree.kind(id) == Kind::Call).collect::<Vec<_>>();
    tree.statements(case.body()).iter().all(|&statement| match tree.kind(statement) {
        Kind::Defer => true,
        Kind::ShortVar => calls(statement).is_empty(),
        Kind::ExpressionStatement => tree.child_of_kind(statement, Kind::Call).is_some_and(locks),
        // A lock that may not be had: `if !l.Lock(ctx) { return }`.
        Kind::If => {
            let calls = calls(statement);
            !calls.is_empty() && calls.into_iter().all(locks)
        }
        _ => false,
    })
}

/// After the loop nothing is touched but plain local variables of this function.
fn after_is_plain<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, after: After<'_, '_>) -> bool {
    let tree = src.tree;
    let ranged = tree.child_of_kind(case.iteration, Kind::RangeClause);
    // A function also runs after the last of the iterations.
    if ranged.is_some_and(|clause| src.lets_others_run(clause)) {
        return false;
    }
    let header = case.iteration.0..if ranged.is_some() { case.iteration.0 } else { case.body().0 };
    header.map(NodeId).chain(after.nodes()).all(|id| is_plain(case, src, id))
}

/// Whether a node touches nothing but plain local variables of this function.
fn is_plain<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>, id: NodeId) -> bool {
    let tree = src.tree;
    match tree.kind(id) {
        Kind::Identifier => match src.scopes.meaning(id) {
            Some(binding) if src.is_variable(binding) => {
                let variable = src.scopes.get(binding);
                variable.function == Some(case.function)
                    && src.type_of_variable(binding) == Type::Plain
                    && !src.is_shared_memory(id)
                    && !src.is_seen_elsewhere(binding)
            }
            _ => true,
        },
        Kind::Call => {
            matches!(src.callee(id), Callee::Builtin | Callee::Conversion)
                || matches!(src.callee(id), Callee::Fact(fact) if fact.is(Trait::Logs) || fact.is_plain())
        }
        Kind::Defer | Kind::Go | Kind::Send | Kind::Select => false,
        _ => true,
    }
}
