//! Input nested as deep as nobody writes it: the engine returns, on a small stack and without becoming quadratic.
//!
//! `UNDEFER_DEPTH` sets the depth; run with `--nocapture` to see how long each shape takes.

use std::thread;
use std::time::Instant;

use undefer_transforms::scan::may_hold_site;
use undefer_transforms::{Forms, Options, PASSES, Rewrite, Safety, rewrite};

/// How deep; a machine makes such files, or somebody who means harm.
const DEPTH: usize = 4_000;

/// So little that 64 bytes a level are too much: no recursion passes, however deep a file there is.
const STACK: usize = 256 * 1024;

/// What is repeated before and behind the middle. `@` numbers the repetitions.
struct Shape {
    name: &'static str,
    before: &'static str,
    open: &'static str,
    middle: &'static str,
    close: &'static str,
    after: &'static str,
}

macro_rules! shapes {
    ($($name:literal: $before:literal, $open:literal, $middle:literal, $close:literal, $after:literal;)*) => {
        &[$(Shape {
            name: $name, before: $before, open: $open, middle: $middle, close: $close, after: $after,
        },)*]
    };
}

/// Statements that hold statements, with the defer at the bottom, or above or below all of them.
const STATEMENTS: &[Shape] = shapes! {
    "blocks": "for {", "{", "defer g()", "}", "}";
    "blocks below a defer": "for { defer g();", "{", "x()", "}", "}";
    "blocks above a defer": "for {", "{", "x()", "}", "; defer g() }";
    "if": "for {", "if x {", "defer g()", "}", "}";
    "if below a defer": "for { defer g();", "if x {", "return", "}", "}";
    "if with an exit at each level": "for {", "if x { if y { continue };", "defer g()", "}", "}";
    "if with a statement behind each": "for {", "if x {", "defer g()", "}; y()", "}";
    "else": "for {", "if x { y() } else {", "defer g()", "}", "}";
    "else if": "for { defer g();", "if x { y() } else ", "{}", "", "}";
    "else if above a defer": "for {", "if x { continue } else ", "{}", "", "; defer g() }";
    "defer at the end of else if": "for {", "if x { y() } else ", "{ defer g() }", "", "}";
    "for": "", "for {", "defer g()", "}", "";
    "for with a condition": "", "for x {", "defer g()", "}", "";
    "for over ranges": "", "for _, a := range b {", "defer a.Close()", "}", "";
    "for below a defer": "for { defer g();", "for {", "break", "}", "}";
    "labelled for": "", "l@: for x {", "defer g(); continue l0", "}", "";
    "switch": "for {", "switch { case x:", "defer g()", "}", "}";
    "switch with default": "for {", "switch { case x: y(); default:", "defer g()", "}", "}";
    "switch below a defer": "for { defer g();", "switch { default:", "break", "}", "}";
    "type switch": "for {", "switch a := a.(type) { case int:", "defer g()", "}", "}";
    "select": "for {", "select { default:", "defer g()", "}", "}";
    "labels": "for {", "l@: ", "{ defer g() }", "", "}";
    "labels of a for": "", "l@: ", "for { defer g() }", "", "";
    "function literals": "for {", "func() {", "for { defer g() }", "}()", "}";
    "deferred literals": "for {", "defer func() {", "for { defer g() }", "}()", "}";
    "deferred literals in loops": "", "for { defer func() {", "", "}() }", "";
    "started literals": "for { defer g();", "go func() {", "x()", "}()", "}";
    "literals with a loop at each level": "", "for { func() {", "defer g()", "}() }", "";
    "literals with results": "for { defer f.Close();", "x(func() error { return ", "nil", "})", "}";
};

