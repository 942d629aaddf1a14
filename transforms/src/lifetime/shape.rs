//! The shape of an iteration's body: does it work with what it acquires, or only hold it?

use super::carry::Carry;
use super::hold::is_name_of_address;
use super::types::{Callee, Source, Type};
use crate::flow::never_returns;
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Trait;
use crate::scope::{Access, access};
use crate::verdict::Reason;
use crate::written::Written;

impl Shape<'_, '_, '_> {
    /// Whether nothing stands in the body but defers.
    pub(super) fn only_registers(&self) -> bool {
        let tree = self.src.tree;
        let mut todo = tree.statements(self.case.body());
        while let Some(statement) = todo.pop() {
            let guard = tree.kind(statement) == Kind::If
                && tree.child(statement, Field::Alternative).is_none()
                && tree.child(statement, Field::Initializer).is_none()
                && tree.within(self.case.defer, statement);
            if guard {
                let condition = tree.child(statement, Field::Condition);
                if condition.is_some_and(|test| tree.subtree(test).any(|id| tree.kind(id) == Kind::Call)) {
                    return false;
                }
                todo.extend(self.inside(statement));
            } else if !self.is_registration(statement) {
                return false;
            }
        }
        true
    }

    fn is_registration(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        match tree.kind(statement) {
            Kind::Defer => true,
            Kind::ShortVar => {
                tree.subtree(statement)
                    .filter(|&id| tree.kind(id) == Kind::Call)
                    .all(|call| matches!(self.src.callee(call), Callee::Conversion))
                    && !tree.subtree(statement).any(|id| tree.has_token(id, "<-"))
            }
            _ => false,
        }
    }

    /// Whether the body only acquires, checks and registers.
    pub(super) fn only_holds(&self) -> bool {
        let tree = self.src.tree;
        if self.carry.uses.iter().any(|&call| self.reads(call)) {
            return false;
        }
        let mut todo = tree.statements(self.case.body());
        while let Some(statement) = todo.pop() {
            if tree.within(self.case.defer, statement) && statement != self.case.defer {
                todo.extend(self.inside(statement));
                if let Some(first) = tree.child(statement, Field::Initializer) {
                    todo.push(first);
                }
                continue;
            }
            if self.holds(statement) {
                continue;
            }
            match self.parts(statement) {
                Some(parts) => todo.extend(parts),
                None => return false,
            }
        }
        true
    }

    /// The statements of the block or clause that holds the defer.
    fn inside(&self, statement: NodeId) -> Vec<NodeId> {
        let tree = self.src.tree;
        let holds = |&at: &NodeId| tree.within(self.case.defer, at);
        if tree.kind(statement) == Kind::Block {
            return tree.statements(statement);
        }
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
            // What an inner loop defers may become a plain call, by a rewrite of that.
            Kind::Defer => {
                self.src.nest.loop_around(statement) == Some(self.case.iteration) || self.registers(statement)
            }
            Kind::Break | Kind::Continue | Kind::Return | Kind::Inc | Kind::Dec | Kind::Empty => true,
            Kind::ShortVar | Kind::Assignment | Kind::VarDeclaration => self.acquires(statement),
            Kind::If => self.checks(statement),
            Kind::ExpressionStatement => self.registers(statement),
            _ => false,
        }
    }

    /// A statement that chooses or repeats, and whose header does not work with the resource: what it is made of.
    fn parts(&self, statement: NodeId) -> Option<Vec<NodeId>> {
        let tree = self.src.tree;
        let kind = tree.kind(statement);
        if let Some(body) = self.called_with_nothing(statement) {
            return Some(tree.statements(body));
        }
        if kind == Kind::Labeled {
            return Some(tree.named(statement).last().into_iter().collect());
        }
        if !matches!(kind, Kind::If | Kind::For | Kind::ExpressionSwitch | Kind::TypeSwitch | Kind::Block) {
            return None;
        }
        let (mut parts, mut header) = (Vec::new(), Vec::new());
        for part in tree.named(statement) {
            match tree.kind(part) {
                _ if kind == Kind::Block => parts.extend(tree.statements(statement)),
                Kind::Block => parts.extend(tree.statements(part)),
                of if of.is_clause() => {
                    parts.extend(tree.statements(part));
                    header.extend(tree.named(part).filter(|&at| tree.kind(at) != Kind::StatementList));
                }
                Kind::If => parts.push(part),
                _ => header.push(part),
            }
        }
        header.into_iter().all(|part| self.acquires(part)).then_some(parts)
    }

    /// The body of a literal that a statement calls with nothing, on the spot or by the name of a variable that was given it before:
    /// it is as if its statements stood there, and rewrites make such.
    fn called_with_nothing(&self, statement: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let call = tree.child_of_kind(statement, Kind::Call)?;
        let Callee::Literal(literal) = self.src.callee(call) else { return None };
        let is_plain = matches!(tree.kind(statement), Kind::ExpressionStatement | Kind::Defer)
            && self.src.arguments(call).is_empty();
        // What stands behind the call, or around it, would lead here again.
        let is_before = tree.within(literal, call) || tree.last(literal) <= call.0;
        tree.child(literal, Field::Body).filter(|_| is_plain && is_before)
    }

    /// No known consumer of the resource, and unknown calls on it only to start it or to get the next one.
    fn acquires(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let mut calls =
            tree.own_subtree(statement).filter(|&id| tree.kind(id) == Kind::Call && self.is_used(id));
        let stored = tree.child(statement, Field::Right).is_some_and(|right| {
            let value = tree.operands(right).first().copied().unwrap_or(right);
            self.src.is_append(value)
        }) || tree.child(statement, Field::Left).is_some_and(|left| {
            matches!(tree.operands(left).first().map(|&at| tree.kind(at)), Some(Kind::Index | Kind::Selector))
        });
        let is_told = || tree.own_subtree(statement).any(|id| self.tells(id));
        calls.all(|call| stored || self.starts(call) || self.is_deferred_on(statement))
            && (stored || !is_told())
    }

    /// Whether a node reads a number or bytes in a field of what the iteration holds, as a method would that gives it back.
    /// That is no use of what counts by being there, nor of what a field leads back to; a text may be an address.
    fn tells(&self, field: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.kind(field) != Kind::Selector || access(tree, field) != Access::Read || tree.is_callee(field)
        {
            return false;
        }
        let operand = tree.child(field, Field::Operand).and_then(|operand| self.src.scopes.meaning(operand));
        let is_held = operand.is_some_and(|operand| {
            self.carry.carriers.contains_key(&operand)
                && tree.within(self.src.scopes.get(operand).at, self.case.body())
        });
        let name = tree.child(field, Field::Selected).map_or("", |name| tree.text_of(name));
        !self.occupies
            && is_held
            && !self.src.is_string(field)
            && !is_name_of_address(name)
            && self.src.field_kind(field).is_some()
            && self.src.is_content(field)
    }

    /// Whether another defer of the iteration mentions what the statement declares, and the body does no work with that.
    fn is_deferred_on(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(left) = tree.child(statement, Field::Left) else { return false };
        let declared = tree.operands(left).into_iter().filter_map(|name| self.src.scopes.meaning(name));
        let mentions = declared.map(|binding| &self.src.scopes.get(binding).mentions);
        mentions.into_iter().any(|mentions| {
            mentions.iter().any(|&at| self.is_in_defer(at)) && !mentions.iter().any(|&at| self.is_read(at))
        })
    }

    /// Whether a node of the body stands in a deferred call.
    fn is_in_defer(&self, at: NodeId) -> bool {
        let mut around = self.src.tree.ancestors(at).take_while(|&up| up != self.case.iteration);
        around.any(|up| self.src.tree.kind(up) == Kind::Defer)
    }

    /// Whether a function that the table knows reads from what a mention means.
    fn is_read(&self, at: NodeId) -> bool {
        let tree = self.src.tree;
        let Some(call) = tree.ancestors(at).find(|&up| tree.kind(up) == Kind::Call) else { return false };
        let arguments = self.src.arguments(call);
        let name = self.src.called_name(call);
        let reads = READS.iter().any(|&word| name.contains(word)) && arguments.first() == Some(&at)
            || name.starts_with("Copy") && arguments.get(1) == Some(&at);
        reads && matches!(self.src.callee(call), Callee::Fact(_)) && !self.is_in_defer(at)
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
                never_returns(self.src.tree, self.src.scopes, at)
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
            return matches!(self.src.callee(call), Callee::Fact(_)) || self.src.is_check(call);
        }
        self.starts(call) || self.is_given_away(call)
    }

    fn is_used(&self, call: NodeId) -> bool {
        self.carry.uses.contains(&call)
            || self
                .carry
                .happenings
                .iter()
                .any(|happening| happening.at == call && happening.reason == Reason::UnknownUse)
    }

    /// Whether a method works with the resource to give data, and does not only tell a field, what it is called or how it is.
    fn reads(&self, id: NodeId) -> bool {
        let tree = self.src.tree;
        let is_inside =
            || tree.within(id, self.case.body()) && tree.function_around(id) == Some(self.case.function);
        if tree.kind(id) != Kind::Call || self.starts(id) || !is_inside() || self.is_in_defer(id) {
            return false;
        }
        match self.src.callee(id) {
            Callee::Declared(functions) if self.src.receiver_of(id).is_some() => {
                self.src.is_content(id)
                    && functions
                        .iter()
                        .all(|place| self.src.at(place).is_some_and(|(src, function)| src.computes(function)))
            }
            _ => false,
        }
    }

    fn starts(&self, call: NodeId) -> bool {
        let name = self.src.called_name(call);
        if !self.occupies && (self.src.transfers(call) || self.src.puts_values(call)) {
            return false;
        }
        // What a handshake has said is no start of another one.
        name != "ConnectionState" && STARTS.iter().any(|start| name.starts_with(start))
            || STARTS_BY_NAME.contains(&name)
            || name.contains("Subscribe")
    }

    /// A method of something from outside the iteration, or of another package, gets the resource and gives nothing back.
    fn is_given_away(&self, call: NodeId) -> bool {
        let Some(function) = self.src.function_of(call) else { return false };
        let Some(operand) = self.src.tree.child(function, Field::Operand) else { return false };
        self.src.import_path(operand) == Some("C")
    }
}

