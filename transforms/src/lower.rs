//! How return, break and continue cross a function literal: the lowering table.
//!
//! | row | exits of the region | what stands around it |
//! |---|---|---|
//! | 1 | none, or to the end of the iteration | `func() { … }()` |
//! | 2 | + `return` without results | `if func() (done bool) { … }() { return }` |
//! | 3 | + `return` of constants and an error that is never nil | `if err := func() error { … }(); err != nil { return …, err }` |
//! | 4 | + `return`, results named and visible | as 2; the results are assigned inside |
//! | 5 | + `return` of anything else | `if done, r0 := func() (bool, T) { … }(); done { return r0 }` |
//! | 6 | as 5, and the type's text means something else here | the results get names, then as 4 |
//! | 7 | to one other place only | `if !func() (next bool) { … }() { break }` |
//! | 8 | to two or more other places | `switch ctl, r0 := func() (int, T) { … }(); ctl { case 1: … }` |
//!
//! Where an error may come from a deferred function too, the literal has an error result with a name, whatever the exits are, and
//! whoever calls it tests that result besides the signal: rows 3, 5 and 8 with `done || err != nil`.

use crate::file::File;
use crate::nilness::never_nil;
use crate::parse::{Kind, NodeId};
use crate::region::{Exit, Group, Region, Target};
use crate::signature::{Parameter, Results, means_the_same, zero};

/// How the results of a `return` reach the enclosing function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carry {
    /// There are none.
    Nothing,
    /// As an error that is never nil; the constants before it stand outside.
    Error { constants: Vec<String> },
    /// They are assigned to the function's named results.
    Assign,
    /// The results get names first, then they are assigned.
    NameAndAssign,
    /// As results of the literal; `named` where a zero value has no text.
    Tuple { named: bool },
}

/// The row of the table that a region takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// 1 to 8.
    pub(crate) number: u8,
    /// How results are carried.
    pub(crate) carry: Carry,
    /// Where the exits lead, apart from the end of the iteration, in the order in which they first occur.
    pub(crate) targets: Vec<Target>,
    /// A deferred function may set the error result, which ends the loop then; the first target is `Return`.
    pub(crate) arrives: bool,
}

/// Why no row fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRow;

/// What may be written of a type where the function stands that gets the region.
type CanWrite<'w> = &'w dyn Fn(NodeId) -> bool;

impl Row {
    /// The row for a region of the group's function in a literal that sees its variables. The results cannot be carried:
    /// nothing.
    pub(crate) fn of(file: &File<'_, '_>, group: &Group, region: &Region) -> Result<Row, NoRow> {
        Self::within(file, group, region, None)
    }

    /// The row for a region that becomes a function elsewhere: it cannot assign to results. `can_write` says of the node of a
    /// type whether its text means the same there.
    pub(crate) fn apart(
        file: &File<'_, '_>,
        group: &Group,
        region: &Region,
        can_write: CanWrite<'_>,
    ) -> Result<Row, NoRow> {
        Self::within(file, group, region, Some(can_write))
    }

    fn within(
        file: &File<'_, '_>,
        group: &Group,
        region: &Region,
        apart: Option<CanWrite<'_>>,
    ) -> Result<Row, NoRow> {
        let (targets, returns) = (targets(region, Vec::new()), returns(region));
        let carry = if returns.is_empty() {
            Carry::Nothing
        } else {
            carry(file, group, region, &returns, (targets.len(), apart)).ok_or(NoRow)?
        };
        let number = match (targets.as_slice(), &carry) {
            ([], _) => 1,
            ([Target::Return], Carry::Nothing) => 2,
            ([Target::Return], Carry::Error { .. }) => 3,
            ([Target::Return], Carry::Assign) => 4,
            ([Target::Return], Carry::Tuple { .. }) => 5,
            ([Target::Return], Carry::NameAndAssign) => 6,
            ([_], _) => 7,
            _ => 8,
        };
        Ok(Row { number, carry, targets, arrives: false })
    }

    /// The row for a region in which deferred functions set the error that the group's function returns last. `overwritten`
    /// says that they may also take away the error of a `return`, which leaves the loop all the same.
    pub(crate) fn arriving(
        file: &File<'_, '_>,
        group: &Group,
        region: &Region,
        overwritten: bool,
    ) -> Result<Row, NoRow> {
        let File { tree, scopes, .. } = *file;
        let results = Results::of(tree, scopes, group.function);
        let (targets, returns) = (targets(region, vec![Target::Return]), returns(region));
        let head = tree.start(region.statements()[0]);
        if targets.len() == 1
            && (returns.is_empty() || !overwritten)
            && let Some(constants) = arriving_constants(file, group, region, &results, &returns)
        {
            return Ok(Row { number: 3, carry: Carry::Error { constants }, targets, arrives: true });
        }
        let is_carried = returns.iter().all(|&at| fits(file, &results, at))
            && results.all.iter().all(|result| means_the_same(tree, scopes, result.kind, head));
        let number = if targets.len() == 1 { 5 } else { 8 };
        let carry = Carry::Tuple { named: true };
        if is_carried { Ok(Row { number, carry, targets, arrives: true }) } else { Err(NoRow) }
    }

