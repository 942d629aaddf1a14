//! The pools themselves: variables at package level, one for each type and constant arguments.

use crate::edit::Edit;
use crate::file::File;
use crate::imports::{Imports, behind_imports, line_end};
use crate::library::{has_word, is_of_word, words};
use crate::lower::is_predeclared;
use crate::names::{besides, capitalized, package_level};
use crate::parse::Tree;
use crate::passes::constructors::CONSTRUCTORS;
use crate::wrap::eol_of;
use crate::{GoVersion, passes::poolable::Made};

/// A pool as the code of an iteration uses it.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// The variable.
    pub(super) name: String,
    /// The type that `Get` is asserted to have.
    pub(super) get: String,
    /// What is called with the object to give it back.
    pub(super) put: String,
    /// What declares it, or the place of the declaration that is there already.
    pub(super) edit: Edit,
}

/// A buffer that has grown beyond this is not kept: a few large ones would hold much memory for good.
const LARGEST: &str = "64<<10";

/// What is written of one kind of object.
struct Parts {
    wish: String,
    /// Words of which each file holds one that may wish for the same name.
    words: Vec<String>,
    get: String,
    /// The value of `New`.
    new: String,
    /// `new` gives an error too.
    is_pair: bool,
    /// The type of a buffer that may have grown too large.
    grows: Option<String>,
}

/// Writes the pools of one plan.
pub(super) struct Pools<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    pub(super) imports: Imports<'f, 'a, 't>,
    at: usize,
    /// What the plan declares, by the text of its value.
    declared: Vec<(String, Pool)>,
}

impl<'f, 'a, 't> Pools<'f, 'a, 't> {
    pub(super) fn new(file: &'f File<'a, 't>) -> Self {
        Pools { file, imports: Imports::new(file), at: behind_imports(file.tree), declared: Vec::new() }
    }

    /// The pool for an object that is made in this way at `place`; `constant` is the text of a constant argument. Nothing
    /// where a name that it needs means something else.
    pub(super) fn of(&mut self, made: &Made, constant: &str, place: usize) -> Option<Pool> {
        let parts = self.parts(made, constant, place)?;
        let sync = self.imports.name("sync", &[self.at])?;
        let eol = eol_of(self.file.tree.text);
        let any = self.any();
        let value = if parts.is_pair {
            let lines = [format!("made, _ := {}", parts.new), "return made".to_owned()];
            let body: String = lines.iter().flat_map(|line| ["\t", line, eol]).collect();
            format!("= {sync}.Pool{{New: func() {any} {{{eol}{body}}}}}")
        } else {
            format!("= {sync}.Pool{{New: func() {any} {{ return {} }}}}", parts.new)
        };
        let text = self.file.tree.text;
        if let Some((name, put)) = known(text, &value, parts.grows.as_deref(), eol)
            && self.is_ours_alone(&name)
        {
            let at = text.find(&value).map_or(self.at, |at| at + value.len());
            // The edit changes nothing; it makes the rewrite one with that of the declaration.
            return Some(Pool { name, get: parts.get, put, edit: Edit::insert(at, "") });
        }
        if let Some((_, pool)) = self.declared.iter().find(|(known, _)| *known == value) {
            return Some(Pool { edit: Edit::insert(pool.edit.span.start, ""), ..pool.clone() });
        }
        let words: Vec<&str> = parts.words.iter().map(String::as_str).collect();
        let name = self.fresh(&parts.wish, &words)?;
        let mut declared = format!("{eol}{eol}var {name} {value}");
        let put = match &parts.grows {
            Some(of) => {
                let put = self.fresh("putBuffer", &words)?;
                declared.push_str(&limited(&put, of, &name, eol));
                put
            }
            None => format!("{name}.Put"),
        };
        let at = self.in_order(&sync, place);
        let pool = Pool { name, get: parts.get, put, edit: Edit::insert(at, declared) };
        self.declared.push((value, pool.clone()));
        Some(pool)
    }

    /// A name at package level that no other declaration of the plan has taken.
    fn fresh(&self, wish: &str, words: &[&str]) -> Option<String> {
        let (text, world) = (self.file.tree.text, &self.file.around.world);
        let name = package_level(text, world, wish, words)?;
        let taken: Vec<String> =
            self.declared.iter().flat_map(|(_, pool)| [pool.name.clone(), pool.put.clone()]).collect();
        Some(besides(text, world, &name, &taken))
    }

    /// Where a pool is declared that is first used at `place`: behind the imports, and behind the pools there that are used before.
    fn in_order(&self, sync: &str, place: usize) -> usize {
        let tree = self.file.tree;
        let mut declarations = tree.named(Tree::ROOT).filter(|&id| tree.start(id) >= self.at).peekable();
        let mut at = self.at;
        while let Some(pool) = declarations.next() {
            let name = declared_name(tree.text_of(pool), sync);
            let taken = name.and_then(|name| words(tree.text, &format!("{name}.Get()")).next());
            let (Some(name), Some(taken)) = (name, taken) else { break };
            if taken > place {
                break;
            }
            let last = declarations.next_if(|&id| is_limited(tree.text_of(id), name)).unwrap_or(pool);
            at = line_end(tree, tree.end(last));
        }
        at
    }

