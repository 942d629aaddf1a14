//! The inline pass: the deferred call becomes a plain statement, once where the work is done and once in front of every
//! exit before that.
//!
//! Sound on every run without a panic: the call is made once for each defer statement that ran, on every way out of the
//! iteration, in reverse order of the defers, with the operands that the defer had, after the operands of a `return` were
//! evaluated. A panic in between skips it, and so does the end of the goroutine; where one is possible the pass doubts its
//! plan, unless only memory is released. Prerequisites:
//! 1. no `goto` or label stands in the iteration, and nothing in it calls `recover`, nor does a function deferred in it;
//! 2. behind the defer's statement list the iteration does nothing more, or all that happens to the resource is known and
//!    happens in that list: then the call goes right behind the last use;
//! 3. no other defer is pending at an exit that stays deferred;
//! 4. what the defer evaluated is the same later, or can be kept in a variable; the operands of a `return` too.

use std::collections::BTreeMap;

use crate::edit::Edit;
use crate::file::File;
use crate::flow::Cycle;
use crate::hash::Table;
use crate::parse::{Kind, NodeId};
use crate::passes::lines::{Comments, Lines};
use crate::passes::pieces::Piece;
use crate::passes::places::{Leaves, Placed, Until, place};
use crate::passes::release::{Release, Uses, Writer};
use crate::passes::returns::Returns;
use crate::passes::settled::Calls;
use crate::passes::{Given, Pass, Plan, Refusal, Standing, doubts, prerequisites};
use crate::region::{Exit, Group, Target};
use crate::scope::BindingId;
use crate::signature::means_the_same;
use crate::span::Span;
use crate::verdict::{Form, Reason};

/// What `explain inline` shows.
pub(crate) const PASS: Pass = Pass {
    form: Form::Inline,
    summary: "makes the call a plain statement behind the last use, and in front of every exit before that",
    doc: "The call is made once for each defer that ran, on every way out of the iteration, in reverse order of the defers. A release that is known, of something whose every use is known, goes right behind the last use; any other call goes to the end of the iteration. What the defer evaluated is kept in a variable where it may change, and the operands of a return are evaluated before the call. A release that the iteration makes itself is not made twice.\n\nA panic in between skips the call, and so does t.Fatal. The form is safe only where nothing in between can panic or end the goroutine, or where only memory is released.\n\nLeft alone: a defer in a block that ends before the iteration does, goto, recover, another defer that stays pending, calls that cannot be a statement.",
    before: "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc sum(names []string) (int, error) {\n\ttotal := 0\n\tfor _, name := range names {\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tdefer f.Close()\n\t\tb, err := io.ReadAll(f)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += len(b)\n\t}\n\treturn total, nil\n}\n",
    after: "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc sum(names []string) (int, error) {\n\ttotal := 0\n\tfor _, name := range names {\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tb, err := io.ReadAll(f)\n\t\tf.Close()\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += len(b)\n\t}\n\treturn total, nil\n}\n",
    standing: Standing::Preferred,
    wraps: false,
    stand_in: Some(Form::Guard),
    plan: |file, group, given| lower(file, group, given, &Added::default()),
};

/// What another pass adds to plain calls.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// By defer, what goes behind its call wherever that is made.
    pub(super) behind: Table<NodeId, Vec<Behind>>,
    /// Variables that hold the same from their declaration on.
    pub(super) steady: Vec<BindingId>,
    /// Defers that give back nothing but memory.
    pub(super) memory: Vec<NodeId>,
}

/// A statement that ends the use of something.
#[derive(Debug)]
pub(super) struct Behind {
    pub(super) statement: String,
    /// A name that has to mean wherever it stands what it means here.
    pub(super) name: NodeId,
    /// The variables that hold what is of no use behind it.
    pub(super) holders: Vec<BindingId>,
}

/// From this many copies on, no reviewer would write the calls out.
const CLUMSY: usize = 4;
/// More copies are not made.
const MOST: usize = 12;

