//! What becomes of a site: the verdict, its safety, and the closed list of reasons with one sentence each.

/// How sure a rewrite is. Ordered: `Safe < Unsafe`, so that a bar is a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// Nothing in the program can tell, apart from resources being free earlier.
    Safe,
    /// Nothing speaks against it, but it is not proved.
    Unsafe,
}

impl Safety {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }
    }
}

/// The shape that a rewrite gives to the cleanup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The rest of the iteration moves into a function literal that is called on the spot.
    Closure,
}

impl Form {
    /// The word used in reports and flags.
    pub fn word(self) -> &'static str {
        match self {
            Form::Closure => "closure",
        }
    }
}

/// What could be done about a site, whatever this run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can be rewritten.
    Rewrite {
        /// The shape of the rewrite.
        form: Form,
        /// How sure it is.
        safety: Safety,
    },
    /// No path leads from the defer back to it: at most one is pending.
    Once,
    /// The cleanup is meant to wait.
    Keep,
    /// No sound lowering is known.
    Refused,
}

impl Verdict {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Rewrite { .. } => "rewrite",
            Verdict::Once => "once",
            Verdict::Keep => "keep",
            Verdict::Refused => "refused",
        }
    }

    /// The safety of a rewrite, nothing for any other verdict.
    pub fn safety(self) -> Option<Safety> {
        match self {
            Verdict::Rewrite { safety, .. } => Some(safety),
            _ => None,
        }
    }
}

macro_rules! reasons {
    ($($name:ident, $code:literal, $class:ident, $sentence:literal, $detail:literal;)*) => {
        /// Why a site has its verdict. Codes are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $sentence] $name,)*
        }

        impl Reason {
            /// Every reason, in the order of the verdicts.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable code that reports carry.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// The sentence that a reviewer reads.
            pub fn sentence(self) -> &'static str {
                match self { $(Reason::$name => $sentence,)* }
            }

            /// What is behind the sentence, and what would change the verdict.
            pub fn detail(self) -> &'static str {
                match self { $(Reason::$name => $detail,)* }
            }

            /// The kind of verdict that the reason leads to.
            pub fn class(self) -> Class {
                match self { $(Reason::$name => Class::$class,)* }
            }
        }
    };
}

/// The kind of verdict that a reason leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// At most one is pending.
    Once,
    /// Evidence that the cleanup is meant to wait.
    Keep,
    /// No sound lowering.
    Refused,
    /// Rewritten, and unproved.
    Unsafe,
    /// Rewritten, and proved.
    Safe,
}

impl Class {
    /// The word used by `explain`.
    pub fn word(self) -> &'static str {
        match self {
            Class::Once => "once",
            Class::Keep => "keep",
            Class::Refused => "refused",
            Class::Unsafe => "unsafe",
            Class::Safe => "safe",
        }
    }
}

reasons! {
    LeavesLoop, "leaves-loop", Once,
        "every path from the defer leaves the loop, so at most one call is pending",
        "After the defer runs, control never comes back to it: it returns, breaks out, panics or ends the process. There is nothing to repair.";
    GotoLoop, "goto-loop", Refused,
        "the loop is made with goto; move the cleanup by hand",
        "Control comes back to the defer through a goto, so there is no loop body that could be given a scope of its own.";
    GotoCrosses, "goto-crosses-region", Refused,
        "a goto enters or leaves the part of the body that would have to move",
        "A jump cannot cross the border of a function literal. With the label and all its gotos inside the body's tail it would be rewritten.";
    FallthroughCrosses, "fallthrough-crosses-region", Refused,
        "a fallthrough leaves the part of the body that would have to move",
        "fallthrough cannot leave a function literal.";
    RecoverInRegion, "recover-in-region", Refused,
        "recover is called in the loop body, and would mean another frame in a function literal",
        "recover works only in a function that is deferred itself. Inside a literal it would return nil.";
    DeferredRecover, "deferred-recover", Refused,
        "the deferred function recovers: the loop would go on where the function ended",
        "Today a recovered panic ends the function. At the end of an iteration the same recovery would let the loop continue.";
    Pragma, "pragma", Refused,
        "the function carries a //go: pragma, which a function literal would escape",
        "Pragmas hold for the declared function only. //go:noinline alone is no reason.";
    SiblingStays, "sibling-stays", Refused,
        "another defer of the same iteration has to stay, and they move together or not at all",
        "Defers of one iteration run in reverse order. Moving some of them would change that order, and a literal around all would move the one that is meant to wait.";
    NameHidden, "name-hidden", Refused,
        "a predeclared name that the rewrite needs means something else here",
        "The rewrite would write names such as true, false, nil, bool or error, and one of them is declared here as something else.";
    NoRegion, "no-region", Refused,
        "a variable of the loop body is shared across every possible border of a function literal",
        "A short declaration reuses a variable that is declared before any sound border, so a literal would declare a new one.";
    SyntaxError, "syntax-error", Refused,
        "the function does not parse, so nothing in it is touched",
        "The parser met something it does not know inside this function. Other functions of the file are handled as usual.";
    InternalError, "internal-error", Refused,
        "the rewrite failed the tool's own checks and was dropped",
        "A rewrite must reparse, keep every comment and leave fewer sites than before. This one did not; the file keeps its text. Please report it.";
    ResultsSetLater, "results-set-later", Unsafe,
        "named results are set at another moment, which another defer could see if a cleanup panics",
        "The function has a defer of its own and named results. They get their values outside the function literal; only a panic in a cleanup lets the other defer see the difference.";
    Unproved, "unproved", Unsafe,
        "nothing speaks against an early release, and nothing proves it",
        "The deferred call or some use of the resource is unknown to the tool.";
    Released, "released-in-iteration", Safe,
        "the resource is used up inside the iteration, so its release may run there",
        "The deferred call is a release that the resource table knows, every use of the resource is a known consumer, and whatever leaves the iteration is plain data.";
}
