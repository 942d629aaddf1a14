//! Declarations of other files, parsed one at a time when a site needs them.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::facts::Facts;
use crate::hash::Table;
use crate::library::{Entry, Library, Package, Wanted};
use crate::parse::{Field, Kind, NodeId, Tree};

/// A text of its own with a syntax tree: 0 is the file under analysis, the others are declarations elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UnitId(u16);

impl UnitId {
    /// The file under analysis.
    pub(crate) const MAIN: UnitId = UnitId(0);
}

/// A node of some unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) unit: UnitId,
    pub(crate) node: NodeId,
}

/// How many declarations of other files one file may ask for. Past that nothing more is known.
const MOST_UNITS: u16 = 3000;

/// A declaration longer than this is not read.
const LONGEST: usize = 1 << 16;

/// How many declarations a name may have, under different build constraints.
pub(crate) const MOST_VARIANTS: usize = 4;

/// Room for the texts of units. It outlives the trees that borrow from it.
#[derive(Debug)]
pub(crate) struct Texts(OnceCell<Vec<OnceCell<String>>>);

impl Texts {
    pub(crate) fn new() -> Texts {
        Texts(OnceCell::new())
    }

    fn keep(&self, index: usize, text: String) -> &str {
        let slots = self.0.get_or_init(empty);
        slots[index].get_or_init(|| text)
    }
}

fn empty<T>() -> Vec<OnceCell<T>> {
    (0..MOST_UNITS).map(|_| OnceCell::new()).collect()
}

/// One declaration of another file.
#[derive(Debug)]
pub(crate) struct Unit<'t> {
    pub(crate) facts: Facts<'t>,
    /// The import path of its package; nothing for the package of the file under analysis.
    pub(crate) package: Option<String>,
    /// The file's name.
    pub(crate) file: String,
    /// The declaration's first line there, from 1.
    line: usize,
    /// How long the text in front of the declaration is.
    head: usize,
}

impl Unit<'_> {
    /// The line of a node in its file, from 1.
    pub(crate) fn line(&self, node: NodeId) -> usize {
        let text = self.facts.tree.text;
        let at = self.facts.tree.start(node).max(self.head);
        self.line + memchr::memchr_iter(b'\n', &text.as_bytes()[self.head..at]).count()
    }
}

/// A package, the clause of the files in it that count, and whether its `_test.go` files do: for a test they do in its own folder,
/// with which it is built.
type Shelf = Option<(Arc<Package>, String, bool)>;

/// All that is known outside the file under analysis.
#[derive(Debug)]
pub(crate) struct World<'t> {
    library: Option<&'t dyn Library>,
    /// The name in the package clause of the file under analysis.
    clause: &'t str,
    texts: &'t Texts,
    units: OnceCell<Vec<OnceCell<Box<Unit<'t>>>>>,
    count: Cell<u16>,
    packages: RefCell<Table<Option<String>, Shelf>>,
    found: RefCell<Table<String, Rc<[Place]>>>,
    /// The predeclared names that the package of the file under analysis declares.
    predeclared: OnceCell<Vec<&'static str>>,
    /// Room for a key.
    key: RefCell<String>,
}

impl<'t> World<'t> {
    /// The world around a file whose package clause names `clause`.
    pub(crate) fn new(library: Option<&'t dyn Library>, clause: &'t str, texts: &'t Texts) -> World<'t> {
        World {
            library,
            clause,
            texts,
            units: OnceCell::new(),
            count: Cell::new(1),
            packages: RefCell::default(),
            found: RefCell::default(),
            predeclared: OnceCell::new(),
            key: RefCell::default(),
        }
    }

    /// A unit that [`Self::find`] has led to; nothing for the file under analysis.
    pub(crate) fn unit(&self, id: UnitId) -> Option<&Unit<'t>> {
        Some(self.units.get()?.get(usize::from(id.0))?.get()?)
    }

    /// The declarations of what is wanted in the package with the given import path, or in that of the file under
    /// analysis: the function or method, the type's spec, or the name of the variable or constant. Empty where there are none or too many.
    pub(crate) fn find(&self, package: Option<&str>, wanted: Wanted<'_>) -> Rc<[Place]> {
        if self.library.is_none() {
            return Rc::default();
        }
        let mut key = self.key.borrow_mut();
        write_key(&mut key, package, wanted);
        if let Some(known) = self.found.borrow().get(key.as_str()) {
            return Rc::clone(known);
        }
        let places: Rc<[Place]> = self.look(package, wanted).unwrap_or_default().into();
        self.found.borrow_mut().insert(key.clone(), Rc::clone(&places));
        places
    }

    /// Whether some file of the package, tests included, declares the name at its top level. What the library does not have
    /// declares nothing.
    pub(crate) fn declares(&self, name: &str) -> bool {
        self.package(None).is_some_and(|(package, clause, _)| package.declares(&clause, name))
    }

    /// Whether a package, as for [`Self::find`], declares a function of that name. Nothing is parsed for it.
    pub(crate) fn declares_function(&self, path: Option<&str>, name: &str) -> bool {
        self.package(path).is_some_and(|(package, clause, tests)| {
            package.find(&clause, tests, Wanted::Function(name)).next().is_some()
        })
    }

