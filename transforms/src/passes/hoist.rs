//! The hoist pass: what every iteration opens in the same way is opened once in front of the loop, with one defer.
//!
//! Unsafe by nature: a loop that runs zero times opens it now, and the iterations share it. What makes it the same code
//! otherwise: the function that opens it says of itself that its result is made for many uses (a fact of the table or a
//! stanza), its operands and what is done about its error are the same in every iteration, and the iteration neither changes
//! nor ends what it opens. Prerequisites:
//! 1. each deferred call of the iteration ends what such a statement of it opens, and stands in the body's own list;
//! 2. operands, error check and deferred call name nothing that any loop around them declares or changes;
//! 3. the error check leaves the function;
//! 4. the names are free in front of the outermost loop; an error gets another name where its own is not.

use super::ahead::before_guards;
use super::opened::{Acquisition, Opening, acquisition, ended, opening, statements};
use super::pieces::Piece;
use crate::edit::Edit;
use crate::file::File;
use crate::names::Taken;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::lines::Lines;
use crate::passes::{Given, Pass, Plan, Refusal, Standing};
use crate::region::Group;
use crate::scope::BindingId;
use crate::verdict::{Form, Reason};
use crate::wrap::starts_line;

/// What `explain hoist` shows.
pub(crate) const PASS: Pass = Pass {
    form: Form::Hoist,
    summary: "opens once, in front of the loop, what every iteration opens in the same way",
    doc: "A database handle, a client or a compiled expression whose arguments do not depend on the loop is opened in front of it, with its error check and one defer; the iterations share it. Never safe: a loop that runs zero times opens it too, so an error in opening it shows where there was none, and what one iteration leaves in it the next one sees. Only taken when it is asked for.\n\nA sql.DB and its like is itself a pool of connections: SetMaxOpenConns and SetMaxIdleConns are its limits.\n\nWhich functions may be called once is a fact of the table, or of a stanza (`hoists`).\n\nLeft alone: operands that the loop declares or changes, an error check that goes on with the loop, an iteration that changes or ends what it opens, a name that is taken in front of the loop.",
    before: "package p\n\nimport \"database/sql\"\n\nfunc count(dsn string, queries []string) (int, error) {\n\ttotal := 0\n\tfor _, query := range queries {\n\t\tdb, err := sql.Open(\"postgres\", dsn)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tdefer db.Close()\n\t\tvar n int\n\t\tif err := db.QueryRow(query).Scan(&n); err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += n\n\t}\n\treturn total, nil\n}\n",
    after: "package p\n\nimport \"database/sql\"\n\nfunc count(dsn string, queries []string) (int, error) {\n\ttotal := 0\n\tdb, err := sql.Open(\"postgres\", dsn)\n\tif err != nil {\n\t\treturn 0, err\n\t}\n\tdefer db.Close()\n\tfor _, query := range queries {\n\t\tvar n int\n\t\tif err := db.QueryRow(query).Scan(&n); err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += n\n\t}\n\treturn total, nil\n}\n",
    standing: Standing::Asked,
    wraps: false,
    stand_in: None,
    plan,
};

/// An acquisition with the defers that end what it opens.
pub(crate) struct Move {
    pub(crate) acquisition: Acquisition,
    pub(crate) defers: Vec<NodeId>,
}

/// Plans the rewrite of one group.
fn plan(file: &File<'_, '_>, group: &Group, given: &Given) -> Result<Plan, Refusal> {
    let tree = file.tree;
    let outermost = file.flow.nest.loops_around(group.defers[0]).last().unwrap_or(group.iteration);
    let mut ends: Vec<(BindingId, Vec<NodeId>)> = Vec::new();
    for &defer in &group.defers {
        let binding = released(file, group.iteration, outermost, defer)?;
        match ends.iter_mut().find(|(known, _)| *known == binding) {
            Some((_, defers)) => defers.push(defer),
            None => ends.push((binding, vec![defer])),
        }
    }
    let mut openings = Vec::new();
    for (binding, defers) in ends {
        let refused = Refusal { reason: Reason::NotHoistable, at: tree.span(defers[0]) };
        let opening = opened(file, binding).and_then(|id| opening(file, id)).ok_or(refused)?;
        if opening.outermost != outermost {
            return Err(refused);
        }
        openings.push((opening, defers));
    }
    let others: Vec<NodeId> = openings.iter().flat_map(|(opening, _)| statements(file, *opening)).collect();
    let mut moves = Vec::new();
    for (opening, defers) in openings {
        let acquisition = acquisition(file, opening, outermost, &defers, &others)?;
        moves.push(Move { acquisition, defers });
    }
    let first = &moves[0].acquisition.opening;
    let is_pool = moves.iter().any(|one| one.acquisition.opening.is_pool);
    let doubt = Refusal { reason: doubt(is_pool), at: tree.span(first.value) };
    Ok(Plan {
        edits: edits(file, group.function, outermost, &moves, &given.settled)?,
        doubt: Some(doubt),
        clumsy: None,
        must_release: false,
        region: tree.span(group.defers[0]),
        labels: false,
        variables: 0,
        declares: None,
        imports: false,
        dropped: Vec::new(),
        exits: Vec::new(),
        changes: Vec::new(),
        settles: Vec::new(),
    })
}

