//! Go that is plainly valid, from its tokens straight to the tree that the grammar gives it. Anything else is left to the grammar.
//!
//! The grammar is a general one and its parser pays for that. This reader descends through the same rules, knows what comes
//! next from a token or two, and gives up at the first token that it did not expect. What it gives is the grammar's tree
//! to the last token, line ends that end statements included: `tests/parsers.rs` compares the two. The grammar has no reading of
//! `new(x)` of a value (Go 1.26); that is a call as others are.
//!
//! Nodes are noted when they end, children first. A node is known by where its first child was noted, so an operand that
//! turns out to be the left of a sum costs nothing.

use super::tokens::{SAME_LINE, Token, Tokens, Word};
use super::{Field, Kind, Node};

/// How deep statements, expressions and types may stand in one another.
const DEEPEST: u32 = 120;

/// A node that has ended.
#[derive(Clone, Copy, Debug)]
struct Noted {
    kind: Kind,
    field: Field,
    start: u32,
    end: u32,
    /// How many nodes it consists of, itself included.
    size: u32,
}

/// The state between two tokens.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    text: &'t str,
    tokens: Tokens,
    at: usize,
    /// The first comment that was not noted.
    comment: usize,
    noted: Vec<Noted>,
    /// Where the last token ended; a line's end that ends a statement is one, though no node.
    reached: u32,
    depth: u32,
    /// Whether a statement has been cut by a line's end.
    is_broken: bool,
    /// Whether a brace behind a name would be the block of a statement.
    pub(super) in_header: bool,
    /// Whether it reads something of which the grammar has several readings.
    pub(super) in_doubt: bool,
    /// How often it has read Go of which the grammar has no reading.
    pub(super) beyond_grammar: usize,
    /// How many arguments around are being tried as types, after which they may be read again.
    pub(super) tried: usize,
}

/// A state to go back to while nothing in front of it changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    at: usize,
    comment: usize,
    noted: usize,
    reached: u32,
    depth: u32,
    is_broken: bool,
    in_header: bool,
    in_doubt: bool,
}

/// A text as it was read.
#[derive(Debug)]
pub(super) struct Reading {
    /// In preorder.
    pub(super) nodes: Vec<Node>,
    /// Whether it is Go of which the grammar has no reading.
    pub(super) is_beyond_grammar: bool,
}

/// Reads a text; nothing where it is not plainly Go.
pub(super) fn read(text: &str) -> Option<Reading> {
    let tokens = Tokens::read(text)?;
    let noted = Vec::with_capacity(tokens.all.len() * 2);
    let mut reader = Reader {
        text,
        tokens,
        at: 0,
        comment: 0,
        noted,
        reached: 0,
        depth: 0,
        is_broken: false,
        in_header: false,
        in_doubt: false,
        beyond_grammar: 0,
        tried: 0,
    };
    reader.file()?;
    let is_beyond_grammar = reader.beyond_grammar > 0;
    (!reader.is_broken).then(|| Reading { nodes: reader.preorder(), is_beyond_grammar })
}

