//! Go snippets and the reasons they get.

use super::{Memo, judge};
use crate::flow::{Cycle, Flow, Nest};
use crate::locate::{Case, sites};
use crate::parse::Tree;
use crate::resources::Resources;
use crate::scope::Scopes;
use crate::verdict::{Class, Reason};
use crate::world::{Texts, World};
use crate::{GoVersion, lifetime::Judgement};

const HEAD: &str = "package p\n\nimport (\n\t\"bufio\"\n\t\"bytes\"\n\t\"compress/gzip\"\n\t\"context\"\n\t\"database/sql\"\n\t\"fmt\"\n\t\"io\"\n\t\"log\"\n\t\"net\"\n\t\"net/http\"\n\t\"os\"\n\t\"path/filepath\"\n\t\"runtime\"\n\t\"sync\"\n\t\"testing\"\n\t\"time\"\n\n\t\"example.org/tracing\"\n\t\"github.com/nats-io/nats.go\"\n)\n\n";

/// The judgements of all sites in a snippet.
fn judgements(body: &str, go: GoVersion) -> Vec<Judgement> {
    let text = format!("{HEAD}{body}");
    let tree = Tree::parse(&text).unwrap();
    assert_eq!(tree.faults(), 0, "does not parse:\n{body}");
    let scopes = Scopes::resolve(&tree, &[]);
    let nest = Nest::of(&tree);
    let flow = Flow::new(&tree, &scopes, &nest);
    let texts = Texts::new();
    let world = World::new(None, "p", &texts);
    let found = sites(&tree, &flow).into_iter().filter_map(|site| match site.cycle {
        Cycle::Loop(iteration) => Some(judge(
            &Case {
                tree: &tree,
                scopes: &scopes,
                flow: &flow,
                go,
                defer: site.defer,
                function: site.function,
                iteration,
                world: &world,
                resources: Resources::standard(),
            },
            &Memo::default(),
        )),
        _ => None,
    });
    found.collect()
}

#[track_caller]
fn reason(expected: Reason, body: &str) {
    let all = judgements(body, GoVersion::NEWEST);
    let first = all.first().expect("no site");
    assert_eq!(first.reason, expected, "{}\n{:#?}\n{body}", first.message, first.evidence);
}

/// One function `f` with an open file in each iteration.
fn opened(rest: &str, after: &str) -> String {
    format!(
        "func f(paths []string) error {{\n\tfor _, p := range paths {{\n\t\tr, err := os.Open(p)\n\t\tif err != nil {{\n\t\t\treturn err\n\t\t}}\n\t\tdefer r.Close()\n\t\t{rest}\n\t}}\n\t{after}\n\treturn nil\n}}\n"
    )
}

#[test]
fn a_function_without_a_name_is_called_by_its_expression() {
    let body = opened("if err := steps[0](r); err != nil {\n\t\t\treturn err\n\t\t}", "")
        .replace("(paths []string)", "(paths []string, steps []func(*os.File) error)");
    let all = judgements(&body, GoVersion::NEWEST);
    assert_eq!(all[0].message, "what `steps[0]` does with it is not known");
}

#[test]
fn a_function_with_its_type_arguments_is_called_by_its_name() {
    let generic = "func size[T, U any](f *os.File, by U) { kept = f }\nvar kept *os.File\n";
    let body = format!("{generic}{}", opened("size[int](r, 2)", ""));
    let all = judgements(&body, GoVersion::NEWEST);
    assert_eq!(
        all[0].message,
        "`size` does not only use it: it is stored in `kept`, which outlives the iteration"
    );
}

#[test]
fn only_a_name_is_called_one() {
    let types = "type vol interface {\n\tSub(string) (vol, error)\n\tDestroy() error\n}\n";
    let body = format!(
        "{types}func f(cur vol, names []string) (vol, error) {{\n\tfor _, n := range names {{\n\t\tchild, err := cur.Sub(n)\n\t\tif err != nil {{\n\t\t\treturn nil, err\n\t\t}}\n\t\tdefer func() {{ _ = child.Destroy() }}()\n\t\tcur = child\n\t}}\n\treturn cur, nil\n}}\n"
    );
    let all = judgements(&body, GoVersion::NEWEST);
    assert_eq!(all[0].reason, Reason::StoredOutside);
    assert_eq!(all[0].message, "it is stored in `cur`, which outlives the iteration");
}

