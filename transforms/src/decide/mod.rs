//! From a file to its verdicts: every site ends with exactly one, then what reaches the bar is rendered.

mod choose;
mod fixes;
mod groups;
mod levels;
mod sites;

use fixes::{Work, fixes, mended};
use sites::{Decisions, plain};

use crate::checks;
use crate::directives::Directives;
use crate::facts::Facts;
use crate::file::File;
use crate::flow::Cycle;
use crate::hash::Table;
use crate::lifetime::Around;
use crate::locate::{Found, function_name, sites as locate};
use crate::parse::{Kind, NodeId, Tree};
use crate::region::Group;
use crate::render::{Choice, groups as group};
use crate::rules::Rule;
use crate::scan::focus::focus;
use crate::span::Span;
use crate::verdict::Safety;
use crate::world::Texts;
use crate::{Fault, Options, Rewrite, Site};

/// See [`crate::rewrite`].
pub(crate) fn rewrite(source: &str, options: &Options<'_>) -> Rewrite {
    let (done, elsewhere) = rewrite_among(source, options, &[]);
    if elsewhere.is_empty() { done } else { rewrite_among(source, options, &elsewhere).0 }
}

/// The same where files of the package declare the predeclared names of `elsewhere`. With it come those that they declare, if
/// anything is rewritten: only that is worth the question, which reads the whole package.
fn rewrite_among(
    source: &str,
    options: &Options<'_>,
    elsewhere: &[&'static str],
) -> (Rewrite, Vec<&'static str>) {
    let Some(tree) = Tree::parse_from(source, focus(source, options.rules), None) else {
        let whole = Span::new(0, source.len());
        let fault = Fault { span: whole, function: String::new(), at: 0 };
        return (Rewrite { faults: vec![fault], ..Rewrite::default() }, Vec::new());
    };
    let texts = Texts::new();
    let around = Around::new(options, &tree, &texts);
    let facts = Facts::among(tree, elsewhere, |path, name| around.world.declares_function(path, name));
    let flow = facts.flow();
    let file = File::of(&facts, &flow, &around);
    let found = if options.rules.has(Rule::DeferInLoop) { locate(file.tree, &flow) } else { Vec::new() };
    let damaged = damaged(file.tree);
    let mut directives = Directives::read(&file);
    let (mut sites, choices) = verdicts(&file, &found, &damaged, &mut directives);
    let mut work = Work { file: &file, found: &found, choices };
    let (safe, all) = work.both_bars(&mut sites);
    let mut fixes = fixes(&mut sites, safe.as_ref(), all.as_ref());
    let before = fixes.len();
    sites.extend(checks::sites(&file, options.rules, &damaged, &mut directives, &mut fixes));
    sites.sort_by_key(|site| (site.span, site.rule));
    let rendered = if options.bar == Safety::Safe { safe } else { all };
    let text = if fixes.len() > before {
        Some(mended(source, &fixes, options.bar))
    } else {
        rendered.map(|rendered| rendered.text)
    };
    let text = text.filter(|text| text != source);
    let strays = directives.strays(file.tree, options.rules);
    let predeclared = if fixes.is_empty() { Vec::new() } else { around.world.predeclared().to_vec() };
    (Rewrite { text, sites, fixes, faults: faults(file.tree, &damaged), strays }, predeclared)
}

/// All sites with their verdicts, before anything is rendered, and what is done about the groups that are rewritten.
pub(crate) fn verdicts(
    file: &File<'_, '_>,
    found: &[Found],
    damaged: &[(NodeId, NodeId)],
    directives: &mut Directives,
) -> (Vec<Site>, Table<usize, Choice>) {
    let mut names = Table::default();
    let mut groups = group(found);
    groups.sort_by_key(|group| std::cmp::Reverse(group.iteration));
    let mut decided = judged(file, found, &groups, damaged, directives);
    let choices = groups::together(&mut decided, file, &groups);
    (found.iter().map(|site| decided.describe(file.tree, site, &mut names)).collect(), choices)
}

/// What directives, flow and lifetime decide about each site; innermost groups come first.
pub(crate) fn judged(
    file: &File<'_, '_>,
    found: &[Found],
    groups: &[Group],
    damaged: &[(NodeId, NodeId)],
    directives: &mut Directives,
) -> Decisions {
    let mut decided = Decisions::default();
    for site in found {
        // What runs once has nothing that could stay, and moves along where a literal goes around it.
        let is_once = matches!(site.cycle, Cycle::None | Cycle::Unreached);
        if let Some(reason) = directives.about(file, Rule::DeferInLoop, site.defer)
            && !is_once
        {
            decided.set(site.defer, plain(reason));
        }
    }
    decided.deep(file.tree, groups);
    for site in found {
        decided.alone(file, site, damaged);
    }
    decided
}

/// The top-level declarations that hold syntax faults, with the first fault of each.
fn damaged(tree: &Tree<'_>) -> Vec<(NodeId, NodeId)> {
    let mut damaged: Vec<(NodeId, NodeId)> = Vec::new();
    for declaration in tree.children(Tree::ROOT) {
        if let Some(fault) = tree.subtree(declaration).find(|&id| tree.is_fault(id) || is_misread(tree, id)) {
            damaged.push((declaration, fault));
        }
    }
    damaged
}

/// A `return` whose operand the parser took from behind a comment that ends the line: to Go that is a statement of
/// its own (spec, Comments: one with a newline in it acts like a newline).
fn is_misread(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.kind(id) == Kind::Return
        && tree
            .child_of_kind(id, Kind::ExpressionList)
            .is_some_and(|operands| tree.text[tree.start(id)..tree.start(operands)].contains('\n'))
}

/// The damaged declarations in which a defer may be lost.
fn faults(tree: &Tree<'_>, damaged: &[(NodeId, NodeId)]) -> Vec<Fault> {
    let holds_defer = |declaration: NodeId| tree.text_of(declaration).contains("defer");
    damaged
        .iter()
        .filter(|(declaration, _)| holds_defer(*declaration))
        .map(|&(declaration, fault)| Fault {
            span: tree.span(declaration),
            function: if tree.kind(declaration).is_function() {
                function_name(tree, declaration)
            } else {
                String::new()
            },
            at: tree.start(fault),
        })
        .collect()
}
