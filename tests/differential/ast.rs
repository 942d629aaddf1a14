//! The small part of Go that the generated functions are made of.

pub(crate) type Block = Vec<Stmt>;

/// The result lists, each a column of the coverage table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum List {
    None,
    Error,
    Int,
    IntError,
    ResError,
    Generic,
    Named,
    NamedShadowed,
    NamedBlank,
}

impl List {
    pub(crate) const ALL: [List; 9] = [
        List::None,
        List::Error,
        List::Int,
        List::IntError,
        List::ResError,
        List::Generic,
        List::Named,
        List::NamedShadowed,
        List::NamedBlank,
    ];

    /// The types, as Go writes them.
    pub(crate) fn types(self) -> &'static [&'static str] {
        match self {
            List::None => &[],
            List::Error => &["error"],
            List::Int => &["int"],
            List::IntError | List::Named | List::NamedShadowed | List::NamedBlank => &["int", "error"],
            List::ResError => &["*R", "error"],
            List::Generic => &["T", "string", "error"],
        }
    }

    /// The names, `_` for a blank one; empty where the results have none.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            List::Named | List::NamedShadowed => &["n", "err"],
            List::NamedBlank => &["_", "err"],
            _ => &[],
        }
    }
}

/// The loop forms, each a column of the coverage table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    ThreeClause,
    Condition,
    Infinite,
    RangeInt,
    RangeSlice,
    RangeMap,
    RangeString,
    RangeChannel,
    RangeFunc,
    RangeAssign,
}

impl Form {
    pub(crate) const ALL: [Form; 10] = [
        Form::ThreeClause,
        Form::Condition,
        Form::Infinite,
        Form::RangeInt,
        Form::RangeSlice,
        Form::RangeMap,
        Form::RangeString,
        Form::RangeChannel,
        Form::RangeFunc,
        Form::RangeAssign,
    ];
}

/// Functions of the prelude, which trace what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Helper {
    Open,
    TryOpen,
    Value,
    Maybe,
    Pair,
    Spare,
    Triple,
    TypedNil,
    Closer,
    /// The number of a letter.
    Ord,
}

/// Methods of the prelude's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// `(*R).Use() int`
    Use,
    /// `(*R).Close()`
    Close,
    /// `(*R).Shut() error`
    Shut,
    /// `(*R).Abort()`, which panics for some.
    Abort,
    /// `V.Done()`: the receiver is copied at the defer.
    Done,
    /// `(*V).Seal()`: the receiver is the variable.
    Seal,
    /// `(*os.File).Close() error`, which leaves no trace of its own.
    CloseFile,
}

#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Int(i64),
    Text(String),
    Nil,
    Var(String),
    Add(Box<Expr>, i64),
    Call(Helper, Vec<Expr>),
    Method(String, Method),
    /// `errors.New("…")`
    NewError(String),
    /// `fmt.Errorf("e%d", x)`
    Errorf(Box<Expr>),
    /// `V{x}`
    Struct(Box<Expr>),
    /// `os.Open(os.DevNull)`: a resource that the engine knows all about.
    OpenFile,
    /// `f.Stat()` of a file, which fails when it is closed.
    Stat(String),
    /// `bufio.NewReader(f)`
    NewReader(String),
    /// `r.ReadByte()` of a reader on a file: its end, or a failure when that is closed.
    ReadByte(String),
    /// `func() … { … }()`
    Literal(Box<Literal>),
}

/// A function literal that is called on the spot.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) list: List,
    pub(crate) body: Block,
}

#[derive(Clone, Debug)]
pub(crate) enum Cond {
    /// `x%m == k`
    Mod(Expr, i64, i64),
    /// `x > k`
    More(Expr, i64),
    /// `err != nil`
    Failed(String),
    /// `err == nil`
    Fine(String),
    And(Box<Cond>, Box<Cond>),
}

#[derive(Clone, Debug)]
pub(crate) struct Clause {
    /// Nothing stands for `default`.
    pub(crate) value: Option<i64>,
    pub(crate) body: Block,
    pub(crate) falls: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) id: usize,
    pub(crate) label: Option<String>,
    pub(crate) form: Form,
    /// The variable of the header: the body's own, but for the condition and assignment forms.
    pub(crate) var: String,
    pub(crate) count: i64,
    pub(crate) body: Block,
}

