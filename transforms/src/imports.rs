//! Imports for generated code: the name by which it may call a package, and where a new import goes.
//!
//! An import that is there is used, under the name that it has. A new one goes where gofmt and goimports leave it: into the
//! first run of specs that holds a package of its kind, in the order of paths. Blank and dot imports are passed over, and the
//! declaration of `"C"` is never touched, as the comment above it is code.

use crate::edit::Edit;
use crate::file::File;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::{is_standard, package_name};
use crate::wrap::{eol_of, indent_of, rest_of_line, starts_line};

/// The imports that one plan needs.
pub(crate) struct Imports<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    /// What is new: the path, and the spec as it is to be written.
    added: Vec<(String, String)>,
}

impl<'f, 'a, 't> Imports<'f, 'a, 't> {
    pub(crate) fn new(file: &'f File<'a, 't>) -> Self {
        Imports { file, added: Vec::new() }
    }

    /// The name by which code at each of the byte offsets can call the package with the given import path; it is imported
    /// if it is not. Nothing where every good name means something else there, or in another file of the package, and where the
    /// text has no package clause.
    pub(crate) fn name(&mut self, path: &str, places: &[usize]) -> Option<String> {
        let File { tree, scopes, .. } = *self.file;
        let imported: Vec<_> = scopes.imported(path).collect();
        let mut seen = imported.iter().copied().filter(|&binding| {
            let name = scopes.get(binding).name;
            places.iter().all(|&at| scopes.lookup(tree, name, at) == Some(binding))
        });
        let known = seen.next();
        // Of two names, the one that is not taken could lose its last mention.
        if imported.len() > 1 && (known.is_none() || !ONLY_ADDED.contains(&path)) {
            return None;
        }
        if let Some(binding) = known {
            return Some(scopes.get(binding).name.to_owned());
        }
        // A piece of a file without a package clause, which gofmt takes too, has no place for one.
        tree.children(Tree::ROOT).any(|id| is_clause(tree, id)).then_some(())?;
        let own = package_name(path);
        let wishes = [own.to_owned(), format!("std{own}"), format!("{own}pkg")];
        let name = wishes.into_iter().find(|name| self.is_free(name, path, places))?;
        let spec = if name == own { format!("{path:?}") } else { format!("{name} {path:?}") };
        if self.added.iter().all(|(_, known)| *known != spec) {
            self.added.push((path.to_owned(), spec));
        }
        Some(name)
    }

    /// Whether an import may have the name: nothing in the package and no other import has it, and no local variable
    /// hides it.
    fn is_free(&self, name: &str, path: &str, places: &[usize]) -> bool {
        let File { tree, scopes, around, .. } = *self.file;
        let ours = |(other, spec): &(String, String)| {
            other != path && (spec.split(' ').next() == Some(name) || package_name(other) == name)
        };
        places.iter().chain(&[tree.start(Tree::ROOT)]).all(|&at| scopes.lookup(tree, name, at).is_none())
            && !around.world.declares(name)
            && !self.added.iter().any(ours)
            && !self.is_selected_from(name)
    }

    /// Whether the file selects something from a name that nothing it shows declares: a package may have another name than
    /// the path of its import tells (spec, "Import declarations").
    fn is_selected_from(&self, name: &str) -> bool {
        let File { tree, scopes, .. } = *self.file;
        tree.subtree(Tree::ROOT).filter(|&id| tree.kind(id) == Kind::Selector).any(|selector| {
            tree.child(selector, Field::Operand).is_some_and(|operand| {
                tree.kind(operand) == Kind::Identifier
                    && tree.text_of(operand) == name
                    && scopes.meaning(operand).is_none()
            })
        })
    }

    /// The edits that add what is new. They touch no byte outside of the imports.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        let mut added = self.added.clone();
        added.sort();
        let places = Places::of(self.file);
        let (mut edits, mut apart) = (Vec::new(), Vec::new());
        for (path, spec) in added {
            match places.in_block(&path, &spec) {
                Some(edit) => edits.push(edit),
                None => apart.push((path, spec)),
            }
        }
        edits.extend(places.apart(&apart));
        edits
    }
}

