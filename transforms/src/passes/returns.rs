//! A `return` that a plain call is to stand in front of: its operands are evaluated first, as a deferred call finds them
//! (specification, "Return statements"), so that those which the call could change go to variables.

use crate::edit::Edit;
use crate::facts::File;
use crate::lifetime::{Ask, Called};
use crate::lower::operands;
use crate::nilness::arguments;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::lines::Lines;
use crate::passes::pieces::Piece;
use crate::passes::release::Writer;
use crate::region::Group;
use crate::scope::{Access, BindingId, Declares, access};
use crate::signature::{Results, is_error};
use crate::verdict::Reason;

/// What is known about the calls in front of a `return`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls<'c> {
    /// The calls of the defers.
    pub(crate) calls: &'c [NodeId],
    /// The variables that hold what they release; nothing where that is not known.
    pub(crate) holders: Option<&'c [BindingId]>,
}

/// Rewrites the returns of one function.
pub(crate) struct Returns<'r, 'a, 't> {
    file: &'r File<'a, 't>,
    ask: Ask<'a, 't>,
    group: &'r Group,
    results: Results<'t>,
    seen: Seen,
}

/// Who sees the named results while the function returns, besides its own statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Nobody,
    /// A function that is deferred elsewhere: it sees them earlier only if a call panics.
    Elsewhere,
    /// Perhaps the calls themselves.
    Here,
}

impl<'r, 'a, 't> Returns<'r, 'a, 't> {
    pub(crate) fn new(file: &'r File<'a, 't>, group: &'r Group) -> Self {
        let results = Results::of(file.tree, file.scopes, group.function);
        let seen = seen(file, group, &results);
        Returns { file, ask: Ask::of(file), group, results, seen }
    }

    /// The edits that put `statements` in front of a return, and whether somebody else may see the results at another
    /// moment than before.
    pub(crate) fn edits(
        &self,
        at: NodeId,
        statements: &[Piece],
        calls: Calls<'_>,
        writer: &Writer<'_, 'a, 't>,
        lines: Lines<'_, 'a, 't>,
    ) -> Result<(Vec<Edit>, bool), Refusal> {
        let tree = self.file.tree;
        let operands = operands(self.file, at);
        let spilled = self.spilled(&operands, calls);
        let named = self.names(at);
        let through_names = !operands.is_empty() && self.seen != Seen::Nobody;
        if through_names && named.is_none() && self.seen == Seen::Here {
            return self.refuse(at);
        }
        let by_name = named.filter(|_| through_names || !spilled.is_empty());
        let later = through_names && by_name.is_none();
        if by_name.is_none() && spilled.is_empty() {
            return Ok((vec![Edit::insert(tree.start(at), lines.before(at, statements))], later));
        }
        let forwards = operands.len() == 1 && self.results.all.len() > 1;
        let rewritten = if let Some(names) = by_name {
            let kept: Vec<usize> = (0..operands.len())
                .filter(|&index| forwards || tree.text_of(operands[index]) != names[index])
                .collect();
            let targets =
                if forwards { names } else { kept.iter().map(|&index| names[index].clone()).collect() };
            Rewritten { kept, targets, operator: "=", last: "return".to_owned() }
        } else {
            if !forwards && spilled.iter().any(|&index| !self.has_type(operands[index], index, writer)) {
                return self.refuse(at);
            }
            self.through_variables(&operands, spilled, forwards, writer)
        };
        if self.loses_a_comment(at, &operands, &rewritten.kept) {
            return self.refuse(at);
        }
        Ok((self.rewrite(at, &operands, &rewritten, statements, lines), later))
    }

    /// The operands that have to be evaluated first go to new variables.
    fn through_variables(
        &self,
        operands: &[NodeId],
        spilled: Vec<usize>,
        forwards: bool,
        writer: &Writer<'_, 'a, 't>,
    ) -> Rewritten {
        let targets = self.fresh(&spilled, forwards, writer);
        let mut values: Vec<&str> = operands.iter().map(|&operand| self.file.tree.text_of(operand)).collect();
        if forwards {
            values = targets.iter().map(String::as_str).collect();
        } else {
            for (&index, name) in spilled.iter().zip(&targets) {
                values[index] = name;
            }
        }
        let last = format!("return {}", values.join(", "));
        Rewritten { kept: spilled, targets, operator: ":=", last }
    }

    /// Whether a comment stands where the edits take text away or write it a second time.
    fn loses_a_comment(&self, at: NodeId, operands: &[NodeId], kept: &[usize]) -> bool {
        let tree = self.file.tree;
        let stays = |comment: NodeId| kept.iter().any(|&index| tree.within(comment, operands[index]));
        tree.subtree(at).any(|id| tree.kind(id) == Kind::Comment && !stays(id))
    }

    fn refuse<T>(&self, at: NodeId) -> Result<T, Refusal> {
        Err(Refusal { reason: Reason::CallNotMovable, at: self.file.tree.span(at) })
    }

