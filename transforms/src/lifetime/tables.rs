//! Functions that stand in a table: a list of structures that is written down in the function which goes through it, as
//! tests have them.

use super::types::{Source, Values};
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, Declares, access};

impl<'a> Source<'a, '_> {
    /// The functions that a field of a row may be, where the variable of a loop stands for the rows of a table, which are
    /// never changed.
    pub(super) fn functions_of_row(&self, selector: NodeId, steps: usize) -> Option<Values<'a>> {
        let tree = self.tree;
        let steps = steps.checked_sub(1)?;
        let (row, field) = (tree.child(selector, Field::Operand)?, tree.child(selector, Field::Selected)?);
        let row = self.scopes.meaning(tree.unparenthesized(row))?;
        let of = self.type_of_variable(row);
        let mut values = Values::default();
        for row in self.rows(row, steps)? {
            if let Some(value) = self.element_given(row, of, tree.text_of(field))? {
                self.function_value(value, 0, steps, &mut values)?;
            }
        }
        Some(values)
    }

    /// The rows that a variable stands for.
    fn rows(&self, variable: BindingId, steps: usize) -> Option<Vec<NodeId>> {
        let tree = self.tree;
        let at = self.scopes.get(variable).at;
        if self.scopes.get(variable).declares != Declares::Variable || !self.is_never_changed(variable) {
            return None;
        }
        let list = tree.parent(at)?;
        let clause = tree.parent(list).filter(|&up| tree.kind(up) == Kind::RangeClause);
        let Some(clause) = clause else {
            let copied = self.value_given(at).and_then(|value| self.scopes.meaning(value));
            return copied.filter(|_| steps > 0).and_then(|copied| self.rows(copied, steps - 1));
        };
        if tree.operands(list).get(1) != Some(&at) {
            return None;
        }
        let ranged = tree.unparenthesized(tree.child(clause, Field::Right)?);
        let table = match tree.kind(ranged) {
            Kind::Identifier => self.table_of(self.scopes.meaning(ranged)?)?,
            _ => ranged,
        };
        let rows: Vec<NodeId> = tree.elements(table).into_iter().map(|(_, row)| row).collect();
        let is_row = |&row: &NodeId| matches!(tree.kind(row), Kind::LiteralValue | Kind::CompositeLiteral);
        let are_values = self.has_rows_of_its_own(table);
        (tree.kind(table) == Kind::CompositeLiteral && are_values && rows.iter().all(is_row)).then_some(rows)
    }

    /// Whether the rows of a literal are structures: who has the pointer to a row can change it.
    pub(super) fn has_rows_of_its_own(&self, table: NodeId) -> bool {
        let row_type = self.tree.child(table, Field::Type).and_then(|of| self.tree.named(of).last());
        row_type.is_some_and(|of| self.tree.kind(of) == Kind::StructType || self.is_struct(of))
    }

    /// The literal that a variable holds all the time, with the rows that it was written down with: it is only gone through
    /// and counted.
    pub(super) fn table_of(&self, variable: BindingId) -> Option<NodeId> {
        let tree = self.tree;
        let variable = self.scopes.get(variable);
        let is_looked_at = |at: NodeId| {
            let up = tree.parent(at)?;
            let is_counted = || {
                let call = tree.parent(up).filter(|_| tree.kind(up) == Kind::ArgumentList);
                call.is_some_and(|call| {
                    self.called_name(call) == "len"
                        && self.function_of(call).is_some_and(|name| self.scopes.meaning(name).is_none())
                })
            };
            let is_ranged = tree.kind(up) == Kind::RangeClause && tree.field(at) == Field::Right;
            (is_ranged || is_counted()).then_some(())
        };
        let mut others = variable.mentions.iter().filter(|&&at| at != variable.at);
        let stays = variable.function.is_some() && others.all(|&at| is_looked_at(at).is_some());
        self.value_given(variable.at).filter(|_| stays)
    }

    /// Whether neither a variable nor a field of it is given another value, or has its address taken.
    fn is_never_changed(&self, variable: BindingId) -> bool {
        let tree = self.tree;
        let variable = self.scopes.get(variable);
        let is_part = |up: NodeId| matches!(tree.kind(up), Kind::Selector | Kind::Parenthesized);
        variable.mentions.iter().filter(|&&at| at != variable.at).all(|&mention| {
            let mut place = mention;
            let mut is_read = access(tree, place) == Access::Read;
            while let Some(up) = tree.parent(place).filter(|&up| is_part(up)) {
                place = up;
                is_read &= access(tree, place) == Access::Read;
            }
            // A method of the row, or of a field of it, may have the address.
            let is_method = tree.kind(place) == Kind::Selector && self.field_kind(place).is_none();
            is_read && !is_method
        })
    }
}
