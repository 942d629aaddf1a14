//! Mutations of the syntax tree: most programs still compile afterwards, so that the compiler can judge the rewrite.

use tree_sitter::Node;

use crate::random::Random;
use crate::syntax::{Syntax, ancestors, function_around, loops_around};

/// A mutation of a program; `mark` makes the names that it declares its own.
pub(crate) type Growth = fn(&mut Random, &Syntax<'_>, usize) -> Option<String>;

/// All of them; those that matter most come more than once.
pub(crate) const GROWTHS: &[Growth] = &[
    wrap,
    wrap,
    wrap,
    exit,
    exit,
    exit,
    exit,
    defer,
    defer,
    jump,
    rename,
    rename,
    move_statement,
    drop_statement,
    repeat_statement,
    name_results,
    type_parameter,
    variable,
    hide,
];

/// Names that mean something to generated code.
const NAMES: &[&str] = &[
    "done", "err", "ctl", "next", "r0", "r1", "v0", "result", "result0", "retErr", "loop", "nil", "true",
    "false", "bool", "error", "int", "string", "any", "recover", "panic", "len", "done2", "loop2", "outer",
    "_",
];

/// What may stand around statements.
const FRAMES: &[(&str, &str)] = &[
    ("{", "}"),
    ("if len(\"ab\") > 1 {", "}"),
    ("if len(\"ab\") < 1 {\n} else {", "}"),
    ("if c@ := 1; c@ < 1 {\n} else if c@ > 3 {", "}"),
    ("switch {\ndefault:", "}"),
    ("switch len(\"ab\") {\ncase 1:\nfallthrough\ncase 2:", "}"),
    ("switch len(\"ab\") {\ncase 1:", "fallthrough\ndefault:\n}"),
    ("switch c@ := any(1).(type) {\ncase int:\n_ = c@", "}"),
    ("select {\ndefault:", "}"),
    ("for range 2 {", "}"),
    ("for {", "}"),
    ("for {", "break\n}"),
    ("for i@ := 0; i@ < 2; i@++ {", "}"),
    ("for len(\"ab\") > 3 {", "}"),
    ("for range func(yield func() bool) { yield() } {", "}"),
    ("func() {", "}()"),
    ("func() {", "}(); panic(1)"),
    ("l@:\nfor range 2 {\nif len(\"ab\") > 3 {\ncontinue l@\n}", "}"),
    ("l@:\nfor {\nif len(\"ab\") > 3 {\nbreak l@\n}", "}"),
    ("l@: switch {\ncase len(\"ab\") > 3:\nbreak l@\ndefault:", "}"),
    ("go func() {", "}()"),
    ("defer func() {", "}()"),
    ("l@: {\nif len(\"ab\") > 3 {\nbreak l@\n}", "}"),
    ("l@:\nif len(\"ab\") > 3 {\ngoto l@\n}", ""),
];

/// Applies insertions and replacements that do not overlap.
fn edited(text: &str, mut edits: Vec<(usize, usize, String)>) -> Option<String> {
    edits.sort();
    let mut out = String::new();
    let mut from = 0;
    for (start, end, new) in edits {
        out.push_str(text.get(from..start)?);
        out.push_str(&new);
        from = end;
    }
    Some(out + text.get(from..)?)
}

fn statement<'s>(random: &mut Random, syntax: &'s Syntax<'_>) -> Option<Node<'s>> {
    let all = syntax.statements();
    let looped: Vec<Node<'_>> = all.iter().copied().filter(|&at| !loops_around(at).is_empty()).collect();
    let from = if random.chance(75) && !looped.is_empty() { looped } else { all };
    random.pick(&from).copied()
}

/// Puts a frame around one statement, or around all from it to the end of its list.
fn wrap(random: &mut Random, syntax: &Syntax<'_>, mark: usize) -> Option<String> {
    let first = statement(random, syntax)?;
    let list = first.parent()?;
    let start = if random.chance(40) { list.start_byte() } else { first.start_byte() };
    let end = if random.chance(75) { list.end_byte() } else { first.end_byte() };
    let (open, close) = FRAMES[random.below(FRAMES.len())];
    let mark = mark.to_string();
    let ending = if random.chance(25) { "\npanic(1)" } else { "" };
    edited(
        syntax.text,
        vec![
            (start, start, open.replace('@', &mark) + "\n"),
            (end, end, format!("\n{}{ending}", close.replace('@', &mark))),
        ],
    )
}

/// Inserts a conditional way out of a statement list.
fn exit(random: &mut Random, syntax: &Syntax<'_>, mark: usize) -> Option<String> {
    let at = statement(random, syntax)?;
    let loops = loops_around(at);
    let mut edits = Vec::new();
    let jump = match random.below(if loops.is_empty() { 2 } else { 8 }) {
        0..=2 => returned(random, syntax, at)?,
        3 => "break".to_owned(),
        4 => "continue".to_owned(),
        _ => {
            let target = *random.pick(&loops)?;
            let label = label_of(syntax, target).unwrap_or_else(|| {
                let label = format!("l{mark}");
                edits.push((target.start_byte(), target.start_byte(), format!("{label}:\n")));
                label
            });
            format!("{} {label}", if random.chance(50) { "break" } else { "continue" })
        }
    };
    let guarded = [
        format!("if len(\"ab\") > 3 {{\n{jump}\n}}\n"),
        format!("if len(\"ab\") > 3 {{\n_ = 1\n}} else {{\n{jump}\n}}\n"),
        format!("switch {{\ncase len(\"ab\") > 3:\n{jump}\n}}\n"),
        format!("select {{\ndefault:\nif len(\"ab\") > 3 {{\n{jump}\n}}\n}}\n"),
        format!("for range 2 {{\n{jump}\n}}\n"),
    ];
    let text = if random.chance(90) { guarded[random.below(guarded.len())].clone() } else { jump + "\n" };
    let behind = random.chance(30);
    let (place, text) = if behind { (at.end_byte(), format!("\n{text}")) } else { (at.start_byte(), text) };
    edits.push((place, place, text));
    edited(syntax.text, edits)
}

fn label_of(syntax: &Syntax<'_>, target: Node<'_>) -> Option<String> {
    let labeled = target.parent().filter(|parent| parent.kind() == "labeled_statement")?;
    Some(syntax.text_of(labeled.child(0)?).to_owned())
}

/// A `return` that fits the function around a node.
fn returned(random: &mut Random, syntax: &Syntax<'_>, at: Node<'_>) -> Option<String> {
    let Some(result) = function_around(at)?.child_by_field_name("result") else {
        return Some("return".to_owned());
    };
    if result.kind() == "parameter_list" && syntax.text_of(result).contains("err ") && random.chance(40) {
        return Some("return".to_owned());
    }
    let types = types(syntax, result);
    if random.chance(25) {
        return Some(format!("return func() ({}) {{ panic(1) }}()", types.join(", ")));
    }
    let mut values = types.iter().map(|kind| match *kind {
        "error" if random.chance(60) => "nil".to_owned(),
        "int" | "int64" if random.chance(60) => "0".to_owned(),
        "string" if random.chance(60) => "\"\"".to_owned(),
        "bool" if random.chance(60) => "true".to_owned(),
        kind => format!("*new({kind})"),
    });
    Some(format!("return {}", values.by_ref().collect::<Vec<_>>().join(", ")))
}

/// The type of each result.
fn types<'t>(syntax: &Syntax<'t>, result: Node<'_>) -> Vec<&'t str> {
    if result.kind() != "parameter_list" {
        return vec![syntax.text_of(result)];
    }
    let mut cursor = result.walk();
    let mut types = Vec::new();
    for declaration in result.named_children(&mut cursor) {
        let Some(kind) = declaration.child_by_field_name("type") else { continue };
        let names = declaration.children_by_field_name("name", &mut declaration.walk()).count();
        types.extend(std::iter::repeat_n(syntax.text_of(kind), names.max(1)));
    }
    types
}

/// Inserts one more defer.
fn defer(random: &mut Random, syntax: &Syntax<'_>, mark: usize) -> Option<String> {
    let at = statement(random, syntax)?.start_byte();
    let mut shapes = vec![
        "defer func() {}()",
        "defer println(\"x\")",
        "defer func(n int) {}(1)",
        "defer func() {\nif len(\"ab\") > 3 {\nreturn\n}\n}()",
        "defer func() error { return nil }()",
        "if len(\"ab\") > 3 {\ndefer func() {}()\n}",
        "defer func() { _ = recover() }()",
    ];
    if syntax.text.contains("\"os\"") {
        shapes.push("f@, _ := os.Open(\"x\")\ndefer f@.Close()");
        shapes.push("f@, e@ := os.Open(\"x\")\nif e@ != nil {\ncontinue\n}\ndefer f@.Close()");
        shapes.push("f@, e@ := os.Open(\"x\")\nif e@ != nil {\nbreak\n}\ndefer f@.Close()");
    }
    if syntax.text.contains("\"sync\"") {
        shapes.push("var mu@ sync.Mutex\nmu@.Lock()\ndefer mu@.Unlock()");
    }
    let shape = random.pick(&shapes)?.replace('@', &mark.to_string());
    edited(syntax.text, vec![(at, at, format!("{shape}\n"))])
}

/// Inserts a `goto` and its label around a statement, forwards or backwards.
fn jump(random: &mut Random, syntax: &Syntax<'_>, mark: usize) -> Option<String> {
    let at = statement(random, syntax)?;
    let (goto, label) = (format!("if len(\"ab\") > 3 {{\ngoto g{mark}\n}}\n"), format!("g{mark}:\n"));
    let far = if random.chance(50) { at } else { *random.pick(&syntax.statements())? };
    let (before, after) = if random.chance(50) { (goto, label) } else { (label, goto) };
    let (start, end) = (at.start_byte(), far.end_byte());
    edited(syntax.text, vec![(start, start, before), (end, end, format!("\n{after}"))])
}

/// Gives one name of a function another one, in the whole function.
fn rename(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    const NAMED: &[&str] = &["identifier", "label_name", "type_identifier"];
    let functions = syntax.of_kinds(&["function_declaration", "method_declaration"]);
    let function = *random.pick(&functions)?;
    let inside = |node: &Node<'_>| {
        function.start_byte() <= node.start_byte() && node.end_byte() <= function.end_byte()
    };
    let names: Vec<Node<'_>> = syntax.of_kinds(NAMED).into_iter().filter(inside).collect();
    let old = syntax.text_of(*random.pick(&names)?);
    let new = NAMES[random.below(NAMES.len())];
    let same = names.iter().filter(|&&node| syntax.text_of(node) == old);
    edited(syntax.text, same.map(|node| (node.start_byte(), node.end_byte(), new.to_owned())).collect())
}

