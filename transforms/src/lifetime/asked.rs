//! What is asked of the state of the program: how many there are of something, a number that a package counts with, a
//! connection, all of a response. A function that is called is read for it.

use std::rc::Rc;

use super::types::{Callee, Places, Source, Type};
use crate::parse::{Field, Kind, NodeId};
use crate::resources::Outcome;
use crate::scope::{Access, BindingId, Declares, access};

/// How deep functions are read.
pub(super) const FOLLOWED: usize = 2;

/// Packages that open, read and tell of files, and lock nothing.
const FILES: &[&str] = &[
    "os",
    "io",
    "bufio",
    "fmt",
    "errors",
    "path",
    "path/filepath",
    "strings",
    "compress/gzip",
    "archive/zip",
    "encoding/json",
    "encoding/csv",
];

/// A function of more nodes is not read.
pub(super) const LONGEST: u32 = 400;

/// Words in the names of methods that say how many are there.
const COUNTS: &[&str] = &["Stat", "Len", "Size", "Count", "Num", "Total", "Active", "InUse", "Idle", "Open"];

/// Functions that read something to its end.
const READS_ALL: &[&str] = &["ReadAll", "Copy", "CopyBuffer", "ReadFrom", "Decode"];

/// What code may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    /// A variable that others may have changed, or a number or collection of the package.
    State,
    /// The folder of the system's temporary files.
    Temporary,
    /// Something that counts by being there.
    Connection,
    /// Where reports go.
    Reports,
}

impl<'a, 't> Source<'a, 't> {
    /// The nodes of a function that ask for something, in order.
    pub(super) fn asking(&self, function: NodeId, what: Asked) -> Rc<[NodeId]> {
        self.memo.asking((self.place(function), what), || {
            let asks = |id: &NodeId| match what {
                Asked::State => self.is_shared(*id) || self.asks_a_state(*id, FOLLOWED),
                Asked::Temporary => self.asks_for_temporary(*id, FOLLOWED),
                Asked::Connection => self.connects(*id, FOLLOWED),
                Asked::Reports => self.directs_reports(*id),
            };
            self.tree.subtree(function).filter(asks).collect()
        })
    }

    /// Whether a node is a variable that others may have changed: one of the package, or one that a function literal has
    /// captured, or whose address was taken.
    fn is_shared(&self, id: NodeId) -> bool {
        let here = self.looked_up(id).is_some_and(|binding| {
            self.scopes.get(binding).function.is_none() || self.is_seen_elsewhere(binding)
        });
        let elsewhere = || {
            let read = !self.tree.is_callee(id) && access(self.tree, id) != Access::Write;
            read && self.variable_of_another_file(id).is_some()
        };
        here || elsewhere()
    }

    /// The variable that a node reads, where it is no error.
    pub(super) fn looked_up(&self, id: NodeId) -> Option<BindingId> {
        let tree = self.tree;
        let named = tree.kind(id) == Kind::Identifier && !tree.is_callee(id);
        let named = named && access(tree, id) != Access::Write;
        let binding = named.then(|| self.scopes.meaning(id))??;
        (self.is_variable(binding) && !super::is_error_name(self.scopes.get(binding).name)).then_some(binding)
    }

    /// Whether a mention is asked how many there are of something, or is given to a function that asks.
    pub(super) fn counts(&self, at: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        let Some(call) = tree.ancestors(at).find(|&up| tree.kind(up) == Kind::Call) else { return false };
        if self.function_of(call).is_some_and(|function| tree.within(at, function)) {
            return COUNTS.iter().any(|&word| self.called_name(call).contains(word));
        }
        self.is_done_by(call, depth, |src, id| {
            src.tree.kind(id) == Kind::Identifier && src.counts(id, depth - 1)
        })
    }

    /// Whether a node calls a function that reads a number or a collection of its package.
    fn asks_a_state(&self, id: NodeId, depth: usize) -> bool {
        self.is_done_by(id, depth, |src, id| src.is_state(id) || src.asks_a_state(id, depth - 1))
    }

    /// Whether a node is a number or a collection that a package has.
    fn is_state(&self, id: NodeId) -> bool {
        let named = self.tree.kind(id) == Kind::Identifier && !self.tree.is_callee(id);
        let here = || self.scopes.meaning(id).filter(|_| self.is_package_variable(id)).map(|of| (*self, of));
        named
            && here()
                .or_else(|| self.variable_of_another_file(id))
                .is_some_and(|(src, of)| src.counts_with(of))
    }

    /// Whether a variable is a number or a collection.
    fn counts_with(&self, binding: BindingId) -> bool {
        match self.type_of_variable(binding) {
            Type::Plain => true,
            Type::Node(place) => {
                self.at(place).is_some_and(|(src, node)| src.tree.kind(node) == Kind::MapType)
            }
            _ => false,
        }
    }

