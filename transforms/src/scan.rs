//! The byte-level prefilter: may this file hold a defer that a loop can pile up?
//!
//! Two searches for words settle most files. The rest is read once, token by token, with a stack of open brackets; what
//! stands in brackets that hold no `defer`, or none behind a `for`, is only searched for the one that closes them. In Go that
//! parses, a file passes if a `defer` stands between a `for` and the end of its loop in the same function, or between a label and
//! a `goto` to it.
//! Where the tokens do not settle whether a loop has ended or whether a brace opens a function, the loop is taken to go on
//! and the brace to open none, so that too much may pass but never too little.
//! Text that cannot be Go passes at once: what a parser recovers from it is not for this module to guess.

pub(crate) mod declarations;
pub(crate) mod focus;
mod leap;
mod tokens;

use std::sync::LazyLock;

use leap::Leaps;
use memchr::memmem::Finder;
use tokens::{Bracket, Token, Tokens};

use crate::hash::Table;
use crate::rules::{Place, Rules};

static DEFER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("defer"));
static FOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("for"));
static GOTO: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("goto"));

/// Whether `source` may hold a site of UD001 (too many files may pass, never too few).
///
/// Any bytes will do. Time is linear in their number, memory in the depth of brackets.
pub fn may_hold_site(source: &[u8]) -> bool {
    if DEFER.find(source).is_none() {
        return false;
    }
    holds_directive(source) || may_loop(source)
}

/// Whether `source` may hold a finding of one of the rules (too many files may pass, never too few).
///
/// Any bytes will do. The rules that a run looks for unasked cost no more than [`may_hold_site`].
pub fn may_hold(source: &[u8], rules: Rules) -> bool {
    let mut places: Vec<Place> = rules.iter().map(|rule| rule.about().place).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().any(|place| match place {
        Place::Loop => FOR.find(source).is_some() || GOTO.find(source).is_some(),
        Place::Defer => DEFER.find(source).is_some(),
        Place::DeferInLoop => may_hold_site(source),
    })
}

/// Whether the name of this tool stands there as in a directive.
pub(crate) fn holds_directive(source: &[u8]) -> bool {
    memchr::memmem::find(source, b"undefer:").is_some()
}

fn may_loop(source: &[u8]) -> bool {
    let has_goto = GOTO.find(source).is_some();
    if !has_goto && FOR.find(source).is_none() {
        return false;
    }
    // The parser takes a NUL for an end of the text, even in a comment.
    memchr::memchr(0, source).is_some() || Scanner::new(source, has_goto).run()
}

/// What is known of the latest loop that began directly inside a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loop {
    /// There is none, or it has ended.
    None,
    /// Its header or body goes on.
    Open,
    /// A brace that looks like its body has just closed; the next token tells.
    Closing,
}

/// A function type whose tokens are being read directly inside a bracket: what a `{` after it would open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signature {
    /// None is being read.
    None,
    /// A composite literal, as in `[]func(){f, g}`, or something damaged.
    Type,
    /// Nothing: a function's parameters are still to come.
    Incomplete,
    /// The function's body.
    Function,
}

/// One open bracket and what has been read directly inside it; the whole file is the outermost.
#[derive(Clone, Copy, Debug)]
struct Frame {
    bracket: Bracket,
    /// Numbers the innermost function; 0 is the file.
    function: u32,
    /// Whether the bracket stands in a loop of its own function.
    in_loop: bool,
    /// Whether its end may be the end of the loop that began directly inside the bracket around it.
    may_be_body: bool,
    latest: Loop,
    signature: Signature,
    /// Whether the next brace belongs to a composite literal in the loop's header.
    literal_next: bool,
}

impl Frame {
    fn new(bracket: Bracket, function: u32, in_loop: bool) -> Self {
        Self {
            bracket,
            function,
            in_loop,
            may_be_body: false,
            latest: Loop::None,
            signature: Signature::None,
            literal_next: false,
        }
    }

    /// Whether a loop of the same function is open at this point.
    fn loops(&self) -> bool {
        self.in_loop || self.latest != Loop::None
    }
}

/// How a walk over the tokens ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    /// At the end of the text.
    Whole,
    /// At a token that no Go file holds there.
    Damaged,
    /// Where it was told to.
    Stopped,
}

