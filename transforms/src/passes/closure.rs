//! The closure pass: the rest of the iteration moves into a function literal that is called on the spot.
//!
//! Sound because a deferred call runs when the innermost function around it returns (specification, "Defer
//! statements"): with the literal around the end of the iteration, that is the iteration's end, on every path,
//! a panic included. Order within the iteration, evaluation of arguments and capture of variables stay as they are.
//! Prerequisites:
//! 1. no `goto` enters or leaves the region, and no `fallthrough` leaves it;
//! 2. nothing in the region, and no function deferred in it, calls `recover`: it would mean another frame;
//! 3. the function carries no `//go:` pragma that a literal would escape;
//! 4. every defer in the region moves, or is on its way out of the function anyway;
//! 5. each exit has a row in the lowering table, and the names that the row writes mean what it takes them for.
//!
//! Where errors are to arrive that are dropped today, as `arrivals` has it, the row carries one from the iteration's end too.

use crate::calm::Calm;
use crate::edit::Edit;
use crate::file::File;
use crate::flow::Cycle;
use crate::lower::{Carry, Row, ends_terminating, is_predeclared, operands, predeclared_at_ends};
use crate::names::Taken;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::arrivals::Arrivals;
use crate::passes::operands::Operands;
use crate::passes::words::Words;
use crate::passes::{Given, Pass, Plan, Refusal, Standing, prerequisites};
use crate::region::{Exit, Group, Region, Target, candidates};
use crate::signature::{Results, is_error, type_text, zero};
use crate::verdict::{Form, Reason};
use crate::wrap::{Frame, eol_of, indent_of, leads_line, starts_line};

/// What `explain closure` shows.
pub(crate) const PASS: Pass = Pass {
    form: Form::Closure,
    summary: "moves the rest of the iteration into a function literal that is called on the spot",
    doc: "A deferred call runs when the innermost function around it returns. With a function literal around the end of the iteration that is the end of the iteration, on every path, a panic included; order, arguments and captured variables stay as they are. Exits are lowered: `continue` becomes `return`, other exits are signalled to the caller.\n\nLeft alone: a goto into or out of the region, a fallthrough out of it, recover in the region or in a deferred function, //go: pragmas on the function, names that generated code needs and that mean something else there.",
    before: "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc sum(names []string) (int, error) {\n\ttotal := 0\n\tfor _, name := range names {\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tdefer f.Close()\n\t\tb, err := io.ReadAll(f)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += len(b)\n\t}\n\treturn total, nil\n}\n",
    after: "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc sum(names []string) (int, error) {\n\ttotal := 0\n\tfor _, name := range names {\n\t\tif err := func() error {\n\t\t\tf, err := os.Open(name)\n\t\t\tif err != nil {\n\t\t\t\treturn err\n\t\t\t}\n\t\t\tdefer f.Close()\n\t\t\tb, err := io.ReadAll(f)\n\t\t\tif err != nil {\n\t\t\t\treturn err\n\t\t\t}\n\t\t\ttotal += len(b)\n\t\t\treturn nil\n\t\t}(); err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t}\n\treturn total, nil\n}\n",
    standing: Standing::Default,
    wraps: true,
    stand_in: None,
    plan,
};

/// Plans the rewrite of one group. The loop gets the given label where it needs one.
fn plan(file: &File<'_, '_>, group: &Group, given: &Given) -> Result<Plan, Refusal> {
    prerequisites::pragma(file, group)?;
    prerequisites::early_argument(file, group)?;
    let (regions, goto) = candidates(file, group);
    let arrivals = Arrivals::of(file, group);
    let row_of = |region: &Region| {
        if arrivals.is_empty() {
            Row::of(file, group, region)
        } else {
            Row::arriving(file, group, region, arrivals.overwrite())
        }
    };
    let mut best: Option<(Region, Row)> = None;
    for region in regions {
        let Ok(row) = row_of(&region) else { continue };
        let rank = |region: &Region, row: &Row| (row.rank(), needs_new_label(file, group, region, row));
        if best.as_ref().is_none_or(|(known, chosen)| rank(&region, &row) < rank(known, chosen)) {
            best = Some((region, row));
        }
    }
    let Some((region, row)) = best else { return Err(blocked(file, group, goto)) };
    prerequisites::recovers(file, group, region.statements())?;
    bystanders(file, group, &region)?;
    needed_names(file, group, &region, &row)?;
    let doubt = doubt(file, group, &region, &row)
        .map(|reason| Refusal { reason, at: file.tree.span(group.defers[0]) });
    let words = if row.arrives { Some(Words::of(file, group, &region, &arrivals)?) } else { None };
    let frame = Frame::of(file.tree, file.lines, &region);
    let indent = format!("{}\t", frame.indent);
    let panics = words.as_ref().filter(|_| arrivals.panics);
    let panics = panics.map(|words| [frame.eol, &indent, &words.panic(&indent, frame.eol)].concat());
    let arriving = words.map(|words| (&arrivals, words));
    let lowered = Lowered::of(file, group, &region, &row, given.label.as_deref(), arriving);
    let header = format!("{}func(){} {{{}", lowered.before, lowered.results, panics.unwrap_or_default());
    let footer = lowered.closing("}()");
    let mut edits = frame.edits(file.tree, lowered.inside, (&header, lowered.tail.as_deref(), &footer));
    edits.extend(lowered.outside);
    Ok(Plan {
        edits,
        doubt,
        changes: arrivals.changes(file, group),
        settles: arrivals.settles(file),
        clumsy: None,
        must_release: false,
        region: region.span(file.tree),
        labels: lowered.labels,
        variables: 0,
        declares: None,
        imports: row.arrives,
        dropped: lowered.dropped,
        exits: region.exits,
    })
}

