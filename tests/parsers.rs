//! The two ways of parsing against each other: where the reader does not leave a text to the grammar, the trees are the same.

#[path = "support/sources.rs"]
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use sources::{files, goroot};
use undefer_transforms::stages::parsers_agree;

/// How many of Go's own files are read; they are spread evenly over the sorted list.
const SAMPLE: usize = 400;

/// How many mistakes are put into each of the shorter ones, one after the other.
const MISTAKES: usize = 5;

/// Tokens that are put where they do not belong.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    ".",
    "=",
    ":=",
    "*",
    "&",
    "<-",
    "func",
    "type",
    "case",
    "return",
    "if",
    "for",
    "range",
    "go",
    "defer",
    "x",
    "T",
    "1",
    "\"s\"",
    "\n",
    "struct",
    "interface",
    "map",
    "chan",
    "...",
    "++",
    "switch",
    "else",
    "goto",
    "var",
    "const",
    "nil",
    "make",
    "new",
    "// c\n",
    "/* c */",
    "/*\n*/",
    "!",
    "~",
    "|",
    "select",
    "default",
    "break",
    "import",
    "package",
    "fallthrough",
    "{}",
    "()",
    "[]",
    "x[T]",
    "x.y",
    "(x)",
    "[T]",
    "x{",
    "{\n",
    "}\n",
    "L:",
    "\0",
    "\"\0\"",
    "/*\0*/",
    "`\0`",
    "\u{feff}",
    "\"\u{feff}\"",
    "\u{c}",
    "\u{a0}",
    "\r",
    "`\r`",
    "// \r c\n",
    "\"\\q\"",
    "\"\\x4\"",
    "'\\400'",
    "'ab'",
    "''",
    "'\\''",
    "0x",
    "08",
    "1_",
    "1__2",
    "0b2",
    "0x1p",
    "1e",
    ".5i",
    "é",
    "世",
    "\\",
    "#",
    "$",
    "?",
    "@",
];

/// Expressions of which the grammar has several readings, or which look like some that it has.
const DOUBTFUL: &[&str] = &[
    "f[T](x)",
    "a.f[T](x)",
    "f[a.T](x)",
    "f[*T](x)",
    "f[[]T](x)",
    "f[T](x, y)",
    "f[T](x...)",
    "f[T]()",
    "f[*T]()",
    "f[a.T]()",
    "f[*a.T]()",
    "f[T, U]()",
    "f[T, U](x)",
    "f[T, U]",
    "a.b.f[T](x)",
    "a.b.f[b.T](x)",
    "f[(T)](x)",
    "f[T[U]](x)",
    "f(x)[T](y)",
    "(f)[T](y)",
    "a[i][T](y)",
    "f[g[T](x)](y)",
    "f[T](g[U](x))",
    "*f[T](x)",
    "-f[T](x)",
    "(*a[b])(c)",
    "(a[b])(c)",
    "(*a)(b)",
    "(a.b)(c)",
    "([]byte)(x)",
    "*(*[]byte)(x)",
    "(<-chan int)(x)",
    "(func())(x)",
    "a[i][j]",
    "a[i][p.x]",
    "a[p.x][i]",
    "a[p.x][q.y]",
    "a[i][b[j]]",
    "a[b[j]][i]",
    "a[b[i]]",
    "a[b.c[i]]",
    "a[b[c[d]]]",
    "a[i][j][b.c]",
    "a[i][b.c](x)",
    "a[i](x)",
    "T[A]{x}",
    "a.T[A, B]{x: y}",
    "&T[A]{}",
    "[]T{{1}, {2}}",
    "map[K]V{k: v}",
    "[...]T{1: x}",
    "struct{ a int }{1}",
    "new(T)",
    "new(a.T[B])",
    "new(x + 1)",
    "make([]T, n, m)",
    "new{x}",
    "make[x]",
    "x.(T)",
    "x.(*a.T[B])",
    "func() (a, b int) { return }()",
    "\"\\x0ab\"",
    "\"\\0123\\u00e9\"",
    "``",
    "`  // x`",
    "0x_1F",
    "0x1p-2",
    "1_000i",
    "01.5e+3",
    ".5",
    "'\\''",
    "'\\x7f'",
    "'世'",
    "a < b && c > d || !e",
    "a - -b",
    "<-<-c",
    "a &^ b << 2",
    "x /* c */ + /* d */ y",
];

#[test]
fn gos_own_source_is_read_as_the_grammar_reads_it() {
    let files = go_files(&goroot().join("src"));
    let texts = files.iter().step_by(files.len() / SAMPLE).filter_map(|file| fs::read_to_string(file).ok());
    let answers: Vec<Option<bool>> = texts.map(|text| parsers_agree(&text)).collect();
    assert!(!answers.contains(&Some(false)), "{answers:?}");
    let read = answers.iter().flatten().count();
    assert!(read * 10 > answers.len() * 9, "only {read} of {} were read", answers.len());
}

