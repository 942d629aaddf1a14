//! Intentions that show in the shape of the loop: guards, registrations, acquire-and-hold, states set and restored.

use super::after::After;
use super::carry::{Carry, Happening};
use super::locks::outer_sources;
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, BindingId, access};
use crate::verdict::Reason;

/// A condition around the defer that the same block makes false.
pub(super) fn one_shot_guard(case: &Case<'_, '_>, src: Source<'_, '_>) -> Option<Happening> {
    let tree = src.tree;
    let guards = tree
        .ancestors(case.defer)
        .take_while(|&at| at != case.iteration)
        .filter(|&at| tree.kind(at) == Kind::If);
    for guard in guards {
        let (Some(condition), Some(block)) =
            (tree.child(guard, Field::Condition), tree.child(guard, Field::Consequence))
        else {
            continue;
        };
        if !tree.within(case.defer, block) {
            continue;
        }
        for place in guarded(src, condition) {
            let outer = src
                .root_variable(place)
                .is_none_or(|root| !tree.within(src.scopes.get(root).at, case.body()));
            let text = tree.text_of(place);
            if outer && writes_in(src, block, place, 2) {
                return Some(Happening {
                    reason: Reason::OneShotGuard,
                    message: format!("`{text}` lets the defer run once for the whole loop"),
                    at: condition,
                });
            }
        }
    }
    None
}

