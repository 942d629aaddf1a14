//! Which declaration a name means: the scopes of the Go specification, "Declarations and scope".
//!
//! One pass over the preorder. A name that nothing in the file declares stays unbound: it is predeclared, or it
//! belongs to another file of the package.

use std::cell::OnceCell;

use crate::hash::Table;
use crate::parse::{Field, Kind, Means, NodeId, Tree};

/// A declaration, by its place in [`Scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BindingId(u32);

/// What a declaration declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declares {
    /// A variable of a `var`, `:=`, range clause or type switch.
    Variable,
    /// A parameter or a receiver.
    Parameter,
    /// A named result.
    Result,
    Constant,
    Type,
    Function,
    /// An imported package.
    Package,
    /// A name of the language that another file of the package gives another meaning.
    Elsewhere,
}

/// One declared name.
#[derive(Clone, Debug)]
pub(crate) struct Binding<'t> {
    pub(crate) name: &'t str,
    pub(crate) declares: Declares,
    /// The identifier (for an import without a name, the import spec).
    pub(crate) at: NodeId,
    /// The node whose scope holds the name.
    pub(crate) scope: NodeId,
    /// Offset from which the name is visible in its scope.
    pub(crate) from: usize,
    /// The innermost function around the declaration; nothing at package level.
    pub(crate) function: Option<NodeId>,
    /// Every mention, the declaring one first, in source order.
    pub(crate) mentions: Vec<NodeId>,
}

/// What a mention of a variable does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Its value is used.
    Read,
    /// It gets a new value and its old one is not looked at.
    Write,
    /// `x += 1`, `x++`.
    Update,
    /// `&x`: from here on anything may happen to it.
    Address,
}

/// All declarations of a file, and what each name in it means.
#[derive(Debug)]
pub(crate) struct Scopes<'t> {
    bindings: Vec<Binding<'t>>,
    /// By node: 0 for no name or an unbound one, else the binding's number plus one.
    meaning: Vec<u32>,
    /// Import path by the package's binding.
    imports: Table<BindingId, &'t str>,
    /// The import paths of the packages whose names the file has as its own.
    dot_imports: Vec<&'t str>,
    /// All declarations, by name and then in source order.
    by_name: OnceCell<Vec<BindingId>>,
    /// Every node that is a word (a name, a label, a field), by its text and then in source order.
    words: OnceCell<Vec<NodeId>>,
}

