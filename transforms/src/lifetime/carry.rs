//! Where a value goes: from the variables that hold it, through every expression, to all that holds it in the end.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::types::{Callee, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Outcome, Trait};
use crate::scope::{Access, BindingId, Declares, access};
use crate::verdict::Reason;

/// How deep calls into functions of the same file are followed.
const CALLS: usize = 3;

/// What is known about a carried value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// It holds the resource, not only perhaps.
    pub(super) sure: bool,
    /// Text counts too: the resource is tied to its name.
    pub(super) text: bool,
    /// It is a field of something that holds the resource.
    pub(super) part: bool,
}

/// Something that happened to a carried value, with the place.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) reason: Reason,
    pub(super) message: String,
    pub(super) at: NodeId,
}

/// Follows values within one part of a function.
pub(super) struct Carry<'a, 't> {
    src: Source<'a, 't>,
    /// What is outside of this is outside the life of the value.
    region: NodeId,
    /// Deferred calls whose mentions do not count: those that the site is about.
    skip: Vec<NodeId>,
    depth: usize,
    pub(super) carriers: BTreeMap<BindingId, Load>,
    queue: Vec<BindingId>,
    seen: HashSet<(NodeId, bool, bool)>,
    pub(super) happenings: Vec<Happening>,
    /// Calls that used the value and gave nothing away.
    pub(super) uses: Vec<NodeId>,
    /// Plain data that unknown methods of the resource gave, and that is stored outside.
    pub(super) traces: Vec<(BindingId, NodeId)>,
    /// In a function: whether the value comes back as a result.
    pub(super) returned: bool,
    overwritten: HashMap<BindingId, bool>,
}

enum Step {
    Stop,
    On(NodeId, Load),
}

impl<'a, 't> Carry<'a, 't> {
    pub(super) fn new(src: Source<'a, 't>, region: NodeId, skip: Vec<NodeId>) -> Self {
        Carry {
            src,
            region,
            skip,
            depth: CALLS,
            carriers: BTreeMap::new(),
            queue: Vec::new(),
            seen: HashSet::new(),
            happenings: Vec::new(),
            uses: Vec::new(),
            traces: Vec::new(),
            returned: false,
            overwritten: HashMap::new(),
        }
    }

    /// Makes a variable a carrier.
    pub(super) fn carry(&mut self, binding: BindingId, load: Load) {
        let old = self.carriers.get(&binding).copied();
        let new = old.map_or(load, |old| Load {
            sure: old.sure || load.sure,
            text: old.text || load.text,
            part: old.part && load.part,
        });
        if old != Some(new) {
            self.carriers.insert(binding, new);
            self.queue.push(binding);
        }
    }

    /// Follows everything to its end.
    pub(super) fn run(&mut self) {
        while let Some(binding) = self.queue.pop() {
            let load = self.carriers[&binding];
            let mentions = &self.src.scopes.get(binding).mentions;
            let from = mentions.partition_point(|&at| at < self.region);
            let until = self.src.tree.last(self.region);
            for &mention in mentions[from..].iter().take_while(|at| at.0 < until) {
                if !self.skip.iter().any(|&skip| self.src.tree.within(mention, skip)) {
                    self.mention(mention, load);
                }
            }
        }
        self.happenings.sort_by_key(|happening| happening.at);
        self.happenings.dedup_by_key(|happening| (happening.at, happening.reason));
    }

    fn mention(&mut self, mention: NodeId, load: Load) {
        let tree = self.src.tree;
        if access(tree, mention) == Access::Write {
            return;
        }
        for literal in tree.ancestors(mention) {
            if literal == self.region || literal < self.region {
                break;
            }
            if tree.kind(literal) == Kind::FunctionLiteral && !self.called_on_the_spot(literal) {
                self.climb(literal, load);
            }
        }
        self.climb(mention, load);
    }

    fn called_on_the_spot(&self, literal: NodeId) -> bool {
        let tree = self.src.tree;
        let call = self.call_of(literal);
        call.is_some_and(|call| tree.parent(call).is_none_or(|parent| tree.kind(parent) != Kind::Go))
    }