#[test]
fn evidence_is_said_once() {
    let body = "type conn struct{ id, idle int }\nfunc (c *conn) Close() error { return nil }\nfunc f(cs []*conn, warn func(...any)) (left int) {\n\tfor _, c := range cs {\n\t\tdefer func(c *conn) {\n\t\t\terr := c.Close()\n\t\t\twarn(c.id, c.idle, err)\n\t\t}(c)\n\t}\n\tfor _, c := range cs {\n\t\tleft += c.idle\n\t}\n\treturn left\n}\n";
    let evidence = &judgements(body, GoVersion::NEWEST)[0].evidence;
    assert!(!evidence.is_empty());
    for (index, one) in evidence.iter().enumerate() {
        assert!(!evidence[..index].contains(one), "{evidence:#?}");
    }
}

#[test]
fn what_is_used_up_is_safe() {
    for rest in [
        "io.Copy(io.Discard, r)",
        "if _, err := io.ReadAll(r); err != nil {\n\t\t\treturn err\n\t\t}",
        "s := bufio.NewScanner(r)\n\t\tfor s.Scan() {\n\t\t\tfmt.Println(s.Text())\n\t\t}",
        "z, err := gzip.NewReader(r)\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\tio.Copy(os.Stdout, z)",
        "func() { io.Copy(io.Discard, r) }()",
        "use := func(x io.Reader) { io.Copy(io.Discard, x) }\n\t\tuse(r)",
        "names = append(names, r.Name())",
        "b, _ := io.ReadAll(r)\n\t\tall = append(all, b)",
        "var w io.Reader\n\t\tw = r\n\t\tio.Copy(io.Discard, w)",
    ] {
        reason(Reason::Released, &format!("var names []string\nvar all [][]byte\n{}", opened(rest, "")));
    }
}

#[test]
fn callees_of_the_file_are_looked_into() {
    let callee = "func take(r io.Reader) int {\n\tb, _ := io.ReadAll(r)\n\treturn len(b)\n}\n";
    reason(Reason::Released, &format!("{callee}{}", opened("take(r)", "")));
    let keeps = "var kept io.Reader\nfunc take(r io.Reader) { kept = r }\n";
    reason(Reason::StoredOutside, &format!("{keeps}{}", opened("take(r)", "")));
    let wraps = "func wrap(r io.Reader) io.Reader { return bufio.NewReader(r) }\n";
    let all = "var all []io.Reader\n";
    reason(Reason::Appended, &format!("{all}{wraps}{}", opened("all = append(all, wrap(r))", "")));
    let loops = "func even(r io.Reader) { odd(r) }\nfunc odd(r io.Reader) { even(r) }\n";
    reason(Reason::Released, &format!("{loops}{}", opened("even(r)", "")));
    let keeps = "func even(r io.Reader) { odd(r) }\nfunc odd(r io.Reader) { even(r); other.keep(r) }\n";
    reason(Reason::UnknownUse, &format!("{keeps}{}", opened("even(r)", "")));
}

