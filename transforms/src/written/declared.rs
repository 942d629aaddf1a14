//! What declarations say about a type: what it is made of, its fields and its methods.

use super::read::from_table;
use super::{Types, Written, common};
use crate::library::Wanted;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::scope::Declares;
use crate::signatures::Signatures;
use crate::world::{Place, UnitId};

impl<'a, 't> Types<'a, 't> {
    /// The spec of a declared type, in its text; nothing where it may be one of several.
    pub(super) fn spec(&self, of: &Written) -> Option<(Types<'a, 't>, NodeId)> {
        let Written::Declared { package, name } = of else { return None };
        if package.is_none()
            && let Some(spec) = self.here(name, &[Kind::TypeSpec, Kind::TypeAlias])
        {
            return Some((*self, spec));
        }
        match self.world.find(package.as_deref(), Wanted::Type(name))[..] {
            [place] => self.at(place),
            _ => None,
        }
    }

    /// The declaration of a name at the package level of the file under analysis, seen from it.
    fn here(&self, name: &str, kinds: &[Kind]) -> Option<NodeId> {
        if self.unit != UnitId::MAIN {
            return None;
        }
        let binding = self.scopes.lookup(self.tree, name, self.tree.start(Tree::ROOT))?;
        let parent = self.tree.parent(self.scopes.get(binding).at)?;
        kinds.contains(&self.tree.kind(parent)).then_some(parent)
    }

    /// What a declared type is made of, as far as that is no structure and no interface; any other type is itself.
    pub(super) fn underlying(&self, of: Written, depth: usize) -> Option<Written> {
        let Written::Declared { package, name } = &of else { return Some(of) };
        let depth = depth.checked_sub(1)?;
        let Some((types, spec)) = self.spec(&of) else {
            let path = package.as_deref()?;
            return match (path, name.as_str()) {
                ("net/http", "Header") | ("net/url", "Values") => from_table("map[string][]string", path),
                _ => None,
            };
        };
        if types.tree.child(spec, Field::TypeParameters).is_some() {
            return None;
        }
        let node = types.tree.child(spec, Field::Type)?;
        if matches!(types.tree.kind(node), Kind::StructType | Kind::InterfaceType) {
            return Some(of);
        }
        self.underlying(types.node(node, depth)?, depth)
    }

    /// The type of a field, or of an element of the table that is none to be called.
    pub(super) fn field(&self, of: &Written, name: &str, depth: usize) -> Option<Written> {
        let depth = depth.checked_sub(1)?;
        let of = match of {
            Written::Pointer(of) => of,
            of => of,
        };
        let Written::Declared { package, name: own } = of else { return None };
        let Some((types, spec)) = self.spec(of) else {
            let path = package.as_deref()?;
            return from_table(Signatures::standard().of(path, &format!(".{own}.{name}"))?, path);
        };
        let tree = types.tree;
        let structure = tree.child(spec, Field::Type).filter(|&id| tree.kind(id) == Kind::StructType)?;
        if tree.child(spec, Field::TypeParameters).is_some() {
            return None;
        }
        let declaration = types.declares_field(structure, name)?;
        types.node(tree.child(declaration, Field::Type)?, depth)
    }

    /// The declaration of a structure's own field.
    pub(super) fn declares_field(&self, structure: NodeId, name: &str) -> Option<NodeId> {
        let tree = self.tree;
        let fields = tree.named(structure).flat_map(|list| tree.named(list));
        fields.filter(|&field| tree.kind(field) == Kind::FieldDeclaration).find(|&field| {
            let mut names = tree.named(field).filter(|&id| tree.field(id) == Field::Name);
            names.any(|id| tree.text_of(id) == name)
        })
    }

    /// Where a type's own method is declared; empty where that is not at hand.
    pub(crate) fn places_of_method(&self, of: &Written, name: &str) -> Vec<Place> {
        let methods = self.methods(of, name).into_iter();
        methods.map(|(types, node)| Place { unit: types.unit, node }).collect()
    }

    /// The declarations of a type's own method, each with its text; empty where there are none.
    pub(super) fn methods(&self, of: &Written, name: &str) -> Vec<(Types<'a, 't>, NodeId)> {
        let of = match of {
            Written::Applied(of, _) => of,
            of => of,
        };
        let Written::Declared { package, name: own } = of else { return Vec::new() };
        if package.is_none()
            && self.unit == UnitId::MAIN
            && let Some(method) = method_here(self.tree, own, name)
        {
            return vec![(*self, method)];
        }
        let places = self.world.find(package.as_deref(), Wanted::Method(own, name));
        places.iter().filter_map(|&place| self.at(place)).collect()
    }

