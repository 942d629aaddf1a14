//! The guard form: plain calls as those of the inline pass, and one deferred function in front of the loop that makes the
//! call that is still pending when a panic, a `return` or the end of the goroutine ends the function.
//!
//! Sound because the call is made once on every way: what is pending is noted where the defer stood and cleared right
//! before each plain call, so that a call that panics is not made again. The deferred function stands in front of the
//! outermost loop: what was deferred before that runs after it, as before. A `return` needs no change: the call is made
//! after its operands were evaluated, when the results are set. Prerequisites, besides those of the inline pass:
//! 1. the function has no `goto`, which could jump over the new variable, and carries no pragma that a literal would escape;
//! 2. no other defer in the outermost loop is pending at the same time and stays one, unless it comes behind this one;
//!    groups of enclosing loops whose defers are pending in this one take the form too (that is seen to where forms are chosen);
//! 3. `nil` means itself.

use std::collections::BTreeMap;

use crate::edit::Edit;
use crate::file::File;
use crate::flow::Cycle;
use crate::lifetime::Called;
use crate::lower::is_predeclared;
use crate::names::Taken;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::lines::Lines;
use crate::passes::pieces::Piece;
use crate::passes::places::{Leaves, Makes, Placed, Until, place};
use crate::passes::release::{Held, Release, Uses, Writer};
use crate::passes::{Given, Pass, Plan, Refusal, Standing, ahead, doubts, prerequisites};
use crate::region::{Exit, Group, Target};
use crate::verdict::{Form, Reason};
use crate::wrap::{eol_of, indent_of, starts_line};

/// What `explain guard` shows.
pub(crate) const PASS: Pass = Pass {
    form: Form::Guard,
    summary: "makes the call a plain statement, and after a panic one deferred function makes it",
    doc: "What is to be released is noted in a variable where the defer stood, and cleared right before each plain call; a deferred function in front of the outermost loop makes the call that is still pending when the function ends. So a panic, a return and t.Fatal release the resource as before, and returns need no change.\n\nStands in for inline where a panic in between is likely to be survived: locks, transactions, functions that recover, HTTP handlers.\n\nLeft alone: a goto in the function, //go: pragmas on it, another defer of the loop that would run in another order.",
    before: "package p\n\nimport \"sync\"\n\ntype bank struct {\n\tmu      sync.Mutex\n\tbalance map[string]int\n}\n\nfunc (b *bank) apply(names []string, change func(int) (int, error)) error {\n\tfor _, name := range names {\n\t\tb.mu.Lock()\n\t\tdefer b.mu.Unlock()\n\t\tbalance, err := change(b.balance[name])\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\tb.balance[name] = balance\n\t}\n\treturn nil\n}\n",
    after: "package p\n\nimport \"sync\"\n\ntype bank struct {\n\tmu      sync.Mutex\n\tbalance map[string]int\n}\n\nfunc (b *bank) apply(names []string, change func(int) (int, error)) error {\n\tvar pending func()\n\tdefer func() {\n\t\tif pending != nil {\n\t\t\tpending()\n\t\t}\n\t}()\n\tfor _, name := range names {\n\t\tb.mu.Lock()\n\t\tpending = b.mu.Unlock\n\t\tbalance, err := change(b.balance[name])\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\tb.balance[name] = balance\n\t\tpending = nil\n\t\tb.mu.Unlock()\n\t}\n\treturn nil\n}\n",
    standing: Standing::Asked,
    wraps: false,
    stand_in: None,
    plan,
};

/// More copies are not made.
const MOST: usize = 12;

