//! How a deferred call is written as a plain statement: what has to be kept in variables where the defer stands, and the
//! statement itself.

use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::names::Taken;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::lines::Lines;
use crate::passes::pieces::Piece;
use crate::passes::{Refusal, receivers, wishes};
use crate::region::Group;
use crate::scope::BindingId;
use crate::signature::means_the_same;
use crate::span::Span;
use crate::steady::Steady;
use crate::verdict::Reason;

/// A deferred call in plain statements.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// What takes the place of the defer; empty where nothing does.
    pub(crate) kept: Vec<Piece>,
    /// What is written wherever the call is made.
    pub(crate) call: Piece,
    /// The variable that is called, where nothing is given to it.
    pub(crate) held: Option<Held>,
}

/// What a variable holds that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// A function literal without parameters and results.
    Literal(String),
    /// Whatever the defer would have called.
    Function(String),
}

/// Where a call is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Uses<'u> {
    /// Offsets at which it will stand.
    pub(crate) places: &'u [usize],
    /// What runs between the defer and the last of them.
    pub(crate) between: Span,
    /// It stands once, where the defer did.
    pub(crate) here: bool,
    /// Variables that hold the same from their declaration on.
    pub(crate) steady: &'u [BindingId],
}

/// Writes the calls of one function; names that it makes up are used once.
pub(crate) struct Writer<'w, 'a, 't> {
    file: &'w File<'a, 't>,
    ask: Ask<'a, 't>,
    group: &'w Group,
    taken: Taken<'a, 't>,
    names: Vec<String>,
}

impl<'w, 'a, 't> Writer<'w, 'a, 't> {
    /// `names` are used already.
    pub(crate) fn new(file: &'w File<'a, 't>, group: &'w Group, names: Vec<String>) -> Self {
        let taken = Taken::by(file.tree, file.scopes, group.function);
        Writer { file, ask: file.ask(), group, taken, names }
    }

    /// A name that nothing has.
    pub(crate) fn name(&mut self, wishes: &[&str]) -> String {
        let name = self.taken.besides(&self.names, wishes);
        self.names.push(name.clone());
        name
    }

    /// A name that nothing has, for a variable of one block only: other blocks may use it again.
    pub(crate) fn name_for_block(&self, wishes: &[&str]) -> String {
        self.taken.besides(&self.names, wishes)
    }

    /// The plain statements for one deferred call.
    pub(crate) fn release(&mut self, call: NodeId, uses: &Uses<'_>) -> Result<Release, Refusal> {
        let tree = self.file.tree;
        let function = tree.child(call, Field::Function).map(|function| tree.unparenthesized(function));
        match function {
            Some(literal) if tree.kind(literal) == Kind::FunctionLiteral => self.literal(call, literal, uses),
            Some(function) => self.plain(call, function, uses),
            None => self.refuse(call),
        }
    }

    fn refuse<T>(&self, at: NodeId) -> Result<T, Refusal> {
        Err(Refusal { reason: Reason::CallNotMovable, at: self.file.tree.span(at) })
    }

