//! The reader's rules for expressions.

use super::reader::Reader;
use super::tokens::Word;
use super::{Field, Kind};

impl Reader<'_> {
    pub(super) fn expression(&mut self) -> Option<()> {
        self.binary(1)
    }

    /// Expressions with commas between them.
    pub(super) fn expressions(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expression()?;
        self.more_expressions(mark)
    }

    /// The rest of a list whose first expression was noted at `mark`.
    pub(super) fn more_expressions(&mut self, mark: usize) -> Option<()> {
        while self.accept(Word::Comma) {
            self.expression()?;
        }
        self.close(Kind::ExpressionList, mark);
        Some(())
    }

    /// Reads something between brackets, where no block can begin.
    pub(super) fn inside(&mut self, what: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let in_header = std::mem::replace(&mut self.in_header, false);
        what(self)?;
        self.in_header = in_header;
        Some(())
    }

    /// Operators that bind at least as tightly as `least` (spec, "Operator precedence").
    fn binary(&mut self, least: u8) -> Option<()> {
        self.enter()?;
        let mark = self.mark();
        self.unary()?;
        loop {
            let tightness = tightness(self.next());
            if tightness < least || tightness == 0 || self.on_new_line(0) {
                break;
            }
            self.plays(Field::Left);
            self.token();
            self.plays(Field::Operator);
            self.binary(tightness + 1)?;
            self.plays(Field::Right);
            self.close(Kind::Binary, mark);
        }
        self.leave();
        Some(())
    }

    fn unary(&mut self) -> Option<()> {
        let is_operator = matches!(
            self.next(),
            Word::Plus | Word::Minus | Word::Not | Word::Caret | Word::Star | Word::And | Word::Arrow
        );
        if !is_operator {
            return self.primary();
        }
        self.enter()?;
        let mark = self.mark();
        self.token();
        self.plays(Field::Operator);
        self.unary()?;
        self.plays(Field::Operand);
        self.close(Kind::Unary, mark);
        self.leave();
        Some(())
    }

    fn primary(&mut self) -> Option<()> {
        let mark = self.mark();
        self.operand()?;
        while !self.on_new_line(0) {
            match self.next() {
                Word::Dot if self.at_type_switch() => break,
                Word::Dot => self.selection(mark)?,
                Word::OpenParen => {
                    self.plays(Field::Function);
                    self.arguments()?;
                    self.plays(Field::Arguments);
                    self.close(Kind::Call, mark);
                }
                Word::OpenSquare => self.square(mark)?,
                Word::OpenBrace if !self.in_header && self.may_be_type(mark) => {
                    self.retype(mark);
                    self.literal_of_type(mark)?;
                }
                _ => break,
            }
        }
        Some(())
    }

    /// Whether `.(type)` comes next.
    pub(super) fn at_type_switch(&self) -> bool {
        self.next() == Word::Dot && self.ahead(1) == Word::OpenParen && self.ahead(2) == Word::Type
    }

    fn selection(&mut self, mark: usize) -> Option<()> {
        self.plays(Field::Operand);
        self.token();
        if self.accept(Word::OpenParen) {
            self.type_()?;
            self.plays(Field::Type);
            self.expect(Word::CloseParen)?;
            self.close(Kind::TypeAssertion, mark);
        } else {
            self.name(Kind::FieldIdentifier)?;
            self.plays(Field::Selected);
            self.close(Kind::Selector, mark);
        }
        Some(())
    }

    fn operand(&mut self) -> Option<()> {
        match self.next() {
            Word::New | Word::Make if self.ahead(1) == Word::OpenParen => self.making()?,
            Word::New | Word::Make if matches!(self.ahead(1), Word::OpenBrace | Word::OpenSquare) => {
                return None;
            }
            Word::Name | Word::New | Word::Make => self.leaf(Kind::Identifier),
            Word::Nil => self.leaf(Kind::Nil),
            Word::True => self.leaf(Kind::True),
            Word::False => self.leaf(Kind::False),
            Word::Iota => self.leaf(Kind::Iota),
            Word::Int => self.leaf(Kind::IntLiteral),
            Word::Float => self.leaf(Kind::FloatLiteral),
            Word::Imaginary => self.leaf(Kind::ImaginaryLiteral),
            Word::Rune => self.leaf(Kind::RuneLiteral),
            Word::String | Word::Raw => self.string()?,
            Word::OpenParen => self.parenthesized()?,
            Word::Func => self.function()?,
            Word::OpenSquare | Word::Map | Word::Struct | Word::Interface => self.with_type()?,
            _ => return None,
        }
        Some(())
    }

    /// `new(T)`, `make(T, n)`; and `new(x)` of a value, which Go has from 1.26 on and the grammar does not know.
    fn making(&mut self) -> Option<()> {
        let mark = self.mark();
        let is_new = self.next() == Word::New;
        self.leaf(Kind::Identifier);
        self.plays(Field::Function);
        let list = self.mark();
        self.expect(Word::OpenParen)?;
        self.inside(|reader| {
            let before = reader.place();
            reader.tried += 1;
            let is_type = reader.type_().is_some();
            reader.tried -= 1;
            if !(is_type && matches!(reader.next(), Word::Comma | Word::CloseParen)) {
                // Inside of a type that is tried, reading twice would double the time at each level.
                (is_new && reader.tried == 0).then_some(())?;
                reader.back_to(before);
                reader.expression()?;
                reader.beyond_grammar += 1;
            }
            while reader.accept(Word::Comma) && reader.next() != Word::CloseParen {
                reader.expression()?;
            }
            reader.expect(Word::CloseParen)
        })?;
        self.close(Kind::ArgumentList, list);
        self.plays(Field::Arguments);
        self.close(Kind::Call, mark);
        Some(())
    }

    /// An expression in parentheses. What may be a type there, as in `(*T[A])(x)`, is left to the grammar.
    fn parenthesized(&mut self) -> Option<()> {
        let mark = self.mark();
        let end = self.closing(0)?;
        if self.ahead(end + 1) == Word::OpenParen && self.has_square_of_types(end) {
            return None;
        }
        self.token();
        self.inside(Self::expression)?;
        self.expect(Word::CloseParen)?;
        self.close(Kind::Parenthesized, mark);
        Some(())
    }

    fn function(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        self.signature()?;
        self.inside(Self::block)?;
        self.plays(Field::Body);
        self.close(Kind::FunctionLiteral, mark);
        Some(())
    }

    /// A composite literal or a conversion that begins with a type which is no name.
    fn with_type(&mut self) -> Option<()> {
        let mark = self.mark();
        self.type_()?;
        if self.next() == Word::OpenBrace { self.literal_of_type(mark) } else { self.conversion(mark) }
    }

    /// The rest of a conversion to the type that was noted at `mark`.
    pub(super) fn conversion(&mut self, mark: usize) -> Option<()> {
        // The grammar takes the star in `*T[A](x)` for a part of the type.
        (!self.is_starred(mark)).then_some(())?;
        self.plays(Field::Type);
        self.expect(Word::OpenParen)?;
        self.inside(Self::expression)?;
        self.plays(Field::Operand);
        self.accept(Word::Comma);
        self.expect(Word::CloseParen)?;
        self.close(Kind::TypeConversion, mark);
        Some(())
    }

    /// The rest of a literal of the type that was noted at `mark`.
    pub(super) fn literal_of_type(&mut self, mark: usize) -> Option<()> {
        self.plays(Field::Type);
        self.inside(Self::elements)?;
        self.plays(Field::Body);
        self.close(Kind::CompositeLiteral, mark);
        Some(())
    }

    /// The elements of a literal with their braces.
    fn elements(&mut self) -> Option<()> {
        self.enter()?;
        let mark = self.mark();
        self.expect(Word::OpenBrace)?;
        while self.next() != Word::CloseBrace {
            let element = self.mark();
            self.element()?;
            if self.accept(Word::Colon) {
                self.element()?;
                self.plays(Field::Value);
                self.close(Kind::KeyedElement, element);
            }
            if !self.accept(Word::Comma) {
                break;
            }
        }
        self.expect(Word::CloseBrace)?;
        self.close(Kind::LiteralValue, mark);
        self.leave();
        Some(())
    }

    fn element(&mut self) -> Option<()> {
        let mark = self.mark();
        if self.next() == Word::OpenBrace {
            self.elements()?;
        } else {
            self.expression()?;
        }
        self.close(Kind::LiteralElement, mark);
        Some(())
    }

    pub(super) fn arguments(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expect(Word::OpenParen)?;
        self.inside(|reader| {
            while reader.next() != Word::CloseParen {
                let argument = reader.mark();
                reader.expression()?;
                if reader.accept(Word::Ellipsis) {
                    reader.close(Kind::VariadicArgument, argument);
                }
                if !reader.accept(Word::Comma) {
                    break;
                }
            }
            reader.expect(Word::CloseParen)
        })?;
        self.close(Kind::ArgumentList, mark);
        Some(())
    }

    pub(super) fn string(&mut self) -> Option<()> {
        if self.next() == Word::Raw {
            let len = self.text_of_next().len();
            self.literal(Kind::RawString, &[(Kind::Token, 1), (Kind::Other, len - 1), (Kind::Token, len)]);
            return Some(());
        }
        let text = self.text_of_next();
        let len = text.len();
        let mut parts = vec![(Kind::Token, 1)];
        let mut at = 1;
        while at < len - 1 {
            let rest = &text[at..len - 1];
            at += match memchr::memchr(b'\\', rest) {
                Some(0) => escape(rest)?,
                plain => plain.unwrap_or(rest.len()),
            };
            parts.push((Kind::Other, at));
        }
        parts.push((Kind::Token, len));
        self.literal(Kind::InterpretedString, &parts);
        Some(())
    }
}

/// How long the escape sequence is that a text begins with.
fn escape(text: &[u8]) -> Option<usize> {
    let digits =
        |most: usize, is: fn(&u8) -> bool| text[2..].iter().take(most).take_while(|digit| is(digit)).count();
    match text.get(1)? {
        b'x' => Some(digits(2, u8::is_ascii_hexdigit)).filter(|&len| len == 2).map(|len| len + 2),
        b'u' => Some(digits(4, u8::is_ascii_hexdigit)).filter(|&len| len == 4).map(|len| len + 2),
        b'U' => Some(digits(8, u8::is_ascii_hexdigit)).filter(|&len| len == 8).map(|len| len + 2),
        b'0'..=b'9' => Some(2 + digits(2, u8::is_ascii_digit)),
        other => other.is_ascii().then_some(2),
    }
}

/// How tightly a binary operator binds; 0 for other tokens.
fn tightness(word: Word) -> u8 {
    match word {
        Word::OrOr => 1,
        Word::AndAnd => 2,
        Word::Comparing => 3,
        Word::Plus | Word::Minus | Word::Or | Word::Caret => 4,
        Word::Star | Word::Multiplying | Word::And => 5,
        _ => 0,
    }
}
