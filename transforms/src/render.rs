//! Applies plans in rounds: edit, reparse, check, and again for what encloses it, innermost loops first.
//!
//! Each round rewrites at least one group and leaves fewer sites than before, which is why the rounds end.

use crate::edit::EditSet;
use crate::facts::Facts;
use crate::file::File;
use crate::flow::Cycle;
use crate::hash::{Set, Table};
use crate::imports::behind_imports;
use crate::lifetime::Around;
use crate::locate::{Found, sites};
use crate::parse::{NodeId, Syntax, Tree};
use crate::passes::{Given, Pass, Plan};
use crate::region::Group;
use crate::scan::focus::focus;
use crate::span::Span;
use crate::verdict::{Form, Reason};
use crate::world::Texts;

/// Part of the original text that was replaced, with the part of the new text that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Bytes of the original text.
    pub(crate) old: Span,
    /// Bytes of the new text.
    pub(crate) new: Span,
    /// Offsets, in the original text, of the defers that it rewrites.
    pub(crate) defers: Vec<usize>,
}

/// The text after all rounds.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// In source order; they do not touch.
    pub(crate) patches: Vec<Patch>,
}

/// What could not be rewritten after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    /// The defers, by their offsets in the original text.
    pub(crate) defers: Vec<usize>,
    /// Why the form of their group does not fit the text that earlier rounds have left; nothing where a check failed.
    pub(crate) refused: Option<Reason>,
}

impl Failed {
    fn check(defers: Vec<usize>) -> Failed {
        Failed { defers, refused: None }
    }
}

/// What is done about a group.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) form: Form,
    pub(crate) given: Given,
}

/// Rewrites the defers at the given offsets of the file: all of them, or says which cannot be.
/// `choices` are by the offset of a group's first defer.
pub(crate) fn render(
    file: &File<'_, '_>,
    found: &[Found],
    defers: &[usize],
    choices: &Table<usize, Choice>,
) -> Result<Rendered, Failed> {
    let pending = defers.iter().map(|&at| Pending { old: at, now: at }).collect();
    let mut state = State { pending, patches: Vec::new(), choices };
    let mut next = state.round(file, found)?;
    let (mut faults, mut sites_left) = (file.tree.faults(), going_round(found));
    loop {
        let failed = Failed::check(next.done);
        let Some(tree) = Tree::parse_from(&next.text, next.focused, next.syntax.as_ref()) else {
            return Err(failed);
        };
        let world = &file.around.world;
        let is_function = |path: Option<&str>, name: &str| world.declares_function(path, name);
        let facts = Facts::among(tree, world.predeclared(), is_function);
        let flow = facts.flow();
        let left = sites(&facts.tree, &flow);
        if facts.tree.faults() > faults || going_round(&left) + failed.defers.len() != sites_left {
            return Err(failed);
        }
        if state.pending.is_empty() {
            if comments(file.tree) != comments(&facts.tree) || reads_otherwise(file, &facts.tree) {
                return Err(Failed::check(defers.to_vec()));
            }
            return Ok(Rendered { text: facts.tree.text.to_owned(), patches: state.patches });
        }
        (faults, sites_left) = (facts.tree.faults(), going_round(&left));
        let texts = Texts::new();
        let around = Around::new(file.around.options, &facts.tree, &texts);
        let round = state.round(&File::of(&facts, &flow, &around), &left)?;
        drop(around);
        drop(flow);
        drop(facts);
        next = round;
    }
}

/// Whether the grammar, which guesses where a text is no Go, takes the new text for another one than it took the old text for:
/// read afresh, it has other faults.
fn reads_otherwise(file: &File<'_, '_>, tree: &Tree<'_>) -> bool {
    tree.syntax().is_some() && {
        let focused = focus(tree.text, file.around.options.rules);
        Tree::parse_from(tree.text, focused, None).is_none_or(|afresh| afresh.faults() != file.tree.faults())
    }
}

