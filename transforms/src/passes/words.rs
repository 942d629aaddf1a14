//! How errors that arrive are written: names, imports, and the deferred functions that set the error result.

use crate::edit::Edit;
use crate::file::File;
use crate::imports::Imports;
use crate::lower::is_predeclared;
use crate::names::Taken;
use crate::parse::NodeId;
use crate::passes::Refusal;
use crate::passes::arrivals::Arrivals;
use crate::region::{Group, Region};
use crate::signature::Results;
use crate::verdict::Reason;
use crate::wrap::{indent_of, leads_line};
use crate::{CloseErrors, GoVersion};

const MULTIERR: &str = "go.uber.org/multierr";

/// What is done about two errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// The first one is kept.
    First,
    /// A function of a package joins them: its import path, and its name.
    Call(&'static str, &'static str),
    /// `fmt.Errorf` wraps the first one and says the other.
    Wrap,
}

impl Join {
    /// What the options and the language version lead to; nothing where there is no way to join errors.
    pub(super) fn of(file: &File<'_, '_>) -> Option<Join> {
        let options = file.around.options;
        if options.close_errors != CloseErrors::Join {
            return Some(Join::First);
        }
        if options.go >= GoVersion::JOINED_ERRORS {
            return Some(Join::Call("errors", "Join"));
        }
        let quoted = format!("{MULTIERR:?}");
        let is_used = file.scopes.imported(MULTIERR).next().is_some()
            || !file.around.world.mentioning(&[quoted.as_str()]).is_empty();
        if is_used {
            return Some(Join::Call(MULTIERR, "Append"));
        }
        (options.go >= GoVersion::WRAPPED_ERRORS).then_some(Join::Wrap)
    }
}

/// The words for one group.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// The error result of the literal.
    pub(super) result: String,
    /// The error of a release, the value of a panic, and the error that is made of that.
    released: String,
    recovered: String,
    panicked: String,
    join: Join,
    /// The function that joins two errors, where there is one.
    joins: String,
    /// How `fmt` is called, where it is needed.
    fmt: String,
    /// Whether `%w` is known.
    wraps: bool,
    /// Edits that import what is needed.
    pub(super) imports: Vec<Edit>,
}

impl Words {
    /// The words for what is to arrive from a region. Refused where a name means something else there.
    pub(super) fn of(
        file: &File<'_, '_>,
        group: &Group,
        region: &Region,
        arrivals: &Arrivals,
    ) -> Result<Words, Refusal> {
        let tree = file.tree;
        let mut places: Vec<usize> = arrivals.releases.iter().map(|&(defer, _)| tree.start(defer)).collect();
        places.push(tree.start(region.statements()[0]));
        let mut imports = Imports::new(file);
        let words = Words::at(file, group, arrivals, &places, &mut imports);
        let words = words.filter(|_| predeclared(file, arrivals, &places));
        let hidden = Refusal { reason: Reason::NameHidden, at: tree.span(group.defers[0]) };
        words.map(|words| Words { imports: imports.edits(), ..words }).ok_or(hidden)
    }

    fn at(
        file: &File<'_, '_>,
        group: &Group,
        arrivals: &Arrivals,
        places: &[usize],
        imports: &mut Imports<'_, '_, '_>,
    ) -> Option<Words> {
        let join = Join::of(file)?;
        let any = arrivals.panics || !arrivals.releases.is_empty();
        let joins = match join {
            Join::Call(path, name) if any => format!("{}.{name}", imports.name(path, places)?),
            _ => String::new(),
        };
        let formats = arrivals.panics || any && join == Join::Wrap;
        let fmt = if formats { imports.name("fmt", places)? } else { String::new() };
        let mut names = Names::of(file, group, &[&fmt, joins.split('.').next().unwrap_or_default()]);
        Some(Words {
            result: names.name(&["err", "retErr", "iterErr"]),
            released: names.name(&["closeErr"]),
            recovered: names.name(&["r", "recovered"]),
            panicked: names.name(&["panicErr"]),
            join,
            joins,
            fmt,
            wraps: file.around.options.go >= GoVersion::WRAPPED_ERRORS,
            imports: Vec::new(),
        })
    }

    /// The edits that have the error of a deferred call arrive.
    pub(super) fn release(&self, file: &File<'_, '_>, defer: NodeId, call: NodeId, eol: &str) -> [Edit; 2] {
        let File { tree, lines, .. } = *file;
        let start = tree.start(defer);
        let indent = indent_of(tree.text, lines.line_start(start));
        let indent = leads_line(tree.text, lines, start).then(|| format!("{indent}\t"));
        let (result, released) = (&self.result, &self.released);
        let first = [(1, format!("if {released} := "))];
        let open = laid_out("defer func() {", &first, indent.as_deref(), eol);
        let test = match self.join {
            Join::First => format!("; {released} != nil && {result} == nil {{"),
            Join::Call(..) | Join::Wrap => format!("; {released} != nil {{"),
        };
        let mut rest = self.set();
        rest.extend([(1, "}".to_owned()), (0, "}()".to_owned())]);
        let close = laid_out(&test, &rest, indent.as_deref(), eol);
        [Edit::replace(start, tree.start(call), open), Edit::replace(tree.end(call), tree.end(defer), close)]
    }