#[test]
fn what_outlives_the_iteration_is_kept() {
    let outer = "type box struct{ r io.Reader }\nvar all []io.Reader\nvar one io.Reader\nvar byName = map[string]io.Reader{}\nvar boxes []box\nvar ch chan io.Reader\nvar fs []func()\n";
    for (expected, rest) in [
        (Reason::Appended, "all = append(all, r)"),
        (Reason::Appended, "b := bufio.NewReader(r)\n\t\tall = append(all, b)"),
        (Reason::Appended, "fs = append(fs, r.Sync)"),
        (Reason::Appended, "for _, x := range []io.Reader{r} {\n\t\t\tall = append(all, x)\n\t\t}"),
        (Reason::Appended, "get := func() io.Reader { return r }\n\t\tall = append(all, get())"),
        (Reason::Appended, "boxes = append(boxes, box{r: r})"),
        (Reason::Appended, "fs = append(fs, func() { io.Copy(io.Discard, r) })"),
        (Reason::StoredOutside, "one = r"),
        (Reason::StoredOutside, "byName[p] = r"),
        (Reason::StoredOutside, "boxes[0].r = io.LimitReader(r, 10)"),
        (Reason::SentOnChannel, "ch <- r"),
        (Reason::CapturedByGoroutine, "go io.Copy(io.Discard, r)"),
        (Reason::CapturedByGoroutine, "go func() {\n\t\t\tio.Copy(io.Discard, r)\n\t\t}()"),
        (Reason::CapturedByLiteral, "time.AfterFunc(time.Second, func() { io.Copy(io.Discard, r) })"),
        (Reason::StoredOutside, "log.SetOutput(r)"),
        (Reason::CapturedByLiteral, "pool.Submit(func() { io.Copy(io.Discard, r) })"),
    ] {
        reason(expected, &format!("{outer}{}", opened(rest, "")));
    }
    reason(
        Reason::ReturnedToCaller,
        "func f() *os.File {\n\tfor {\n\t\tr, _ := os.Open(\"x\")\n\t\tdefer r.Close()\n\t\tif b() {\n\t\t\treturn r\n\t\t}\n\t}\n}\n",
    );
}

#[test]
fn a_goroutine_that_the_iteration_waits_for_is_not_proved() {
    reason(
        Reason::JoinedGoroutine,
        &opened(
            "var wg sync.WaitGroup\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\tio.Copy(io.Discard, r)\n\t\t}()\n\t\twg.Wait()",
            "",
        ),
    );
}

#[test]
fn an_outer_variable_counts_only_where_it_is_read_later() {
    let written = "\tvar r *os.File\n\tfor _, p := range ps {\n\t\tr, _ = os.Open(p)\n\t\tdefer r.Close()\n\t\tio.Copy(io.Discard, r)\n\t}\n";
    reason(Reason::Released, &format!("func f(ps []string) {{\n{written}}}\n"));
    reason(
        Reason::UsedAfterLoop,
        &format!("func f(ps []string) {{\n{written}\tio.Copy(io.Discard, r)\n}}\n"),
    );
}

#[test]
fn unknown_things_are_unsafe() {
    reason(Reason::UnknownUse, &opened("elsewhere(r)", ""));
    reason(Reason::UnknownUse, &opened("x := elsewhere(r)\n\t\tall = append(all, x)", ""));
    reason(
        Reason::ReleaseUnknown,
        "func f() {\n\tfor {\n\t\tr := elsewhere()\n\t\tdefer r.Close()\n\t\tr.Work()\n\t}\n}\n",
    );
    reason(
        Reason::MayRecover,
        "func f() {\n\tfor {\n\t\tdone := elsewhere()\n\t\tdefer done()\n\t\twork()\n\t}\n}\n",
    );
    reason(
        Reason::UnknownResource,
        "func f(next source) {\n\tfor {\n\t\tvar r *os.File\n\t\tr = next()\n\t\tdefer r.Close()\n\t\tio.Copy(io.Discard, r)\n\t}\n}\n",
    );
}

