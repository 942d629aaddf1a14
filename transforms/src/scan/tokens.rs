//! Go's tokens as far as the prefilter tells them apart: words, brackets, line ends, and text to jump over.

/// One token. Strings, runes, numbers and comments are jumped over whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The end of the text.
    End,
    /// Text that no Go file holds: an unterminated literal, a stray byte, a keyword glued to a letter of another script.
    Damage,
    /// One or more line ends, also those inside a general comment.
    Newline,
    /// An identifier, or a keyword that has no variant of its own.
    Word,
    /// A number, string or rune.
    Literal,
    Defer,
    For,
    Goto,
    Func,
    /// `struct` or `interface`: the brace that follows belongs to a type.
    TypeKeyword,
    /// `return` or `go`: an expression follows.
    Starter,
    Open(Bracket),
    Close(Bracket),
    Comma,
    /// `=`, alone or as the end of a longer operator.
    Assign,
    Colon,
    Semicolon,
    Dot,
    Star,
    /// `<-`.
    Arrow,
    /// Any other operator byte.
    Operator,
}

/// The three kinds of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Paren,
    Square,
    Brace,
}

/// What a byte begins outside of strings and comments.
#[derive(Clone, Copy)]
enum Class {
    Stray,
    Blank,
    LineEnd,
    Letter,
    /// A byte of a letter outside ASCII: part of a word, though only some of these are letters to Go.
    High,
    Digit,
    Quote,
    Backtick,
    Apostrophe,
    Slash,
    Less,
    Single(Token),
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Stray; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8);
        byte += 1;
    }
    table
}

const fn class(byte: u8) -> Class {
    match byte {
        b' ' | b'\t' | b'\r' => Class::Blank,
        b'\n' => Class::LineEnd,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
        0x80.. => Class::High,
        b'0'..=b'9' => Class::Digit,
        b'"' => Class::Quote,
        b'`' => Class::Backtick,
        b'\'' => Class::Apostrophe,
        b'/' => Class::Slash,
        b'<' => Class::Less,
        _ => match single(byte) {
            Some(token) => Class::Single(token),
            None => Class::Stray,
        },
    }
}

const fn single(byte: u8) -> Option<Token> {
    Some(match byte {
        b'(' => Token::Open(Bracket::Paren),
        b')' => Token::Close(Bracket::Paren),
        b'[' => Token::Open(Bracket::Square),
        b']' => Token::Close(Bracket::Square),
        b'{' => Token::Open(Bracket::Brace),
        b'}' => Token::Close(Bracket::Brace),
        b',' => Token::Comma,
        b'=' => Token::Assign,
        b':' => Token::Colon,
        b';' => Token::Semicolon,
        b'.' => Token::Dot,
        b'*' => Token::Star,
        b'+' | b'-' | b'%' | b'&' | b'|' | b'^' | b'>' | b'!' | b'~' => Token::Operator,
        _ => return None,
    })
}

/// How a search for a closing bracket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skim {
    /// The next token is the bracket.
    Closed,
    /// No token up to the offset it was told to stop at is the bracket.
    Stopped,
    /// There is none, or text comes first that no Go file holds.
    Damaged,
}

/// Walks over the tokens of one file. Invariant: `at <= source.len()`.
pub(super) struct Tokens<'a> {
    source: &'a [u8],
    at: usize,
    start: usize,
}

impl<'a> Tokens<'a> {
    /// Starts before the first token, after a byte-order mark if there is one.
    pub(super) fn new(source: &'a [u8]) -> Self {
        let at = if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { source, at, start: at }
    }