/// Expressions and types, in the deferred call, in what it releases, and elsewhere in the iteration.
const EXPRESSIONS: &[Shape] = shapes! {
    "parentheses": "for { defer ", "(", "g()", ")", "}";
    "parentheses in an argument": "for { defer g(", "(", "x", ")", ") }";
    "parentheses around a receiver": "for { f := o(); defer ", "(", "f", ")", ".Close() }";
    "parentheses around a condition": "for { defer g(); if ", "(", "x", ")", "{ return } }";
    "not": "for { defer g(", "!", "x", "", ") }";
    "minus": "for { defer g(", "- ", "x", "", ") }";
    "stars": "for { defer g(", "*", "x", "", ") }";
    "addresses": "for { f := o(); a = ", "& ", "f", "", "; defer f.Close() }";
    "copies": "for { f := o(); a = ", "new(", "f", ")", "; defer f.Close() }";
    "copies of arrays": "for { f := o(); a = ", "new([len(", "f", ")]T{})", "; defer f.Close() }";
    "composite literals": "for { f := o(); a = T", "{T", "{f}", "}", "; defer f.Close() }";
    "elided literals": "for { f := o(); a = append(a, T", "{", "f", "}", "); defer f.Close() }";
    "selectors": "for { defer a", ".b", ".Close()", "", "}";
    "selectors of the resource": "for { f := o(); x(f", ".b", "", "", "); defer f.Close() }";
    "indices": "for { f := o(); x(f", "[0]", "", "", "); defer f.Close() }";
    "slices": "for { f := o(); s = f", "[1:]", "", "", "; defer f.Close() }";
    "assertions": "for { f := o(); s = f", ".(T)", "", "", "; defer f.Close() }";
    "call chain": "for { defer g", "()", "()", "", "}";
    "method chain": "for { defer a", ".b()", ".Close()", "", "}";
    "method chain of the resource": "for { f := o(); s = f", ".b()", "", "", "; defer f.Close() }";
    "nested calls": "for { f := o(); s = ", "x(", "f", ")", "; defer f.Close() }";
    "nested indices": "for { f := o(); s[", "m[", "f", "]", "] = 1; defer f.Close() }";
    "sum": "for { f := o(); s = 1", " + f", "", "", "; defer f.Close() }";
    "and": "for { f := o(); if f != nil", " && err != nil", "{ return }", "", "; defer f.Close() }";
    "or": "for { f, err := o(); if err != nil", " || err == nil", "{ return err }", "", "; defer f.Close() }";
    "returned sum": "for { f := o(); defer f.Close(); if x { return 1", " + f", "}", "", "}";
    "slice types": "for { var a ", "[]", "int", "", "; defer g(a) }";
    "pointer types": "for { var a ", "*", "int", "", "; defer g(a) }";
    "function types": "for { var a ", "func() ", "int", "", "; defer g(a) }";
    "function parameters": "for { var a ", "func(", "int", ")", "; defer g(a) }";
    "map types": "for { var a ", "map[int]", "int", "", "; defer g(a) }";
    "channel types": "for { var a ", "chan ", "int", "", "; defer g(a) }";
    "struct types": "for { var a ", "struct { a ", "int", "}", "; defer g(a) }";
    "interface types": "for { var a ", "interface { a(", "int", ") }", "; defer g(a) }";
    "generic types": "for { var a T", "[T", "[int]", "]", "; defer g(a) }";
    "receives": "for { f := ", "<-", "c", "", "; defer f.Close() }";
    "nested conversions": "for { f := o(); s = append(s, ", "[]T(", "f", ")", "); defer f.Close() }";
};

/// Broken text.
const BROKEN: &[Shape] = shapes! {
    "opened for": "", "for {", "defer g()", "", "";
    "opened literals": "", "for { defer func() {", "", "", "";
    "opened parentheses": "for { defer g(", "(", "", "", "}";
    "closed braces": "for { defer g()", "", "", "}", "";
    "opened comments": "for { defer g()", "/*", "", "", "}";
    "defers": "for {", "defer ", "", "", "}";
    "labels without a statement": "for { defer g()", "l@: ", "", "", "}";
};

impl Shape {
    fn text(&self, result: &str, depth: usize) -> String {
        let numbered = |part: &str, index: usize| part.replace('@', &index.to_string());
        let open: String = (0..depth).map(|index| numbered(self.open, index)).collect();
        let (body, close) = (self.middle, self.close.repeat(depth));
        format!(
            "package p\n\nfunc f(){result} {{\n{}{open}{body}{close}{}\n}}\n",
            numbered(self.before, depth),
            self.after
        )
    }
}

/// Rewrites on a small stack.
fn on_small_stack(text: String) -> Rewrite {
    let work = move || {
        let _ = may_hold_site(text.as_bytes());
        for pass in PASSES {
            let forms = Forms { list: vec![pass.form], only: true };
            let _ = rewrite(&text, &Options { bar: Safety::Unsafe, forms, ..Options::default() });
        }
        rewrite(&text, &Options { bar: Safety::Unsafe, ..Options::default() })
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread can be started");
    thread.join().expect("no panic")
}

fn try_all(shapes: &[Shape], result: &str) {
    let depth = std::env::var("UNDEFER_DEPTH").ok();
    let depth = depth.map_or(DEPTH, |depth| depth.parse().expect("UNDEFER_DEPTH is a number"));
    for shape in shapes {
        let begin = Instant::now();
        let rewrite = on_small_stack(shape.text(result, depth));
        let (sites, fixes) = (rewrite.sites.len(), rewrite.fixes.len());
        println!("{:>8.2?}  {}{result}: {sites} sites, {fixes} fixes", begin.elapsed(), shape.name);
    }
}

#[test]
fn deep_statements() {
    try_all(STATEMENTS, "");
}

#[test]
fn deep_expressions() {
    try_all(EXPRESSIONS, "");
}

#[test]
fn deep_expressions_with_results() {
    try_all(EXPRESSIONS, " (*T, error)");
}

#[test]
fn broken_text() {
    try_all(BROKEN, "");
}