/// The state between two tokens.
struct Scanner<'a> {
    tokens: Tokens<'a>,
    top: Frame,
    below: Vec<Frame>,
    previous: Token,
    /// The latest word that is no keyword.
    word: &'a [u8],
    /// Whether a line has ended since the previous token.
    new_line: bool,
    functions: u32,
    /// Kept only for files that mention `goto`.
    cycles: Option<Cycles<'a>>,
    /// Over brackets that stand in a loop, and over those that do not.
    leaps: [Leaps; 2],
}

impl<'a> Scanner<'a> {
    fn new(source: &'a [u8], has_goto: bool) -> Self {
        Self {
            tokens: Tokens::new(source),
            top: Frame::new(Bracket::Brace, 0, false),
            below: Vec::new(),
            previous: Token::Semicolon,
            word: &[],
            new_line: false,
            functions: 0,
            cycles: has_goto.then(Cycles::default),
            leaps: [Leaps::in_loop(), Leaps::outside()],
        }
    }

    /// Whether the file passes.
    fn run(self) -> bool {
        self.walk(|_| true) != Walk::Whole
    }

    /// Offsets of all tokens because of which the file passes; nothing where the text cannot be Go.
    fn hits(self) -> Option<Vec<usize>> {
        let mut hits = Vec::new();
        let walk = self.walk(|at| {
            hits.push(at);
            false
        });
        (walk == Walk::Whole).then_some(hits)
    }

    /// Reads the tokens; `stop` is asked at each one because of which the file passes.
    fn walk(mut self, mut stop: impl FnMut(usize) -> bool) -> Walk {
        loop {
            let token = self.tokens.next();
            match token {
                Token::End => return if self.below.is_empty() { Walk::Whole } else { Walk::Damaged },
                Token::Damage => return Walk::Damaged,
                Token::Newline => {
                    self.top.signature = Signature::None;
                    self.new_line = true;
                    continue;
                }
                _ => {}
            }
            self.settle_loop(token);
            if self.read(token) {
                if matches!(token, Token::Close(_)) {
                    return Walk::Damaged;
                }
                if stop(self.tokens.start()) {
                    return Walk::Stopped;
                }
            }
            if let Token::Open(bracket) = token
                && self.cycles.is_none()
                && !self.leaps[usize::from(!self.top.in_loop)].leap(&mut self.tokens, bracket)
            {
                return Walk::Damaged;
            }
            self.previous = token;
            self.new_line = false;
        }
    }

    /// Decides whether a brace that has just closed was the loop's body: then a statement begins on a new line.
    fn settle_loop(&mut self, token: Token) {
        if self.top.latest != Loop::Closing {
            return;
        }
        let continues_header = matches!(
            token,
            Token::Open(_)
                | Token::Close(Bracket::Paren | Bracket::Square)
                | Token::Comma
                | Token::Assign
                | Token::Colon
                | Token::Semicolon
                | Token::Dot
                | Token::Star
                | Token::Operator
        );
        self.top.latest = if self.new_line && !continues_header { Loop::None } else { Loop::Open };
    }

    /// Takes in one token that is neither a line end nor the last. True if the file passes because of it.
    fn read(&mut self, token: Token) -> bool {
        match token {
            Token::Word => return self.word(),
            Token::TypeKeyword | Token::Star => self.note_literal_type(),
            Token::Dot | Token::Arrow => {}
            Token::Func => self.func(),
            Token::Open(Bracket::Brace) => self.open_brace(),
            Token::Open(bracket) => self.push(Frame::new(bracket, self.top.function, self.top.loops())),
            Token::Close(bracket) => return self.close(bracket),
            Token::Defer => return self.defer(),
            _ => self.other(token),
        }
        false
    }

    /// A token that ends any function type.
    fn other(&mut self, token: Token) {
        self.top.signature = Signature::None;
        match token {
            Token::For => {
                self.top.latest = Loop::Open;
                self.top.literal_next = false;
            }
            Token::Colon if self.previous == Token::Word => {
                if let Some(cycles) = &mut self.cycles {
                    cycles.label(self.top.function, self.word, self.tokens.start());
                }
            }
            _ => {}
        }
    }