#[test]
fn deferred_literals_are_read() {
    let f = |deferred: &str| {
        format!(
            "func f(ps []string) (err error) {{\n\tn := 0\n\tfor _, p := range ps {{\n\t\tr, _ := os.Open(p)\n\t\tdefer func() {{\n\t\t\t{deferred}\n\t\t}}()\n\t\tn++\n\t\tio.Copy(io.Discard, r)\n\t}}\n\treturn nil\n}}\n"
        )
    };
    for (expected, deferred) in [
        (Reason::Released, "r.Close()"),
        (Reason::Released, "_ = r.Close()"),
        (Reason::Released, "if err := r.Close(); err != nil {\n\t\t\t\tlog.Print(err)\n\t\t\t}"),
        (Reason::TestsResult, "if err != nil {\n\t\t\t\tr.Close()\n\t\t\t}"),
        (Reason::TestsResult, "if err == nil {\n\t\t\t\treturn\n\t\t\t}\n\t\t\tr.Close()"),
        (Reason::StoresReleaseError, "if cerr := r.Close(); err == nil {\n\t\t\t\terr = cerr\n\t\t\t}"),
        (Reason::StoresReleaseError, "err = r.Close()"),
        (Reason::OuterVariableChanges, "r.Close()\n\t\t\tn--"),
        (Reason::OuterVariableChanges, "r.Close()\n\t\t\t_ = n"),
        (Reason::ReleaseUnknown, "r.Close()\n\t\t\tfmt.Println(p)"),
        (Reason::ReleaseUnknown, "r.Close()\n\t\t\telsewhere()"),
    ] {
        reason(expected, &f(deferred));
    }
    let given = "func f(ps []string) {\n\tfor _, p := range ps {\n\t\tr, _ := os.Open(p)\n\t\tdefer func(c io.Closer) {\n\t\t\tr.Close()\n\t\t}(r)\n\t\tio.Copy(io.Discard, r)\n\t}\n}\n";
    reason(Reason::Released, given);
}

#[test]
fn calls_that_are_no_release_are_kept() {
    for body in [
        "func f(wg *sync.WaitGroup) {\n\tfor range 3 {\n\t\tdefer wg.Wait()\n\t\tg()\n\t}\n}\n",
        "func f() {\n\tfor range 3 {\n\t\tdefer os.Exit(1)\n\t\tg()\n\t}\n}\n",
        "func f(out chan int) {\n\tfor i := range 3 {\n\t\tdefer func() { out <- i }()\n\t\tg()\n\t}\n}\n",
        "func f(t *testing.T) {\n\tfor range 3 {\n\t\tm := mock()\n\t\tdefer m.AssertExpectations(t)\n\t\tg(m)\n\t}\n}\n",
        "func f() {\n\tvar wg sync.WaitGroup\n\tfor range 3 {\n\t\twg.Add(1)\n\t\tdefer wg.Done()\n\t\tg()\n\t}\n\tgo wg.Wait()\n}\n",
        "func f(c chan int) {\n\tfor range 3 {\n\t\tdefer close(c)\n\t\tg()\n\t}\n}\n",
    ] {
        reason(Reason::NotARelease, body);
    }
}

#[test]
fn contexts_count_by_what_depends_on_them() {
    let f = |rest: &str| {
        format!(
            "func f(db *sql.DB, urls []string) error {{\n\tfor _, u := range urls {{\n\t\tctx, cancel := context.WithTimeout(context.Background(), time.Second)\n\t\tdefer cancel()\n\t\t{rest}\n\t}}\n\treturn nil\n}}\nvar bodies []io.Reader\n"
        )
    };
    reason(Reason::Released, &f("db.ExecContext(ctx, u)"));
    reason(Reason::Released, &f("if ctx.Err() != nil {\n\t\t\treturn ctx.Err()\n\t\t}"));
    let request = "req, _ := http.NewRequestWithContext(ctx, \"GET\", u, nil)\n\t\tresp, err := http.DefaultClient.Do(req)\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\t";
    reason(Reason::Released, &f(&format!("{request}io.Copy(io.Discard, resp.Body)")));
    reason(Reason::Appended, &f(&format!("{request}bodies = append(bodies, resp.Body)")));
    reason(Reason::UnknownUse, &f("elsewhere(ctx)"));
    reason(Reason::UnknownUse, &f("if err := elsewhere(ctx); err != nil {\n\t\t\treturn err\n\t\t}"));
    reason(Reason::UnknownUse, &f("tracing.Flush(ctx)"));
    reason(Reason::UnknownUse, &f("if err := tracing.Start(ctx); err != nil {\n\t\t\treturn err\n\t\t}"));
    reason(Reason::Released, &f("if err := tracing.Flush(ctx); err != nil {\n\t\t\treturn err\n\t\t}"));
    reason(Reason::CapturedByGoroutine, &f("go elsewhere(ctx)"));
}

