//! Throughput of the prefilter on text of the three kinds that a repository holds.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use undefer_transforms::scan::may_hold_site;

fn main() {
    divan::main();
}

/// About a megabyte of functions, all alike.
fn text(body: &str) -> String {
    let function = format!(
        "// Run walks over the items and reports what it did for each of them, as \"done\" or as an error.\n\
         func (s *Server) Run(ctx context.Context, items []string) (map[string]int, error) {{\n\
         \tcounts := map[string]int{{\"a\": 1, `b`: 2}}\n{body}\
         \tfor i, item := range items {{\n\
         \t\tif err := s.step(ctx, item, 'x'); err != nil {{\n\
         \t\t\treturn nil, fmt.Errorf(\"step %d of %q: %w\", i, item, err)\n\t\t}}\n\
         \t\tcounts[item]++ /* seen */\n\t}}\n\treturn counts, nil\n}}\n\n"
    );
    "package server\n\n".to_owned() + &function.repeat((1 << 20) / function.len())
}

/// Measures texts that do not pass, so that all of them is read.
fn measure(bencher: Bencher<'_, '_>, body: &str) {
    let text = text(body);
    assert!(!may_hold_site(text.as_bytes()));
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| may_hold_site(black_box(text.as_bytes())));
}

#[divan::bench]
fn no_defer(bencher: Bencher<'_, '_>) {
    measure(bencher, "");
}

#[divan::bench]
fn defer_before_loop(bencher: Bencher<'_, '_>) {
    measure(bencher, "\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n");
}

#[divan::bench]
fn defer_and_goto(bencher: Bencher<'_, '_>) {
    measure(bencher, "again:\n\tif s.full() {\n\t\tgoto again\n\t}\n\tdefer s.mu.Unlock()\n");
}
