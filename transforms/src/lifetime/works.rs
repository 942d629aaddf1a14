//! A cleanup calls a method of the table: whose thing it works on.

use super::effects::{Owner, Reading, add_new};
use super::parts::Part;
use super::types::Type;
use crate::parse::{Field, Kind, NodeId};
use crate::verdict::Reason;

impl Reading<'_, '_> {
    /// A method of the table that does more than look: what it is called on has to be the operand's own, as another one
    /// that has it too would see the change at another time.
    pub(super) fn works_on(&mut self, call: NodeId, operand: Option<NodeId>) {
        let Some(operand) = operand.filter(|&operand| self.src.import_path(operand).is_none()) else {
            return;
        };
        let changes = match self.src.type_of(operand) {
            Type::Known(of) => !UNCHANGED
                .iter()
                .any(|&known| of == known || known.ends_with(['.', '/']) && of.starts_with(known)),
            Type::Plain => self.is_shared_data(operand),
            _ => false,
        };
        if !changes || LOOKS.contains(&self.src.called_name(call)) {
            return;
        }
        let own = || self.src.root_variable(operand).is_some_and(|root| self.is_own(root));
        let operand = self.goes_through(operand).unwrap_or(operand);
        match self.owner(operand) {
            Owner::Operand(own) => {
                let field = self.src.first_field(operand).map(|name| (own, Part::new(name, false)));
                add_new(&mut self.effects.parts, field);
            }
            Owner::Local if own() => {}
            Owner::Nobody => {}
            Owner::Local | Owner::Package => {
                self.problem(Reason::OuterVariableChanges, call, "changes what others may share:");
            }
        }
    }

    /// What a variable of a `range` clause stands for an element of.
    fn goes_through(&self, name: NodeId) -> Option<NodeId> {
        let tree = self.src.tree;
        let declared = self.src.scopes.get(self.src.scopes.meaning(name)?).at;
        let clause = tree.ancestors(declared).take(2).find(|&up| tree.kind(up) == Kind::RangeClause)?;
        tree.child(clause, Field::Right)
    }

    /// Whether the plain data of a field may be somebody else's too: it lies behind a pointer, or is of a type of another
    /// package that may be a map.
    fn is_shared_data(&self, operand: NodeId) -> bool {
        let tree = self.src.tree;
        if tree.kind(operand) != Kind::Selector {
            return false;
        }
        let name = tree.child(operand, Field::Selected).map_or("", |name| tree.text_of(name));
        let of = tree.child(operand, Field::Operand).map_or(Type::Unknown, |of| self.src.type_of(of));
        match self.src.written_type_of_field(of, name) {
            Some((Kind::PointerType, _)) => true,
            Some((Kind::QualifiedType, text)) => !text.starts_with("time."),
            _ => false,
        }
    }
}

/// Methods of the table that only look at their receiver.
const LOOKS: &[&str] = &[
    "Addr",
    "Available",
    "Back",
    "Buffered",
    "Bytes",
    "Cap",
    "Deadline",
    "Done",
    "Err",
    "Error",
    "Fd",
    "Front",
    "Get",
    "Header",
    "Len",
    "Load",
    "LocalAddr",
    "Name",
    "Next",
    "Prev",
    "RemoteAddr",
    "Size",
    "Stat",
    "Stats",
    "String",
    "Text",
    "Value",
];

/// Types, and beginnings of types, whose methods lock, tell the time, or make something new, and do nothing else that somebody could see.
const UNCHANGED: &[&str] = &[
    "context.",
    "log/",
    "reflect.",
    "regexp.",
    "sync.Locker",
    "sync.Mutex",
    "sync.RWMutex",
    "sync.WaitGroup",
    "testing.",
    "time.Duration",
    "time.Time",
];
