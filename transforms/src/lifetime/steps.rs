//! The way to a judgement, step by step, for people who want to disagree with it precisely.

use super::Site;
use super::carry::{Load, short};
use super::types::{Callee, Type};
use crate::parse::{Kind, NodeId};
use crate::resources::{Outcome, Trait};
use crate::scope::{Access, BindingId, access};
use crate::{Role, Step};

impl Site<'_, '_, '_> {
    /// What is released, where it comes from, what else holds it, and what uses it. In that order, each by its place.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut seen: Vec<BindingId> = Vec::new();
        for one in &self.cleanup.released {
            if seen.contains(&one.variable) {
                continue;
            }
            seen.push(one.variable);
            let name = self.name(one.variable);
            let what = match self.fields_followed(one.variable) {
                Some(fields) => format!("{fields} what ends there, and nothing else of it counts"),
                None if one.text => "what it names ends there".to_owned(),
                None => "it ends there".to_owned(),
            };
            let message = format!("the deferred call is about `{name}`: {what}");
            self.step(&mut steps, Role::Release, self.case.defer, message);
            self.made_by_steps(one.variable, &mut steps);
        }
        self.holders(&seen, &mut steps);
        self.uses(&mut steps);
        steps
    }

    /// What is said of the fields in which alone a variable's value is followed.
    fn fields_followed(&self, variable: BindingId) -> Option<String> {
        let only = self.carry.carriers.get(&variable)?.only?;
        let places = self.src.memo.places(only);
        let names = places.iter().filter_map(|&place| {
            let (src, field) = self.src.at(place)?;
            Some(format!("`{}`", src.tree.text_of(field)))
        });
        let names: Vec<String> = names.collect();
        let (fields, hold) = if names.len() == 1 { ("field", "holds") } else { ("fields", "hold") };
        Some(format!("its {fields} {} {hold}", names.join(", ")))
    }

    fn step(&self, steps: &mut Vec<Step>, role: Role, at: NodeId, message: String) {
        steps.push(Step { role, message, span: self.src.tree.span(at) });
    }

    fn made_by_steps(&self, variable: BindingId, steps: &mut Vec<Step>) {
        let tree = self.src.tree;
        let binding = self.src.scopes.get(variable);
        let writes = binding.mentions.iter().filter(|&&at| access(tree, at) != Access::Read);
        for &write in writes {
            let Some((value, result)) = self.src.source_given(write) else { continue };
            let value = tree.unparenthesized(value);
            if tree.kind(value) != Kind::Call {
                continue;
            }
            let text = short(tree.text_of(value));
            let basis = match self.src.callee(value) {
                Callee::Fact(fact) => match fact.result(result) {
                    Outcome::Value { of, .. } => format!("which gives a new {of}: the table says so"),
                    Outcome::Unknown => "of which the table says that nothing is known".to_owned(),
                    _ => "which gives plain data: the table says so".to_owned(),
                },
                Callee::Declared(functions) => self.source_of(functions),
                Callee::Abstract(_) => "a method of an interface".to_owned(),
                Callee::Builtin | Callee::Conversion | Callee::Literal(_) | Callee::Returned(_) => {
                    "made here".to_owned()
                }
                Callee::Unknown => "of which nothing is known".to_owned(),
            };
            self.step(
                steps,
                Role::Acquisition,
                value,
                format!("`{}` comes from `{text}`, {basis}", binding.name),
            );
        }
    }

    /// Where a function is declared that was read.
    fn source_of(&self, functions: super::types::Places) -> String {
        let places: Vec<String> = functions
            .iter()
            .filter_map(|place| {
                let (src, node) = self.src.at(place)?;
                let elsewhere = src.position(node);
                let here = || format!(" (line {})", self.line(node));
                Some(if elsewhere.is_empty() { here() } else { elsewhere })
            })
            .collect();
        format!("which was read{}", places.join(""))
    }

    fn line(&self, node: NodeId) -> usize {
        let tree = self.src.tree;
        tree.lines().position(tree.start(node)).line
    }

    fn holders(&self, released: &[BindingId], steps: &mut Vec<Step>) {
        for (&binding, load) in &self.carry.carriers {
            if released.contains(&binding) {
                continue;
            }
            let variable = self.src.scopes.get(binding);
            let Load { sure, text, .. } = *load;
            let what = match (text, sure) {
                (true, _) => "is text that leads to it",
                (false, true) => "holds it",
                (false, false) => "may hold it",
            };
            self.step(steps, Role::Holder, variable.at, format!("`{}` {what}", variable.name));
        }
    }

    fn uses(&self, steps: &mut Vec<Step>) {
        let mut calls = self.carry.uses.clone();
        calls.sort_unstable();
        calls.dedup();
        for call in calls {
            let name = short(self.src.tree.text_of(call));
            let basis = match self.src.callee(call) {
                Callee::Fact(fact) if fact.is(Trait::Logs) => {
                    "the table says that it only reports".to_owned()
                }
                Callee::Fact(fact) if fact.is(Trait::Retains) => {
                    "the table says that it keeps it in what it is called on".to_owned()
                }
                Callee::Fact(fact)
                    if (0..2)
                        .any(|index| matches!(fact.result(index), Outcome::Value { holds: true, .. })) =>
                {
                    "the table says that what it returns holds it".to_owned()
                }
                Callee::Fact(_) => "the table says that it keeps nothing".to_owned(),
                Callee::Declared(functions) | Callee::Returned(functions) => {
                    format!("it keeps nothing; {}", self.source_of(functions).trim_start_matches("which "))
                }
                Callee::Literal(_) => "the function literal keeps nothing".to_owned(),
                Callee::Abstract(_) => "a method of an interface that gives back plain data".to_owned(),
                _ if self.is_context_call(call) => "a context is used until the call returns".to_owned(),
                _ => "it keeps nothing".to_owned(),
            };
            self.step(steps, Role::Use, call, format!("used by `{name}`: {basis}"));
        }
    }

    fn is_context_call(&self, call: NodeId) -> bool {
        let of_context = |&argument: &NodeId| self.src.type_of(argument) == Type::Known("context.Context");
        self.src.arguments(call).iter().any(of_context)
    }
}
