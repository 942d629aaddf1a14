//! The extract pass: the rest of the iteration becomes a function or method of its own beside the enclosing one.
//!
//! Sound for the reason that the closure form is: a deferred call runs when the innermost function around it returns. Exits
//! are lowered in the same way. What differs is that the function does not share the variables of the enclosing one: it gets
//! copies of them, in the order in which they are declared. Prerequisites, besides those of the closure form:
//! 1. every variable that crosses may be copied, and nobody can tell the copy from it (see `captures`);
//! 2. its type is known for certain, and means the same at package level; so do the types of the results;
//! 3. results go back by value: no `return` of the region is without operands where there are results;
//! 4. the enclosing declaration is a function or a method, behind which nothing stands on its line;
//! 5. no file of the package, under no build constraint, and no test mentions the name of the new function.

use crate::edit::Edit;
use crate::file::File;
use crate::library::has_word;
use crate::lower::Row;
use crate::names::{capitalized, package_level};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::captures::{self, Captured, Captures, is_type_parameter, receiver_name};
use crate::passes::closure::{Lowered, bystanders, doubt, needed_names, needs_new_label};
use crate::passes::{Given, Pass, Plan, Refusal, Standing, prerequisites};
use crate::region::{Group, Region, candidates};
use crate::scope::BindingId;
use crate::signature::type_text;
use crate::verdict::{Form, Reason};
use crate::wrap::{Frame, rest_of_line};

/// What `explain extract` shows.
pub(crate) const PASS: Pass = Pass {
    form: Form::Extract,
    summary: "moves the rest of the iteration into a function of its own beside the enclosing one",
    doc: "A deferred call runs when the innermost function around it returns. With the end of the iteration in a function of its own that is the end of the iteration, on every path, a panic included. Exits are lowered as in the closure form. The function stands right behind the enclosing one, is a method where it uses the receiver, and gets what it uses as parameters. For bodies that are too long for a function literal. Only taken when it is asked for.\n\nParameters are copies. So a variable crosses only where the iteration alone has it, or nothing changes it while the iteration runs; and where its type is known for certain.\n\nLeft alone, besides what the closure form leaves: assignments to variables from outside, variables whose address is taken or that a function literal changes, locks, types without a name or of packages that the file does not import, local types and constants, returns without operands where there are results.",
    before: "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc copyAll(w io.Writer, names []string) error {\n\tfor _, name := range names {\n\t\tf, err := os.Open(name)\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\tdefer f.Close()\n\t\tif _, err := io.Copy(w, f); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\treturn nil\n}\n",
    after: "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc copyAll(w io.Writer, names []string) error {\n\tfor _, name := range names {\n\t\tif err := copyAllOne(w, name); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\treturn nil\n}\n\nfunc copyAllOne(w io.Writer, name string) error {\n\tf, err := os.Open(name)\n\tif err != nil {\n\t\treturn err\n\t}\n\tdefer f.Close()\n\tif _, err := io.Copy(w, f); err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}\n",
    standing: Standing::Asked,
    wraps: true,
    stand_in: None,
    plan,
};

/// How many rows a function is worth that acquires what it releases: more than that of the error idiom.
const GIVEN: u8 = 4;

