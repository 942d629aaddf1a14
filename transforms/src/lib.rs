//! The engine of undefer: Go text in, text and verdicts out.
//!
//! Nothing here reads a file, a clock, the environment or a terminal. The stages run one way:
//! `scan` (may this file hold a site at all?) → `parse` → `locate` (the sites) → `flow` and `lifetime`
//! (facts about each) → a pass of `passes` (a plan or a refusal) → `edit` → `render` (apply, reparse, check).

mod calm;
mod decide;
mod directives;
mod edit;
mod facts;
mod flow;
mod lifetime;
mod locate;
mod lower;
mod names;
mod nilness;
mod origin;
mod parse;
mod passes;
mod region;
mod render;
mod resources;
pub mod scan;
mod scope;
mod signature;
pub mod span;
mod steady;
pub mod verdict;
mod wrap;

pub use directives::Stray;
pub use passes::{PASSES, Pass, Standing};
pub use span::{LineIndex, Position, Span};
pub use verdict::{Class, Form, Reason, Safety, Verdict};

/// A Go language version, `1.N`. Decides what a loop variable is (1.22) and what may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoVersion(pub u16);

impl GoVersion {
    /// The version assumed where nothing says otherwise.
    pub const NEWEST: GoVersion = GoVersion(26);
    /// The version that a go.mod without a `go` line stands for.
    pub const UNSTATED: GoVersion = GoVersion(16);
    /// The first version in which each iteration has its own loop variable.
    pub const PER_ITERATION_VARIABLES: GoVersion = GoVersion(22);
}

/// What the caller decides about one file.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bar: rewrites up to this safety go into [`Rewrite::text`].
    pub bar: Safety,
    /// The language version of the file.
    pub go: GoVersion,
    /// The wanted forms.
    pub forms: Forms,
}

impl Default for Options {
    fn default() -> Self {
        Self { bar: Safety::Safe, go: GoVersion::NEWEST, forms: Forms::default() }
    }
}

/// Which forms a rewrite may have. At the safe bar a form that would be unsafe is passed over for a later one that is
/// safe; at the unsafe bar the first one that is sound is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Tried in this order; where it is empty or none of them will do, the engine picks.
    pub list: Vec<Form>,
    /// None but those of the list: where none of them will do, the site is refused.
    pub only: bool,
}

/// A form that was preferred to the one that a site got, and why it was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The form.
    pub form: Form,
    /// The stable code.
    pub reason: Reason,
    /// What is to blame, bytes of the original text.
    pub span: Span,
}

/// Something a verdict rests on, with the place to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The stable code.
    pub reason: Reason,
    /// What stands there, as a sentence.
    pub message: String,
    /// Bytes of the original text.
    pub span: Span,
}

/// A control transfer out of the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// `continue`, `break`, `return`, `continue LABEL`, `break LABEL`, `goto LABEL`, `fallthrough` (without the label).
    pub code: &'static str,
    /// Bytes of the statement in the original text.
    pub span: Span,
}

/// One loop-scoped defer and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The rule, `UD001`.
    pub rule: &'static str,
    /// The defer statement, bytes of the original text.
    pub span: Span,
    /// The loop around it, from its `for` (or its label's name for a cycle made with `goto`).
    pub loop_span: Span,
    /// The enclosing function: `f`, `T.m`, `(*T).m`, `f.func1` for literals in source order.
    pub function: String,
    /// What could be done.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The reason's sentence, with what it is about in this place.
    pub message: String,
    /// The exits of the region, in source order.
    pub exits: Vec<Exit>,
    /// What the verdict rests on, in source order.
    pub evidence: Vec<Evidence>,
    /// Of a rewrite, the forms that were passed over, in the order in which they were tried.
    pub passed_over: Vec<PassedOver>,
    /// Index into [`Rewrite::fixes`] of the fix that the site belongs to.
    pub fix: Option<usize>,
}

/// Rewrites that go together: all or none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The worst safety of its sites.
    pub safety: Safety,
    /// The form of its first site.
    pub form: Form,
    /// What it replaces, bytes of the original text.
    pub span: Span,
    /// What stands there afterwards.
    pub new: String,
    /// Indices of fixes that cannot be applied together with this one.
    pub conflicts: Vec<usize>,
}

/// A function that did not parse: it is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The damaged declaration, bytes of the original text.
    pub span: Span,
    /// Its name, as far as it can be told.
    pub function: String,
    /// Offset of the first byte that did not parse.
    pub at: usize,
}

/// The outcome for one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// The text at the asked bar; nothing where it would not change. Not yet run through gofmt.
    pub text: Option<String>,
    /// All sites in source order, whatever the bar.
    pub sites: Vec<Site>,
    /// All fixes, whatever the bar. At one bar no two that apply conflict.
    pub fixes: Vec<Fix>,
    /// Functions that did not parse and may hold sites.
    pub faults: Vec<Fault>,
    /// Directives that do nothing, in source order.
    pub strays: Vec<Stray>,
}

/// Analyses one Go file and rewrites what reaches the bar.
///
/// `source` is UTF-8 without a byte-order mark; line ends may be `\n` or `\r\n`. Never panics, whatever the bytes.
/// Broken Go is data: damaged functions are refused and listed in [`Rewrite::faults`].
pub fn rewrite(source: &str, options: &Options) -> Rewrite {
    decide::rewrite(source, options)
}