/// Plans plain calls for one group.
pub(super) fn lower(
    file: &File<'_, '_>,
    group: &Group,
    given: &Given,
    added: &Added,
) -> Result<Plan, Refusal> {
    let tree = file.tree;
    prerequisites::early_argument(file, group)?;
    prerequisites::jumps(file, group)?;
    prerequisites::recovers(file, group, &prerequisites::body(file, group))?;
    let placed = place(file, group, Leaves::ByAny)?;
    bystanders(file, group, &placed)?;
    let most = placed.iter().map(Placed::copies).max().unwrap_or(0);
    let many = Refusal { reason: Reason::ManyCopies, at: tree.span(group.defers[0]) };
    if most > MOST {
        return Err(many);
    }
    doubts::unchecked(file, group, &placed)?;
    let written = Work::new(file, group, &placed, given, added).write()?;
    let doubt = doubts::skips(file, group, &placed, &added.memory).or(written.doubt);
    let region = placed.iter().map(|one| one.span(file)).reduce(Span::hull);
    let clumsy = (most >= CLUMSY || written.kept > 1).then_some(many);
    Ok(Plan {
        edits: written.edits,
        doubt,
        changes: Vec::new(),
        settles: Vec::new(),
        clumsy,
        must_release: doubt.is_some() && doubts::must_release(file, group),
        region: region.unwrap_or(tree.span(group.defers[0])),
        labels: false,
        variables: 0,
        declares: None,
        imports: false,
        dropped: Vec::new(),
        exits: exits(&placed),
    })
}

/// Prerequisite 3: a defer that stays runs when the function ends, after calls that it used to run before.
fn bystanders(file: &File<'_, '_>, group: &Group, placed: &[Placed]) -> Result<(), Refusal> {
    let tree = file.tree;
    let own = tree.own_subtree(group.iteration);
    let others = own.filter(|&id| tree.kind(id) == Kind::Defer && !group.defers.contains(&id));
    for other in others {
        let stays = match file.flow.cycle(other) {
            Cycle::Outer => true,
            Cycle::None => placed.iter().any(|one| one.pending.iter().any(|&at| tree.within(other, at))),
            _ => false,
        };
        if stays {
            return Err(Refusal { reason: Reason::SiblingStays, at: tree.span(other) });
        }
    }
    Ok(())
}

/// The exits that get a call, each once, in source order.
fn exits(placed: &[Placed]) -> Vec<Exit> {
    let exits = placed.iter().flat_map(|one| &one.exits).map(|exit| (exit.at, *exit));
    exits.collect::<BTreeMap<NodeId, Exit>>().into_values().collect()
}

/// What the edits come to.
struct Written {
    edits: Vec<Edit>,
    doubt: Option<Refusal>,
    /// How many variables are new.
    kept: usize,
}

/// Writes the edits of one plan.
struct Work<'w, 'a, 't> {
    file: &'w File<'a, 't>,
    group: &'w Group,
    placed: &'w [Placed],
    added: &'w Added,
    lines: Lines<'w, 'a, 't>,
    writer: Writer<'w, 'a, 't>,
}

impl<'w, 'a, 't> Work<'w, 'a, 't> {
    fn new(
        file: &'w File<'a, 't>,
        group: &'w Group,
        placed: &'w [Placed],
        given: &Given,
        added: &'w Added,
    ) -> Self {
        let writer = Writer::new(file, group, given.settled.clone());
        Work { file, group, placed, added, lines: Lines::new(file), writer }
    }

    fn write(mut self) -> Result<Written, Refusal> {
        let mut releases = Vec::new();
        for one in self.placed {
            if one.made.is_some() && self.added.behind.contains_key(&one.defer) {
                let at = self.file.tree.span(one.defer);
                return Err(Refusal { reason: Reason::ReleasedTwice, at });
            }
            // A call that is nowhere made needs nothing.
            let none = Release { kept: Vec::new(), call: Piece::line(""), held: None };
            releases.push(if one.copies() == 0 { none } else { self.release(one)? });
        }
        let mut written = Written { edits: Vec::new(), doubt: None, kept: 0 };
        self.defers(&releases, &mut written);
        self.behind(&releases, &mut written);
        self.exits(&releases, &mut written)?;
        Ok(written)
    }

