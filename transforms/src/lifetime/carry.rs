//! Where a value goes: from the variables that hold it, through every expression, to all that holds it in the end.

use std::collections::BTreeMap;

use super::calls::carried;
use super::effects::Operand;
use super::memo::Fields;
use super::types::{Callee, DEPTH, Source, Type};
use crate::hash::{Set, Table};
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access};
use crate::verdict::Reason;

/// How deep calls are followed into the functions that they call.
const CALLS: usize = 8;

/// What is known about a carried value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "independent of each other")]
pub(super) struct Load {
    /// It holds the resource, not only perhaps.
    pub(super) sure: bool,
    /// Text counts too: the resource is tied to its name.
    pub(super) text: bool,
    /// It is a field of something that holds the resource.
    pub(super) part: bool,
    /// It is a context, or holds one: what is not under way when the iteration ends is not cut short.
    pub(super) context: bool,
    /// It goes back to a pool when it ends, and not before.
    pub(super) pooled: bool,
    /// It stands in these fields alone of the structure that is followed.
    pub(super) only: Option<Fields>,
}

impl Load {
    /// The resource itself.
    pub(super) const SURE: Load =
        Load { sure: true, text: false, part: false, context: false, pooled: false, only: None };

    /// It may stand anywhere in what is followed.
    pub(super) fn anywhere(self) -> Load {
        Load { only: None, ..self }
    }
}

/// A value is argument number `index` of a call whose function is an operand of the function that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) to: Operand,
    pub(super) index: usize,
    pub(super) load: Load,
}

/// Something that happened to a carried value, with the place.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) reason: Reason,
    pub(super) message: String,
    pub(super) at: NodeId,
}

/// Follows values within one part of a function.
#[allow(clippy::struct_excessive_bools, reason = "independent of each other")]
pub(super) struct Carry<'a, 't> {
    pub(super) src: Source<'a, 't>,
    /// What is outside of this is outside the life of the value.
    pub(super) region: NodeId,
    /// Deferred calls whose mentions do not count: those that the site is about.
    pub(super) skip: Vec<NodeId>,
    pub(super) depth: usize,
    /// What a field of the value gives does not count.
    whole: bool,
    pub(super) carriers: BTreeMap<BindingId, Load>,
    pub(super) queue: Vec<BindingId>,
    pub(super) seen: Set<(NodeId, bool, bool, Option<Fields>)>,
    /// Functions around mentions, with what was carried.
    pub(super) passed: Set<(NodeId, Load)>,
    pub(super) happenings: Vec<Happening>,
    /// Calls that used the value and gave nothing away.
    pub(super) uses: Vec<NodeId>,
    /// Plain data that unknown methods of the resource gave, and that is stored outside.
    pub(super) traces: Vec<(BindingId, NodeId)>,
    /// The fields that end with the value: what they give back of themselves ends as well, be it only bytes.
    pub(super) ended: Vec<&'static str>,
    /// In a function: the parameter that is followed.
    pub(super) followed: Option<BindingId>,
    /// In a function: whether the value comes back as a result.
    pub(super) returned: bool,
    /// In a function: whether data comes back that leads to it while it lives, the number of a file.
    pub(super) returned_number: bool,
    /// In a function: the fields in which it comes back, where it stands in some alone.
    pub(super) returned_in: Option<Fields>,
    /// It was put into memory, which may be that of another field of a structure that holds it in one.
    pub(super) moved: bool,
    /// In a function: whether it comes back in an error.
    pub(super) in_error: bool,
    pub(super) overwritten: Table<BindingId, bool>,
    /// What values are that were given to parameters with the type of an interface.
    pub(super) concrete: Table<BindingId, Type>,
    /// In a function: the parameters that came to hold the value.
    /// True for those that hold it beside what they held before.
    pub(super) holders: Vec<(BindingId, bool)>,
    /// In a function: the functions among its operands that got the value.
    pub(super) given: Vec<Given>,
    /// In a maker: the parameters with the options that it is handed to. Nothing where nobody asks which they are.
    pub(super) options: Option<Vec<Operand>>,
}