    /// The predeclared names that files of the package declare at their top level.
    pub(crate) fn predeclared(&self) -> &[&'static str] {
        self.predeclared.get_or_init(|| {
            let package = self.package(None);
            package.map_or_else(Vec::new, |(package, clause, tests)| package.predeclared(&clause, tests))
        })
    }

    /// The names of the files in the folder that hold all of these words, sorted, whatever package they belong to.
    pub(crate) fn mentioning(&self, words: &[&str]) -> Vec<String> {
        let package = self.package(None);
        package.map_or_else(Vec::new, |(package, ..)| {
            package.mentioning(words).into_iter().map(str::to_owned).collect()
        })
    }

    /// Whether the file of that name in the folder may hold a site.
    pub(crate) fn may_hold_site(&self, name: &str) -> bool {
        self.package(None).is_some_and(|(package, ..)| package.may_hold_site(name))
    }

    /// Whether a file of a package, as for [`Self::find`], holds a word. What the library does not have holds none.
    pub(crate) fn mentions(&self, path: Option<&str>, word: &str) -> bool {
        self.package(path).is_some_and(|(package, ..)| !package.mentioning(&[word]).is_empty())
    }

    /// The names of the types of a package, as for [`Self::find`], that have a method of that name. Nothing is parsed for it.
    pub(crate) fn receivers(&self, path: Option<&str>, method: &str) -> Vec<String> {
        self.package(path).map_or_else(Vec::new, |(package, clause, tests)| {
            package.receivers(&clause, tests, method).into_iter().map(str::to_owned).collect()
        })
    }

    /// The name of the file under analysis, where that is known.
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.library.map(Library::file_name)
    }

    fn look(&self, path: Option<&str>, wanted: Wanted<'_>) -> Option<Vec<Place>> {
        let (package, clause, tests) = self.package(path)?;
        let mut places = Vec::new();
        for entry in package.find(&clause, tests, wanted) {
            if places.len() == MOST_VARIANTS {
                return None;
            }
            places.push(self.read(path, entry, wanted)?);
        }
        Some(places)
    }

    fn package(&self, path: Option<&str>) -> Shelf {
        let key = path.map(str::to_owned);
        if let Some(known) = self.packages.borrow().get(&key) {
            return known.clone();
        }
        let found = self.library.and_then(|library| {
            let package = library.package(path)?;
            let clause = if path.is_none() { self.clause } else { package.name() }.to_owned();
            let tests = library.is_test() && path.is_none_or(|path| library.is_own(path));
            Some((package, clause, tests))
        });
        self.packages.borrow_mut().insert(key, found.clone());
        found
    }

    /// Parses one declaration.
    fn read(&self, package: Option<&str>, entry: Entry<'_>, wanted: Wanted<'_>) -> Option<Place> {
        let index = self.count.get();
        if index == MOST_UNITS || entry.declaration().len() > LONGEST {
            return None;
        }
        self.count.set(index + 1);
        let [head, part] = entry.parts()?;
        let text = [entry.head(), "\n", entry.declaration(), "\n"].concat();
        let text = self.texts.keep(usize::from(index), text);
        let tree = Tree::joined(text, &head, &part);
        // To ask a package of others would read the whole of it.
        let predeclared = if package.is_none() { self.predeclared() } else { &[] };
        let head = entry.head().len() + 1;
        let node = declaration(&tree, head, wanted)?;
        let unit = Unit {
            facts: Facts::among(tree, predeclared, |path, name| {
                self.declares_function(path.or(package), name)
            }),
            package: package.map(str::to_owned),
            file: entry.file().to_owned(),
            line: entry.line(),
            head,
        };
        let slots = self.units.get_or_init(empty);
        slots[usize::from(index)].get_or_init(|| Box::new(unit));
        Some(Place { unit: UnitId(index), node })
    }
}

/// Writes what tells a question from others: it is asked again and again.
fn write_key(key: &mut String, package: Option<&str>, wanted: Wanted<'_>) {
    let (sort, of, name) = match wanted {
        Wanted::Function(name) => (" f ", "", name),
        Wanted::Method(of, name) => (" m ", of, name),
        Wanted::Type(name) => (" t ", "", name),
        Wanted::Value(name) => (" v ", "", name),
    };
    key.clear();
    for part in [package.unwrap_or_default(), sort, of, " ", name] {
        key.push_str(part);
    }
}

/// The node that declares what is wanted, behind the head.
fn declaration(tree: &Tree<'_>, head: usize, wanted: Wanted<'_>) -> Option<NodeId> {
    let (word, kinds): (&str, &[Kind]) = match wanted {
        Wanted::Function(name) => (name, &[Kind::FunctionDeclaration]),
        Wanted::Method(_, name) => (name, &[Kind::MethodDeclaration]),
        Wanted::Type(name) => (name, &[Kind::TypeSpec, Kind::TypeAlias]),
        Wanted::Value(name) => (name, &[Kind::VarSpec, Kind::ConstSpec]),
    };
    let named = tree.all().filter(|&id| tree.start(id) >= head && tree.field(id) == Field::Name);
    let (name, owner) = named
        .filter(|&id| tree.text_of(id) == word)
        .filter_map(|id| Some((id, tree.parent(id)?)))
        .find(|&(_, owner)| kinds.contains(&tree.kind(owner)))?;
    Some(if matches!(wanted, Wanted::Value(_)) { name } else { owner })
}
