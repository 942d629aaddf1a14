//! Objects that go back to a pool with what was written to them: a later iteration would get that.

use super::asked::FOLLOWED;
use super::carry::Happening;
use super::effects::Operand;
use super::types::{Callee, Source, Type};
use crate::locate::Case;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::{Access, BindingId, access, is_changed};
use crate::verdict::Reason;
use crate::written::Written;

/// Evidence that today each iteration gets another object from the pool, and would find its own traces if it did not: the
/// object is written to, and nothing takes that back.
pub(super) fn left_written<'a, 't>(case: &Case<'a, 't>, src: Source<'a, 't>) -> Option<Happening> {
    let tree = src.tree;
    let put = tree.subtree(case.defer).find(|&id| src.is_of_pool(id, "Put"))?;
    let object = src.root_variable(*src.arguments(put).first()?)?;
    let variable = src.scopes.get(object);
    let value = src.value_given(variable.at).filter(|_| tree.within(variable.at, case.body()))?;
    tree.subtree(value).find(|&id| src.is_of_pool(id, "Get"))?;
    let mentions =
        || variable.mentions.iter().copied().filter(|&at| at != variable.at && !tree.within(at, put));
    let uses: Vec<Use> = mentions().map(|at| use_of(src, at, object)).collect();
    let at = mentions().zip(&uses).find(|(_, one)| **one == Use::Writes).map(|(at, _)| at)?;
    (!uses.contains(&Use::MayClear)).then(|| Happening {
        reason: Reason::UsedAfterLoop,
        message: format!(
            "`{}` goes back to the pool with what is written to it, and a later iteration would get that",
            variable.name
        ),
        at,
    })
}

/// What a function puts back to a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ToPool {
    #[default]
    Nothing,
    /// Something that it makes empty first.
    Empty,
    AsItIs,
}

/// What is against a value from a pool that nobody makes empty.
pub(super) const LEFT_IN_IT: &str = "it comes from a pool with what was left in it";

impl Source<'_, '_> {
    /// Whether a call is of that method of a pool.
    pub(super) fn is_of_pool(&self, call: NodeId, name: &str) -> bool {
        self.tree.kind(call) == Kind::Call
            && self.called_name(call) == name
            && self.receiver_of(call).is_some_and(|on| self.type_of(on) == Type::Known("sync.Pool"))
    }

    /// `pool.Get()`, or what a type assertion says of it.
    pub(super) fn is_from_pool(&self, value: NodeId) -> bool {
        let tree = self.tree;
        let call = match tree.kind(value) {
            Kind::TypeAssertion => tree.child(value, Field::Operand).map(|of| tree.unparenthesized(of)),
            _ => Some(value),
        };
        call.is_some_and(|call| self.is_of_pool(call, "Get"))
    }

    /// Whether what a variable is given at a mention is made empty before anything else is done with it, but to register a defer.
    pub(super) fn is_emptied_first(&self, at: NodeId) -> bool {
        let tree = self.tree;
        let Some(variable) = self.scopes.meaning(at) else { return false };
        let Some(given) = tree.statement_around(at) else { return false };
        let behind = tree.parent(given).into_iter().flat_map(|list| tree.named(list));
        self.empties(behind.filter(|&statement| statement > given), variable)
    }

    /// The first call in a function, outside of these parts of it, that takes something from a pool with what was left in it.
    pub(super) fn taken_as_it_is(&self, function: NodeId, apart: &[NodeId]) -> Option<NodeId> {
        let is_apart = |id: &NodeId| apart.iter().any(|&part| self.tree.within(*id, part));
        let mut nodes = self.tree.subtree(function).filter(|id| !is_apart(id));
        nodes.find(|&id| self.takes_as_it_is(id, FOLLOWED))
    }

    fn takes_as_it_is(&self, call: NodeId, depth: usize) -> bool {
        let takes = || {
            let inner = |its: Source<'_, '_>, id| its.takes_as_it_is(id, depth - 1).then_some(());
            self.is_of_pool(call, "Get") || depth > 0 && self.found_in_called(call, inner).is_some()
        };
        self.tree.kind(call) == Kind::Call && takes() && !self.is_made_ready(call)
    }

    /// Whether a variable is given what a call gives, and is emptied, or only read into.
    fn is_made_ready(&self, call: NodeId) -> bool {
        let tree = self.tree;
        let gives = [Kind::ShortVar, Kind::Assignment];
        let statement = tree.ancestors(call).find(|&up| gives.contains(&tree.kind(up)));
        let left = statement.and_then(|statement| tree.child(statement, Field::Left));
        let target = left.and_then(|left| tree.operands(left).first().copied());
        target.is_some_and(|target| self.is_emptied_first(target) || self.is_only_read_into(target))
    }

