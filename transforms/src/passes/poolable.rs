//! Objects that an iteration makes and that could be used again: how one is made, and how a used one becomes as good as new.
//!
//! What is said of the standard library was read in its source and run: each `Reset` here gives the state that the constructor
//! gives, errors included. The pool's own objects are made from the constructor's constant arguments.

use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::parse::{Field, Kind, NodeId, Tree};
use crate::passes::constants::{is_constant, is_level};
use crate::passes::constructors::{CONSTRUCTORS, Constructor, Takes, refused};
use crate::region::Group;
use crate::scope::{Access, BindingId, Declares, access};
use crate::verdict::Reason;

/// An object that the iteration makes.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) variable: BindingId,
    /// The statement that makes it, which stands in a statement list.
    pub(super) statement: NodeId,
    pub(super) made: Made,
    /// The variable is the object itself, not a pointer to it.
    pub(super) is_value: bool,
    /// The variable of the error that comes with it; nothing where there is none or it is blank.
    pub(super) error: Option<BindingId>,
    /// Why a pooled object may not be the same to the program; a reason of the class unsafe.
    pub(super) doubt: Option<Reason>,
}

/// How an object is made.
#[derive(Clone, Debug)]
pub(super) enum Made {
    /// By a function of the table, called with these arguments.
    Constructed { how: &'static Constructor, call: NodeId },
    /// An empty `bytes.Buffer`, whatever makes it.
    Buffer,
    /// By `new(T)`, `&T{…}` or `var x T` with a type of this package: the type's name, and the literal that has values.
    Whole { of: String, literal: Option<NodeId> },
    /// In the same way, or by a function of this file that takes nothing, where the type has a `Reset` of its own.
    Own { of: String, new: String },
    /// It is taken from a pool already.
    Taken,
}

/// Recognises the objects of one group's iteration.
pub(super) struct Finder<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    ask: Ask<'a, 't>,
    group: &'f Group,
}

impl<'f, 'a, 't> Finder<'f, 'a, 't> {
    pub(super) fn new(file: &'f File<'a, 't>, group: &'f Group) -> Self {
        Finder { file, ask: file.ask(), group }
    }

    /// The object that a variable of the iteration holds, or why it cannot come from a pool.
    pub(super) fn object(&self, variable: BindingId) -> Result<Object, Reason> {
        let tree = self.file.tree;
        let at = self.file.scopes.get(variable).at;
        let statement = tree
            .ancestors(at)
            .find(|&up| tree.parent(up).is_none_or(|parent| tree.kind(parent) == Kind::StatementList));
        let statement = statement.filter(|&statement| {
            tree.within(statement, self.group.iteration)
                && tree.function_around(statement) == Some(self.group.function)
        });
        let statement = statement.ok_or(Reason::PoolNoObject)?;
        let object = match tree.kind(statement) {
            Kind::ShortVar => self.defined(variable, statement)?,
            Kind::VarDeclaration => self.declared(variable, statement)?,
            _ => return Err(Reason::PoolNoObject),
        };
        // The name means the new object from the first statement on, and a comment would lose its place.
        let name = self.file.scopes.get(variable).name;
        let stands_again = |id: NodeId| id != at && tree.kind(id).is_name() && tree.text_of(id) == name;
        if tree.subtree(statement).any(|id| tree.kind(id) == Kind::Comment || stands_again(id)) {
            return Err(Reason::PoolShape);
        }
        self.mentions(&object)?;
        Ok(object)
    }

    /// `var x T`.
    fn declared(&self, variable: BindingId, statement: NodeId) -> Result<Object, Reason> {
        let tree = self.file.tree;
        let mut specs = tree.named(statement);
        let spec = specs.next().filter(|&spec| tree.kind(spec) == Kind::VarSpec && specs.next().is_none());
        let spec = spec.ok_or(Reason::PoolNoObject)?;
        let names = tree.named(spec).filter(|&id| tree.field(id) == Field::Name).count();
        let of =
            tree.child(spec, Field::Type).filter(|_| names == 1 && tree.child(spec, Field::Value).is_none());
        let made = self.of_type(of.ok_or(Reason::PoolNoObject)?, None)?;
        Ok(Object { variable, statement, made, is_value: true, error: None, doubt: None })
    }

