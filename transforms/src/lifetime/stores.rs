//! A value is given to something: a variable, a place in memory, a channel, the caller. And who owns that place.

use super::carry::{Carry, Load, Step, short};
use super::types::{Callee, DEPTH, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Outcome;
use crate::scope::{Access, BindingId, Declares, access};
use crate::signature::{Results, is_error};
use crate::verdict::Reason;

/// How many variables are looked through for what they are a part of.
const STEPS: usize = 3;

impl Carry<'_, '_> {
    pub(super) fn listed(&mut self, at: NodeId, list: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(owner) = tree.parent(list) else { return Step::Stop };
        if tree.kind(owner) == Kind::Return {
            let index = tree.operands(list).iter().position(|&operand| operand == at);
            let function = tree.function_around(owner);
            let in_error = !load.text
                && self.is_thing(at)
                && function.zip(index).is_some_and(|(function, index)| {
                    let results = Results::of(tree, self.src.scopes, function);
                    results.all.get(index).is_some_and(|of| is_error(tree, self.src.scopes, of.kind))
                });
            self.in_error |= in_error;
            // Whoever calls a literal by another name has the error.
            let is_called_elsewhere = |function: NodeId| {
                function > self.region
                    && tree.within(function, self.region)
                    && self.call_of(function).is_none()
            };
            if in_error && function.is_some_and(is_called_elsewhere) {
                self.held_by_error(at);
            }
            return self.returned(owner, load);
        }
        if tree.field(list) == Field::Left {
            return Step::Stop;
        }
        self.bind(at, owner, load)
    }

    pub(super) fn bind(&mut self, value: NodeId, owner: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if tree.kind(owner) == Kind::ExpressionCase {
            return Step::Stop;
        }
        let list = tree.parent(value).unwrap_or(owner);
        let Some(targets) = self.src.targets_of(if list == owner { owner } else { list }) else {
            return Step::Stop;
        };
        if tree.kind(owner) == Kind::RangeClause {
            let load = Load { sure: load.sure && self.src.type_of(value) != Type::Unknown, ..load };
            for target in targets.into_iter().skip(usize::from(self.counts_up(value))) {
                // The key of a map may be data, whatever the map has.
                let is_data = || self.src.is_string(target) || self.src.is_number(target);
                if load.text || !is_data() {
                    self.assign(target, value, load);
                }
            }
            return Step::Stop;
        }
        let values = match tree.kind(list) {
            Kind::ExpressionList => tree.operands(list),
            _ => vec![value],
        };
        let place = values.iter().position(|&at| at == value).unwrap_or(0);
        if let Some(&target) = targets.get(place) {
            self.assign(target, value, load);
        }
        Step::Stop
    }

    /// Whether a range over the value counts in its first variable. That of a map has the keys, and that of a channel and of
    /// a function has what these give.
    fn counts_up(&self, ranged: NodeId) -> bool {
        match self.src.type_of(ranged) {
            Type::Plain | Type::Bytes => true,
            Type::Node(place) => self
                .src
                .at(place)
                .is_some_and(|(src, node)| matches!(src.tree.kind(node), Kind::SliceType | Kind::ArrayType)),
            Type::Known(_) | Type::Function | Type::Unknown => false,
        }
    }

    pub(super) fn aliased(&mut self, switch: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if let Some(alias) = tree.child(switch, Field::Alias) {
            let names = tree.operands(alias);
            if let Some(binding) = names.first().and_then(|&name| self.src.scopes.meaning(name)) {
                self.carry(binding, load);
            }
        }
        Step::Stop
    }

    /// The value is given to `target`.
    pub(super) fn assign(&mut self, target: NodeId, value: NodeId, load: Load) {
        let tree = self.src.tree;
        let target = tree.unparenthesized(target);
        if tree.text_of(target) == "_" {
            if load.context && !load.text && self.works_by_itself(target, value) {
                let what = format!(
                    "what `{}` gives back is dropped, and works until the context ends",
                    short(tree.text_of(value))
                );
                self.happen(Reason::OnlyHeld, value, what);
            }
            return;
        }
        let Some(root) = self.src.root_variable(target) else {
            self.moves();
            self.stored(target, value, load);
            return;
        };
        if tree.kind(target) == Kind::Identifier {
            let unknown = || self.src.type_of_variable(root) == Type::Unknown;
            if !load.sure && super::is_error_name(tree.text_of(target)) && unknown() {
                return;
            }
            if !load.text && self.src.type_of_variable(root) == Type::Plain {
                if load.sure && self.is_thing(value) {
                    self.stored_as_error(root, target, value, load);
                } else if !self.is_local(root) {
                    self.traces.push((root, value));
                }
                return;
            }
            if self.is_local(root) || self.is_overwritten(root) {
                self.carry(root, load);
            } else {
                self.stored(target, value, load);
            }
            return;
        }
        // A structure of data has room for more where one of its fields is an error.
        let of_data = |id| self.src.type_of(id) == Type::Plain;
        if !load.text && (of_data(target) || tree.child(target, Field::Operand).is_some_and(of_data)) {
            if load.sure && self.is_thing(value) {
                self.stored_as_error(root, target, value, load);
            }
            return;
        }
        self.moves_into(root);
        let load = load.anywhere();
        let operand = tree.child(target, Field::Operand).map(|operand| tree.unparenthesized(operand));
        let shallow = operand.is_some_and(|operand| tree.kind(operand) == Kind::Identifier);
        // A field or an element of the variable itself, and not of what one of these leads to.
        let near = shallow || operand.is_none_or(|operand| tree.kind(operand) == Kind::Unary);
        if shallow && self.is_own(root) && !self.is_promoted(target) {
            self.carry(root, load);
        } else if self.is_operand(root) && (near || self.carriers.contains_key(&root)) {
            self.hold(root, self.piles(target, value), load);
            if !near && tree.kind(target) == Kind::Selector && load.sure && !load.context {
                self.stored_deep(target);
            }
        } else if self.is_local(root) {
            self.carry(root, Load { sure: false, ..load });
            if let Some(operand) = self.leads_into(root, STEPS).filter(|_| load.sure && !load.context) {
                self.held_by(operand, self.piles(target, value));
            }
            self.stored_deep(target);
        } else if self.is_overwritten_field(target, root) {
            self.carry(root, load);
        } else {
            self.stored(target, value, load);
        }
    }

    /// The value is put into what a variable leads to, which may be no part of it.
    fn stored_deep(&mut self, target: NodeId) {
        let what = format!("it is stored in {}, which may be reached from elsewhere", self.describe(target));
        self.happen(Reason::UnknownResultLeaves, target, what);
    }

    /// The operand of the function that is followed which a variable is, or is an address or a part of.
    fn leads_into(&self, variable: BindingId, steps: usize) -> Option<BindingId> {
        if self.is_operand(variable) {
            return Some(variable);
        }
        let (given, _) = self.src.source_given(self.src.scopes.get(variable).at).filter(|_| steps > 0)?;
        self.src.root_variable(given).and_then(|root| self.leads_into(root, steps - 1))
    }

    /// Whether a field is one of an embedded structure, which others may have too.
    fn is_promoted(&self, target: NodeId) -> bool {
        let tree = self.src.tree;
        let (of, name) = (tree.child(target, Field::Operand), tree.child(target, Field::Selected));
        let (Some(of), Some(name)) = (of, name) else { return false };
        let of = self.src.type_of(of);
        let name = tree.text_of(name);
        self.src.kind_of_field(of, name).is_none() && self.src.has_field(of, name)
    }

    /// Whether an expression, or what it appends, is known to be more than data. What can take it although its own type
    /// is that of data is an error, which is an interface.
    pub(super) fn is_thing(&self, value: NodeId) -> bool {
        let value = self.src.tree.unparenthesized(value);
        if self.src.is_append(value) {
            return self.src.arguments(value).into_iter().skip(1).any(|one| self.is_thing(one));
        }
        let copied = self.src.tree.kind(value) == Kind::Unary && self.src.tree.has_token(value, "*");
        !copied && matches!(self.src.type_of(value), Type::Known(_) | Type::Node(_))
    }

    /// Errors that are collected outside are looked at later; a single one may be what ends the loop.
    fn stored_as_error(&mut self, root: BindingId, target: NodeId, value: NodeId, load: Load) {
        let call = self.src.tree.unparenthesized(value);
        let collected = self.src.is_append(call);
        if collected && !self.is_local(root) && !self.is_overwritten(root) {
            self.stored(target, value, load);
        } else {
            self.held_by_error(value);
        }
    }

    /// An error that holds the value may be asked for it later.
    pub(super) fn held_by_error(&mut self, at: NodeId) {
        let what = format!("`{}` may be an error that holds it", self.text(at));
        self.happen(Reason::UnknownResultLeaves, at, what);
    }

    /// Whether the result of a call that `target` gets is of an interface type, as streams are.
    fn works_by_itself(&self, target: NodeId, value: NodeId) -> bool {
        let Some((values, index, count)) = self.src.values_given(target) else { return false };
        let of = if values.len() == count {
            self.src.type_of(value)
        } else {
            self.src.type_of_result(value, index, DEPTH)
        };
        self.src.tree.kind(value) == Kind::Call
            && self.src.is_interface(of)
            && of != Type::Known("context.Context")
    }

    /// Whether a function adds the very parameter that is followed, or a function that uses it, to what a place holds.
    fn piles(&self, target: NodeId, value: NodeId) -> bool {
        let tree = self.src.tree;
        let value = tree.unparenthesized(value);
        let added = if self.src.is_append(value) {
            self.src.arguments(value).into_iter().skip(1).collect()
        } else if tree.kind(target) == Kind::Index {
            vec![value]
        } else {
            Vec::new()
        };
        added.into_iter().any(|one| {
            tree.kind(one) == Kind::FunctionLiteral
                || self.followed.is_some() && self.src.scopes.meaning(one) == self.followed
        })
    }

    /// Each iteration gives the field of an outer structure a new value before it looks at the structure, and nobody
    /// looks at it later.
    fn is_overwritten_field(&self, target: NodeId, root: BindingId) -> bool {
        let tree = self.src.tree;
        let variable = self.src.scopes.get(root);
        let shallow = tree.kind(target) == Kind::Selector
            && tree
                .child(target, Field::Operand)
                .is_some_and(|operand| tree.kind(operand) == Kind::Identifier);
        if !shallow || self.is_promoted(target) || tree.kind(self.region) != Kind::For {
            return false;
        }
        let Some(body) = tree.child(self.region, Field::Body) else { return false };
        let outermost = self.src.nest.outermost(self.region);
        let comes_back = self.src.nest.comes_back_to(self.region);
        let is_value = self.src.is_structure(root)
            || variable.mentions.iter().any(|&at| {
                self.src.value_given(at).is_some_and(|value| tree.kind(value) == Kind::CompositeLiteral)
            });
        let of = self.src.type_of_variable(root);
        let name =
            |selector: NodeId| tree.child(selector, Field::Selected).map_or("", |name| tree.text_of(name));
        let is_of_another = |at: NodeId| {
            let up = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector);
            up.is_some_and(|up| name(up) != name(target) && self.src.own_field(of, name(up)).is_some())
        };
        let mut inside = variable.mentions.iter().copied().filter(|&at| tree.within(at, body));
        let first = inside.find(|&at| !is_of_another(at));
        let given = given_around(self.src, target);
        let is_given = |at: NodeId| given.is_some_and(|given| tree.within(at, given));
        let is_looked_at_first = variable.mentions.iter().any(|&at| is_given(at) && !is_of_another(at));
        // A field, a copy that a call gets, or a method that changes nothing: another one may put the value into other fields.
        let is_apart = |at: NodeId| {
            let Some(up) = tree.parent(at) else { return false };
            let is_field = tree.kind(up) == Kind::Selector
                && self.src.own_field(of, name(up)).is_some()
                && access(tree, up) != Access::Address;
            let is_copy = || is_value && tree.kind(up) == Kind::ArgumentList;
            let changes_nothing = || {
                let call = tree.parent(up).filter(|_| tree.is_callee(up));
                match call.map(|call| self.src.callee(call)) {
                    Some(Callee::Declared(functions)) => !self.src.effects(functions).changes_receiver,
                    _ => false,
                }
            };
            is_field || tree.within(at, body) && (is_copy() || changes_nothing())
        };
        is_value
            && matches!(variable.declares, Declares::Variable | Declares::Parameter)
            && variable.function == self.src.nest.function(self.region)
            && first.is_some_and(|first| tree.within(first, target) && direct(self.src, target, body))
            && !is_looked_at_first
            && !tree.subtree(body).any(|id| tree.kind(id) == Kind::Goto)
            && variable.mentions.iter().all(|&at| {
                access(tree, at) != Access::Address
                    && self.src.nest.function(at) == variable.function
                    && (at == variable.at
                        || is_apart(at) && (at < outermost && !comes_back || tree.within(at, body)))
            })
    }

    pub(super) fn stored(&mut self, target: NodeId, value: NodeId, load: Load) {
        let tree = self.src.tree;
        let what = self.text(value);
        let place = self.describe(target);
        if !load.sure {
            let message =
                format!("`{what}` may hold it and is stored in {place}, which outlives the iteration");
            self.happen(Reason::UnknownResultLeaves, target, message);
            return;
        }
        let value = tree.unparenthesized(value);
        let appended = self.src.is_append(value);
        let (reason, message) = if load.text && !self.is_thing(value) {
            (Reason::NameEscapes, format!("its name goes into {place}, which outlives the iteration"))
        } else if appended {
            (Reason::Appended, format!("it is appended to {place}, which outlives the iteration"))
        } else {
            (Reason::StoredOutside, format!("it is stored in {place}, which outlives the iteration"))
        };
        self.happen(reason, target, message);
    }

    pub(super) fn returned(&mut self, statement: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let function = tree.function_around(statement);
        if let Some(literal) =
            function.filter(|&function| function > self.region && tree.within(function, self.region))
        {
            let Some(call) = self.call_of(literal) else { return Step::Stop };
            return Step::On(call, Load { sure: false, ..load });
        }
        self.returned_in =
            if self.returned { self.src.memo.either(self.returned_in, load.only) } else { load.only };
        self.returned = true;
        self.returned_number |= load.sure && load.text;
        if load.sure && !load.text && !load.part && tree.kind(self.region) == Kind::For {
            self.happen(Reason::ReturnedToCaller, statement, "it is returned to the caller".to_owned());
        }
        Step::Stop
    }

    pub(super) fn sent(&mut self, statement: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let channel = tree.child(statement, Field::Channel);
        let root = channel.and_then(|channel| self.src.root_variable(channel));
        if root.is_some_and(|root| self.is_own(root)) {
            self.happen(Reason::UnknownUse, statement, "it is sent on a channel of the iteration".to_owned());
        } else if load.sure {
            self.happen(Reason::SentOnChannel, statement, "it is sent on a channel".to_owned());
        } else {
            self.happen(
                Reason::UnknownResultLeaves,
                statement,
                "what may hold it is sent on a channel".to_owned(),
            );
        }
        Step::Stop
    }

    /// Declared inside the region.
    pub(super) fn is_local(&self, binding: BindingId) -> bool {
        let tree = self.src.tree;
        let binding = self.src.scopes.get(binding);
        // Each iteration begins with what the one before it has left in the variables of its clause (spec, "For clause").
        let clause = tree.child_of_kind(self.region, Kind::ForClause);
        let goes_on = tree.kind(self.region) == Kind::For
            && clause.is_some_and(|clause| tree.within(binding.at, clause));
        tree.within(binding.at, self.region) && binding.declares == Declares::Variable && !goes_on
            || self.carriers_parameter(binding.at)
    }

    /// A parameter of the function that is followed, or of a literal in the region.
    pub(super) fn carriers_parameter(&self, at: NodeId) -> bool {
        let tree = self.src.tree;
        let is_function = tree.kind(self.region) != Kind::For;
        let around = if is_function { tree.parent(self.region).unwrap_or(self.region) } else { self.region };
        tree.within(at, around)
            && tree
                .ancestors(at)
                .take_while(|&up| up >= around)
                .any(|up| tree.kind(up) == Kind::ParameterList)
    }

    /// An operand of the function that is followed.
    pub(super) fn is_operand(&self, binding: BindingId) -> bool {
        let at = self.src.scopes.get(binding).at;
        self.function_followed().is_some_and(|function| self.src.operand_at(function, at).is_some())
    }

    /// The function that is followed, where it is one and no iteration.
    pub(super) fn function_followed(&self) -> Option<NodeId> {
        let tree = self.src.tree;
        tree.parent(self.region).filter(|_| tree.kind(self.region) != Kind::For)
    }

    /// Local, and what its fields and elements are is local too: it was made in the region.
    pub(super) fn is_own(&self, binding: BindingId) -> bool {
        let tree = self.src.tree;
        if !self.is_local(binding) || self.carriers_parameter(self.src.scopes.get(binding).at) {
            return false;
        }
        let variable = self.src.scopes.get(binding);
        variable.mentions.iter().all(|&at| match access(tree, at) {
            Access::Read | Access::Update => true,
            Access::Write => match self.src.source_given(at) {
                Some((value, index)) => self.is_made(tree.unparenthesized(value), index, Some(binding)),
                None => tree.parent(at).is_some_and(|up| tree.kind(up) == Kind::VarSpec),
            },
            Access::Address => false,
        })
    }

    /// Whether a value, or result number `index` of a call, is made here; so is what is added to the variable's own.
    pub(super) fn is_made(&self, value: NodeId, index: usize, variable: Option<BindingId>) -> bool {
        let tree = self.src.tree;
        match tree.kind(value) {
            Kind::CompositeLiteral | Kind::FunctionLiteral => true,
            Kind::Call | Kind::TypeAssertion if self.src.is_from_pool(value) => true,
            Kind::Unary => {
                let operand = tree.child(value, Field::Operand);
                tree.has_token(value, "&")
                    && operand.is_some_and(|operand| tree.kind(operand) == Kind::CompositeLiteral)
            }
            Kind::Call => match self.src.callee(value) {
                Callee::Builtin if self.src.called_name(value) == "append" => {
                    let first = self.src.arguments(value).first().copied();
                    variable.is_some() && first.and_then(|first| self.src.scopes.meaning(first)) == variable
                }
                Callee::Builtin => {
                    matches!(self.src.called_name(value), "new" | "make") && self.src.copied(value).is_none()
                }
                Callee::Fact(fact) => {
                    // Nothing can be put into data or into a context.
                    let is_local = |&of: &NodeId| {
                        matches!(self.src.type_of(of), Type::Plain | Type::Known("context.Context"))
                            || self.src.root_variable(of).is_none_or(|root| self.is_local(root))
                    };
                    let holds = matches!(fact.result(index), Outcome::Value { holds: true, .. });
                    fact.is_new() && (!holds || self.src.arguments(value).iter().all(is_local))
                }
                Callee::Declared(functions) => self.src.gives_new(functions, index, false).is_nobody_elses(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Each iteration gives the outer variable a new value before it reads it, and nobody reads it later.
    pub(super) fn is_overwritten(&mut self, binding: BindingId) -> bool {
        if let Some(&known) = self.overwritten.get(&binding) {
            return known;
        }
        let result = overwritten(self.src, self.region, binding);
        self.overwritten.insert(binding, result);
        result
    }

    pub(super) fn text(&self, id: NodeId) -> String {
        short(self.src.tree.text_of(id))
    }

    /// How a message names the function that a call calls.
    pub(super) fn named(&self, call: NodeId) -> String {
        match (self.src.called_name(call), self.src.function_of(call)) {
            ("", Some(function)) => self.text(function),
            (name, _) => name.to_owned(),
        }
    }

    pub(super) fn describe(&self, target: NodeId) -> String {
        format!("`{}`", self.text(target))
    }
}

/// Whether each round of `region` writes the variable before it reads it, and nothing outside reads it afterwards.
pub(super) fn overwritten(src: Source<'_, '_>, region: NodeId, binding: BindingId) -> bool {
    let tree = src.tree;
    let variable = src.scopes.get(binding);
    if tree.kind(region) != Kind::For
        || variable.function.is_none()
        || variable.function != src.nest.function(region)
        || variable.declares == Declares::Result
    {
        return false;
    }
    let Some(body) = tree.child(region, Field::Body) else { return false };
    let outermost = src.nest.outermost(region);
    let mut inside = variable.mentions.iter().filter(|&&at| tree.within(at, body));
    let first = inside.next().copied();
    let read_first = |first: NodeId| {
        let right = given_around(src, first);
        right.is_some_and(|right| variable.mentions.iter().any(|&at| tree.within(at, right)))
    };
    let written = first.is_some_and(|first| {
        access(tree, first) == Access::Write && direct(src, first, body) && !read_first(first)
    });
    let comes_back = src.nest.comes_back_to(region);
    let elsewhere =
        variable.mentions.iter().filter(|&&at| !tree.within(at, body) && (comes_back || at > outermost));
    written
        && !tree.subtree(body).any(|id| tree.kind(id) == Kind::Goto)
        && elsewhere.into_iter().all(|&at| at == variable.at || access(tree, at) == Access::Write)
        && !variable.mentions.iter().any(|&at| access(tree, at) == Access::Address)
        && variable
            .mentions
            .iter()
            .all(|&at| src.nest.function(at) == variable.function || tree.within(at, body))
}

/// What the statement around a target gives.
fn given_around(src: Source<'_, '_>, target: NodeId) -> Option<NodeId> {
    let tree = src.tree;
    let is_statement = |&at: &NodeId| tree.parent(at).is_some_and(|up| tree.kind(up) == Kind::StatementList);
    tree.child(tree.ancestors(target).find(is_statement)?, Field::Right)
}

/// Whether the statement of `id` stands directly in the body.
fn direct(src: Source<'_, '_>, id: NodeId, body: NodeId) -> bool {
    let tree = src.tree;
    let list = tree.child_of_kind(body, Kind::StatementList);
    tree.ancestors(id).take(3).any(|at| tree.parent(at) == list && list.is_some())
}