#[test]
fn things_that_look_local_and_are_not() {
    let outer = "type box struct {\n\tin *box\n\tr io.Reader\n}\nvar top *box\n";
    reason(
        Reason::UnknownResultLeaves,
        &format!("{outer}{}", opened("x := box{in: top}\n\t\tx.in.r = r", "")),
    );
    reason(
        Reason::CapturedByLiteral,
        "func f(t *testing.T, ps []string) {\n\tfor _, p := range ps {\n\t\tr, _ := os.Open(p)\n\t\tdefer r.Close()\n\t\tt.Run(p, func(t *testing.T) {\n\t\t\tt.Parallel()\n\t\t\tio.Copy(io.Discard, r)\n\t\t})\n\t}\n}\n",
    );
    reason(
        Reason::CapturedByGoroutine,
        "func f(ctx context.Context) {\n\tfor range 3 {\n\t\tctx, cancel := context.WithCancel(ctx)\n\t\tdefer cancel()\n\t\tdone := ctx.Done()\n\t\tgo func() {\n\t\t\t<-done\n\t\t\twork()\n\t\t}()\n\t}\n}\n",
    );
    reason(
        Reason::ReturnedToCaller,
        "func f(ps []string) (last *os.File) {\n\tfor _, p := range ps {\n\t\tlast, _ = os.Open(p)\n\t\tdefer last.Close()\n\t}\n\treturn\n}\n",
    );
    reason(
        Reason::UnknownUse,
        "var ends []io.Reader\nfunc f() {\n\tfor range 3 {\n\t\tr, w := io.Pipe()\n\t\tdefer w.Close()\n\t\tends = append(ends, r)\n\t}\n}\n",
    );
}

#[test]
fn memory_of_the_resource_is_not_plain() {
    let f = |rest: &str| {
        format!(
            "func f(p *sync.Pool) [][]byte {{\n\tvar all [][]byte\n\tfor range 3 {{\n\t\tb := p.Get().(*bytes.Buffer)\n\t\tdefer p.Put(b)\n\t\t{rest}\n\t}}\n\treturn all\n}}\n"
        )
    };
    reason(Reason::Appended, &f("all = append(all, b.Bytes())"));
    reason(Reason::Appended, &f("x := b.Bytes()[2:]\n\t\tall = append(all, x)"));
    reason(Reason::UnknownResource, &f("all = append(all, []byte(b.String()))"));
    reason(Reason::Released, &f("b.Reset()\n\t\tall = append(all, []byte(b.String()))"));
}

#[test]
fn names_count_where_the_deferred_call_removes_them() {
    let f = |rest: &str, after: &str| {
        format!(
            "func f() []string {{\n\tvar all []string\n\tfor range 3 {{\n\t\td, _ := os.MkdirTemp(\"\", \"x\")\n\t\tdefer os.RemoveAll(d)\n\t\t{rest}\n\t}}\n\t{after}\n\treturn all\n}}\n"
        )
    };
    reason(Reason::Released, &f("os.WriteFile(filepath.Join(d, \"a\"), nil, 0o600)", ""));
    reason(Reason::NameEscapes, &f("all = append(all, d)", ""));
    reason(Reason::NameEscapes, &f("p := filepath.Join(d, \"a\")\n\t\tall = append(all, p)", ""));
    reason(Reason::UnknownUse, &f("elsewhere(d)", ""));
    reason(
        Reason::UnknownResource,
        "func f(ps []string) {\n\tfor _, p := range ps {\n\t\tq := p + \".tmp\"\n\t\tdefer os.Remove(q)\n\t\tos.WriteFile(q, nil, 0o600)\n\t}\n}\n",
    );
}

#[test]
fn addresses_answer_while_their_listener_lives() {
    let f = |rest: &str| {
        format!(
            "func f() []string {{\n\tvar all []string\n\tfor range 3 {{\n\t\tl, err := net.Listen(\"tcp\", \":0\")\n\t\tif err != nil {{\n\t\t\treturn nil\n\t\t}}\n\t\tdefer l.Close()\n\t\t{rest}\n\t}}\n\treturn all\n}}\n"
        )
    };
    reason(Reason::NameEscapes, &f("all = append(all, l.Addr().String())"));
    reason(Reason::Released, &f("c, _ := l.Accept()\n\t\tio.Copy(io.Discard, c)"));
}

