//! What crosses where the end of an iteration becomes a function of its own: variables that it gets as parameters.
//!
//! A parameter is a copy, so a variable crosses only where nobody can tell the two apart. Either the iteration is done with
//! it: it was declared in the iteration, nobody else has a way to it, and behind the region nothing runs. Or nothing
//! changes it while the region runs, and whoever looks at it later finds what the copy holds.

use crate::GoVersion;
use crate::file::File;
use crate::library::has_word;
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::Refusal;
use crate::region::{Group, Region};
use crate::scope::{Access, BindingId, Declares, access, is_changed};
use crate::verdict::Reason;
use crate::written::{Nature, Types, Written};

/// A variable that becomes a parameter.
#[derive(Clone, Debug)]
pub(super) struct Captured {
    pub(super) binding: BindingId,
    /// Its type, as it is written at package level.
    pub(super) of: String,
}

/// What a region uses of the declaration around it.
#[derive(Clone, Debug, Default)]
pub(super) struct Captures {
    /// Variables, in the order in which they are declared.
    pub(super) variables: Vec<Captured>,
    /// Whether the receiver is among what it uses; it is not among the variables then.
    pub(super) receiver: bool,
    /// The first mention of a type parameter.
    pub(super) type_parameter: Option<NodeId>,
}

impl Captures {
    /// What the region uses of `declaration`, or the first thing that cannot cross.
    pub(super) fn of(
        file: &File<'_, '_>,
        group: &Group,
        region: &Region,
        declaration: NodeId,
    ) -> Result<Captures, Refusal> {
        let (tree, scopes) = (file.tree, file.scopes);
        let mut captures = Captures::default();
        let mut seen: Vec<BindingId> = Vec::new();
        let nodes = region.statements().iter().flat_map(|&statement| tree.subtree(statement));
        for mention in nodes.filter(|&id| tree.kind(id).is_name()) {
            let Some(binding) = scopes.meaning(mention).filter(|binding| !seen.contains(binding)) else {
                continue;
            };
            let declared = scopes.get(binding);
            if declared.scope == Tree::ROOT || region.holds(tree, declared.at) || is_key(file, mention) {
                continue;
            }
            seen.push(binding);
            let case = Case { file, group, region, binding, mention };
            match declared.declares {
                Declares::Variable | Declares::Parameter | Declares::Result => {
                    if case.is_declared_anew() {
                        continue;
                    }
                    let of = case.crossing()?;
                    if receiver_name(tree, declaration) == Some(declared.at) {
                        captures.receiver = true;
                    } else {
                        captures.variables.push(Captured { binding, of });
                    }
                }
                Declares::Type if is_type_parameter(tree, declaration, declared.at) => {
                    captures.type_parameter.get_or_insert(mention);
                }
                _ => return Err(case.refusal(Reason::ExtractLocal)),
            }
        }
        captures.variables.sort_by_key(|one| scopes.get(one.binding).at);
        redeclared(file, region, &captures, declaration)?;
        Ok(captures)
    }
}

/// Parameters, type parameters and the body's own variables stand in one scope: no two of them may have one name.
fn redeclared(
    file: &File<'_, '_>,
    region: &Region,
    captures: &Captures,
    declaration: NodeId,
) -> Result<(), Refusal> {
    let (tree, scopes) = (file.tree, file.scopes);
    let receiver = receiver_name(tree, declaration).filter(|_| captures.receiver);
    let own = captures.variables.iter().map(|one| scopes.get(one.binding).name);
    let types: Vec<&str> = type_parameters(file, declaration);
    let own: Vec<&str> = own.chain(receiver.map(|name| tree.text_of(name))).collect();
    if let Some(one) = captures.variables.iter().find(|one| types.contains(&scopes.get(one.binding).name)) {
        let at = tree.span(scopes.get(one.binding).at);
        return Err(Refusal { reason: Reason::ExtractRedeclared, at });
    }
    let names: Vec<&str> = own.into_iter().chain(types).collect();
    let nodes = region.statements().iter().flat_map(|&statement| tree.subtree(statement));
    let again = nodes.filter(|&id| tree.kind(id).is_name()).find(|&id| {
        let declared = scopes.meaning(id).map(|binding| scopes.get(binding));
        declared.is_some_and(|declared| {
            declared.at == id && declared.scope == region.owner && names.contains(&declared.name)
        })
    });
    again.map_or(Ok(()), |at| Err(Refusal { reason: Reason::ExtractRedeclared, at: tree.span(at) }))
}

