//! Go snippets and the reasons they get.