fn move_statement(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    let (from, to) = (statement(random, syntax)?, statement(random, syntax)?);
    if ancestors(to).any(|at| at == from) {
        return None;
    }
    let text = format!("{}\n", syntax.text_of(from));
    edited(
        syntax.text,
        vec![(from.start_byte(), from.end_byte(), String::new()), (to.start_byte(), to.start_byte(), text)],
    )
}

fn drop_statement(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    let at = statement(random, syntax)?;
    edited(syntax.text, vec![(at.start_byte(), at.end_byte(), String::new())])
}

fn repeat_statement(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    let at = statement(random, syntax)?;
    edited(syntax.text, vec![(at.end_byte(), at.end_byte(), format!("\n{{\n{}\n}}", syntax.text_of(at)))])
}

/// Gives names to the results of a function.
fn name_results(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    let functions = syntax.of_kinds(&["function_declaration", "method_declaration", "func_literal"]);
    let result = random.pick(&functions)?.child_by_field_name("result")?;
    let types = types(syntax, result);
    let named = result.kind() == "parameter_list"
        && result.named_child(0).is_some_and(|first| first.child_by_field_name("name").is_some());
    let name = |random: &mut Random, index: usize| match random.below(4) {
        0 => "_".to_owned(),
        1 => NAMES[random.below(NAMES.len())].to_owned(),
        _ => format!("out{index}"),
    };
    let pairs: Vec<String> = types
        .iter()
        .enumerate()
        .map(
            |(index, kind)| {
                if named { (*kind).to_owned() } else { format!("{} {kind}", name(random, index)) }
            },
        )
        .collect();
    edited(syntax.text, vec![(result.start_byte(), result.end_byte(), format!("({})", pairs.join(", ")))])
}

