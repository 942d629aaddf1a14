//! Where control goes: targets of jumps, reachability from a defer, exits of a region, terminating statements.
//!
//! The control-flow graph is never built. A point of it is a node and a moment (before it, after it, at a loop's
//! head), and the successors of a point follow from the tree in constant time.

use std::cell::{OnceCell, RefCell};

use crate::hash::{Set, Table};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::recover::Recovers;
use crate::scope::{Declares, Scopes};

/// What surrounds each node, computed once for the file.
#[derive(Debug)]
pub(crate) struct Nest {
    around: Vec<Surrounding>,
    labels: Table<(Option<NodeId>, String), NodeId>,
    /// Each `goto` that leads back, with the labeled statement that it leads to.
    back: Vec<(NodeId, NodeId)>,
}

/// What surrounds one node in the innermost function; the root stands for nothing.
#[derive(Clone, Copy, Debug)]
struct Surrounding {
    function: NodeId,
    looped: NodeId,
    breakable: NodeId,
}

const NOTHING: Surrounding = Surrounding { function: Tree::ROOT, looped: Tree::ROOT, breakable: Tree::ROOT };

impl Nest {
    pub(crate) fn of(tree: &Tree<'_>) -> Nest {
        let around = Vec::with_capacity(tree.len());
        let mut nest = Nest { around, labels: Table::default(), back: Vec::new() };
        for id in tree.all() {
            let around = tree.parent(id).map_or(NOTHING, |parent| nest.inside(tree, parent, id));
            nest.around.push(around);
            match tree.kind(id) {
                Kind::Labeled => {
                    if let Some(label) = tree.child(id, Field::Label) {
                        nest.labels.insert((nest.function(id), tree.text_of(label).to_owned()), id);
                    }
                }
                // A label in front of it has been met.
                Kind::Goto => {
                    let to = label(tree, id).and_then(|name| nest.labeled(nest.function(id), name));
                    nest.back.extend(to.map(|to| (id, to)));
                }
                _ => {}
            }
        }
        nest
    }

    /// What surrounds a node, from what surrounds its parent.
    fn inside(&self, tree: &Tree<'_>, parent: NodeId, id: NodeId) -> Surrounding {
        let kind = tree.kind(parent);
        if kind.is_function() {
            return Surrounding { function: parent, ..NOTHING };
        }
        let around = self.around[parent.0 as usize];
        if !kind.is_breakable() {
            return around;
        }
        if kind == Kind::For && tree.field(id) == Field::Body {
            return Surrounding { looped: parent, breakable: parent, ..around };
        }
        if tree.kind(id).is_clause() { Surrounding { breakable: parent, ..around } } else { around }
    }

    /// The innermost function around a node; nothing at package level.
    pub(crate) fn function(&self, id: NodeId) -> Option<NodeId> {
        known(self.around[id.0 as usize].function)
    }

    /// The innermost loop of the same function whose body holds the node.
    pub(crate) fn loop_around(&self, id: NodeId) -> Option<NodeId> {
        known(self.around[id.0 as usize].looped)
    }

    /// All loops of the same function whose bodies hold the node, innermost first.
    pub(crate) fn loops_around(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.loop_around(id), |&at| self.loop_around(at))
    }

    /// The outermost loop of the same function that a loop stands in, or the loop itself.
    pub(crate) fn outermost(&self, iteration: NodeId) -> NodeId {
        self.loops_around(iteration).last().unwrap_or(iteration)
    }

    /// Whether a `goto` of a loop, or behind it in its function, leads to a label in front of the loop: then what stands there
    /// runs after it, too.
    pub(crate) fn comes_back_to(&self, iteration: NodeId) -> bool {
        self.back.iter().any(|&(jump, to)| {
            jump > iteration && to < iteration && self.function(jump) == self.function(iteration)
        })
    }

    /// The statement that a label of `function` labels (the labeled statement itself).
    pub(crate) fn labeled(&self, function: Option<NodeId>, label: &str) -> Option<NodeId> {
        self.labels.get(&(function, label.to_owned())).copied()
    }
}

fn known(id: NodeId) -> Option<NodeId> {
    (id != Tree::ROOT).then_some(id)
}

fn label<'t>(tree: &Tree<'t>, jump: NodeId) -> Option<&'t str> {
    tree.child_of_kind(jump, Kind::LabelName).map(|label| tree.text_of(label))
}

