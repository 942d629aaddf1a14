//! The engine of undefer: Go text in, text and verdicts out.
//!
//! Nothing here reads a file, a clock, the environment or a terminal. The stages run one way:
//! `scan` (may this file hold a site at all?) → `parse` → `locate` (the sites) → `flow` and `lifetime`
//! (facts about each) → a pass of `passes` (a plan or a refusal) → `edit` → `render` (apply, reparse, check).

mod calm;
mod checks;
mod copied;
mod decide;
mod directives;
mod edit;
mod facts;
mod file;
mod flow;
mod harness;
mod hash;
mod imports;
mod library;
mod lifetime;
mod locate;
mod lower;
mod names;
mod nilness;
mod origin;
mod parse;
mod passes;
mod predeclared;
mod recover;
mod region;
mod render;
mod resources;
pub mod rules;
pub mod scan;
mod scope;
mod signature;
mod signatures;
pub mod span;
#[doc(hidden)]
pub mod stages;
mod stanza;
mod steady;
pub mod verdict;
mod world;
mod wrap;
mod written;

pub use directives::Stray;
pub use harness::test_parameters;
pub use library::{Library, Package};
pub use passes::{PASSES, Pass, Standing};
pub use resources::Resources;
pub use rules::{Rule, Rules};
pub use span::{LineIndex, Position, Span};
pub use stanza::{List, Stanza, StanzaError};
pub use verdict::{Class, Form, Reason, Safety, Verdict};

/// A Go language version, `1.N`. Decides what a loop variable is (1.22) and what may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoVersion(pub u16);

impl GoVersion {
    /// The version assumed where nothing says otherwise.
    pub const NEWEST: GoVersion = GoVersion(26);
    /// The version that a go.mod without a `go` line stands for.
    pub const UNSTATED: GoVersion = GoVersion(16);
    /// The first version whose `fmt.Errorf` knows `%w`.
    pub const WRAPPED_ERRORS: GoVersion = GoVersion(13);
    /// The first version that knows the name `any`.
    pub const ANY: GoVersion = GoVersion(18);
    /// The first version that has `errors.Join`.
    pub const JOINED_ERRORS: GoVersion = GoVersion(20);
    /// The first version in which each iteration has its own loop variable.
    pub const PER_ITERATION_VARIABLES: GoVersion = GoVersion(22);
}

/// What the caller decides about one file.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The bar: rewrites up to this safety go into [`Rewrite::text`].
    pub bar: Safety,
    /// The language version of the file.
    pub go: GoVersion,
    /// What is looked for.
    pub rules: Rules,
    /// The wanted forms.
    pub forms: Forms,
    /// Where other files are to be had; nothing to judge by the file alone.
    pub library: Option<&'a dyn Library>,
    /// What is known about packages.
    pub resources: &'a Resources,
    /// Reasons of [`Class::Unsafe`] that are good enough for [`Safety::Safe`]: a site of which nothing else is unproved
    /// goes through that bar. Its verdict says what could be proved all the same.
    pub accepted: &'a [Reason],
    /// What becomes of the error of a release.
    pub close_errors: CloseErrors,
    /// What becomes of a panic in an iteration.
    pub on_panic: OnPanic,
}

/// What becomes of the error that a deferred call returns, and that is dropped today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloseErrors {
    /// It is dropped.
    #[default]
    Keep,
    /// It ends the loop and reaches the caller, joined to the error that the iteration ends with, if there is one.
    Join,
    /// It ends the loop and reaches the caller, if the iteration ends with no other error.
    Return,
}

/// What becomes of a panic in an iteration that is rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnPanic {
    /// It goes on.
    #[default]
    Propagate,
    /// It becomes an error, which ends the loop and reaches the caller.
    Error,
}

impl Default for Options<'_> {
    fn default() -> Self {
        let resources = Resources::standard();
        let (rules, forms) = (Rules::default_on(), Forms::default());
        Self {
            bar: Safety::Safe,
            go: GoVersion::NEWEST,
            rules,
            forms,
            library: None,
            resources,
            accepted: &[],
            close_errors: CloseErrors::Keep,
            on_panic: OnPanic::Propagate,
        }
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

/// What a step of the reasoning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the deferred call ends.
    Release,
    /// Where that comes from.
    Acquisition,
    /// Something that holds it, or text that leads to it.
    Holder,
    /// A call that uses it and keeps nothing.
    Use,
}

impl Role {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Role::Release => "release",
            Role::Acquisition => "acquisition",
            Role::Holder => "holder",
            Role::Use => "use",
        }
    }
}

/// One step of the way to a verdict. What speaks against a proof is [`Evidence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub role: Role,
    /// What was found, as a sentence.
    pub message: String,
    /// Bytes of the original text.
    pub span: Span,
}