impl Source<'_, '_> {
    /// Whether an expression is data that something may be opened for: no list, as that may say who else is there, and not
    /// only how it is.
    fn is_content(&self, expression: NodeId) -> bool {
        match self.written().of_expression(expression) {
            Some(Written::Predeclared(of)) => !matches!(&*of, "bool" | "error" | "any" | "uintptr"),
            _ => self.type_of(expression) == Type::Bytes,
        }
    }

    /// A helper that gets a test and an error or other plain data, and nothing else.
    pub(super) fn is_check(&self, call: NodeId) -> bool {
        let arguments = self.arguments(call);
        arguments.first().is_some_and(|&first| self.is_test(first))
            && arguments.iter().skip(1).all(|&argument| {
                super::is_error_name(self.tree.text_of(argument)) || self.type_of(argument) == Type::Plain
            })
    }

    /// Whether a method reads from something that the table knows or writes to it, which does not count by being there.
    fn transfers(&self, call: NodeId) -> bool {
        let is_known = |src: Source<'_, '_>, of: NodeId| matches!(src.type_of(of), Type::Known(of) if !src.resources.is_occupying(of));
        let transfers = |src: Source<'_, '_>, id: NodeId| {
            let is_fact = src.tree.kind(id) == Kind::Call
                && matches!(src.callee(id), Callee::Fact(fact) if !fact.is(Trait::Looks));
            let name = src.called_name(id);
            let on = if name.starts_with("Fprint") {
                src.arguments(id).first().copied()
            } else {
                src.receiver_of(id)
            };
            is_fact
                && TRANSFERS.iter().any(|&word| name.starts_with(word))
                && on.is_some_and(|on| is_known(src, on))
        };
        self.receiver_of(call).is_some()
            && self.found_in_called(call, |src, id| transfers(src, id).then_some(())).is_some()
    }