#[derive(Clone, Debug)]
pub(crate) enum Deferred {
    /// `x.Method()`
    Method(String, Method),
    /// `t("label", x)`
    Trace(String, Expr),
    /// `func(p int) { … }(x)`, or without the parameter.
    Literal { param: Option<(String, Expr)>, body: Block },
    /// `enter("label", x)()`
    Enter(String, Expr),
    /// `fn()`
    Variable(String),
    /// A literal that recovers, and may store what it got in an error variable.
    Recover { label: String, into: Option<String> },
}

#[derive(Clone, Debug)]
pub(crate) struct Defer {
    pub(crate) id: usize,
    pub(crate) call: Deferred,
}

#[derive(Clone, Debug)]
pub(crate) enum Stmt {
    /// `t("label", x)`
    Trace(String, Expr),
    /// `a, b := x`
    Define(Vec<String>, Expr),
    /// `var fn func()`
    NilFunc(String),
    /// `a, b = x, y` or `a, b = f()`
    Assign(Vec<String>, Vec<Expr>),
    /// `v.id += k`
    Bump(String, i64),
    /// `k++`
    Increment(String),
    Call(Expr),
    If {
        init: Option<Box<Stmt>>,
        cond: Cond,
        then: Block,
        other: Option<Block>,
    },
    Switch {
        label: Option<String>,
        tag: Expr,
        modulus: i64,
        clauses: Vec<Clause>,
    },
    /// `switch v := box(x).(type)` with an int clause, a string clause and a default.
    TypeSwitch {
        label: Option<String>,
        bind: String,
        on: Expr,
        int: Block,
        text: Block,
        rest: Block,
    },
    /// `select { case v := <-ready(x): … default: … }`
    Select {
        label: Option<String>,
        bind: String,
        on: Expr,
        ready: Block,
        rest: Block,
    },
    Loop(Loop),
    Block(Block),
    Defer(Defer),
    Continue(Option<String>),
    Break(Option<String>),
    /// Empty for a bare one.
    Return(Vec<Expr>),
    Panic(Expr),
    /// `t("label", recover())` outside a deferred call: the tool has to refuse the region.
    DirectRecover(String),
}

/// How the function is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    Plain,
    Method,
    GenericMethod,
}

/// What the generator knows that the text does not say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The tool may rightly keep a site: not counted as left.
    pub(crate) evidence: bool,
    /// A function-level defer reads the named results.
    pub(crate) reads_results: bool,
    /// What a function-level defer that recovers traces, so that the function returns after a panic.
    pub(crate) recovers: Option<String>,
    /// Predeclared (or the prelude's) names that mean something else in the body.
    pub(crate) shadowed: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) id: usize,
    pub(crate) header: Header,
    pub(crate) list: List,
    /// The names of the two int parameters.
    pub(crate) params: [String; 2],
    pub(crate) body: Block,
    pub(crate) notes: Notes,
}

impl Loop {
    /// The length of the string that a loop over one goes through.
    pub(crate) fn letters(&self) -> usize {
        usize::try_from(self.count).expect("a small count")
    }
}

impl Stmt {
    /// The blocks inside the statement that belong to the same function.
    pub(crate) fn blocks(&self) -> Vec<&Block> {
        match self {
            Stmt::If { then, other, .. } => std::iter::once(then).chain(other).collect(),
            Stmt::Switch { clauses, .. } => clauses.iter().map(|clause| &clause.body).collect(),
            Stmt::TypeSwitch { int, text, rest, .. } => vec![int, text, rest],
            Stmt::Select { ready, rest, .. } => vec![ready, rest],
            Stmt::Loop(inner) => vec![&inner.body],
            Stmt::Block(body) => vec![body],
            _ => Vec::new(),
        }
    }

    /// As [`Stmt::blocks`], for changing them.
    pub(crate) fn blocks_mut(&mut self) -> Vec<&mut Block> {
        match self {
            Stmt::If { then, other, .. } => std::iter::once(then).chain(other).collect(),
            Stmt::Switch { clauses, .. } => clauses.iter_mut().map(|clause| &mut clause.body).collect(),
            Stmt::TypeSwitch { int, text, rest, .. } => vec![int, text, rest],
            Stmt::Select { ready, rest, .. } => vec![ready, rest],
            Stmt::Loop(inner) => vec![&mut inner.body],
            Stmt::Block(body) => vec![body],
            _ => Vec::new(),
        }
    }

    /// The function literal that the statement calls.
    pub(crate) fn literal(&self) -> Option<&Literal> {
        match self {
            Stmt::Call(Expr::Literal(literal)) | Stmt::Define(_, Expr::Literal(literal)) => Some(literal),
            _ => None,
        }
    }
}