impl<'t> Scopes<'t> {
    /// Resolves every name of the file. `elsewhere`: the predeclared names that other files of its package declare.
    pub(crate) fn resolve(tree: &Tree<'t>, elsewhere: &[&'static str]) -> Scopes<'t> {
        let mut resolver = Resolver::new(tree);
        resolver.package_level();
        resolver.declare_elsewhere(elsewhere);
        for id in tree.all().skip(1) {
            if id.0 >= resolver.next_end {
                resolver.close(id);
            }
            resolver.open(id);
        }
        resolver.close(NodeId(tree.len() as u32));
        resolver.scopes
    }

    pub(crate) fn get(&self, id: BindingId) -> &Binding<'t> {
        &self.bindings[id.0 as usize]
    }

    /// The declaration that a name node means; nothing where the file declares none.
    pub(crate) fn meaning(&self, name: NodeId) -> Option<BindingId> {
        self.meaning[name.0 as usize].checked_sub(1).map(BindingId)
    }

    /// What the file tells of what a name means.
    pub(crate) fn means(&self, name: NodeId) -> Means {
        match self.meaning(name).map(|binding| self.get(binding).declares) {
            None | Some(Declares::Elsewhere) => Means::Unknown,
            Some(Declares::Type) => Means::Type,
            Some(Declares::Package) => Means::Package,
            Some(Declares::Function) => Means::Function,
            Some(Declares::Variable | Declares::Parameter | Declares::Result | Declares::Constant) => {
                Means::Value
            }
        }
    }

    /// What `name` would mean if it stood at byte `offset`.
    pub(crate) fn lookup(&self, tree: &Tree<'t>, name: &str, offset: usize) -> Option<BindingId> {
        self.innermost(tree, name, offset, |_| true)
    }

    /// What `name` would mean if it stood at byte `offset` as a statement of `owner`, and not in a block that ends there.
    pub(crate) fn lookup_in(
        &self,
        tree: &Tree<'t>,
        name: &str,
        offset: usize,
        owner: NodeId,
    ) -> Option<BindingId> {
        self.innermost(tree, name, offset, |scope| tree.within(owner, scope))
    }

    /// The innermost declaration of `name` that is visible at byte `offset`, among the scopes that `counts` lets through.
    fn innermost(
        &self,
        tree: &Tree<'t>,
        name: &str,
        offset: usize,
        counts: impl Fn(NodeId) -> bool,
    ) -> Option<BindingId> {
        let visible = |id: &&BindingId| {
            let binding = self.get(**id);
            let scope = tree.span(binding.scope);
            binding.from <= offset && scope.start <= offset && offset <= scope.end && counts(binding.scope)
        };
        let candidates = self.named(name).iter().filter(visible);
        candidates.max_by_key(|id| (self.get(**id).scope, self.get(**id).from)).copied()
    }

    /// Whether the word stands anywhere in the subtree of `node`, as a name, a label or a field.
    pub(crate) fn writes(&self, tree: &Tree<'t>, node: NodeId, word: &str) -> bool {
        let words = self.words(tree);
        let first = words.partition_point(|&id| (tree.text_of(id), id) < (word, node));
        words.get(first).is_some_and(|&id| tree.text_of(id) == word && tree.within(id, node))
    }

    /// All declarations of a name, in source order.
    fn named(&self, name: &str) -> &[BindingId] {
        let all = self.by_name.get_or_init(|| {
            let mut all: Vec<BindingId> = (0..self.bindings.len() as u32).map(BindingId).collect();
            all.sort_by_key(|&id| self.get(id).name);
            all
        });
        let first = all.partition_point(|&id| self.get(id).name < name);
        let count = all[first..].partition_point(|&id| self.get(id).name == name);
        &all[first..first + count]
    }

    fn words(&self, tree: &Tree<'t>) -> &[NodeId] {
        self.words.get_or_init(|| {
            let is_word =
                |kind: Kind| kind.is_name() || matches!(kind, Kind::LabelName | Kind::FieldIdentifier);
            let mut all: Vec<NodeId> = tree.all().filter(|&id| is_word(tree.kind(id))).collect();
            all.sort_by_key(|&id| tree.text_of(id));
            all
        })
    }

    /// The imports of a package under a name of their own, in source order; blank and dot imports are none.
    pub(crate) fn imported(&self, path: &str) -> impl Iterator<Item = BindingId> {
        let mut found: Vec<BindingId> =
            self.imports.iter().filter(|(_, known)| **known == path).map(|(&binding, _)| binding).collect();
        found.sort_unstable();
        found.into_iter()
    }

    /// The import paths of the packages whose exported names stand in the file without a qualifier (`import . "path"`). No
    /// declaration of the file's package has one of these names (spec, "Import declarations").
    pub(crate) fn dot_imports(&self) -> &[&'t str] {
        &self.dot_imports
    }

    /// The import path behind a name that means an imported package.
    pub(crate) fn import_path(&self, name: NodeId) -> Option<&'t str> {
        self.imports.get(&self.meaning(name)?).copied()
    }
}

/// What a mention does to the variable it names.
pub(crate) fn access(tree: &Tree<'_>, mention: NodeId) -> Access {
    let mut at = mention;
    let Some(mut parent) = tree.parent(at) else { return Access::Read };
    while tree.kind(parent) == Kind::Parenthesized {
        at = parent;
        parent = tree.parent(at).unwrap_or(parent);
    }
    match tree.kind(parent) {
        Kind::Inc | Kind::Dec => Access::Update,
        Kind::Unary if tree.has_token(parent, "&") => Access::Address,
        Kind::VarSpec | Kind::ConstSpec if tree.field(at) == Field::Name => Access::Write,
        Kind::ParameterDeclaration | Kind::VariadicParameter if tree.field(at) == Field::Name => {
            Access::Write
        }
        Kind::ExpressionList => listed(tree, parent),
        _ => Access::Read,
    }
}