    /// The results of a method that is called on a value of the type.
    pub(super) fn method_results(&self, of: &Written, name: &str, depth: usize) -> Option<Vec<Written>> {
        let depth = depth.checked_sub(1)?;
        let of = match of {
            Written::Pointer(of) => of,
            of => of,
        };
        if of.is("error") && name == "Error" {
            return Some(vec![Written::predeclared("string")]);
        }
        let Written::Declared { package, name: own } = of else { return None };
        let methods = self.methods(of, name);
        if !methods.is_empty() {
            return common(methods.iter().map(|(types, method)| types.results(*method, depth)));
        }
        if let Some((types, spec)) = self.spec(of) {
            return types.asked_for(spec, name, depth);
        }
        let path = package.as_deref()?;
        table_results(path, &format!("{own}.{name}"))
    }

    /// The results of a method that an interface itself asks for.
    fn asked_for(&self, spec: NodeId, name: &str, depth: usize) -> Option<Vec<Written>> {
        let tree = self.tree;
        let interface = tree.child(spec, Field::Type).filter(|&id| tree.kind(id) == Kind::InterfaceType)?;
        if tree.child(spec, Field::TypeParameters).is_some() {
            return None;
        }
        let method = tree.named(interface).find(|&part| {
            tree.kind(part) == Kind::MethodElem
                && tree.child(part, Field::Name).is_some_and(|id| tree.text_of(id) == name)
        });
        self.results(method?, depth)
    }

    /// The results of a function of a package.
    pub(super) fn function_results(
        &self,
        package: Option<&str>,
        name: &str,
        depth: usize,
    ) -> Option<Vec<Written>> {
        let depth = depth.checked_sub(1)?;
        if package.is_none()
            && let Some(function) = self.here(name, &[Kind::FunctionDeclaration])
        {
            let generic = self.tree.child(function, Field::TypeParameters).is_some();
            return if generic { None } else { self.results(function, depth) };
        }
        let places = self.world.find(package, Wanted::Function(name));
        if places.is_empty() {
            return table_results(package?, name);
        }
        common(places.iter().map(|&place| {
            let (types, function) = self.at(place)?;
            let generic = types.tree.child(function, Field::TypeParameters).is_some();
            if generic { None } else { types.results(function, depth) }
        }))
    }

    /// The type of a package's variable or constant.
    pub(super) fn package_value(&self, package: Option<&str>, name: &str, depth: usize) -> Option<Written> {
        let depth = depth.checked_sub(1)?;
        match self.world.find(package, Wanted::Value(name))[..] {
            [place] => {
                let (types, at) = self.at(place)?;
                types.binding(types.scopes.meaning(at)?, depth)
            }
            [] => {
                let path = package?;
                from_table(Signatures::standard().of(path, &format!(".{name}"))?, path)
            }
            _ => None,
        }
    }

    /// Whether the package of the text declares a type of that name elsewhere.
    pub(super) fn is_type_elsewhere(&self, package: Option<&str>, name: &str) -> bool {
        !self.world.find(package, Wanted::Type(name)).is_empty()
    }

    /// Whether a name means a type that is declared at package level in the same text.
    pub(super) fn is_type(&self, name: NodeId) -> bool {
        let meaning = self.scopes.meaning(name);
        meaning.is_some_and(|binding| self.scopes.get(binding).declares == Declares::Type)
    }
}

/// The results that the table gives to a function or method of a package.
fn table_results(package: &str, name: &str) -> Option<Vec<Written>> {
    let types = Signatures::standard().of(package, name)?;
    types.split(", ").map(|of| from_table(of, package)).collect()
}

/// The declaration of a method of the type with the name `of` in a file.
pub(crate) fn method_here(tree: &Tree<'_>, of: &str, name: &str) -> Option<NodeId> {
    let is_method = |&node: &NodeId| {
        tree.kind(node) == Kind::MethodDeclaration
            && tree.child(node, Field::Name).is_some_and(|id| tree.text_of(id) == name)
            && tree.child(node, Field::Receiver).is_some_and(|receiver| {
                // Behind the type's own name come those that it has for its type parameters.
                let mut names = tree.subtree(receiver).filter(|&id| tree.kind(id) == Kind::TypeIdentifier);
                names.next().is_some_and(|id| tree.text_of(id) == of)
            })
    };
    tree.children(Tree::ROOT).find(is_method)
}