    /// Whether nothing is done with what a variable is given at a mention but that calls read into it, and what they have read is
    /// looked at.
    pub(super) fn is_only_read_into(&self, at: NodeId) -> bool {
        let tree = self.tree;
        let Some(variable) = self.scopes.meaning(at) else { return false };
        let goes_back = |id: NodeId| {
            let is_given = tree.parent(id).is_some_and(|up| tree.kind(up) == Kind::ArgumentList);
            is_given && tree.ancestors(id).any(|up| tree.kind(up) == Kind::Defer)
        };
        let mut others = self.scopes.get(variable).mentions.iter().filter(|&&id| id != at && !goes_back(id));
        others.all(|&id| {
            let (mut whole, mut end) = (id, None);
            while let Some(up) = tree.parent(whole) {
                match tree.kind(up) {
                    Kind::Parenthesized => {}
                    Kind::Unary if tree.has_token(up, "*") => {}
                    Kind::Slice if end.is_none() && tree.text_of(up).starts_with(tree.text_of(whole)) => {
                        end = Some(up);
                    }
                    _ => break,
                }
                whole = up;
            }
            let list = tree.parent(whole).filter(|&up| tree.kind(up) == Kind::ArgumentList);
            let is_read =
                list.and_then(|list| tree.parent(list)).is_some_and(|call| self.reads_into(call, whole));
            is_read || end.is_some_and(|slice| self.is_what_was_read(slice, variable))
        })
    }

    /// Whether a call of the standard library reads into one of its arguments, and does not look at what was there.
    fn reads_into(&self, call: NodeId, argument: NodeId) -> bool {
        let index = self.arguments(call).iter().position(|&one| one == argument);
        let place = match self.called_name(call) {
            "CopyBuffer" => 2,
            "ReadFull" | "ReadAtLeast" => 1,
            "Read" | "ReadAt" => 0,
            _ => return false,
        };
        index == Some(place) && matches!(self.callee(call), Callee::Fact(_))
    }

    /// `buffer[:n]`, where `n` is how much was read into the buffer.
    fn is_what_was_read(&self, slice: NodeId, buffer: BindingId) -> bool {
        let tree = self.tree;
        let [_, end] = tree.named(slice).collect::<Vec<_>>()[..] else { return false };
        let text = tree.text_of(slice);
        let is_from_start = text.strip_suffix(']').and_then(|text| text.strip_suffix(tree.text_of(end)));
        let count =
            self.scopes.meaning(end).filter(|_| is_from_start.is_some_and(|text| text.ends_with("[:")));
        count.is_some_and(|count| {
            let mentions = &self.scopes.get(count).mentions;
            let mut written = mentions.iter().filter(|&&at| access(tree, at) != Access::Read);
            written.all(|&at| {
                self.source_given(at).is_some_and(|(call, index)| {
                    index == 0
                        && tree.kind(call) == Kind::Call
                        && self.arguments(call).iter().any(|&argument| {
                            self.root_variable(argument) == Some(buffer) && self.reads_into(call, argument)
                        })
                })
            })
        })
    }

    /// What a call puts back to a pool: something empty where it stands behind statements that make it so.
    pub(super) fn put_to_pool(&self, call: NodeId) -> ToPool {
        match self.is_of_pool(call, "Put") {
            false => ToPool::Nothing,
            true if self.arguments(call).iter().all(|&argument| self.is_emptied_before(call, argument)) => {
                ToPool::Empty
            }
            true => ToPool::AsItIs,
        }
    }

    fn is_emptied_before(&self, put: NodeId, argument: NodeId) -> bool {
        let tree = self.tree;
        let argument = tree.unparenthesized(argument);
        if self.is_cut_to_nothing(argument) {
            return true;
        }
        let Some(variable) = self.scopes.meaning(argument) else { return false };
        let Some(statement) = tree.statement_around(put) else { return false };
        let around = tree.parent(statement).into_iter().flat_map(|list| tree.named(list));
        let before: Vec<NodeId> = around.take_while(|&one| one < statement).collect();
        // What is written to it behind them is there.
        let only_empties =
            |&one: &NodeId| !self.is_mentioned(variable, one) || self.emptied_by(one, variable).is_some();
        let from = before.iter().rposition(|one| !only_empties(one)).map_or(0, |at| at + 1);
        self.empties(before[from..].iter().copied(), variable)
    }

