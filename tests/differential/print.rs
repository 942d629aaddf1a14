//! Prints a function as Go, gofmt's way, and remembers the line of every defer.

use crate::ast::{
    Block, Clause, Cond, Defer, Deferred, Expr, Form, Function, Header, Helper, List, Loop, Method, Stmt,
};
use std::fmt::Write as _;

/// A file with one function.
pub(crate) struct Printed {
    pub(crate) text: String,
    /// The line of each defer, counted from one, and its number.
    pub(crate) defers: Vec<(usize, usize)>,
}

struct Printer<'a> {
    function: &'a Function,
    out: String,
    depth: usize,
    line: usize,
    defers: Vec<(usize, usize)>,
    pointers: bool,
}

/// The Go file of a function in a package of the given name.
/// Structures are held by pointers if they are to be `pointers`, which makes no difference to what is traced.
pub(crate) fn file(function: &Function, package: &str, pointers: bool) -> Printed {
    let mut printer =
        Printer { function, out: String::new(), depth: 0, line: 1, defers: Vec::new(), pointers };
    printer.declaration();
    let body = printer.out;
    let used = |name: &&str| body.contains(&format!(" {name}.")) || body.contains(&format!("({name}."));
    let imports: Vec<&str> = ["bufio", "errors", "fmt", "os"].into_iter().filter(used).collect();
    let mut text = format!("package {package}\n\n");
    if let [only] = imports[..] {
        let _ = write!(text, "import \"{only}\"\n\n");
    } else if !imports.is_empty() {
        let quoted: Vec<String> = imports.iter().map(|name| format!("\t{name:?}")).collect();
        let _ = write!(text, "import (\n{}\n)\n\n", quoted.join("\n"));
    }
    let shift = text.matches('\n').count();
    text.push_str(&body);
    Printed { text, defers: printer.defers.into_iter().map(|(line, id)| (line + shift, id)).collect() }
}

/// The entry of the function in the table that the prelude runs.
pub(crate) fn entry(function: &Function) -> String {
    let id = function.id;
    let (receiver, own) = match (function.header, function.list) {
        (Header::Plain, List::Generic) => (String::new(), "\"v\", "),
        (Header::Plain, _) => (String::new(), ""),
        (Header::Method, _) => ("new(Service).".to_owned(), ""),
        (Header::GenericMethod, List::Generic) => ("new(Cell[int]).".to_owned(), "7, "),
        (Header::GenericMethod, _) => ("new(Cell[int]).".to_owned(), ""),
    };
    let call = format!("{receiver}f{id}({own}a, b)");
    let names: Vec<String> = (0..function.list.types().len()).map(|k| format!("r{k}")).collect();
    let mut body = if names.is_empty() { call } else { format!("{} := {call}", names.join(", ")) };
    for name in &names {
        let _ = write!(body, "; t(\"result{}\", {name})", &name[1..]);
    }
    format!("\t{{{id}, func(a, b int) {{ {body} }}}},\n")
}

fn signature(list: List) -> String {
    let named = list.types().iter().zip(list.names()).map(|(text, name)| format!("{name} {text}"));
    match (list.types(), list.names()) {
        ([], _) => String::new(),
        ([only], _) => format!(" {only}"),
        (types, []) => format!(" ({})", types.join(", ")),
        _ => format!(" ({})", named.collect::<Vec<_>>().join(", ")),
    }
}