    /// The order of preference: simpler rows first.
    pub(crate) fn rank(&self) -> u8 {
        match self.number {
            1 => 0,
            2 => 1,
            7 => 2,
            3 => 3,
            4 => 4,
            5 => 5,
            6 => 6,
            _ => 7,
        }
    }
}

/// `first`, and where else the exits of a region lead, apart from the end of the iteration, in the order in which they first occur.
fn targets(region: &Region, first: Vec<Target>) -> Vec<Target> {
    let mut targets = first;
    for exit in region.exits.iter().filter(|exit| exit.to != Target::Next) {
        if !targets.contains(&exit.to) {
            targets.push(exit.to);
        }
    }
    targets
}

/// The `return` statements that leave a region.
fn returns(region: &Region) -> Vec<NodeId> {
    region.exits.iter().filter(|exit| exit.to == Target::Return).map(|exit| exit.at).collect()
}

fn carry(
    file: &File<'_, '_>,
    group: &Group,
    region: &Region,
    returns: &[NodeId],
    (targets, apart): (usize, Option<CanWrite<'_>>),
) -> Option<Carry> {
    let File { tree, scopes, .. } = *file;
    let results = Results::of(tree, scopes, group.function);
    if results.all.is_empty() {
        return Some(Carry::Nothing);
    }
    if !returns.iter().all(|&at| fits(file, &results, at)) {
        return None;
    }
    if apart.is_some() && returns.iter().any(|&at| operands(file, at).is_empty()) {
        return None;
    }
    if apart.is_none() && results.assignable() && returns.iter().all(|&at| all_visible(file, &results, at)) {
        return Some(Carry::Assign);
    }
    if targets == 1
        && (apart.is_some() || !results.named)
        && let Some(constants) = error_idiom(file, region, &results, returns)
    {
        return Some(Carry::Error { constants });
    }
    let head = tree.start(region.statements()[0]);
    let can_write = |kind| match apart {
        Some(can_write) => can_write(kind),
        None => means_the_same(tree, scopes, kind, head),
    };
    if results.all.iter().all(|result| can_write(result.kind)) {
        let named = !results.all.iter().all(|result| has_zero(file, region, result.kind))
            || returns.iter().any(|&at| operands(file, at).is_empty() && !results.assignable());
        return Some(Carry::Tuple { named });
    }
    if apart.is_some() {
        return None;
    }
    // Row 6 gives names to what has none; names that are there must mean the results at every return.
    let visible = returns.iter().all(|&at| named_visible(file, &results, at));
    visible.then_some(Carry::NameAndAssign)
}

/// Whether a `return` gives a value for each result, one call for all of them, or none.
fn fits(file: &File<'_, '_>, results: &Results<'_>, at: NodeId) -> bool {
    let operands = operands(file, at);
    let forwards = matches!(operands.as_slice(), [call] if file.tree.kind(file.tree.unparenthesized(*call)) == Kind::Call);
    operands.is_empty() || forwards || operands.len() == results.all.len()
}

/// What stands in front of the error that arrives: what the returns of the region have there; where it has none, what another
/// `return` of an error has in this function, else what the named results hold, else zero values. Nothing where the
/// error idiom does not fit the returns, or no such value can be written.
fn arriving_constants(
    file: &File<'_, '_>,
    group: &Group,
    region: &Region,
    results: &Results<'_>,
    returns: &[NodeId],
) -> Option<Vec<String>> {
    let tree = file.tree;
    if !returns.is_empty() {
        return error_idiom(file, region, results, returns);
    }
    error_idiom(file, region, results, returns)?;
    let own = tree.own_subtree(group.function).filter(|&id| tree.kind(id) == Kind::Return);
    let values = |at: NodeId| {
        error_idiom(file, region, results, &[at]).filter(|_| operands(file, at).len() == results.all.len())
    };
    let (_, others) = results.all.split_last()?;
    own.into_iter()
        .find_map(values)
        .or_else(|| others.iter().map(|result| standing(file, region, result)).collect())
}

/// The value that a result has in front of an error: what the name holds, or the zero value.
fn standing(file: &File<'_, '_>, region: &Region, result: &Parameter<'_>) -> Option<String> {
    let File { tree, scopes, .. } = *file;
    let head = tree.start(region.statements()[0]);
    if let Some(name) = result.name {
        let is_itself = name != "err" && scopes.lookup(tree, name, head) == result.binding;
        return is_itself.then(|| name.to_owned());
    }
    let text = zero(tree, scopes, result.kind)?;
    (!matches!(text, "nil" | "false") || is_predeclared(file, text, head)).then(|| text.to_owned())
}

/// Whether the zero value of a type can be written wherever the literal ends without a `return` of the function.
fn has_zero(file: &File<'_, '_>, region: &Region, kind: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let Some(text) = zero(tree, scopes, kind) else { return false };
    let mut jumps = region.exits.iter().filter(|exit| !matches!(exit.to, Target::Next | Target::Return));
    !matches!(text, "nil" | "false")
        || predeclared_at_ends(file, region, text)
            && jumps.all(|exit| is_predeclared(file, text, tree.start(exit.at)))
}

/// Whether a predeclared name is itself at the end of the region and wherever an exit leads there.
pub(crate) fn predeclared_at_ends(file: &File<'_, '_>, region: &Region, name: &str) -> bool {
    let tree = file.tree;
    let mut next = region.exits.iter().filter(|exit| exit.to == Target::Next).map(|exit| tree.start(exit.at));
    // At the region's end its own declarations are visible, so the end is tried from inside.
    let end = region.span(tree).end;
    next.all(|at| is_predeclared(file, name, at))
        && file.scopes.lookup_in(tree, name, end, region.owner).is_none()
}

/// Whether a predeclared name is itself at an offset.
pub(crate) fn is_predeclared(file: &File<'_, '_>, name: &str, offset: usize) -> bool {
    file.scopes.lookup(file.tree, name, offset).is_none()
}

/// The operands of a `return`.
pub(crate) fn operands(file: &File<'_, '_>, at: NodeId) -> Vec<NodeId> {
    let list = file.tree.named(at).find(|&id| file.tree.kind(id) == Kind::ExpressionList);
    list.map_or_else(Vec::new, |list| file.tree.operands(list))
}

/// Whether each result has a name that means it at a `return`.
fn all_visible(file: &File<'_, '_>, results: &Results<'_>, at: NodeId) -> bool {
    results.all.iter().all(|result| result.name.is_some()) && named_visible(file, results, at)
}

/// Whether the names that results have mean them at a `return`.
fn named_visible(file: &File<'_, '_>, results: &Results<'_>, at: NodeId) -> bool {
    let tree = file.tree;
    results.all.iter().all(|result| {
        result.name.is_none_or(|name| file.scopes.lookup(tree, name, tree.start(at)) == result.binding)
    })
}

/// The constants in front of the error, where the error idiom fits all returns.
fn error_idiom(
    file: &File<'_, '_>,
    region: &Region,
    results: &Results<'_>,
    returns: &[NodeId],
) -> Option<Vec<String>> {
    let File { tree, scopes, flow, .. } = *file;
    if !results.ends_in_error(tree, scopes) {
        return None;
    }
    let begin = region.span(tree).start;
    let fits = predeclared_at_ends(file, region, "nil")
        && ["error", "nil"].iter().all(|name| is_predeclared(file, name, begin));
    let mut constants: Option<Vec<String>> = None;
    for &at in returns {
        let operands = operands(file, at);
        let (&error, values) = operands.split_last()?;
        if operands.len() != results.all.len()
            || !never_nil(tree, scopes, flow, error)
            || has_comment(file, at)
        {
            return None;
        }
        let values: Option<Vec<String>> = values.iter().map(|&value| constant(file, region, value)).collect();
        match &constants {
            None => constants = Some(values?),
            Some(known) if *known == values? => {}
            Some(_) => return None,
        }
    }
    if fits { constants.or_else(|| returns.is_empty().then(Vec::new)) } else { None }
}

fn has_comment(file: &File<'_, '_>, at: NodeId) -> bool {
    file.tree.subtree(at).any(|id| file.tree.kind(id) == Kind::Comment)
}

/// The text of an operand that is a constant, or an empty composite literal, and that means the same outside.
fn constant(file: &File<'_, '_>, region: &Region, operand: NodeId) -> Option<String> {
    let File { tree, scopes, .. } = *file;
    let text = tree.text_of(operand);
    let head = tree.start(region.statements()[0]);
    let signed = tree.kind(operand) == Kind::Unary && tree.has_token(operand, "-");
    let value = if signed { tree.named(operand).next()? } else { operand };
    let literal = match tree.kind(value) {
        Kind::RawString => !text.contains('\n'),
        literal if literal.is_basic_literal() => true,
        Kind::Nil | Kind::True | Kind::False => scopes.meaning(value).is_none(),
        Kind::CompositeLiteral => {
            text.ends_with("{}") && !text.contains('\n') && tree.named(value).count() == 2
        }
        _ => false,
    };
    (literal && means_the_same(tree, scopes, operand, head)).then(|| text.to_owned())
}

/// Whether the region's own last statement leaves no way to its end once every exit is a `return`.
pub(crate) fn ends_terminating(file: &File<'_, '_>, region: &Region) -> bool {
    let last = region.list[region.list.len() - 1];
    file.flow.terminates(last, |at| region.exits.iter().any(|exit: &Exit| exit.at == at))
}