/// The name of a method's receiver, where it has one.
pub(super) fn receiver_name(tree: &Tree<'_>, declaration: NodeId) -> Option<NodeId> {
    let receiver = tree.child(declaration, Field::Receiver)?;
    let parameter = tree.child_of_kind(receiver, Kind::ParameterDeclaration)?;
    tree.child(parameter, Field::Name)
}

/// The names of the type parameters of a function or of a method's receiver.
pub(super) fn type_parameters<'t>(file: &File<'_, 't>, declaration: NodeId) -> Vec<&'t str> {
    let (tree, scopes) = (file.tree, file.scopes);
    let nodes = generic_parts(tree, declaration).flat_map(|part| tree.subtree(part));
    let declares = |&id: &NodeId| {
        let declared = scopes.meaning(id).map(|binding| scopes.get(binding));
        declared.is_some_and(|declared| declared.at == id && declared.declares == Declares::Type)
    };
    nodes.filter(declares).map(|id| tree.text_of(id)).collect()
}

/// Whether a name is declared by the type parameters of a function, or those of a method's receiver.
pub(super) fn is_type_parameter(tree: &Tree<'_>, declaration: NodeId, declared: NodeId) -> bool {
    generic_parts(tree, declaration).any(|part| tree.within(declared, part))
}

/// Where a function or a method declares type parameters.
fn generic_parts(tree: &Tree<'_>, declaration: NodeId) -> impl Iterator<Item = NodeId> {
    [Field::TypeParameters, Field::Receiver].map(|field| tree.child(declaration, field)).into_iter().flatten()
}

/// Whether a name is the key of a field in a composite literal, which means no variable.
fn is_key(file: &File<'_, '_>, mention: NodeId) -> bool {
    let tree = file.tree;
    if !tree.is_element_key(mention) {
        return false;
    }
    // Around the key are the element, the pair and the braces.
    let literal = tree.ancestors(mention).nth(3).filter(|&id| tree.kind(id) == Kind::CompositeLiteral);
    let of = literal.and_then(|literal| tree.child(literal, Field::Type));
    of.is_some_and(|of| tree.kind(of) == Kind::TypeIdentifier && file.ask().is_struct(of))
}

/// One thing that a region mentions and that is declared outside of it.
struct Case<'c, 'a, 't> {
    file: &'c File<'a, 't>,
    group: &'c Group,
    region: &'c Region,
    binding: BindingId,
    /// The first mention in the region.
    mention: NodeId,
}