/// Plans the rewrite of one group. The loop gets the given label where it needs one.
fn plan(file: &File<'_, '_>, group: &Group, given: &Given) -> Result<Plan, Refusal> {
    prerequisites::pragma(file, group)?;
    prerequisites::early_argument(file, group)?;
    let declaration = declaration(file, group)?;
    let (regions, goto) = candidates(file, group);
    let (mut best, mut refused): (Option<Extract<'_, '_, '_>>, Option<Refusal>) = (None, None);
    for region in regions {
        match Extract::of(file, group, region, declaration) {
            Ok(one) if best.as_ref().is_none_or(|best| one.rank() < best.rank()) => best = Some(one),
            Ok(_) => {}
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    let Some(best) = best else {
        let goto = goto.map(|at| Refusal { reason: Reason::GotoCrosses, at: file.tree.span(at) });
        let other = Refusal { reason: Reason::ExtractResult, at: file.tree.span(group.iteration) };
        return Err(refused.or(goto).unwrap_or(other));
    };
    best.plan(given)
}

/// Prerequisite 4: the declaration behind which the function comes to stand.
fn declaration(file: &File<'_, '_>, group: &Group) -> Result<NodeId, Refusal> {
    let tree = file.tree;
    let refused = Refusal { reason: Reason::ExtractPlace, at: tree.span(group.iteration) };
    let mut around = std::iter::once(group.function).chain(tree.ancestors(group.function));
    let outermost = around.find(|&id| tree.parent(id) == Some(Tree::ROOT)).ok_or(refused)?;
    let is_function = matches!(tree.kind(outermost), Kind::FunctionDeclaration | Kind::MethodDeclaration);
    if is_function && line_end(tree, outermost).is_some() { Ok(outermost) } else { Err(refused) }
}

/// The end of the line that a declaration ends on, where nothing but a comment follows there.
fn line_end(tree: &Tree<'_>, declaration: NodeId) -> Option<usize> {
    let end = tree.end(declaration);
    let line = rest_of_line(tree.text, end);
    (line.trim().is_empty() || line.trim().starts_with("//")).then_some(end + line.len())
}

/// A region that can become a function.
struct Extract<'e, 'a, 't> {
    file: &'e File<'a, 't>,
    group: &'e Group,
    declaration: NodeId,
    region: Region,
    row: Row,
    captures: Captures,
    /// Type parameters of the enclosing function that the new one needs too.
    type_parameters: Vec<&'t str>,
}

impl<'e, 'a, 't> Extract<'e, 'a, 't> {
    fn of(
        file: &'e File<'a, 't>,
        group: &'e Group,
        region: Region,
        declaration: NodeId,
    ) -> Result<Self, Refusal> {
        let tree = file.tree;
        prerequisites::recovers(file, group, region.statements())?;
        bystanders(file, group, &region)?;
        let captures = Captures::of(file, group, &region, declaration)?;
        let refused = Refusal { reason: Reason::ExtractResult, at: tree.span(group.iteration) };
        let can_write = |of| can_write(file, declaration, of);
        let row = Row::apart(file, group, &region, &can_write).map_err(|_| refused)?;
        needed_names(file, group, &region, &row)?;
        let type_parameters = type_parameters(file, group, &region, declaration, &captures)?;
        Ok(Extract { file, group, declaration, region, row, captures, type_parameters })
    }

    /// Simple rows first, but a function had rather acquire itself what it releases; then few parameters.
    fn rank(&self) -> (u8, bool, usize) {
        let Extract { file, group, ref captures, .. } = *self;
        let (tree, scopes) = (file.tree, file.scopes);
        let is_acquired = |&id: &BindingId| tree.within(scopes.get(id).at, group.iteration);
        let mut released = group.defers.iter().flat_map(|&defer| tree.subtree(defer));
        let is_given = released.any(|id| {
            let binding = scopes.meaning(id).filter(is_acquired);
            binding.is_some_and(|binding| captures.variables.iter().any(|one| one.binding == binding))
        });
        let label = needs_new_label(file, group, &self.region, &self.row);
        (self.row.rank() + if is_given { GIVEN } else { 0 }, label, captures.variables.len())
    }

    fn plan(self, given: &Given) -> Result<Plan, Refusal> {
        let Extract { file, group, declaration, ref region, ref row, .. } = self;
        let tree = file.tree;
        let refuse = |reason| Refusal { reason, at: tree.span(group.iteration) };
        let name = given.declared.clone().or_else(|| self.name());
        let name = name.ok_or_else(|| refuse(Reason::ExtractPlace))?;
        let lowered = Lowered::of(file, group, region, row, given.label.as_deref(), None);
        let frame = Frame::of(tree, file.lines, region);
        let body = frame.moved(tree, &lowered.inside).ok_or_else(|| refuse(Reason::InternalError))?;
        let (eol, at) = (frame.eol, line_end(tree, declaration).unwrap_or(tree.end(declaration)));
        let tail = lowered.tail.as_ref().map_or_else(String::new, |tail| format!("\t{tail}{eol}"));
        let head = format!("{}{} {{", self.head(&name), lowered.results);
        let mut edits = vec![frame.replaced(tree, &lowered.calling(&self.call(&name)))];
        edits.push(Edit::insert(at, format!("{eol}{eol}{head}{eol}{body}{tail}}}")));
        edits.extend(lowered.outside);
        edits.sort_by_key(|edit| edit.span.start);
        let doubt = doubt(file, group, region, row);
        Ok(Plan {
            edits,
            doubt: doubt.map(|reason| Refusal { reason, at: tree.span(group.defers[0]) }),
            changes: Vec::new(),
            settles: Vec::new(),
            clumsy: None,
            must_release: false,
            region: region.span(tree),
            labels: lowered.labels,
            variables: 0,
            declares: Some(name),
            imports: false,
            dropped: lowered.dropped,
            exits: region.exits.clone(),
        })
    }

    /// Prerequisite 5: the name of the enclosing function, and that it is about one iteration.
    fn name(&self) -> Option<String> {
        let tree = self.file.tree;
        let own = tree.child(self.declaration, Field::Name).map(|name| tree.text_of(name))?;
        let lower = lowered(own);
        let words = [own, &lower, &capitalized(&lower)];
        package_level(tree.text, &self.file.around.world, &format!("{lower}One"), &words)
    }

    /// The declaration of the function up to its results.
    fn head(&self, name: &str) -> String {
        let tree = self.file.tree;
        let receiver = tree.child(self.declaration, Field::Receiver).filter(|_| self.captures.receiver);
        let receiver = receiver.map_or_else(String::new, |node| format!("{} ", type_text(tree, node)));
        let list = tree.child(self.declaration, Field::TypeParameters);
        let list = list.filter(|_| !self.type_parameters.is_empty());
        let types = list.map_or_else(String::new, |node| type_text(tree, node));
        format!("func {receiver}{name}{types}({})", self.parameters())
    }

    /// Names and types; of several in a row that have one type, the last one says it.
    fn parameters(&self) -> String {
        let all = &self.captures.variables;
        let one = |(index, captured): (usize, &Captured)| {
            let name = self.file.scopes.get(captured.binding).name;
            let is_last = all.get(index + 1).is_none_or(|next| next.of != captured.of);
            if is_last { format!("{name} {}", captured.of) } else { name.to_owned() }
        };
        all.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
    }

    fn call(&self, name: &str) -> String {
        let tree = self.file.tree;
        let receiver = receiver_name(tree, self.declaration).filter(|_| self.captures.receiver);
        let receiver = receiver.map_or_else(String::new, |node| format!("{}.", tree.text_of(node)));
        let types = match &self.type_parameters[..] {
            [] => String::new(),
            all => format!("[{}]", all.join(", ")),
        };
        let names = self.captures.variables.iter().map(|one| self.file.scopes.get(one.binding).name);
        format!("{receiver}{name}{types}({})", names.collect::<Vec<_>>().join(", "))
    }
}

/// Prerequisite 2: whether the text of a type means the same at package level, where the type parameters of the enclosing
/// declaration are at hand.
fn can_write(file: &File<'_, '_>, declaration: NodeId, of: NodeId) -> bool {
    let (tree, scopes) = (file.tree, file.scopes);
    tree.subtree(of).filter_map(|id| scopes.meaning(id)).all(|binding| {
        let declared = scopes.get(binding);
        declared.scope == Tree::ROOT
            || tree.within(declared.at, of)
            || is_type_parameter(tree, declaration, declared.at)
    })
}

/// The type parameters of the enclosing function where the new one mentions one of them; a method has those of its receiver.
fn type_parameters<'t>(
    file: &File<'_, 't>,
    group: &Group,
    region: &Region,
    declaration: NodeId,
    captures: &Captures,
) -> Result<Vec<&'t str>, Refusal> {
    let tree = file.tree;
    let all = captures::type_parameters(file, declaration);
    let results = tree.child(group.function, Field::Result).map(|node| tree.text_of(node));
    let mut texts = captures.variables.iter().map(|one| one.of.as_str()).chain(results);
    let is_needed =
        captures.type_parameter.is_some() || texts.any(|text| all.iter().any(|name| has_word(text, name)));
    if !is_needed || captures.receiver {
        return Ok(Vec::new());
    }
    let at = captures.type_parameter.unwrap_or(group.iteration);
    let head = region.span(tree).start;
    // The call names them.
    let is_visible = |name: &&str| {
        let meaning = file.scopes.lookup(tree, name, head);
        meaning.is_some_and(|id| is_type_parameter(tree, declaration, file.scopes.get(id).at))
    };
    let is_function = tree.kind(declaration) == Kind::FunctionDeclaration;
    if is_function && all.iter().all(is_visible) {
        return Ok(all);
    }
    Err(Refusal { reason: Reason::ExtractLocal, at: tree.span(at) })
}

/// The name of a function with a small letter in front: `ReadAll` is `readAll`, `HTTPGet` is `httpGet`.
fn lowered(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let capitals = letters.iter().take_while(|letter| letter.is_uppercase()).count();
    let is_word = letters.get(capitals).is_some_and(|letter| letter.is_lowercase());
    let small = if is_word && capitals > 1 { capitals - 1 } else { capitals };
    let head = letters[..small].iter().flat_map(|letter| letter.to_lowercase());
    head.chain(letters[small..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_a_small_letter() {
        let names = ["ReadAll", "HTTPGet", "GC", "x", "TestX", "_"].map(lowered);
        assert_eq!(names, ["readAll", "httpGet", "gc", "x", "testX", "_"]);
    }
}