/// What a stanza of `[[resource]]` can say about a function: the name of the list that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It returns a new value.
    Acquires,
    /// It uses what it is given while it runs, and keeps nothing.
    Consumes,
    /// The same, and it returns plain data.
    Plain,
    /// It ends the life of its receiver, or of its first argument.
    Releases,
}

impl Claim {
    /// The key of the list.
    pub fn key(self) -> &'static str {
        match self {
            Claim::Acquires => "acquires",
            Claim::Consumes => "consumes",
            Claim::Plain => "plain",
            Claim::Releases => "releases",
        }
    }
}

/// The one fact that an unsafe verdict lacks first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The import path.
    pub package: String,
    /// The type whose method it is; nothing for a function of the package.
    pub of: Option<String>,
    /// The name of the function or method.
    pub name: String,
    /// What would have to be true of it.
    pub claim: Claim,
}

impl Missing {
    /// The stanza that says it, as lines of a configuration file.
    pub fn stanza(&self) -> String {
        let of = self.of.as_ref().map_or_else(String::new, |of| format!("type = {of:?}\n"));
        let (package, key, name) = (&self.package, self.claim.key(), &self.name);
        format!("[[resource]]\npackage = {package:?}\n{of}{key} = [{name:?}]\n")
    }
}

/// A control transfer out of the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// `continue`, `break`, `return`, `continue LABEL`, `break LABEL`, `goto LABEL`, `fallthrough` (without the label).
    pub code: &'static str,
    /// Bytes of the statement in the original text.
    pub span: Span,
}

/// What a rule found, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The rule.
    pub rule: Rule,
    /// The defer statement (or what another rule is about), bytes of the original text.
    pub span: Span,
    /// The header of the loop around it, from its `for`; the same as `span` where no loop is to be shown.
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
    /// What is released, where it comes from, what holds it and what uses it; empty where the verdict does not rest on it.
    pub steps: Vec<Step>,
    /// What would have to be known of a function for more to be proved, where the verdict is unsafe for want of that.
    pub missing: Option<Missing>,
    /// Index into [`Rewrite::fixes`] of the fix that the site belongs to.
    pub fix: Option<usize>,
    /// It is unsafe, and [`Options::accepted`] lets it through the safe bar.
    pub accepted: bool,
}

impl Site {
    /// Whether it is a rewrite that the bar lets through.
    pub fn reaches(&self, bar: Safety) -> bool {
        self.verdict.safety().is_some_and(|safety| safety <= bar || self.accepted)
    }
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
    /// It is unsafe, and all of its sites get through the safe bar.
    pub accepted: bool,
}

impl Fix {
    /// Whether the bar lets it through.
    pub fn reaches(&self, bar: Safety) -> bool {
        self.safety <= bar || self.accepted
    }
}

/// The fixes that make up the text at `bar`. Where two conflict, the one that needs the lower bar covers what the other
/// does and more.
pub fn applied(fixes: &[Fix], bar: Safety) -> Vec<usize> {
    let mut candidates: Vec<usize> = (0..fixes.len()).filter(|&index| fixes[index].reaches(bar)).collect();
    candidates.sort_by_key(|&index| fixes[index].reaches(Safety::Safe));
    let mut applied: Vec<usize> = Vec::new();
    for index in candidates {
        if !fixes[index].conflicts.iter().any(|other| applied.contains(other)) {
            applied.push(index);
        }
    }
    applied.sort_unstable();
    applied
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
pub fn rewrite(source: &str, options: &Options<'_>) -> Rewrite {
    decide::rewrite(source, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_conflicting_fixes_the_less_safe_one_is_applied_where_the_bar_lets_it() {
        let fix = |safety, start, end, conflicts| {
            let (span, new) = (Span::new(start, end), String::new());
            Fix { safety, form: Form::Closure, span, new, conflicts, accepted: false }
        };
        let fixes = [
            fix(Safety::Safe, 10, 20, vec![2]),
            fix(Safety::Safe, 50, 60, vec![]),
            fix(Safety::Unsafe, 5, 30, vec![0]),
        ];
        assert_eq!(applied(&fixes, Safety::Safe), [0, 1]);
        assert_eq!(applied(&fixes, Safety::Unsafe), [1, 2]);
        let accepted = Fix { accepted: true, safety: Safety::Unsafe, ..fixes[0].clone() };
        let fixes = [accepted, fixes[1].clone(), fixes[2].clone()];
        assert_eq!(applied(&fixes, Safety::Safe), [0, 1]);
        assert_eq!(applied(&fixes, Safety::Unsafe), [1, 2]);
    }
}