    fn word(&mut self) -> bool {
        self.note_literal_type();
        self.word = self.tokens.text();
        if self.previous == Token::Func && !self.below.is_empty() {
            // Go has no named functions inside others.
            self.top.signature = Signature::None;
        }
        self.previous == Token::Goto
            && self.cycles.as_ref().is_some_and(|cycles| cycles.closes(self.top.function, self.word))
    }

    /// `[]T`, `map[K]T` and `[…]*T` in a loop's header: what comes next in braces are elements, not the body.
    fn note_literal_type(&mut self) {
        if self.previous == Token::Close(Bracket::Square) && self.top.latest == Loop::Open {
            self.top.literal_next = true;
        }
    }

    fn func(&mut self) {
        self.note_literal_type();
        if self.top.signature != Signature::None {
            return;
        }
        self.top.signature = if self.function_may_begin() { Signature::Incomplete } else { Signature::Type };
    }

    /// Whether the previous token is one after which `func` begins a declaration or a literal, not a type.
    fn function_may_begin(&self) -> bool {
        match self.previous {
            Token::Open(Bracket::Paren | Bracket::Brace)
            | Token::Comma
            | Token::Assign
            | Token::Colon
            | Token::Semicolon
            | Token::Starter
            | Token::Defer => true,
            Token::Word
            | Token::Literal
            | Token::Close(Bracket::Paren | Bracket::Brace)
            | Token::Operator => self.new_line,
            _ => false,
        }
    }

    fn open_brace(&mut self) {
        let parent = &mut self.top;
        let mut frame = Frame::new(Bracket::Brace, parent.function, parent.loops());
        if self.previous == Token::TypeKeyword {
            // The fields or methods of a type: they end neither a signature nor a header.
            parent.literal_next = parent.latest == Loop::Open;
        } else {
            let after_type = matches!(self.previous, Token::Word | Token::Close(_));
            if parent.signature == Signature::Function && after_type {
                self.functions += 1;
                frame = Frame::new(Bracket::Brace, self.functions, false);
            } else {
                frame.may_be_body = parent.signature == Signature::None && !parent.literal_next;
            }
            parent.signature = Signature::None;
            parent.literal_next = false;
        }
        self.push(frame);
    }

    fn push(&mut self, frame: Frame) {
        self.below.push(std::mem::replace(&mut self.top, frame));
    }

    /// True if the bracket closes none that is open.
    fn close(&mut self, bracket: Bracket) -> bool {
        let closed = self.top;
        if closed.bracket != bracket {
            return true;
        }
        let Some(parent) = self.below.pop() else { return true };
        self.top = parent;
        if closed.may_be_body && self.top.latest == Loop::Open {
            self.top.latest = Loop::Closing;
        }
        if bracket == Bracket::Paren && self.top.signature == Signature::Incomplete {
            self.top.signature = Signature::Function;
        }
        false
    }

    fn defer(&mut self) -> bool {
        self.top.signature = Signature::None;
        if let Some(cycles) = &mut self.cycles {
            cycles.defers.insert(self.top.function, self.tokens.start());
        }
        self.top.loops()
    }
}

/// What may make a cycle by `goto`: some jump must lead from behind a defer to a label before it.
#[derive(Default)]
struct Cycles<'a> {
    /// Offset of the first colon after a word, by function and word.
    labels: Table<(u32, &'a [u8]), usize>,
    /// Offset of the latest defer, by function.
    defers: Table<u32, usize>,
}

impl<'a> Cycles<'a> {
    fn label(&mut self, function: u32, name: &'a [u8], at: usize) {
        self.labels.entry((function, name)).or_insert(at);
    }

    /// Whether a `goto` to `name` at this point leads back across a defer.
    fn closes(&self, function: u32, name: &'a [u8]) -> bool {
        let label = self.labels.get(&(function, name));
        label.is_some_and(|label| self.defers.get(&function).is_some_and(|defer| label < defer))
    }
}

#[cfg(test)]
mod tests {
    use super::may_hold_site;
    use crate::rules::{Rule, Rules};

    fn passes(body: &str) -> bool {
        may_hold_site(format!("package p\n\nfunc f() {{\n{body}\n}}\n").as_bytes())
    }