/// A region whose exits are lowered, as a function that holds it needs it.
pub(super) struct Lowered {
    /// The edits in the region.
    pub(super) inside: Vec<Edit>,
    /// Those outside of it: names for results, labels.
    pub(super) outside: Vec<Edit>,
    /// The last statement of the function, where it needs one.
    pub(super) tail: Option<String>,
    /// What stands in front of the call.
    before: String,
    /// The function's results.
    pub(super) results: String,
    /// What stands behind the call on its line, and the lines that follow.
    behind: Vec<String>,
    /// Whether the loop gets a label.
    pub(super) labels: bool,
    /// Labels that some replaced exit named, and that stay because of others.
    pub(super) dropped: Vec<String>,
}

impl Lowered {
    /// The loop gets the given label where it needs one; the words are those for errors that arrive.
    pub(super) fn of(
        file: &File<'_, '_>,
        group: &Group,
        region: &Region,
        row: &Row,
        label: Option<&str>,
        arriving: Option<(&Arrivals, Words)>,
    ) -> Lowered {
        let mut writer = Writer::new(file, group, region, row, label);
        let (inside, outside) = writer.write(arriving);
        let tail = if ends_terminating(file, region) { None } else { writer.next() };
        let ((before, results), behind) = (writer.call(), writer.behind());
        let labels = writer.new_label.is_some();
        Lowered { inside, outside, tail, before, results, behind, labels, dropped: writer.dropped }
    }

    /// The lines from the end of a call on.
    fn closing(&self, call: &str) -> Vec<String> {
        let mut lines = self.behind.clone();
        lines[0].insert_str(0, call);
        lines
    }

    /// The lines that make a call and go where its results say.
    pub(super) fn calling(&self, call: &str) -> Vec<String> {
        self.closing(&format!("{}{call}", self.before))
    }
}

fn blocked(file: &File<'_, '_>, group: &Group, goto: Option<NodeId>) -> Refusal {
    match goto {
        Some(at) => Refusal { reason: Reason::GotoCrosses, at: file.tree.span(at) },
        // A region was there, and no row for it: the results can be carried in no way.
        None => Refusal { reason: Reason::NameHidden, at: file.tree.span(group.iteration) },
    }
}

/// Prerequisite 4: a defer in the region that is not of the group must be one whose every way is a `return`.
pub(super) fn bystanders(file: &File<'_, '_>, group: &Group, region: &Region) -> Result<(), Refusal> {
    let tree = file.tree;
    let own = tree.own_subtree(group.iteration);
    let others = own.filter(|&id| tree.kind(id) == Kind::Defer && !group.defers.contains(&id));
    for other in others.filter(|&id| region.holds(tree, id)) {
        match file.flow.cycle(other) {
            Cycle::None => {}
            Cycle::Outer => return Err(Refusal { reason: Reason::SiblingStays, at: tree.span(other) }),
            _ => continue,
        }
        let reached = file.flow.reachable(other, group.function);
        let leaves = region.exits.iter().any(|exit| exit.to != Target::Return && reached.contains(&exit.at));
        let behind = reached.iter().any(|&at| !region.holds(tree, at) && !encloses(tree, at, region));
        if leaves || behind {
            return Err(Refusal { reason: Reason::SiblingStays, at: tree.span(other) });
        }
    }
    Ok(())
}