/// A moment at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Point {
    Before(NodeId),
    After(NodeId),
    Head(NodeId),
}

impl Point {
    fn index(self) -> usize {
        match self {
            Point::Before(id) => id.0 as usize * 3,
            Point::After(id) => id.0 as usize * 3 + 1,
            Point::Head(id) => id.0 as usize * 3 + 2,
        }
    }
}

/// The flow questions about one file.
#[derive(Debug)]
pub(crate) struct Flow<'a, 't> {
    tree: &'a Tree<'t>,
    scopes: &'a Scopes<'t>,
    pub(crate) nest: &'a Nest,
    /// Statements that some `break` leaves.
    broken: Set<NodeId>,
    /// Functions that hold a `goto`.
    jumping: Set<Option<NodeId>>,
    /// The points that the walk under way has seen.
    seen: RefCell<Seen>,
    recovers: OnceCell<Recovers>,
}

/// A set of points that is emptied in constant time: a point is in it where it carries the walk's number.
#[derive(Debug, Default)]
struct Seen {
    walk: u32,
    marks: Vec<u32>,
}

impl Seen {
    fn start(&mut self, points: usize) {
        if self.walk == u32::MAX {
            self.marks.clear();
            self.walk = 0;
        }
        self.marks.resize(points, 0);
        self.walk += 1;
    }

    fn first_time(&mut self, point: usize) -> bool {
        std::mem::replace(&mut self.marks[point], self.walk) != self.walk
    }
}

/// Where a defer leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cycle {
    /// Never back to the defer.
    None,
    /// Control does not even come to the defer.
    Unreached,
    /// Back through the head of this loop, the innermost such.
    Loop(NodeId),
    /// Back through the head of a loop around the innermost one that is entered again.
    Outer,
    /// Back without passing any loop's head: a cycle made with `goto`.
    Goto,
}

impl<'a, 't> Flow<'a, 't> {
    pub(crate) fn new(tree: &'a Tree<'t>, scopes: &'a Scopes<'t>, nest: &'a Nest) -> Self {
        let (broken, jumping) = (Set::default(), Set::default());
        let mut flow =
            Flow { tree, scopes, nest, broken, jumping, seen: RefCell::default(), recovers: OnceCell::new() };
        for id in tree.all() {
            match tree.kind(id) {
                Kind::Break => flow.broken.extend(flow.target(id)),
                Kind::Goto => {
                    flow.jumping.insert(nest.function(id));
                }
                _ => {}
            }
        }
        flow
    }

    /// The statement that a `break` or `continue` acts on, or the labeled statement that a `goto` jumps to.
    pub(crate) fn target(&self, jump: NodeId) -> Option<NodeId> {
        let Some(label) = self.label(jump) else {
            return match self.tree.kind(jump) {
                Kind::Break => known(self.nest.around[jump.0 as usize].breakable),
                Kind::Continue => self.nest.loop_around(jump),
                _ => None,
            };
        };
        let labeled = self.nest.labeled(self.nest.function(jump), label)?;
        if self.tree.kind(jump) == Kind::Goto { Some(labeled) } else { self.statement_of(labeled) }
    }