/// Whether a mention gives the variable, or a part of it, another value.
pub(crate) fn is_changed(tree: &Tree<'_>, mention: NodeId) -> bool {
    let mut at = mention;
    while let Some(parent) = tree.parent(at) {
        if access(tree, at) != Access::Read {
            return true;
        }
        let down = matches!(tree.kind(parent), Kind::Selector | Kind::Index | Kind::Parenthesized)
            && tree.field(at) != Field::Index;
        if !down {
            return false;
        }
        at = parent;
    }
    false
}

/// What a statement does to the operands of one of its expression lists.
fn listed(tree: &Tree<'_>, list: NodeId) -> Access {
    let (Some(owner), Field::Left | Field::Alias) = (tree.parent(list), tree.field(list)) else {
        return Access::Read;
    };
    match tree.kind(owner) {
        Kind::ShortVar | Kind::RangeClause | Kind::Receive | Kind::TypeSwitch => Access::Write,
        Kind::Assignment if tree.has_token(owner, "=") => Access::Write,
        Kind::Assignment => Access::Update,
        _ => Access::Read,
    }
}

/// A scope that is open, or names that come into scope once a node has ended.
enum Entry {
    Scope { node: NodeId, until: u32 },
    Pending { until: u32, names: Vec<(NodeId, Declares)> },
}

impl Entry {
    /// The first node behind it.
    fn until(&self) -> u32 {
        match self {
            Entry::Scope { until, .. } | Entry::Pending { until, .. } => *until,
        }
    }
}

struct Resolver<'a, 't> {
    tree: &'a Tree<'t>,
    stack: Vec<Entry>,
    /// The first node behind what ends next.
    next_end: u32,
    /// By name, the innermost declaration in scope; those of ended scopes go when they are met.
    visible: Table<&'t str, BindingId>,
    /// By declaration, the one of the same name that it hides.
    hidden: Vec<Option<BindingId>>,
    scopes: Scopes<'t>,
    functions: Vec<NodeId>,
}

impl<'a, 't> Resolver<'a, 't> {
    fn new(tree: &'a Tree<'t>) -> Self {
        let scopes = Scopes {
            bindings: Vec::new(),
            meaning: vec![0; tree.len()],
            imports: Table::default(),
            dot_imports: Vec::new(),
            by_name: OnceCell::new(),
            words: OnceCell::new(),
        };
        let file = Entry::Scope { node: Tree::ROOT, until: u32::MAX };
        Self {
            tree,
            stack: vec![file],
            next_end: u32::MAX,
            visible: Table::default(),
            hidden: Vec::new(),
            scopes,
            functions: Vec::new(),
        }
    }

    /// Names at package level are visible in the whole file, whatever their order.
    fn package_level(&mut self) {
        let tree = self.tree;
        let mut at = 1;
        while at < tree.last(Tree::ROOT) {
            let node = NodeId(at);
            at += 1;
            match tree.kind(node) {
                Kind::FunctionDeclaration => {
                    if let Some(name) = tree.child(node, Field::Name)
                        && tree.text_of(name) != "init"
                    {
                        self.declare(name, Declares::Function);
                    }
                    at = tree.last(node);
                }
                Kind::MethodDeclaration | Kind::Error | Kind::FunctionLiteral => at = tree.last(node),
                Kind::VarSpec => self.declare_names(node, Declares::Variable),
                Kind::ConstSpec => self.declare_names(node, Declares::Constant),
                Kind::TypeSpec | Kind::TypeAlias => {
                    self.declare_names(node, Declares::Type);
                    at = tree.last(node);
                }
                Kind::ImportSpec => self.import(node),
                _ => {}
            }
        }
    }