    /// `x := …` and `x, err := …`.
    fn defined(&self, variable: BindingId, statement: NodeId) -> Result<Object, Reason> {
        let File { tree, scopes, .. } = *self.file;
        let operands = |field| tree.child(statement, field).map_or_else(Vec::new, |list| tree.operands(list));
        let (targets, values) = (operands(Field::Left), operands(Field::Right));
        let (Some(&first), &[value]) = (targets.first(), values.as_slice()) else {
            return Err(Reason::PoolNoObject);
        };
        let mut object = self.valued(variable, statement, tree.unparenthesized(value))?;
        let fails = matches!(object.made, Made::Constructed { how, .. } if how.fails);
        if scopes.get(variable).at != first || targets.len() != 1 + usize::from(fails) {
            return Err(Reason::PoolShape);
        }
        object.error = targets.get(1).and_then(|&error| scopes.meaning(error));
        Ok(object)
    }

    fn valued(&self, variable: BindingId, statement: NodeId, value: NodeId) -> Result<Object, Reason> {
        let tree = self.file.tree;
        let object = |made| Object { variable, statement, made, is_value: false, error: None, doubt: None };
        match tree.kind(value) {
            Kind::Call => self.called(value).map(|(made, doubt)| Object { doubt, ..object(made) }),
            Kind::TypeAssertion => {
                let operand = tree.child(value, Field::Operand).ok_or(Reason::PoolNoObject)?;
                let pointer =
                    tree.child(value, Field::Type).is_some_and(|of| tree.kind(of) == Kind::PointerType);
                let taken = self.is_pool_call(operand, "Get") && pointer;
                if taken { Ok(object(Made::Taken)) } else { Err(Reason::PoolNoObject) }
            }
            Kind::Unary if tree.has_token(value, "&") => {
                let literal = tree.child(value, Field::Operand).map(|literal| tree.unparenthesized(literal));
                let literal = literal.filter(|&literal| tree.kind(literal) == Kind::CompositeLiteral);
                self.literal(literal.ok_or(Reason::PoolNoObject)?).map(object)
            }
            Kind::CompositeLiteral => {
                let made = self.literal(value)?;
                let value = !matches!(made, Made::Whole { .. });
                if value { Ok(Object { is_value: true, ..object(made) }) } else { Err(Reason::PoolNoObject) }
            }
            _ => Err(Reason::PoolNoObject),
        }
    }

    fn literal(&self, literal: NodeId) -> Result<Made, Reason> {
        let tree = self.file.tree;
        let of = tree.child(literal, Field::Type).ok_or(Reason::PoolNoObject)?;
        let is_empty = tree.child(literal, Field::Body).is_none_or(|body| tree.named(body).next().is_none());
        self.of_type(of, (!is_empty).then_some(literal))
    }

    /// The zero value of a type, or a literal of it that has values.
    fn of_type(&self, of: NodeId, literal: Option<NodeId>) -> Result<Made, Reason> {
        let File { tree, scopes, .. } = *self.file;
        match tree.kind(of) {
            Kind::QualifiedType => {
                let package = tree.child_of_kind(of, Kind::PackageIdentifier);
                let path = package.and_then(|package| scopes.import_path(package)).unwrap_or_default();
                let name = tree.child(of, Field::Name).map_or("", |name| tree.text_of(name));
                match (path, name) {
                    ("bytes", "Buffer") if literal.is_none() => Ok(Made::Buffer),
                    _ => Err(refused(path, name).unwrap_or(Reason::PoolNoObject)),
                }
            }
            Kind::TypeIdentifier => self.own(of, literal),
            _ => Err(Reason::PoolNoObject),
        }
    }