    /// The names of the results, where each has one that means it at the return.
    fn names(&self, at: NodeId) -> Option<Vec<String>> {
        let File { tree, scopes, .. } = *self.file;
        let visible = |name: &str, binding| scopes.lookup(tree, name, tree.start(at)) == binding;
        let names = self.results.all.iter();
        let names: Option<Vec<String>> = names
            .map(|result| result.name.filter(|name| visible(name, result.binding)).map(str::to_owned))
            .collect();
        names.filter(|_| self.results.named)
    }

    /// The operands that have to be evaluated before the calls.
    fn spilled(&self, operands: &[NodeId], calls: Calls<'_>) -> Vec<usize> {
        let unsettled = |index: &usize| !self.is_settled(operands[*index], calls);
        let spilled: Vec<usize> = (0..operands.len()).filter(unsettled).collect();
        if spilled.is_empty() {
            return spilled;
        }
        // Where one operand goes first, those that it might change go with it.
        let strict = Calls { holders: None, ..calls };
        (0..operands.len()).filter(|&index| !self.is_settled(operands[index], strict)).collect()
    }

    /// Whether an operand is the same before and after the calls.
    fn is_settled(&self, operand: NodeId, calls: Calls<'_>) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let parts = |id: NodeId| tree.named(id).all(|part| self.is_settled(part, calls));
        let tame = calls.holders.is_some();
        match tree.kind(operand) {
            Kind::Nil
            | Kind::True
            | Kind::False
            | Kind::Iota
            | Kind::IntLiteral
            | Kind::FloatLiteral
            | Kind::ImaginaryLiteral
            | Kind::RuneLiteral
            | Kind::InterpretedString
            | Kind::RawString
            | Kind::FunctionLiteral
            | Kind::FieldIdentifier
            | Kind::TypeIdentifier => true,
            Kind::Identifier => match scopes.meaning(operand) {
                Some(binding) if self.ask.is_variable(binding) => self.is_settled_variable(binding, calls),
                _ => true,
            },
            Kind::Selector => {
                let owner = tree.child(operand, Field::Operand);
                let package = owner.is_some_and(|owner| scopes.import_path(owner).is_some());
                package || tame && owner.is_some_and(|owner| self.is_settled(owner, calls))
            }
            Kind::Unary if tree.has_token(operand, "&") => tree
                .child(operand, Field::Operand)
                .is_some_and(|inner| tree.kind(inner) == Kind::Identifier || self.is_settled(inner, calls)),
            Kind::Unary => !tree.has_token(operand, "*") && !tree.has_token(operand, "<-") && parts(operand),
            Kind::Parenthesized | Kind::Binary => parts(operand),
            Kind::CompositeLiteral => {
                tree.child(operand, Field::Body).is_some_and(|body| self.is_settled_body(body, calls))
            }
            Kind::Call => {
                let copies = match self.ask.called(operand) {
                    Called::Builtin(name) => matches!(name, "len" | "cap"),
                    Called::Conversion => true,
                    Called::Known { owner, name, .. } => {
                        PURE.iter().any(|(known, names)| *known == owner && names.contains(&name))
                    }
                    _ => false,
                };
                let is_settled = |argument| self.is_settled(argument, calls) || self.is_plain_field(argument);
                tame && copies && arguments(tree, operand).into_iter().all(is_settled)
            }
            _ => false,
        }
    }

    /// A number or text that stands in a field of what is released: it stays there.
    fn is_plain_field(&self, operand: NodeId) -> bool {
        let tree = self.file.tree;
        let owner = tree.child(operand, Field::Operand);
        tree.kind(operand) == Kind::Selector
            && self.ask.is_plain(operand)
            && owner.is_some_and(|owner| tree.kind(owner) == Kind::Identifier)
    }

    /// The elements of a composite literal; its keys may be names of fields.
    fn is_settled_body(&self, body: NodeId, calls: Calls<'_>) -> bool {
        let tree = self.file.tree;
        tree.named(body).all(|element| match tree.kind(element) {
            Kind::LiteralElement | Kind::KeyedElement | Kind::LiteralValue => {
                self.is_settled_body(element, calls)
            }
            _ => self.is_settled(element, calls),
        })
    }

    /// A variable that the calls do not change: nobody but the function's own statements can, or they release what the
    /// standard library made, and it is no part of that.
    fn is_settled_variable(&self, binding: BindingId, calls: Calls<'_>) -> bool {
        let File { tree, scopes, flow, .. } = *self.file;
        let variable = scopes.get(binding);
        if let Some(holders) = calls.holders {
            return !holders.contains(&binding) && variable.declares != Declares::Result;
        }
        let in_call = |at: NodeId| calls.calls.iter().any(|&call| tree.within(at, call));
        variable.function.is_some()
            && variable.function == Some(self.group.function)
            && variable.mentions.iter().all(|&at| {
                let own = flow.nest.function(at) == variable.function;
                match access(tree, at) {
                    Access::Read => !in_call(at) || !is_receiver(self.file, at),
                    Access::Address => false,
                    Access::Write | Access::Update => own,
                }
            })
    }