fn encloses(tree: &Tree<'_>, outer: NodeId, region: &Region) -> bool {
    tree.within(region.owner, outer)
}

/// Prerequisite 5: generated code uses predeclared names, which must be themselves.
pub(super) fn needed_names(
    file: &File<'_, '_>,
    group: &Group,
    region: &Region,
    row: &Row,
) -> Result<(), Refusal> {
    let Needs { head, next, returns, jumps } = match row.number {
        1 => Needs::default(),
        // As strict as without errors that arrive, so that what is around it comes to the same in a second run.
        5 if row.arrives => {
            Needs { head: &["bool", "nil"], next: Some("false"), returns: Some("true"), jumps: None }
        }
        8 if row.arrives => Needs { head: &["int", "nil"], ..Needs::default() },
        3 => Needs { head: &["error", "nil"], next: Some("nil"), ..Needs::default() },
        7 => Needs { head: &["bool"], next: Some("true"), jumps: Some("false"), ..Needs::default() },
        8 => Needs { head: &["int"], ..Needs::default() },
        _ => {
            let next = (row.carry != Carry::Tuple { named: true }).then_some("false");
            Needs { head: &["bool"], next, returns: Some("true"), ..Needs::default() }
        }
    };
    let begin = region.span(file.tree).start;
    let hidden = head.iter().any(|name| !is_predeclared(file, name, begin))
        || next.is_some_and(|name| !predeclared_at_ends(file, region, name))
        || region.exits.iter().any(|exit| {
            let name = match exit.to {
                Target::Next => None,
                Target::Return => returns,
                Target::Break(_) | Target::Continue(_) => jumps,
            };
            name.is_some_and(|name| !is_predeclared(file, name, file.tree.start(exit.at)))
        });
    let elsewhere = row.carry == Carry::NameAndAssign
        && Results::of(file.tree, file.scopes, group.function).node.is_none();
    if hidden || elsewhere {
        return Err(Refusal { reason: Reason::NameHidden, at: file.tree.span(group.defers[0]) });
    }
    Ok(())
}

/// The predeclared names that a row writes, by place.
#[derive(Default)]
struct Needs {
    /// In the literal's signature, and where it is called.
    head: &'static [&'static str],
    /// At the end of the iteration, and at every exit to it.
    next: Option<&'static str>,
    /// At every `return`.
    returns: Option<&'static str>,
    /// At every other exit.
    jumps: Option<&'static str>,
}

/// Named results are set at another moment than before: a cleanup that panics could show it to another defer.
pub(super) fn doubt(file: &File<'_, '_>, group: &Group, region: &Region, row: &Row) -> Option<Reason> {
    let tree = file.tree;
    let results = Results::of(tree, file.scopes, group.function);
    let function_level =
        tree.own_subtree(group.function).any(|id| tree.kind(id) == Kind::Defer && !region.holds(tree, id));
    if !results.named
        || !function_level
        || !row.targets.contains(&Target::Return)
        || !observed(file, group, &results)
        || group.defers.iter().all(|&defer| never_panics(file, defer))
    {
        return None;
    }
    let computed = region
        .exits
        .iter()
        .filter(|exit| exit.to == Target::Return)
        .any(|exit| tree.subtree(exit.at).any(|id| tree.kind(id) == Kind::Call));
    let visible = match row.carry {
        Carry::Assign => row.number == 8 || computed,
        Carry::Tuple { .. } | Carry::Error { .. } => true,
        _ => false,
    };
    visible.then_some(Reason::ResultsSetLater)
}

/// Whether a deferred call is known not to panic.
fn never_panics(file: &File<'_, '_>, defer: NodeId) -> bool {
    let call = file.tree.deferred_call(defer);
    call.is_some_and(|call| Calm::new(file, Vec::new()).upset(call).is_none())
}

/// Whether a deferred function may read the results: a literal mentions one, or its address is taken.
fn observed(file: &File<'_, '_>, group: &Group, results: &Results<'_>) -> bool {
    let tree = file.tree;
    let bindings = results.all.iter().filter_map(|result| result.binding);
    bindings.flat_map(|binding| &file.scopes.get(binding).mentions).any(|&mention| {
        tree.function_around(mention) != Some(group.function)
            || tree.ancestors(mention).any(|up| tree.kind(up) == Kind::Unary && tree.has_token(up, "&"))
    })
}