#[test]
fn locks() {
    let f = |head: &str, body: &str, after: &str| {
        format!("type node struct {{\n\tmu sync.Mutex\n\tnext *node\n\tn int\n}}\nfunc f(nodes []*node, n *node) {{\n\tvar mu sync.Mutex\n\tvar rw sync.RWMutex\n\tcount := 0\n\t{head} {{\n\t\t{body}\n\t}}\n\t_ = count\n\t_, _ = &mu, &rw\n\t{after}\n}}\n")
            .replace("\t_, _ = &mu, &rw\n", "")
    };
    let each = "for _, x := range nodes";
    reason(
        Reason::SameLock,
        &f("for range 3", "mu.Lock()\n\t\tdefer mu.Unlock()\n\t\tcount++", "fmt.Println(count)"),
    );
    reason(
        Reason::LockSplit,
        &f("for range 3", "mu.Lock()\n\t\tdefer mu.Unlock()\n\t\tcount++", "work(nodes)"),
    );
    reason(Reason::LockSplit, &f("for range 3", "rw.RLock()\n\t\tdefer rw.RUnlock()\n\t\tcount++", ""));
    reason(
        Reason::LockSplit,
        &f("for range 3", "if count > 1 {\n\t\t\tmu.Lock()\n\t\t\tdefer mu.Unlock()\n\t\t}\n\t\tcount++", ""),
    );
    reason(Reason::LockAll, &f(each, "x.mu.Lock()\n\t\tdefer x.mu.Unlock()", ""));
    reason(Reason::LockAll, &f(each, "x.mu.Lock()\n\t\tdefer x.mu.Unlock()\n\t\tx.n++", "work(nodes)"));
    reason(Reason::LockSplit, &f(each, "x.mu.Lock()\n\t\tdefer x.mu.Unlock()\n\t\tx.n++", ""));
    reason(
        Reason::HandOverHand,
        &f("for n != nil", "n.mu.Lock()\n\t\tdefer n.mu.Unlock()\n\t\tn = n.next", ""),
    );
}

#[test]
fn what_counts_by_being_there() {
    let f = |body: &str, after: &str| {
        format!(
            "func f(url string, many bool, n int) {{\n\tfor i := range n {{\n\t\tnc, err := nats.Connect(url)\n\t\tif err != nil {{\n\t\t\treturn\n\t\t}}\n\t\tdefer nc.Close()\n\t\t{body}\n\t}}\n\t{after}\n}}\n"
        )
    };
    let callback = "nc.Subscribe(\"a\", func(*nats.Msg) {})";
    reason(Reason::OnlyHeld, &f("_ = i", ""));
    reason(Reason::AcquireAndHold, &f(callback, "work()"));
    let repeated = format!("for range n {{\n\t\t\t{callback}\n\t\t}}\n\t\tnc.Flush()");
    reason(Reason::AcquireAndHold, &f(&repeated, "work()"));
    let chosen = format!(
        "switch {{\n\t\tcase many:\n\t\t\t{callback}\n\t\tdefault:\n\t\t\tif i > 1 {{\n\t\t\t\t{callback}\n\t\t\t}} else {{\n\t\t\t\tnc.SubscribeSync(\"b\")\n\t\t\t}}\n\t\t}}"
    );
    reason(Reason::AcquireAndHold, &f(&chosen, "work()"));
    let published = "nc.Publish(\"a\", nil)";
    reason(Reason::Released, &f(published, "work()"));
    reason(Reason::OnlyHeld, &f(&format!("{callback}\n\t\t{published}"), ""));
    reason(Reason::Released, &f(&format!("{callback}\n\t\t{published}\n\t\tnc.Close()"), ""));
    let taken = "sub, _ := nc.SubscribeSync(\"a\")\n\t\tnc.Publish(\"a\", nil)\n\t\t";
    reason(Reason::Released, &f(&format!("{taken}sub.NextMsg(0)"), ""));
    reason(Reason::OnlyHeld, &f(&format!("{taken}sub.IsValid()"), ""));
}