    /// The call whose function is `id`, parentheses aside.
    fn call_of(&self, id: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let mut at = id;
        let mut parent = tree.parent(at)?;
        while tree.kind(parent) == Kind::Parenthesized {
            at = parent;
            parent = tree.parent(at)?;
        }
        (tree.kind(parent) == Kind::Call && tree.field(at) == Field::Function).then_some(parent)
    }

    pub(super) fn climb(&mut self, start: NodeId, load: Load) {
        let (mut at, mut load) = (start, load);
        while self.seen.insert((at, load.sure, load.text)) {
            match self.step(at, load) {
                Step::Stop => return,
                Step::On(next, with) => (at, load) = (next, with),
            }
        }
    }

    fn step(&mut self, at: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(parent) = tree.parent(at) else { return Step::Stop };
        match tree.kind(parent) {
            Kind::Parenthesized
            | Kind::LiteralElement
            | Kind::LiteralValue
            | Kind::KeyedElement
            | Kind::TypeAssertion
            | Kind::CompositeLiteral
            | Kind::VariadicArgument => Step::On(parent, load),
            Kind::TypeConversion => self.unless_plain(parent, load),
            Kind::Slice if tree.field(at) == Field::Operand => Step::On(parent, load),
            Kind::Binary if load.text && tree.has_token(parent, "+") => Step::On(parent, load),
            Kind::Unary => self.unary(parent, load),
            Kind::Index => self.index(at, parent, load),
            Kind::Selector => self.selector(parent, load),
            Kind::ArgumentList => self.argument(at, parent, load),
            Kind::Call => self.called(parent, load),
            Kind::ExpressionList => self.listed(at, parent, load),
            Kind::VarSpec => self.bind(at, parent, load),
            Kind::Return => self.returned(parent, load),
            Kind::Send if tree.field(at) == Field::Value => self.sent(parent, load),
            Kind::RangeClause if tree.field(at) == Field::Right => self.bind(at, parent, load),
            Kind::TypeSwitch if tree.field(at) == Field::Value => self.aliased(parent, load),
            _ => Step::Stop,
        }
    }

    fn unless_plain(&self, value: NodeId, load: Load) -> Step {
        if !load.text && self.src.type_of(value) == Type::Plain { Step::Stop } else { Step::On(value, load) }
    }

    fn unary(&self, unary: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if tree.has_token(unary, "&") || tree.has_token(unary, "*") {
            return Step::On(unary, load);
        }
        if tree.has_token(unary, "<-") && self.src.type_of(unary) != Type::Plain {
            let done = tree.child(unary, Field::Operand).and_then(|operand| self.call_named(operand, "Done"));
            return if done.is_some() { Step::Stop } else { Step::On(unary, Load { sure: false, ..load }) };
        }
        Step::Stop
    }

    fn call_named(&self, id: NodeId, name: &str) -> Option<NodeId> {
        (self.src.tree.kind(id) == Kind::Call && self.src.called_name(id) == name).then_some(id)
    }

    fn index(&mut self, at: NodeId, index: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if tree.field(at) == Field::Operand {
            return self.unless_plain(index, load);
        }
        if crate::scope::access(tree, index) == Access::Write && (load.sure || load.text) {
            let root = self.src.root_variable(index);
            let header = self.src.root_variable(at).is_some_and(|key| self.is_counter(key));
            if !header && root.is_none_or(|root| !self.is_own(root)) {
                let what = format!("`{}` stands as a key in {}", tree.text_of(at), self.describe(index));
                self.happen(Reason::NameEscapes, index, what);
            }
        }
        Step::Stop
    }