/// Plans the rewrite of one group.
fn plan(file: &File<'_, '_>, group: &Group, given: &Given) -> Result<Plan, Refusal> {
    let tree = file.tree;
    prerequisites::early_argument(file, group)?;
    prerequisites::pragma(file, group)?;
    no_goto(file, group)?;
    prerequisites::recovers(file, group, &prerequisites::body(file, group))?;
    let outermost = file.flow.nest.outermost(group.iteration);
    bystanders(file, group, outermost)?;
    let placed = place(file, group, Leaves::ByJump)?;
    let most = placed.iter().map(Placed::copies).max().unwrap_or(0);
    if most > MOST {
        return Err(Refusal { reason: Reason::ManyCopies, at: tree.span(group.defers[0]) });
    }
    doubts::unchecked(file, group, &placed)?;
    let mut work = Work::new(file, group, &placed, given);
    let mut edits = work.write(outermost)?;
    edits.extend(together(file, group, outermost));
    let leaving = placed.iter().flat_map(|one| &one.exits).map(|exit| (exit.at, *exit));
    Ok(Plan {
        edits,
        doubt: None,
        changes: Vec::new(),
        settles: Vec::new(),
        clumsy: None,
        must_release: false,
        region: tree.span(outermost),
        labels: false,
        variables: work.guarded().count(),
        declares: None,
        imports: false,
        dropped: Vec::new(),
        exits: leaving.collect::<BTreeMap<NodeId, Exit>>().into_values().collect(),
    })
}

/// Prerequisite 1: a jump over the declaration of a variable does not compile.
fn no_goto(file: &File<'_, '_>, group: &Group) -> Result<(), Refusal> {
    let tree = file.tree;
    if !file.flow.has_goto(group.defers[0]) {
        return Ok(());
    }
    let goto = tree.own_subtree(group.function).find(|&id| tree.kind(id) == Kind::Goto);
    Err(Refusal { reason: Reason::GotoCrosses, at: tree.span(goto.unwrap_or(group.iteration)) })
}

/// Prerequisite 2: a defer that was pending before would now run before the guard.
fn bystanders(file: &File<'_, '_>, group: &Group, outermost: NodeId) -> Result<(), Refusal> {
    let tree = file.tree;
    let own = tree.own_subtree(outermost).filter(|&id| tree.kind(id) == Kind::Defer);
    for other in own.filter(|id| !group.defers.contains(id)) {
        let before = match file.flow.cycle(other) {
            Cycle::Outer => true,
            Cycle::None => {
                let reached = file.flow.reachable(other, group.function);
                group.defers.iter().any(|defer| reached.contains(defer))
            }
            _ => false,
        };
        if before {
            return Err(Refusal { reason: Reason::GuardOrder, at: tree.span(other) });
        }
    }
    Ok(())
}

/// An edit that changes nothing, where the outermost loop has other defers. It makes one patch of the guard and of what becomes of
/// those: a guard beside one that stays would break prerequisite 2.
fn together(file: &File<'_, '_>, group: &Group, outermost: NodeId) -> Option<Edit> {
    let tree = file.tree;
    let mut defers = tree.own_subtree(outermost).filter(|&id| tree.kind(id) == Kind::Defer);
    let is_shared = defers.any(|id| !group.defers.contains(&id));
    is_shared.then(|| Edit::insert(tree.end(outermost), ""))
}

/// Writes the edits of one plan.
struct Work<'w, 'a, 't> {
    file: &'w File<'a, 't>,
    placed: &'w [Placed],
    given: &'w Given,
    lines: Lines<'w, 'a, 't>,
    writer: Writer<'w, 'a, 't>,
    /// The variable of each defer that needs one.
    variables: Vec<Option<String>>,
}

impl<'w, 'a, 't> Work<'w, 'a, 't> {
    fn new(file: &'w File<'a, 't>, group: &'w Group, placed: &'w [Placed], given: &'w Given) -> Self {
        let mut writer = Writer::new(file, group, given.settled.clone());
        let mut settled = given.variables.iter();
        let variables = placed.iter().map(|one| {
            let needed = one.until != Until::Here;
            needed.then(|| settled.next().cloned().unwrap_or_else(|| writer.name(&["pending"])))
        });
        let variables = variables.collect();
        Work { file, placed, given, lines: Lines::new(file), writer, variables }
    }

