//! Functional options: functions that a maker calls with what it makes, to set fields of it. Which they are is known where the
//! maker is called.

use super::effects::Operand;
use super::fresh::Setters;
use super::parts::Part;
use super::types::{Callee, RETURNS, Source, Type, Values};
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, access};

/// What the options do that a call gives a maker.
pub(super) enum Setup {
    /// They set fields that no release ends.
    SetFields,
    /// They are those that the function around the call gets as this parameter.
    Forwarded(BindingId),
    /// It is not known.
    Unknown,
}

/// Methods by which what a field holds may be released.
const RELEASES: &[&str] =
    &["Close", "Stop", "Release", "Shutdown", "Cancel", "Free", "Flush", "Unlock", "Done"];

impl Source<'_, '_> {
    /// The variadic parameter of a function whose functions one of its calls calls, one by one: `o(r)` in
    /// `for _, o := range opts`.
    pub(super) fn option_called(&self, function: NodeId, call: NodeId) -> Option<Operand> {
        let tree = self.tree;
        let called = self.function_of(call).filter(|&called| tree.kind(called) == Kind::Identifier)?;
        let option = self.scopes.meaning(called)?;
        let clause = tree
            .ancestors(self.scopes.get(option).at)
            .take(2)
            .find(|&up| tree.kind(up) == Kind::RangeClause)?;
        let ranged = self.scopes.meaning(tree.child(clause, Field::Right)?)?;
        let parameter = self.scopes.get(ranged);
        let is_variadic =
            tree.parent(parameter.at).is_some_and(|up| tree.kind(up) == Kind::VariadicParameter);
        let stays = self.keeps_its_value(option) && self.is_only_passed_on(ranged);
        (is_variadic && stays && self.arguments(call).len() == 1)
            .then(|| self.operand_at(function, parameter.at))?
    }

    /// Whether a slice is only gone through, counted, or given to another function as all it takes: who has it under another
    /// name can change what is in it.
    pub(super) fn is_only_passed_on(&self, slice: BindingId) -> bool {
        let tree = self.tree;
        let is_passed_on = |at: NodeId| {
            let up = tree.parent(at).filter(|_| access(tree, at) == Access::Read);
            up.is_some_and(|up| {
                matches!(tree.kind(up), Kind::RangeClause | Kind::VariadicArgument)
                    || tree.parent(up).is_some_and(|call| self.called_name(call) == "len")
            })
        };
        let slice = self.scopes.get(slice);
        slice.mentions.iter().all(|&at| at == slice.at || is_passed_on(at))
    }

    /// What the functions do that a call gives a maker.
    pub(super) fn options_given(&self, call: NodeId, options: Setters) -> Setup {
        let Operand::Argument(first) = options.by else { return Setup::Unknown };
        let arguments = self.arguments(call);
        let given = arguments.get(first..).unwrap_or_default();
        if let [only] = given
            && self.tree.kind(*only) == Kind::VariadicArgument
        {
            let all = self.tree.named(*only).next().and_then(|all| self.scopes.meaning(all));
            return all.map_or(Setup::Unknown, Setup::Forwarded);
        }
        let sets_fields = |&option: &NodeId| {
            let mut values = Values::default();
            let known =
                self.function_value(option, 0, RETURNS, &mut values).is_some() && values.known.is_none();
            let mut functions = values.places.into_iter().map(|place| self.at(place));
            known
                && functions
                    .all(|at| at.is_some_and(|(src, function)| src.only_sets_fields(function, options.part)))
        };
        if given.iter().all(sets_fields) { Setup::SetFields } else { Setup::Unknown }
    }

    /// Whether a function does nothing with its parameter but set fields of it to what no release of it ends, and read data.
    /// That field whose value is asked for is none of them.
    fn only_sets_fields(&self, function: NodeId, part: Option<Part>) -> bool {
        let tree = self.tree;
        let [(_, name)] = self.operands_of(function)[..] else { return false };
        let Some(parameter) = name.and_then(|name| self.scopes.meaning(name)) else { return true };
        let parameter = self.scopes.get(parameter);
        parameter.mentions.iter().filter(|&&at| at != parameter.at).all(|&at| {
            let field = tree.parent(at).filter(|&up| tree.kind(up) == Kind::Selector);
            field.is_some_and(|field| {
                let of = self.type_of(field);
                tree.function_around(at) == Some(function)
                    && match access(tree, field) {
                        Access::Read => of == Type::Plain && !tree.is_callee(field),
                        Access::Write | Access::Update => {
                            let name =
                                tree.child(field, Field::Selected).map_or("", |name| tree.text_of(name));
                            !part.is_some_and(|part| part.leads_through(name)) && !self.may_be_released(of)
                        }
                        Access::Address => false,
                    }
            })
        })
    }

    /// Whether values of a type, or a field of theirs, may be something to release.
    fn may_be_released(&self, of: Type) -> bool {
        let found = self.any_part(of, |part, _| {
            part == Type::Unknown
                || part == Type::Function
                || RELEASES.iter().any(|name| !matches!(self.method_of(part, name, 8), Callee::Unknown))
        });
        found != Some(false)
    }
}
