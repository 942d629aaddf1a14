//! The reader's rules for types, parameters and what interfaces and structures hold.

use super::reader::Reader;
use super::tokens::Word;
use super::{Field, Kind};

/// How many parameters may share a type.
const MOST_NAMES: usize = 6;

impl Reader<'_> {
    /// Whether the token after so many others can begin a type.
    pub(super) fn begins_type(&self, count: usize) -> bool {
        let word = self.ahead(count);
        word.is_name()
            || matches!(
                word,
                Word::Star
                    | Word::OpenParen
                    | Word::OpenSquare
                    | Word::Struct
                    | Word::Interface
                    | Word::Map
                    | Word::Chan
                    | Word::Arrow
                    | Word::Func
            )
    }

    pub(super) fn type_(&mut self) -> Option<()> {
        self.enter()?;
        let mark = self.mark();
        match self.next() {
            word if word.is_name() => self.type_name()?,
            Word::Star => {
                self.token();
                self.type_()?;
                self.close(Kind::PointerType, mark);
            }
            Word::OpenParen => {
                self.token();
                self.type_()?;
                self.expect(Word::CloseParen)?;
                self.close(Kind::Other, mark);
            }
            Word::Tilde => {
                self.token();
                self.type_()?;
                self.close(Kind::Other, mark);
            }
            Word::OpenSquare => self.sequence()?,
            Word::Map => self.map()?,
            Word::Struct => self.structure()?,
            Word::Interface => self.interface()?,
            Word::Chan | Word::Arrow => self.channel()?,
            Word::Func => {
                self.token();
                self.signature()?;
                self.close(Kind::FunctionType, mark);
            }
            _ => return None,
        }
        self.leave();
        Some(())
    }

    /// A name, of another package maybe, and its type arguments.
    pub(super) fn type_name(&mut self) -> Option<()> {
        let mark = self.mark();
        if self.ahead(1) == Word::Dot {
            self.name(Kind::PackageIdentifier)?;
            self.token();
            self.name(Kind::TypeIdentifier)?;
            self.plays(Field::Name);
            self.close(Kind::QualifiedType, mark);
        } else {
            self.name(Kind::TypeIdentifier)?;
        }
        if self.next() == Word::OpenSquare && !self.on_new_line(0) {
            self.plays(Field::Type);
            self.type_arguments()?;
            self.plays(Field::TypeArguments);
            self.close(Kind::GenericType, mark);
        }
        Some(())
    }

    pub(super) fn type_arguments(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expect(Word::OpenSquare)?;
        loop {
            self.type_element(Kind::Other)?;
            if !self.accept(Word::Comma) || self.next() == Word::CloseSquare {
                break;
            }
        }
        self.expect(Word::CloseSquare)?;
        self.close(Kind::TypeArguments, mark);
        Some(())
    }

    /// A union of types.
    fn type_element(&mut self, kind: Kind) -> Option<()> {
        let mark = self.mark();
        self.type_()?;
        while self.accept(Word::Or) {
            self.type_()?;
        }
        self.close(kind, mark);
        Some(())
    }

    /// An array or a slice.
    fn sequence(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expect(Word::OpenSquare)?;
        let kind = match self.next() {
            Word::CloseSquare => Kind::SliceType,
            Word::Ellipsis => {
                self.token();
                Kind::Other
            }
            _ => {
                self.inside(Self::expression)?;
                Kind::ArrayType
            }
        };
        self.expect(Word::CloseSquare)?;
        self.type_()?;
        self.plays(Field::Element);
        self.close(kind, mark);
        Some(())
    }

    fn map(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        self.expect(Word::OpenSquare)?;
        self.type_()?;
        self.expect(Word::CloseSquare)?;
        self.type_()?;
        self.plays(Field::Value);
        self.close(Kind::MapType, mark);
        Some(())
    }

    fn channel(&mut self) -> Option<()> {
        let mark = self.mark();
        if self.accept(Word::Arrow) {
            self.expect(Word::Chan)?;
        } else {
            self.expect(Word::Chan)?;
            self.accept(Word::Arrow);
        }
        self.type_()?;
        self.plays(Field::Value);
        self.close(Kind::ChannelType, mark);
        Some(())
    }

    /// Parameters and results.
    pub(super) fn signature(&mut self) -> Option<()> {
        self.parameters()?;
        self.plays(Field::Parameters);
        if self.on_new_line(0) {
            return Some(());
        }
        if self.next() == Word::OpenParen {
            self.parameters()?;
            self.plays(Field::Result);
        } else if self.begins_type(0) {
            self.type_()?;
            self.plays(Field::Result);
        }
        Some(())
    }

    pub(super) fn parameters(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expect(Word::OpenParen)?;
        while self.next() != Word::CloseParen {
            self.parameter()?;
            if !self.accept(Word::Comma) {
                break;
            }
        }
        self.expect(Word::CloseParen)?;
        self.close(Kind::ParameterList, mark);
        Some(())
    }

    fn parameter(&mut self) -> Option<()> {
        let mark = self.mark();
        let names = self.names_before_type();
        // The grammar's parser keeps only so many readings of a list at once, and loses names of a long one.
        (names <= MOST_NAMES).then_some(())?;
        for index in 0..names {
            if index > 0 {
                self.token();
            }
            self.name(Kind::Identifier)?;
            self.plays(Field::Name);
        }
        let is_variadic = names <= 1 && self.accept(Word::Ellipsis);
        self.type_()?;
        self.plays(Field::Type);
        self.close(if is_variadic { Kind::VariadicParameter } else { Kind::ParameterDeclaration }, mark);
        Some(())
    }

    /// How many names come next that share a type.
    fn names_before_type(&self) -> usize {
        let mut names = 0;
        loop {
            if !self.ahead(2 * names).is_name() {
                return 0;
            }
            names += 1;
            match self.ahead(2 * names - 1) {
                Word::Comma => {}
                Word::CloseParen | Word::Dot => return 0,
                Word::OpenSquare => return if self.begins_sequence(2 * names - 1) { names } else { 0 },
                _ => return names,
            }
        }
    }

    /// Whether a square bracket after so many others, behind a name, begins a type and no type arguments.
    fn begins_sequence(&self, count: usize) -> bool {
        let follows = |end: usize| self.begins_type(end + 1) && !self.on_new_line(end + 1);
        self.closing(count).is_some_and(follows)
    }

    fn structure(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        let list = self.mark();
        self.expect(Word::OpenBrace)?;
        self.lines_up_to(Word::CloseBrace, Self::field)?;
        self.close(Kind::Other, list);
        self.close(Kind::StructType, mark);
        Some(())
    }

    fn field(&mut self) -> Option<()> {
        let mark = self.mark();
        if self.accept(Word::Star) || self.is_embedded() {
            self.type_name()?;
        } else {
            self.names(Kind::FieldIdentifier)?;
            self.type_()?;
        }
        self.plays(Field::Type);
        if !self.on_new_line(0) && matches!(self.next(), Word::String | Word::Raw) {
            self.string()?;
        }
        self.close(Kind::FieldDeclaration, mark);
        Some(())
    }

    /// Whether the field that comes next is a type and has no name.
    fn is_embedded(&self) -> bool {
        match self.ahead(1) {
            Word::Dot | Word::CloseBrace | Word::Semicolon | Word::String | Word::Raw => true,
            Word::OpenSquare => !self.begins_sequence(1),
            _ => self.on_new_line(1),
        }
    }

    fn interface(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        self.expect(Word::OpenBrace)?;
        self.lines_up_to(Word::CloseBrace, Self::interface_element)?;
        self.close(Kind::InterfaceType, mark);
        Some(())
    }

    /// A method or a union of an interface.
    fn interface_element(&mut self) -> Option<()> {
        if !self.next().is_name() || self.ahead(1) != Word::OpenParen {
            return self.type_element(Kind::Other);
        }
        let mark = self.mark();
        self.name(Kind::FieldIdentifier)?;
        self.plays(Field::Name);
        self.signature()?;
        self.close(Kind::MethodElem, mark);
        Some(())
    }

    /// The type parameters of a declaration.
    pub(super) fn type_parameters(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expect(Word::OpenSquare)?;
        loop {
            let one = self.mark();
            self.names(Kind::Identifier)?;
            self.type_element(Kind::Other)?;
            self.plays(Field::Type);
            self.close(Kind::TypeParameterDeclaration, one);
            if !self.accept(Word::Comma) || self.next() == Word::CloseSquare {
                break;
            }
        }
        self.expect(Word::CloseSquare)?;
        self.close(Kind::Other, mark);
        Some(())
    }

    /// Whether the square bracket behind the name of a type opens its parameters; nothing where that is not plain.
    pub(super) fn has_type_parameters(&self) -> Option<bool> {
        if self.ahead(1) != Word::OpenSquare {
            return Some(false);
        }
        if !self.ahead(2).is_name() {
            return Some(false);
        }
        match self.ahead(3) {
            Word::CloseSquare | Word::Dot | Word::Plus | Word::Minus | Word::Multiplying => Some(false),
            Word::Star | Word::OpenParen => None,
            _ => Some(true),
        }
    }
}