    /// The variables that are declared.
    fn guarded(&self) -> impl Iterator<Item = &String> {
        self.variables.iter().flatten()
    }

    fn write(&mut self, outermost: NodeId) -> Result<Vec<Edit>, Refusal> {
        self.nil_means_itself(outermost)?;
        let mut releases = Vec::new();
        for one in self.placed {
            releases.push(self.release(one)?);
        }
        let mut edits = vec![self.declarations(outermost)];
        for (index, release) in releases.iter().enumerate() {
            edits.push(self.note(index, release));
        }
        self.behind(&releases, &mut edits);
        self.jumps(&releases, &mut edits);
        Ok(edits)
    }

    /// The call of one defer, for all its places; it stands in the deferred function as well.
    fn release(&mut self, one: &Placed) -> Result<Release, Refusal> {
        let tree = self.file.tree;
        let mut places: Vec<usize> = one.exits.iter().map(|exit| tree.start(exit.at)).collect();
        places.push(tree.start(one.defer));
        if let Until::Behind(last) = one.until {
            places.push(tree.end(last));
        }
        let here = one.until == Until::Here;
        let uses = Uses { places: &places, between: one.between(self.file), here, steady: &[] };
        self.writer.release(one.call, &uses)
    }

    /// The variables and the deferred functions, in front of the outermost loop. Those of inner loops come behind.
    fn declarations(&self, outermost: NodeId) -> Edit {
        let File { tree, lines, .. } = *self.file;
        let eol = eol_of(tree.text);
        let mut anchor = outermost;
        while let Some(label) = tree.parent(anchor).filter(|&up| tree.kind(up) == Kind::Labeled) {
            anchor = label;
        }
        let anchor = ahead::before_guards(self.file, anchor, &self.given.settled);
        let indent = indent_of(tree.text, lines.line_start(tree.start(outermost)));
        let on_lines = starts_line(tree.text, lines, tree.start(anchor));
        let mut text = String::new();
        for variable in self.guarded() {
            let block = [
                format!("var {variable} func()"),
                "defer func() {".to_owned(),
                format!("\tif {variable} != nil {{"),
                format!("\t\t{variable}()"),
                "\t}".to_owned(),
                "}()".to_owned(),
            ];
            for line in block {
                if on_lines {
                    text.extend([indent, &line, eol]);
                } else {
                    text.extend([&line, eol, indent]);
                }
            }
        }
        let start = self.lines.first_line(anchor);
        Edit::insert(if on_lines { start } else { tree.start(anchor) }, text)
    }

    /// What takes the place of a defer: what has to be kept, and the note of what is pending.
    fn note(&self, index: usize, release: &Release) -> Edit {
        let tree = self.file.tree;
        let one = &self.placed[index];
        let span = tree.span(one.defer);
        let indent = self.lines.indent(one.defer);
        let Some(variable) = &self.variables[index] else {
            return self.lines.in_place(one.defer, &release.call);
        };
        let note = self.noted(one, release).between(&format!("{variable} = "), "");
        let statements: Vec<Piece> = release.kept.iter().cloned().chain([note]).collect();
        let separator = self.lines.separator(one.defer, &statements);
        let texts: Vec<String> = statements.iter().map(|piece| piece.text(indent, self.lines.eol)).collect();
        Edit::replace(span.start, span.end, texts.join(&separator))
    }

    /// A function value that makes the call: the method itself where its type is `func()`, else a literal.
    fn noted(&self, one: &Placed, release: &Release) -> Piece {
        let tree = self.file.tree;
        let is_function = matches!(self.file.ask().called(one.call), Called::Known { owner, name, .. }
            if PROCEDURES.contains(&(owner.as_str(), name)));
        let function = tree.child(one.call, Field::Function).filter(|_| is_function);
        match (function, &release.held) {
            (_, Some(Held::Literal(name))) | (Some(_), Some(Held::Function(name))) => Piece::line(name),
            (Some(function), None) if release.kept.is_empty() => Piece::line(tree.text_of(function)),
            _ if release.call.is_single() && !release.call.ends_lines() => {
                release.call.clone().between("func() { ", " }")
            }
            _ => Piece::stacked([Piece::line("func() {"), release.call.clone().indented(), Piece::line("}")]),
        }
    }