    /// A variable of the loop's header that only counts.
    fn is_counter(&self, binding: BindingId) -> bool {
        let tree = self.src.tree;
        let at = self.src.scopes.get(binding).at;
        let header = tree
            .ancestors(at)
            .take(4)
            .find(|&up| matches!(tree.kind(up), Kind::RangeClause | Kind::ForClause));
        header.is_some_and(|header| {
            let list = tree.parent(at);
            tree.kind(header) == Kind::ForClause
                || list.is_some_and(|list| tree.operands(list).first() == Some(&at))
        })
    }

    fn selector(&mut self, selector: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if let Some(call) = self.call_of(selector) {
            return self.method(call, selector, load);
        }
        let operand = tree.child(selector, Field::Operand);
        let name = tree.child(selector, Field::Selected).map_or("", |name| tree.text_of(name));
        let known = operand.map_or(Type::Unknown, |operand| self.src.type_of(operand));
        let Type::Known(of) = known else { return self.unless_plain(selector, Load { part: true, ..load }) };
        match crate::resources::table().fact(of, name).map(|fact| fact.result(0)) {
            Some(outcome) => self.outcome(selector, outcome, load),
            None => Step::On(selector, Load { sure: false, ..load }),
        }
    }

    /// A method of the value is called.
    fn method(&mut self, call: NodeId, selector: NodeId, load: Load) -> Step {
        if self.starts_goroutine(call, load) {
            return Step::Stop;
        }
        match self.src.callee(call) {
            Callee::Fact(fact) => {
                if fact.result(0) == Outcome::Unknown {
                    self.unknown_use(call, load);
                }
                self.uses.push(call);
                self.results(call, load)
            }
            Callee::Declared(function) => self.into(call, function, None, load),
            _ if self.is_plain(selector) => {
                if load.text {
                    Step::On(call, load)
                } else {
                    Step::Stop
                }
            }
            _ => {
                self.unknown_use(call, load);
                self.results(call, Load { sure: false, ..load })
            }
        }
    }

    /// Whether the operand of a selector is plain data.
    fn is_plain(&self, selector: NodeId) -> bool {
        let operand = self.src.tree.child(selector, Field::Operand);
        operand.is_some_and(|operand| self.src.type_of(operand) == Type::Plain)
    }

    fn starts_goroutine(&mut self, call: NodeId, load: Load) -> bool {
        let tree = self.src.tree;
        let Some(statement) = tree.parent(call).filter(|&parent| tree.kind(parent) == Kind::Go) else {
            return false;
        };
        let _ = load;
        let joined = self.joined(statement);
        let reason = if joined { Reason::JoinedGoroutine } else { Reason::CapturedByGoroutine };
        let what = if joined {
            "a goroutine uses it that the same iteration waits for"
        } else {
            "a goroutine uses it that the iteration does not wait for"
        };
        self.happen(reason, statement, what.to_owned());
        true
    }

    /// Whether the iteration waits, after `statement`, for something that the statement mentions.
    fn joined(&self, statement: NodeId) -> bool {
        let tree = self.src.tree;
        let mentioned: HashSet<BindingId> = tree
            .subtree(statement)
            .filter(|&id| tree.kind(id) == Kind::Identifier)
            .filter_map(|id| self.src.scopes.meaning(id))
            .collect();
        (tree.last(statement)..tree.last(self.region)).map(NodeId).any(|id| {
            let waits = match tree.kind(id) {
                Kind::Call => self.src.called_name(id) == "Wait",
                Kind::Unary => tree.has_token(id, "<-"),
                Kind::RangeClause => true,
                _ => false,
            };
            let operand =
                if tree.kind(id) == Kind::RangeClause { tree.child(id, Field::Right) } else { Some(id) };
            waits
                && tree.function_around(id) == tree.function_around(statement)
                && operand
                    .and_then(|id| self.src.root_variable(id))
                    .is_some_and(|root| mentioned.contains(&root))
        })
    }

    /// The value itself is called.
    fn called(&mut self, call: NodeId, load: Load) -> Step {
        if self.starts_goroutine(call, load) {
            return Step::Stop;
        }
        self.uses.push(call);
        match self.src.callee(call) {
            Callee::Unknown => Step::On(call, Load { sure: false, ..load }),
            _ => self.results(call, load),
        }
    }