    /// Offset of the first byte of the latest token.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The bytes of the latest token.
    pub(super) fn text(&self) -> &'a [u8] {
        &self.source[self.start..self.at]
    }

    /// The whole text.
    pub(super) fn source(&self) -> &'a [u8] {
        self.source
    }

    /// Goes back to the token that begins at `start` and is one byte long: it is the latest again.
    pub(super) fn back_to(&mut self, start: usize) {
        self.start = start;
        self.at = start + 1;
    }

    /// Offset of the first byte behind what has been read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Reads on until the first bracket in `open` is closed, or until the offset `stop`; a literal or comment may lead
    /// beyond it. All brackets open there, with their offsets, are then in `open`. Words are not told apart.
    pub(super) fn skim(&mut self, open: &mut Vec<(Bracket, usize)>, stop: usize) -> Skim {
        loop {
            let end = stop.min(self.source.len());
            if self.at < end {
                self.at += leading(&self.source[self.at..end], is_dull);
            }
            if self.at >= end {
                return if self.at < self.source.len() { Skim::Stopped } else { Skim::Damaged };
            }
            self.start = self.at;
            self.at += 1;
            match self.read(self.source[self.start]) {
                Some(Token::Damage) => return Skim::Damaged,
                Some(Token::Open(bracket)) => open.push((bracket, self.start)),
                Some(Token::Close(bracket)) => match open.pop() {
                    Some((opened, _)) if opened != bracket => return Skim::Damaged,
                    _ if open.is_empty() => {
                        self.at = self.start;
                        return Skim::Closed;
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// The next token; [`Token::End`] for ever once the text is used up.
    pub(super) fn next(&mut self) -> Token {
        loop {
            let Some(&byte) = self.source.get(self.at) else { return Token::End };
            self.start = self.at;
            self.at += 1;
            if let Some(token) = self.read(byte) {
                return token;
            }
        }
    }

    /// The token that begins with `byte`, which has just been passed; nothing for blanks, and for a comment within one line.
    fn read(&mut self, byte: u8) -> Option<Token> {
        Some(match CLASSES[usize::from(byte)] {
            Class::Blank => return None,
            Class::LineEnd => Token::Newline,
            Class::Letter | Class::High => self.word(),
            Class::Single(token) => token,
            Class::Digit => self.number(),
            Class::Quote => self.string(),
            Class::Backtick => self.raw_string(),
            Class::Apostrophe => self.rune(),
            Class::Less => self.less(),
            Class::Slash => return self.slash(),
            Class::Stray => Token::Damage,
        })
    }

    fn word(&mut self) -> Token {
        self.skip_word();
        let word = self.text();
        // Most words cannot be told apart any sooner.
        if !matches!(word[0], b'd' | b'f' | b'g' | b's' | b'i' | b'r') && word.is_ascii() {
            return Token::Word;
        }
        match word {
            b"defer" => Token::Defer,
            b"for" => Token::For,
            b"goto" => Token::Goto,
            b"func" => Token::Func,
            b"struct" | b"interface" => Token::TypeKeyword,
            b"return" | b"go" => Token::Starter,
            _ if !word.is_ascii() && hides_keyword(word) => Token::Damage,
            _ => Token::Word,
        }
    }

    /// A number, of which letters of any kind are taken to be a part.
    fn number(&mut self) -> Token {
        self.skip_word();
        if hides_keyword(self.text()) { Token::Damage } else { Token::Literal }
    }

    fn skip_word(&mut self) {
        self.at += leading(&self.source[self.at..], in_word);
    }

    fn string(&mut self) -> Token {
        loop {
            let Some(next) = memchr::memchr3(b'"', b'\\', b'\n', &self.source[self.at..]) else {
                return Token::Damage;
            };
            self.at += next + 1;
            let stop = self.source[self.at - 1];
            if stop == b'"' {
                return Token::Literal;
            }
            if stop == b'\n' || !self.escape() {
                return Token::Damage;
            }
        }
    }

    /// Jumps over what follows a backslash. False if no escape has this form: a parser would not stay in the literal.
    fn escape(&mut self) -> bool {
        let Some(&kind) = self.source.get(self.at) else { return false };
        self.at += 1;
        let digits = match kind {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            b'0'..=b'7' => return self.skip_digits(2, |byte| matches!(byte, b'0'..=b'7')),
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'\'' | b'"' => return true,
            _ => return false,
        };
        self.skip_digits(digits, u8::is_ascii_hexdigit)
    }

    fn skip_digits(&mut self, count: usize, is_digit: impl Fn(&u8) -> bool) -> bool {
        let Some(digits) = self.source.get(self.at..self.at + count) else { return false };
        self.at += count;
        digits.iter().all(is_digit)
    }

    fn raw_string(&mut self) -> Token {
        let Some(next) = memchr::memchr(b'`', &self.source[self.at..]) else { return Token::Damage };
        self.at += next + 1;
        Token::Literal
    }

    fn rune(&mut self) -> Token {
        let Some(&first) = self.source.get(self.at) else { return Token::Damage };
        self.at += 1;
        let well_formed = match first {
            b'\\' => self.escape(),
            b'\'' | b'\n' => false,
            0x80.. => self.skip_continuation_bytes(),
            _ => true,
        };
        if !well_formed || self.source.get(self.at) != Some(&b'\'') {
            return Token::Damage;
        }
        self.at += 1;
        Token::Literal
    }

    fn skip_continuation_bytes(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let count = rest.iter().take_while(|&&byte| byte & 0xc0 == 0x80).count();
        self.at += count;
        (1..=3).contains(&count)
    }

    fn less(&mut self) -> Token {
        if self.source.get(self.at) != Some(&b'-') {
            return Token::Operator;
        }
        self.at += 1;
        Token::Arrow
    }

    /// A division, or a comment: nothing if it stands within one line.
    fn slash(&mut self) -> Option<Token> {
        match self.source.get(self.at) {
            Some(b'/') => {
                let rest = &self.source[self.at..];
                self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                None
            }
            Some(b'*') => self.general_comment(),
            _ => Some(Token::Operator),
        }
    }

    fn general_comment(&mut self) -> Option<Token> {
        let body = &self.source[self.at + 1..];
        let Some(length) = memchr::memmem::find(body, b"*/") else { return Some(Token::Damage) };
        self.at += length + 3;
        memchr::memchr(b'\n', &body[..length]).map(|_| Token::Newline)
    }
}

/// Whether a byte is one of a word or number.
pub(super) fn in_word(byte: u8) -> bool {
    TRAITS[usize::from(byte)].word
}

/// Whether a byte neither is a bracket nor begins a token that one may stand in.
fn is_dull(byte: u8) -> bool {
    TRAITS[usize::from(byte)].dull
}

/// How many bytes at the beginning are as wanted. Most of a run's bytes are asked about here, eight in a step.
fn leading(bytes: &[u8], is_wanted: impl Fn(u8) -> bool) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    for (index, eight) in eights.iter().enumerate() {
        if let Some(at) = eight.iter().position(|&byte| !is_wanted(byte)) {
            return index * 8 + at;
        }
    }
    let at = rest.iter().position(|&byte| !is_wanted(byte));
    at.map_or(bytes.len(), |at| bytes.len() - rest.len() + at)
}

/// What the innermost loops ask of a byte.
#[derive(Clone, Copy)]
struct Traits {
    word: bool,
    dull: bool,
}

static TRAITS: [Traits; 256] = traits();

const fn traits() -> [Traits; 256] {
    let mut table = [Traits { word: false, dull: false }; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match class(byte as u8) {
            Class::Letter | Class::High | Class::Digit => Traits { word: true, dull: true },
            Class::Blank | Class::LineEnd | Class::Less => Traits { word: false, dull: true },
            Class::Single(token) => {
                Traits { word: false, dull: !matches!(token, Token::Open(_) | Token::Close(_)) }
            }
            _ => Traits { word: false, dull: false },
        };
        byte += 1;
    }
    table
}

/// Whether a parser that splits words elsewhere than we do could find a keyword in this one.
fn hides_keyword(word: &[u8]) -> bool {
    [b"defer".as_slice(), b"for", b"goto", b"func"]
        .iter()
        .any(|keyword| memchr::memmem::find(word, keyword).is_some())
}
