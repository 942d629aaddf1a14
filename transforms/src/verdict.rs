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
    /// The call becomes a plain statement behind the last use, and in front of every exit before that.
    Inline,
    /// The rest of the iteration moves into a function literal that is called on the spot.
    Closure,
    /// The call becomes a plain statement, and one deferred function in front of the loop makes it after a panic.
    Guard,
    /// The object comes from a pool, and goes back to it in each iteration.
    Pool,
    /// What is released is acquired in front of the loop, once for all iterations.
    Hoist,
    /// The rest of the iteration moves into a function of its own beside the enclosing one.
    Extract,
    /// The loop variable is copied for the deferred call.
    Copy,
    /// The deferred call moves into a function literal, which evaluates its operands when it runs.
    Literal,
}

impl Form {
    /// The word used in reports and flags.
    pub fn word(self) -> &'static str {
        match self {
            Form::Inline => "inline",
            Form::Closure => "closure",
            Form::Guard => "guard",
            Form::Pool => "pool",
            Form::Hoist => "hoist",
            Form::Extract => "extract",
            Form::Copy => "copy",
            Form::Literal => "literal",
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
    /// A directive in a comment says that it stays.
    Suppressed,
}

impl Verdict {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Rewrite { .. } => "rewrite",
            Verdict::Once => "once",
            Verdict::Keep => "keep",
            Verdict::Refused => "refused",
            Verdict::Suppressed => "suppressed",
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
    /// Somebody wrote that it stays.
    Suppressed,
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
            Class::Suppressed => "suppressed",
            Class::Once => "once",
            Class::Keep => "keep",
            Class::Refused => "refused",
            Class::Unsafe => "unsafe",
            Class::Safe => "safe",
        }
    }
}