    fn parts(&mut self, made: &Made, constant: &str, place: usize) -> Option<Parts> {
        let at = self.at;
        match made {
            Made::Constructed { how, .. } => {
                let package = self.imports.name(how.package, &[at, place])?;
                let of = how.of.map_or(Some(package.clone()), |of| self.imports.name(of, &[place]))?;
                let also = how.also.map_or(Some(String::new()), |also| self.imports.name(also, &[at]))?;
                let hidden =
                    |name: &&str| words(how.new, name).next().is_some() && !self.is_predeclared(name);
                if ["nil", "new"].iter().any(hidden) {
                    return None;
                }
                let new = how.new.replace('#', &package).replace('@', &also).replace('$', constant);
                let words = vec![how.package.rsplit('/').next().unwrap_or(how.package).to_owned()];
                let is_pair = how.fails && how.new.contains('(') && !how.new.starts_with("new(");
                let get = how.get.replace('#', &of);
                Some(Parts { wish: how.wish.to_owned(), words, get, new, is_pair, grows: None })
            }
            Made::Buffer => {
                let bytes = self.imports.name("bytes", &[at, place])?;
                let of = format!("{bytes}.Buffer");
                self.is_predeclared("new").then(|| Parts {
                    wish: "bufferPool".to_owned(),
                    words: vec!["bytes".to_owned()],
                    get: format!("*{of}"),
                    new: format!("new({of})"),
                    is_pair: false,
                    grows: Some(of),
                })
            }
            Made::Whole { of, .. } => self.is_predeclared("new").then(|| own(of, format!("new({of})"))),
            Made::Own { of, new } => self.is_predeclared("new").then(|| own(of, new.clone())),
            Made::Taken => None,
        }
    }

    fn any(&self) -> &'static str {
        let has_any = self.file.around.options.go >= GoVersion::ANY;
        if has_any && self.is_predeclared("any") { "any" } else { "interface{}" }
    }

    /// Whether a predeclared name means itself at package level.
    fn is_predeclared(&self, name: &str) -> bool {
        is_predeclared(self.file, name, self.file.tree.start(Tree::ROOT))
    }

    /// Whether nobody but rewritten loops takes objects from a pool: whoever else does may count on finding them in a state
    /// that rewritten loops do not leave.
    fn is_ours_alone(&self, name: &str) -> bool {
        let text = self.file.tree.text;
        let own = self.file.around.world.file_name();
        let elsewhere = self.file.around.world.mentioning(&[name]);
        elsewhere.iter().all(|file| Some(file.as_str()) == own)
            && words(text, name).all(|at| {
                let behind = &text[at + name.len()..];
                text[..at].ends_with("var ")
                    || behind.starts_with(".Put(")
                    || behind.starts_with(".Get().(") && is_renewed(text, at)
            })
    }
}

/// What is written of a type of this package.
fn own(of: &str, new: String) -> Parts {
    let mut letters = of.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    let (lower, upper) = (first.chain(letters).collect::<String>(), capitalized(of));
    let wish = format!("{lower}Pool");
    let is_taken = CONSTRUCTORS.iter().any(|how| how.wish == wish);
    let wish = if is_taken { format!("own{upper}Pool") } else { wish };
    Parts { wish, words: vec![lower, upper], get: format!("*{of}"), new, is_pair: false, grows: None }
}

/// Whether the object that is taken from a pool at an offset is made new in the next statement.
fn is_renewed(text: &str, at: usize) -> bool {
    let Some(before) = text[..at].strip_suffix(" := ") else { return false };
    let variable = &before[before.trim_end_matches(is_of_word).len()..];
    let behind = text[at..].split_once(".(").and_then(|(_, of)| of.split_once(')'));
    let next = behind.map_or("", |(_, next)| next.trim_start_matches([' ', '\t', '\r', '\n', ';']));
    let statement = next.split(['\n', ';']).next().unwrap_or(next);
    let call = statement.split_once(" := ").or_else(|| statement.split_once(" = "));
    let call = call.map_or(statement, |(_, call)| call);
    [".Reset(", ".("].iter().any(|how| call.starts_with(&format!("{variable}{how}")))
        || statement.starts_with(&format!("*{variable} = "))
}

/// The name in a declaration of a pool as it is written here.
fn declared_name<'t>(text: &'t str, sync: &str) -> Option<&'t str> {
    let (name, value) = text.strip_prefix("var ")?.split_once(" = ")?;
    value.starts_with(&format!("{sync}.Pool{{New: func() ")).then_some(name)
}

/// A function that gives a buffer back unless it has grown too large.
fn limited(put: &str, of: &str, pool: &str, eol: &str) -> String {
    let lines = [
        &format!("func {put}(buf *{of}) {{"),
        &format!("\tif buf.Cap() <= {LARGEST} {{"),
        &format!("\t\t{pool}.Put(buf)"),
        "\t}",
        "}",
    ];
    format!("{eol}{eol}{}", lines.join(eol))
}

/// Whether a declaration is that of such a function.
fn is_limited(declaration: &str, pool: &str) -> bool {
    let lines = [format!("if buf.Cap() <= {LARGEST} {{"), format!("{pool}.Put(buf)")];
    declaration.starts_with("func ") && declaration.lines().skip(1).take(2).map(str::trim).eq(lines)
}

/// The name of a pool that is declared with this value, and what gives an object back to it.
fn known(text: &str, value: &str, grows: Option<&str>, eol: &str) -> Option<(String, String)> {
    let at = text.find(value)?;
    let before = text[..at].strip_suffix(' ')?;
    let line = before.rsplit('\n').next()?;
    let name = line.strip_prefix("var ")?;
    let Some(of) = grows else { return Some((name.to_owned(), format!("{name}.Put"))) };
    let behind = text[at + value.len()..].strip_prefix(&format!("{eol}{eol}func "))?;
    let put = behind.split('(').next()?;
    behind.starts_with(limited(put, of, name, eol).trim_start().strip_prefix("func ")?).then_some(())?;
    has_word(text, put).then(|| (name.to_owned(), put.to_owned()))
}