/// Whether a `break` would have to name a loop that has no label yet.
pub(super) fn needs_new_label(file: &File<'_, '_>, group: &Group, region: &Region, row: &Row) -> bool {
    row.targets.contains(&Target::Break(group.iteration))
        && (row.number == 8 || in_breakable(file, group, region))
        && label_of(file, group.iteration).is_none()
}

/// A label that the function does not have, and that is none of `others`.
pub(crate) fn new_label(taken: &Taken<'_, '_>, others: &[String]) -> String {
    taken.besides(others, &["loop", "iteration", "loop"])
}

/// Whether the call stands in a switch or select inside the loop.
fn in_breakable(file: &File<'_, '_>, group: &Group, region: &Region) -> bool {
    let tree = file.tree;
    let owners = std::iter::once(region.owner).chain(tree.ancestors(region.owner));
    owners.take_while(|&id| id != group.iteration).any(|id| tree.kind(id).is_clause())
}

/// The label in front of a statement.
fn label_of<'t>(file: &File<'_, 't>, statement: NodeId) -> Option<&'t str> {
    let labeled = file.tree.parent(statement)?;
    if file.tree.kind(labeled) != Kind::Labeled {
        return None;
    }
    file.tree.child(labeled, Field::Label).map(|label| file.tree.text_of(label))
}

/// Writes the edits of one plan.
struct Writer<'w, 'a, 't> {
    file: &'w File<'a, 't>,
    group: &'w Group,
    region: &'w Region,
    row: &'w Row,
    results: Results<'t>,
    taken: Taken<'a, 't>,
    /// What the literal's results are called inside, and what the caller calls them.
    inner: Vec<String>,
    outer: Vec<String>,
    /// A label that the iteration's loop gets.
    new_label: Option<String>,
    /// Labels that some replaced exit named, and that stay because of others.
    dropped: Vec<String>,
    edits: Vec<Edit>,
}

impl<'w, 'a, 't> Writer<'w, 'a, 't> {
    fn new(
        file: &'w File<'a, 't>,
        group: &'w Group,
        region: &'w Region,
        row: &'w Row,
        label: Option<&str>,
    ) -> Self {
        let results = Results::of(file.tree, file.scopes, group.function);
        let taken = Taken::by(file.tree, file.scopes, group.function);
        let new_label = needs_new_label(file, group, region, row)
            .then(|| label.map_or_else(|| new_label(&taken, &[]), str::to_owned));
        let outer = outer_names(file, &results);
        let keep = results.named && row.carry == Carry::NameAndAssign;
        let inner = inner_names(file, &results, &taken);
        let named = results.all.iter().zip(inner);
        let inner = named.map(|(result, fresh)| match result.name {
            Some(name) if keep => name.to_owned(),
            _ => fresh,
        });
        let inner = inner.collect();
        Self {
            file,
            group,
            region,
            row,
            results,
            taken,
            inner,
            outer,
            new_label,
            dropped: Vec::new(),
            edits: Vec::new(),
        }
    }

    fn tree(&self) -> &'a Tree<'t> {
        self.file.tree
    }

    /// Takes over the words for errors that arrive. The edits in the region, and those outside of it.
    fn write(&mut self, arriving: Option<(&Arrivals, Words)>) -> (Vec<Edit>, Vec<Edit>) {
        let eol = eol_of(self.tree().text);
        if let (Some((_, words)), Some(last)) = (&arriving, self.inner.last_mut()) {
            last.clone_from(&words.result);
        }
        for exit in &self.region.exits {
            let written = self.edits.len();
            self.exit(*exit, eol);
            self.keep_comments(exit.at, written, eol);
        }
        let imports = arriving.map(|(arrivals, words)| self.arrivals(arrivals, words, eol));
        let inside = std::mem::take(&mut self.edits);
        self.edits.extend(imports.into_iter().flatten());
        if self.row.carry == Carry::NameAndAssign {
            self.name_results();
        }
        self.label(eol);
        self.unused_labels();
        (inside, std::mem::take(&mut self.edits))
    }

    /// The deferred calls whose errors arrive. The edits outside of the region that they need.
    fn arrivals(&mut self, arrivals: &Arrivals, words: Words, eol: &str) -> Vec<Edit> {
        for &(defer, call) in &arrivals.releases {
            self.edits.extend(words.release(self.file, defer, call, eol));
        }
        for mention in arrivals.stored_at(self.file) {
            let span = self.tree().span(mention);
            self.edits.push(Edit::replace(span.start, span.end, words.result.as_str()));
        }
        words.imports
    }