    /// Whether what a mention stands for is read to its end by the calls around it, or by the function that gets it.
    pub(super) fn reads_all(&self, at: NodeId, depth: usize) -> bool {
        let tree = self.tree;
        let around = tree.ancestors(at).take_while(|&up| tree.kind(up) != Kind::StatementList);
        let mut calls = around.filter(|&up| tree.kind(up) == Kind::Call);
        calls.any(|call| {
            READS_ALL.contains(&self.called_name(call))
                || self.is_done_by(call, depth, |src, id| {
                    src.tree.kind(id) == Kind::Identifier && src.reads_all(id, depth - 1)
                })
        })
    }

    /// Whether a call makes something that counts by being there, or a function that it calls does.
    pub(super) fn connects(&self, value: NodeId, depth: usize) -> bool {
        let value = self.tree.unparenthesized(value);
        if !self.is_of_a_name(value) {
            return false;
        }
        match self.callee(value) {
            Callee::Fact(fact) => {
                matches!(fact.result(0), Outcome::Value { of, .. } if self.resources.is_occupying(of))
            }
            _ => self.is_done_by(value, depth, |src, id| src.connects(id, depth - 1)),
        }
    }

    /// Whether a node asks for the folder of the system's temporary files, or calls a function that does.
    fn asks_for_temporary(&self, id: NodeId, depth: usize) -> bool {
        let is_asked = || {
            self.called_name(id) == "TempDir"
                && self.receiver_of(id).is_some_and(|on| self.import_path(on) == Some("os"))
        };
        self.tree.kind(id) == Kind::Call
            && (is_asked() || self.is_done_by(id, depth, |src, id| src.asks_for_temporary(id, depth - 1)))
    }

    /// Whether values of a type count by being there: a listener, a connection, a server.
    pub(super) fn is_occupying(&self, of: Type) -> bool {
        matches!(of, Type::Known(name) if self.resources.is_occupying(name))
    }

    /// The constants that an expression mentions.
    pub(super) fn constants(&self, expression: NodeId) -> Vec<BindingId> {
        let tree = self.tree;
        let names = tree.subtree(expression).filter(|&id| tree.kind(id) == Kind::Identifier);
        let meant = names.filter_map(|id| self.scopes.meaning(id));
        meant.filter(|&binding| self.scopes.get(binding).declares == Declares::Constant).collect()
    }

    /// Whether a node calls a literal, a function or a method of something that has a name, or of a field of that. Of a chain
    /// of calls, each would be followed through all before it.
    fn is_of_a_name(&self, call: NodeId) -> bool {
        let tree = self.tree;
        let is = |id: NodeId, kind| tree.kind(id) == kind;
        let of_name = |id: NodeId| {
            is(id, Kind::Identifier)
                || is(id, Kind::FunctionLiteral)
                || is(id, Kind::Selector)
                    && tree.child(id, Field::Operand).is_some_and(|operand| is(operand, Kind::Identifier))
        };
        is(call, Kind::Call)
            && self.function_of(call).is_some_and(|function| {
                of_name(function)
                    || is(function, Kind::Selector)
                        && tree.child(function, Field::Operand).is_some_and(of_name)
            })
    }

    /// Whether a node calls a function whose source is at hand and in which something is `done`; nothing is where `depth` is 0.
    fn is_done_by(&self, call: NodeId, depth: usize, done: impl Fn(Source<'a, 't>, NodeId) -> bool) -> bool {
        depth > 0 && self.found_in_called(call, |src, id| done(src, id).then_some(())).is_some()
    }

    /// Whether functions call nothing but what the language has, and packages that only open and read files.
    pub(super) fn only_open_files(&self, functions: Places) -> bool {
        functions.iter().all(|place| {
            self.at(place).is_some_and(|(src, function)| {
                let mut calls = src.tree.subtree(function).filter(|&id| src.tree.kind(id) == Kind::Call);
                calls.all(|call| match src.callee(call) {
                    Callee::Fact(_) => src.is_of_files(call),
                    Callee::Builtin | Callee::Conversion => true,
                    _ => false,
                })
            })
        })
    }

    /// Whether a call is one of such packages, or of a method of their types.
    fn is_of_files(&self, call: NodeId) -> bool {
        let Some(on) = self.receiver_of(call) else { return false };
        match (self.import_path(on), self.type_of(on)) {
            (Some(path), _) => FILES.contains(&path),
            (None, Type::Known(of)) => of.rsplit_once('.').is_some_and(|(path, _)| FILES.contains(&path)),
            _ => false,
        }
    }

    /// The first thing that is found in a function which a node calls, or gives one that it calls, where its source is at hand.
    pub(super) fn found_in_called<T>(
        &self,
        call: NodeId,
        find: impl Fn(Source<'a, 't>, NodeId) -> Option<T>,
    ) -> Option<T> {
        if !self.is_of_a_name(call) {
            return None;
        }
        let given = self.arguments(call).into_iter().filter_map(|given| self.functions_meant(given));
        let functions = self.functions_called(call).into_iter().flat_map(Places::iter).chain(given.flatten());
        functions.filter_map(|place| self.at(place)).find_map(|(src, function)| {
            let is_short = src.tree.last(function) - function.0 < LONGEST;
            let mut nodes = src.tree.subtree(function).filter(|_| is_short);
            nodes.find_map(|id| find(src, id))
        })
    }
}