/// Packages that generated code only adds mentions of.
const ONLY_ADDED: &[&str] = &["errors", "fmt", "sync"];

/// Where declarations may follow the imports: a byte offset at the end of a line, behind the last import declaration or, where
/// there is none, behind the package clause.
pub(crate) fn behind_imports(tree: &Tree<'_>) -> usize {
    let head = tree.children(Tree::ROOT).filter(|&id| is_import(tree, id) || is_clause(tree, id));
    head.last().map_or(0, |last| line_end(tree, tree.end(last)))
}

/// The end of the line behind an offset, where nothing but a comment of that line follows; else the offset itself.
pub(crate) fn line_end(tree: &Tree<'_>, at: usize) -> usize {
    let line = rest_of_line(tree.text, at);
    let words = line.trim();
    let comment = words.starts_with("//") || words.starts_with("/*") && words.ends_with("*/");
    if words.is_empty() || comment { at + line.len() } else { at }
}

fn is_clause(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.children(id).next().is_some_and(|first| tree.text_of(first) == "package")
}

fn is_import(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.subtree(id).nth(1).is_some_and(|first| tree.text_of(first) == "import")
}

/// The path that a spec names.
fn path_of<'t>(tree: &Tree<'t>, spec: NodeId) -> &'t str {
    let path = tree.child(spec, Field::Path);
    path.map_or("", |path| tree.text_of(path).trim_matches(['"', '`']))
}

/// The name that a spec gives to its package, which gofmt sorts by where paths are the same; empty where it has none.
fn name_in(spec: &str) -> &str {
    spec.split(['"', '`']).next().unwrap_or_default().trim()
}

/// The import declarations of a file.
struct Places<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    /// Each with its specs; that of `"C"` is not among them.
    declarations: Vec<(NodeId, Vec<NodeId>)>,
}

impl<'f, 'a, 't> Places<'f, 'a, 't> {
    fn of(file: &'f File<'a, 't>) -> Self {
        let tree = file.tree;
        let imports = tree.children(Tree::ROOT).filter(|&id| is_import(tree, id));
        let specs = |id| tree.subtree(id).filter(|&id| tree.kind(id) == Kind::ImportSpec).collect::<Vec<_>>();
        let declarations = imports
            .map(|id| (id, specs(id)))
            .filter(|(_, specs)| specs.iter().all(|&spec| path_of(tree, spec) != "C"))
            .collect();
        Places { file, declarations }
    }

    /// The edit that adds a spec to a declaration in parentheses that has one spec a line; nothing where there is none.
    fn in_block(&self, path: &str, spec: &str) -> Option<Edit> {
        let File { tree, lines, .. } = *self.file;
        let alone =
            |spec| tree.parent(spec).is_some_and(|up| is_import(tree, up) && !tree.has_token(up, "("));
        let leads = |&spec: &NodeId| starts_line(tree.text, lines, tree.start(spec)) && !alone(spec);
        let blocks = self.declarations.iter().map(|(_, specs)| specs);
        let block = blocks.filter(|specs| !specs.is_empty() && specs.iter().all(leads)).collect::<Vec<_>>();
        let alike =
            |run: &&[NodeId]| run.iter().any(|&spec| is_standard(path_of(tree, spec)) == is_standard(path));
        let runs: Vec<&[NodeId]> = block.iter().flat_map(|specs| self.runs(specs)).collect();
        let eol = eol_of(tree.text);
        if let Some(run) = runs.iter().copied().find(alike) {
            let next = run
                .iter()
                .copied()
                .find(|&other| (path_of(tree, other), name_in(tree.text_of(other))) > (path, name_in(spec)));
            let (at, before) = next.map_or((run[run.len() - 1], false), |next| (next, true));
            let indent = indent_of(tree.text, lines.line_start(tree.start(at)));
            return Some(if before {
                Edit::insert(tree.start(at), format!("{spec}{eol}{indent}"))
            } else {
                Edit::insert(line_end(tree, tree.end(at)), format!("{eol}{indent}{spec}"))
            });
        }
        let (first, last) = (*runs.first()?.first()?, *runs.last()?.last()?);
        Some(if is_standard(path) {
            let open = tree.ancestors(first).next().map_or(tree.start(first), |list| tree.start(list) + 1);
            Edit::insert(open, format!("{eol}\t{spec}{eol}"))
        } else {
            Edit::insert(line_end(tree, tree.end(last)), format!("{eol}{eol}\t{spec}"))
        })
    }