pub(super) enum Step {
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
            whole: false,
            carriers: BTreeMap::new(),
            queue: Vec::new(),
            seen: Set::default(),
            passed: Set::default(),
            happenings: Vec::new(),
            uses: Vec::new(),
            traces: Vec::new(),
            ended: Vec::new(),
            followed: None,
            returned: false,
            returned_number: false,
            returned_in: None,
            moved: false,
            in_error: false,
            overwritten: Table::default(),
            concrete: Table::default(),
            holders: Vec::new(),
            given: Vec::new(),
            options: None,
        }
    }

    /// Nothing is followed but the value as a whole, and that into no function.
    pub(super) fn at_a_glance(&mut self) {
        self.depth = 0;
        self.whole = true;
    }

    /// Makes a variable a carrier.
    pub(super) fn carry(&mut self, binding: BindingId, load: Load) {
        let load = if self.moved { load.anywhere() } else { load };
        let old = self.carriers.get(&binding).copied();
        let new = old.map_or(load, |old| Load {
            sure: old.sure || load.sure,
            text: old.text || load.text,
            part: old.part && load.part,
            context: old.context && load.context,
            pooled: old.pooled || load.pooled,
            only: self.src.memo.either(old.only, load.only),
        });
        if old != Some(new) {
            self.carriers.insert(binding, new);
            self.queue.push(binding);
        }
    }

    /// What cannot be read gets a value, and may put it into other fields of the structure that has it in some.
    pub(super) fn may_move(&mut self, load: Load) {
        if load.only.is_some() {
            self.moves();
        }
    }

    /// The value is put into memory: of which structures that is a part is not known. Nothing that is carried from then on
    /// is said to stand in some fields alone.
    pub(super) fn moves(&mut self) {
        if std::mem::replace(&mut self.moved, true) {
            return;
        }
        for (&binding, load) in &mut self.carriers {
            if load.only.take().is_some() {
                self.queue.push(binding);
            }
        }
    }

    /// The value is put into memory that a variable leads to. Whoever has that of one that was made here has it from the
    /// variable, which is followed now.
    pub(super) fn moves_into(&mut self, variable: BindingId) {
        if !self.is_own(variable) {
            self.moves();
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

    pub(super) fn mention(&mut self, mention: NodeId, load: Load) {
        let tree = self.src.tree;
        if access(tree, mention) == Access::Write || self.is_key_of_field(mention) {
            return;
        }
        let nest = self.src.nest;
        let mut around = nest.function(mention);
        while let Some(literal) = around {
            if literal <= self.region || !self.passed.insert((literal, load)) {
                break;
            }
            if tree.kind(literal) == Kind::FunctionLiteral && !self.called_on_the_spot(literal) {
                self.climb(literal, load.anywhere());
            }
            around = nest.function(literal);
        }
        self.climb(mention, load);
    }

    pub(super) fn called_on_the_spot(&self, literal: NodeId) -> bool {
        let tree = self.src.tree;
        let call = self.call_of(literal);
        call.is_some_and(|call| tree.parent(call).is_none_or(|parent| tree.kind(parent) != Kind::Go))
    }

    /// The call whose function is `id`, parentheses aside.
    pub(super) fn call_of(&self, id: NodeId) -> Option<NodeId> {
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
        while self.seen.insert((at, load.sure, load.text, load.only)) {
            match self.step(at, load) {
                Step::Stop => return,
                Step::On(next, with) => (at, load) = (next, self.still_only_in(next, with)),
            }
        }
    }

    /// The load with which the climb goes on at `next`: in which field of a structure a value stands is said by the key of a
    /// literal, and remains so for its address, and for what is found there.
    fn still_only_in(&self, next: NodeId, load: Load) -> Load {
        let tree = self.src.tree;
        match tree.kind(next) {
            Kind::KeyedElement => Load { only: self.field_keyed(next), ..load },
            // A call has the results of a function that was followed.
            Kind::LiteralValue | Kind::CompositeLiteral | Kind::Parenthesized | Kind::Unary | Kind::Call => {
                load
            }
            _ => load.anywhere(),
        }
    }

    /// The field that a keyed element of a literal gives a value, where the literal is of a structure that is at hand.
    fn field_keyed(&self, element: NodeId) -> Option<Fields> {
        let tree = self.src.tree;
        let literal = tree.parent(element).and_then(|value| tree.parent(value))?;
        let key = tree.named(element).next()?;
        let is_literal = tree.kind(literal) == Kind::CompositeLiteral;
        let field =
            self.src.own_field(self.src.type_of(literal), tree.text_of(key)).filter(|_| is_literal)?;
        Some(self.src.memo.fields(vec![field]))
    }

    /// Whether a name is that of a field which a literal of a structure gives a value, and no variable.
    fn is_key_of_field(&self, name: NodeId) -> bool {
        let tree = self.src.tree;
        if !tree.is_element_key(name) {
            return false;
        }
        // Around the key stand its element, the keyed one, and what is in the braces.
        let literal = tree.ancestors(name).nth(3);
        let types = self.src.written();
        literal
            .filter(|&literal| tree.kind(literal) == Kind::CompositeLiteral)
            .and_then(|literal| types.of_expression(literal))
            .is_some_and(|of| types.of_field(&of, tree.text_of(name)).is_some())
    }

    pub(super) fn step(&mut self, at: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(parent) = tree.parent(at) else { return Step::Stop };
        match tree.kind(parent) {
            Kind::CompositeLiteral if !load.part && self.is_error_of(parent, load) => {
                self.held_by_error(parent);
                Step::Stop
            }
            Kind::Parenthesized
            | Kind::LiteralElement
            | Kind::LiteralValue
            | Kind::KeyedElement
            | Kind::TypeAssertion
            | Kind::CompositeLiteral
            | Kind::VariadicArgument => Step::On(parent, load),
            Kind::TypeConversion if self.src.may_call(parent) => {
                let what = format!("what `{}` does with it is not known", self.text(parent));
                self.happen(Reason::UnknownUse, parent, what);
                self.unless_plain(parent, load)
            }
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

    pub(super) fn unless_plain(&mut self, value: NodeId, load: Load) -> Step {
        if load.text || self.src.type_of(value) != Type::Plain {
            return Step::On(value, load);
        }
        if load.sure
            && let Some(pointer) = self.pointer_to(value)
        {
            let what = format!("`{}` points into it", self.text(pointer));
            self.happen(Reason::UnknownUse, pointer, what);
        }
        Step::Stop
    }

    /// The address operator on plain data or a part of it, where the pointer is more than an operand of a call.
    fn pointer_to(&self, data: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let is_part = |id: NodeId| match tree.kind(id) {
            Kind::Selector | Kind::Parenthesized => true,
            Kind::Index => tree.child(id, Field::Operand).is_some_and(|of| tree.within(data, of)),
            _ => false,
        };
        let above = tree.ancestors(data).find(|&up| !is_part(up))?;
        let is_pointer = tree.kind(above) == Kind::Unary && tree.has_token(above, "&");
        let list = tree.parent(above).filter(|&up| tree.kind(up) == Kind::ArgumentList);
        let call = list.and_then(|list| tree.parent(list));
        let used = call.is_some_and(|call| !self.src.is_append(call));
        (is_pointer && !used).then_some(above)
    }

    pub(super) fn unary(&self, unary: NodeId, load: Load) -> Step {
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

    pub(super) fn call_named(&self, id: NodeId, name: &str) -> Option<NodeId> {
        (self.src.tree.kind(id) == Kind::Call && self.src.called_name(id) == name).then_some(id)
    }

    pub(super) fn index(&mut self, at: NodeId, index: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        if tree.field(at) == Field::Operand {
            return self.unless_plain(index, load);
        }
        if matches!(access(tree, index), Access::Write | Access::Update) && (load.sure || load.text) {
            self.moves();
            let root = self.src.root_variable(index);
            let header = self.src.root_variable(at).is_some_and(|key| self.is_counter(key));
            let into_itself = root.is_some_and(|root| self.carriers.contains_key(&root));
            if let Some(root) = root.filter(|&root| !into_itself && self.is_own(root)) {
                self.carry(root, load);
            } else if !header && !into_itself {
                let what = format!("`{}` stands as a key in {}", tree.text_of(at), self.describe(index));
                self.happen(Reason::NameEscapes, index, what);
            }
        }
        Step::Stop
    }

    /// A variable of the loop's header that only counts.
    pub(super) fn is_counter(&self, binding: BindingId) -> bool {
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

    pub(super) fn selector(&mut self, selector: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(load) = self.selected(selector, load) else { return Step::Stop };
        if let Some(call) = self.call_of(selector) {
            return self.method(call, selector, load);
        }
        if self.whole {
            return Step::Stop;
        }
        let operand = tree.child(selector, Field::Operand);
        let name = tree.child(selector, Field::Selected).map_or("", |name| tree.text_of(name));
        let known = operand.map_or(Type::Unknown, |operand| self.src.type_of(operand));
        let Type::Known(of) = known else {
            if matches!(known, Type::Node(_)) && !load.text && self.is_method(selector, known) {
                let what = format!("`{}` is a function that has it", self.text(selector));
                self.happen(Reason::UnknownUse, selector, what);
            }
            return self.unless_plain(selector, Load { part: true, ..load });
        };
        let fact = self.src.fact(of, name);
        if fact.is_some_and(|fact| !fact.field) {
            // A method value holds its receiver.
            return Step::On(selector, load);
        }
        match fact.map(|fact| fact.result(0)) {
            Some(outcome) => carried(outcome, load).map_or(Step::Stop, |load| Step::On(selector, load)),
            None => Step::On(selector, Load { sure: false, ..load }),
        }
    }

    /// What a selector finds of a value that stands in some fields alone: nothing in the others of the same structure.
    fn selected(&self, selector: NodeId, load: Load) -> Option<Load> {
        let tree = self.src.tree;
        let (of, name) = (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected));
        let (Some(of), Some(name), Some(only)) = (of, name, load.only) else { return Some(load) };
        let of = self.src.type_of(of);
        let only = self.src.memo.places(only);
        let name = tree.text_of(name);
        let promoted = || {
            let is_method = !matches!(self.src.callee_selected(selector, DEPTH), Callee::Unknown);
            self.src.promoting_field(of, name).filter(|_| !is_method)
        };
        match self.src.own_field(of, name).or_else(promoted) {
            Some(field) if only.contains(&field) => Some(load.anywhere()),
            // A pointer to a field leads into the structure, and what is data there may be its state.
            Some(_)
                if !load.text
                    && (access(tree, selector) == Access::Address
                        || self.src.type_of(selector) == Type::Plain) =>
            {
                Some(load.anywhere())
            }
            Some(_) if only.iter().all(|&field| self.src.is_field_of(of, field)) => None,
            // A method, or a field of something else.
            _ => Some(load),
        }
    }

    /// Whether a selector that is not called names a method.
    fn is_method(&self, selector: NodeId, of: Type) -> bool {
        let tree = self.src.tree;
        let name = tree.child(selector, Field::Selected).map_or("", |name| tree.text_of(name));
        self.src.kind_of_field(of, name).is_none()
            && matches!(self.src.callee_selected(selector, DEPTH), Callee::Declared(_) | Callee::Abstract(_))
    }

    pub(super) fn happen(&mut self, reason: Reason, at: NodeId, message: String) {
        self.happenings.push(Happening { reason, message, at });
    }
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