    /// The label that a jump names.
    pub(crate) fn label(&self, jump: NodeId) -> Option<&'t str> {
        label(self.tree, jump)
    }

    /// The statement behind a label.
    pub(crate) fn statement_of(&self, labeled: NodeId) -> Option<NodeId> {
        self.tree.named(labeled).find(|&id| self.tree.kind(id) != Kind::LabelName)
    }

    /// Whether the function of `id` holds a `goto`.
    pub(crate) fn has_goto(&self, id: NodeId) -> bool {
        self.jumping.contains(&self.nest.function(id))
    }

    /// Who recovers in the file.
    pub(crate) fn recovers(&self) -> &Recovers {
        self.recovers.get_or_init(|| Recovers::of(self.tree, self.scopes, |id| self.nest.function(id)))
    }

    /// Whether and how control can come back to a defer after it ran.
    pub(crate) fn cycle(&self, defer: NodeId) -> Cycle {
        let goto = self.has_goto(defer);
        if !goto && self.nest.loop_around(defer).is_none() {
            return Cycle::None;
        }
        // The walk stays in the function, so a loop that holds the defer holds it in its body.
        let around = |id: NodeId| self.tree.within(defer, id);
        if goto && self.reaches(defer, around, |point| point == Point::Before(defer)) {
            return Cycle::Goto;
        }
        let next = self.innermost_head(defer, |_| false);
        // Behind the head of an outer loop lie those of the inner ones, though no iteration of theirs goes on.
        match (next, self.innermost_head(defer, around)) {
            (None, _) => Cycle::None,
            (Some(iteration), direct) if direct == Some(iteration) => Cycle::Loop(iteration),
            _ => Cycle::Outer,
        }
    }

    /// Of the loops around a defer the innermost whose head control can come to from behind it, past no `closed` head.
    fn innermost_head(&self, defer: NodeId, closed: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let innermost = self.nest.loop_around(defer);
        // Of loops around one node the innermost starts last.
        let mut best: Option<NodeId> = None;
        let reached = |point: Point| {
            if let Point::Head(id) = point
                && self.tree.within(defer, id)
            {
                best = best.max(Some(id));
            }
            best.is_some() && best == innermost
        };
        self.reaches(defer, closed, reached);
        best
    }

    /// Walks from behind `from`; heads of `closed` loops are not passed. True as soon as `found` says so.
    fn reaches(
        &self,
        from: NodeId,
        closed: impl Fn(NodeId) -> bool,
        found: impl FnMut(Point) -> bool,
    ) -> bool {
        let mut open = Vec::new();
        self.after(from, &mut open);
        self.walk(open, closed, found)
    }

    /// Walks on from some points.
    fn walk(
        &self,
        mut open: Vec<Point>,
        closed: impl Fn(NodeId) -> bool,
        mut found: impl FnMut(Point) -> bool,
    ) -> bool {
        let mut seen = self.seen.borrow_mut();
        seen.start(self.tree.len() * 3);
        while let Some(point) = open.pop() {
            if !seen.first_time(point.index()) {
                continue;
            }
            if found(point) {
                return true;
            }
            match point {
                Point::Head(id) if closed(id) => {}
                _ => self.successors(point, &mut open),
            }
        }
        false
    }

    /// The wanted nodes that control can come to from before `from`.
    pub(crate) fn reached(&self, from: NodeId, wanted: impl Fn(NodeId) -> bool) -> Set<NodeId> {
        let mut nodes = Set::default();
        self.walk(
            vec![Point::Before(from)],
            |_| false,
            |point| {
                if let Point::Before(id) = point
                    && wanted(id)
                {
                    nodes.insert(id);
                }
                false
            },
        );
        nodes
    }

    /// The nodes in `within` that control can come to from behind `from`.
    pub(crate) fn reachable(&self, from: NodeId, within: NodeId) -> Set<NodeId> {
        let mut nodes = Set::default();
        self.reaches(
            from,
            |_| false,
            |point| {
                if let Point::Before(id) = point
                    && self.tree.within(id, within)
                {
                    nodes.insert(id);
                }
                false
            },
        );
        nodes
    }

    /// Whether control can come from before a statement or block to right behind it.
    pub(crate) fn completes(&self, id: NodeId) -> bool {
        self.walk(vec![Point::Before(id)], |_| false, |point| point == Point::After(id))
    }

    fn successors(&self, point: Point, out: &mut Vec<Point>) {
        match point {
            Point::Before(id) => self.before(id, out),
            Point::After(id) => self.after(id, out),
            Point::Head(id) => {
                let tree = self.tree;
                if !self.is_infinite(id) {
                    out.push(Point::After(id));
                }
                out.extend(tree.child(id, Field::Body).map(Point::Before));
            }
        }
    }

    fn before(&self, id: NodeId, out: &mut Vec<Point>) {
        let tree = self.tree;
        match tree.kind(id) {
            Kind::Block => out.push(self.first(id)),
            kind if kind.is_clause() => out.push(self.first(id)),
            Kind::If => {
                out.push(tree.child(id, Field::Alternative).map_or(Point::After(id), Point::Before));
                out.extend(tree.child(id, Field::Consequence).map(Point::Before));
            }
            Kind::For => out.push(Point::Head(id)),
            Kind::ExpressionSwitch | Kind::TypeSwitch => {
                out.extend(self.clauses(id).map(Point::Before));
                if !self.has_default(id) {
                    out.push(Point::After(id));
                }
            }
            Kind::Select => out.extend(self.clauses(id).map(Point::Before)),
            Kind::Labeled => out.push(self.statement_of(id).map_or(Point::After(id), Point::Before)),
            Kind::Return => {}
            Kind::Goto => out.extend(self.target(id).map(Point::Before)),
            Kind::Break => out.extend(self.target(id).map(Point::After)),
            Kind::Continue => out.extend(self.target(id).map(Point::Head)),
            Kind::Fallthrough => out.extend(self.next_clause(id).map(Point::Before)),
            Kind::ExpressionStatement if self.never_returns(id) => {}
            _ => out.push(Point::After(id)),
        }
    }

    fn first(&self, list_owner: NodeId) -> Point {
        let tree = self.tree;
        let list = tree.child_of_kind(list_owner, Kind::StatementList);
        let first = list.and_then(|list| tree.named(list).next());
        first.map_or(Point::After(list_owner), Point::Before)
    }

    fn after(&self, id: NodeId, out: &mut Vec<Point>) {
        let tree = self.tree;
        let Some(parent) = tree.parent(id) else { return };
        match tree.kind(parent) {
            Kind::StatementList => match self.next_statement(id, parent) {
                Some(next) => out.push(Point::Before(next)),
                None => out.extend(tree.parent(parent).map(Point::After)),
            },
            Kind::For => out.push(Point::Head(parent)),
            kind if kind.is_function() => {}
            Kind::SourceFile => {}
            _ => out.push(Point::After(parent)),
        }
    }

    fn next_statement(&self, id: NodeId, list: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let mut at = tree.last(id);
        while at < tree.last(list) {
            let node = NodeId(at);
            if !matches!(tree.kind(node), Kind::Token | Kind::Comment) {
                return Some(node);
            }
            at = tree.last(node);
        }
        None
    }

    /// The clauses of a switch or select.
    pub(crate) fn clauses(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.tree.children(id).filter(|&child| self.tree.kind(child).is_clause())
    }

    fn has_default(&self, id: NodeId) -> bool {
        self.clauses(id).any(|clause| self.tree.kind(clause) == Kind::DefaultCase)
    }

    fn next_clause(&self, fallthrough: NodeId) -> Option<NodeId> {
        let clause = self.tree.ancestors(fallthrough).find(|&at| self.tree.kind(at).is_clause())?;
        let owner = self.tree.parent(clause)?;
        self.clauses(owner).find(|&other| other > clause)
    }

    /// A `for` without condition and range clause.
    pub(crate) fn is_infinite(&self, id: NodeId) -> bool {
        let tree = self.tree;
        let mut header = tree.named(id).filter(|&child| tree.field(child) != Field::Body);
        match header.next() {
            None => true,
            Some(clause) => {
                tree.kind(clause) == Kind::ForClause && tree.child(clause, Field::Condition).is_none()
            }
        }
    }

    /// See [`never_returns`].
    pub(crate) fn never_returns(&self, statement: NodeId) -> bool {
        never_returns(self.tree, self.scopes, statement)
    }

    /// A terminating statement as the specification defines it; `leaves` says which statements a lowering turns into a `return`.
    pub(crate) fn terminates(&self, statement: NodeId, leaves: impl Fn(NodeId) -> bool) -> bool {
        let mut todo = vec![statement];
        while let Some(id) = todo.pop() {
            if leaves(id) {
                continue;
            }
            if !self.may_terminate(id, &mut todo, &leaves) {
                return false;
            }
        }
        true
    }

    /// Whether `id` is terminating provided that all that is pushed to `todo` is.
    fn may_terminate(&self, id: NodeId, todo: &mut Vec<NodeId>, leaves: &impl Fn(NodeId) -> bool) -> bool {
        let tree = self.tree;
        match tree.kind(id) {
            Kind::Return | Kind::Goto | Kind::Fallthrough => true,
            Kind::ExpressionStatement => self.is_panic(id),
            Kind::Block => self.push_last(id, todo),
            Kind::If => match (tree.child(id, Field::Consequence), tree.child(id, Field::Alternative)) {
                (Some(then), Some(other)) => {
                    todo.extend([then, other]);
                    true
                }
                _ => false,
            },
            Kind::For => self.is_infinite(id) && !self.is_broken(id, leaves),
            Kind::ExpressionSwitch | Kind::TypeSwitch => {
                self.has_default(id) && !self.is_broken(id, leaves) && self.push_clauses(id, todo)
            }
            Kind::Select => !self.is_broken(id, leaves) && self.push_clauses(id, todo),
            Kind::Labeled => match self.statement_of(id) {
                Some(inner) => {
                    todo.push(inner);
                    true
                }
                None => false,
            },
            _ => false,
        }
    }

    fn is_broken(&self, id: NodeId, leaves: &impl Fn(NodeId) -> bool) -> bool {
        self.broken.contains(&id)
            && self
                .tree
                .own_subtree(id)
                .any(|at| self.tree.kind(at) == Kind::Break && self.target(at) == Some(id) && !leaves(at))
    }

    fn is_panic(&self, statement: NodeId) -> bool {
        let callee = self.tree.child_of_kind(statement, Kind::Call);
        let callee = callee.and_then(|call| self.tree.child(call, Field::Function));
        callee.is_some_and(|callee| {
            self.tree.text_of(callee) == "panic" && self.scopes.meaning(callee).is_none()
        })
    }

    fn push_last(&self, list_owner: NodeId, todo: &mut Vec<NodeId>) -> bool {
        let last = self.tree.statements(list_owner).pop();
        todo.extend(last);
        last.is_some()
    }

    fn push_clauses(&self, id: NodeId, todo: &mut Vec<NodeId>) -> bool {
        self.clauses(id).all(|clause| self.push_last(clause, todo))
    }
}

