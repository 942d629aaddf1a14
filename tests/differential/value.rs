//! Values and variables of the interpreter: cells on a chain of scopes, shared by whoever captured them.

use std::cell::{Cell as Flag, RefCell};
use std::fmt;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    /// A nil error, pointer or interface.
    Nil,
    Error(String),
    Res(i64),
    /// The struct `V`.
    Struct(i64),
    /// An open file, or a reader on one; true when it is closed.
    File(Rc<Flag<bool>>),
    /// What `closer(n)` gives.
    Closer(i64),
    /// What `enter(label, n)` gives.
    Leave(String, i64),
}

impl Value {
    /// The number in it.
    pub(crate) fn int(&self) -> i64 {
        match self {
            Value::Int(n) | Value::Res(n) | Value::Struct(n) | Value::Closer(n) => *n,
            other => panic!("no number: {other:?}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Int(n) => write!(out, "{n}"),
            Value::Text(text) | Value::Error(text) => out.write_str(text),
            Value::Nil => out.write_str("<nil>"),
            Value::Res(id) => write!(out, "R{id}"),
            Value::Struct(id) => write!(out, "{{{id}}}"),
            Value::File(_) => out.write_str("file"),
            Value::Closer(_) | Value::Leave(..) => out.write_str("func"),
        }
    }
}

pub(crate) type Cell = Rc<RefCell<Value>>;

struct Node {
    name: String,
    cell: Cell,
    level: usize,
    parent: Option<Rc<Node>>,
}

/// The variables in sight at one place; a clone captures them as a function literal does.
#[derive(Clone, Default)]
pub(crate) struct Env {
    top: Option<Rc<Node>>,
    level: usize,
}

impl Env {
    /// The same variables, in a block of their own.
    pub(crate) fn nested(&self) -> Env {
        Env { top: self.top.clone(), level: self.level + 1 }
    }

    /// Declares a variable; what bore the name before stays in whoever captured it.
    pub(crate) fn declare(&mut self, name: &str, value: Value) -> Cell {
        let cell = Rc::new(RefCell::new(value));
        self.bind(name, cell.clone());
        cell
    }

    /// Gives a name to a cell that exists already.
    pub(crate) fn bind(&mut self, name: &str, cell: Cell) {
        let parent = self.top.take();
        self.top = Some(Rc::new(Node { name: name.to_owned(), cell, level: self.level, parent }));
    }

    /// `name := value`: assigns where this very block has the name already.
    pub(crate) fn define(&mut self, name: &str, value: Value) {
        match self.find(name) {
            Some(node) if node.level == self.level => *node.cell.borrow_mut() = value,
            _ => drop(self.declare(name, value)),
        }
    }

    /// The variable that the name means here.
    pub(crate) fn cell(&self, name: &str) -> Cell {
        self.find(name).unwrap_or_else(|| panic!("undeclared: {name}")).cell.clone()
    }

    /// Its value now.
    pub(crate) fn get(&self, name: &str) -> Value {
        self.cell(name).borrow().clone()
    }

    fn find(&self, name: &str) -> Option<&Node> {
        let mut node = self.top.as_deref();
        while let Some(here) = node {
            if here.name == name {
                return Some(here);
            }
            node = here.parent.as_deref();
        }
        None
    }
}
