//! A `[[resource]]` of a configuration file: what somebody knows about a package.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use undefer_transforms::{List, Stanza, StanzaError};

use super::Located;

/// What is known about functions and variables of a package, or about methods and fields of one of its types.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The import path.
    pub package: Located<String>,
    /// The type whose methods and fields are named below. Without it they are functions and variables of the package.
    #[serde(rename = "type")]
    pub of: Option<Located<String>>,
    /// Return a new value that has to be released. It holds the arguments and the receiver, unless the name stands under
    /// `consumes` too.
    #[serde(default)]
    pub acquires: Vec<Located<String>>,
    /// Return something that holds the arguments or the receiver.
    #[serde(default)]
    pub wraps: Vec<Located<String>>,
    /// Use arguments and receiver while they run. Nothing holds them or their names afterwards, and what is returned
    /// neither.
    #[serde(default)]
    pub consumes: Vec<Located<String>>,
    /// Keep their arguments after they have returned.
    #[serde(default)]
    pub retains: Vec<Located<String>>,
    /// Use arguments and receiver while they run, and return plain data: numbers, text, errors.
    #[serde(default)]
    pub plain: Vec<Located<String>>,
    /// End the life of the receiver; a function of a package that of its first argument.
    #[serde(default)]
    pub releases: Vec<Located<String>>,
    /// The same, and write to what the ended value holds.
    #[serde(default)]
    pub flushes: Vec<Located<String>>,
    /// Return something that is made for many uses: one for all iterations of a loop will do. It holds the arguments and the
    /// receiver, unless the name stands under `consumes` too.
    #[serde(default)]
    pub hoists: Vec<Located<String>>,
    /// Return an error and nothing else, which `close-errors` may have reach the caller.
    #[serde(default)]
    pub fails: Vec<Located<String>>,
    /// Types of results by the names of functions: that of the first one, or all in order. An error at the end need not be written.
    #[serde(default)]
    pub returns: BTreeMap<Located<String>, Results>,
}

impl Resource {
    /// The same as the engine wants it.
    pub(super) fn stanza(&self) -> Stanza {
        let words = |names: &Vec<Located<String>>| names.iter().map(|name| name.value.clone()).collect();
        let lists = List::ALL.map(|list| (list, words(self.list(list))));
        Stanza {
            package: self.package.value.clone(),
            of: self.of.as_ref().map(|of| of.value.clone()),
            lists: lists.into_iter().filter(|(_, names): &(List, Vec<String>)| !names.is_empty()).collect(),
            returns: self.returns.iter().map(|(name, types)| (name.value.clone(), types.0.clone())).collect(),
        }
    }

    /// Offset of what an error is about; nothing where it is about the whole.
    pub(super) fn place(&self, error: &StanzaError) -> Option<usize> {
        let is_meant = |name: &&Located<String>| Some(&name.value) == error.name.as_ref();
        match error.key {
            "package" => Some(self.package.at),
            "type" => self.of.as_ref().map(|of| of.at),
            "returns" => self.returns.keys().find(is_meant).map(|name| name.at),
            key => {
                let list = List::ALL.into_iter().find(|list| list.key() == key)?;
                self.list(list).iter().find(is_meant).map(|name| name.at)
            }
        }
    }

    fn list(&self, list: List) -> &Vec<Located<String>> {
        match list {
            List::Acquires => &self.acquires,
            List::Wraps => &self.wraps,
            List::Consumes => &self.consumes,
            List::Retains => &self.retains,
            List::Plain => &self.plain,
            List::Releases => &self.releases,
            List::Flushes => &self.flushes,
            List::Hoists => &self.hoists,
            List::Fails => &self.fails,
        }
    }
}

/// The type of the first result, or the types of all results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results(Vec<String>);

impl<'de> Deserialize<'de> for Results {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrAll;

        impl<'de> Visitor<'de> for OneOrAll {
            type Value = Results;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of strings")
            }

            fn visit_str<E: Error>(self, one: &str) -> Result<Results, E> {
                Ok(Results(vec![one.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Results, A::Error> {
                let mut results = Vec::new();
                while let Some(one) = all.next_element()? {
                    results.push(one);
                }
                Ok(Results(results))
            }
        }

        deserializer.deserialize_any(OneOrAll)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Results {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Results".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (one, all) = (generator.subschema_for::<String>(), generator.subschema_for::<Vec<String>>());
        schemars::json_schema!({ "anyOf": [one, all] })
    }
}
