//! The names that the language declares (spec, Predeclared identifiers).

/// The types.
pub(crate) const TYPES: &[&str] = &[
    "any",
    "bool",
    "byte",
    "comparable",
    "complex128",
    "complex64",
    "error",
    "float32",
    "float64",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "rune",
    "string",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

/// The functions.
pub(crate) const FUNCTIONS: &[&str] = &[
    "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max", "min",
    "new", "panic", "print", "println", "real", "recover",
];

/// The constants and the zero value.
const VALUES: &[&str] = &["false", "iota", "nil", "true"];

/// The name as the language declares it; nothing where it does not.
pub(crate) fn predeclared(name: &str) -> Option<&'static str> {
    [TYPES, FUNCTIONS, VALUES].iter().find_map(|names| names.iter().find(|&&one| one == name)).copied()
}

/// Whether a predeclared type holds nothing but data. What is behind an error is another question.
pub(crate) fn is_plain(name: &str) -> bool {
    !matches!(name, "any" | "comparable") && TYPES.contains(&name)
}