    /// The call of one defer, for all its places.
    fn release(&mut self, one: &Placed) -> Result<Release, Refusal> {
        let tree = self.file.tree;
        let mut places: Vec<usize> = one.exits.iter().map(|exit| tree.start(exit.at)).collect();
        match one.until {
            Until::Here => places.push(tree.start(one.defer)),
            Until::Behind(last) => places.push(tree.end(last)),
            Until::Nowhere => {}
        }
        let here = one.until == Until::Here;
        let uses =
            Uses { places: &places, between: one.between(self.file), here, steady: &self.added.steady };
        let release = self.writer.release(one.call, &uses)?;
        self.with_added(one, release, &places)
    }

    /// A call with what goes behind it.
    fn with_added(&self, one: &Placed, release: Release, places: &[usize]) -> Result<Release, Refusal> {
        let File { tree, scopes, .. } = *self.file;
        let Some(added) = self.added.behind.get(&one.defer) else { return Ok(release) };
        let hidden =
            |behind: &Behind| places.iter().any(|&at| !means_the_same(tree, scopes, behind.name, at));
        if added.iter().any(hidden) {
            return Err(Refusal { reason: Reason::NameHidden, at: tree.span(one.defer) });
        }
        if let Some(at) = added.iter().find_map(|behind| self.used_later(one, &behind.holders)) {
            return Err(Refusal { reason: Reason::PoolLeaves, at: tree.span(at) });
        }
        let behind = added.iter().map(|behind| Piece::line(&behind.statement));
        let call = Piece::stacked(std::iter::once(release.call).chain(behind));
        Ok(Release { call, ..release })
    }

    /// A mention of some variables that may come behind the place of a call.
    fn used_later(&self, one: &Placed, holders: &[BindingId]) -> Option<NodeId> {
        let File { tree, scopes, .. } = *self.file;
        let end = one.span(self.file).end;
        let mentions = holders.iter().flat_map(|&holder| &scopes.get(holder).mentions).copied();
        let inside = mentions.filter(|&at| at > one.defer && tree.within(at, self.group.iteration));
        inside.filter(|&at| !tree.within(at, one.defer)).find(|&at| {
            match self.placed.iter().find(|other| tree.within(at, other.defer)) {
                Some(other) => other.span(self.file).end > end,
                None => tree.end(at) > end,
            }
        })
    }

    /// What becomes of the defer statements themselves.
    fn defers(&self, releases: &[Release], written: &mut Written) {
        let tree = self.file.tree;
        let mut gone = Vec::new();
        for (one, release) in self.placed.iter().zip(releases) {
            let span = tree.span(one.defer);
            let indent = self.lines.indent(one.defer);
            written.kept += release.kept.len();
            if one.until == Until::Here {
                written.edits.push(self.lines.in_place(one.defer, &release.call));
            } else if release.kept.is_empty() {
                gone.push((one.defer, self.comments(one)));
            } else {
                let separator = self.lines.separator(one.defer, &release.kept);
                let kept: Vec<String> =
                    release.kept.iter().map(|piece| piece.text(indent, self.lines.eol)).collect();
                written.edits.push(Edit::replace(span.start, span.end, kept.join(&separator)));
            }
        }
        written.edits.extend(self.lines.remove(&gone));
    }

    /// The comments that a defer takes along: where its call goes on lines of its own.
    fn comments(&self, one: &Placed) -> Comments {
        let carries = match (one.until, one.exits.first()) {
            (Until::Behind(last), _) => self.lines.leads(last),
            (Until::Nowhere, Some(exit)) => self.lines.leads(exit.at),
            _ => false,
        };
        if carries { self.lines.comments(one.defer) } else { Comments::default() }
    }