    fn has_type(&self, operand: NodeId, index: usize, writer: &Writer<'_, 'a, 't>) -> bool {
        let File { tree, scopes, .. } = *self.file;
        if writer.has_own_type(operand) {
            return true;
        }
        let comparison = ["==", "!=", "<", "<=", ">", ">=", "&&", "||"];
        let is_bool = self.results.all.get(index).is_some_and(|result| {
            tree.text_of(result.kind) == "bool" && scopes.meaning(result.kind).is_none()
        });
        let operand = tree.unparenthesized(operand);
        is_bool
            && (comparison.iter().any(|sign| tree.has_token(operand, sign)) || tree.has_token(operand, "!"))
    }

    /// Names for the operands that go first.
    fn fresh(&self, spilled: &[usize], forwards: bool, writer: &Writer<'_, 'a, 't>) -> Vec<String> {
        let File { tree, scopes, .. } = *self.file;
        let all = &self.results.all;
        let indices: Vec<usize> = if forwards { (0..all.len()).collect() } else { spilled.to_vec() };
        let values = all.len() - usize::from(self.results.ends_in_error(tree, scopes));
        let wish = |index: usize| {
            let error = all.get(index).is_some_and(|result| is_error(tree, scopes, result.kind));
            match (error, values) {
                (true, _) => vec!["err".to_owned(), "retErr".to_owned()],
                (false, 0 | 1) => vec!["result".to_owned()],
                _ => vec![format!("r{index}"), format!("result{index}")],
            }
        };
        indices
            .into_iter()
            .map(|index| {
                let wishes = wish(index);
                writer.name_for_block(&wishes.iter().map(String::as_str).collect::<Vec<_>>())
            })
            .collect()
    }

    /// `return x, y` as `targets OPERATOR kept operands`, the statements, and `last`.
    fn rewrite(
        &self,
        at: NodeId,
        operands: &[NodeId],
        rewritten: &Rewritten,
        statements: &[Piece],
        lines: Lines<'_, 'a, 't>,
    ) -> Vec<Edit> {
        let tree = self.file.tree;
        let span = tree.span(at);
        let indent = lines.indent(at);
        let Rewritten { kept, targets, operator, last } = rewritten;
        let tail = statements.iter().cloned().chain([Piece::line(last)]);
        let separator = lines.separator(at, statements);
        let (Some(&first), Some(&end)) = (kept.first(), kept.last()) else {
            let text: Vec<String> = tail.map(|statement| statement.text(indent, lines.eol)).collect();
            return vec![Edit::replace(span.start, span.end, text.join(&separator))];
        };
        let head = format!("{} {operator} ", targets.join(", "));
        let mut edits = vec![Edit::replace(span.start, tree.start(operands[first]), head)];
        for pair in kept.windows(2).filter(|pair| pair[1] > pair[0] + 1) {
            edits.push(Edit::replace(tree.end(operands[pair[0]]), tree.start(operands[pair[1]]), ", "));
        }
        let text = tail.map(|statement| separator.clone() + &statement.text(indent, lines.eol));
        edits.push(Edit::replace(tree.end(operands[end]), span.end, text.collect::<String>()));
        edits
    }
}

/// A `return` in parts: an assignment of the kept operands, and what returns.
struct Rewritten {
    kept: Vec<usize>,
    targets: Vec<String>,
    operator: &'static str,
    last: String,
}

fn seen(file: &File<'_, '_>, group: &Group, results: &Results<'_>) -> Seen {
    let tree = file.tree;
    if !results.named {
        return Seen::Nobody;
    }
    let deferred = |mention: NodeId| {
        tree.ancestors(mention)
            .take_while(|&up| up != group.function)
            .any(|up| tree.kind(up) == Kind::Defer && !group.defers.contains(&up))
    };
    let bindings = results.all.iter().filter_map(|result| result.binding);
    let mentions = bindings.flat_map(|binding| &file.scopes.get(binding).mentions);
    let seen = mentions.map(|&mention| {
        let own = tree.function_around(mention) == Some(group.function);
        let in_call = group.defers.iter().any(|&defer| tree.within(mention, defer));
        match access(tree, mention) {
            _ if in_call => Seen::Here,
            Access::Address => Seen::Here,
            _ if own => Seen::Nobody,
            _ if deferred(mention) => Seen::Elsewhere,
            _ => Seen::Here,
        }
    });
    seen.max().unwrap_or(Seen::Nobody)
}

/// Whether a method or a field of the variable is meant: a method may change it through its address.
fn is_receiver(file: &File<'_, '_>, mention: NodeId) -> bool {
    let tree = file.tree;
    tree.parent(mention).is_some_and(|up| tree.kind(up) == Kind::Selector)
}

/// Functions that only make a new value of their arguments, so that it does not matter whether a release of the standard
/// library comes before.
const PURE: &[(&str, &[&str])] = &[
    ("errors", &["New"]),
    ("fmt", &["Errorf", "Sprint", "Sprintf", "Sprintln"]),
    ("path/filepath", &["Base", "Dir", "Ext", "Join"]),
    ("strconv", &["Itoa", "Quote"]),
    ("strings", &["Join", "ToLower", "ToUpper", "TrimSpace"]),
];