impl Case<'_, '_, '_> {
    fn refusal(&self, reason: Reason) -> Refusal {
        self.refusal_at(reason, self.mention)
    }

    fn refusal_at(&self, reason: Reason, at: NodeId) -> Refusal {
        Refusal { reason, at: self.file.tree.span(at) }
    }

    /// Whether the region's own `:=` declares the variable anew in a function of its own, before any other use of it.
    fn is_declared_anew(&self) -> bool {
        let tree = self.file.tree;
        let list = tree.parent(self.mention).filter(|&list| tree.field(list) == Field::Left);
        let Some(statement) = list.and_then(|list| tree.parent(list)) else { return false };
        let mentions = &self.file.scopes.get(self.binding).mentions;
        tree.kind(statement) == Kind::ShortVar
            && self.region.statements().contains(&statement)
            && !mentions.iter().any(|&at| at != self.mention && tree.within(at, statement))
    }

    /// The text of the variable's type, where a copy does for it.
    fn crossing(&self) -> Result<String, Refusal> {
        let file = self.file;
        let types = Types::new(file.tree, file.scopes, &file.around.world);
        let of = types.of_variable(self.binding).ok_or_else(|| self.refusal(Reason::ExtractType))?;
        let text = types.text(&of).ok_or_else(|| self.refusal(Reason::ExtractImport))?;
        if file.around.options.go < GoVersion::ANY && has_word(&text, "any") {
            return Err(self.refusal(Reason::ExtractType));
        }
        let nature = types.nature(&of);
        let value = Value { case: self, types, of, nature };
        value.copied()?;
        if self.is_given_up(&value) { Ok(()) } else { value.unchanged() }?;
        Ok(text)
    }

    /// Whether the iteration is done with the variable behind the region, and nobody else has a way to it.
    fn is_given_up(&self, value: &Value<'_, '_, '_, '_>) -> bool {
        let tree = self.file.tree;
        let declared = self.file.scopes.get(self.binding);
        let outside = declared.mentions.iter().filter(|&&at| !self.region.holds(tree, at));
        self.is_of_iteration() && outside.into_iter().all(|&at| self.is_own(at) && !value.is_shared_by(at))
    }

    /// Whether each iteration has a variable of its own (Go 1.22 for those of a range clause).
    fn is_of_iteration(&self) -> bool {
        let (tree, declared) = (self.file.tree, self.file.scopes.get(self.binding));
        let in_body =
            tree.child(self.group.iteration, Field::Body).is_some_and(|body| tree.within(declared.at, body));
        let header = self.header().filter(|&clause| tree.parent(clause) == Some(self.group.iteration));
        let ranged = header.is_some_and(|clause| tree.kind(clause) == Kind::RangeClause)
            && self.file.around.options.go >= GoVersion::PER_ITERATION_VARIABLES;
        declared.function == Some(self.group.function) && (in_body || ranged)
    }

    /// The clause of a loop that declares the variable.
    fn header(&self) -> Option<NodeId> {
        let tree = self.file.tree;
        let at = self.file.scopes.get(self.binding).at;
        let clauses = [Kind::RangeClause, Kind::ForClause];
        let mut up = tree.ancestors(at).take_while(|&up| tree.kind(up) != Kind::Block);
        up.find(|&up| clauses.contains(&tree.kind(up)))
    }

    /// Whether a mention stands in the group's function itself, not in a literal of it or in one around it.
    fn is_own(&self, mention: NodeId) -> bool {
        self.file.flow.nest.function(mention) == Some(self.group.function)
    }
}

/// The variable with its type.
struct Value<'v, 'c, 'a, 't> {
    case: &'v Case<'c, 'a, 't>,
    types: Types<'a, 't>,
    of: Written,
    nature: Nature,
}

impl Value<'_, '_, '_, '_> {
    /// Whether the value may be copied at all.
    fn copied(&self) -> Result<(), Refusal> {
        let Case { file, binding, .. } = *self.case;
        let declared = file.scopes.get(binding);
        // Go vet lets no parameter and no range clause copy a lock, so what comes from there is a copy already; what has
        // a type parameter for its type is copied freely.
        let header = self.case.header().map(|clause| file.tree.kind(clause));
        let is_copy = declared.declares == Declares::Parameter
            || header == Some(Kind::RangeClause)
            || matches!(self.of, Written::Parameter(_));
        match self.nature {
            Nature::Fixed => Err(self.case.refusal(Reason::ExtractCopy)),
            Nature::Opaque if !is_copy => Err(self.case.refusal(Reason::ExtractCopy)),
            _ => Ok(()),
        }
    }