/// What a round leaves to be parsed.
struct Round {
    text: String,
    /// The text as the parser is to see it, where some bodies are blank to it.
    focused: Option<String>,
    syntax: Option<Syntax>,
    /// Offsets, in the original text, of the defers that it rewrote.
    done: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    /// Offset in the original text.
    old: usize,
    /// Offset in the text of this round.
    now: usize,
}

struct State<'c> {
    pending: Vec<Pending>,
    patches: Vec<Patch>,
    choices: &'c Table<usize, Choice>,
}

impl State<'_> {
    fn fail_all(&self) -> Failed {
        Failed::check(self.pending.iter().map(|pending| pending.old).collect())
    }

    /// Rewrites the innermost groups that wait.
    fn round(&mut self, file: &File<'_, '_>, found: &[Found]) -> Result<Round, Failed> {
        let tree = file.tree;
        let mut edits = EditSet::default();
        let mut hulls: Vec<(Span, Vec<usize>)> = Vec::new();
        let mut joined: Vec<Span> = Vec::new();
        let mut jumps = Jumps::default();
        for group in innermost(tree, &self.groups(tree, found)) {
            let old = self.old_offsets(tree, &group);
            let plan = match self.plan(file, &group, &old) {
                Ok(plan) => plan,
                Err(refused) => return Err(Failed { defers: old, refused }),
            };
            let Some(hull) = plan.edits.iter().map(|edit| edit.span).reduce(Span::hull) else { continue };
            let Plan { edits: planned, dropped, imports, .. } = plan;
            match hulls.last_mut() {
                // It reaches into another group's edits, as names for the function's results do, or the last jump
                // to a label may be in either: it waits for the next round, and the two are one patch.
                Some((last, _)) if hull.start < last.end || jumps.shared(group.function, &dropped) => {
                    *last = last.hull(hull);
                }
                _ => {
                    if edits.merge(planned).is_ok() {
                        jumps.0.extend(dropped.into_iter().map(|label| (group.function, label)));
                        hulls.push((hull, old));
                        if imports {
                            joined.extend(self.imported(tree).map(|earlier| earlier.hull(hull)));
                        }
                    }
                }
            }
        }
        if hulls.is_empty() {
            return Err(self.fail_all());
        }
        let mut syntax = tree.syntax();
        if let Some(syntax) = &mut syntax {
            let edits = edits.coalesced(tree.text);
            edits.iter().rev().for_each(|edit| syntax.edit(file.lines, edit.span, &edit.new));
        }
        let done: Vec<usize> = hulls.iter().flat_map(|(_, old)| old.iter().copied()).collect();
        hulls.extend(joined.into_iter().map(|hull| (hull, Vec::new())));
        self.record(&edits, hulls);
        self.pending.retain(|pending| !done.contains(&pending.old));
        for pending in &mut self.pending {
            pending.now = edits.map(pending.now);
        }
        let focused = tree.focused().map(|seen| edits.apply(seen));
        Ok(Round { text: edits.apply(tree.text), focused, syntax, done })
    }

    /// The plan for a group as it was chosen, with the names that were settled for it, or why there is none.
    fn plan(&self, file: &File<'_, '_>, group: &Group, old: &[usize]) -> Result<Plan, Option<Reason>> {
        let choice = old.first().and_then(|first| self.choices.get(first)).ok_or(None)?;
        let Choice { form, given } = choice;
        let pass = Pass::of(*form).ok_or(None)?;
        let plan = (pass.plan)(file, group, given).map_err(|refusal| Some(refusal.reason))?;
        let named = plan.variables <= given.variables.len()
            && (!plan.labels || given.label.is_some())
            && (plan.declares.is_none() || given.declared.is_some());
        named.then_some(plan).ok_or(None)
    }

    /// What earlier rounds have changed where imports stand: a plan that rests on it does not compile without it.
    fn imported(&self, tree: &Tree<'_>) -> impl Iterator<Item = Span> {
        let head = behind_imports(tree);
        self.patches.iter().map(|patch| patch.new).filter(move |new| new.start <= head)
    }

    /// The groups that wait to be rewritten.
    fn groups(&self, tree: &Tree<'_>, found: &[Found]) -> Vec<Group> {
        let wanted: Set<usize> = self.pending.iter().map(|pending| pending.now).collect();
        let found: Vec<Found> =
            found.iter().copied().filter(|site| wanted.contains(&tree.start(site.defer))).collect();
        groups(&found)
    }

    fn old_offsets(&self, tree: &Tree<'_>, group: &Group) -> Vec<usize> {
        let starts: Set<usize> = group.defers.iter().map(|&defer| tree.start(defer)).collect();
        self.pending
            .iter()
            .filter(|pending| starts.contains(&pending.now))
            .map(|pending| pending.old)
            .collect()
    }

    /// Notes what this round replaced, in terms of the original text.
    fn record(&mut self, edits: &EditSet, hulls: Vec<(Span, Vec<usize>)>) {
        let mut touched: Vec<Patch> = hulls
            .into_iter()
            .map(|(hull, defers)| Patch { old: self.original(hull), new: hull, defers })
            .collect();
        touched.append(&mut self.patches);
        touched.sort_by_key(|patch| (patch.new.start, patch.new.end));
        for patch in touched {
            match self.patches.last_mut() {
                Some(last) if patch.new.start <= last.new.end => {
                    last.new = last.new.hull(patch.new);
                    last.old = last.old.hull(patch.old);
                    last.defers.extend(patch.defers);
                }
                _ => self.patches.push(patch),
            }
        }
        for patch in &mut self.patches {
            patch.new = Span::new(edits.map_before(patch.new.start), edits.map(patch.new.end));
            patch.defers.sort_unstable();
        }
    }

    /// The bytes of the original text that a span of this round's text came from.
    fn original(&self, span: Span) -> Span {
        let back = |offset: usize, at_end: bool| {
            let mut shift = 0_isize;
            for patch in &self.patches {
                if patch.new.start <= offset && offset <= patch.new.end {
                    return if at_end { patch.old.end } else { patch.old.start };
                }
                if patch.new.end < offset {
                    shift += patch.new.len().cast_signed() - patch.old.len().cast_signed();
                }
            }
            offset.saturating_add_signed(-shift)
        };
        Span::new(back(span.start, false), back(span.end, true))
    }
}

