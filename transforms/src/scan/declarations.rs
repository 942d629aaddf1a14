//! The top-level declarations of a file, found without a parser: what is declared, and where it stands.

use super::tokens::{Bracket, Skim, Token, Tokens};
use crate::span::Span;

/// What a top-level declaration declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Function,
    Method,
    Type,
    /// A variable or a constant.
    Value,
}

/// One name that a file declares at its top level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) sort: Sort,
    /// The name.
    pub(crate) name: Span,
    /// The name of the receiver's type, of a method.
    pub(crate) receiver: Option<Span>,
    /// The whole declaration with its keyword; several names may share it.
    pub(crate) span: Span,
    /// The body with its braces, of a function or method that has one.
    pub(crate) body: Option<Span>,
}

/// The declarations of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declarations {
    /// The name in the package clause.
    pub(crate) package: Span,
    /// From the package clause to the end of the last import declaration.
    pub(crate) head: Span,
    /// In source order.
    pub(crate) all: Vec<Declared>,
}

impl Declarations {
    /// Reads a file; nothing where it holds text that cannot be Go or where its brackets do not match.
    pub(crate) fn read(source: &[u8]) -> Option<Declarations> {
        let mut reader = Reader::new(source);
        while reader.step()? {}
        reader.open.is_empty().then_some(reader.found)
    }
}

/// The keyword that the declaration being read began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keyword {
    Package,
    Import,
    Function,
    Type,
    Value,
    Other,
}

/// A declaration whose end has not been read.
struct Reading {
    keyword: Keyword,
    start: usize,
    /// Of a function: its name. Of other declarations: those that are complete.
    names: Vec<Span>,
    receiver: Option<Span>,
    /// The bracket that has just closed at the top level, if it was a brace.
    last: Option<Span>,
    /// The next word is a name.
    at_name: bool,
    /// Nothing but a receiver has been read of a function.
    at_receiver: bool,
    /// Several specs stand in parentheses.
    grouped: bool,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    open: Vec<(Bracket, usize)>,
    previous: Token,
    reading: Option<Reading>,
    found: Declarations,
}

impl<'a> Reader<'a> {
    fn new(source: &'a [u8]) -> Self {
        Reader {
            tokens: Tokens::new(source),
            open: Vec::new(),
            previous: Token::Newline,
            reading: None,
            found: Declarations::default(),
        }
    }

    /// Reads one token. False at the end, nothing at damage.
    fn step(&mut self) -> Option<bool> {
        let token = self.tokens.next();
        let previous = std::mem::replace(&mut self.previous, token);
        let begins = matches!(previous, Token::Newline | Token::Semicolon);
        match token {
            Token::Damage => return None,
            Token::End => {
                self.end(self.tokens.start());
                return Some(false);
            }
            Token::Newline | Token::Semicolon => self.line_end(previous),
            Token::Open(bracket) => {
                self.opened(bracket);
                self.leap(bracket)?;
            }
            Token::Close(bracket) => self.closed(bracket)?,
            _ if self.reading.is_none() && self.open.is_empty() => self.begin(token, begins),
            _ => self.inside(token),
        }
        Some(true)
    }

    /// A line's end ends a declaration unless the line cannot end there (spec, "Semicolons").
    fn line_end(&mut self, previous: Token) {
        let goes_on = matches!(
            previous,
            Token::Operator | Token::Assign | Token::Comma | Token::Dot | Token::Star | Token::Arrow
        );
        if self.open.is_empty() && !goes_on {
            self.end(self.tokens.start());
        } else if self.open.len() == 1
            && let Some(reading) = &mut self.reading
        {
            reading.at_name = !goes_on && reading.grouped;
        }
        if goes_on {
            self.previous = previous;
        }
    }

    fn begin(&mut self, token: Token, begins: bool) {
        let keyword = match (token, self.tokens.text()) {
            // A `func` inside a line is a literal or a type of a variable's declaration.
            (Token::Func, _) if begins => Keyword::Function,
            (Token::Word, b"package") => Keyword::Package,
            (Token::Word, b"import") => Keyword::Import,
            (Token::Word, b"type") => Keyword::Type,
            (Token::Word, b"var" | b"const") => Keyword::Value,
            _ => Keyword::Other,
        };
        self.reading = Some(Reading {
            keyword,
            start: self.tokens.start(),
            names: Vec::new(),
            receiver: None,
            last: None,
            at_name: true,
            at_receiver: false,
            grouped: false,
        });
    }

    fn inside(&mut self, token: Token) {
        let (start, end) = (self.tokens.start(), self.tokens.start() + self.tokens.text().len());
        let depth = self.open.len();
        let Some(reading) = &mut self.reading else { return };
        let is_function = reading.keyword == Keyword::Function;
        if depth == 0 {
            reading.last = None;
        }
        match token {
            Token::Word if is_function && reading.at_receiver && depth == 1 => {
                reading.receiver = Some(Span::new(start, end));
            }
            Token::Word if reading.at_name && depth <= usize::from(!is_function) => {
                reading.names.push(Span::new(start, end));
                reading.at_name = false;
            }
            Token::Comma if reading.keyword == Keyword::Value && self.previous_was_name(start) => {
                if let Some(reading) = &mut self.reading {
                    reading.at_name = true;
                }
            }
            _ => {}
        }
    }

    /// Whether the last name that was read is the last thing in front of `at`, blanks aside.
    fn previous_was_name(&self, at: usize) -> bool {
        let name = self.reading.as_ref().and_then(|reading| reading.names.last());
        name.is_some_and(|name| self.tokens.source()[name.end..at].iter().all(u8::is_ascii_whitespace))
    }