    /// The calls at the ends of statement lists, or behind the last uses.
    fn behind(&self, releases: &[Release], written: &mut Written) {
        let mut ends: BTreeMap<NodeId, Vec<Piece>> = BTreeMap::new();
        for (one, release) in self.placed.iter().zip(releases).rev() {
            let Until::Behind(last) = one.until else { continue };
            let call = self.with_comments(one, release);
            ends.entry(self.anchor(one, last, releases)).or_default().push(call);
        }
        let in_place = |at: NodeId| {
            let mut all = self.placed.iter().zip(releases);
            all.find(|(one, _)| one.until == Until::Here && one.defer == at).map(|(_, release)| &release.call)
        };
        let behind = |(last, calls): (NodeId, Vec<Piece>)| self.lines.behind(last, in_place(last), &calls);
        written.edits.extend(ends.into_iter().map(behind));
    }

    /// The statement behind which a call goes; one that is taken away is none.
    fn anchor(&self, one: &Placed, last: NodeId, releases: &[Release]) -> NodeId {
        let is_gone = |statement: NodeId| {
            let mut pairs = self.placed.iter().zip(releases);
            pairs.any(|(other, release)| {
                other.defer == statement && other.until != Until::Here && release.kept.is_empty()
            })
        };
        let before = one.pending.iter().rev().copied().filter(|&at| at <= last);
        before.into_iter().find(|&at| !is_gone(at)).unwrap_or(one.defer)
    }

    fn with_comments(&self, one: &Placed, release: &Release) -> Piece {
        if release.kept.is_empty() {
            self.lines.with_comments(release.call.clone(), &self.comments(one))
        } else {
            release.call.clone()
        }
    }

    /// The calls in front of exits.
    fn exits(&mut self, releases: &[Release], written: &mut Written) -> Result<(), Refusal> {
        let returns = Returns::new(self.file, self.group);
        for exit in exits(self.placed) {
            let pending: Vec<usize> = (0..self.placed.len())
                .rev()
                .filter(|&index| self.placed[index].exits.iter().any(|own| own.at == exit.at))
                .collect();
            let statements: Vec<Piece> =
                pending.iter().map(|&index| self.at_exit(index, exit, &releases[index])).collect();
            if exit.to != Target::Return {
                let text = self.lines.before(exit.at, &statements);
                written.edits.push(Edit::insert(self.file.tree.start(exit.at), text));
                continue;
            }
            let calls: Vec<NodeId> = pending.iter().map(|&index| self.placed[index].call).collect();
            let holders: Option<Vec<Vec<BindingId>>> =
                pending.iter().map(|&index| self.holders(&self.placed[index])).collect();
            let holders = holders.map(|all| all.concat());
            let calls = Calls { calls: &calls, holders: holders.as_deref() };
            let (edits, later) = returns.edits(exit.at, &statements, calls, &self.writer, self.lines)?;
            written.edits.extend(edits);
            if later {
                let at = self.file.tree.span(exit.at);
                written.doubt.get_or_insert(Refusal { reason: Reason::ResultsSetLater, at });
            }
        }
        Ok(())
    }

    /// The variables that hold what a call releases, and what is of no use behind it.
    fn holders(&self, one: &Placed) -> Option<Vec<BindingId>> {
        let mut holders = one.holders.clone()?;
        let added = self.added.behind.get(&one.defer).into_iter().flatten();
        holders.extend(added.flat_map(|behind| &behind.holders));
        Some(holders)
    }

    /// The call of one defer in front of an exit; it takes the comments along where it is the first of all.
    fn at_exit(&self, index: usize, exit: Exit, release: &Release) -> Piece {
        let one = &self.placed[index];
        let is_first = one.exits.first().is_some_and(|first| first.at == exit.at);
        if one.until == Until::Nowhere && is_first {
            self.with_comments(one, release)
        } else {
            release.call.clone()
        }
    }
}
