//! The reader's rules for square brackets behind an operand: indices, slices, type arguments, and which of them the grammar sees there.
//!
//! The grammar knows no types, so `f[a](b)` may be a call of an element, a call with a type argument or a conversion to it. Its
//! parser follows all readings and weighs them. The rules here are what it was seen to choose; what was not seen is left to it.

use super::reader::Reader;
use super::tokens::Word;
use super::{Field, Kind};

impl Reader<'_> {
    /// An index, a slice or type arguments behind the operand that was noted at `mark`.
    pub(super) fn square(&mut self, mark: usize) -> Option<()> {
        let behind = self.closing(0)? + 1;
        let is_behind = |reader: &Self, word| reader.ahead(behind) == word && !reader.on_new_line(behind);
        if is_behind(self, Word::OpenBrace) && !self.in_header && self.may_be_type(mark) {
            self.retype(mark);
            self.generic(mark)?;
            return self.literal_of_type(mark);
        }
        if is_behind(self, Word::OpenParen) && self.may_be_types(behind - 1) {
            return self.doubtful(|reader| reader.called_with_types(mark, behind));
        }
        (!self.may_be_type(mark) || self.is_plainly_indexed()?).then_some(())?;
        self.plays(Field::Operand);
        self.token();
        self.inside(|reader| reader.index(mark))
    }

    /// The rest of an index or a slice, behind the bracket.
    fn index(&mut self, mark: usize) -> Option<()> {
        if self.next() != Word::Colon {
            self.expression()?;
            if self.next() == Word::CloseSquare {
                self.plays(Field::Index);
                self.token();
                self.close(Kind::Index, mark);
                return Some(());
            }
        }
        self.expect(Word::Colon)?;
        if self.next() != Word::CloseSquare {
            self.expression()?;
            if self.accept(Word::Colon) {
                self.expression()?;
            }
        }
        self.expect(Word::CloseSquare)?;
        self.close(Kind::Slice, mark);
        Some(())
    }

    /// Type arguments behind the type that was noted at `mark`.
    fn generic(&mut self, mark: usize) -> Option<()> {
        self.plays(Field::Type);
        self.type_arguments()?;
        self.plays(Field::TypeArguments);
        self.close(Kind::GenericType, mark);
        Some(())
    }

    /// `f[a](b)`, where `a` can be types and the parenthesis is so many tokens ahead: the grammar has three readings of that, and weighs them.
    fn called_with_types(&mut self, mark: usize, behind: usize) -> Option<()> {
        if self.may_be_type(mark) && self.has_one_argument(behind)? {
            self.retype(mark);
            self.generic(mark)?;
            return self.conversion(mark);
        }
        if self.is_index(behind) {
            self.plays(Field::Operand);
            self.token();
            self.index(mark)?;
            self.plays(Field::Function);
        } else {
            self.plays(Field::Function);
            self.type_arguments()?;
            self.plays(Field::TypeArguments);
        }
        self.arguments()?;
        self.plays(Field::Arguments);
        self.close(Kind::Call, mark);
        Some(())
    }

    /// Whether the grammar takes what stands in the square brackets that come next for an index: a name alone, or what it points to.
    fn is_index(&self, behind: usize) -> bool {
        behind == 3 || behind == 4 && self.ahead(1) == Word::Star
    }

    /// Whether one expression stands between the parentheses that open so many tokens ahead.
    fn has_one_argument(&self, count: usize) -> Option<bool> {
        let end = self.closing(count)?;
        let mut at = count + 1;
        while at < end {
            match self.ahead(at) {
                Word::OpenParen | Word::OpenSquare | Word::OpenBrace => at = self.closing(at)?,
                Word::Comma => return Some(at + 1 == end),
                Word::Ellipsis => return Some(false),
                _ => {}
            }
            at += 1;
        }
        Some(end > count + 1)
    }

    /// Whether the grammar, too, takes the square brackets that come next, and those directly behind them, for indices of a name:
    /// of what may be types it has several readings, and weighs them.
    fn is_plainly_indexed(&self) -> Option<bool> {
        let (mut start, mut brackets, mut chosen, mut nested) = (0, 0, 0, 0);
        while self.ahead(start) == Word::OpenSquare && !self.on_new_line(start) {
            let end = self.closing(start)?;
            if self.may_be_types_between(start, end) {
                let count = |word| (start + 1..end).filter(|&at| self.ahead(at) == word).count();
                chosen += count(Word::Dot);
                nested += count(Word::OpenSquare);
            }
            brackets += 1;
            start = end + 1;
        }
        Some(if brackets == 1 { nested == 0 || nested + chosen == 1 } else { nested == 0 && chosen <= 1 })
    }

    pub(super) fn has_square_of_types(&self, end: usize) -> bool {
        (1..end).any(|at| self.ahead(at) == Word::OpenSquare) && self.may_be_types(end)
    }

    /// Whether what stands in the square brackets that come next, and close so many tokens ahead, may be types.
    fn may_be_types(&self, end: usize) -> bool {
        self.may_be_types_between(0, end)
    }

    fn may_be_types_between(&self, start: usize, end: usize) -> bool {
        if self.begins_type(start + 1)
            && !self.ahead(start + 1).is_name()
            && self.ahead(start + 1) != Word::Star
        {
            return true;
        }
        (start + 1..end).all(|at| {
            let word = self.ahead(at);
            word.is_name()
                || matches!(
                    word,
                    Word::Dot
                        | Word::Star
                        | Word::Comma
                        | Word::OpenSquare
                        | Word::CloseSquare
                        | Word::Or
                        | Word::Tilde
                )
        })
    }

    /// Reads something of which the grammar has several readings; nothing where it stands in something like it.
    fn doubtful(&mut self, what: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        if std::mem::replace(&mut self.in_doubt, true) {
            return None;
        }
        what(self)?;
        self.in_doubt = false;
        Some(())
    }
}
