//! A `return` that a plain call is to stand in front of: its operands are evaluated first, as a deferred call finds them
//! (specification, "Return statements"), so that those which the call could change go to variables.

use crate::edit::Edit;
use crate::file::File;
use crate::lower::operands;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::Refusal;
use crate::passes::lines::Lines;
use crate::passes::operands::Operands;
use crate::passes::pieces::Piece;
use crate::passes::release::Writer;
use crate::passes::settled::{Calls, Settled};
use crate::region::Group;
use crate::scope::{Access, access};
use crate::signature::{Results, is_error};
use crate::verdict::Reason;

/// Rewrites the returns of one function.
pub(crate) struct Returns<'r, 'a, 't> {
    file: &'r File<'a, 't>,
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
        Returns { file, group, results, seen }
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
        let forwards = operands.len() == 1 && self.results.all.len() > 1;
        if !operands.is_empty() && !forwards && operands.len() != self.results.all.len() {
            return self.refuse(at);
        }
        let spilled = self.spilled(&operands, calls);
        let named = self.names(at);
        // A release of the standard library does not panic, so that nobody else gets to see anything.
        let seen = self.seen > if calls.holders.is_some() { Seen::Elsewhere } else { Seen::Nobody };
        let through_names = !operands.is_empty() && seen;
        if through_names && named.is_none() && self.seen == Seen::Here {
            return self.refuse(at);
        }
        let by_name = named.filter(|_| through_names || !spilled.is_empty());
        let later = through_names && by_name.is_none();
        if by_name.is_none() && spilled.is_empty() {
            return Ok((vec![Edit::insert(tree.start(at), lines.before(at, statements))], later));
        }
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
            self.through_variables(at, &operands, spilled, forwards, writer)
        };
        if self.loses_a_comment(at, &operands, &rewritten.kept) {
            return self.refuse(at);
        }
        Ok((self.rewrite(at, &operands, &rewritten, statements, lines), later))
    }

    /// The operands that have to be evaluated first go to new variables.
    fn through_variables(
        &self,
        at: NodeId,
        operands: &[NodeId],
        spilled: Vec<usize>,
        forwards: bool,
        writer: &Writer<'_, 'a, 't>,
    ) -> Rewritten {
        let targets = self.fresh(&spilled, forwards, writer);
        let values = if forwards { targets.clone() } else { self.values(at, operands, &spilled, &targets) };
        let last = format!("return {}", values.join(", "));
        Rewritten { kept: spilled, targets, operator: ":=", last }
    }

    /// What is returned where the spilled operands have gone to variables.
    fn values(&self, at: NodeId, operands: &[NodeId], spilled: &[usize], targets: &[String]) -> Vec<String> {
        let layout = Operands::of(self.file, at, operands);
        let stays = |index: &usize| !spilled.contains(index);
        let long = (0..operands.len()).filter(stays).filter(|&index| layout.is_long(index)).count();
        let value = |index: usize| match spilled.iter().position(|&gone| gone == index) {
            Some(gone) => targets[gone].clone(),
            None => layout.text(index, long == 1),
        };
        (0..operands.len()).map(value).collect()
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
        let unsettled = |calls: Calls<'_>| -> Vec<usize> {
            let settled = Settled::new(self.file, self.group.function, calls);
            (0..operands.len()).filter(|&index| !settled.is_operand(operands[index])).collect()
        };
        let spilled = unsettled(calls);
        // Where one operand goes first, those that it might change go with it.
        if spilled.is_empty() { spilled } else { unsettled(Calls { holders: None, ..calls }) }
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
        edits.extend(Operands::of(self.file, at, operands).raised(kept));
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

/// Whether the function's own statements hold it, or a literal among them that is called on the spot.
fn is_own(tree: &Tree<'_>, mention: NodeId, function: NodeId) -> bool {
    let mut at = tree.function_around(mention);
    while let Some(literal) = at.filter(|&at| at != function) {
        let call = tree.parent(literal).filter(|&call| tree.kind(call) == Kind::Call);
        let statement = call.and_then(|call| tree.parent(call));
        let later = statement.is_none_or(|id| matches!(tree.kind(id), Kind::Go | Kind::Defer));
        if later || tree.field(literal) != Field::Function {
            return false;
        }
        at = tree.function_around(literal);
    }
    at == Some(function)
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
        let own = is_own(tree, mention, group.function);
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
