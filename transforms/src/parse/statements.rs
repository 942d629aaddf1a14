//! The reader's rules for statements.

use super::reader::Reader;
use super::tokens::Word;
use super::{Field, Kind};

impl Reader<'_> {
    /// Statements with their braces.
    pub(super) fn block(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expect(Word::OpenBrace)?;
        self.inside(Self::statements)?;
        self.expect(Word::CloseBrace)?;
        self.close(Kind::Block, mark);
        Some(())
    }

    fn statements(&mut self) -> Option<()> {
        if self.at_end_of_list() {
            return Some(());
        }
        let mark = self.mark();
        let mut is_after_block = false;
        loop {
            self.statement(is_after_block)?;
            is_after_block = self.ends_in_block();
            // Behind a label without a statement, a line's end is a blank.
            if self.behind() == Some(Word::Colon) || !self.terminator() || self.at_end_of_list() {
                break;
            }
        }
        self.close(Kind::StatementList, mark);
        Some(())
    }

    fn at_end_of_list(&self) -> bool {
        matches!(self.next(), Word::CloseBrace | Word::Case | Word::Default)
    }

    /// Whether the last statement is over with its block, so that nothing on the next line can be more of it.
    fn ends_in_block(&self) -> bool {
        let last = self.last_kind();
        last.is_breakable() || matches!(last, Kind::Block | Kind::If)
    }

    fn statement(&mut self, is_after_block: bool) -> Option<()> {
        self.enter()?;
        let mark = self.mark();
        if matches!(self.next(), Word::OpenBrace | Word::OpenParen | Word::OpenSquare) {
            // The grammar may take it for more of a type or of a literal on the line in front.
            let is_apart =
                is_after_block || !matches!(self.behind(), Some(Word::CloseSquare | Word::CloseBrace));
            is_apart.then_some(())?;
        }
        match self.next() {
            Word::Const => self.constants()?,
            Word::Var => self.variables()?,
            Word::Type => self.types()?,
            Word::Return => {
                self.token();
                if !self.on_new_line(0) && !matches!(self.next(), Word::CloseBrace | Word::Semicolon) {
                    self.expressions()?;
                }
                self.close(Kind::Return, mark);
            }
            Word::Go => self.with_call(Kind::Go)?,
            Word::Defer => self.with_call(Kind::Defer)?,
            Word::If => self.if_()?,
            Word::For => self.for_()?,
            Word::Switch => self.switch()?,
            Word::Select => self.select()?,
            Word::OpenBrace => self.block()?,
            Word::Break => self.jump(Kind::Break)?,
            Word::Continue => self.jump(Kind::Continue)?,
            Word::Goto => self.jump(Kind::Goto)?,
            Word::Fallthrough => self.jump(Kind::Fallthrough)?,
            word if word.is_name() && self.ahead(1) == Word::Colon => self.labeled()?,
            _ => {
                self.simple()?;
            }
        }
        self.leave();
        Some(())
    }

    fn with_call(&mut self, kind: Kind) -> Option<()> {
        let mark = self.mark();
        self.token();
        self.expression()?;
        self.close(kind, mark);
        Some(())
    }

    fn jump(&mut self, kind: Kind) -> Option<()> {
        let mark = self.mark();
        self.token();
        if kind != Kind::Fallthrough && self.next().is_name() && !self.on_new_line(0) {
            self.leaf(Kind::LabelName);
        } else if kind == Kind::Goto {
            return None;
        }
        self.close(kind, mark);
        Some(())
    }

    fn labeled(&mut self) -> Option<()> {
        let mark = self.mark();
        self.name(Kind::LabelName)?;
        self.plays(Field::Label);
        self.token();
        if !self.at_end_of_list() {
            self.statement(false)?;
        }
        self.close(Kind::Labeled, mark);
        Some(())
    }

    fn simple(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expression()?;
        if self.completed(mark)? {
            return Some(());
        }
        self.close(Kind::ExpressionStatement, mark);
        Some(())
    }

    /// What a simple statement goes on with behind the first expression, which was noted at `mark`. False where nothing does.
    fn completed(&mut self, mark: usize) -> Option<bool> {
        if self.on_new_line(0) {
            return Some(false);
        }
        let kind = match self.next() {
            Word::Comma | Word::Define | Word::Assign | Word::OperatorAssign => {
                self.more_expressions(mark)?;
                return self.assigned(mark);
            }
            Word::Arrow => {
                self.plays(Field::Channel);
                self.token();
                self.expression()?;
                self.plays(Field::Value);
                Kind::Send
            }
            Word::Inc => {
                self.token();
                Kind::Inc
            }
            Word::Dec => {
                self.token();
                Kind::Dec
            }
            _ => return Some(false),
        };
        self.close(kind, mark);
        Some(true)
    }

    /// The rest of an assignment or a short variable declaration, behind the list of its targets.
    fn assigned(&mut self, mark: usize) -> Option<bool> {
        self.plays(Field::Left);
        let kind = match self.next() {
            Word::Define => Kind::ShortVar,
            Word::Assign | Word::OperatorAssign => Kind::Assignment,
            _ => return None,
        };
        self.token();
        if kind == Kind::Assignment {
            self.plays(Field::Operator);
        }
        self.expressions()?;
        self.plays(Field::Right);
        self.close(kind, mark);
        Some(true)
    }

    fn if_(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        let around = std::mem::replace(&mut self.in_header, true);
        self.condition()?;
        self.in_header = around;
        self.block()?;
        self.plays(Field::Consequence);
        if self.next() == Word::Else && !self.on_new_line(0) {
            self.token();
            self.enter()?;
            if self.next() == Word::If {
                self.if_()?;
            } else {
                self.block()?;
            }
            self.leave();
            self.plays(Field::Alternative);
        }
        self.close(Kind::If, mark);
        Some(())
    }

    /// The header of an `if`.
    fn condition(&mut self) -> Option<()> {
        let mark = self.mark();
        self.expression()?;
        let is_complete = self.completed(mark)?;
        if is_complete || self.next() == Word::Semicolon {
            if !is_complete {
                self.close(Kind::ExpressionStatement, mark);
            }
            self.plays(Field::Initializer);
            self.expect(Word::Semicolon)?;
            self.expression()?;
        }
        self.plays(Field::Condition);
        Some(())
    }

    fn for_(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        if self.next() != Word::OpenBrace {
            let around = std::mem::replace(&mut self.in_header, true);
            self.header_of_for()?;
            self.in_header = around;
        }
        self.block()?;
        self.plays(Field::Body);
        self.close(Kind::For, mark);
        Some(())
    }

    fn header_of_for(&mut self) -> Option<()> {
        let mark = self.mark();
        match self.next() {
            Word::Range => return self.range(mark),
            Word::Semicolon => return self.clause(mark),
            _ => self.expression()?,
        }
        if matches!(self.next(), Word::Comma | Word::Define | Word::Assign | Word::OperatorAssign) {
            self.more_expressions(mark)?;
            if self.ahead(1) == Word::Range {
                self.plays(Field::Left);
                matches!(self.next(), Word::Define | Word::Assign).then(|| self.token())?;
                return self.range(mark);
            }
            self.assigned(mark)?;
        } else if !self.completed(mark)? {
            if self.next() == Word::OpenBrace {
                return Some(());
            }
            self.close(Kind::ExpressionStatement, mark);
        }
        self.plays(Field::Initializer);
        self.clause(mark)
    }

    fn range(&mut self, mark: usize) -> Option<()> {
        self.expect(Word::Range)?;
        self.expression()?;
        self.plays(Field::Right);
        self.close(Kind::RangeClause, mark);
        Some(())
    }

    fn clause(&mut self, mark: usize) -> Option<()> {
        self.expect(Word::Semicolon)?;
        if self.next() != Word::Semicolon {
            self.expression()?;
            self.plays(Field::Condition);
        }
        self.expect(Word::Semicolon)?;
        if self.next() != Word::OpenBrace {
            self.simple()?;
            self.plays(Field::Update);
        }
        self.close(Kind::ForClause, mark);
        Some(())
    }

    fn switch(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        let around = std::mem::replace(&mut self.in_header, true);
        let mut is_of_types = false;
        if self.next() != Word::OpenBrace {
            is_of_types = self.subject()?;
            if self.next() == Word::Semicolon {
                self.plays(Field::Initializer);
                self.token();
                if self.next() != Word::OpenBrace {
                    is_of_types = self.subject()?;
                }
            }
        }
        self.in_header = around;
        self.expect(Word::OpenBrace)?;
        let reader = if is_of_types { Self::case_of_types } else { Self::case_of_values };
        self.inside(|this| this.cases(reader))?;
        self.close(if is_of_types { Kind::TypeSwitch } else { Kind::ExpressionSwitch }, mark);
        Some(())
    }

    /// An initializer or what is switched on. Whether that is a type.
    fn subject(&mut self) -> Option<bool> {
        let mark = self.mark();
        self.expression()?;
        if self.at_type_switch() {
            self.plays(Field::Value);
            return self.type_word();
        }
        if self.next() == Word::Define {
            self.more_expressions(mark)?;
            let list = self.last();
            self.token();
            let right = self.mark();
            self.expression()?;
            if self.at_type_switch() {
                self.plays(Field::Value);
                self.plays_at(list, Field::Alias);
                return self.type_word();
            }
            self.plays_at(list, Field::Left);
            self.more_expressions(right)?;
            self.plays(Field::Right);
            self.close(Kind::ShortVar, mark);
        } else if !self.completed(mark)? {
            if self.next() != Word::Semicolon {
                self.plays(Field::Value);
                return Some(false);
            }
            self.close(Kind::ExpressionStatement, mark);
        }
        (self.next() == Word::Semicolon).then_some(false)
    }

    /// `.(type)`
    fn type_word(&mut self) -> Option<bool> {
        (!matches!(self.last_kind(), Kind::Binary | Kind::Unary)).then_some(())?;
        self.token();
        self.token();
        self.token();
        self.expect(Word::CloseParen)?;
        Some(true)
    }

    fn select(&mut self) -> Option<()> {
        let mark = self.mark();
        self.token();
        self.expect(Word::OpenBrace)?;
        self.inside(|this| this.cases(Self::communication))?;
        self.close(Kind::Select, mark);
        Some(())
    }

    /// Clauses and the brace behind them; `case` reads one up to its colon and says what it is.
    fn cases(&mut self, case: fn(&mut Self) -> Option<Kind>) -> Option<()> {
        while self.next() != Word::CloseBrace {
            let mark = self.mark();
            let kind = if self.accept(Word::Default) {
                Kind::DefaultCase
            } else {
                self.expect(Word::Case)?;
                case(self)?
            };
            self.expect(Word::Colon)?;
            self.statements()?;
            self.close(kind, mark);
        }
        self.expect(Word::CloseBrace)
    }

    fn case_of_values(&mut self) -> Option<Kind> {
        self.expressions()?;
        self.plays(Field::Value);
        Some(Kind::ExpressionCase)
    }

    fn case_of_types(&mut self) -> Option<Kind> {
        self.type_()?;
        self.plays(Field::Type);
        while self.accept(Word::Comma) {
            self.plays(Field::Type);
            self.type_()?;
            self.plays(Field::Type);
        }
        Some(Kind::TypeCase)
    }

    fn communication(&mut self) -> Option<Kind> {
        let mark = self.mark();
        self.expression()?;
        match self.next() {
            Word::Arrow => {
                self.completed(mark)?;
            }
            Word::Comma | Word::Define | Word::Assign => {
                self.more_expressions(mark)?;
                self.plays(Field::Left);
                self.token();
                self.expression()?;
                self.plays(Field::Right);
                self.close(Kind::Receive, mark);
            }
            _ => {
                self.plays(Field::Right);
                self.close(Kind::Receive, mark);
            }
        }
        self.plays(Field::Communication);
        Some(Kind::CommunicationCase)
    }
}