#[test]
fn a_subscription_counts_by_being_there() {
    let f = |rest: &str| {
        format!(
            "func f(nc *nats.Conn) {{\n\tfor range 3 {{\n\t\tsub, _ := nc.SubscribeSync(\"a\")\n\t\tdefer sub.Unsubscribe()\n\t\tnc.Publish(\"a\", nil)\n\t\t{rest}\n\t}}\n}}\n"
        )
    };
    reason(Reason::OnlyHeld, &f("sub.Pending()"));
    reason(Reason::Released, &f("sub.NextMsg(0)"));
    reason(Reason::Released, &f("sub.Pending()\n\t\tsub.Unsubscribe()"));
}

#[test]
fn shapes_that_mean_to_hold() {
    reason(
        Reason::AcquireAndHold,
        "func f(s *server) {\n\tfor range 3 {\n\t\tc, err := s.Connect()\n\t\tif err != nil {\n\t\t\treturn\n\t\t}\n\t\tdefer c.Close()\n\t}\n\ts.Count()\n}\n",
    );
    reason(
        Reason::AcquireAndHold,
        "func f(n int) {\n\tvar ids []int\n\tfor range n {\n\t\tc := start()\n\t\tdefer c.Stop()\n\t\tids = append(ids, c.ID())\n\t}\n\tmeasure(ids)\n}\n",
    );
    reason(
        Reason::AcquireAndHold,
        "func f(names []string) {\n\tfor _, n := range names {\n\t\tdefer drop(n)\n\t}\n\twork()\n}\n",
    );
    reason(
        Reason::UsedAfterLoop,
        "func f(conns []net.Conn) {\n\tfor _, c := range conns {\n\t\tdefer c.Close()\n\t\tping(c)\n\t}\n\twork(conns)\n}\n",
    );
    reason(
        Reason::OneShotGuard,
        "func f() {\n\tvar c *conn\n\tfor range 3 {\n\t\tif c == nil {\n\t\t\tc = dial()\n\t\t\tdefer c.Close()\n\t\t}\n\t\tc.Send()\n\t}\n}\n",
    );
    reason(
        Reason::OneShotGuard,
        "func f(c *conn) {\n\tfirst := true\n\tfor range 3 {\n\t\tif first {\n\t\t\tfirst = false\n\t\t\tdefer c.Close()\n\t\t}\n\t\tc.Send()\n\t}\n}\n",
    );
    reason(
        Reason::ReassignedAfterDefer,
        "func f(c *conn) {\n\tfor c != nil {\n\t\tdefer c.Close()\n\t\tc.Send()\n\t\tc = c.Next()\n\t}\n}\n",
    );
}

#[test]
fn what_is_said_of_guards_and_set_ups() {
    let message = |expected: &str, body: &str| {
        assert_eq!(judgements(body, GoVersion::NEWEST)[0].message, expected, "{body}");
    };
    message(
        "`i == 0` holds in one iteration only, so the defer runs once",
        "func f(cs []*conn) {\n\tfor i, c := range cs {\n\t\tif i == 0 {\n\t\t\tdefer c.Close()\n\t\t}\n\t\tc.Send()\n\t}\n}\n",
    );
    message(
        "the iteration does nothing between `s.Start()` and what takes it back; the code after the loop does",
        "func f(ss []*server) {\n\tfor _, s := range ss {\n\t\ts.Start()\n\t\tdefer s.Stop()\n\t}\n\twork()\n}\n",
    );
    message(
        "the iteration does nothing between setting `s.quiet` and setting it back; the code after the loop does",
        "func f(ss []*server) {\n\tfor _, s := range ss {\n\t\ts.quiet = true\n\t\tdefer func() { s.quiet = false }()\n\t}\n\twork()\n}\n",
    );
}