    /// Whether nothing changes the variable while the region runs, and nobody in the region sees a later change.
    fn unchanged(&self) -> Result<(), Refusal> {
        let Case { file, group, region, binding, .. } = *self.case;
        let tree = file.tree;
        let declared = file.scopes.get(binding);
        let shared = |at| Err(self.case.refusal_at(Reason::ExtractShared, at));
        let is_declaration = |at: NodeId| at == declared.at && self.case.header().is_none();
        let writes = declared.mentions.iter().copied().filter(|&at| self.is_written_by(at));
        let writes = writes.filter(|&at| !is_declaration(at) && !self.is_behind(at));
        let writes: Vec<NodeId> = writes.collect();
        if let Some(&at) = writes.iter().find(|&&at| region.holds(tree, at)) {
            return Err(self.case.refusal_at(Reason::ExtractWrite, at));
        }
        let is_other = |at: NodeId| writes.contains(&at) && !self.case.is_own(at);
        if let Some(&at) = declared.mentions.iter().find(|&&at| self.is_shared_by(at) || is_other(at)) {
            return shared(at);
        }
        let is_result = declared.declares == Declares::Result;
        if declared.function != Some(group.function) && (is_result || !writes.is_empty()) {
            return shared(writes.first().copied().unwrap_or(declared.at));
        }
        // A literal may run when the variable has changed.
        let literal = declared.mentions.iter().find(|&&at| region.holds(tree, at) && !self.case.is_own(at));
        match literal {
            Some(&at) if is_result || writes.iter().any(|&write| !self.is_in_header(write)) => shared(at),
            _ => Ok(()),
        }
    }

    /// Whether a write belongs to a loop header whose variables are new for each iteration: it is to the next one's.
    fn is_in_header(&self, write: NodeId) -> bool {
        let Case { file, .. } = *self.case;
        let header = self.case.header();
        file.around.options.go >= GoVersion::PER_ITERATION_VARIABLES
            && header.is_some_and(|clause| file.tree.within(write, clause))
    }

    /// Whether a write is over when the function of the group begins, which is a literal in the body of the loop whose header
    /// makes the write: the body of each iteration finds the variable as the header has left it.
    fn is_behind(&self, write: NodeId) -> bool {
        let Case { file, group, binding, .. } = *self.case;
        let declared = file.scopes.get(binding).function;
        let clause = self.case.header().filter(|_| self.is_in_header(write));
        declared != Some(group.function)
            && file.flow.nest.function(write) == declared
            && clause.is_some_and(|clause| !file.tree.within(group.function, clause))
    }

    /// Whether a mention gives the variable or a part of it another value.
    fn is_written_by(&self, mention: NodeId) -> bool {
        let tree = self.case.file.tree;
        match self.nature {
            Nature::Handle | Nature::Named => matches!(access(tree, mention), Access::Write | Access::Update),
            _ => is_changed(tree, mention),
        }
    }

    /// Whether a mention makes a pointer to the variable or a part of it: `&`, a slice of an array, a call of a method that
    /// may have a pointer receiver.
    fn is_shared_by(&self, mention: NodeId) -> bool {
        let tree = self.case.file.tree;
        if access(tree, mention) == Access::Address {
            return true;
        }
        if self.nature == Nature::Handle {
            return false;
        }
        let Some(part) = part_of(tree, mention) else { return false };
        if tree.kind(part) != Kind::Selector {
            return self.nature != Nature::Named;
        }
        let selected = tree.child(part, Field::Selected).map_or("", |name| tree.text_of(name));
        if !self.types.only_reads(&self.of, selected) {
            return true;
        }
        // What is selected further on from a field is not looked into, unless the field refers to something else.
        let field = self.types.of_field(&self.of, selected);
        let refers = field.is_some_and(|field| self.types.nature(&field) == Nature::Handle);
        access(tree, part) == Access::Address || !refers && part_of(tree, part).is_some()
    }
}

/// The selector, index or slice expression of which an expression is the operand.
fn part_of(tree: &Tree<'_>, mut at: NodeId) -> Option<NodeId> {
    let mut parent = tree.parent(at)?;
    while tree.kind(parent) == Kind::Parenthesized {
        at = parent;
        parent = tree.parent(at)?;
    }
    let is_part = matches!(tree.kind(parent), Kind::Selector | Kind::Index | Kind::Slice);
    (is_part && tree.field(at) == Field::Operand).then_some(parent)
}