    fn steady(&self, uses: &Uses<'_>) -> Steady<'w, 'a, 't> {
        Steady::new(self.file, self.group.function, self.group.iteration, uses.between)
    }

    /// Whether the names in a node mean the same wherever it is to stand.
    fn is_same_everywhere(&self, node: NodeId, uses: &Uses<'_>) -> bool {
        uses.places.iter().all(|&at| means_the_same(self.file.tree, self.file.scopes, node, at))
    }

    fn piece(&self, span: Span, from: NodeId) -> Piece {
        let tree = self.file.tree;
        Piece::of(tree, self.file.lines, span, tree.start(from), "")
    }

    /// A call of a function, a method or a function value.
    fn plain(&mut self, call: NodeId, function: NodeId, uses: &Uses<'_>) -> Result<Release, Refusal> {
        if self.is_no_statement(call) {
            return self.refuse(call);
        }
        let commented = self.file.tree.subtree(call).any(|id| self.file.tree.kind(id) == Kind::Comment);
        let tree = self.file.tree;
        let mut kept = Vec::new();
        let steady = uses.here
            || self.is_method_of(function, uses.steady)
            || self.steady(uses).is_callee(call) && !receivers::may_panic(self.file, call);
        let as_it_is = steady && self.is_same_everywhere(function, uses);
        let callee = if as_it_is {
            tree.text_of(function).to_owned()
        } else {
            let wish = wishes::for_callee(tree, function);
            let name = self.name(&[&wish, "release"]);
            kept.push(self.piece(tree.span(function), call).between(&format!("{name} := "), ""));
            name
        };
        let (arguments, all_as_they_are) = self.arguments(call, uses, &mut kept)?;
        let single = uses.places.len() == 1;
        if commented && !(single && as_it_is && all_as_they_are) {
            return self.refuse(call);
        }
        if as_it_is && all_as_they_are {
            let call = self.piece(tree.span(call), call);
            return Ok(Release { kept, call, held: None });
        }
        let held = (!as_it_is && arguments.is_empty()).then(|| Held::Function(callee.clone()));
        Ok(Release { kept, call: Piece::line(format!("{callee}({arguments})")), held })
    }

    /// `x.M` with one of some variables.
    fn is_method_of(&self, function: NodeId, variables: &[BindingId]) -> bool {
        let tree = self.file.tree;
        let operand = tree.child(function, Field::Operand).filter(|_| tree.kind(function) == Kind::Selector);
        let variable = operand.and_then(|operand| self.file.scopes.meaning(operand));
        variable.is_some_and(|variable| variables.contains(&variable))
    }

    /// The arguments where they are written again. Those that may change get a variable. Whether none does.
    fn arguments(
        &mut self,
        call: NodeId,
        uses: &Uses<'_>,
        kept: &mut Vec<Piece>,
    ) -> Result<(String, bool), Refusal> {
        let tree = self.file.tree;
        let list = tree.child(call, Field::Arguments);
        let arguments: Vec<NodeId> = list.map_or_else(Vec::new, |list| tree.named(list).collect());
        let steady = self.steady(uses);
        let mut texts = Vec::new();
        let mut all = true;
        if let [only] = arguments[..]
            && tree.kind(only) == Kind::Call
            && !uses.here
            && self.ask.may_be_all(only, call)
        {
            return self.refuse(only);
        }
        for argument in arguments {
            let is_steady = uses.here || steady.is_value(argument);
            if is_steady && self.is_same_everywhere(argument, uses) {
                texts.push(crate::signature::type_text(tree, argument));
                continue;
            }
            all = false;
            let (value, dots) = match tree.kind(argument) {
                Kind::VariadicArgument => (tree.named(argument).next().unwrap_or(argument), "..."),
                _ => (argument, ""),
            };
            if !self.has_own_type(value) {
                return self.refuse(argument);
            }
            let wish = wishes::for_argument(tree, value);
            let name = self.name(&[&wish, "arg"]);
            kept.push(self.piece(tree.span(value), call).between(&format!("{name} := "), ""));
            texts.push(format!("{name}{dots}"));
        }
        Ok((texts.join(", "), all))
    }

    /// Whether a variable that is declared with the value has the type that the value has where it stands: an untyped
    /// constant or comparison takes its type from there.
    pub(crate) fn has_own_type(&self, value: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let mut todo = vec![value];
        while let Some(part) = todo.pop() {
            let child = |field| tree.child(part, field);
            let has = |signs: &[&str]| signs.iter().any(|sign| tree.has_token(part, sign));
            let is_typed = match tree.kind(part) {
                Kind::Identifier => scopes.meaning(part).is_some_and(|binding| self.ask.is_variable(binding)),
                Kind::Call => !matches!(
                    self.ask.called(part),
                    Called::Builtin("min" | "max" | "complex" | "real" | "imag")
                ),
                Kind::Selector => {
                    child(Field::Operand).and_then(|operand| scopes.import_path(operand)).is_none()
                }
                Kind::Index
                | Kind::Slice
                | Kind::TypeAssertion
                | Kind::CompositeLiteral
                | Kind::FunctionLiteral
                | Kind::TypeConversion => true,
                Kind::Unary if has(&["&"]) => true,
                Kind::Binary if has(UNTYPED) => false,
                // One operand with a type is enough for the whole.
                Kind::Parenthesized | Kind::Unary | Kind::Binary => {
                    todo.extend(tree.named(part));
                    false
                }
                _ => false,
            };
            if is_typed {
                return true;
            }
        }
        false
    }

    /// What Go or its vet does not take as a statement of its own, and what ends the function.
    fn is_no_statement(&self, call: NodeId) -> bool {
        match self.ask.called(call) {
            Called::Builtin(name) => matches!(name, "panic" | "recover"),
            Called::Conversion => true,
            Called::Known { owner, name, .. } => {
                UNUSED.iter().any(|(known, names)| *known == owner && names.contains(&name))
            }
            _ => false,
        }
    }

    /// A function literal: its statements where they can stand for themselves, else a variable that holds it.
    fn literal(&mut self, call: NodeId, literal: NodeId, uses: &Uses<'_>) -> Result<Release, Refusal> {
        let tree = self.file.tree;
        let single = uses.places.len() == 1;
        if self.is_same_everywhere(call, uses) {
            let body = self.unwrapped(call, literal, single);
            if let Some(body) = body {
                return Ok(Release { kept: Vec::new(), call: body, held: None });
            }
            if single && self.steady_arguments(call, uses) {
                return Ok(Release { kept: Vec::new(), call: self.piece(tree.span(call), call), held: None });
            }
        }
        let outside = |id: NodeId| tree.kind(id) == Kind::Comment && !tree.within(id, literal);
        if tree.subtree(call).any(outside) {
            return self.refuse(call);
        }
        let mut kept = Vec::new();
        let name = self.name(&["release"]);
        kept.push(self.piece(tree.span(literal), call).between(&format!("{name} := "), ""));
        let (arguments, _) = self.arguments(call, uses, &mut kept)?;
        let takes_nothing = arguments.is_empty() && !self.has_results(literal);
        let held = takes_nothing.then(|| Held::Literal(name.clone()));
        Ok(Release { kept, call: Piece::line(format!("{name}({arguments})")), held })
    }

    fn has_results(&self, literal: NodeId) -> bool {
        self.file.tree.child(literal, Field::Result).is_some()
    }

    fn steady_arguments(&self, call: NodeId, uses: &Uses<'_>) -> bool {
        let tree = self.file.tree;
        let list = tree.child(call, Field::Arguments);
        let mut arguments = list.into_iter().flat_map(|list| tree.named(list));
        uses.here || arguments.all(|argument| self.steady(uses).is_value(argument))
    }

    /// The statements of a literal without parameters that declares nothing, returns nowhere and defers nothing. More than
    /// once only where it is one short statement.
    fn unwrapped(&self, call: NodeId, literal: NodeId, single: bool) -> Option<Piece> {
        let tree = self.file.tree;
        let body = tree.child(literal, Field::Body)?;
        let statements = tree.statements(body);
        let takes = |field| {
            tree.child(literal, field)
                .or_else(|| tree.child(call, field))
                .is_some_and(|list| tree.named(list).next().is_some())
        };
        let declares = |&id: &NodeId| {
            matches!(
                tree.kind(id),
                Kind::ShortVar
                    | Kind::VarDeclaration
                    | Kind::ConstDeclaration
                    | Kind::TypeDeclaration
                    | Kind::Labeled
            )
        };
        let leaves = |id: NodeId| matches!(tree.kind(id), Kind::Return | Kind::Defer | Kind::Goto);
        let (&first, &last) = (statements.first()?, statements.last()?);
        let aside = |id: NodeId| tree.kind(id) == Kind::Comment && !tree.within(id, body);
        if takes(Field::Parameters)
            || tree.subtree(call).any(aside)
            || tree.child(literal, Field::Result).is_some()
            || takes(Field::Arguments)
            || statements.iter().any(declares)
            || tree.own_subtree(body).any(leaves)
            || !self.file.flow.completes(body)
        {
            return None;
        }
        let short = first == last
            && matches!(tree.kind(first), Kind::ExpressionStatement | Kind::Assignment)
            && !tree.text_of(body).contains("//")
            && !tree.text_of(body).contains("/*")
            && !tree.text_of(first).contains('\n');
        if !single {
            return short.then(|| Piece::line(tree.text_of(first)));
        }
        let (open, close) = (tree.start(body) + 1, tree.end(body) - 1);
        let inner = Span::new(open, close).of(tree.text);
        let start = open + (inner.len() - inner.trim_start().len());
        let end = open + inner.trim_end().len();
        let on_lines = inner.contains('\n');
        if !on_lines && statements.len() > 1 && !inner.contains("/*") {
            return Some(Piece::lines(statements.iter().map(|&statement| tree.text_of(statement))));
        }
        let more = if on_lines { "\t" } else { "" };
        let piece = Piece::of(tree, self.file.lines, Span::new(start, end), tree.start(call), more);
        // What follows on the line of the defer must not become part of a comment.
        let is_apart = |defer| Lines::new(self.file).ends_line(defer);
        (!piece.ends_in_comment() || tree.parent(call).is_some_and(is_apart)).then_some(piece)
    }
}

/// Operators whose results have the type of another operand, or none of their own.
const UNTYPED: &[&str] = &["<<", ">>", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

/// Functions whose results vet wants to be used.
const UNUSED: &[(&str, &[&str])] = &[
    ("context", &["WithCancel", "WithDeadline", "WithTimeout", "WithValue"]),
    ("errors", &["New"]),
    ("fmt", &["Append", "Appendf", "Appendln", "Errorf", "Sprint", "Sprintf", "Sprintln"]),
    ("sort", &["Reverse"]),
];
