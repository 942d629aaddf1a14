//! Where an object was made, it is taken from its pool and made as good as new.

use crate::edit::Edit;
use crate::file::File;
use crate::lower::is_predeclared;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::Refusal;
use crate::passes::constructors::{Constructor, Takes};
use crate::passes::lines::{Comments, Lines};
use crate::passes::poolable::{Made, Object};
use crate::passes::pools::Pool;
use crate::scope::{Access, BindingId, access};
use crate::span::Span;
use crate::verdict::Reason;

/// An object with its pool.
#[derive(Clone, Debug)]
pub(super) struct Pooled {
    pub(super) object: Object,
    /// Nothing where it is taken from a pool already.
    pub(super) pool: Option<Pool>,
    /// The defer whose call is the last to be made with it.
    pub(super) defer: NodeId,
    /// The variables that hold it, or something of it.
    pub(super) holders: Vec<BindingId>,
}

/// Writes the edits for one object.
pub(super) struct Acquire<'p, 'a, 't> {
    file: &'p File<'a, 't>,
    object: &'p Object,
    pool: Option<&'p Pool>,
    lines: Lines<'p, 'a, 't>,
    /// What is between two statements here.
    separator: String,
}

impl<'p, 'a, 't> Acquire<'p, 'a, 't> {
    /// `indented` is what gets a tab more, if anything does.
    pub(super) fn new(file: &'p File<'a, 't>, pooled: &'p Pooled, indented: Option<Span>) -> Self {
        let lines = Lines::new(file);
        let statement = pooled.object.statement;
        let mut separator = lines.separator(statement, &[]);
        if indented.is_some_and(|region| region.contains(file.tree.span(statement))) && separator != "; " {
            separator.push('\t');
        }
        Acquire { file, object: &pooled.object, pool: pooled.pool.as_ref(), lines, separator }
    }

    /// The edits; refused where the statements around do not allow them.
    pub(super) fn edits(&self) -> Result<Vec<Edit>, Refusal> {
        let Some(pool) = self.pool else { return Ok(Vec::new()) };
        let Object { statement, made, .. } = self.object;
        let tree = self.file.tree;
        let name = self.file.scopes.get(self.object.variable).name;
        let get = format!("{name} := {}.Get().({}){}", pool.name, pool.get, self.separator);
        let Span { start, end } = tree.span(*statement);
        let mut edits = self.addresses();
        match made {
            Made::Constructed { how, call } if how.takes != Takes::Nothing => {
                edits.extend(self.constructed(how, *call, &get, name)?);
            }
            Made::Constructed { .. } | Made::Buffer | Made::Own { .. } => {
                edits.push(Edit::replace(start, end, format!("{get}{name}.Reset()")));
            }
            Made::Whole { literal: Some(literal), .. } => {
                edits.push(Edit::replace(start, tree.start(*literal), format!("{get}*{name} = ")));
            }
            Made::Whole { of, literal: None } => {
                edits.push(Edit::replace(start, end, format!("{get}*{name} = {of}{{}}")));
            }
            Made::Taken => {}
        }
        Ok(edits)
    }

    fn refuse<T>(&self, at: NodeId) -> Result<T, Refusal> {
        Err(Refusal { reason: Reason::PoolShape, at: self.file.tree.span(at) })
    }

    /// `&x` becomes `x` where the variable was the object and is a pointer now.
    fn addresses(&self) -> Vec<Edit> {
        let File { tree, scopes, .. } = *self.file;
        let mentions = scopes.get(self.object.variable).mentions.iter().copied();
        let addresses = mentions.filter(|&at| self.object.is_value && access(tree, at) == Access::Address);
        let unary = addresses.filter_map(|at| tree.parent(at));
        unary.map(|unary| Edit::replace(tree.start(unary), tree.start(unary) + 1, "")).collect()
    }