    /// The value is an argument.
    fn argument(&mut self, at: NodeId, list: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(call) = tree.parent(list) else { return Step::Stop };
        if self.starts_goroutine(call, load) {
            return Step::Stop;
        }
        match self.src.callee(call) {
            Callee::Builtin => self.builtin(at, call, load),
            Callee::Conversion => self.unless_plain(call, load),
            Callee::Fact(fact) => self.known_call(fact, at, call, load),
            Callee::Declared(function) | Callee::Literal(function) => {
                let index = tree.named(list).position(|argument| argument == at);
                self.into(call, function, index, load)
            }
            Callee::Unknown => self.unknown_call(at, call, load),
        }
    }

    fn builtin(&mut self, at: NodeId, call: NodeId, load: Load) -> Step {
        match self.src.called_name(call) {
            "append" => {
                let copied = self.src.tree.kind(at) == Kind::VariadicArgument
                    && matches!(self.src.type_of(call), Type::Bytes | Type::Plain);
                if copied && !load.text { Step::Stop } else { Step::On(call, load) }
            }
            "min" | "max" if load.text => Step::On(call, load),
            _ => Step::Stop,
        }
    }

    fn known_call(&mut self, fact: &Fact, at: NodeId, call: NodeId, load: Load) -> Step {
        let literal = self.src.tree.kind(at) == Kind::FunctionLiteral;
        if fact.is(Trait::Later) {
            let what = format!("`{}` keeps it for later", self.text(call));
            let reason = if self.joined(call) { Reason::JoinedGoroutine } else { Reason::CapturedByLiteral };
            self.happen(reason, call, what);
            return Step::Stop;
        }
        if fact.is(Trait::Retains) {
            return match self.src.root_variable(call) {
                Some(root) if self.is_own(root) => {
                    self.carry(root, load);
                    Step::Stop
                }
                _ => {
                    let what = format!("`{}` retains it", self.text(call));
                    self.happen(Reason::StoredOutside, call, what);
                    Step::Stop
                }
            };
        }
        if fact.result(0) == Outcome::Unknown {
            self.unknown_use(call, load);
        }
        self.uses.push(call);
        if literal { Step::Stop } else { self.results(call, load) }
    }

    fn unknown_call(&mut self, at: NodeId, call: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let statement = tree.parent(call).filter(|&parent| tree.kind(parent) == Kind::ExpressionStatement);
        let is_literal = tree.kind(at) == Kind::FunctionLiteral;
        if is_literal && statement.is_some() {
            let joined = self.joined(call);
            let reason = if joined { Reason::JoinedGoroutine } else { Reason::CapturedByLiteral };
            let what = format!("a function that mentions it is handed to `{}`", self.src.called_name(call));
            self.happen(reason, at, what);
            return Step::Stop;
        }
        self.unknown_use(call, load);
        if is_literal { Step::Stop } else { self.results(call, Load { sure: false, ..load }) }
    }

    fn unknown_use(&mut self, call: NodeId, load: Load) {
        if load.sure || load.text {
            let what = format!("what `{}` does with it is not known", self.src.called_name(call));
            self.happen(Reason::UnknownUse, call, what);
        } else {
            let what = format!("`{}` gets something that may hold it", self.src.called_name(call));
            self.happen(Reason::UnknownUse, call, what);
        }
    }