/// The variables or fields that a condition tests for nil, false or true.
fn guarded(src: Source<'_, '_>, condition: NodeId) -> Vec<NodeId> {
    let tree = src.tree;
    let mut found = Vec::new();
    let mut todo = vec![condition];
    while let Some(at) = todo.pop() {
        match tree.kind(at) {
            Kind::Parenthesized => todo.extend(tree.named(at)),
            Kind::Unary if tree.has_token(at, "!") => todo.extend(tree.child(at, Field::Operand)),
            Kind::Identifier | Kind::Selector => found.push(at),
            Kind::Binary if tree.has_token(at, "&&") => todo.extend(tree.named(at)),
            Kind::Binary if tree.has_token(at, "==") => {
                let nil = tree
                    .named(at)
                    .any(|side| matches!(tree.kind(side), Kind::Nil | Kind::False | Kind::IntLiteral));
                if nil {
                    found.extend(tree.child(at, Field::Left));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a block gives `place` a new value, itself or by calling a literal of this function.
fn writes_in(src: Source<'_, '_>, block: NodeId, place: NodeId, depth: usize) -> bool {
    let tree = src.tree;
    let (text, root) = (tree.text_of(place), src.root_variable(place));
    tree.subtree(block).any(|id| match tree.kind(id) {
        Kind::Assignment => tree.child(id, Field::Left).is_some_and(|left| {
            tree.operands(left)
                .iter()
                .any(|&target| tree.text_of(target) == text && src.root_variable(target) == root)
        }),
        Kind::Call if depth > 0 => match src.callee(id) {
            Callee::Literal(literal) if !tree.within(literal, block) => {
                writes_in(src, literal, place, depth - 1)
            }
            _ => false,
        },
        _ => false,
    })
}

/// What the shape of the iteration says.
pub(super) struct Shape<'c, 'a, 't> {
    pub(super) case: &'c Case<'a, 't>,
    pub(super) src: Source<'a, 't>,
    pub(super) carry: &'c Carry<'a, 't>,
}

/// Methods that put a thing into service.
const STARTS: &[&str] = &[
    "Start",
    "Connect",
    "Serve",
    "Listen",
    "Init",
    "Set",
    "Add",
    "Register",
    "Subscribe",
    "Enable",
    "Join",
    "Mount",
    "Put",
    "Create",
    "Attach",
    "Bind",
    "Append",
    "Auto",
    "Flush",
];

impl Shape<'_, '_, '_> {
    /// Whether nothing stands in the body but defers.
    pub(super) fn only_registers(&self) -> bool {
        let tree = self.src.tree;
        tree.statements(self.case.body()).iter().all(|&statement| match tree.kind(statement) {
            Kind::Defer => true,
            Kind::ShortVar => {
                tree.subtree(statement)
                    .filter(|&id| tree.kind(id) == Kind::Call)
                    .all(|call| matches!(self.src.callee(call), Callee::Conversion))
                    && !tree.subtree(statement).any(|id| tree.has_token(id, "<-"))
            }
            _ => false,
        })
    }

    /// Whether the body only acquires, checks and registers.
    pub(super) fn only_holds(&self) -> bool {
        let tree = self.src.tree;
        let mut todo = tree.statements(self.case.body());
        while let Some(statement) = todo.pop() {
            if tree.within(self.case.defer, statement) && statement != self.case.defer {
                todo.extend(self.inside(statement));
                if let Some(first) = tree.child(statement, Field::Initializer) {
                    todo.push(first);
                }
                continue;
            }
            if !self.holds(statement) {
                return false;
            }
        }
        true
    }

    /// The statements of the block or clause that holds the defer.
    fn inside(&self, statement: NodeId) -> Vec<NodeId> {
        let tree = self.src.tree;
        let holds = |&at: &NodeId| tree.within(self.case.defer, at);
        match tree.children(statement).find(holds) {
            Some(part) if matches!(tree.kind(part), Kind::Block) || tree.kind(part).is_clause() => {
                tree.statements(part)
            }
            Some(part) => vec![part],
            None => Vec::new(),
        }
    }

    fn holds(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        match tree.kind(statement) {
            Kind::Defer
            | Kind::Break
            | Kind::Continue
            | Kind::Return
            | Kind::Inc
            | Kind::Dec
            | Kind::Empty => true,
            Kind::ShortVar | Kind::Assignment | Kind::VarDeclaration => self.acquires(statement),
            Kind::If => self.checks(statement),
            Kind::ExpressionStatement => self.registers(statement),
            Kind::Block => tree.statements(statement).iter().all(|&inner| self.holds_leaf(inner)),
            _ => false,
        }
    }

    fn holds_leaf(&self, statement: NodeId) -> bool {
        !matches!(self.src.tree.kind(statement), Kind::If | Kind::For | Kind::Block | Kind::Go)
            && self.holds(statement)
    }

    /// No known consumer of the resource, and unknown calls on it only to start it or to get the next one.
    fn acquires(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let mut calls =
            tree.own_subtree(statement).filter(|&id| tree.kind(id) == Kind::Call && self.is_used(id));
        let stored = tree.child(statement, Field::Right).is_some_and(|right| {
            let value = tree.operands(right).first().copied().unwrap_or(right);
            tree.kind(value) == Kind::Call && self.src.called_name(value) == "append"
        }) || tree.child(statement, Field::Left).is_some_and(|left| {
            matches!(tree.operands(left).first().map(|&at| tree.kind(at)), Some(Kind::Index | Kind::Selector))
        });
        calls.all(|call| {
            stored || self.starts(call) || self.is_deferred_on(statement) || self.is_passed_on(statement)
        })
    }

    /// Whether another defer of the iteration mentions what the statement declares.
    fn is_deferred_on(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(left) = tree.child(statement, Field::Left) else { return false };
        tree.operands(left).iter().filter_map(|&name| self.src.scopes.meaning(name)).any(|binding| {
            self.src.scopes.get(binding).mentions.iter().any(|&at| {
                tree.ancestors(at)
                    .take_while(|&up| up != self.case.iteration)
                    .any(|up| tree.kind(up) == Kind::Defer)
            })
        })
    }

    /// Whether what the statement declares is then stored outside.
    fn is_passed_on(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(left) = tree.child(statement, Field::Left) else { return false };
        let declared: Vec<BindingId> =
            tree.operands(left).iter().filter_map(|&name| self.src.scopes.meaning(name)).collect();
        let leaving = self.carry.happenings.iter().filter(|one| one.reason == Reason::UnknownResultLeaves);
        leaving.filter_map(|one| tree.ancestors(one.at).find(|&up| tree.kind(up) == Kind::Assignment)).any(
            |stored| {
                tree.subtree(stored).any(|id| {
                    tree.kind(id) == Kind::Identifier
                        && self.src.scopes.meaning(id).is_some_and(|binding| {
                            declared.contains(&binding) && self.carry.carriers.contains_key(&binding)
                        })
                })
            },
        )
    }

    fn checks(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.child(statement, Field::Initializer).is_some_and(|first| !self.acquires(first)) {
            return false;
        }
        if tree.child(statement, Field::Alternative).is_some() {
            return false;
        }
        let Some(block) = tree.child(statement, Field::Consequence) else { return false };
        tree.statements(block).iter().all(|&at| match tree.kind(at) {
            Kind::Return | Kind::Continue | Kind::Break => true,
            Kind::ExpressionStatement => {
                let call = tree.child_of_kind(at, Kind::Call);
                self.src.flow.never_returns(at)
                    || self.registers(at)
                    || call.is_some_and(|call| !self.is_used(call))
            }
            Kind::Assignment | Kind::ShortVar => self.acquires(at),
            _ => false,
        })
    }

    /// A report, or a call that starts the resource or hands it to something from outside.
    fn registers(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(call) = tree.child_of_kind(statement, Kind::Call) else { return false };
        let reports = matches!(self.src.callee(call), Callee::Fact(fact) if fact.is(Trait::Logs));
        if reports {
            let mut inner = tree
                .own_subtree(call)
                .filter(|&id| id != call && tree.kind(id) == Kind::Call && self.is_used(id));
            return inner.all(|call| self.starts(call));
        }
        if !self.is_used(call) {
            return matches!(self.src.callee(call), Callee::Fact(_)) || self.is_check(call);
        }
        self.starts(call) || self.is_given_away(call)
    }

    /// A helper that gets a test and an error or other plain data, and nothing else.
    fn is_check(&self, call: NodeId) -> bool {
        let arguments = self.src.arguments(call);
        let test = |&argument: &NodeId| {
            matches!(
                self.src.type_of(argument),
                Type::Known("testing.T" | "testing.B" | "testing.TB" | "testing.F")
            )
        };
        arguments.first().is_some_and(test)
            && arguments.iter().skip(1).all(|&argument| {
                super::is_error_name(self.src.tree.text_of(argument))
                    || self.src.type_of(argument) == Type::Plain
            })
    }

    fn is_used(&self, call: NodeId) -> bool {
        self.carry.uses.contains(&call)
            || self
                .carry
                .happenings
                .iter()
                .any(|happening| happening.at == call && happening.reason == Reason::UnknownUse)
    }

    fn starts(&self, call: NodeId) -> bool {
        let name = self.src.called_name(call);
        STARTS.iter().any(|start| name.starts_with(start))
    }

    /// A method of something from outside the iteration, or of another package, gets the resource and gives nothing back.
    fn is_given_away(&self, call: NodeId) -> bool {
        let Some(function) = self.src.function_of(call) else { return false };
        let Some(operand) = self.src.tree.child(function, Field::Operand) else { return false };
        self.src.import_path(operand) == Some("C")
    }
}

/// The collection that the loop ranges over, where it is looked at again after the loop.
pub(super) fn ranged_again(case: &Case<'_, '_>, src: Source<'_, '_>) -> Option<(BindingId, NodeId)> {
    let clause = src.tree.child_of_kind(case.iteration, Kind::RangeClause)?;
    let binding = src.root_variable(src.tree.child(clause, Field::Right)?)?;
    After::of(case, src).mention(binding).map(|at| (binding, at))
}

/// The objects that an acquiring call was made on, which later code goes on with.
pub(super) fn held_by(
    case: &Case<'_, '_>,
    src: Source<'_, '_>,
    expression: NodeId,
) -> Option<(BindingId, NodeId)> {
    let after = After::of(case, src);
    outer_sources(case, src, expression)
        .into_iter()
        .filter(|&binding| is_object(src, binding))
        .find_map(|binding| after.mention(binding).map(|at| (binding, at)))
}

/// Not a test, a context, a number or a text.
fn is_object(src: Source<'_, '_>, binding: BindingId) -> bool {
    let name = src.scopes.get(binding).name;
    !matches!(name, "ctx" | "err" | "t" | "b" | "tb")
        && !matches!(
            src.type_of_variable(binding),
            Type::Plain
                | Type::Known(
                    "testing.T"
                        | "testing.B"
                        | "testing.TB"
                        | "testing.F"
                        | "context.Context"
                        | "log.Logger"
                        | "log/slog.Logger"
                )
        )
}

/// What is said about a state that the deferred call restores.
pub(super) fn restored(case: &Case<'_, '_>, src: Source<'_, '_>, places: &[NodeId]) -> Option<Happening> {
    let tree = src.tree;
    let after = After::of(case, src);
    let &first = places.first()?;
    let say = |reason, message: String| Some(Happening { reason, message, at: first });
    for &place in places {
        let call = tree.kind(place) == Kind::Call;
        let key = if call { src.function_of(place).unwrap_or(place) } else { place };
        let text = tree.text_of(key);
        let same = |id: NodeId| {
            tree.kind(id) == tree.kind(key) && tree.text_of(id) == text && access(tree, id) != Access::Write
        };
        if after.nodes().any(same) {
            return say(Reason::StateRestored, format!("`{text}` is used after the loop"));
        }
        if !call && accumulates(case, src, place) {
            return say(
                Reason::StateRestored,
                format!("each iteration builds on the `{text}` of the one before"),
            );
        }
    }
    if only_sets(case, src) && after.works() {
        return say(Reason::StateRestored, "the body only sets it, for the code after the loop".to_owned());
    }
    say(
        Reason::RestoresState,
        format!(
            "`{}` is restored; whether later code relies on it is not known",
            super::carry::short(tree.text_of(first))
        ),
    )
}

/// Whether the iteration computes the new state from the running one.
fn accumulates(case: &Case<'_, '_>, src: Source<'_, '_>, place: NodeId) -> bool {
    let tree = src.tree;
    let text = tree.text_of(place);
    tree.own_subtree(case.body()).filter(|&id| tree.kind(id) == Kind::Assignment).any(|id| {
        let sides = (tree.child(id, Field::Left), tree.child(id, Field::Right));
        matches!(sides, (Some(left), Some(right)) if tree.text_of(left) == text
            && (!tree.has_token(id, "=") || tree.subtree(right).any(|at| tree.kind(at) == tree.kind(place) && tree.text_of(at) == text)))
    })
}

fn only_sets(case: &Case<'_, '_>, src: Source<'_, '_>) -> bool {
    let tree = src.tree;
    tree.statements(case.body()).iter().all(|&statement| match tree.kind(statement) {
        Kind::Defer | Kind::ShortVar | Kind::Assignment | Kind::If => true,
        Kind::ExpressionStatement => {
            let call = tree.child_of_kind(statement, Kind::Call);
            call.is_some_and(|call| matches!(src.callee(call), Callee::Fact(fact) if fact.is(Trait::Sets) || fact.is(Trait::Logs)))
        }
        _ => false,
    })
}
