//! What the stages cost, one after the other, on a file as it is and on functions that are longer than anybody writes.

use divan::{Bencher, black_box};
use undefer_transforms::stages::{self, Stages};
use undefer_transforms::{Options, Safety, rewrite};

fn main() {
    divan::main();
}

/// The texts: a name for the report, and how it is made.
const TEXTS: [Text; 6] = [Text::File, Text::Statements, Text::Sites, Text::Declared, Text::Loops, Text::Line];

#[derive(Clone, Copy, Debug)]
enum Text {
    /// Twenty functions with one site each, of the kinds that occur.
    File,
    /// A function of 10,000 statements with one site.
    Statements,
    /// A function with 2,000 sites.
    Sites,
    /// The same with a release that the file declares, in a function that recovers.
    Declared,
    /// A site in the innermost of 500 loops.
    Loops,
    /// A site beside a line of a megabyte.
    Line,
}

impl Text {
    fn make(self) -> String {
        let loops = |count: usize, body: &str| {
            format!("{}{body}{}", "for range xs {\n".repeat(count), "}\n".repeat(count))
        };
        match self {
            Text::File => format!("{HEAD}{}", (0..5).map(functions).collect::<String>()),
            Text::Statements => {
                let statements = "if n > 3 {\nn = g(n, \"a\")\n}\n".repeat(5_000);
                function(&format!("{statements}{SITE}"))
            }
            Text::Sites => function(&SITE.repeat(2_000)),
            Text::Declared => {
                let recovers = "defer func() { recover() }()\n";
                format!("{}{DECLARED}", function(&(recovers.to_owned() + &DECLARED_SITE.repeat(2_000))))
            }
            Text::Loops => function(&loops(499, SITE)),
            Text::Line => {
                let names = "\"0123456789abcdef\", ".repeat((1 << 20) / 20);
                function(&format!("xs = []string{{{names}}}\n{SITE}"))
            }
        }
    }
}

const HEAD: &str = "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\n";

const SITE: &str = "for _, x := range xs {\nf, err := os.Open(x)\nif err != nil {\nreturn 0, err\n}\ndefer f.Close()\n\
                    b, err := io.ReadAll(f)\nif err != nil {\nreturn 0, err\n}\nn += len(b)\n}\n";

const DECLARED: &str = "\ntype store struct{ f *os.File }\n\nfunc open(name string) (*store, error) {\n\
                        f, err := os.Open(name)\nif err != nil {\nreturn nil, err\n}\nreturn &store{f}, nil\n}\n\n\
                        func (s *store) Close() error { return s.f.Close() }\n\n\
                        func (s *store) size() (int, error) {\nb, err := io.ReadAll(s.f)\nreturn len(b), err\n}\n";

const DECLARED_SITE: &str = "for _, x := range xs {\ns, err := open(x)\nif err != nil {\nreturn 0, err\n}\n\
                             defer s.Close()\nm, err := s.size()\nif err != nil {\nreturn 0, err\n}\nn += m\n}\n";

fn function(body: &str) -> String {
    format!("{HEAD}func long(xs []string) (int, error) {{\nn := 0\n{body}return n, nil\n}}\n")
}

/// Four functions: safe, unsafe, kept, and one with exits of several kinds.
fn functions(number: usize) -> String {
    format!(
        "func safe{number}(xs []string) (int, error) {{\nn := 0\n{SITE}return n, nil\n}}\n\n\
         func unknown{number}(xs []T) {{\nfor _, x := range xs {{\nr := x.take()\ndefer r.drop()\nr.use()\n}}\n}}\n\n\
         func kept{number}(xs []string) (fs []*os.File) {{\nfor _, x := range xs {{\nf, _ := os.Open(x)\n\
         defer f.Close()\nfs = append(fs, f)\n}}\nreturn fs\n}}\n\n\
         func exits{number}(xs []string) int {{\nouter:\nfor _, x := range xs {{\nfor range x {{\nf, err := os.Open(x)\n\
         if err != nil {{\nbreak outer\n}}\ndefer f.Close()\nif x == \"a\" {{\ncontinue outer\n}}\nif x == \"b\" {{\n\
         return 1\n}}\n}}\n}}\nreturn 0\n}}\n\n"
    )
}

#[divan::bench(args = TEXTS, max_time = 3)]
fn a_parse(bencher: Bencher<'_, '_>, text: Text) {
    let text = text.make();
    bencher.bench_local(|| stages::parse(black_box(&text)));
}

#[divan::bench(args = TEXTS, max_time = 3)]
fn b_parse_and_facts(bencher: Bencher<'_, '_>, text: Text) {
    let text = text.make();
    bencher.bench_local(|| Stages::of(black_box(&text)).is_some());
}

/// Gives the bench facts that were gathered before, for the stages behind them.
fn with_facts(text: Text, bench: impl FnOnce(&Stages<'_>)) {
    let text = text.make();
    let Some(stages) = Stages::of(&text) else { panic!("the parser gives up") };
    assert!(stages.plan() > 0, "no stage has anything to do");
    bench(&stages);
}

#[divan::bench(args = TEXTS, max_time = 3)]
fn c_locate(bencher: Bencher<'_, '_>, text: Text) {
    with_facts(text, |stages| bencher.bench_local(|| black_box(stages).locate()));
}

#[divan::bench(args = TEXTS, max_time = 3)]
fn d_to_flow_and_lifetime(bencher: Bencher<'_, '_>, text: Text) {
    with_facts(text, |stages| bencher.bench_local(|| black_box(stages).judge()));
}

#[divan::bench(args = TEXTS, max_time = 3)]
fn e_to_plan_and_lower(bencher: Bencher<'_, '_>, text: Text) {
    with_facts(text, |stages| bencher.bench_local(|| black_box(stages).plan()));
}

/// All of it, from the text to the text.
#[divan::bench(args = TEXTS, max_time = 3)]
fn f_rewrite(bencher: Bencher<'_, '_>, text: Text) {
    let text = text.make();
    let options = Options { bar: Safety::Unsafe, ..Options::default() };
    bencher.bench_local(|| rewrite(black_box(&text), &options));
}