/// A call statement after which control does not go on: it panics, ends the process or the goroutine.
pub(crate) fn never_returns(tree: &Tree<'_>, scopes: &Scopes<'_>, statement: NodeId) -> bool {
    let Some(call) = tree.child_of_kind(statement, Kind::Call) else { return false };
    let Some(callee) = tree.child(call, Field::Function) else { return false };
    match tree.kind(callee) {
        Kind::Identifier => tree.text_of(callee) == "panic" && scopes.meaning(callee).is_none(),
        Kind::Selector => ends_selected(tree, scopes, callee),
        _ => false,
    }
}

fn ends_selected(tree: &Tree<'_>, scopes: &Scopes<'_>, selector: NodeId) -> bool {
    let (Some(operand), Some(name)) =
        (tree.child(selector, Field::Operand), tree.child(selector, Field::Selected))
    else {
        return false;
    };
    let name = tree.text_of(name);
    if let Some(path) = scopes.import_path(operand) {
        return ENDS.iter().any(|&(package, prefix)| package == path && name.starts_with(prefix));
    }
    TEST_ENDS.contains(&name) && is_test_parameter(tree, scopes, operand)
}

/// A parameter of type `*testing.T`, `*testing.B`, `*testing.F` or `testing.TB`.
fn is_test_parameter(tree: &Tree<'_>, scopes: &Scopes<'_>, operand: NodeId) -> bool {
    let Some(binding) = scopes.meaning(operand) else { return false };
    let binding = scopes.get(binding);
    if binding.declares != Declares::Parameter {
        return false;
    }
    let Some(declaration) = tree.parent(binding.at) else { return false };
    let Some(kind) = tree.child(declaration, Field::Type) else { return false };
    let qualified = tree.subtree(kind).find(|&id| tree.kind(id) == Kind::PackageIdentifier);
    qualified.is_some_and(|package| scopes.import_path(package) == Some("testing"))
}

/// Functions of packages that do not return: import path and the beginning of the name.
const ENDS: &[(&str, &str)] = &[
    ("os", "Exit"),
    ("log", "Fatal"),
    ("log", "Panic"),
    ("runtime", "Goexit"),
    ("syscall", "Exit"),
    ("k8s.io/klog/v2", "Fatal"),
    ("k8s.io/klog/v2", "Exit"),
    ("k8s.io/klog", "Fatal"),
    ("k8s.io/klog", "Exit"),
    ("github.com/golang/glog", "Fatal"),
    ("github.com/golang/glog", "Exit"),
    ("github.com/sirupsen/logrus", "Fatal"),
    ("github.com/sirupsen/logrus", "Panic"),
];

/// Methods of `testing.TB` that end the test's goroutine.
const TEST_ENDS: &[&str] = &["Fatal", "Fatalf", "FailNow", "Skip", "Skipf", "SkipNow"];