    /// A call with the note cleared in front of it.
    fn cleared(&self, index: usize, release: &Release) -> Vec<Piece> {
        let clear = self.variables[index].as_ref().map(|variable| Piece::line(format!("{variable} = nil")));
        clear.into_iter().chain([release.call.clone()]).collect()
    }

    /// The calls at the ends of statement lists, or behind the last uses; where the iteration makes the call itself, only
    /// the note is cleared.
    fn behind(&self, releases: &[Release], edits: &mut Vec<Edit>) {
        let tree = self.file.tree;
        let mut ends: BTreeMap<NodeId, Vec<Piece>> = BTreeMap::new();
        for (index, (one, release)) in self.placed.iter().zip(releases).enumerate().rev() {
            if let Until::Behind(last) = one.until {
                ends.entry(last).or_default().extend(self.cleared(index, release));
            }
            let Some(variable) = &self.variables[index] else { continue };
            let clear = Piece::line(format!("{variable} = nil"));
            match one.made {
                Some((made, Makes::TheCall)) => {
                    edits.push(Edit::insert(tree.start(made), self.lines.before(made, &[clear])));
                }
                // If that panics, the call is still due.
                Some((made, Makes::TheSame)) if self.file.flow.completes(made) => {
                    ends.entry(made).or_default().push(clear);
                }
                _ => {}
            }
        }
        let in_place = |at: NodeId| {
            let index = self.placed.iter().position(|one| one.defer == at)?;
            self.variables[index].is_none().then(|| &releases[index].call)
        };
        let behind = |(last, calls): (NodeId, Vec<Piece>)| self.lines.behind(last, in_place(last), &calls);
        edits.extend(ends.into_iter().map(behind));
    }

    /// The calls in front of `break` and `continue`. A `return` leaves them to the deferred function.
    fn jumps(&self, releases: &[Release], edits: &mut Vec<Edit>) {
        let mut calls: BTreeMap<NodeId, Vec<Piece>> = BTreeMap::new();
        for (index, (one, release)) in self.placed.iter().zip(releases).enumerate().rev() {
            for exit in one.exits.iter().filter(|exit| exit.to != Target::Return) {
                calls.entry(exit.at).or_default().extend(self.cleared(index, release));
            }
        }
        edits.extend(calls.into_iter().map(|(at, statements)| {
            Edit::insert(self.file.tree.start(at), self.lines.before(at, &statements))
        }));
    }

    /// Prerequisite 3, wherever a note is cleared or looked at.
    fn nil_means_itself(&self, outermost: NodeId) -> Result<(), Refusal> {
        let tree = self.file.tree;
        let places = self.placed.iter().flat_map(|one| {
            let jumps = one.exits.iter().map(|exit| tree.start(exit.at));
            let last = match one.until {
                Until::Behind(last) => Some(tree.end(last)),
                _ => one.made.map(|(made, _)| tree.end(made)),
            };
            jumps.chain(last)
        });
        let mut places = places.chain([tree.start(outermost)]);
        match places.find(|&at| !is_predeclared(self.file, "nil", at)) {
            Some(_) => Err(Refusal { reason: Reason::NameHidden, at: tree.span(self.placed[0].defer) }),
            None => Ok(()),
        }
    }
}

/// A name for the variable that notes what is pending: one that the function does not have, and none of `others`.
pub(crate) fn new_variable(taken: &Taken<'_, '_>, others: &[String]) -> String {
    taken.besides(others, &["pending"])
}

/// Methods and function types that are `func()`: type and name.
const PROCEDURES: &[(&str, &str)] = &[
    ("context.CancelFunc", "()"),
    ("sync.Mutex", "Unlock"),
    ("sync.RWMutex", "Unlock"),
    ("sync.RWMutex", "RUnlock"),
];