    /// Whether this file declares `func (x *T) Reset()` for the type.
    fn has_own_reset(&self, of: NodeId) -> bool {
        let tree = self.file.tree;
        let methods = tree.children(Tree::ROOT).filter(|&id| tree.kind(id) == Kind::MethodDeclaration);
        methods.into_iter().any(|method| {
            let part = |field| tree.child(method, field);
            let has_none = |list: Option<NodeId>| list.is_none_or(|list| tree.named(list).next().is_none());
            part(Field::Name).is_some_and(|name| tree.text_of(name) == "Reset")
                && has_none(part(Field::Parameters))
                && part(Field::Result).is_none()
                && part(Field::Receiver).is_some_and(|receiver| {
                    let mut types = tree.subtree(receiver).filter(|&id| tree.kind(id) == Kind::PointerType);
                    types.next().is_some_and(|pointer| {
                        tree.named(pointer).next().is_some_and(|to| tree.text_of(to) == tree.text_of(of))
                    })
                })
        })
    }

    fn called(&self, call: NodeId) -> Result<(Made, Option<Reason>), Reason> {
        let tree = self.file.tree;
        let list = tree.child(call, Field::Arguments);
        let arguments: Vec<NodeId> = list.map_or_else(Vec::new, |list| tree.named(list).collect());
        match self.ask.called(call) {
            Called::Builtin("new") => {
                let of = arguments.first().copied().ok_or(Reason::PoolNoObject)?;
                Ok((self.of_type(of, None)?, None))
            }
            Called::Known { owner, name, .. } => {
                let known = |how: &&Constructor| how.package == owner && how.name == name;
                let Some(how) = CONSTRUCTORS.iter().find(known) else {
                    return Err(refused(&owner, name)
                        .or_else(|| self.refused_type(call))
                        .unwrap_or(Reason::PoolNoObject));
                };
                self.constructed(how, call, &arguments)
            }
            Called::Body(function) => self.made_by(function, call, &arguments),
            _ => Err(self.refused_type(call).unwrap_or(Reason::PoolNoObject)),
        }
    }

    /// A function of this file that does nothing but give back a new object of a type with a `Reset` of its own.
    fn made_by(
        &self,
        function: NodeId,
        call: NodeId,
        arguments: &[NodeId],
    ) -> Result<(Made, Option<Reason>), Reason> {
        let tree = self.file.tree;
        let part = |field| tree.child(function, field);
        let pointer = part(Field::Result).filter(|&of| tree.kind(of) == Kind::PointerType);
        let of = pointer.and_then(|pointer| tree.named(pointer).next());
        let of = of.filter(|&of| tree.kind(of) == Kind::TypeIdentifier && self.has_own_reset(of));
        let body = part(Field::Body).map_or_else(Vec::new, |body| tree.statements(body));
        let gives_new = matches!(body[..], [only] if tree.kind(only) == Kind::Return && {
            let value = tree.text_of(only).strip_prefix("return").unwrap_or_default().trim_start();
            of.is_some_and(|of| {
                let name = tree.text_of(of);
                value == format!("new({name})") || value.starts_with(&format!("&{name}{{")) && value.ends_with('}')
            })
        });
        let callee = tree.child(call, Field::Function).filter(|&id| tree.kind(id) == Kind::Identifier);
        match (of, callee) {
            (Some(of), Some(callee)) if gives_new && arguments.is_empty() => {
                let new = format!("{}()", tree.text_of(callee));
                Ok((Made::Own { of: tree.text_of(of).to_owned(), new }, None))
            }
            (Some(_), Some(_)) if gives_new => Err(Reason::PoolArgument),
            _ => Err(Reason::PoolNoObject),
        }
    }

    /// A type of this package, which the literal is of if there is one.
    fn own(&self, of: NodeId, literal: Option<NodeId>) -> Result<Made, Reason> {
        let File { tree, scopes, .. } = *self.file;
        let binding = scopes.meaning(of).map(|binding| scopes.get(binding));
        if binding.is_some_and(|binding| binding.declares == Declares::Type && binding.function.is_some()) {
            return Err(Reason::PoolShape);
        }
        if !self.ask.is_struct(of) {
            return Err(Reason::PoolNoObject);
        }
        let name = tree.text_of(of).to_owned();
        if literal.is_none() && self.has_own_reset(of) {
            return Ok(Made::Own { new: format!("new({name})"), of: name });
        }
        Ok(Made::Whole { of: name, literal })
    }