    /// Follows the value into a function of the same file: as a parameter, or as the receiver.
    fn into(&mut self, call: NodeId, function: NodeId, index: Option<usize>, load: Load) -> Step {
        if self.depth == 0 || load.text {
            self.unknown_use(call, load);
            return self.results(call, Load { sure: false, ..load });
        }
        let tree = self.src.tree;
        let field = if index.is_some() { Field::Parameters } else { Field::Receiver };
        let names: Vec<(NodeId, bool)> = tree.child(function, field).map_or_else(Vec::new, |list| {
            let declarations = tree.named(list);
            let names = declarations.flat_map(|declaration| {
                let variadic = tree.kind(declaration) == Kind::VariadicParameter;
                tree.named(declaration)
                    .filter(|&id| tree.field(id) == Field::Name)
                    .map(move |id| (id, variadic))
                    .collect::<Vec<_>>()
            });
            names.collect()
        });
        let place = index.unwrap_or(0).min(names.len().saturating_sub(1));
        let Some(&(name, _)) = names.get(place) else {
            return self.results(call, load);
        };
        let (Some(binding), Some(body)) = (self.src.scopes.meaning(name), tree.child(function, Field::Body))
        else {
            self.uses.push(call);
            return if tree.text_of(name) == "_" {
                Step::Stop
            } else {
                self.results(call, Load { sure: false, ..load })
            };
        };
        let mut inner = Carry::new(self.src, body, Vec::new());
        inner.depth = self.depth - 1;
        inner.carry(binding, load);
        inner.run();
        if let Some(worst) = inner.happenings.into_iter().next() {
            let what = format!("`{}` does not only use it: {}", self.src.called_name(call), worst.message);
            self.happen(Reason::UnknownUse, call, what);
            return self.results(call, Load { sure: false, ..load });
        }
        self.uses.push(call);
        if inner.returned { self.results(call, load) } else { Step::Stop }
    }

    /// Goes on with the results of a call that hold the value.
    fn results(&mut self, call: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(parent) = tree.parent(call) else { return Step::Stop };
        let several = matches!(tree.kind(parent), Kind::ExpressionList | Kind::VarSpec)
            && self
                .targets_of(call, parent)
                .is_some_and(|targets| targets.len() > 1 && self.only_value(call, parent));
        if !several {
            return self.result(call, 0, load).map_or(Step::Stop, |load| Step::On(call, load));
        }
        for (index, target) in self.targets_of(call, parent).unwrap_or_default().into_iter().enumerate() {
            if let Some(load) = self.result(call, index, load) {
                self.assign(target, call, load);
            }
        }
        Step::Stop
    }

    fn only_value(&self, call: NodeId, parent: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.kind(parent) == Kind::ExpressionList { tree.operands(parent) == [call] } else { true }
    }

    /// What is on the left of the statement that has `value` on its right.
    fn targets_of(&self, value: NodeId, parent: NodeId) -> Option<Vec<NodeId>> {
        let tree = self.src.tree;
        if tree.kind(parent) == Kind::VarSpec {
            return Some(tree.named(parent).filter(|&id| tree.field(id) == Field::Name).collect());
        }
        let owner = if tree.kind(parent) == Kind::ExpressionList { tree.parent(parent)? } else { parent };
        let _ = value;
        match tree.kind(owner) {
            Kind::ShortVar | Kind::Assignment | Kind::RangeClause => {
                Some(tree.operands(tree.child(owner, Field::Left)?))
            }
            Kind::VarSpec => Some(tree.named(owner).filter(|&id| tree.field(id) == Field::Name).collect()),
            _ => None,
        }
    }

    /// Whether and how one result of a call holds the value.
    fn result(&self, call: NodeId, index: usize, load: Load) -> Option<Load> {
        match self.src.callee(call) {
            Callee::Fact(fact) => carried(fact.result(index), load),
            Callee::Conversion | Callee::Builtin => Some(load),
            Callee::Declared(_) | Callee::Literal(_) => {
                let plain = self.src.type_of_result(call, index, 8) == Type::Plain;
                (!plain || load.text).then_some(load)
            }
            Callee::Unknown => Some(Load { sure: false, ..load }),
        }
    }

    fn outcome(&self, at: NodeId, outcome: Outcome, load: Load) -> Step {
        carried(outcome, load).map_or(Step::Stop, |load| Step::On(at, load))
    }

    fn listed(&mut self, at: NodeId, list: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(owner) = tree.parent(list) else { return Step::Stop };
        if tree.kind(owner) == Kind::Return {
            return self.returned(owner, load);
        }
        if tree.field(list) == Field::Left {
            return Step::Stop;
        }
        self.bind(at, owner, load)
    }