    #[test]
    fn a_file_without_both_words_is_settled_by_search() {
        assert!(!may_hold_site(b""));
        assert!(!may_hold_site(b"\0 # ` for {"));
        assert!(!may_hold_site(b"\0 # ` defer"));
    }

    #[test]
    fn a_defer_in_a_loop_passes() {
        assert!(passes("for {\n\tdefer g()\n}"));
        assert!(passes("for _, x := range xs {\n\tif x.ok {\n\t\tdefer g()\n\t}\n}"));
        assert!(passes("for { for range x {\n}\n\tdefer g()\n}"));
        assert!(may_hold_site(b"package p\nvar f = func() { for { defer g() } }"));
        assert!(may_hold_site(b"\xef\xbb\xbfpackage p\r\nfunc f() {\r\nfor {\r\ndefer g()\r\n}\r\n}\r\n"));
    }

    #[test]
    fn a_defer_outside_of_loops_does_not_pass() {
        assert!(!passes("defer g()\nfor {\n}"));
        assert!(!passes("for {\n}\ndefer g()"));
        assert!(!passes("for x {\n} // {\n\n/* for { */ defer g()"));
        assert!(!passes("if x {\n\tfor {\n\t}\n}\ndefer g()"));
        assert!(!passes("switch x {\ncase 1:\n\tfor {\n\t}\ndefault:\n\tdefer g()\n}"));
    }

    #[test]
    fn a_function_literal_in_a_loop_is_a_function_of_its_own() {
        assert!(!passes("for {\n\tfunc() {\n\t\tdefer g()\n\t}()\n}"));
        assert!(!passes("for {\n\tgo func(f func() error) (a, b func()) {\n\t\tdefer g()\n\t}(h)\n}"));
        assert!(!passes("for {\n\tx := func() map[string]struct{ a int } {\n\t\tdefer g()\n\t}\n}"));
        assert!(!passes("for {\n\tt.Run(a, func(t *testing.T) {\n\t\tdefer g()\n\t})\n}"));
        assert!(passes("for {\n\tfunc() {\n\t}()\n\tdefer g()\n}"));
        assert!(passes("func() {\n\tfor {\n\t\tdefer g()\n\t}\n}()"));
    }

    #[test]
    fn a_function_type_opens_no_function() {
        assert!(passes("for {\n\tvar f func(int) error\n\tif x {\n\t\tdefer g()\n\t}\n}"));
        assert!(passes("for x := y.(func()); x != nil; {\n\tdefer g()\n}"));
        assert!(passes("for range []func(){} {\n\tdefer g()\n}"));
    }

    #[test]
    fn braces_in_a_loop_header_are_not_its_body() {
        assert!(passes("for _, f := range []func(){func() { defer g() }} {\n\tdefer g()\n}"));
        assert!(passes("for _, f := range []func(){\n\tfunc() { defer g() },\n} {\n\tdefer g()\n}"));
        assert!(passes("for x := range map[string]struct{}{\"a\": {}} {\n\tdefer g()\n}"));
        assert!(passes("for x := struct{ n int }{0}; x.n < 3; x.n++ {\n\tdefer g()\n}"));
        assert!(passes("for x := []int{1}\n len(x) > 0\n x = x[1:] {\n\tdefer g()\n}"));
        assert!(!passes("for _, f := range []func(){func() { defer g() }} {\n\tf()\n}\ndefer g()"));
        assert!(!passes("for x := range map[string]struct{}{\"a\": {}} {\n}\ndefer g()"));
    }

    #[test]
    fn a_cycle_by_goto_passes() {
        assert!(passes("again:\n\tdefer g()\n\tif x {\n\t\tgoto again\n\t}"));
        assert!(!passes("\tdefer g()\nagain:\n\tgoto again"));
        assert!(!passes("again:\n\tfunc() {\n\t\tdefer g()\n\t}()\n\tgoto again"));
        assert!(!passes("\tdefer g()\n\tgoto end\nend:\n\tg()"));
    }

