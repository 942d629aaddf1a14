//! Go's tokens for the reader: all of a text at once, with its comments and line ends beside them.

/// What a token is, as far as the reader tells tokens apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    End,
    Name,
    // Predeclared names for which the grammar has words.
    New,
    Make,
    Nil,
    True,
    False,
    Iota,
    // Literals.
    Int,
    Float,
    Imaginary,
    Rune,
    String,
    Raw,
    // Keywords.
    Break,
    Case,
    Chan,
    Const,
    Continue,
    Default,
    Defer,
    Else,
    Fallthrough,
    For,
    Func,
    Go,
    Goto,
    If,
    Import,
    Interface,
    Map,
    Package,
    Range,
    Return,
    Select,
    Struct,
    Switch,
    Type,
    Var,
    // Brackets and punctuation.
    OpenParen,
    CloseParen,
    OpenSquare,
    CloseSquare,
    OpenBrace,
    CloseBrace,
    Comma,
    Semicolon,
    Colon,
    Dot,
    Ellipsis,
    Define,
    Assign,
    /// `+=` and its like.
    OperatorAssign,
    Inc,
    Dec,
    Arrow,
    Tilde,
    Not,
    // Operators with two operands; some of them also with one.
    Star,
    And,
    Plus,
    Minus,
    Caret,
    Or,
    /// `/`, `%`, `<<`, `>>` and `&^`.
    Multiplying,
    Comparing,
    AndAnd,
    OrOr,
}

impl Word {
    /// Whether it can be the name of something.
    pub(super) fn is_name(self) -> bool {
        matches!(
            self,
            Word::Name | Word::New | Word::Make | Word::Nil | Word::True | Word::False | Word::Iota
        )
    }

    /// Whether a line's end behind it ends a statement (spec, "Semicolons").
    pub(super) fn ends_statement(self) -> bool {
        self.is_name()
            || matches!(
                self,
                Word::Int
                    | Word::Float
                    | Word::Imaginary
                    | Word::Rune
                    | Word::String
                    | Word::Raw
                    | Word::Break
                    | Word::Continue
                    | Word::Fallthrough
                    | Word::Return
                    | Word::Inc
                    | Word::Dec
                    | Word::CloseParen
                    | Word::CloseSquare
                    | Word::CloseBrace
            )
    }

    fn of(text: &[u8]) -> Word {
        match text {
            b"new" => Word::New,
            b"make" => Word::Make,
            b"nil" => Word::Nil,
            b"true" => Word::True,
            b"false" => Word::False,
            b"iota" => Word::Iota,
            b"break" => Word::Break,
            b"case" => Word::Case,
            b"chan" => Word::Chan,
            b"const" => Word::Const,
            b"continue" => Word::Continue,
            b"default" => Word::Default,
            b"defer" => Word::Defer,
            b"else" => Word::Else,
            b"fallthrough" => Word::Fallthrough,
            b"for" => Word::For,
            b"func" => Word::Func,
            b"go" => Word::Go,
            b"goto" => Word::Goto,
            b"if" => Word::If,
            b"import" => Word::Import,
            b"interface" => Word::Interface,
            b"map" => Word::Map,
            b"package" => Word::Package,
            b"range" => Word::Range,
            b"return" => Word::Return,
            b"select" => Word::Select,
            b"struct" => Word::Struct,
            b"switch" => Word::Switch,
            b"type" => Word::Type,
            b"var" => Word::Var,
            _ => Word::Name,
        }
    }
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where the first line's end stands between the token in front and this one, outside of comments; [`SAME_LINE`] for none.
    pub(super) newline: u32,
}

/// No line ends in front of the token.
pub(super) const SAME_LINE: u32 = u32::MAX;

/// The tokens of a text, ended by [`Word::End`], and its comments.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) all: Vec<Token>,
    /// Start and end of each.
    pub(super) comments: Vec<(u32, u32)>,
}

impl Tokens {
    /// Reads a text of at most 4 GiB; nothing where it holds something that is not plainly Go.
    pub(super) fn read(text: &str) -> Option<Tokens> {
        // Where these may stand and where not is for the grammar to say.
        if memchr::memchr(0, text.as_bytes()).is_some() || text.contains('\u{feff}') {
            return None;
        }
        let mut lexer = Lexer { text: text.as_bytes(), at: 0, newline: SAME_LINE, tokens: Tokens::default() };
        lexer.tokens.all.reserve(text.len() / 4);
        while lexer.step()? {}
        Some(lexer.tokens)
    }
}