    fn tuple(&self) -> Option<bool> {
        match self.row.carry {
            Carry::Tuple { named } => Some(named),
            _ => None,
        }
    }

    /// A named signal where the name is free, for the reader's sake.
    fn signal(&self, name: &str, kind: &str) -> String {
        if self.taken.is_free(name) { format!(" ({name} {kind})") } else { format!(" {kind}") }
    }

    /// What stands in front of the call, and the results of the function.
    fn call(&self) -> (String, String) {
        let outer = self.outer.join(", ");
        match self.row.number {
            1 => (String::new(), String::new()),
            3 if self.row.arrives => {
                ("if err := ".to_owned(), format!(" ({} error)", self.inner[self.inner.len() - 1]))
            }
            3 => ("if err := ".to_owned(), " error".to_owned()),
            5 => (format!("if done, {outer} := "), self.result_list("done", "bool")),
            7 => ("if !".to_owned(), self.signal("next", "bool")),
            8 if self.tuple().is_some() => {
                (format!("switch ctl, {outer} := "), self.result_list("ctl", "int"))
            }
            8 => ("switch ".to_owned(), self.signal("ctl", "int")),
            _ => ("if ".to_owned(), self.signal("done", "bool")),
        }
    }

    /// The function's results in the rows that carry a tuple.
    fn result_list(&self, signal: &str, kind: &str) -> String {
        let types = self.results.all.iter().map(|result| type_text(self.tree(), result.kind));
        if self.tuple() == Some(true) {
            let signal = self.taken.fresh(&[signal]);
            let pairs = self.inner.iter().zip(types).map(|(name, kind)| format!("{name} {kind}"));
            format!(" ({signal} {kind}, {})", pairs.collect::<Vec<_>>().join(", "))
        } else {
            format!(" ({kind}, {})", types.collect::<Vec<_>>().join(", "))
        }
    }

    /// What stands behind the call on its line, and the lines that follow.
    fn behind(&self) -> Vec<String> {
        let lines: Vec<String> = match self.row.number {
            1 => vec![String::new()],
            3 => vec!["; err != nil {".into(), self.leave(0), "}".into()],
            5 if self.row.arrives => vec!["; done || err != nil {".into(), self.leave(0), "}".into()],
            5 => vec!["; done {".into(), self.leave(0), "}".into()],
            8 => {
                let head = match self.tuple() {
                    Some(_) if self.row.arrives => "; {",
                    Some(_) => "; ctl {",
                    None => " {",
                };
                let mut lines = vec![head.to_owned()];
                for index in 0..self.row.targets.len() {
                    let code = index + 1;
                    lines.push(match index {
                        0 if self.row.arrives => format!("case ctl == {code} || err != nil:"),
                        _ if self.row.arrives => format!("case ctl == {code}:"),
                        _ => format!("case {code}:"),
                    });
                    lines.push(self.leave(index));
                }
                lines.push("}".into());
                lines
            }
            _ => vec![" {".into(), self.leave(0), "}".into()],
        };
        lines
    }

    /// The statement outside that goes where the exits of target `index` went.
    fn leave(&self, index: usize) -> String {
        match self.row.targets[index] {
            Target::Next => String::new(),
            Target::Return => format!("\treturn{}", self.returned()),
            Target::Continue(to) => format!("\tcontinue {}", label_of(self.file, to).unwrap_or_default()),
            Target::Break(to) => {
                let bare = to == self.group.iteration
                    && self.row.number == 7
                    && !in_breakable(self.file, self.group, self.region);
                if bare {
                    return "\tbreak".to_owned();
                }
                let label = label_of(self.file, to).map(str::to_owned).or_else(|| self.new_label.clone());
                format!("\tbreak {}", label.unwrap_or_default())
            }
        }
    }

    fn returned(&self) -> String {
        match &self.row.carry {
            Carry::Error { constants } => {
                let values = constants.iter().map(String::as_str).chain(["err"]);
                format!(" {}", values.collect::<Vec<_>>().join(", "))
            }
            Carry::Tuple { .. } => format!(" {}", self.outer.join(", ")),
            _ => String::new(),
        }
    }

    /// What stands at the end of the iteration; nothing where the literal has no results.
    fn next(&self) -> Option<String> {
        Some(match self.row.number {
            1 => return None,
            3 => "return nil".to_owned(),
            7 => "return true".to_owned(),
            8 => self.with_zeros("0"),
            _ => self.with_zeros("false"),
        })
    }