impl Reader<'_> {
    /// The token that comes next.
    pub(super) fn next(&self) -> Word {
        self.tokens.all[self.at].word
    }

    /// The last token; nothing at the beginning.
    pub(super) fn behind(&self) -> Option<Word> {
        self.tokens.all[..self.at].last().map(|token| token.word)
    }

    /// The token after so many others.
    pub(super) fn ahead(&self, count: usize) -> Word {
        self.tokens.all.get(self.at + count).map_or(Word::End, |token| token.word)
    }

    /// Whether the token after so many others begins a line.
    pub(super) fn on_new_line(&self, count: usize) -> bool {
        self.tokens.all.get(self.at + count).is_none_or(|token| token.newline != SAME_LINE)
    }

    /// How many tokens ahead the bracket is that closes the one after so many others; nothing where none does.
    pub(super) fn closing(&self, count: usize) -> Option<usize> {
        let mut open = 0;
        for (index, token) in self.tokens.all[self.at + count..].iter().enumerate() {
            match token.word {
                Word::OpenParen | Word::OpenSquare | Word::OpenBrace => open += 1,
                Word::CloseParen | Word::CloseSquare | Word::CloseBrace => {
                    open -= 1;
                    if open == 0 {
                        return Some(count + index);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Where a node begins whose first token comes next. To be asked only if the node around it goes on.
    pub(super) fn mark(&mut self) -> usize {
        self.comments_before(self.tokens.all[self.at].start);
        self.noted.len()
    }

    /// Notes the next token as a leaf of this kind.
    pub(super) fn leaf(&mut self, kind: Kind) {
        let token = self.tokens.all[self.at];
        self.take_line_end();
        self.comments_before(token.start);
        self.note(kind, token.start, token.end);
        self.reached = token.end;
        if token.word != Word::End {
            self.at += 1;
        }
    }

    /// Notes the next token, which is a keyword, an operator or a bracket.
    pub(super) fn token(&mut self) {
        self.leaf(Kind::Token);
    }

    /// The same, if it is this one.
    pub(super) fn expect(&mut self, word: Word) -> Option<()> {
        (self.next() == word).then(|| self.token())
    }

    /// The same, where it may be missing. Whether it was there.
    pub(super) fn accept(&mut self, word: Word) -> bool {
        self.expect(word).is_some()
    }

    /// Notes the next token as a name of this kind.
    pub(super) fn name(&mut self, kind: Kind) -> Option<()> {
        self.next().is_name().then(|| self.leaf(kind))
    }

    /// Names of this kind with commas between them.
    pub(super) fn names(&mut self, kind: Kind) -> Option<()> {
        loop {
            self.name(kind)?;
            self.plays(Field::Name);
            if !self.accept(Word::Comma) {
                return Some(());
            }
        }
    }

    /// What stands up to a bracket that closes it, each with a line's end behind it but maybe the last, and the bracket.
    pub(super) fn lines_up_to(&mut self, close: Word, line: fn(&mut Self) -> Option<()>) -> Option<()> {
        while self.next() != close {
            line(self)?;
            if !self.terminator() {
                break;
            }
        }
        self.expect(close)
    }

    /// Says which part the last node plays.
    pub(super) fn plays(&mut self, field: Field) {
        let last = self.noted.len() - 1;
        self.plays_at(last, field);
    }

    /// Says which part a node plays that was the last one when [`Self::last`] said so.
    pub(super) fn plays_at(&mut self, at: usize, field: Field) {
        self.noted[at].field = field;
    }

    /// What the last node is.
    pub(super) fn last_kind(&self) -> Kind {
        self.noted[self.last()].kind
    }

    /// Whether a star stands in front of the node that began at `mark`.
    pub(super) fn is_starred(&self, mark: usize) -> bool {
        let in_front = self.noted[..mark].iter().rfind(|noted| noted.kind != Kind::Comment);
        in_front.is_some_and(|noted| {
            noted.kind == Kind::Token && self.text.as_bytes()[noted.start as usize] == b'*'
        })
    }

    /// Where the last node was noted.
    pub(super) fn last(&self) -> usize {
        self.noted.len() - 1
    }

    /// Ends the node that began at `mark`.
    pub(super) fn close(&mut self, kind: Kind, mark: usize) {
        let (start, end) = (self.noted[mark].start, self.reached);
        let size = (self.noted.len() - mark + 1) as u32;
        self.noted.push(Noted { kind, field: Field::Other, start, end, size });
    }

    /// Makes the name, or the selector of two names, that was noted since `mark` the type that it is.
    pub(super) fn retype(&mut self, mark: usize) {
        if let [name] = &mut self.noted[mark..] {
            name.kind = Kind::TypeIdentifier;
        } else if let [package, _, name, whole] = &mut self.noted[mark..] {
            (package.kind, package.field) = (Kind::PackageIdentifier, Field::Other);
            (name.kind, name.field) = (Kind::TypeIdentifier, Field::Name);
            whole.kind = Kind::QualifiedType;
        }
    }

    /// Whether what was noted since `mark` is a name, or a selector of two.
    pub(super) fn may_be_type(&self, mark: usize) -> bool {
        match self.noted[mark..] {
            [name] => name.kind == Kind::Identifier,
            [package, dot, name, whole] => {
                let kinds = [package, dot, name, whole].map(|noted| noted.kind);
                kinds == [Kind::Identifier, Kind::Token, Kind::FieldIdentifier, Kind::Selector]
            }
            _ => false,
        }
    }

    /// The line's end or semicolon that ends a statement. Whether there is one.
    pub(super) fn terminator(&mut self) -> bool {
        let newline = self.tokens.all[self.at].newline;
        if newline == SAME_LINE {
            return self.accept(Word::Semicolon);
        }
        self.comments_before(newline);
        // Empty lines directly behind it are part of it.
        let ends = self.text.as_bytes()[newline as usize..].iter().take_while(|&&byte| byte == b'\n').count();
        self.reached = newline + ends as u32;
        true
    }

    /// Where it is.
    pub(super) fn place(&self) -> Place {
        let Reader { at, comment, reached, depth, is_broken, in_header, in_doubt, .. } = *self;
        Place { at, comment, noted: self.noted.len(), reached, depth, is_broken, in_header, in_doubt }
    }

    /// Goes back to where it was, before what it has noted since.
    pub(super) fn back_to(&mut self, place: Place) {
        self.noted.truncate(place.noted);
        (self.at, self.comment, self.reached) = (place.at, place.comment, place.reached);
        (self.depth, self.is_broken) = (place.depth, place.is_broken);
        (self.in_header, self.in_doubt) = (place.in_header, place.in_doubt);
    }

    /// One step deeper; nothing where that is too deep. [`Self::leave`] goes back.
    pub(super) fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEEPEST).then_some(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The bytes of the next token.
    pub(super) fn text_of_next(&self) -> &[u8] {
        let token = self.tokens.all[self.at];
        &self.text.as_bytes()[token.start as usize..token.end as usize]
    }

    /// Notes parts of the next token, which is a literal, as leaves of their own, and the whole; each is a kind with its end.
    pub(super) fn literal(&mut self, kind: Kind, parts: &[(Kind, usize)]) {
        let mark = self.mark();
        let Token { start, end, .. } = self.tokens.all[self.at];
        self.take_line_end();
        let mut from = 0;
        for &(part, end) in parts {
            self.note(part, start + from as u32, start + end as u32);
            from = end;
        }
        self.at += 1;
        self.reached = end;
        self.close(kind, mark);
    }

    /// Notes a line's end in front of the next token that ends a statement where none can end.
    fn take_line_end(&mut self) {
        let newline = self.tokens.all[self.at].newline;
        let is_new = newline != SAME_LINE && newline >= self.reached;
        self.is_broken |= is_new && self.at > 0 && self.tokens.all[self.at - 1].word.ends_statement();
    }

    fn note(&mut self, kind: Kind, start: u32, end: u32) {
        self.noted.push(Noted { kind, field: Field::Other, start, end, size: 1 });
    }

    fn comments_before(&mut self, offset: u32) {
        while let Some(&(start, end)) = self.tokens.comments.get(self.comment) {
            if start > offset {
                break;
            }
            self.comment += 1;
            self.note(Kind::Comment, start, end);
        }
    }

    /// The nodes below a root that reaches to the end of the text.
    fn preorder(mut self) -> Vec<Node> {
        self.comments_before(u32::MAX);
        let size = self.noted.len() as u32 + 1;
        let start = self.noted.first().map_or(0, |first| first.start);
        let root =
            Noted { kind: Kind::SourceFile, field: Field::Other, start, end: self.text.len() as u32, size };
        let mut nodes = vec![node(root, 0, 0); size as usize];
        // For each node around: its place, and where the last of its children begins that have been placed.
        let mut around = vec![(0, size)];
        for noted in self.noted.into_iter().rev() {
            while around.last().is_some_and(|&(place, first)| first == place + 1) {
                around.pop();
            }
            let Some((parent, first)) = around.last_mut() else { break };
            *first -= noted.size;
            let (parent, place) = (*parent, *first);
            nodes[place as usize] = node(noted, place, parent);
            if noted.size > 1 {
                around.push((place, place + noted.size));
            }
        }
        nodes
    }
}

fn node(noted: Noted, place: u32, parent: u32) -> Node {
    let Noted { kind, field, start, end, size } = noted;
    Node { kind, field, missing: false, start, end, parent, last: place + size }
}