    fn opened(&mut self, bracket: Bracket) {
        let outermost = self.open.is_empty();
        let start = self.tokens.start();
        self.open.push((bracket, start));
        let depth = self.open.len();
        let Some(reading) = &mut self.reading else { return };
        match reading.keyword {
            // The first parenthesis in front of the name is the receiver's.
            Keyword::Function if outermost && reading.names.is_empty() && reading.receiver.is_none() => {
                reading.at_receiver = true;
            }
            // Type parameters of a receiver are not its type.
            Keyword::Function if reading.at_receiver && depth == 2 => reading.at_receiver = false,
            Keyword::Type | Keyword::Value if outermost && reading.names.is_empty() => {
                (reading.grouped, reading.at_name) = (true, true);
            }
            Keyword::Type | Keyword::Value => reading.at_name = false,
            _ => {}
        }
    }

    /// Goes to the end of the bracket that has just been opened, unless there may be a name in it.
    fn leap(&mut self, bracket: Bracket) -> Option<()> {
        let holds_names = |reading: &Reading| {
            self.open.len() == 1
                && if reading.keyword == Keyword::Function { reading.at_receiver } else { reading.grouped }
        };
        if self.reading.as_ref().is_some_and(holds_names) {
            return Some(());
        }
        let mut open = vec![(bracket, self.tokens.start())];
        (self.tokens.skim(&mut open, usize::MAX) == Skim::Closed).then_some(())
    }

    fn closed(&mut self, bracket: Bracket) -> Option<()> {
        let (opened, at) = self.open.pop()?;
        if opened != bracket {
            return None;
        }
        let end = self.tokens.start() + 1;
        if let Some(reading) = self.reading.as_mut().filter(|_| self.open.is_empty()) {
            reading.last = (bracket == Bracket::Brace).then(|| Span::new(at, end));
            reading.at_receiver = false;
        }
        Some(())
    }

    /// The declaration that is being read ends before `end`.
    fn end(&mut self, end: usize) {
        let Some(reading) = self.reading.take() else { return };
        let span = Span::new(reading.start, end);
        let sort = match reading.keyword {
            Keyword::Package => {
                self.found.package = reading.names.first().copied().unwrap_or_default();
                self.found.head = span;
                return;
            }
            Keyword::Import => {
                self.found.head.end = end;
                return;
            }
            Keyword::Function if reading.receiver.is_some() => Sort::Method,
            Keyword::Function => Sort::Function,
            Keyword::Type => Sort::Type,
            Keyword::Value => Sort::Value,
            Keyword::Other => return,
        };
        let body = reading.last.filter(|_| reading.keyword == Keyword::Function);
        let receiver = reading.receiver;
        self.found.all.extend(reading.names.into_iter().map(|name| Declared {
            sort,
            name,
            receiver,
            span,
            body,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<(Sort, &str, Option<&str>)> {
        let found = Declarations::read(source.as_bytes()).expect("it is Go");
        let of = |span: Span| span.of(source);
        found.all.iter().map(|one| (one.sort, of(one.name), one.receiver.map(of))).collect()
    }

    #[test]
    fn every_sort_is_found_with_its_name() {
        let source = "package p // x\n\nimport \"os\"\n\nfunc f(a int) (b int) { var c = 1; return }\n\
            func (t *T) m() {}\nfunc (Set[K, V]) n() {}\nfunc (s *Set[K]) o()\n\
            type T struct {\n\ta int\n\tf func()\n}\n\ntype (\n\tA = B\n\tC[X any] struct{ d int }\n\t// e\n\tE int\n)\n\
            var a, b = 1, func() {}\nvar (\n\tc, d int\n\te = map[string]int{\n\t\t\"x\": 1,\n\t}\n\tg = 1 +\n\t\th\n)\nconst k = iota\n";
        assert_eq!(
            read(source),
            [
                (Sort::Function, "f", None),
                (Sort::Method, "m", Some("T")),
                (Sort::Method, "n", Some("Set")),
                (Sort::Method, "o", Some("Set")),
                (Sort::Type, "T", None),
                (Sort::Type, "A", None),
                (Sort::Type, "C", None),
                (Sort::Type, "E", None),
                (Sort::Value, "a", None),
                (Sort::Value, "b", None),
                (Sort::Value, "c", None),
                (Sort::Value, "d", None),
                (Sort::Value, "e", None),
                (Sort::Value, "g", None),
                (Sort::Value, "k", None),
            ]
        );
    }

    #[test]
    fn the_head_reaches_to_the_last_import() {
        let source = "// Licence\npackage p\n\nimport (\n\t\"os\"\n)\nimport x \"y\"\n\nfunc f() {}\n";
        let found = Declarations::read(source.as_bytes()).expect("it is Go");
        assert_eq!(found.package.of(source), "p");
        assert_eq!(found.head.of(source), "package p\n\nimport (\n\t\"os\"\n)\nimport x \"y\"");
        assert_eq!(found.all[0].span.of(source), "func f() {}");
    }

    #[test]
    fn damage_is_nothing() {
        assert_eq!(Declarations::read(b"package p\nfunc f() { ) }\n"), None);
        assert_eq!(Declarations::read(b"package p\nfunc f() { \" \n }\n"), None);
        assert_eq!(Declarations::read(b"package p\nfunc f() {\n"), None);
    }
}