    /// Whether a call of a method that the table knows puts a value under a name: `key.SetStringValue("dir", path)`.
    fn puts_values(&self, call: NodeId) -> bool {
        let on = self.receiver_of(call).map(|on| self.type_of(on));
        let arguments = self.arguments(call);
        matches!(on, Some(Type::Known(of)) if !self.resources.is_occupying(of))
            && matches!(self.callee(call), Callee::Fact(_))
            && arguments.len() > 1
            && arguments.iter().all(|&argument| matches!(self.type_of(argument), Type::Plain | Type::Bytes))
    }

    /// Whether a function does more than give back something that it finds.
    fn computes(&self, function: NodeId) -> bool {
        let body = self.tree.child(function, Field::Body);
        body.is_some_and(|body| {
            self.tree.statements(body).len() > 1
                || self.tree.subtree(body).any(|id| self.tree.kind(id) == Kind::Call)
        })
    }
}

/// What the shape of the iteration says.
pub(super) struct Shape<'c, 'a, 't> {
    pub(super) case: &'c Case<'a, 't>,
    pub(super) src: Source<'a, 't>,
    pub(super) carry: &'c Carry<'a, 't>,
    /// What is released counts by being there, or has something that does.
    pub(super) occupies: bool,
}

/// Parts of the names of functions that read from their first argument.
const READS: &[&str] = &["Read", "Decode", "Scan"];

/// What the names of functions begin with by which data goes in or out.
const TRANSFERS: &[&str] = &["Read", "Write", "Scan", "Encode", "Decode", "Fprint"];

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

/// Methods that do so by these names only: `Update` and `OpenFile` do something else.
const STARTS_BY_NAME: &[&str] = &["Open", "Up", "Launch", "Boot", "Begin"];
