//! The reader's rules for declarations and files.

use super::reader::Reader;
use super::tokens::Word;
use super::{Field, Kind};

impl Reader<'_> {
    /// A whole text: declarations with line ends behind them.
    pub(super) fn file(&mut self) -> Option<()> {
        while self.next() != Word::End {
            match self.next() {
                Word::Package => {
                    let mark = self.mark();
                    self.token();
                    self.name(Kind::PackageIdentifier)?;
                    self.close(Kind::Other, mark);
                }
                Word::Import => self.imports()?,
                Word::Func => self.function_declaration()?,
                Word::Const => self.constants()?,
                Word::Var => self.variables()?,
                Word::Type => self.types()?,
                _ => return None,
            }
            self.terminator().then_some(())?;
        }
        Some(())
    }

    fn imports(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        if self.next() == Word::OpenParen {
            let list = self.mark();
            self.token();
            self.lines_up_to(Word::CloseParen, Self::import)?;
            self.close(Kind::Other, list);
        } else {
            self.import()?;
        }
        self.close(Kind::Other, mark);
        Some(())
    }

    fn import(&mut self) -> Option<()> {
        let mark = self.mark();
        if self.next() == Word::Dot {
            let dot = self.mark();
            self.token();
            self.close(Kind::Dot, dot);
            self.plays(Field::Name);
        } else if self.next().is_name() {
            let kind =
                if self.text_of_next() == b"_" { Kind::BlankIdentifier } else { Kind::PackageIdentifier };
            self.leaf(kind);
            self.plays(Field::Name);
        }
        matches!(self.next(), Word::String | Word::Raw).then_some(())?;
        self.string()?;
        self.plays(Field::Path);
        self.close(Kind::ImportSpec, mark);
        Some(())
    }

    fn function_declaration(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        let is_method = self.next() == Word::OpenParen;
        if is_method {
            self.parameters()?;
            self.plays(Field::Receiver);
        }
        self.name(if is_method { Kind::FieldIdentifier } else { Kind::Identifier })?;
        self.plays(Field::Name);
        if !is_method && self.next() == Word::OpenSquare {
            self.type_parameters()?;
            self.plays(Field::TypeParameters);
        }
        self.signature()?;
        if self.next() == Word::OpenBrace && !self.on_new_line(0) {
            self.block()?;
            self.plays(Field::Body);
        }
        self.close(if is_method { Kind::MethodDeclaration } else { Kind::FunctionDeclaration }, mark);
        Some(())
    }

    pub(super) fn constants(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        if self.accept(Word::OpenParen) {
            self.specs(Self::constant)?;
        } else {
            self.constant()?;
        }
        self.close(Kind::ConstDeclaration, mark);
        Some(())
    }

    /// Specs with line ends behind them, and the parenthesis behind all of them.
    fn specs(&mut self, spec: fn(&mut Self) -> Option<()>) -> Option<()> {
        while self.next() != Word::CloseParen {
            spec(self)?;
            self.terminator().then_some(())?;
        }
        self.expect(Word::CloseParen)
    }

    fn constant(&mut self) -> Option<()> {
        let mark = self.mark();
        self.name(Kind::Identifier)?;
        self.plays(Field::Name);
        while self.accept(Word::Comma) {
            self.plays(Field::Name);
            self.name(Kind::Identifier)?;
            self.plays(Field::Name);
        }
        if !self.on_new_line(0) && !matches!(self.next(), Word::Semicolon | Word::CloseParen) {
            if self.next() != Word::Assign {
                self.type_()?;
                self.plays(Field::Type);
            }
            self.values()?;
        }
        self.close(Kind::ConstSpec, mark);
        Some(())
    }

    fn values(&mut self) -> Option<()> {
        self.expect(Word::Assign)?;
        self.expressions()?;
        self.plays(Field::Value);
        Some(())
    }

    pub(super) fn variables(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        if self.next() == Word::OpenParen {
            let list = self.mark();
            self.token();
            self.specs(Self::variable)?;
            self.close(Kind::Other, list);
        } else {
            self.variable()?;
        }
        self.close(Kind::VarDeclaration, mark);
        Some(())
    }

    fn variable(&mut self) -> Option<()> {
        let mark = self.mark();
        self.names(Kind::Identifier)?;
        if self.next() == Word::Assign {
            self.values()?;
        } else {
            self.type_()?;
            self.plays(Field::Type);
            if self.next() == Word::Assign && !self.on_new_line(0) {
                self.values()?;
            }
        }
        self.close(Kind::VarSpec, mark);
        Some(())
    }

    pub(super) fn types(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        if self.accept(Word::OpenParen) {
            self.lines_up_to(Word::CloseParen, Self::type_spec)?;
        } else {
            self.type_spec()?;
        }
        self.close(Kind::TypeDeclaration, mark);
        Some(())
    }

    fn type_spec(&mut self) -> Option<()> {
        let mark = self.mark();
        let is_generic = self.has_type_parameters()?;
        self.name(Kind::TypeIdentifier)?;
        self.plays(Field::Name);
        if is_generic {
            self.type_parameters()?;
            self.plays(Field::TypeParameters);
        }
        let kind = if self.accept(Word::Assign) { Kind::TypeAlias } else { Kind::TypeSpec };
        self.type_()?;
        self.plays(Field::Type);
        self.close(kind, mark);
        Some(())
    }
}