    /// Why a value of a type that the table of facts knows cannot come from a pool.
    fn refused_type(&self, value: NodeId) -> Option<Reason> {
        let (path, name) = self.ask.known_type(value)?.rsplit_once('.')?;
        refused(path, name)
    }

    fn constructed(
        &self,
        how: &'static Constructor,
        call: NodeId,
        arguments: &[NodeId],
    ) -> Result<(Made, Option<Reason>), Reason> {
        let tree = self.file.tree;
        let constant = match (how.takes, arguments) {
            (Takes::Nothing, []) | (Takes::Stream, [_]) => true,
            (Takes::Nil, &[only]) => tree.kind(only) == Kind::Nil && self.file.scopes.meaning(only).is_none(),
            (Takes::StreamAndLevel, &[_, level]) => is_level(self.file, level),
            (Takes::StreamAndSize, &[_, size]) => is_constant(self.file, size),
            _ => false,
        };
        if !constant || arguments.iter().any(|&argument| tree.kind(argument) == Kind::VariadicArgument) {
            return Err(Reason::PoolArgument);
        }
        if how.takes == Takes::Nil {
            return Ok((Made::Buffer, None));
        }
        let same = how.may_be_argument && !arguments.first().is_some_and(|&stream| self.is_concrete(stream));
        Ok((Made::Constructed { how, call }, same.then_some(Reason::PoolSameObject)))
    }

    /// Whether a stream is of a type that is no interface and no buffer of bufio.
    fn is_concrete(&self, stream: NodeId) -> bool {
        self.ask.known_type(stream).is_some_and(|of| CONCRETE.contains(&of))
    }

    /// Whether a call is a method of a `sync.Pool`.
    pub(super) fn is_pool_call(&self, call: NodeId, method: &str) -> bool {
        self.file.tree.kind(call) == Kind::Call
            && matches!(self.ask.called(call), Called::Known { owner, name, .. } if owner == "sync.Pool" && name == method)
    }

    /// Whether a call is one of the standard library's.
    pub(super) fn is_standard(&self, call: NodeId) -> bool {
        self.ask.is_standard_call(call)
    }

    /// A pooled object takes the place of the variable only where that has one value, and is nowhere copied.
    fn mentions(&self, object: &Object) -> Result<(), Reason> {
        let File { tree, scopes, .. } = *self.file;
        let binding = scopes.get(object.variable);
        for &mention in binding.mentions.iter().filter(|&&mention| mention != binding.at) {
            let parent = tree.parent(mention);
            let is_operand = tree.field(mention) == Field::Operand
                && parent.is_some_and(|parent| tree.kind(parent) == Kind::Selector);
            let fits = match access(tree, mention) {
                Access::Read => is_operand || !object.is_value,
                Access::Address => {
                    object.is_value
                        && parent.is_some_and(|up| tree.kind(up) == Kind::Unary)
                        && !self.is_copied_text(mention)
                }
                Access::Write | Access::Update => false,
            };
            if !fits || tree.within(mention, object.statement) {
                return Err(Reason::PoolShape);
            }
        }
        Ok(())
    }

    /// Whether a mention stands in text that a rewrite writes anew.
    fn is_copied_text(&self, mention: NodeId) -> bool {
        let tree = self.file.tree;
        let mut around = tree.ancestors(mention).take_while(|&up| up > self.group.iteration);
        around.any(|up| matches!(tree.kind(up), Kind::Defer | Kind::Return))
    }
}

/// Types of the table of facts that are neither interfaces nor buffers of bufio.
const CONCRETE: &[&str] = &[
    "bytes.Buffer",
    "bytes.Reader",
    "compress/flate.Writer",
    "compress/gzip.Reader",
    "compress/gzip.Writer",
    "compress/zlib.Writer",
    "net.TCPConn",
    "os.File",
    "strings.Reader",
];