    fn bind(&mut self, value: NodeId, owner: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if tree.kind(owner) == Kind::ExpressionCase {
            return Step::Stop;
        }
        let list = tree.parent(value).unwrap_or(owner);
        let Some(targets) = self.targets_of(value, if list == owner { owner } else { list }) else {
            return Step::Stop;
        };
        if tree.kind(owner) == Kind::RangeClause {
            let load = Load { sure: load.sure && self.src.type_of(value) != Type::Unknown, ..load };
            for target in targets.into_iter().skip(1) {
                self.assign(target, value, load);
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

    fn aliased(&mut self, switch: NodeId, load: Load) -> Step {
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
    fn assign(&mut self, target: NodeId, value: NodeId, load: Load) {
        let tree = self.src.tree;
        let target = tree.unparenthesized(target);
        if tree.text_of(target) == "_" {
            return;
        }
        let Some(root) = self.src.root_variable(target) else {
            self.stored(target, value, load);
            return;
        };
        if tree.kind(target) == Kind::Identifier {
            let unknown = || self.src.type_of_variable(root) == Type::Unknown;
            if super::is_error_name(tree.text_of(target)) && unknown() {
                return;
            }
            if !load.text && self.src.type_of_variable(root) == Type::Plain {
                if !self.is_local(root) {
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
        if !load.text && self.src.type_of(target) == Type::Plain {
            return;
        }
        if self.is_own(root) {
            self.carry(root, load);
        } else if self.is_local(root) {
            self.carry(root, Load { sure: false, ..load });
            self.happen(
                Reason::UnknownResultLeaves,
                target,
                format!("it is stored in {}, which may be reached from elsewhere", self.describe(target)),
            );
        } else {
            self.stored(target, value, load);
        }
    }

    fn stored(&mut self, target: NodeId, value: NodeId, load: Load) {
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
        let appended = tree.kind(value) == Kind::Call && self.src.called_name(value) == "append";
        let (reason, message) = if load.text {
            (Reason::NameEscapes, format!("its name goes into {place}, which outlives the iteration"))
        } else if appended {
            (Reason::Appended, format!("it is appended to {place}, which outlives the iteration"))
        } else {
            (Reason::StoredOutside, format!("it is stored in {place}, which outlives the iteration"))
        };
        self.happen(reason, target, message);
    }

    fn returned(&mut self, statement: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let function = tree.function_around(statement);
        if let Some(literal) =
            function.filter(|&function| function > self.region && tree.within(function, self.region))
        {
            let Some(call) = self.call_of(literal) else { return Step::Stop };
            return Step::On(call, Load { sure: false, ..load });
        }
        self.returned = true;
        if load.sure && !load.text && !load.part && tree.kind(self.region) == Kind::For {
            self.happen(Reason::ReturnedToCaller, statement, "it is returned to the caller".to_owned());
        }
        Step::Stop
    }

    fn sent(&mut self, statement: NodeId, load: Load) -> Step {
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

    fn happen(&mut self, reason: Reason, at: NodeId, message: String) {
        self.happenings.push(Happening { reason, message, at });
    }

    /// Declared inside the region.
    pub(super) fn is_local(&self, binding: BindingId) -> bool {
        let binding = self.src.scopes.get(binding);
        self.src.tree.within(binding.at, self.region) && binding.declares == Declares::Variable
            || self.carriers_parameter(binding.at)
    }

    fn carriers_parameter(&self, at: NodeId) -> bool {
        let tree = self.src.tree;
        tree.within(at, self.region)
            && tree
                .ancestors(at)
                .take_while(|&up| up >= self.region)
                .any(|up| tree.kind(up) == Kind::ParameterList)
    }

    /// Local, and what its fields and elements are is local too: it was made in the region.
    pub(super) fn is_own(&self, binding: BindingId) -> bool {
        let tree = self.src.tree;
        if !self.is_local(binding) || self.carriers_parameter(self.src.scopes.get(binding).at) {
            return false;
        }
        let at = self.src.scopes.get(binding).at;
        let Some(parent) = tree.parent(at) else { return false };
        if tree.kind(parent) == Kind::VarSpec && tree.child(parent, Field::Value).is_none() {
            return true;
        }
        let Some((values, _, _)) = self.src.values_given(at) else { return false };
        let Some(&value) = values.first() else { return false };
        self.is_made(tree.unparenthesized(value))
    }

    fn is_made(&self, value: NodeId) -> bool {
        let tree = self.src.tree;
        match tree.kind(value) {
            Kind::CompositeLiteral | Kind::FunctionLiteral => true,
            Kind::Unary => {
                let operand = tree.child(value, Field::Operand);
                tree.has_token(value, "&")
                    && operand.is_some_and(|operand| tree.kind(operand) == Kind::CompositeLiteral)
            }
            Kind::Call => match self.src.callee(value) {
                Callee::Builtin => matches!(self.src.called_name(value), "new" | "make"),
                Callee::Fact(fact) => !matches!(fact.result(0), Outcome::Unknown),
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

    fn text(&self, id: NodeId) -> String {
        short(self.src.tree.text_of(id))
    }

    fn describe(&self, target: NodeId) -> String {
        format!("`{}`", self.text(target))
    }
}

/// Whether each round of `region` writes the variable before it reads it, and nothing outside reads it afterwards.
pub(super) fn overwritten(src: Source<'_, '_>, region: NodeId, binding: BindingId) -> bool {
    let tree = src.tree;
    let variable = src.scopes.get(binding);
    if tree.kind(region) != Kind::For
        || variable.function.is_none()
        || variable.function != src.flow.nest.function(region)
        || variable.declares == Declares::Result
    {
        return false;
    }
    let Some(body) = tree.child(region, Field::Body) else { return false };
    let outermost = src.flow.nest.loops_around(region).last().unwrap_or(region);
    let mut inside = variable.mentions.iter().filter(|&&at| tree.within(at, body));
    let first = inside.next().copied();
    let read_first = |first: NodeId| {
        let statement = tree
            .ancestors(first)
            .find(|&at| tree.parent(at).is_some_and(|up| tree.kind(up) == Kind::StatementList));
        let right = statement.and_then(|statement| tree.child(statement, Field::Right));
        right.is_some_and(|right| variable.mentions.iter().any(|&at| tree.within(at, right)))
    };
    let written = first.is_some_and(|first| {
        access(tree, first) == Access::Write && direct(src, first, body) && !read_first(first)
    });
    let elsewhere = variable.mentions.iter().filter(|&&at| !tree.within(at, body) && at > outermost);
    written
        && elsewhere.into_iter().all(|&at| access(tree, at) == Access::Write)
        && !variable.mentions.iter().any(|&at| access(tree, at) == Access::Address)
        && variable
            .mentions
            .iter()
            .all(|&at| src.flow.nest.function(at) == variable.function || tree.within(at, body))
}

/// Whether the statement of `id` stands directly in the body.
fn direct(src: Source<'_, '_>, id: NodeId, body: NodeId) -> bool {
    let tree = src.tree;
    let list = tree.child_of_kind(body, Kind::StatementList);
    tree.ancestors(id).take(3).any(|at| tree.parent(at) == list && list.is_some())
}

/// One line of source for a message.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim();
    let mut cut: String = line.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn carried(outcome: Outcome, load: Load) -> Option<Load> {
    match outcome {
        Outcome::Plain => None,
        Outcome::Name | Outcome::Text => load.text.then_some(load),
        Outcome::Address => Some(Load { text: true, ..load }),
        Outcome::Memory => Some(load),
        Outcome::Value { holds, .. } => {
            if load.text && holds {
                Some(Load { sure: false, ..load })
            } else {
                holds.then_some(load)
            }
        }
        Outcome::Unknown => Some(Load { sure: false, ..load }),
    }
}