    fn is_mentioned(&self, variable: BindingId, statement: NodeId) -> bool {
        self.scopes.get(variable).mentions.iter().any(|&at| self.tree.within(at, statement))
    }

    /// Whether the first of some statements that mention a variable's value make it empty: by its `Reset`, as it is cut to nothing, or
    /// is given another value, or each of its fields is.
    fn empties(&self, statements: impl Iterator<Item = NodeId>, variable: BindingId) -> bool {
        let tree = self.tree;
        let fields = self.fields_of(self.type_of_variable(variable));
        let mut left = fields.unwrap_or_default();
        let has_fields = !left.is_empty();
        for statement in statements {
            if tree.kind(statement) == Kind::Defer || !self.is_mentioned(variable, statement) {
                continue;
            }
            match self.emptied_by(statement, variable) {
                Some(Emptied::Whole) => return true,
                Some(Emptied::Field(name)) => left.retain(|&field| field != name),
                None => return false,
            }
            if has_fields && left.is_empty() {
                return true;
            }
        }
        false
    }

    /// What a statement makes empty of a variable's value, if it does nothing else with it.
    fn emptied_by(&self, statement: NodeId, variable: BindingId) -> Option<Emptied<'_>> {
        let tree = self.tree;
        let (place, is_method) = match tree.kind(statement) {
            Kind::Assignment if tree.has_token(statement, "=") => {
                let side = |field| {
                    let all = tree.child(statement, field).map_or_else(Vec::new, |list| tree.operands(list));
                    if let [one] = all[..] { Some(tree.unparenthesized(one)) } else { None }
                };
                let (place, value) = (side(Field::Left)?, side(Field::Right)?);
                let is_own = |at: NodeId| self.scopes.meaning(at) == Some(variable);
                let keeps = tree.subtree(value).any(is_own)
                    && !(self.is_cut_to_nothing(value)
                        && tree.child(value, Field::Operand).is_some_and(|of| same(tree, of, place)));
                (Some(place).filter(|_| !keeps)?, false)
            }
            Kind::ExpressionStatement => {
                let call = tree.child_of_kind(statement, Kind::Call)?;
                match self.callee(call) {
                    // A slice stays as long as it was.
                    Callee::Builtin if self.called_name(call) == "clear" => {
                        let map = *self.arguments(call).first()?;
                        let is_map = matches!(self.written().of_expression(map), Some(Written::Map(..)));
                        (Some(tree.unparenthesized(map)).filter(|_| is_map)?, false)
                    }
                    // That of what is embedded leaves the fields beside it as they are.
                    Callee::Fact(_) if self.called_name(call) == "Reset" => {
                        let on = self.receiver_of(call)?;
                        let forgets = matches!(self.type_of(on), Type::Known(of) if !of.starts_with("time."));
                        (Some(tree.unparenthesized(on)).filter(|_| forgets)?, false)
                    }
                    Callee::Declared(functions)
                        if self.arguments(call).is_empty()
                            && !self.is_method_of_embedded(call, functions) =>
                    {
                        let empties = functions.iter().all(|place| {
                            self.at(place).is_some_and(|(src, method)| src.empties_its_receiver(method))
                        });
                        (tree.unparenthesized(self.receiver_of(call).filter(|_| empties)?), true)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        let is_variable = |at: NodeId| self.scopes.meaning(at) == Some(variable);
        match tree.kind(place) {
            Kind::Identifier if is_variable(place) => Some(Emptied::Whole),
            Kind::Unary if tree.has_token(place, "*") => {
                let of = tree.unparenthesized(tree.child(place, Field::Operand)?);
                is_variable(of).then_some(Emptied::Whole)
            }
            Kind::Selector if !is_method => {
                let of = tree.unparenthesized(tree.child(place, Field::Operand)?);
                let name = tree.child(place, Field::Selected)?;
                is_variable(of).then(|| Emptied::Field(tree.text_of(name)))
            }
            _ => None,
        }
    }

    /// Whether a method makes what it is called on empty.
    fn empties_its_receiver(&self, method: NodeId) -> bool {
        let tree = self.tree;
        let operands = self.operands_of(method).into_iter();
        let receiver = operands.filter(|&(of, _)| of == Operand::Receiver).find_map(|(_, name)| name);
        let variable = receiver.and_then(|name| self.scopes.meaning(name));
        let body = tree.child(method, Field::Body);
        body.zip(variable)
            .is_some_and(|(body, variable)| self.empties(tree.statements(body).into_iter(), variable))
    }

    /// `b[:0]`.
    fn is_cut_to_nothing(&self, value: NodeId) -> bool {
        let tree = self.tree;
        let operand = tree.child(value, Field::Operand).filter(|_| tree.kind(value) == Kind::Slice);
        operand.is_some_and(|of| tree.text_of(value).strip_prefix(tree.text_of(of)) == Some("[:0]"))
    }
}

/// What a statement makes empty.
enum Emptied<'n> {
    Whole,
    /// The field of this name.
    Field(&'n str),
}

/// Whether two expressions are written the same but for parentheses around them.
fn same(tree: &Tree<'_>, one: NodeId, other: NodeId) -> bool {
    tree.text_of(tree.unparenthesized(one)) == tree.text_of(tree.unparenthesized(other))
}

/// What a mention does to what stands in an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Reads,
    /// Adds to it.
    Writes,
    /// Makes it empty, or may.
    MayClear,
}

fn use_of(src: Source<'_, '_>, mention: NodeId, object: BindingId) -> Use {
    let tree = src.tree;
    let mut at = mention;
    let mut up = tree.parent(at);
    while let Some(outer) = up.filter(|&up| {
        tree.kind(up) == Kind::Parenthesized || tree.kind(up) == Kind::Unary && tree.has_token(up, "*")
    }) {
        (at, up) = (outer, tree.parent(outer));
    }
    let Some(up) = up else { return Use::Reads };
    if access(tree, at) == Access::Write {
        let appended = src.value_given(at).is_some_and(|value| appends_to(src, value, object));
        return if appended { Use::Writes } else { Use::MayClear };
    }
    match tree.kind(up) {
        Kind::Selector => of_method(src, up),
        Kind::Index if is_changed(tree, at) && is_map(src, at) => Use::Writes,
        Kind::ArgumentList => tree.parent(up).map_or(Use::MayClear, |call| given_to(src, call, at)),
        Kind::Slice => Use::MayClear,
        _ if is_changed(tree, at) => Use::MayClear,
        _ => Use::Reads,
    }
}

/// `append(*x, …)`.
fn appends_to(src: Source<'_, '_>, value: NodeId, object: BindingId) -> bool {
    let tree = src.tree;
    let first = src.arguments(value).first().map(|&first| tree.unparenthesized(first));
    tree.kind(value) == Kind::Call
        && matches!(src.callee(value), Callee::Builtin)
        && src.called_name(value) == "append"
        && first.is_some_and(|first| {
            matches!(tree.kind(first), Kind::Identifier | Kind::Unary)
                && src.root_variable(first) == Some(object)
        })
}

/// A method of a buffer; any other may do anything.
fn of_method(src: Source<'_, '_>, selector: NodeId) -> Use {
    let tree = src.tree;
    let name = tree.child(selector, Field::Selected).map_or("", |name| tree.text_of(name));
    let buffer = tree.child(selector, Field::Operand).map(|operand| src.type_of(operand));
    if buffer != Some(Type::Known("bytes.Buffer")) {
        return Use::MayClear;
    }
    match name {
        "Write" | "WriteString" | "WriteByte" | "WriteRune" | "ReadFrom" => Use::Writes,
        "String" | "Bytes" | "Len" | "Cap" | "Grow" | "Available" => Use::Reads,
        _ => Use::MayClear,
    }
}

/// What a call that gets the object does to it.
fn given_to(src: Source<'_, '_>, call: NodeId, argument: NodeId) -> Use {
    let first = src.arguments(call).first() == Some(&argument);
    match (src.callee(call), src.called_name(call)) {
        (Callee::Fact(_), "Fprint" | "Fprintf" | "Fprintln") if first => Use::Writes,
        (Callee::Builtin, "len" | "cap" | "append")
        | (Callee::Conversion, _)
        | (Callee::Fact(_), "Print" | "Printf" | "Println" | "Sprint") => Use::Reads,
        _ => Use::MayClear,
    }
}

fn is_map(src: Source<'_, '_>, expression: NodeId) -> bool {
    let tree = src.tree;
    let given = src.scopes.meaning(expression).and_then(|of| src.value_given(src.scopes.get(of).at));
    let of = given.and_then(|given| tree.child(given, Field::Type));
    of.is_some_and(|of| tree.kind(of) == Kind::MapType)
}