    /// `return SIGNAL` with zero values for the results that are carried.
    fn with_zeros(&self, signal: &str) -> String {
        match self.tuple() {
            None => format!("return {signal}"),
            Some(true) if matches!(signal, "0" | "false") => "return".to_owned(),
            Some(true) => format!("return {signal}, {}", self.inner.join(", ")),
            Some(false) => {
                let (tree, scopes) = (self.tree(), self.file.scopes);
                let zeros =
                    self.results.all.iter().map(|result| zero(tree, scopes, result.kind).unwrap_or("nil"));
                format!("return {signal}, {}", zeros.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn exit(&mut self, exit: Exit, eol: &str) {
        let span = self.tree().span(exit.at);
        let text = match exit.to {
            Target::Next => self.next().unwrap_or_else(|| "return".to_owned()),
            Target::Return => return self.return_exit(exit.at, eol),
            _ if self.row.number == 7 => "return false".to_owned(),
            _ => self.with_zeros(&self.code(exit.to)),
        };
        self.edits.push(Edit::replace(span.start, span.end, text));
    }

    /// The case of the dispatching switch for a target.
    fn code(&self, to: Target) -> String {
        let index = self.row.targets.iter().position(|&target| target == to);
        (index.unwrap_or(0) + 1).to_string()
    }

    /// What says that the function is to return.
    fn done(&self) -> String {
        if self.row.number == 8 { self.code(Target::Return) } else { "true".to_owned() }
    }

    fn return_exit(&mut self, at: NodeId, eol: &str) {
        let span = self.tree().span(at);
        let operands = operands(self.file, at);
        match (&self.row.carry, operands.as_slice()) {
            (Carry::Error { .. }, [.., error]) => {
                let start = self.tree().start(*error);
                self.edits.push(Edit::replace(span.start, start, "return "));
                self.edits.extend(Operands::of(self.file, at, &operands).raised(&[operands.len() - 1]));
            }
            (Carry::Assign | Carry::NameAndAssign, operands) => self.assign(at, operands, eol),
            (Carry::Tuple { .. }, []) => {
                let values = self.current_results();
                self.edits.push(Edit::replace(
                    span.start,
                    span.end,
                    format!("return {}, {values}", self.done()),
                ));
            }
            (Carry::Tuple { .. }, [call]) if self.results.all.len() > 1 => {
                let names = self.forwarded().join(", ");
                let start = self.tree().start(*call);
                // A goto must not jump over a declaration of its own block (spec, Goto statements).
                let block = self.file.flow.has_goto(at) || self.is_behind_return(at);
                let (open, close) = if block { self.braces(at, eol) } else { (String::new(), String::new()) };
                self.edits.push(Edit::replace(span.start, start, format!("{open}{names} := ")));
                let indent = if open.contains(eol) { "\t" } else { "" };
                if !indent.is_empty() {
                    self.edits.extend(Operands::of(self.file, at, &operands).lowered());
                }
                self.push_after(at, &format!("{indent}return {}, {names}{close}", self.done()), eol);
            }
            (Carry::Tuple { .. }, [first, ..]) => {
                self.edits.push(Edit::insert(self.tree().start(*first), format!("{}, ", self.done())));
            }
            _ => {
                self.edits.push(Edit::replace(span.start, span.end, format!("return {}", self.done())));
            }
        }
    }

    /// Whether a statement is one that control never comes to, as a `return` of the same block stands in front of it: that one may
    /// have declared the same names.
    fn is_behind_return(&self, at: NodeId) -> bool {
        let tree = self.tree();
        let list = tree.parent(at).filter(|&list| tree.kind(list) == Kind::StatementList);
        let before = list.into_iter().flat_map(|list| tree.named(list)).take_while(|&other| other < at);
        before.into_iter().any(|other| matches!(tree.kind(other), Kind::Return | Kind::Labeled))
    }

    /// The values that a bare `return` returns where the results have blank names.
    fn current_results(&self) -> String {
        let values = self.results.all.iter().zip(&self.inner);
        let values = values.map(|(result, inner)| result.name.map_or_else(|| inner.clone(), str::to_owned));
        values.collect::<Vec<_>>().join(", ")
    }

    /// Names for the results of a call that is forwarded.
    fn forwarded(&self) -> Vec<String> {
        if self.tuple() == Some(true) {
            return (0..self.results.all.len())
                .map(|index| self.taken.fresh(&[&format!("v{index}")]))
                .collect();
        }
        self.inner.clone()
    }

    /// `return x, y` as `a, b = x, y` and a signal; results that already have their value are left out.
    fn assign(&mut self, at: NodeId, operands: &[NodeId], eol: &str) {
        let tree = self.tree();
        let span = tree.span(at);
        let names: Vec<String> = if self.row.carry == Carry::NameAndAssign {
            self.inner.clone()
        } else {
            self.results.all.iter().map(|result| result.name.unwrap_or("_").to_owned()).collect()
        };
        let signal = format!("return {}", self.done());
        let forwards = operands.len() == 1 && names.len() > 1;
        let kept: Vec<usize> = (0..operands.len())
            .filter(|&index| forwards || tree.text_of(operands[index]) != names[index])
            .collect();
        let (Some(&first), Some(&last)) = (kept.first(), kept.last()) else {
            self.edits.push(Edit::replace(span.start, span.end, signal));
            return;
        };
        let left: Vec<&str> = if forwards {
            names.iter().map(String::as_str).collect()
        } else {
            kept.iter().map(|&index| names[index].as_str()).collect()
        };
        self.edits.push(Edit::replace(
            span.start,
            tree.start(operands[first]),
            format!("{} = ", left.join(", ")),
        ));
        for pair in kept.windows(2).filter(|pair| pair[1] > pair[0] + 1) {
            self.edits.push(Edit::replace(tree.end(operands[pair[0]]), tree.start(operands[pair[1]]), ", "));
        }
        self.edits.extend(Operands::of(self.file, at, operands).raised(&kept));
        if tree.end(operands[last]) < span.end {
            self.edits.push(Edit::replace(tree.end(operands[last]), span.end, ""));
        }
        self.push_after(at, &signal, eol);
    }

    /// Comments inside an exit that its edits, those from `written` on, would take away go before it.
    fn keep_comments(&mut self, at: NodeId, written: usize, eol: &str) {
        let tree = self.tree();
        let start = tree.start(at);
        let lost = |comment: &NodeId| {
            let span = tree.span(*comment);
            self.edits[written..].iter().any(|edit| edit.span.contains(span))
        };
        let comments: Vec<NodeId> = tree.subtree(at).filter(|&id| tree.kind(id) == Kind::Comment).collect();
        let comments: Vec<&str> =
            comments.into_iter().filter(lost).map(|comment| tree.text_of(comment)).collect();
        if comments.is_empty() {
            return;
        }
        let on_line = starts_line(tree.text, self.file.lines, start);
        let indent = indent_of(tree.text, self.file.lines.line_start(start));
        let mut kept = String::new();
        for comment in comments {
            kept.push_str(comment);
            if on_line || comment.starts_with("//") {
                kept.extend([eol, indent, "\t"]);
            } else {
                kept.push(' ');
            }
        }
        if let Some(edit) = self.edits[written..].iter_mut().find(|edit| edit.span.start == start) {
            edit.new.insert_str(0, &kept);
        }
    }

    /// What opens and closes a block around the statement that is to stand where `at` does.
    fn braces(&self, at: NodeId, eol: &str) -> (String, String) {
        let (tree, start) = (self.tree(), self.tree().start(at));
        if !leads_line(tree.text, self.file.lines, start) {
            return ("{ ".to_owned(), " }".to_owned());
        }
        let indent = indent_of(tree.text, self.file.lines.line_start(start));
        (format!("{{{eol}{indent}\t\t"), format!("{eol}{indent}\t}}"))
    }

    /// A statement right behind another one.
    fn push_after(&mut self, at: NodeId, text: &str, eol: &str) {
        let source = self.tree().text;
        let start = self.tree().start(at);
        let separator = if leads_line(source, self.file.lines, start) {
            let indent = indent_of(source, self.file.lines.line_start(start));
            format!("{eol}{indent}\t")
        } else {
            "; ".to_owned()
        };
        let end = self.tree().end(at);
        self.edits.push(Edit::insert(end, format!("{separator}{text}")));
    }

    /// Row 6: names for the enclosing function's results, in its signature.
    fn name_results(&mut self) {
        let tree = self.tree();
        let Some(node) = self.results.node else { return };
        if tree.kind(node) != Kind::ParameterList {
            let span = tree.span(node);
            self.edits.push(Edit::insert(span.start, format!("({} ", self.inner[0])));
            self.edits.push(Edit::insert(span.end, ")"));
            return;
        }
        for (name, result) in self.inner.iter().zip(&self.results.all) {
            match result.blank.map(|blank| tree.span(blank)) {
                Some(blank) => self.edits.push(Edit::replace(blank.start, blank.end, name.as_str())),
                None if self.results.named => {}
                None => self.edits.push(Edit::insert(tree.start(result.kind), format!("{name} "))),
            }
        }
    }

    fn label(&mut self, eol: &str) {
        let Some(label) = &self.new_label else { return };
        let start = self.tree().start(self.group.iteration);
        let line = self.file.lines.line_start(start);
        let source = self.tree().text;
        if starts_line(source, self.file.lines, start) {
            let indent = indent_of(source, line);
            let outer = indent.strip_suffix('\t').unwrap_or(indent);
            self.edits.push(Edit::insert(line, format!("{outer}{label}:{eol}")));
        } else {
            self.edits.push(Edit::insert(start, format!("{label}: ")));
        }
    }

    /// A label that nothing mentions any more does not compile: it goes.
    fn unused_labels(&mut self) {
        let tree = self.tree();
        let replaced: Vec<NodeId> = self.region.exits.iter().map(|exit| exit.at).collect();
        let mut labels: Vec<&str> = replaced.iter().filter_map(|&at| self.file.flow.label(at)).collect();
        labels.sort_unstable();
        labels.dedup();
        let footer = self.behind();
        for label in labels {
            let written = |line: &String| {
                let mut words = line.split_whitespace();
                matches!(words.next(), Some("break" | "continue")) && words.next() == Some(label)
            };
            let jumps = tree.own_subtree(self.group.function).filter(|&id| {
                matches!(tree.kind(id), Kind::Break | Kind::Continue | Kind::Goto) && !replaced.contains(&id)
            });
            let mut left = jumps.filter(|&id| self.file.flow.label(id) == Some(label));
            if footer.iter().any(written) {
                continue;
            }
            if left.next().is_some() {
                self.dropped.push(label.to_owned());
                continue;
            }
            if let Some(edit) = self.remove_label(label) {
                self.edits.push(edit);
            }
        }
    }

    fn remove_label(&self, label: &str) -> Option<Edit> {
        let tree = self.tree();
        let labeled = self.file.flow.nest.labeled(Some(self.group.function), label)?;
        let start = tree.start(labeled);
        let token = tree.children(labeled).find(|&id| tree.text_of(id) == ":")?;
        let colon = tree.end(token);
        let between = tree.text[start + label.len()..tree.start(token)].trim();
        if !between.is_empty() {
            return Some(Edit::replace(start, colon, between));
        }
        let rest = &tree.text[colon..];
        let line_end = colon + rest.find('\n').map_or(rest.len(), |at| at + 1);
        if starts_line(tree.text, self.file.lines, start) && tree.text[colon..line_end].trim().is_empty() {
            return Some(Edit::replace(self.file.lines.line_start(start), line_end, ""));
        }
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        // A comment that is left alone on its line stands where the statement does.
        let alone = starts_line(tree.text, self.file.lines, start) && rest.trim_start().starts_with('/');
        let statement = self.file.flow.statement_of(labeled).filter(|_| alone);
        let indent =
            statement.map_or("", |id| indent_of(tree.text, self.file.lines.line_start(tree.start(id))));
        let start = if alone { self.file.lines.line_start(start) } else { start };
        Some(Edit::replace(start, colon + spaces, indent))
    }
}

/// What the caller calls the results: it mentions nothing else in their scope, so they may hide what they like.
fn outer_names(file: &File<'_, '_>, results: &Results<'_>) -> Vec<String> {
    wishes(file, results).into_iter().map(|mut wishes| wishes.swap_remove(0)).collect()
}

/// What the literal calls its results: names that the function does not mention.
fn inner_names(file: &File<'_, '_>, results: &Results<'_>, taken: &Taken<'_, '_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for wishes in wishes(file, results) {
        let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
        names.push(taken.fresh(&wishes));
    }
    names
}

/// Names for each result, best first; those of two results never meet.
fn wishes(file: &File<'_, '_>, results: &Results<'_>) -> Vec<Vec<String>> {
    let values = results.all.len() - usize::from(results.ends_in_error(file.tree, file.scopes));
    let last = results.all.len().wrapping_sub(1);
    let wish = |(index, result): (usize, &crate::signature::Parameter<'_>)| {
        if index == last && is_error(file.tree, file.scopes, result.kind) {
            return vec!["err".to_owned(), "retErr".to_owned()];
        }
        if values == 1 {
            vec!["result".to_owned(), "r0".to_owned()]
        } else {
            vec![format!("r{index}"), format!("result{index}")]
        }
    };
    results.all.iter().enumerate().map(wish).collect()
}