/// The reason of the rewrite: a pool has limits that somebody should look at.
pub(crate) fn doubt(is_pool: bool) -> Reason {
    if is_pool { Reason::HoistedPool } else { Reason::Hoisted }
}

/// Prerequisite 1: the variable that a defer of the body's own list ends, with nothing that changes in any of the loops.
fn released(
    file: &File<'_, '_>,
    iteration: NodeId,
    outermost: NodeId,
    defer: NodeId,
) -> Result<BindingId, Refusal> {
    let tree = file.tree;
    let refuse = |at| Refusal { reason: Reason::NotHoistable, at: tree.span(at) };
    let in_body =
        tree.child(iteration, Field::Body).is_some_and(|body| tree.statements(body).contains(&defer));
    let call = tree.deferred_call(defer).filter(|_| in_body).ok_or_else(|| refuse(defer))?;
    ended(file, call, outermost).map_err(refuse)
}

/// The expression that a variable is declared with.
fn opened(file: &File<'_, '_>, variable: BindingId) -> Option<NodeId> {
    let tree = file.tree;
    let list = tree.parent(file.scopes.get(variable).at)?;
    let statement = tree.parent(list).filter(|&id| tree.kind(id) == Kind::ShortVar)?;
    let value = tree.named(tree.child(statement, Field::Right)?).next()?;
    Some(if tree.kind(value) == Kind::Unary { tree.child(value, Field::Operand)? } else { value })
}

/// The edits that take the statements out of the loop and put them in front of it, and of guards of it whose variables are among
/// `settled`: what those call is released first.
pub(crate) fn edits(
    file: &File<'_, '_>,
    function: NodeId,
    outermost: NodeId,
    moves: &[Move],
    settled: &[String],
) -> Result<Vec<Edit>, Refusal> {
    let File { tree, scopes, .. } = *file;
    let lines = Lines::new(file);
    let taken = Taken::by(tree, scopes, function);
    let (mut gone, mut pieces, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for Move { acquisition, defers } in moves {
        let renamed = &acquisition.renamed;
        let name = renamed.first().map(|_| {
            let variable = scopes.get(acquisition.variable).name;
            taken.besides(&names, &[&format!("{variable}Err")])
        });
        names.extend(name.clone());
        let statements = [acquisition.statement].into_iter().chain(acquisition.check);
        for statement in statements.chain(defers.iter().copied()) {
            let comments = lines.comments(statement);
            let mut piece = Piece::of(tree, file.lines, tree.span(statement), tree.start(statement), "");
            if let Some(name) = &name {
                piece = piece.renamed(tree, statement, renamed, name);
            }
            pieces.push(lines.with_comments(piece, &comments));
            gone.push((statement, comments));
        }
    }
    gone.sort_by_key(|(statement, _)| *statement);
    let text: String = pieces.iter().map(|piece| in_front(file, outermost, piece)).collect();
    let mut edits = vec![Edit::insert(place(file, outermost, settled)?, text)];
    edits.extend(lines.remove(&gone));
    Ok(edits)
}

/// The edits that open something into a variable in front of the loop, and put its name where it was opened.
pub(crate) fn named(file: &File<'_, '_>, opening: Opening, name: &str) -> Result<Vec<Edit>, Refusal> {
    let File { tree, lines, .. } = *file;
    let span = tree.span(opening.value);
    let piece = Piece::of(tree, lines, span, span.start, "").between(&format!("{name} := "), "");
    let text = in_front(file, opening.outermost, &piece);
    let at = place(file, opening.outermost, &[])?;
    Ok(vec![Edit::insert(at, text), Edit::replace(span.start, span.end, name)])
}

/// The lines of a piece in front of a loop.
fn in_front(file: &File<'_, '_>, outermost: NodeId, piece: &Piece) -> String {
    let lines = Lines::new(file);
    let indent = lines.indent(outermost);
    [indent, &piece.text(indent, lines.eol), lines.eol].concat()
}

/// Where the lines begin of a loop with its label and its comments, or of the guards in front of it.
fn place(file: &File<'_, '_>, outermost: NodeId, settled: &[String]) -> Result<usize, Refusal> {
    let tree = file.tree;
    let anchor = std::iter::successors(Some(outermost), |&at| labelled(tree, at)).last().unwrap_or(outermost);
    let anchor = before_guards(file, anchor, settled);
    if starts_line(tree.text, file.lines, tree.start(anchor)) {
        return Ok(Lines::new(file).first_line(anchor));
    }
    Err(Refusal { reason: Reason::HoistShape, at: tree.span(anchor) })
}

/// The label around a statement.
fn labelled(tree: &Tree<'_>, statement: NodeId) -> Option<NodeId> {
    tree.parent(statement).filter(|&up| tree.kind(up) == Kind::Labeled)
}