    #[test]
    fn literals_and_comments_hold_no_tokens() {
        for text in
            ["\"for {\"", "`for {\n`", "'{'", "'\\''", "'\"'", "'`'", "\"\\\"\" /* for { */", "'\\u007b'"]
        {
            assert!(!passes(&format!("x = {text}\nfor {{\n}}\n// }}\ndefer g()")), "{text}");
            assert!(passes(&format!("for {{\n\tx = {text}\n\tdefer g()\n}}")), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_defer_in_brackets_is_passed_over() {
        let idle = "if x {\n\t\t// defer\n\t\tdeferred(\"defer\", `defer`, undefer, /* defer */ 'd')\n\t}";
        assert!(!passes(&format!("for {{\n\t{idle}\n}}\ndefer g()")));
        assert!(!passes(&format!("defer g()\nfor {{\n\t{idle}\n}}")));
        assert!(passes(&format!("for {{\n\t{idle}\n\tdefer g()\n}}")));
        assert!(passes(&format!("{idle}\nfor {{\n\tif y {{\n\t\t{idle}\n\t\tdefer g()\n\t}}\n}}")));
        assert!(passes(&format!("{idle}\nfor {{\n\tif y {{\n\t\tx[f(1)]()\n\t\tdefer g()\n\t}}\n}}")));
    }

    #[test]
    fn a_function_whose_loops_come_behind_its_defers_is_passed_over() {
        let late = "defer g()\nfor x {\n\tif y {\n\t\th()\n\t}\n}";
        assert!(!passes(late));
        assert!(!passes(&format!("for {{\n\tgo func() {{\n\t\t{late}\n\t}}()\n}}")));
        assert!(passes(&format!("{late}\nfor {{\n\tdefer g()\n}}")));
        assert!(passes(&format!(
            "func() {{\n{late}\n}}()\nfunc() {{\n{late}\nfor {{\n\tdefer g()\n}}\n}}()"
        )));
        assert!(passes(&format!("for {{\n\tgo func() {{\n\t\t{late}\n\t}}()\n\tdefer g()\n}}")));
    }

    #[test]
    fn damage_in_brackets_that_are_passed_over_passes() {
        for damage in ["(]", "\"", "'ab'", "#", "/*", "`"] {
            assert!(passes(&format!("defer g()\nfor {{\n\tif x {{\n\t\t{damage}\n\t}}\n}}")), "{damage}");
        }
    }

    #[test]
    fn a_keyword_glued_to_a_letter_of_another_script_is_a_name() {
        assert!(!passes("for {\n\tfunc() { defer g() }()\n\t世界()\n}"));
        // The grammar's idea of a letter may differ from ours: such a name passes.
        assert!(passes("for {\n}\n世defer()"));
    }

    #[test]
    fn text_that_cannot_be_go_passes() {
        for damage in
            ["\0", "// \0", "#", "\"", "\"\\q\"", "`", "'", "'ab'", "/*", "(", "]", "{", "0for", "\x0c"]
        {
            assert!(passes(&format!("for {{\n}}\ndefer g()\n{damage}")), "{damage:?}");
        }
    }

    #[test]
    fn each_rule_has_files_of_its_own_to_look_at() {
        let passes = |rule, body: &str| {
            let text = format!("package p\n\nfunc f() {{\n{body}\n}}\n");
            super::may_hold(text.as_bytes(), Rules::from_iter([rule]))
        };
        let (deferred, looped) = ("defer g()", "for {\n\tg()\n}");
        for (rule, expected) in [
            (Rule::DeferInLoop, (false, false)),
            (Rule::LoopVariable, (false, false)),
            (Rule::ArgumentChanged, (true, false)),
            (Rule::OpenedInLoop, (false, true)),
        ] {
            assert_eq!((passes(rule, deferred), passes(rule, looped)), expected, "{rule:?}");
            assert!(passes(rule, "for {\n\tdefer g()\n}"), "{rule:?}");
        }
        assert!(!super::may_hold(b"for defer", Rules::NONE));
    }

    #[test]
    fn deep_nesting_needs_no_deep_stack() {
        let open = "{[(".repeat(100_000);
        let close = ")]}".repeat(100_000);
        assert!(!passes(&format!("for {{\n}}\n{open}{close}\ndefer g()")));
        assert!(passes(&format!("for {{\n{open}{close}\ndefer g()\n}}")));
    }
}
