//! Types as Go writes them, for generated code that has to name the type of a variable.
//!
//! What is not certain is nothing: a type comes from a declaration, a signature or a value of which the specification says
//! what type it has, never from a guess. Names are kept with the package that declares them, so that a type of another file
//! or package can be written where it means the same.

mod declared;
mod nature;
mod read;
mod values;

pub(crate) use declared::method_here;
pub(crate) use nature::Nature;

use crate::parse::{NodeId, Tree};
use crate::scope::{BindingId, Declares, Scopes, is_standard};
use crate::world::{Place, UnitId, World};

/// How deep a type is read, and how far a chain of declarations is followed.
const DEPTH: usize = 16;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// One that the language declares: `string`, `error`.
    Predeclared(String),
    /// One that a package declares; no path means the package under analysis.
    Declared {
        package: Option<String>,
        name: String,
    },
    /// A type parameter of the declaration under analysis.
    Parameter(String),
    /// A declared generic type with its arguments.
    Applied(Box<Written>, Vec<Written>),
    Pointer(Box<Written>),
    Slice(Box<Written>),
    /// The length, as it is written, and the element.
    Array(String, Box<Written>),
    Map(Box<Written>, Box<Written>),
    /// `chan`, `<-chan` or `chan<-`, and the element.
    Channel(&'static str, Box<Written>),
    /// Parameters and results; whether the last parameter takes any number of arguments.
    Function {
        parameters: Vec<Written>,
        results: Vec<Written>,
        variadic: bool,
    },
    /// The interface without methods, as it is written.
    Any(String),
}

impl Written {
    fn predeclared(name: &str) -> Written {
        Written::Predeclared(name.to_owned())
    }

    fn is(&self, name: &str) -> bool {
        matches!(self, Written::Predeclared(own) if own == name)
    }
}

/// A text in which types are looked for: the file under analysis, or a declaration of another one.
#[derive(Clone, Copy)]
pub(crate) struct Types<'a, 't> {
    tree: &'a Tree<'t>,
    scopes: &'a Scopes<'t>,
    world: &'a World<'t>,
    unit: UnitId,
}

impl<'a, 't> Types<'a, 't> {
    /// For the file under analysis.
    pub(crate) fn new(tree: &'a Tree<'t>, scopes: &'a Scopes<'t>, world: &'a World<'t>) -> Self {
        Types::of_unit(tree, scopes, world, UnitId::MAIN)
    }

    /// For the file under analysis, or for a declaration of another one.
    pub(crate) fn of_unit(
        tree: &'a Tree<'t>,
        scopes: &'a Scopes<'t>,
        world: &'a World<'t>,
        unit: UnitId,
    ) -> Self {
        Types { tree, scopes, world, unit }
    }

    /// The type of a variable of the file; nothing where it is not known for certain.
    pub(crate) fn of_variable(&self, binding: BindingId) -> Option<Written> {
        self.variable(binding, DEPTH)
    }

    /// The type of an expression's value; nothing where it is not known for certain.
    pub(crate) fn of_expression(&self, expression: NodeId) -> Option<Written> {
        self.expression(expression, DEPTH)
    }

    /// The type of a structure's field; nothing where it has none of that name, or its type is not known for certain.
    pub(crate) fn of_field(&self, of: &Written, name: &str) -> Option<Written> {
        self.field(of, name, DEPTH)
    }

    /// The text of a type at the package level of the file; nothing where a name cannot be written there: a package that
    /// the file does not import, a name that another package keeps to itself, or one of the language that this package
    /// gives another meaning.
    pub(crate) fn text(&self, of: &Written) -> Option<String> {
        let list = |all: &[Written]| all.iter().map(|one| self.text(one)).collect::<Option<Vec<_>>>();
        Some(match of {
            Written::Predeclared(name) | Written::Any(name) => {
                Some(name).filter(|name| self.is_own(name))?.clone()
            }
            Written::Parameter(name) | Written::Declared { package: None, name } => name.clone(),
            Written::Declared { package: Some(path), name } => {
                let exported = name.starts_with(char::is_uppercase);
                format!("{}.{name}", self.imported(path).filter(|_| exported)?)
            }
            Written::Applied(of, arguments) => format!("{}[{}]", self.text(of)?, list(arguments)?.join(", ")),
            Written::Pointer(of) => format!("*{}", self.text(of)?),
            Written::Slice(of) => format!("[]{}", self.text(of)?),
            Written::Array(length, of) => format!("[{length}]{}", self.text(of)?),
            Written::Map(key, value) => format!("map[{}]{}", self.text(key)?, self.text(value)?),
            Written::Channel(kind, of) => match &**of {
                // `chan <-chan T` would be read as `chan<- chan T`.
                Written::Channel("<-chan", _) => format!("{kind} ({})", self.text(of)?),
                of => format!("{kind} {}", self.text(of)?),
            },
            Written::Function { parameters, results, variadic } => {
                let mut parameters = list(parameters)?;
                if let Some(last) = parameters.last_mut().filter(|_| *variadic) {
                    *last = format!("...{}", last.strip_prefix("[]")?);
                }
                let results = match &list(results)?[..] {
                    [] => String::new(),
                    [only] => format!(" {only}"),
                    all => format!(" ({})", all.join(", ")),
                };
                format!("func({}){results}", parameters.join(", "))
            }
        })
    }

    /// The name by which the file calls a package that it imports once.
    fn imported(&self, path: &str) -> Option<&'t str> {
        let mut imports = self.scopes.imported(path);
        let only = imports.next().filter(|_| imports.next().is_none())?;
        let binding = self.scopes.get(only);
        // An import without a name has the one of its package clause, which the path need not show.
        let is_sure = self.tree.text_of(binding.at) == binding.name
            || is_standard(path)
            // What its name is here is seen where the file uses it.
            || binding.mentions.len() > 1;
        is_sure.then_some(binding.name)
    }

    /// The text that a place is in.
    fn at(&self, place: Place) -> Option<(Types<'a, 't>, NodeId)> {
        if place.unit == self.unit {
            return Some((*self, place.node));
        }
        let facts = &self.world.unit(place.unit)?.facts;
        Some((Types { tree: &facts.tree, scopes: &facts.scopes, unit: place.unit, ..*self }, place.node))
    }

    /// The import path of the package that the text belongs to; nothing for that under analysis.
    fn package(&self) -> Option<&'a str> {
        self.world.unit(self.unit)?.package.as_deref()
    }

    /// Whether a name means at the package level of the file what the language has it mean.
    fn is_own(&self, name: &str) -> bool {
        self.scopes.lookup(self.tree, name, self.tree.start(Tree::ROOT)).is_none()
    }

    fn is_variable(&self, binding: BindingId) -> bool {
        let declares = self.scopes.get(binding).declares;
        matches!(declares, Declares::Variable | Declares::Parameter | Declares::Result)
    }
}

/// The one value that all have.
fn common<T: PartialEq>(mut all: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(first)
}
