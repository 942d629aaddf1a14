//! A value meets a call: as its receiver, its function, or an argument.

use super::carry::{Carry, Given, Load, Step};
use super::effects::{Operand, add_new};
use super::types::{Callee, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::{Fact, Outcome, Trait};
use crate::scope::BindingId;
use crate::verdict::Reason;
use crate::world::Place;

impl Carry<'_, '_> {
    /// A method of the value is called.
    pub(super) fn method(&mut self, call: NodeId, selector: NodeId, load: Load) -> Step {
        if self.starts_goroutine(call, load) {
            return Step::Stop;
        }
        match self.method_called(call) {
            Callee::Fact(fact) => {
                let raw = self.src.called_name(call) == "Scan" && self.src.mentions("RawBytes");
                if fact.result(0) == Outcome::Unknown || raw {
                    self.unknown_use(call, load);
                }
                if fact.is(Trait::Lends) {
                    self.lend(call, load);
                }
                if self.src.called_name(call) == "Scan" {
                    self.scanned(call, load);
                }
                self.uses.push(call);
                self.results(call, load)
            }
            // What is made of data alone leads nowhere.
            _ if !load.text && self.is_plain(selector) => Step::Stop,
            Callee::Declared(functions) => self.follow(call, functions, Operand::Receiver, load),
            Callee::Abstract(method) if !self.is_plain(selector) => {
                if self.only_uses(call, method) {
                    self.may_move(load);
                    if load.sure && !load.text && !load.part {
                        self.follow_behind(call, method, Operand::Receiver, load);
                    }
                    self.uses.push(call);
                } else {
                    self.unknown_use(call, load);
                }
                self.results(call, load)
            }
            _ if self.is_plain(selector) => Step::On(call, load.anywhere()),
            // A function in a field does not get what the field is of.
            _ if self.src.field_kind(selector) == Some(Kind::FunctionType) => {
                self.results(call, Load { sure: false, ..load })
            }
            _ => {
                self.unknown_use(call, load);
                self.results(call, Load { sure: false, ..load })
            }
        }
    }

    /// Whether data is made of the resource itself: then there is an error in it, which is an interface.
    pub(super) fn is_error_of(&self, value: NodeId, load: Load) -> bool {
        load.sure && !load.text && self.src.type_of(value) == Type::Plain
    }

    /// Whether the operand of a selector is plain data.
    pub(super) fn is_plain(&self, selector: NodeId) -> bool {
        let operand = self.src.tree.child(selector, Field::Operand);
        operand.is_some_and(|operand| self.src.type_of(operand) == Type::Plain)
    }

    /// Whether a type has room for nothing but data, while what is carried is more than that.
    fn is_data(&self, of: Type) -> bool {
        of == Type::Plain
            || matches!(of, Type::Node(_))
                && self.src.holds_nothing(of)
                && !self
                    .carriers
                    .keys()
                    .any(|&carrier| self.src.holds_nothing(self.src.type_of_variable(carrier)))
    }

    /// A method of an interface that gives back nothing but plain data, and whose name does not say that it sets
    /// something going: an implementation can keep nothing but itself.
    fn only_uses(&self, call: NodeId, method: Place) -> bool {
        let name = self.src.called_name(call);
        let Some((src, signature)) = self.src.at(method) else { return false };
        if src.is_remote(signature) {
            return true;
        }
        let plain = (0..src.results_of(signature))
            .all(|index| matches!(src.type_of_declared(signature, index, 8), Type::Plain | Type::Bytes));
        let functions = self.src.arguments(call).iter().any(|&argument| {
            matches!(self.src.tree.kind(argument), Kind::FunctionLiteral)
                || self.src.type_of(argument) == Type::Function
        });
        let goes_on = GOES_ON.iter().any(|start| name.starts_with(start)) && !DEADLINES.contains(&name);
        plain && !functions && !goes_on
    }

    /// Whether what a call does may go on after it has returned, by its name or by a function that it gets.
    fn may_go_on(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        let name = self.src.called_name(call);
        let literal = self.src.arguments(call).iter().any(|&argument| {
            tree.subtree(argument).any(|id| tree.kind(id) == Kind::FunctionLiteral)
                || matches!(self.src.type_of(argument), Type::Function)
        });
        // What gives nothing back says nothing of its end, and what this package declares would have been read.
        let told = tree.parent(call).is_some_and(|up| tree.kind(up) != Kind::ExpressionStatement)
            && self.src.function_of(call).is_some_and(|function| tree.kind(function) == Kind::Selector);
        name.is_empty()
            || !told
            || literal
            || SETS_GOING.iter().any(|start| name.starts_with(start) || starts_lower(name, start))
    }

    pub(super) fn starts_goroutine(&mut self, call: NodeId, load: Load) -> bool {
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

    /// The value itself is called.
    pub(super) fn called(&mut self, call: NodeId, load: Load) -> Step {
        if self.starts_goroutine(call, load) {
            return Step::Stop;
        }
        self.uses.push(call);
        match self.src.callee(call) {
            Callee::Unknown => Step::On(call, Load { sure: false, ..load.anywhere() }),
            _ => self.results(call, load),
        }
    }

    /// The value is an argument.
    pub(super) fn argument(&mut self, at: NodeId, list: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(call) = tree.parent(list) else { return Step::Stop };
        if self.starts_goroutine(call, load) {
            return Step::Stop;
        }
        let index = || tree.named(list).position(|argument| argument == at).unwrap_or(0);
        // Which of several results it is does not show (spec, "Calls").
        let takes_more =
            |place: Place| self.src.at(place).is_some_and(|(src, function)| src.parameters_of(function) > 1);
        if tree.kind(at) == Kind::Call
            && tree.named(list).count() == 1
            && self.src.functions_called(call).is_some_and(|functions| functions.iter().any(takes_more))
        {
            return self.unknown_call(at, call, load);
        }
        match self.src.callee(call) {
            Callee::Builtin => self.builtin(at, call, load),
            Callee::Conversion if self.is_error_of(call, load) && self.is_thing(at) => {
                self.held_by_error(call);
                Step::Stop
            }
            // A number that was a pointer leads to what stands there.
            Callee::Conversion
                if load.sure
                    && self.src.called_name(call) == "uintptr"
                    && self.src.type_of(at) != Type::Plain =>
            {
                let what = format!("`{}` is where it stands", self.text(call));
                self.happen(Reason::UnknownUse, call, what);
                Step::Stop
            }
            Callee::Conversion => self.unless_plain(call, load),
            Callee::Fact(fact) => self.known_call(fact, at, call, load),
            Callee::Declared(functions) | Callee::Returned(functions) => {
                self.follow(call, functions, Operand::Argument(index()), load)
            }
            Callee::Literal(literal) => self.follow_literal(call, literal, Operand::Argument(index()), load),
            Callee::Abstract(method) => {
                self.follow_behind(call, method, Operand::Argument(index()), load);
                self.unknown_call(at, call, load)
            }
            Callee::Unknown => match self.operand_called(call) {
                Some(to)
                    if tree.kind(at) != Kind::VariadicArgument
                        && (tree.kind(at) != Kind::Call || self.src.results_called(at) < 2) =>
                {
                    add_new(&mut self.given, [Given { to, index: index(), load: load.anywhere() }]);
                    self.may_move(load);
                    self.uses.push(call);
                    self.results(call, Load { sure: false, ..load })
                }
                _ => match self.functions_of_field(call) {
                    Some(functions) => {
                        self.follow_each(call, functions.into_iter(), Operand::Argument(index()), load)
                    }
                    None => self.unknown_call(at, call, load),
                },
            },
        }
    }

    /// The functions that a call of a field may come to, where all of them are known.
    fn functions_of_field(&self, call: NodeId) -> Option<Vec<Place>> {
        let field = self.src.function_of(call)?;
        let is_field = self.src.tree.kind(field) == Kind::Selector;
        self.src.functions_meant(field).filter(|_| is_field)
    }

    /// The operand of the function that is followed which a call calls, where no option is asked for.
    fn operand_called(&self, call: NodeId) -> Option<Operand> {
        let name = self.src.function_of(call).filter(|_| self.options.is_none())?;
        let function = self.function_followed()?;
        self.src.operand_meant(function, name).or_else(|| self.src.option_called(function, call))
    }

    pub(super) fn builtin(&mut self, at: NodeId, call: NodeId, load: Load) -> Step {
        match self.src.called_name(call) {
            "append" => {
                self.appended(at, call, load);
                let copied = self.src.tree.kind(at) == Kind::VariadicArgument
                    && matches!(self.src.type_of(call), Type::Bytes | Type::Plain);
                if copied && !load.text { Step::Stop } else { Step::On(call, load) }
            }
            "copy" => {
                let arguments = self.src.arguments(call);
                if let [to, from] = arguments[..]
                    && from == at
                    && !matches!(self.src.type_of(at), Type::Bytes | Type::Plain)
                {
                    self.moves();
                    match self.src.root_variable(to).filter(|&root| self.is_operand(root)) {
                        // Whoever has the slice has the element too.
                        Some(root) => self.hold(root, true, load.anywhere()),
                        None => self.assign(to, at, load),
                    }
                }
                Step::Stop
            }
            "min" | "max" if load.text => Step::On(call, load),
            "panic" if !load.text => {
                self.happen(Reason::UnknownUse, call, "whoever recovers may keep it".to_owned());
                Step::Stop
            }
            // Since Go 1.26, a pointer to a copy of the value.
            "new" => self.unless_plain(call, load),
            _ => Step::Stop,
        }
    }

    /// What is appended may come to stand in memory of the slice that it is appended to, whoever else has that.
    fn appended(&mut self, at: NodeId, call: NodeId, load: Load) {
        let tree = self.src.tree;
        let Some(slice) = self.src.arguments(call).first().copied().filter(|&first| first != at) else {
            return;
        };
        let load = load.anywhere();
        let Some(root) = self.src.root_variable(slice) else { return self.moves() };
        self.moves_into(root);
        let list = tree.parent(call).unwrap_or(call);
        let targets = self.src.targets_of(list).unwrap_or_default();
        let place = tree.operands(list).iter().position(|&value| value == call).unwrap_or(0);
        let target = targets.get(place).and_then(|&target| self.src.root_variable(target));
        let is_own = self.is_own(root);
        if is_own && target != Some(root) {
            self.carry(root, load);
        }
        if is_own || target == Some(root) && !self.is_local(root) {
            return;
        }
        if self.is_operand(root) {
            self.hold(root, true, load);
        } else if self.is_local(root) || !self.is_overwritten(root) {
            let what =
                format!("it is put behind {}, which may be reached from elsewhere", self.describe(slice));
            self.happen(Reason::UnknownResultLeaves, call, what);
        }
    }

    pub(super) fn known_call(&mut self, fact: &Fact, at: NodeId, call: NodeId, load: Load) -> Step {
        let literal = self.src.tree.kind(at) == Kind::FunctionLiteral;
        if literal && self.runs_in_parallel(at) {
            self.happen(Reason::CapturedByLiteral, call, "a parallel subtest uses it".to_owned());
            return Step::Stop;
        }
        if load.sure && !load.text {
            self.called_back(at, call, load);
            self.copied_into(at, call, load);
        }
        if load.text && fact.is(Trait::Sets) {
            let what = format!("`{}` leaves its name in the state of the process", self.text(call));
            self.happen(Reason::NameEscapes, call, what);
            return Step::Stop;
        }
        if load.sure && !load.text && self.is_thing(at) && self.wraps(call, at) {
            self.held_by_error(call);
            return Step::Stop;
        }
        if fact.is(Trait::Behind) {
            // The deferred calls came before it as the code was, too (testing.T.Cleanup: when the test has completed).
            return Step::Stop;
        }
        if fact.is(Trait::Later) {
            let what = format!("`{}` keeps it for later", self.text(call));
            let reason = if self.joined(call) { Reason::JoinedGoroutine } else { Reason::CapturedByLiteral };
            self.happen(reason, call, what);
            return Step::Stop;
        }
        if fact.is(Trait::Retains) {
            self.moves();
            return match self.src.root_variable(call) {
                Some(root) if self.is_own(root) && self.is_called_on(call, root) => {
                    self.carry(root, load);
                    self.results(call, load)
                }
                Some(root) if self.is_renewed(fact, call, root) => {
                    self.carry(root, load);
                    self.results(call, load)
                }
                Some(root) if fact.is(Trait::Renews) && self.is_operand(root) && self.is_near(call) => {
                    self.hold(root, false, load);
                    self.results(call, load)
                }
                None if self.is_on_a_new_value(call) => self.results(call, load),
                root => {
                    let what = format!("`{}` retains it", self.text(call));
                    let replaced = fact.is(Trait::Renews)
                        && root.is_none_or(|root| self.is_local(root) || !self.is_looked_at_later(root));
                    self.happen(
                        if replaced { Reason::UnknownUse } else { Reason::StoredOutside },
                        call,
                        what,
                    );
                    Step::Stop
                }
            };
        }
        if load.text
            && let Some(text) = self.text_written_to(call)
        {
            if self.is_own(text) {
                self.moves();
                self.carry(text, load);
                return Step::Stop;
            }
            if !self.is_local(text) && self.is_looked_at_later(text) {
                let name = self.src.scopes.get(text).name;
                let what = format!("its name is written to `{name}`, which outlives the iteration");
                self.happen(Reason::NameEscapes, call, what);
                return Step::Stop;
            }
        }
        let resource = matches!(self.src.type_of(at), Type::Known(_));
        let names = load.text && !literal && !resource && !self.is_number_for_itself(call, at);
        if names && !fact.is(Trait::Forgets) && (!self.takes_names(call) || self.is_written_down(call, at)) {
            self.unknown_use(call, load);
            return self.results(call, Load { sure: false, ..load });
        }
        if !load.pooled && self.is_put_back_empty(call, at) {
            self.uses.push(call);
            return Step::Stop;
        }
        if fact.result(0) == Outcome::Unknown {
            self.unknown_use(call, load);
        }
        if fact.is(Trait::Lends) {
            self.lend(call, load);
        }
        self.uses.push(call);
        self.results(call, load)
    }

    /// Whether an argument is what a file is to have, which others may read.
    fn is_written_down(&self, call: NodeId, argument: NodeId) -> bool {
        self.src.called_name(call) == "WriteFile" && self.src.arguments(call).get(1) == Some(&argument)
    }

    /// Whether a method of what holds a name gets a number, as an offset is, that is found beside the name.
    fn is_number_for_itself(&self, call: NodeId, argument: NodeId) -> bool {
        let on = self.src.receiver_of(call).and_then(|on| self.src.root_variable(on));
        on.is_some_and(|on| self.carriers.contains_key(&on)) && self.src.is_number(argument)
    }

    /// The variable of a text in memory that a call writes to.
    fn text_written_to(&self, call: NodeId) -> Option<BindingId> {
        let name = self.src.called_name(call);
        let operand = self.src.receiver_of(call)?;
        let writer = match self.src.import_path(operand) {
            Some("fmt") if name.starts_with("Fprint") => self.src.arguments(call).first().copied()?,
            None if name.starts_with("Write") => operand,
            _ => return None,
        };
        let root = self.src.root_variable(writer)?;
        let is_text =
            matches!(self.src.type_of_variable(root), Type::Known("strings.Builder" | "bytes.Buffer"));
        is_text.then_some(root)
    }

    /// Whether the error that a call gives back holds an argument: `%w` does, what other verbs say of it is a text.
    fn wraps(&self, call: NodeId, argument: NodeId) -> bool {
        let tree = self.src.tree;
        let path = self.src.receiver_of(call);
        match (path.and_then(|path| self.src.import_path(path)), self.src.called_name(call)) {
            (Some("errors"), "Join") => true,
            (Some("fmt"), "Errorf") => {
                let arguments = self.src.arguments(call);
                let verbs = arguments.first().and_then(|&format| verbs(tree.text_of(format)));
                let place = arguments.iter().position(|&given| tree.within(argument, given));
                let verb =
                    verbs.zip(place).and_then(|(verbs, place)| verbs.get(place.checked_sub(1)?).copied());
                verb.is_none_or(|verb| verb == 'w')
            }
            _ => false,
        }
    }

    /// Whether a method is called on a variable, or on what belongs to it as the table knows its type.
    fn is_called_on(&self, call: NodeId, root: BindingId) -> bool {
        let receiver = self.src.receiver_of(call).map(|receiver| self.src.tree.unparenthesized(receiver));
        receiver.is_none_or(|receiver| self.src.tree.kind(receiver) == Kind::Identifier)
            || matches!(self.src.type_of_variable(root), Type::Known(_))
    }

    /// Whether a method is called on a variable or on a field of it, not on what one of these leads to.
    fn is_near(&self, call: NodeId) -> bool {
        let tree = self.src.tree;
        let receiver = self.src.receiver_of(call).map(|receiver| tree.unparenthesized(receiver));
        receiver.is_some_and(|receiver| {
            let of = tree.child(receiver, Field::Operand).unwrap_or(receiver);
            matches!(tree.kind(receiver), Kind::Identifier | Kind::Selector)
                && tree.kind(of) == Kind::Identifier
        })
    }

    /// A method of what another call has just made.
    fn is_on_a_new_value(&self, call: NodeId) -> bool {
        let operand = self.src.receiver_of(call);
        operand.is_some_and(|operand| self.is_made(self.src.tree.unparenthesized(operand), 0, None))
    }

    /// The call hands the value, or what is built from it, to a function that it gets: to its parameters.
    fn lend(&mut self, call: NodeId, load: Load) {
        let literals: Vec<NodeId> =
            self.src.arguments(call).into_iter().filter_map(|argument| self.literal(argument)).collect();
        if literals.is_empty() {
            self.unknown_use(call, load);
        }
        let src = self.src;
        for (_, name) in literals.into_iter().flat_map(|literal| src.operands_of(literal)) {
            let parameter = name.and_then(|name| src.scopes.meaning(name));
            let Some(parameter) = parameter else { continue };
            let name = self.src.scopes.get(parameter).name;
            if !super::is_error_name(name)
                && (load.text || self.src.type_of_variable(parameter) != Type::Plain)
            {
                self.carry(parameter, Load { part: false, ..load.anywhere() });
            }
        }
    }

    /// The function literal of the region that an argument is, or stands for.
    fn literal(&self, argument: NodeId) -> Option<NodeId> {
        if self.src.tree.kind(argument) == Kind::FunctionLiteral {
            return Some(argument);
        }
        let literal = self.src.literal_of(self.src.scopes.meaning(argument)?)?;
        self.src.tree.within(literal, self.region).then_some(literal)
    }

    /// A function literal that goes on after the call that it is given to: a parallel subtest.
    pub(super) fn runs_in_parallel(&self, function: NodeId) -> bool {
        let tree = self.src.tree;
        tree.subtree(function).any(|id| tree.kind(id) == Kind::Call && self.src.called_name(id) == "Parallel")
    }

    /// Functions that take names and do not write them down anywhere.
    pub(super) fn takes_names(&self, call: NodeId) -> bool {
        if matches!(self.src.callee(call), Callee::Fact(fact) if fact.is(Trait::Names) || fact.is(Trait::Logs))
        {
            return true;
        }
        let Some(operand) = self.src.receiver_of(call) else { return false };
        match self.src.import_path(operand) {
            Some("fmt") => !self.src.called_name(call).starts_with(['F', 'A']),
            Some("encoding/json") => self.src.called_name(call).starts_with("Marshal"),
            Some(path) => NAMES.contains(&path),
            None => false,
        }
    }

    pub(super) fn unknown_call(&mut self, at: NodeId, call: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let statement = tree.parent(call).filter(|&parent| tree.kind(parent) == Kind::ExpressionStatement);
        let is_literal = tree.kind(at) == Kind::FunctionLiteral;
        let test = self.src.arguments(call).first().is_some_and(|&first| self.src.is_test(first));
        if is_literal && statement.is_some() && !test {
            let joined = self.joined(call);
            let reason = if joined { Reason::JoinedGoroutine } else { Reason::CapturedByLiteral };
            let what = format!("a function that mentions it is handed to `{}`", self.named(call));
            self.happen(reason, at, what);
            return Step::Stop;
        }
        let asks = self.options.is_some() && load.sure && !load.text;
        let function = self.src.tree.parent(self.region).filter(|_| asks);
        if let Some(option) = function.and_then(|function| self.src.option_called(function, call)) {
            add_new(self.options.get_or_insert_default(), [option]);
            return Step::Stop;
        }
        let context = load.context || self.src.type_of(at) == Type::Known("context.Context");
        let load = Load { context, ..load };
        self.unknown_use(call, load);
        if is_literal { Step::Stop } else { self.results(call, Load { sure: false, ..load }) }
    }

    /// A call that nothing is known of gets the value. Those that get a context use it until they return: by its
    /// documentation it is not to be kept, and functions that set something going say so in their names.
    pub(super) fn unknown_use(&mut self, call: NodeId, load: Load) {
        self.may_move(load);
        if load.context && !load.text && !self.may_go_on(call) {
            self.uses.push(call);
            return;
        }
        if load.sure || load.text {
            let what = format!("what `{}` does with it is not known", self.named(call));
            self.happen(Reason::UnknownUse, call, what);
        } else {
            let what = format!("`{}` gets something that may hold it", self.named(call));
            self.happen(Reason::UnknownUse, call, what);
        }
    }

    /// Goes on with the results of a call that hold the value.
    pub(super) fn results(&mut self, call: NodeId, load: Load) -> Step {
        self.results_in_field(call, load.anywhere())
    }

    /// The same, where the load says in which field of a result the value stands.
    pub(super) fn results_in_field(&mut self, call: NodeId, load: Load) -> Step {
        let tree = self.src.tree;
        let Some(parent) = tree.parent(call) else { return Step::Stop };
        let several = matches!(tree.kind(parent), Kind::ExpressionList | Kind::VarSpec)
            && self
                .src
                .targets_of(parent)
                .is_some_and(|targets| targets.len() > 1 && self.only_value(call, parent));
        if !several {
            // All of them may be arguments, or results of the function around it (spec, "Calls", "Return statements").
            let held = (0..self.src.results_called(call)).find_map(|index| self.result(call, index, load));
            return held.map_or(Step::Stop, |load| Step::On(call, load));
        }
        for (index, target) in self.src.targets_of(parent).unwrap_or_default().into_iter().enumerate() {
            if let Some(load) = self.result(call, index, load) {
                self.assign(target, call, load);
            }
        }
        Step::Stop
    }

    pub(super) fn only_value(&self, call: NodeId, parent: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.kind(parent) == Kind::ExpressionList { tree.operands(parent) == [call] } else { true }
    }

    /// Whether a method gives back a field of its receiver that ends with it, and nothing else.
    fn gives_what_ends(&self, method: Place) -> bool {
        let Some((src, function)) = self.src.at(method).filter(|_| !self.ended.is_empty()) else {
            return false;
        };
        let tree = src.tree;
        let Some(body) = tree.child(function, Field::Body) else { return false };
        let [only] = tree.statements(body)[..] else { return false };
        let given = tree.named(only).next().map_or_else(Vec::new, |list| tree.operands(list));
        let [field] = given[..] else { return false };
        let of_receiver = src.operands_of(function).into_iter().any(|(operand, name)| {
            operand == Operand::Receiver
                && name.is_some_and(|name| src.scopes.meaning(name) == src.root_variable(field))
        });
        tree.kind(only) == Kind::Return
            && tree.kind(field) == Kind::Selector
            && of_receiver
            && tree.child(field, Field::Selected).is_some_and(|name| self.ended.contains(&tree.text_of(name)))
    }

    /// Whether and how one result of a call holds the value.
    pub(super) fn result(&self, call: NodeId, index: usize, load: Load) -> Option<Load> {
        match self.src.callee(call) {
            Callee::Declared(functions) if functions.iter().all(|place| self.gives_what_ends(place)) => {
                Some(load)
            }
            Callee::Fact(fact) => carried(fact.result(index), load),
            Callee::Conversion | Callee::Builtin => Some(load),
            Callee::Declared(_) | Callee::Literal(_) | Callee::Abstract(_) | Callee::Returned(_) => {
                match self.src.type_of_result(call, index, 8) {
                    of if !load.text && self.is_data(of) => None,
                    // A context is no bytes.
                    of if load.context && !load.text && self.src.is_bytes_and_data(of) => None,
                    Type::Bytes => Some(Load { sure: false, ..load }),
                    _ => Some(load),
                }
            }
            Callee::Unknown => Some(Load { sure: false, ..load }),
        }
    }
}

/// Methods of net.Conn that set nothing going, though their names begin like those of others that do.
const DEADLINES: &[&str] = &["SetDeadline", "SetReadDeadline", "SetWriteDeadline"];

/// Beginnings of the names of methods that set something going.
const GOES_ON: &[&str] = &[
    "Start",
    "Run",
    "Go",
    "Serve",
    "Listen",
    "Watch",
    "Subscribe",
    "Open",
    "Connect",
    "Dial",
    "Accept",
    "Join",
    "Register",
    "Add",
    "Attach",
    "Bind",
    "Enable",
    "Init",
    "Launch",
    "Begin",
    "Schedule",
    "Spawn",
    "Notify",
    "Mount",
    "Lock",
    "Acquire",
    "Set",
    "Handle",
    "On",
    "Async",
    "Background",
    "Loop",
    "Poll",
    "Resume",
    "Follow",
    "Stream",
    "Forward",
];

fn starts_lower(name: &str, start: &str) -> bool {
    name.len() >= start.len()
        && name.is_char_boundary(start.len())
        && name[..start.len()].eq_ignore_ascii_case(start)
}

/// Beginnings of the names of functions that leave something going which they have given a context.
const SETS_GOING: &[&str] = &[
    "Start",
    "Run",
    "Serve",
    "Listen",
    "Watch",
    "Subscribe",
    "Go",
    "Launch",
    "Spawn",
    "Schedule",
    "Loop",
    "Poll",
    "Follow",
    "Notify",
    "Monitor",
    "Register",
    "Background",
    "Async",
    "Keep",
    "Handle",
    "Resume",
    "Forward",
    "Join",
    "Init",
    "Setup",
    "Mount",
    "Attach",
    "Bootstrap",
    "Enqueue",
    "Submit",
    "Dispatch",
    "Trigger",
    "Produce",
    "Consume",
    "Publish",
];

/// The verbs of a format that is a literal, one for each argument; nothing where it counts arguments itself.
fn verbs(format: &str) -> Option<Vec<char>> {
    format.strip_prefix(['"', '`'])?;
    let mut verbs = Vec::new();
    let mut pieces = format.split('%').skip(1);
    while let Some(piece) = pieces.next() {
        if piece.is_empty() {
            pieces.next();
            continue;
        }
        let verb = piece.trim_start_matches(|sign: char| "#+- .0123456789".contains(sign)).chars().next()?;
        if matches!(verb, '*' | '[') {
            return None;
        }
        verbs.push(verb);
    }
    Some(verbs)
}

/// Packages whose functions use paths and addresses, and keep none.
const NAMES: &[&str] = &[
    "os",
    "os/exec",
    "path",
    "path/filepath",
    "strings",
    "io/ioutil",
    "io/fs",
    "log",
    "net",
    "net/http",
    "net/url",
    "strconv",
    "unicode/utf8",
    "html",
    "errors",
    "github.com/stretchr/testify/require",
    "github.com/stretchr/testify/assert",
    "github.com/pkg/errors",
];

pub(super) fn carried(outcome: Outcome, load: Load) -> Option<Load> {
    match outcome {
        Outcome::Plain | Outcome::Other => None,
        Outcome::Name | Outcome::Text => load.text.then_some(load),
        Outcome::Address => Some(Load { text: true, ..load }),
        Outcome::Memory => Some(load),
        Outcome::Value { .. } if load.text => Some(Load { sure: false, ..load }),
        Outcome::Value { holds, .. } => holds.then_some(load),
        Outcome::Unknown => Some(Load { sure: false, ..load }),
    }
}
