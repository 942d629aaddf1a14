//! What the case harness is made of, in the order of its flow.

pub(crate) mod bless;
pub(crate) mod case;
pub(crate) mod checks;
pub(crate) mod comments;
pub(crate) mod finding;
pub(crate) mod layout;
pub(crate) mod markers;
pub(crate) mod others;
pub(crate) mod outlets;
pub(crate) mod process;
pub(crate) mod txtar;
pub(crate) mod vet;