fn type_parameter(random: &mut Random, syntax: &Syntax<'_>, mark: usize) -> Option<String> {
    let functions = syntax.of_kinds(&["function_declaration"]);
    let parameters = random.pick(&functions)?.child_by_field_name("parameters")?.start_byte();
    let before = &syntax.text[..parameters];
    if before.ends_with(']') {
        return None;
    }
    edited(syntax.text, vec![(parameters, parameters, format!("[T{mark} any]"))])
}

/// Turns a function declaration into a variable.
fn variable(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    let functions = syntax.of_kinds(&["function_declaration"]);
    let function = *random.pick(&functions)?;
    let (name, parameters) =
        (function.child_by_field_name("name")?, function.child_by_field_name("parameters")?);
    let head = format!("var {} = func", syntax.text_of(name));
    edited(syntax.text, vec![(function.start_byte(), parameters.start_byte(), head)])
}

/// Declares a name that generated code may want, with or without another meaning.
fn hide(random: &mut Random, syntax: &Syntax<'_>, _: usize) -> Option<String> {
    let name = NAMES[random.below(NAMES.len() - 1)];
    let shape =
        ["NAME := 1\n_ = NAME\n", "var NAME error\n_ = NAME\n", "type NAME struct{}\n", "const NAME = 7\n"];
    let shape = shape[random.below(shape.len())].replace("NAME", name);
    if random.chance(25) {
        return Some(format!("{}\nvar {name} = 1\n", syntax.text));
    }
    let at = statement(random, syntax)?.start_byte();
    edited(syntax.text, vec![(at, at, shape)])
}
