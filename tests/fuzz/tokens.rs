//! Mutations of tokens, lines and bytes: most of them break the program, and some break it in a new way.

use crate::random::Random;

/// Words that a mutation may put anywhere: keywords, brackets, and what generated code uses.
const WORDS: &[&str] = &[
    "break",
    "continue",
    "return",
    "goto",
    "fallthrough",
    "for",
    "if",
    "else",
    "switch",
    "select",
    "case",
    "default",
    "func",
    "defer",
    "go",
    "range",
    "type",
    "var",
    "const",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "=",
    ":=",
    "==",
    "<-",
    "...",
    "&",
    "*",
    "!",
    "L:",
    "nil",
    "true",
    "false",
    "err",
    "done",
    "\"",
    "`",
    "'",
    "\\",
    "/*",
    "*/",
    "//",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{feff}",
    "\u{0}",
    "é",
    "\u{1d4d0}",
    "0x",
    "_",
];

/// A mutation of a text; `mark` is different in each case, so that a lost comment is missed.
pub(crate) type Mutation = fn(&mut Random, &str, usize) -> Option<String>;

/// Mutations that leave most programs what they are.
pub(crate) const LAYOUT: &[Mutation] = &[
    block_comment,
    block_comment,
    line_comment,
    line_comment,
    join_lines,
    blank_line,
    crlf,
    no_final_newline,
    spaces,
];

/// Mutations that break most programs.
pub(crate) const CHAOS: &[Mutation] = &[
    delete_token,
    duplicate_token,
    swap_tokens,
    insert_word,
    insert_word,
    delete_line,
    duplicate_line,
    swap_lines,
    truncate,
    remove_newline,
    delete_bytes,
];

/// The spans of all tokens: words, literals, comments, white space, and single characters of anything else.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let length = token(&text[at..]);
        spans.push((at, at + length));
        at += length;
    }
    spans
}

fn token(rest: &str) -> usize {
    let until =
        |stop: &str, from: usize| rest[from..].find(stop).map_or(rest.len(), |at| from + at + stop.len());
    let run = |belongs: fn(char) -> bool| rest.find(|char| !belongs(char)).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(' ', |first| first);
    match first {
        _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
        _ if rest.starts_with("/*") => until("*/", 2),
        '`' => until("`", 1),
        '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |at| at + 2),
        '\n' => 1,
        _ if first.is_alphanumeric() || first == '_' => run(|char| char.is_alphanumeric() || char == '_'),
        _ if first.is_whitespace() => run(|char| char.is_whitespace() && char != '\n'),
        _ if rest.starts_with(":=") || rest.starts_with("<-") => 2,
        _ => first.len_utf8(),
    }
    .max(first.len_utf8())
}

fn solid(text: &str) -> Vec<(usize, usize)> {
    tokens(text).into_iter().filter(|&(start, end)| !text[start..end].trim().is_empty()).collect()
}

fn splice(text: &str, start: usize, end: usize, new: &str) -> Option<String> {
    Some([&text[..start], new, &text[end..]].concat())
}

fn block_comment(random: &mut Random, text: &str, mark: usize) -> Option<String> {
    let &(_, at) = random.pick(&tokens(text))?;
    let shape = ["/* c */", "/* c\n\tc */", "/*c*/ ", "\n/* c */\n"][random.below(4)];
    splice(text, at, at, &shape.replace('c', &format!("c{mark}")))
}

fn line_comment(random: &mut Random, text: &str, mark: usize) -> Option<String> {
    let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let own = format!("\n// c{mark}");
    match random.below(3) {
        0 => random.pick(&lines).and_then(|&at| splice(text, at, at, &own)),
        1 => random.pick(&lines).and_then(|&at| splice(text, at, at, &format!(" // c{mark}"))),
        _ => random.pick(&tokens(text)).and_then(|&(_, at)| splice(text, at, at, &format!("// c{mark}\n"))),
    }
}

/// Writes a few statements on one line.
fn join_lines(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let newlines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let first = random.below(newlines.len().max(1));
    let mut text = text.to_owned();
    let chosen = newlines.get(first..(first + 1 + random.below(6)).min(newlines.len()))?;
    for &at in chosen.iter().rev() {
        let opens = text[..at].trim_end().ends_with(['{', '(', ',', ':', ';', '}']);
        text.replace_range(at..=at, if opens { " " } else { "; " });
    }
    Some(text)
}

fn blank_line(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    random.pick(&lines).and_then(|&at| splice(text, at, at, "\n"))
}

fn crlf(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let mut mixed = random.chance(20);
    let lines = text.split_inclusive('\n').map(|line| {
        mixed = mixed && random.chance(50);
        line.strip_suffix('\n').filter(|_| !mixed).map_or(line.to_owned(), |line| format!("{line}\r\n"))
    });
    Some(lines.collect())
}

fn no_final_newline(_: &mut Random, text: &str, _: usize) -> Option<String> {
    Some(text.trim_end().to_owned())
}

fn spaces(random: &mut Random, text: &str, _: usize) -> Option<String> {
    Some(text.replace('\t', ["    ", "  ", "", "\t\t"][random.below(4)]))
}

fn delete_token(random: &mut Random, text: &str, _: usize) -> Option<String> {
    random.pick(&solid(text)).and_then(|&(start, end)| splice(text, start, end, ""))
}

fn duplicate_token(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let &(start, end) = random.pick(&solid(text))?;
    splice(text, end, end, &format!(" {}", &text[start..end]))
}

fn swap_tokens(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let tokens = solid(text);
    let first = random.below(tokens.len().checked_sub(1).filter(|&rest| rest > 0)?);
    let far = random.chance(20);
    let reach = 1 + if far { random.below(40) } else { 0 };
    let (&(a, b), &(c, d)) = (tokens.get(first)?, tokens.get(first + reach)?);
    Some([&text[..a], &text[c..d], &text[b..c], &text[a..b], &text[d..]].concat())
}

fn insert_word(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let word = WORDS[random.below(WORDS.len())];
    let &(start, at) = random.pick(&tokens(text))?;
    let start = if random.chance(50) { start } else { at };
    splice(text, start, at, &if random.chance(50) { format!(" {word} ") } else { word.to_owned() })
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn delete_line(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let mut lines = lines(text);
    let first = random.below(lines.len().max(1));
    let last = (first + 1 + random.below(3)).min(lines.len());
    lines.drain(first..last);
    Some(lines.concat())
}

fn duplicate_line(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let mut lines = lines(text);
    let line = *random.pick(&lines)?;
    lines.insert(random.below(lines.len()), line);
    Some(lines.concat())
}

fn swap_lines(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let mut lines = lines(text);
    let first = random.below(lines.len().checked_sub(1).filter(|&rest| rest > 0)?);
    lines.swap(first, first + 1);
    Some(lines.concat())
}

fn truncate(random: &mut Random, text: &str, _: usize) -> Option<String> {
    random.pick(&tokens(text)).map(|&(_, at)| text[..at].to_owned())
}

fn remove_newline(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    random.pick(&lines).and_then(|&at| splice(text, at, at + 1, ""))
}

fn delete_bytes(random: &mut Random, text: &str, _: usize) -> Option<String> {
    let start = text.floor_char_boundary(random.below(text.len().max(1)));
    let end = text.floor_char_boundary((start + 1 + random.below(60)).min(text.len()));
    (start < end).then(|| [&text[..start], &text[end..]].concat())
}