reasons! {
    IgnoreDirective, "ignore-directive", Suppressed,
        "an undefer:ignore directive says that it stays",
        "`//undefer:ignore UD001 reason` stands behind the defer or above it, `//undefer:ignore-file` anywhere in the file. A directive that is about no site is reported.";
    Nolint, "nolint", Suppressed,
        "a nolint comment says that it stays",
        "`//nolint`, alone or with undefer, gocritic, revive or all, stands behind the defer, or above the statement or declaration that holds it.";
    LeavesLoop, "leaves-loop", Once,
        "every path from the defer leaves the loop, so at most one call is pending",
        "After the defer runs, control never comes back to it: it returns, breaks out, panics or ends the process. There is nothing to repair.";
    Unreachable, "unreachable", Once,
        "control never comes to this defer, so it is never pending",
        "A return, a panic or a jump in front of the defer is always taken. The statement is dead; go vet reports it.";
    OuterIteration, "outer-iteration", Refused,
        "every path from the defer leaves its loop, and only an outer loop comes back to it; move the cleanup by hand",
        "At most one call is pending for each iteration of the outer loop. Whether the cleanup belongs to the end of the inner loop or to that of the outer one is for its author to say.";
    GotoLoop, "goto-loop", Refused,
        "the loop is made with goto; move the cleanup by hand",
        "Control comes back to the defer through a goto, so there is no loop body that could be given a scope of its own.";
    GotoCrosses, "goto-crosses-region", Refused,
        "a goto enters or leaves the part of the body that would have to move",
        "A jump cannot cross the border of a function literal. With the label and all its gotos inside the body's tail it would be rewritten.";
    RecoverInRegion, "recover-in-region", Refused,
        "recover is called in the loop body, and would mean another frame in a function literal",
        "recover works only in a function that is deferred itself. Inside a literal it would return nil.";
    DeferredRecover, "deferred-recover", Refused,
        "the deferred function recovers: the loop would go on where the function ended",
        "Today a recovered panic ends the function. At the end of an iteration the same recovery would let the loop continue.";
    Pragma, "pragma", Refused,
        "the function carries a //go: pragma, which a function literal would escape",
        "Pragmas hold for the declared function only. //go:noinline alone is no reason.";
    EarlyArgument, "early-argument", Refused,
        "the deferred call's argument is computed at the defer statement, most likely by mistake; mend that first",
        "`defer f(time.Since(start))` measures when the defer statement runs, not when the call does; go vet reports it. A rewrite would keep the mistake.";
    SiblingStays, "sibling-stays", Refused,
        "another defer of the same iteration has to stay, and they move together or not at all",
        "Defers of one iteration run in reverse order. Moving some of them would change that order, and a literal around all would move the one that is meant to wait.";
    NameHidden, "name-hidden", Refused,
        "a predeclared name that the rewrite needs means something else here",
        "The rewrite would write names such as true, false, nil, bool or error, and one of them is declared here as something else.";
    ConditionalDefer, "conditional-defer", Refused,
        "the defer stands in a block that ends before the iteration does",
        "Whether its call is pending at the end of the iteration depends on the way there, so no plain statement could stand for it.";
    CallNotMovable, "call-not-movable", Refused,
        "the deferred call cannot become a plain statement",
        "It panics, its result would have to be used, or a value that it is given at the defer cannot be kept until the call.";
    ReleasedTwice, "released-twice", Refused,
        "the iteration makes the deferred call itself, and a second one may do something else",
        "Where both are written out, a reader would see a release too many; and which of them may go is not known. The closure form keeps both.";
    LeavesIterator, "leaves-iterator", Refused,
        "an exit leaves a loop over what may be an iterator function, which would end after the call instead of before it",
        "A range over a function runs the rest of that function when the loop is left, and deferred calls come after it. A plain call in front of the exit would come before. It is taken where what is ranged over is seen to be no function.";
    GuardOrder, "guard-order", Refused,
        "another defer would run before the guard, which used to run after the call",
        "The guard stands in front of the outermost loop. A defer inside that loop that may be pending at the same time comes later, and so it runs first: the order of the two would change.";
    ManyCopies, "many-copies", Refused,
        "the call would have to be written out in front of too many exits",
        "Each exit between the defer and the end of the iteration needs a copy of the call.";
    PoolNoObject, "pool-no-object", Refused,
        "the deferred call releases no object that a pool could keep",
        "A pool keeps objects of memory alone, which the iteration makes in a statement of its own and which can be made as good as new: buffers, readers and writers of the standard library that have Reset, hashes, and types of the package.";
    PoolShape, "pool-shape", Refused,
        "the object is not made and used as one from a pool could be",
        "The variable has to keep the one object, made in a statement of its own without comments; an error that comes with it has to be looked at right behind it, by an if that leaves. A variable that is the object itself must not be copied.";
    PoolArgument, "pool-argument", Refused,
        "what the object is made with would have to be constant",
        "A pool is for one level, size, dictionary or key. One that depends on the iteration would need a pool for each value.";
    PoolKeyed, "pool-keyed", Refused,
        "the object keeps a key, which others must not come to use",
        "Keyed hashes and ciphers go back to their key when they are reset.";
    PoolResource, "pool-resource", Refused,
        "the object holds a resource of the system, which a pool would drop without closing it",
        "sync.Pool forgets objects whenever memory is collected. Files, connections and database handles have to be closed; a database handle is a pool itself, and belongs in front of the loop.";
    PoolNotRenewed, "pool-not-renewed", Refused,
        "nothing makes the object as good as new",
        "It keeps an error, a state or memory that it gave out, and has no Reset that takes that back: encoders and decoders, archives, strings.Builder.";
    PoolLeaves, "pool-leaves", Refused,
        "it is not proved that nobody has the object, or memory of it, after the iteration",
        "What Bytes, Peek or Sum give is memory of the object, which its next user overwrites; and what an unknown function does with the object is not known.";
    PoolTwice, "pool-put-twice", Refused,
        "the iteration gives the object back itself, and a second Put would hand it to two users",
        "Take one of them away, and the loop can be rewritten.";
    ErrorLost, "error-lost", Refused,
        "an error that a deferred function stores, or that was asked for, would not reach the caller",
        "An error that a deferred function stores in a result would be overwritten by what the function goes on with, once it runs in each iteration; it is given a way to the caller instead, as `--close-errors` and `--on-panic` give one to other errors. Only the closure form has one: the result of the function literal. A deferred function that sets another result of the function as well has none.";
    ErrorStays, "error-stays", Refused,
        "an error that is asked for has no way to the caller, so what is done about it stays as it is",
        "`--close-errors` and `--on-panic` need a function whose last result is an error, and a deferred call of which it is known that it returns an error and nothing else. It is said beside the verdict, which does not rest on it.";
    TooDeep, "too-deep", Refused,
        "too many loops with a defer stand inside one another",
        "Each of them would need a function literal of its own, one inside the other. Past 16 levels the inner ones are rewritten and the outer ones are left.";
    VariableWritten, "loop-variable-written", Refused,
        "the iteration changes the loop variable, and a copy for the deferred call would miss that",
        "Which of the values the call should see is for the author to say: pass it as an argument of the deferred function, or copy it where it has that value.";
    LiteralUnsound, "literal-unsound", Refused,
        "the call gets an old value, and a function literal around it would change more than that",
        "In a literal all operands are evaluated when the call runs. Another one of them may have changed by then too, or the called function may recover, which it could not in a literal. Write what is meant: a literal that reads the one variable, or a pointer to it.";
    NotHoistable, "not-hoistable", Refused,
        "what is released may differ from one iteration to the next, so it stays in the loop",
        "The function that acquires it is not known to make something for many uses, one of its operands depends on the loop, or the deferred call does more with the iteration than to end it. A stanza (`hoists`) can say that a function may be called once.";
    HoistShape, "hoist-shape", Refused,
        "it is the same for all iterations, but no statement by itself opens it into a new variable",
        "What moves in front of the loop is a statement `x := open(…)` of the loop's body. Give it a variable there, or move it by hand.";
    HoistError, "hoist-error", Refused,
        "it is the same for all iterations, but what is done about its error belongs to the iteration",
        "In front of the loop the error can only end the function. A check that goes on with the next iteration, or that names what the iteration works on, has to be rethought by hand.";
    HoistName, "hoist-name", Refused,
        "it is the same for all iterations, but one of its names means something else in front of the loop",
        "Rename the variable, and the rewrite goes through.";
    HoistChanged, "hoist-changed", Refused,
        "the iteration changes what it opens, so the next one would find it changed",
        "It assigns to a field of it, to the variable itself, or calls a method that changes it for later uses.";
    HoistEnded, "hoist-ended", Refused,
        "the iteration itself ends what it opens, and the next one would find it ended",
        "Where it is opened once, it has to be closed once: behind the loop, or by a defer in front of it.";
    ExtractType, "extract-type", Refused,
        "the iteration uses a variable whose type cannot be written with certainty",
        "A function of its own would get it as a parameter. Its type is that of a structure without a name, comes from a package whose source is not at hand, or is what a generic function makes of its arguments. With `var x T` in place of `x := …` the type is known.";
    ExtractImport, "extract-import", Refused,
        "the iteration uses a variable whose type the file cannot name without another import",
        "A function of its own would get it as a parameter. Its type belongs to a package that the file does not import, or that keeps it to itself.";
    ExtractWrite, "extract-write", Refused,
        "the iteration assigns to a variable from outside, which a parameter could not pass on",
        "A function of its own would change its copy only. The closure form shares the variable.";
    ExtractShared, "extract-shared", Refused,
        "the iteration uses a variable that others may change, or see changed, while it runs",
        "Its address is taken, a method may write to it, or a function literal shares it. A function of its own would go on with a copy. The closure form shares the variable.";
    ExtractCopy, "extract-copy", Refused,
        "the iteration uses a variable that must not be copied",
        "It is, or may hold, a lock or something else that has to stay where it is. A parameter would be a copy; a pointer to it could be passed.";
    ExtractLocal, "extract-local", Refused,
        "the iteration uses a type, a type parameter or a constant that only the enclosing function knows",
        "A function of its own stands at package level, where the name means nothing. With the declaration at package level it could be named.";
    ExtractResult, "extract-result", Refused,
        "the iteration returns what a function of its own could not give back",
        "A return without operands gives the results what the function has assigned to them so far, and a type that only the function knows cannot be written outside of it.";
    ExtractRedeclared, "extract-redeclared", Refused,
        "the iteration declares a variable anew that it also uses",
        "`x := x` in a function that has x as a parameter would not compile. The rewrite can go around the rest of the iteration if the defer stands behind that.";
    ExtractPlace, "extract-place", Refused,
        "no function can be put beside the enclosing declaration",
        "The loop stands in a function literal outside of any function, code follows on the line where the function ends, or no name is free for it.";
    OverlapsRewrite, "overlaps-rewrite", Refused,
        "another finding's rewrite changes the same lines, so this one has to wait for the next run",
        "Of two rules that would change the same text one goes first. Where the rewrite of a defer in a loop is not wanted, --select with this rule alone offers the repair.";
    SyntaxError, "syntax-error", Refused,
        "the function does not parse, so nothing in it is touched",
        "The parser met something it does not know inside this function. Other functions of the file are handled as usual.";
    InternalError, "internal-error", Refused,
        "the rewrite failed the tool's own checks and was dropped",
        "A rewrite must reparse, keep every comment and leave fewer sites than before. This one did not; the file keeps its text. Please report it.";
    ResultsSetLater, "results-set-later", Unsafe,
        "named results are set at another moment, which another defer could see if a cleanup panics",
        "The function has a defer of its own and named results. They get their values outside the function literal; only a panic in a cleanup lets the other defer see the difference.";
    PanicSkips, "panic-skips-release", Unsafe,
        "a panic in between would skip the release",
        "Between the defer and the place of the plain call stands something that may panic. Under a recover, as in an HTTP server, the resource would then stay. The forms closure and guard release it all the same.";
    ErrorArrives, "error-arrives", Unsafe,
        "the release's error ends the loop and reaches the caller, as --close-errors asks",
        "Today it is dropped, or overwritten by what comes later. A release that fails where nobody cared, as one that was made already, now ends the loop. Look at each.";
    PanicArrives, "panic-arrives", Unsafe,
        "a panic in the iteration becomes an error that ends the loop, as --on-panic asks",
        "Today it goes on to whoever recovers from it, or ends the process. As an error it may be handled where a panic would have been seen, and what the iteration left half done stays.";
    PoolSameObject, "pool-same-object", Unsafe,
        "the constructor may give back its argument, where that is a buffer itself",
        "bufio.NewReader gives back what it is given if that is a bufio.Reader of the size, and NewWriter likewise. A pooled one would be another buffer, and what it has read ahead would be missing from the first. Safe where the argument is seen to be of another type.";
    PoolOwnType, "pool-own-type", Unsafe,
        "it is not proved that the type's own methods leave nothing of the object behind",
        "A Reset of the program's own may not take back all that the methods set, and a method may hand out a pointer to a field. If neither is so, the rewrite is right. Proved where the whole value is assigned, and where methods do no more than read and write fields.";
    PoolStale, "pool-stale", Unsafe,
        "what is taken from the pool is not made new before it is used",
        "Today the loop gets other objects in each iteration, most often new ones; rewritten, it gets back what the iteration before has left. Reset behind Get, or in front of Put, repairs that.";
    ExitSkips, "exit-skips-release", Unsafe,
        "the goroutine may end in between, which would skip the release",
        "t.Fatal, t.FailNow, t.Skip and runtime.Goexit run deferred calls and nothing else. The forms closure and guard release the resource all the same.";
    Appended, "appended", Keep,
        "the resource is appended to something that outlives the iteration",
        "Whoever reads the collection later would find it released. Release it where the collection is used up, or take the work that needs it into the iteration.";
    StoredOutside, "stored-outside", Keep,
        "the resource is stored where it outlives the iteration",
        "A variable, map, element or field from outside the iteration holds it, or something built from it. A variable that each iteration overwrites before reading it, and that nobody reads after the loop, does not count.";
    SentOnChannel, "sent-on-channel", Keep,
        "the resource is sent to somebody who may use it later",
        "Its receiver decides how long it lives; the release belongs there.";
    CapturedByGoroutine, "captured-by-goroutine", Keep,
        "a goroutine uses the resource after the iteration has ended",
        "The iteration starts a goroutine that uses the resource and does not wait for it. Move the defer into the goroutine, or wait within the iteration.";
    CapturedByLiteral, "captured-by-literal", Keep,
        "a function that is called later uses the resource",
        "A function value that mentions the resource is stored or handed on, as to a group, a pool, a timer or a list of cleanups.";
    ReturnedToCaller, "returned-to-caller", Keep,
        "the resource is returned while its release is pending",
        "The caller gets it released already, with or without a rewrite. That is to be repaired by hand.";
    UsedAfterLoop, "used-after-loop", Keep,
        "what the deferred call releases is used by later iterations or after the loop",
        "The value comes from outside the iteration, or stays in a variable from outside, and is read again.";
    AcquireAndHold, "acquire-and-hold", Keep,
        "the loop only acquires, and what it acquired is used after it",
        "The body acquires, checks and registers, and does no work with the resource; code after the loop goes on with the object it was acquired on, with the collection or with its name.";
    LockAll, "lock-all", Keep,
        "the loop takes every lock of a set, to be held together",
        "The body takes a lock that depends on the iteration and does nothing else under it, or what it protects is used after the loop.";
    HandOverHand, "hand-over-hand", Keep,
        "the locks of a path are held until its end",
        "The variable whose lock is held moves on to the next node while the lock is pending.";
    TestsResult, "tests-result", Keep,
        "the deferred function decides by the outcome of the whole function",
        "It tests a result or a variable from outside the iteration: a rollback, a commit or an undo that has to know how the function ends.";
    NotARelease, "not-a-release", Keep,
        "the deferred call is meant to happen when the function ends",
        "It waits, sends, checks expectations or ends the process: nothing that gives a resource back.";
    ReassignedAfterDefer, "reassigned-after-defer", Keep,
        "the deferred call's operand comes from outside the iteration and moves on after the defer",
        "Each defer holds another value of the variable; later iterations go on from it.";
    OneShotGuard, "one-shot-guard", Keep,
        "a guard lets the defer run once for the whole loop",
        "The condition around the defer is made false before the next iteration, so that at most one call is pending and it belongs to the function.";
    StateRestored, "state-restored", Keep,
        "the deferred call restores a state that later code relies on",
        "Restoring it at the end of each iteration would show the old state to whatever follows.";
    OwnVariable, "own-variable", Keep,
        "each iteration has a loop variable of its own since Go 1.22, and its deferred call sees that one",
        "In code that is also built for an older version of Go every pending call would see the last value.";
    HoistLeaves, "hoist-leaves", Keep,
        "what the iteration opens is stored, returned or given to a function literal, so each iteration may need one of its own",
        "A set of connections, for example, or the one that a search comes back with. Where everybody may share one, open it in front of the loop by hand.";
    NameEscapes, "name-escapes", Keep,
        "the name of what the deferred call removes outlives the iteration",
        "A path, an address or an identifier is enough to reach the thing; it is stored outside the iteration.";
    ReleaseUnknown, "unknown-release", Unsafe,
        "it is not known what the deferred call does",
        "Neither a table nor source that is at hand says that the call only releases something. If it does, the rewrite is right.";
    MayRecover, "may-recover", Unsafe,
        "the deferred function may recover from a panic",
        "It is a function value whose body is not seen. If it recovers, the loop would go on where the function ended.";
    UnknownResource, "unknown-resource", Unsafe,
        "it is not known where the released value comes from",
        "Somebody else may hold it. If the iteration alone owns it, the rewrite is right.";
    UnknownUse, "unknown-use", Unsafe,
        "something unknown is done with the resource",
        "A function that is in no table, and whose source is not at hand or says too little, gets the resource and may keep it.";
    UnknownResultLeaves, "unknown-result-leaves", Unsafe,
        "something that may hold the resource leaves the iteration",
        "It is the result of an unknown call on the resource. If it is plain data, the rewrite is right.";
    OnlyHeld, "only-held", Unsafe,
        "the iteration acquires what may count by being there",
        "A node, a session, a place that is taken, a connection that the other end knows of. If it is of no use after the iteration, the rewrite is right.";
    JoinedGoroutine, "joined-goroutine", Unsafe,
        "a goroutine uses the resource, and the iteration waits for it",
        "If the wait covers every use, the rewrite is right.";
    LockSplit, "lock-split", Unsafe,
        "releasing the lock in each iteration splits one critical section into several",
        "Other goroutines may come between the iterations. If each iteration is complete in itself, the rewrite is right.";
    LoopVariable, "loop-variable", Unsafe,
        "the deferred call sees the loop variable, which all iterations share before Go 1.22",
        "Today every pending call sees the last value; rewritten, each sees its own. That repairs a bug, and changes what happens.";
    StoresReleaseError, "stores-release-error", Unsafe,
        "the release's own error is stored where the loop goes on to overwrite or test it",
        "Rewritten, the error is set before the loop ends, so that later iterations and the last return see it or overwrite it.";
    OuterVariableChanges, "outer-variable-changes", Unsafe,
        "the deferred function shares a variable with the rest of the loop",
        "It reads or writes a variable from outside the iteration. Today it does so when the function ends; rewritten, while the loop runs.";
    SeesLastValue, "sees-last-value", Unsafe,
        "every pending call sees the last value of the loop variable",
        "All iterations share the variable: before Go 1.22, and in any version where the loop assigns to a variable from outside. A copy in front of the defer gives each call the value of its iteration, which changes what happens.";
    ArgumentChanges, "argument-changes", Unsafe,
        "the call gets a value that is replaced before it runs",
        "A defer statement evaluates the arguments. There the variable can only hold its zero value or a constant, so the value that comes later was most likely meant. In a function literal it is read when the call runs, which changes what happens.";
    TakenEarly, "taken-early", Unsafe,
        "a duration is computed by the defer statement, before the work that it should measure",
        "`defer f(time.Since(start))` measures the time up to the defer statement. In a function literal it is measured when the call runs.";
    Hoisted, "hoisted", Unsafe,
        "it is opened once, in front of the loop, and so also where the loop runs zero times",
        "With no iteration nothing was opened, and no error could come of it; now it can. The iterations share what is opened, so that each sees what an earlier one has left in it.";
    HoistedPool, "hoisted-pool", Unsafe,
        "it is opened once, in front of the loop, and so also where the loop runs zero times; it is a pool of connections, with limits of its own",
        "With no iteration nothing was opened, and no error could come of it; now it can. A sql.DB and its like keeps connections for all iterations: SetMaxOpenConns and SetMaxIdleConns say how many. undefer makes up no numbers.";
    CallerDepth, "caller-depth", Unsafe,
        "something in the iteration looks at the call stack",
        "runtime.Caller, log.Output and t.Helper see one more function, the one around the iteration.";
    SpanNesting, "span-nesting", Unsafe,
        "the deferred call ends a span whose context goes on to the next iteration",
        "Today a later span ends before an earlier one; rewritten, each ends before the next begins.";
    FlushesOutside, "flushes-outside", Unsafe,
        "the release writes to something that outlives the iteration",
        "Closing a writer flushes it. Rewritten, the rest is written at the end of each iteration and not in reverse order at the function's end.";
    RestoresState, "restores-state", Unsafe,
        "the deferred call restores a state of the process or the package",
        "Rewritten, the state is restored at the end of each iteration. Right where each iteration sets it afresh.";
    SameLock, "same-lock", Safe,
        "every iteration takes the same lock, so a second one would deadlock today",
        "The mutex is not held twice by anybody, and after the loop nothing is touched but plain local variables.";
    AssertsComputed, "asserts-computed", Safe,
        "the deferred assertion is about a value that is computed at the defer already",
        "Deferred arguments are evaluated by the defer statement. When the assertion runs makes no difference to what it finds, and a failed test has failed either way.";
    StateSetAfresh, "state-set-afresh", Safe,
        "each iteration sets the state afresh, so it may be restored at its end",
        "The state is saved and set before anything in the iteration could look at it, and nothing runs after the loop. At the end the first saved state is back, as today.";
    Released, "released-in-iteration", Safe,
        "the resource is used up inside the iteration, so its release may run there",
        "The deferred call is a release that the resource table knows, every use of the resource is a known consumer, and whatever leaves the iteration is plain data.";
}