#[test]
fn states() {
    let f = |rest: &str, after: &str| {
        format!(
            "var cfg string\nfunc f(xs []string) {{\n\tfor _, x := range xs {{\n\t\told := cfg\n\t\t{rest}\n\t\tdefer func() {{ cfg = old }}()\n\t\twork(x)\n\t}}\n\t{after}\n}}\n"
        )
    };
    reason(Reason::StateSetAfresh, &f("cfg = x", ""));
    reason(Reason::RestoresState, &f("work(x)\n\t\tcfg = x", ""));
    reason(Reason::RestoresState, &f("if x != \"\" {\n\t\t\tcfg = x\n\t\t}", ""));
    reason(Reason::RestoresState, &f("cfg = x", "work(\"\")"));
    reason(Reason::StateRestored, &f("cfg = x", "fmt.Println(cfg)"));
    let twice = "var cfg string\nfunc set(to string) func() {\n\told := cfg\n\tcfg = to\n\treturn func() { cfg = old }\n}\nfunc f(xs []string, other func() func()) {\n\tfor _, x := range xs {\n\t\tundo := set(x)\n";
    reason(Reason::StateSetAfresh, &format!("{twice}\t\tdefer undo()\n\t\twork(x)\n\t}}\n}}\n"));
    let again = format!("{twice}\t\twork(x)\n\t\tundo = set(x)\n\t\tdefer undo()\n\t}}\n}}\n");
    reason(Reason::RestoresState, &again);
    reason(Reason::StateRestored, &f("cfg = cfg + x", ""));
    reason(
        Reason::StateRestored,
        "func f(env map[string]string) {\n\tfor k, v := range env {\n\t\told := os.Getenv(k)\n\t\tos.Setenv(k, v)\n\t\tdefer os.Setenv(k, old)\n\t}\n\twork()\n}\n",
    );
}

#[test]
fn writers_that_flush_into_something_longer_lived() {
    let f = |path: &str, to: &str| {
        format!(
            "func f(out io.Writer, names []string) {{\n\tfor _, name := range names {{\n\t\tfile, _ := os.Create({path})\n\t\tw := gzip.NewWriter({to})\n\t\tdefer w.Close()\n\t\tw.Write(nil)\n\t\t_, _ = file, name\n\t}}\n}}\n"
        )
    };
    reason(Reason::FlushesOutside, &f("name", "out"));
    reason(Reason::Released, &f("name", "file"));
    // Each iteration opens the same.
    reason(Reason::FlushesOutside, &f("\"x\"", "file"));
}

#[test]
fn things_that_see_the_literal_around_them() {
    reason(Reason::CallerDepth, &opened("io.ReadAll(r)\n\t\truntime.Caller(1)", ""));
    let chained = "func f(ctx context.Context) {\n\tfor range 3 {\n\t\tvar s tracing.Span\n\t\tctx, s = tracing.Start(ctx)\n\t\tdefer s.End()\n\t\twork(ctx)\n\t}\n}\n";
    reason(Reason::SpanNesting, chained);
    let body = "type T struct{}\nfunc (t *T) Close() {}\nfunc f(ts []T) {\n\tfor _, t := range ts {\n\t\tdefer func() { t.Close() }()\n\t}\n}\n";
    let judged = judgements(body, GoVersion::UNSTATED);
    assert!(judged[0].evidence.iter().any(|one| one.reason == Reason::LoopVariable));
    assert_eq!(judged[0].reason.class(), Class::Unsafe);
}

#[test]
fn evidence_names_the_place() {
    let judged = judgements(
        &format!("var all []io.Reader\n{}", opened("all = append(all, r)", "")),
        GoVersion::NEWEST,
    );
    assert_eq!(judged[0].evidence.len(), 1);
    assert!(judged[0].message.contains("`all`"), "{}", judged[0].message);
}

#[test]
fn large_functions_cost_little() {
    use std::fmt::Write as _;
    let mut body = String::from("func f() {\n");
    for n in 0..2000 {
        let _ = write!(
            body,
            "\tfor range 3 {{\n\t\tr, err := os.Open(\"x{n}\")\n\t\tif err != nil {{\n\t\t\treturn\n\t\t}}\n\t\tdefer r.Close()\n\t\tio.Copy(io.Discard, r)\n\t}}\n"
        );
    }
    body.push_str("}\n");
    assert_eq!(judgements(&body, GoVersion::NEWEST).len(), 2000);
}