    /// The specs of one declaration by what gofmt sorts together: those on successive lines.
    fn runs<'s>(&self, specs: &'s [NodeId]) -> Vec<&'s [NodeId]> {
        let File { tree, lines, .. } = *self.file;
        let line = |at| lines.position(at).line;
        let follows = |a: &NodeId, b: &NodeId| line(tree.start(*b)) <= 1 + line(tree.end(*a));
        specs.chunk_by(follows).collect()
    }

    /// The edits for specs that go into no block: the only import becomes a block, else they get declarations of their own.
    fn apart(&self, specs: &[(String, String)]) -> Vec<Edit> {
        let tree = self.file.tree;
        if specs.is_empty() {
            return Vec::new();
        }
        let eol = eol_of(tree.text);
        if let [(_, single)] = self.declarations.as_slice()
            && let &[old] = single.as_slice()
            && tree.parent(old).is_some_and(|up| is_import(tree, up) && !tree.has_token(up, "("))
        {
            return vec![self.block(old, specs, eol)];
        }
        let at = behind_imports(tree);
        let imports = tree.children(Tree::ROOT).any(|id| is_import(tree, id));
        let gap = if imports { eol.to_owned() } else { format!("{eol}{eol}") };
        let text = match specs {
            [(_, spec)] => format!("{gap}import {spec}"),
            _ => format!("{gap}import ({eol}{})", listed(specs.iter().map(|(_, spec)| spec.as_str()), eol)),
        };
        vec![Edit::insert(at, text)]
    }

    /// `import "a"` becomes a block with one spec a line.
    fn block(&self, old: NodeId, specs: &[(String, String)], eol: &str) -> Edit {
        let tree = self.file.tree;
        let mut all: Vec<(&str, &str)> =
            specs.iter().map(|(path, spec)| (path.as_str(), spec.as_str())).collect();
        all.push((path_of(tree, old), tree.text_of(old)));
        all.sort_by_key(|&(path, spec)| (!is_standard(path), path, name_in(spec)));
        let groups = all.chunk_by(|a, b| is_standard(a.0) == is_standard(b.0));
        let groups: Vec<String> =
            groups.map(|group| listed(group.iter().map(|(_, spec)| *spec), eol)).collect();
        Edit::replace(tree.start(old), tree.end(old), format!("({eol}{})", groups.join(eol)))
    }
}