    /// The statements that put the error of a release into the result. What the iteration ends with comes first.
    fn set(&self) -> Vec<(usize, String)> {
        let (result, released) = (&self.result, &self.released);
        match self.join {
            Join::First => vec![(2, format!("{result} = {released}"))],
            Join::Call(..) => vec![(2, format!("{result} = {}({result}, {released})", self.joins))],
            Join::Wrap => self.wrapped(released, [result, released]),
        }
    }

    /// Puts `error` into the result; where that holds another error, `first` is wrapped and `second` said behind it.
    fn wrapped(&self, error: &str, [first, second]: [&str; 2]) -> Vec<(usize, String)> {
        let (result, fmt) = (&self.result, &self.fmt);
        vec![
            (2, format!("if {result} != nil {{")),
            (3, format!("{error} = {fmt}.Errorf(\"%w; %v\", {first}, {second})")),
            (2, "}".to_owned()),
            (2, format!("{result} = {error}")),
        ]
    }

    /// The deferred function, without the indentation of its first line, that makes an error of a panic.
    pub(super) fn panic(&self, indent: &str, eol: &str) -> String {
        let (fmt, recovered) = (&self.fmt, &self.recovered);
        let made = |verb: &str| format!("{fmt}.Errorf(\"panic: {verb}\", {recovered})");
        let mut lines: Vec<(usize, String)> = Vec::new();
        if self.wraps {
            lines.push((1, format!("switch {recovered} := recover().(type) {{")));
            lines.extend([(1, "case nil:".to_owned()), (1, "case error:".to_owned())]);
            lines.extend(self.panicked(&made("%w")));
            lines.push((1, "default:".to_owned()));
        } else {
            lines.push((1, format!("if {recovered} := recover(); {recovered} != nil {{")));
        }
        lines.extend(self.panicked(&made("%v")));
        lines.extend([(1, "}".to_owned()), (0, "}()".to_owned())]);
        laid_out("defer func() {", &lines, Some(indent), eol)
    }

    /// The error of a panic goes before what the releases have come to, where errors are joined.
    fn panicked(&self, made: &str) -> Vec<(usize, String)> {
        let (result, panicked) = (&self.result, &self.panicked);
        match self.join {
            Join::First => vec![(2, format!("{result} = {made}"))],
            Join::Call(..) => vec![(2, format!("{result} = {}({made}, {result})", self.joins))],
            Join::Wrap => {
                let mut lines = vec![(2, format!("{panicked} := {made}"))];
                lines.extend(self.wrapped(panicked, [panicked, result]));
                lines
            }
        }
    }
}

/// Whether the predeclared names that are written mean themselves.
fn predeclared(file: &File<'_, '_>, arrivals: &Arrivals, places: &[usize]) -> bool {
    let panics: &[&str] = if arrivals.panics { &["recover", "error"] } else { &[] };
    let mut names = panics.iter().chain(&["nil"]);
    names.all(|name| places.iter().all(|&at| is_predeclared(file, name, at)))
}

/// Names that the iteration does not mention, that no result of the function has, and that no import is called by.
struct Names<'a, 't> {
    taken: Taken<'a, 't>,
    others: Vec<String>,
}

impl<'a, 't> Names<'a, 't> {
    fn of(file: &File<'a, 't>, group: &Group, imports: &[&str]) -> Self {
        let File { tree, scopes, .. } = *file;
        let results = Results::of(tree, scopes, group.function);
        let results = results.all.iter().filter_map(|result| result.name);
        let others = results.chain(imports.iter().copied()).map(str::to_owned).collect();
        Names { taken: Taken::by(tree, scopes, group.iteration), others }
    }

    fn name(&mut self, wishes: &[&str]) -> String {
        let name = self.taken.besides(&self.others, wishes);
        self.others.push(name.clone());
        name
    }
}

/// Lines behind a first one, each with its depth; without an indentation all on one line.
fn laid_out(first: &str, rest: &[(usize, String)], indent: Option<&str>, eol: &str) -> String {
    let mut text = first.to_owned();
    for (depth, line) in rest {
        match indent {
            Some(indent) => text.extend([eol, indent, &"\t".repeat(*depth)]),
            None if text.ends_with(['{', ':']) || line.starts_with('}') => text.push(' '),
            None => text.push_str("; "),
        }
        text.push_str(line);
    }
    text
}