/// The labels, by their functions, that the edits of a round take jumps from.
#[derive(Default)]
struct Jumps(Set<(NodeId, String)>);

impl Jumps {
    fn shared(&self, function: NodeId, labels: &[String]) -> bool {
        labels.iter().any(|label| self.0.contains(&(function, label.clone())))
    }
}

/// The sites of the file by iteration; cycles by `goto` and sites that are left once have none.
pub(crate) fn groups(found: &[Found]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut index = Table::default();
    for site in found {
        let Cycle::Loop(iteration) = site.cycle else { continue };
        let at = *index.entry(iteration).or_insert_with(|| {
            groups.push(Group { function: site.function, iteration, defers: Vec::new() });
            groups.len() - 1
        });
        groups[at].defers.push(site.defer);
    }
    groups
}

/// The groups whose loops hold no other group's loop.
fn innermost(tree: &Tree<'_>, groups: &[Group]) -> Vec<Group> {
    let mut by_start: Vec<&Group> = groups.iter().collect();
    by_start.sort_by_key(|group| group.iteration);
    let holds_next = |index: usize| {
        by_start.get(index + 1).is_some_and(|next| tree.within(next.iteration, by_start[index].iteration))
    };
    (0..by_start.len()).filter(|&index| !holds_next(index)).map(|index| by_start[index].clone()).collect()
}

/// The sites that control comes back to. A literal around the others takes them out of their loop unasked.
fn going_round(sites: &[Found]) -> usize {
    sites.iter().filter(|site| !matches!(site.cycle, Cycle::None | Cycle::Unreached)).count()
}

/// All comments of a text, sorted. Indentation inside a comment belongs to the formatter.
pub(crate) fn comments(tree: &Tree<'_>) -> Vec<String> {
    let text = |id| tree.text_of(id).lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let mut comments: Vec<String> = tree.comments().map(text).collect();
    comments.sort_unstable();
    comments
}