/// Specs on lines of their own.
fn listed<'s>(specs: impl Iterator<Item = &'s str>, eol: &str) -> String {
    specs.flat_map(|spec| ["\t", spec, eol]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::edit::EditSet;
    use crate::facts::Facts;
    use crate::lifetime::Around;
    use crate::world::Texts;

    /// A text after packages were imported for the end of its last function, and their names there.
    fn importing(text: &str, paths: &[&str]) -> (String, Vec<Option<String>>) {
        let (texts, options) = (Texts::new(), Options::default());
        let facts = Facts::of(Tree::parse(text).expect("it is short"));
        let flow = facts.flow();
        let around = Around::new(&options, &facts.tree, &texts);
        let file = File::of(&facts, &flow, &around);
        let mut imports = Imports::new(&file);
        let place = text.rfind('}').unwrap_or(0);
        let names = paths.iter().map(|path| imports.name(path, &[place])).collect();
        let mut edits = EditSet::default();
        edits.merge(imports.edits()).expect("they do not overlap");
        (edits.apply(text), names)
    }

    fn text_of(text: &str, path: &str) -> String {
        importing(text, &[path]).0
    }

    #[test]
    fn an_import_goes_where_gofmt_sorts_it() {
        let text = "package p\n\nimport (\n\t\"bytes\" // b\n\t\"time\"\n\n\t\"a.b/c\"\n)\n";
        assert_eq!(text_of(text, "sync"), text.replace("\t\"time\"", "\t\"sync\"\n\t\"time\""));
        assert_eq!(text_of(text, "unicode"), text.replace("\t\"time\"", "\t\"time\"\n\t\"unicode\""));
        assert_eq!(text_of(text, "a.b/d"), text.replace("\t\"a.b/c\"", "\t\"a.b/c\"\n\t\"a.b/d\""));
    }

    #[test]
    fn several_imports_keep_their_order() {
        let text = "package p\n\nimport (\n\t\"bytes\"\n\t\"strings\"\n)\n";
        let (got, names) = importing(text, &["sync", "hash", "io"]);
        let want = "package p\n\nimport (\n\t\"bytes\"\n\t\"hash\"\n\t\"io\"\n\t\"strings\"\n\t\"sync\"\n)\n";
        assert_eq!(got, want);
        assert_eq!(names, ["sync", "hash", "io"].map(|name| Some(name.to_owned())));
    }

    #[test]
    fn the_standard_library_comes_first() {
        let text = "package p\n\nimport (\n\t\"a.b/c\"\n)\n";
        assert_eq!(text_of(text, "sync"), "package p\n\nimport (\n\t\"sync\"\n\n\t\"a.b/c\"\n)\n");
        let text = "package p\n\nimport (\n\t\"io\"\n)\n";
        assert_eq!(text_of(text, "a.b/c"), "package p\n\nimport (\n\t\"io\"\n\n\t\"a.b/c\"\n)\n");
    }

    #[test]
    fn a_single_import_becomes_a_block() {
        let text = "package p\n\nimport \"time\"\n";
        assert_eq!(text_of(text, "sync"), "package p\n\nimport (\n\t\"sync\"\n\t\"time\"\n)\n");
        let text = "package p\n\nimport // why\n\"time\"\n";
        assert_eq!(text_of(text, "sync"), "package p\n\nimport // why\n(\n\t\"sync\"\n\t\"time\"\n)\n");
        let text = "package p\n\nimport x \"a.b/c\" // why\n";
        let want = "package p\n\nimport (\n\t\"sync\"\n\n\tx \"a.b/c\"\n) // why\n";
        assert_eq!(text_of(text, "sync"), want);
    }

    #[test]
    fn a_file_without_imports_gets_one() {
        assert_eq!(text_of("package p // p\n", "sync"), "package p // p\n\nimport \"sync\"\n");
        let (got, _) = importing("package p\n", &["sync", "io"]);
        assert_eq!(got, "package p\n\nimport (\n\t\"io\"\n\t\"sync\"\n)\n");
        let text = "// #include <x.h>\nimport \"C\"\n";
        let got = text_of(&format!("package p\n\n{text}"), "sync");
        assert_eq!(got, format!("package p\n\n{text}import \"sync\"\n"));
        let text = "package p\n\nimport \"a\"\nimport \"b\"\n";
        assert_eq!(text_of(text, "sync"), format!("{text}import \"sync\"\n"));
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        let text = "package p\r\n\r\nimport (\r\n\t\"bytes\"\r\n)\r\n";
        assert_eq!(text_of(text, "sync"), text.replace("\t\"bytes\"", "\t\"bytes\"\r\n\t\"sync\""));
    }

    #[test]
    fn an_import_that_is_there_is_used() {
        let name = |text: &str| importing(text, &["sync"]).1[0].clone();
        let text = "package p\n\nimport s \"sync\"\n\nfunc f() {}\n";
        assert_eq!(importing(text, &["sync"]), (text.to_owned(), vec![Some("s".to_owned())]));
        let blank = "package p\n\nimport (\n\t_ \"sync\"\n)\n";
        // gofmt sorts specs of one path by name, and no name comes first.
        assert_eq!(text_of(blank, "sync"), blank.replace("\t_", "\t\"sync\"\n\t_"));
        let hidden = "package p\n\nimport \"sync\"\n\nfunc f(sync int) {}\n";
        assert_eq!(name(hidden).as_deref(), Some("stdsync"));
        assert_eq!(name("package p\n\nvar sync int\n").as_deref(), Some("stdsync"));
        assert_eq!(name("package p\n\nfunc f(sync, stdsync, syncpkg int) {}\n"), None);
    }
}
