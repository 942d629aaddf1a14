//! The facts that follow from stanzas.
//!
//! A fact says no more than was said. What a function does besides is not known, so that a call of it in a deferred
//! function is still no release; and what it returns is new only where somebody said so.

use std::collections::BTreeSet;

use super::check::{Wrong, check_type, is_import_path};
use super::{List, Stanza, StanzaError};
use crate::predeclared::is_plain;
use crate::resources::{Fact, Outcome, Resources, Trait, interned};

impl Resources {
    /// These facts and those of the stanzas. Where both speak of one name, the stanzas are right.
    pub fn with(&self, stanzas: &[Stanza]) -> Result<Resources, StanzaError> {
        let mut all = self.clone();
        for (index, stanza) in stanzas.iter().enumerate() {
            stanza.check().map_err(|wrong| wrong.of(index))?;
            all.tell(&stanza.package);
            all.tell(&stanza.owner());
        }
        let mut said = BTreeSet::new();
        for (index, stanza) in stanzas.iter().enumerate() {
            for (name, lists) in stanza.names() {
                if !said.insert((stanza.owner(), name)) {
                    let message = format!("another [[resource]] speaks of `{name}` too; join the two");
                    return Err(Wrong::name(lists[0].key(), name, message).of(index));
                }
                let fact = stanza.fact(name, &lists, &all).map_err(|wrong| wrong.of(index))?;
                all.insert(&stanza.owner(), name.trim_start_matches('.'), fact);
            }
        }
        Ok(all)
    }
}

impl Stanza {
    /// What the lists say about a name. `all` knows every type that a result may have.
    fn fact(&self, name: &str, lists: &[List], all: &Resources) -> Result<Fact, Wrong> {
        let says = |list| lists.contains(&list);
        let holds = !says(List::Consumes);
        let mut fact = Fact {
            field: name.starts_with('.'),
            results: Vec::new(),
            rest: Outcome::Plain,
            most: usize::MAX,
            traits: self.traits(lists),
        };
        if let Some(types) = self.returns.get(name) {
            let results: Result<_, String> =
                types.iter().map(|word| self.outcome(word, holds, all)).collect();
            fact.results = results.map_err(|message| Wrong::name("returns", name, message))?;
            fact.most = types.len() + usize::from(fact.results.last() != Some(&Outcome::Plain));
        } else if says(List::Acquires)
            || says(List::Wraps)
            || says(List::Hoists)
            || (says(List::Retains) && !says(List::Plain))
        {
            let of = interned(format!("{}.{name}()", self.owner()));
            fact.results.push(Outcome::Value { of, holds });
            fact.most = 2;
        } else if says(List::Consumes) && !says(List::Plain) {
            fact.rest = Outcome::Other;
        }
        Ok(fact)
    }

    fn traits(&self, lists: &[List]) -> Vec<Trait> {
        let says = |list| lists.contains(&list);
        let release = if self.of.is_some() { Trait::Release } else { Trait::ReleaseFirst };
        let traits = [
            (Trait::Acts, true),
            (Trait::Shared, !says(List::Acquires)),
            (Trait::Retains, says(List::Retains)),
            (Trait::Forgets, says(List::Consumes)),
            (release, says(List::Releases) || says(List::Flushes)),
            (Trait::Flushes, says(List::Flushes)),
            (Trait::Hoists, says(List::Hoists)),
            (Trait::Fails, says(List::Fails)),
        ];
        traits.into_iter().filter_map(|(one, is_said)| is_said.then_some(one)).collect()
    }

    /// What a word among the types of results stands for.
    fn outcome(&self, word: &str, holds: bool, all: &Resources) -> Result<Outcome, String> {
        if word == "plain" || is_plain(word) {
            return Ok(Outcome::Plain);
        }
        let name = match word.rsplit_once('.') {
            _ if word == "func" => return Ok(Outcome::Value { of: "func", holds }),
            _ if word == "release" => word.to_owned(),
            Some((package, of)) if is_import_path(package) => check_type(of).map(|()| word.to_owned())?,
            _ if word.starts_with(char::is_lowercase) => {
                return Err(format!(
                    "`{word}` is no type here; write a type's name, `func`, `release` or `plain`"
                ));
            }
            _ => check_type(word).map(|()| format!("{}.{word}", self.package))?,
        };
        match all.known(&name) {
            Some(of) => Ok(Outcome::Value { of, holds }),
            None => Err(format!(
                "nothing is known about the type `{word}`; give it a [[resource]] with its `type`"
            )),
        }
    }
}