    /// Names that the file itself does not declare have no declaration in it: they stand at the file.
    fn declare_elsewhere(&mut self, names: &[&'static str]) {
        for &name in names {
            if !self.visible.contains_key(name) {
                self.declare_as(Tree::ROOT, name, Declares::Elsewhere, 0);
            }
        }
    }

    fn declare_names(&mut self, spec: NodeId, declares: Declares) {
        for name in names_of(self.tree, spec) {
            self.declare(name, declares);
        }
    }

    fn import(&mut self, spec: NodeId) {
        let Some(path) = self.tree.child(spec, Field::Path) else { return };
        let path = self.tree.text_of(path).trim_matches(['"', '`']);
        let (at, name) = match self.tree.child(spec, Field::Name) {
            Some(name) => (name, self.tree.text_of(name)),
            None => (spec, package_name(path)),
        };
        match name {
            "_" => return,
            "." => return self.scopes.dot_imports.push(path),
            _ => {}
        }
        let id = self.declare_as(at, name, Declares::Package, 0);
        self.scopes.imports.insert(id, path);
    }

    fn push(&mut self, entry: Entry) {
        self.next_end = entry.until();
        self.stack.push(entry);
    }

    /// Ends everything that ends before `node`, innermost first.
    fn close(&mut self, node: NodeId) {
        while let Some(top) = self.stack.last() {
            let until = top.until();
            self.next_end = until;
            if until > node.0 {
                break;
            }
            match self.stack.pop() {
                Some(Entry::Pending { names, .. }) => {
                    for (name, declares) in names {
                        self.declare(name, declares);
                    }
                }
                Some(Entry::Scope { node, .. }) if self.functions.last() == Some(&node) => {
                    self.functions.pop();
                }
                _ => {}
            }
        }
    }

    fn open(&mut self, id: NodeId) {
        let tree = self.tree;
        let kind = tree.kind(id);
        if kind.is_function() {
            self.scope(id);
            self.functions.push(id);
            self.parameters(id);
        } else if kind.is_name() {
            self.name(id);
        } else {
            match kind {
                Kind::Block if tree.parent(id).is_some_and(|parent| tree.kind(parent).is_function()) => {}
                Kind::Block | Kind::If | Kind::For | Kind::Select | Kind::FunctionType | Kind::MethodElem => {
                    self.scope(id);
                }
                Kind::ExpressionSwitch => self.scope(id),
                Kind::TypeSwitch => self.type_switch(id),
                _ if kind.is_clause() => self.scope(id),
                Kind::ShortVar => self.pend(tree.child(id, Field::Left), tree.last(id), Declares::Variable),
                Kind::RangeClause | Kind::Receive if tree.has_token(id, ":=") => {
                    self.pend(tree.child(id, Field::Left), tree.last(id), Declares::Variable);
                }
                Kind::VarSpec | Kind::ConstSpec if !self.functions.is_empty() => self.spec(id),
                Kind::TypeSpec | Kind::TypeAlias => self.type_spec(id),
                Kind::TypeParameterDeclaration => self.declare_names(id, Declares::Type),
                _ => {}
            }
        }
    }

    fn scope(&mut self, node: NodeId) {
        self.push(Entry::Scope { node, until: self.tree.last(node) });
    }

    fn pend(&mut self, list: Option<NodeId>, until: u32, declares: Declares) {
        let Some(list) = list else { return };
        let names = self.tree.operands(list).into_iter();
        let names = names.filter(|&id| self.tree.kind(id).is_name()).map(|id| (id, declares)).collect();
        self.push(Entry::Pending { until, names });
    }

    fn spec(&mut self, id: NodeId) {
        let declares =
            if self.tree.kind(id) == Kind::VarSpec { Declares::Variable } else { Declares::Constant };
        let names = names_of(self.tree, id).into_iter().map(|name| (name, declares)).collect();
        self.push(Entry::Pending { until: self.tree.last(id), names });
    }

    fn type_spec(&mut self, id: NodeId) {
        if !self.functions.is_empty() {
            self.declare_names(id, Declares::Type);
        }
        if self.tree.child(id, Field::TypeParameters).is_some() {
            self.scope(id);
        }
    }

    fn type_switch(&mut self, id: NodeId) {
        self.scope(id);
        let alias = self.tree.child(id, Field::Alias);
        if let Some(value) = self.tree.child(id, Field::Value) {
            self.pend(alias, self.tree.last(value), Declares::Variable);
        }
    }

    /// Parameters and results are visible in the body, type parameters at once.
    fn parameters(&mut self, function: NodeId) {
        let tree = self.tree;
        let until = tree.child(function, Field::Body).map_or(tree.last(function), |body| body.0);
        let mut names = Vec::new();
        for part in tree.named(function) {
            let declares = match tree.field(part) {
                Field::Receiver => {
                    self.receiver_type_parameters(part);
                    Declares::Parameter
                }
                Field::Parameters => Declares::Parameter,
                Field::Result => Declares::Result,
                _ => continue,
            };
            for declaration in tree.named(part) {
                names.extend(names_of(tree, declaration).into_iter().map(|name| (name, declares)));
            }
        }
        self.push(Entry::Pending { until, names });
    }

    /// The names in the brackets of a receiver's type are declarations.
    fn receiver_type_parameters(&mut self, receiver: NodeId) {
        let tree = self.tree;
        let Some(arguments) = tree.subtree(receiver).find(|&id| tree.kind(id) == Kind::TypeArguments) else {
            return;
        };
        for name in tree.subtree(arguments).filter(|&id| tree.kind(id) == Kind::TypeIdentifier) {
            self.declare(name, Declares::Type);
        }
    }

    /// Binds a mention to what it means here, unless its declaration has bound it already.
    fn name(&mut self, id: NodeId) {
        if self.scopes.meaning(id).is_some() {
            return;
        }
        if let Some(binding) = self.visible(self.tree.text_of(id), id) {
            self.mention(binding, id);
        }
    }

    /// What `name` means at the node `at`. Scopes that do not hold it have ended for good.
    fn visible(&mut self, name: &str, at: NodeId) -> Option<BindingId> {
        let top = self.visible.get_mut(name)?;
        loop {
            if self.tree.within(at, self.scopes.get(*top).scope) {
                return Some(*top);
            }
            match self.hidden[top.0 as usize] {
                Some(outer) => *top = outer,
                None => break,
            }
        }
        self.visible.remove(name);
        None
    }

    fn mention(&mut self, binding: BindingId, id: NodeId) {
        self.scopes.meaning[id.0 as usize] = binding.0 + 1;
        let mentions = &mut self.scopes.bindings[binding.0 as usize].mentions;
        if mentions.first() != Some(&id) {
            mentions.push(id);
        }
    }

    /// Declares a name in the innermost open scope; `:=` takes a variable of that very scope over.
    fn declare(&mut self, at: NodeId, declares: Declares) {
        let name = self.tree.text_of(at);
        if name != "_" {
            let from = self.tree.end(at);
            self.declare_as(at, name, declares, from);
        }
    }

    fn declare_as(&mut self, at: NodeId, name: &'t str, declares: Declares, from: usize) -> BindingId {
        let node = self.innermost_scope();
        let known = self.visible(name, at).filter(|&known| self.scopes.get(known).scope == node);
        if let Some(existing) = known {
            self.unbind(at);
            self.mention(existing, at);
            return existing;
        }
        let id = BindingId(self.scopes.bindings.len() as u32);
        let from = if node == Tree::ROOT { 0 } else { from };
        self.scopes.bindings.push(Binding {
            name,
            declares,
            at,
            scope: node,
            from,
            function: self.functions.last().copied(),
            mentions: vec![at],
        });
        self.unbind(at);
        self.scopes.meaning[at.0 as usize] = id.0 + 1;
        self.hidden.push(self.visible.insert(name, id));
        id
    }

    fn innermost_scope(&self) -> NodeId {
        let scopes = self.stack.iter().rev().filter_map(|entry| match entry {
            Entry::Scope { node, .. } => Some(*node),
            Entry::Pending { .. } => None,
        });
        scopes.into_iter().next().unwrap_or(Tree::ROOT)
    }

    /// Takes back what the walk bound a declaring identifier to before its scope began.
    fn unbind(&mut self, at: NodeId) {
        if let Some(old) = self.scopes.meaning(at) {
            let mentions = &mut self.scopes.bindings[old.0 as usize].mentions;
            if let Some(index) = mentions.iter().rposition(|&mention| mention == at) {
                mentions.remove(index);
            }
            self.scopes.meaning[at.0 as usize] = 0;
        }
    }
}

/// The identifiers that a spec or a parameter declaration names.
fn names_of(tree: &Tree<'_>, spec: NodeId) -> Vec<NodeId> {
    let named = tree.named(spec).filter(|&id| tree.field(id) == Field::Name && tree.kind(id).is_name());
    named.collect()
}

/// Whether an import path is taken for one of the standard library, as goimports does: no dot stands in its first element.
pub(crate) fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

/// The name that a package most likely has, from its import path: the rule by which goimports decides whether an import
/// has to say the name. A name is made of letters and digits, so what follows the first other character of the path's
/// last element is none of it, and a `go-` before it is not either.
pub(crate) fn package_name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version = |part: &str| {
        part.len() > 1 && part.starts_with('v') && part[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    let last = if is_version(last) { parts.next().unwrap_or(last) } else { last };
    let last = last.strip_prefix("go-").unwrap_or(last);
    let end = last.find(|one: char| one != '_' && !one.is_alphanumeric()).unwrap_or(last.len());
    &last[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each mention of `x`, the 1-based line of what it means (0: nothing in the file).
    fn lines(text: &str) -> Vec<usize> {
        let tree = Tree::parse(text).unwrap();
        let scopes = Scopes::resolve(&tree, &[]);
        let line = |id| text[..tree.start(id)].matches('\n').count() + 1;
        let names = tree.all().filter(|&id| tree.kind(id).is_name() && tree.text_of(id) == "x");
        names.map(|id| scopes.meaning(id).map_or(0, |binding| line(scopes.get(binding).at))).collect()
    }

    #[test]
    fn a_short_declaration_begins_after_itself() {
        assert_eq!(lines("package p\nvar x = 1\nfunc f() {\n\tx := x\n\t_ = x\n}\n"), [2, 4, 2, 4]);
    }

    #[test]
    fn a_short_declaration_takes_over_a_variable_of_its_scope() {
        assert_eq!(lines("package p\nfunc f() {\n\tx := 1\n\tx, y := 2, 3\n\t_, _ = x, y\n}\n"), [3, 3, 3]);
    }

    #[test]
    fn a_literal_between_does_not_see_what_it_is_assigned_to() {
        assert_eq!(
            lines("package p\nfunc f() {\n\tx := func() int {\n\t\treturn x\n\t}\n\tx()\n}\n"),
            [3, 0, 3]
        );
    }

    #[test]
    fn parameters_begin_in_the_body() {
        assert_eq!(lines("package p\nimport \"net/x\"\nfunc f(x *x.T) {\n\tx.g()\n}\n"), [3, 2, 3]);
    }

    #[test]
    fn clauses_and_headers_have_scopes_of_their_own() {
        let text = "package p\nfunc f(x any) {\n\tswitch x := x.(type) {\n\tcase int:\n\t\t_ = x\n\t}\n\t_ = x\n\tfor x := range 3 {\n\t\t_ = x\n\t}\n\tif x := 1; x > 0 {\n\t}\n}\n";
        assert_eq!(lines(text), [2, 3, 2, 3, 2, 8, 8, 11, 11]);
    }

    #[test]
    fn package_names_come_from_paths() {
        assert_eq!(package_name("github.com/jackc/pgx/v5"), "pgx");
        assert_eq!(package_name("gopkg.in/yaml.v3"), "yaml");
        assert_eq!(package_name("net/http"), "http");
    }
}