impl Printer<'_> {
    fn declaration(&mut self) {
        let function = self.function;
        let generic = function.list == List::Generic;
        let (receiver, parameters) = match function.header {
            Header::Plain if generic => ("", "[T any]"),
            Header::Plain => ("", ""),
            Header::Method => ("(s *Service) ", ""),
            Header::GenericMethod => ("(c *Cell[T]) ", ""),
        };
        let own = if generic { "v T, " } else { "" };
        let [a, b] = &function.params;
        let results = signature(function.list);
        let head = format!("func {receiver}f{}{parameters}({own}{a}, {b} int){results} {{", function.id);
        self.body(&head, &function.body, "}");
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push('\t');
        }
        self.out.push_str(text);
        self.out.push('\n');
        self.line += 1;
    }

    /// A head, an indented block and a tail.
    fn body(&mut self, head: &str, block: &Block, tail: &str) {
        self.line(head);
        self.block(block);
        self.line(tail);
    }

    fn block(&mut self, block: &Block) {
        self.depth += 1;
        for stmt in block {
            self.statement(stmt);
        }
        self.depth -= 1;
    }

    fn label(&mut self, label: Option<&String>) {
        if let Some(label) = label {
            self.depth -= 1;
            self.line(&format!("{label}:"));
            self.depth += 1;
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::If { init, cond, then, other } => {
                let init = init.as_ref().map_or(String::new(), |init| format!("{}; ", self.simple(init)));
                self.line(&format!("if {init}{} {{", self.cond(cond)));
                self.block(then);
                if let Some(other) = other {
                    self.line("} else {");
                    self.block(other);
                }
                self.line("}");
            }
            Stmt::Switch { label, tag, modulus, clauses } => {
                self.label(label.as_ref());
                self.line(&format!("switch {} % {modulus} {{", self.expr(tag)));
                for clause in clauses {
                    self.clause(clause);
                }
                self.line("}");
            }
            Stmt::TypeSwitch { label, bind, on, int, text, rest } => {
                self.label(label.as_ref());
                self.line(&format!("switch {bind} := box({}).(type) {{", self.expr(on)));
                self.case("case int:", int);
                self.case("case string:", text);
                self.case("default:", rest);
                self.line("}");
            }
            Stmt::Select { label, bind, on, ready, rest } => {
                self.label(label.as_ref());
                self.line("select {");
                self.case(&format!("case {bind} := <-ready({}):", self.expr(on)), ready);
                self.case("default:", rest);
                self.line("}");
            }
            Stmt::Loop(inner) => self.for_loop(inner),
            Stmt::Block(body) => self.body("{", body, "}"),
            Stmt::Defer(defer) => self.defer(defer),
            Stmt::Define(names, Expr::Literal(literal)) => {
                let head = format!("{} := func(){} {{", names.join(", "), signature(literal.list));
                self.body(&head, &literal.body, "}()");
            }
            Stmt::Call(Expr::Literal(literal)) => self.body("func() {", &literal.body, "}()"),
            simple => {
                let text = self.simple(simple);
                self.line(&text);
            }
        }
    }

    fn clause(&mut self, clause: &Clause) {
        let head = clause.value.map_or("default:".to_owned(), |value| format!("case {value}:"));
        self.case(&head, &clause.body);
        if clause.falls {
            self.line("\tfallthrough");
        }
    }

    fn case(&mut self, head: &str, block: &Block) {
        self.line(head);
        self.block(block);
    }

    fn for_loop(&mut self, inner: &Loop) {
        self.label(inner.label.as_ref());
        let (var, count) = (&inner.var, inner.count);
        let head = match inner.form {
            Form::ThreeClause => format!("for {var} := 0; {var} < {count}; {var}++ {{"),
            Form::Condition => format!("for {var} < {count} {{"),
            Form::Infinite => "for {".to_owned(),
            Form::RangeInt => format!("for {var} := range {count} {{"),
            Form::RangeSlice => format!("for _, {var} := range ints({count}) {{"),
            Form::RangeMap => format!("for _, {var} := range single() {{"),
            Form::RangeString => format!(
                "for _, {var} := range {:?} {{",
                "abcdef".chars().take(inner.letters()).collect::<String>()
            ),
            Form::RangeChannel => format!("for {var} := range feed({count}) {{"),
            Form::RangeFunc => format!("for {var} := range count({count}) {{"),
            Form::RangeAssign => format!("for {var} = range {count} {{"),
        };
        self.body(&head, &inner.body, "}");
    }

    fn defer(&mut self, defer: &Defer) {
        self.defers.push((self.line, defer.id));
        match &defer.call {
            Deferred::Method(name, method) => self.line(&format!("defer {name}.{}()", name_of(*method))),
            Deferred::Trace(label, expr) => self.line(&format!("defer t({label:?}, {})", self.expr(expr))),
            Deferred::Literal { param: None, body } => self.body("defer func() {", body, "}()"),
            Deferred::Literal { param: Some((name, expr)), body } => {
                let tail = format!("}}({})", self.expr(expr));
                self.body(&format!("defer func({name} int) {{"), body, &tail);
            }
            Deferred::Enter(label, expr) => {
                self.line(&format!("defer enter({label:?}, {})()", self.expr(expr)));
            }
            Deferred::Variable(name) => self.line(&format!("defer {name}()")),
            Deferred::Recover { label, into } => {
                self.line("defer func() {");
                let none = if self.nil() == "nil" { "nil" } else { "noPanic" };
                self.line(&format!("\tif p := recover(); p != {none} {{"));
                self.line(&format!("\t\tt({label:?}, p)"));
                if let Some(name) = into {
                    self.line(&format!("\t\t{name} = fmt.Errorf(\"recovered %v\", p)"));
                }
                self.line("\t}");
                self.line("}()");
            }
        }
    }

    fn simple(&self, stmt: &Stmt) -> String {
        let label = |word: &str, label: &Option<String>| {
            label.as_ref().map_or(word.to_owned(), |label| format!("{word} {label}"))
        };
        match stmt {
            Stmt::Trace(label, expr) => format!("t({label:?}, {})", self.expr(expr)),
            Stmt::Define(names, expr) => format!("{} := {}", names.join(", "), self.expr(expr)),
            Stmt::NilFunc(name) => format!("var {name} func()"),
            Stmt::Assign(names, exprs) => format!("{} = {}", names.join(", "), self.list(exprs)),
            Stmt::Bump(name, k) => format!("{name}.id += {k}"),
            Stmt::Increment(name) => format!("{name}++"),
            Stmt::Call(expr) => self.expr(expr),
            Stmt::Continue(to) => label("continue", to),
            Stmt::Break(to) => label("break", to),
            Stmt::Return(exprs) if exprs.is_empty() => "return".to_owned(),
            Stmt::Return(exprs) => format!("return {}", self.list(exprs)),
            Stmt::Panic(expr) => format!("panic(fmt.Sprintf(\"p%d\", {}))", self.expr(expr)),
            Stmt::DirectRecover(label) => format!("t({label:?}, recover())"),
            other => unreachable!("a statement of several lines: {other:?}"),
        }
    }

    fn list(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    fn nil(&self) -> &'static str {
        if self.function.notes.shadowed.iter().any(|name| name == "nil") { "noError" } else { "nil" }
    }

    fn cond(&self, cond: &Cond) -> String {
        match cond {
            Cond::Mod(expr, m, k) => match expr {
                Expr::Add(..) => format!("({})%{m} == {k}", self.expr(expr)),
                _ => format!("{}%{m} == {k}", self.expr(expr)),
            },
            Cond::More(expr, k) => format!("{} > {k}", self.expr(expr)),
            Cond::Failed(name) => format!("{name} != {}", self.nil()),
            Cond::Fine(name) => format!("{name} == {}", self.nil()),
            Cond::And(left, right) => format!("{} && {}", self.cond(left), self.cond(right)),
        }
    }

    fn expr(&self, expr: &Expr) -> String {
        match expr {
            Expr::Int(n) => n.to_string(),
            Expr::Text(text) => format!("{text:?}"),
            Expr::Nil => self.nil().to_owned(),
            Expr::Var(name) => name.clone(),
            Expr::Add(left, right) => format!("{} + {right}", self.expr(left)),
            Expr::Call(helper, args) => format!("{}({})", helper_name(*helper), self.list(args)),
            Expr::Method(name, method) => format!("{name}.{}()", name_of(*method)),
            Expr::NewError(text) => format!("errors.New({text:?})"),
            Expr::Errorf(inner) => format!("fmt.Errorf(\"e%d\", {})", self.expr(inner)),
            Expr::Struct(inner) => {
                let sign = if self.pointers { "&" } else { "" };
                format!("{sign}V{{{}}}", self.expr(inner))
            }
            Expr::OpenFile => "os.Open(os.DevNull)".to_owned(),
            Expr::Stat(name) => format!("{name}.Stat()"),
            Expr::NewReader(name) => format!("bufio.NewReader({name})"),
            Expr::ReadByte(name) => format!("{name}.ReadByte()"),
            Expr::Literal(_) => unreachable!("a literal is a statement of its own"),
        }
    }
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::Use => "Use",
        Method::Close | Method::CloseFile => "Close",
        Method::Shut => "Shut",
        Method::Abort => "Abort",
        Method::Done => "Done",
        Method::Seal => "Seal",
    }
}

fn helper_name(helper: Helper) -> &'static str {
    match helper {
        Helper::Open => "open",
        Helper::TryOpen => "tryOpen",
        Helper::Value => "value",
        Helper::Maybe => "maybe",
        Helper::Pair => "pair",
        Helper::Spare => "spare",
        Helper::Triple => "triple",
        Helper::TypedNil => "typedNil",
        Helper::Closer => "closer",
        Helper::Ord => "ord",
    }
}