    /// A call with a stream becomes `Reset` with the same stream.
    fn constructed(
        &self,
        how: &Constructor,
        call: NodeId,
        get: &str,
        name: &str,
    ) -> Result<Vec<Edit>, Refusal> {
        let tree = self.file.tree;
        let statement = self.object.statement;
        let list = tree.child(call, Field::Arguments).unwrap_or(call);
        let arguments: Vec<NodeId> = tree.named(list).collect();
        let (mut edits, error) = self.error(how)?;
        let reset = match (how.resetter, self.pool) {
            (Some(resetter), Some(_)) => {
                let callee = tree.child(call, Field::Function).map(|callee| tree.text_of(callee));
                let package = callee.and_then(|callee| callee.split('.').next()).unwrap_or_default();
                format!("{name}.({package}.{resetter}).Reset")
            }
            _ => format!("{name}.Reset"),
        };
        edits.push(Edit::replace(tree.start(statement), tree.start(list), format!("{get}{error}{reset}")));
        let stream = arguments.first().copied().unwrap_or(list);
        if how.resetter.is_some() || arguments.len() > 1 {
            let others = Span::new(tree.end(stream), tree.end(list) - 1);
            if others.of(tree.text).contains('\n') || !is_predeclared(self.file, "nil", others.start) {
                return self.refuse(statement);
            }
            let more = if how.resetter.is_some() { ", nil" } else { "" };
            edits.push(Edit::replace(others.start, others.end, more));
        }
        Ok(edits)
    }

    /// What becomes of the error that the constructor gives: text in front of `Reset`, and edits elsewhere.
    fn error(&self, how: &Constructor) -> Result<(Vec<Edit>, String), Refusal> {
        let statement = self.object.statement;
        let levels = how.takes == Takes::StreamAndLevel;
        match self.object.error {
            None if !how.fails || levels => Ok((Vec::new(), String::new())),
            // Without a look at the error, nothing shows that there is an object.
            None => self.refuse(statement),
            Some(error) => {
                let check = self.check(error);
                let Some(check) = check else { return self.refuse(statement) };
                if levels {
                    Ok((self.no_error(error, check)?, String::new()))
                } else {
                    let sign = if self.is_new(error) { ":=" } else { "=" };
                    let name = self.file.scopes.get(error).name;
                    Ok((Vec::new(), format!("{name} {sign} ")))
                }
            }
        }
    }

    fn is_new(&self, error: BindingId) -> bool {
        self.file.tree.within(self.file.scopes.get(error).at, self.object.statement)
    }

    /// `if err != nil { … }` right behind the statement, which leaves the list and does not mention the object.
    fn check(&self, error: BindingId) -> Option<NodeId> {
        let File { tree, scopes, flow, .. } = *self.file;
        let list = tree.parent(self.object.statement)?;
        let mut behind = tree.named(list).skip_while(|&id| id <= self.object.statement);
        let check = behind.next().filter(|&id| tree.kind(id) == Kind::If)?;
        let condition = tree.child(check, Field::Condition)?;
        let operands: Vec<NodeId> = tree.named(condition).collect();
        let asks = tree.kind(condition) == Kind::Binary
            && tree.has_token(condition, "!=")
            && matches!(operands[..], [left, right]
                if scopes.meaning(left) == Some(error) && tree.kind(right) == Kind::Nil);
        let leaves = tree.child(check, Field::Consequence).is_some_and(|block| !flow.completes(block));
        let mentions = tree.subtree(check).any(|id| scopes.meaning(id) == Some(self.object.variable));
        let plain = tree.child(check, Field::Initializer).is_none()
            && tree.child(check, Field::Alternative).is_none();
        (asks && leaves && !mentions && plain).then_some(check)
    }

    /// A constant level that is right gives no error: the check goes, and the variable with it if nobody else needs it.
    fn no_error(&self, error: BindingId, check: NodeId) -> Result<Vec<Edit>, Refusal> {
        let File { tree, scopes, .. } = *self.file;
        let commented = tree.verbatim(tree.span(check)).any(|id| tree.kind(id) == Kind::Comment);
        // Its label may be there for this jump alone.
        let jumps = |id: NodeId| {
            matches!(tree.kind(id), Kind::Break | Kind::Continue | Kind::Goto)
                && tree.named(id).next().is_some()
        };
        if !self.is_new(error) || commented || tree.subtree(check).any(jumps) {
            return self.refuse(check);
        }
        let own = |at: NodeId| tree.within(at, check) || tree.within(at, self.object.statement);
        if scopes.get(error).mentions.iter().all(|&at| own(at)) {
            return Ok(self.lines.remove(&[(check, Comments::default())]));
        }
        if !is_predeclared(self.file, "error", tree.start(check)) {
            return self.refuse(check);
        }
        let Span { start, end } = tree.span(check);
        Ok(vec![Edit::replace(start, end, format!("var {} error", scopes.get(error).name))])
    }
}