/// Without the variable the test reads the repository that it stands in.
#[test]
fn a_given_tree_is_read_as_the_grammar_reads_it() {
    let tree = std::env::var_os("UNDEFER_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    for file in go_files(&tree) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        assert_ne!(parsers_agree(&text), Some(false), "{}", file.display());
    }
}

#[test]
fn the_cases_are_read_as_the_grammar_reads_them() {
    let mut read = 0;
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), "txtar", None) {
        let text = fs::read_to_string(&file).expect("a case can be read");
        for part in text.split("\n-- ").skip(1).filter_map(|part| part.split_once(" --\n")) {
            let go = format!("{}\n", part.1);
            let is_go = Path::new(part.0).extension().is_some_and(|ending| ending == "go");
            let answer = if is_go { parsers_agree(&go) } else { None };
            assert_ne!(answer, Some(false), "{} in {}", part.0, file.display());
            read += usize::from(answer.is_some());
        }
    }
    assert!(read > 500, "only {read} were read");
}

/// What is read is never more than Go: else a damaged function would pass for a whole one.
#[test]
fn a_text_with_mistakes_is_left_to_the_grammar_or_read_as_the_grammar_reads_it() {
    let mut random = Random(0x00de_fe12);
    let sources = go_files(&goroot().join("src"));
    for file in sources.iter().step_by(sources.len() / SAMPLE) {
        let Ok(text) = fs::read_to_string(file) else { continue };
        if text.len() > 12_000 {
            continue;
        }
        for _ in 0..MISTAKES {
            let wrong = random.spoil(&text);
            assert_ne!(parsers_agree(&wrong), Some(false), "{}:\n{wrong}", file.display());
        }
    }
}

#[test]
fn what_the_grammar_has_several_readings_of_is_read_as_it_chooses() {
    for one in DOUBTFUL {
        let places = [
            format!("x := {one}"),
            format!("f({one}, 1)"),
            format!("_ = y.{one}"),
            format!("_ = &{one}"),
            format!("_ = *{one}"),
            format!("_ = {one}.y"),
            format!("_ = {one}[i]"),
            format!("_ = {one}(i)"),
            format!("_ = m[{one}]"),
            format!("_ = m[i][{one}]"),
            format!("_ = m[{one}](i)"),
            format!("_ = ({one})(z)"),
            format!("_ = (*{one})(z)"),
            format!("if {one} {{\n\t}}"),
            format!("if x := {one}; x == ({one}) {{\n\t\tg()\n\t}}"),
            format!("if x == {one} {{\n\t\tg()\n\t}}\n\t{{\n\t}}"),
            format!("for range {one} {{\n\t}}"),
            format!("switch y := {one}.(type) {{\n\tcase T:\n\t}}"),
            format!("return {one}\n\t{{\n\t\tg()\n\t}}"),
            format!("x = {one}\n\t(*p).q = 1"),
            format!("if {one} {{\n\t}}\n\t(*p).q = 1"),
            format!("for x := range {one} {{\n\t}}\n\t[]T{{}}[0] = 1"),
            format!("if x == ({one}) {{\n\t}} else {{\n\t\tg()\n\t}}\n\t{{\n\t\tg()\n\t}}"),
            format!("f({one})\n\t[]T{{}}[0] = 1"),
            format!("defer g()\n\tx = []T{{{one}, k: {one}}}"),
        ];
        for place in places {
            let text = format!("package p\n\nfunc h() {{\n\t{place}\n}}\n");
            assert_ne!(parsers_agree(&text), Some(false), "{text}");
        }
    }
}

/// Numbers that look random, the same ones in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits fit") % end
    }

    /// The text with one to three tokens that are gone, new, doubled or in each other's place.
    fn spoil(&mut self, text: &str) -> String {
        let mut tokens: Vec<&str> = split(text);
        for _ in 0..=self.below(3) {
            let (at, other) = (self.below(tokens.len()), self.below(tokens.len()));
            match self.below(5) {
                0 => tokens[at] = "",
                1 => tokens.swap(at, other),
                2 => tokens[at] = TOKENS[self.below(TOKENS.len())],
                3 => tokens.insert(at, TOKENS[self.below(TOKENS.len())]),
                _ => tokens.insert(at, tokens[other]),
            }
        }
        tokens.concat()
    }
}

/// Words, blanks and single signs.
fn split(text: &str) -> Vec<&str> {
    let class = |letter: char| match letter {
        _ if letter.is_alphanumeric() || letter == '_' => 1,
        ' ' | '\t' => 2,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |letter: char| class(letter) != 0 && class(letter) == class(first);
        let end = rest.find(|letter| !same(letter)).unwrap_or(rest.len()).max(first.len_utf8());
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    tokens
}

/// What cargo builds is nobody's source.
fn go_files(root: &Path) -> Vec<PathBuf> {
    files(root, "go", Some("target"))
}