/// How many blanks are passed at once. Where the bodies of functions are blank there are long runs of spaces.
fn blanks(text: &[u8]) -> usize {
    let (eights, _) = text.as_chunks::<8>();
    let spaces = eights.iter().take_while(|&&eight| eight == *b"        ").count() * 8;
    spaces.max(1)
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    newline: u32,
    tokens: Tokens,
}

impl Lexer<'_> {
    /// Reads what comes next. False at the end.
    fn step(&mut self) -> Option<bool> {
        let start = self.at;
        let Some(&first) = self.text.get(start) else {
            self.push(Word::End, start);
            return Some(false);
        };
        let word = match first {
            b' ' | b'\t' | b'\r' => {
                self.at += blanks(&self.text[start..]);
                return Some(true);
            }
            b'\n' => {
                if self.newline == SAME_LINE {
                    self.newline = start as u32;
                }
                self.at += 1;
                return Some(true);
            }
            b'/' if matches!(self.byte(1), b'/' | b'*') => {
                self.comment()?;
                return Some(true);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.name()?,
            b'0'..=b'9' => self.number()?,
            b'.' if self.byte(1).is_ascii_digit() => self.number()?,
            b'"' => self.string()?,
            b'`' => self.raw()?,
            b'\'' => self.rune()?,
            _ => self.operator()?,
        };
        self.push(word, start);
        Some(true)
    }

    fn push(&mut self, word: Word, start: usize) {
        let newline = std::mem::replace(&mut self.newline, SAME_LINE);
        self.tokens.all.push(Token { word, start: start as u32, end: self.at as u32, newline });
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Nothing for a comment that holds a line's end where that ends a statement: the grammar does not see it.
    fn comment(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let len = if rest[1] == b'/' {
            memchr::memchr(b'\n', rest).unwrap_or(rest.len())
        } else {
            let len = memchr::memmem::find(&rest[2..], b"*/")? + 4;
            let ends_statement = self.tokens.all.last().is_some_and(|last| last.word.ends_statement());
            if ends_statement && self.newline == SAME_LINE && memchr::memchr(b'\n', &rest[..len]).is_some() {
                return None;
            }
            len
        };
        self.tokens.comments.push((self.at as u32, (self.at + len) as u32));
        self.at += len;
        Some(())
    }

    fn name(&mut self) -> Option<Word> {
        let rest = &self.text[self.at..];
        let len = rest.iter().position(|&byte| !is_of_name(byte)).unwrap_or(rest.len());
        self.at += len;
        // What letters are beyond ASCII is for the grammar to say.
        self.byte(0).is_ascii().then(|| Word::of(&rest[..len]))
    }

    fn number(&mut self) -> Option<Word> {
        let start = self.at;
        let mut word = Word::Int;
        if self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X' | b'b' | b'B' | b'o' | b'O') {
            self.at += 2;
            let digits = self.at;
            let base = self.text[digits - 1].to_ascii_lowercase();
            let is_digit = |byte: u8| match base {
                b'b' => matches!(byte, b'0' | b'1'),
                b'o' => matches!(byte, b'0'..=b'7'),
                _ => byte.is_ascii_hexdigit(),
            };
            while is_digit(self.byte(0)) || self.byte(0) == b'_' {
                self.at += 1;
            }
            (self.at > digits).then_some(())?;
        } else {
            self.digits();
            if self.byte(0) == b'.' {
                word = Word::Float;
                self.at += 1;
                self.digits();
            }
            if matches!(self.byte(0), b'e' | b'E') {
                word = Word::Float;
                self.at += if matches!(self.byte(1), b'+' | b'-') { 2 } else { 1 };
                self.digits();
            }
            let is_octal = word == Word::Int && self.text[start] == b'0';
            if is_octal && self.text[start..self.at].iter().any(|digit| matches!(digit, b'8' | b'9')) {
                return None;
            }
        }
        if self.byte(0) == b'i' {
            word = Word::Imaginary;
            self.at += 1;
        }
        // Hexadecimal fractions are among what is left to the grammar.
        let goes_on = is_of_name(self.byte(0)) || !self.byte(0).is_ascii() || self.text[self.at - 1] == b'_';
        let is_fraction = self.byte(0) == b'.' && self.byte(1) != b'.' && word == Word::Int;
        (!goes_on && !is_fraction).then_some(word)
    }

    fn digits(&mut self) {
        while self.byte(0).is_ascii_digit() || self.byte(0) == b'_' {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<Word> {
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let stop = memchr::memchr3(b'"', b'\\', b'\n', rest)?;
            match rest[stop] {
                b'"' => {
                    self.at += stop + 1;
                    return Some(Word::String);
                }
                b'\\' => self.at = (self.at + stop + 2).min(self.text.len()),
                _ => return None,
            }
        }
    }

    fn raw(&mut self) -> Option<Word> {
        let len = memchr::memchr(b'`', &self.text[self.at + 1..])?;
        self.at += len + 2;
        Some(Word::Raw)
    }

    fn rune(&mut self) -> Option<Word> {
        let rest = &self.text[self.at + 1..];
        let from = match *rest {
            [b'\\', b'\'' | b'\\', ..] => 2,
            [b'\'' | b'\n', ..] => return None,
            _ => 1,
        };
        let len = memchr::memchr(b'\'', rest.get(from..)?)? + from;
        let is_escaped = rest[0] == b'\\';
        let is_one = is_escaped && is_escape(&rest[1..len])
            || !is_escaped && std::str::from_utf8(&rest[..len]).is_ok_and(|one| one.chars().count() == 1);
        self.at += len + 2;
        is_one.then_some(Word::Rune)
    }

    fn operator(&mut self) -> Option<Word> {
        let next = [self.byte(0), self.byte(1), self.byte(2)];
        let (word, len) = match next {
            [b'<', b'<', b'='] | [b'>', b'>', b'='] | [b'&', b'^', b'='] => (Word::OperatorAssign, 3),
            [b'.', b'.', b'.'] => (Word::Ellipsis, 3),
            [b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^', b'=', _] => (Word::OperatorAssign, 2),
            [b'<', b'<', _] | [b'>', b'>', _] | [b'&', b'^', _] => (Word::Multiplying, 2),
            [b'=' | b'!' | b'<' | b'>', b'=', _] => (Word::Comparing, 2),
            [b'&', b'&', _] => (Word::AndAnd, 2),
            [b'|', b'|', _] => (Word::OrOr, 2),
            [b'<', b'-', _] => (Word::Arrow, 2),
            [b':', b'=', _] => (Word::Define, 2),
            [b'+', b'+', _] => (Word::Inc, 2),
            [b'-', b'-', _] => (Word::Dec, 2),
            [b'(', ..] => (Word::OpenParen, 1),
            [b')', ..] => (Word::CloseParen, 1),
            [b'[', ..] => (Word::OpenSquare, 1),
            [b']', ..] => (Word::CloseSquare, 1),
            [b'{', ..] => (Word::OpenBrace, 1),
            [b'}', ..] => (Word::CloseBrace, 1),
            [b',', ..] => (Word::Comma, 1),
            [b';', ..] => (Word::Semicolon, 1),
            [b':', ..] => (Word::Colon, 1),
            [b'.', ..] => (Word::Dot, 1),
            [b'=', ..] => (Word::Assign, 1),
            [b'~', ..] => (Word::Tilde, 1),
            [b'!', ..] => (Word::Not, 1),
            [b'*', ..] => (Word::Star, 1),
            [b'&', ..] => (Word::And, 1),
            [b'+', ..] => (Word::Plus, 1),
            [b'-', ..] => (Word::Minus, 1),
            [b'^', ..] => (Word::Caret, 1),
            [b'|', ..] => (Word::Or, 1),
            [b'/' | b'%', ..] => (Word::Multiplying, 1),
            [b'<' | b'>', ..] => (Word::Comparing, 1),
            _ => return None,
        };
        self.at += len;
        Some(word)
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether this may stand behind the backslash of a rune.
fn is_escape(text: &[u8]) -> bool {
    let all = |from: usize, len: usize, is: fn(&u8) -> bool| {
        text.len() == from + len && text[from..].iter().all(is)
    };
    match text {
        [b'x', ..] => all(1, 2, u8::is_ascii_hexdigit),
        [b'u', ..] => all(1, 4, u8::is_ascii_hexdigit),
        [b'U', ..] => all(1, 8, u8::is_ascii_hexdigit),
        [b'0'..=b'7', ..] => all(0, 3, |byte| matches!(byte, b'0'..=b'7')),
        [one] => matches!(one, b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'\'' | b'"'),
        _ => false,
    }
}
