//! Functions that are longer than anybody writes, and lines of a megabyte: every site gets its verdict, and what is
//! rewritten stays rewritten. What they cost is shown by the benches of `stages`.

use undefer_transforms::{Options, Reason, Rewrite, Safety, Verdict, rewrite};

const SITE: &str = "\tfor _, x := range xs {\n\t\tf, err := os.Open(x)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\
                    \t\tdefer f.Close()\n\t\tb, err := io.ReadAll(f)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\
                    \t\tn += len(b)\n\t}\n";

fn function(body: &str) -> String {
    format!(
        "package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc long(xs []string) (int, error) {{\n\tn := 0\n{body}\treturn n, nil\n}}\n"
    )
}

/// Rewrites at the bar; a second run over the result has nothing to do, and the text is longer by what comes in.
fn rewritten(text: &str, bar: Safety) -> Rewrite {
    let options = Options { bar, ..Options::default() };
    let first = rewrite(text, &options);
    assert!(first.faults.is_empty(), "{:?}", first.faults);
    let new = first.text.as_deref().expect("something is rewritten");
    let second = rewrite(new, &options);
    assert_eq!((second.text, second.faults.len()), (None, 0));
    first
}

fn all_safe(rewrite: &Rewrite) -> bool {
    rewrite.sites.iter().all(|site| matches!(site.verdict, Verdict::Rewrite { safety: Safety::Safe, .. }))
}

#[test]
fn ten_thousand_statements() {
    let statements = "\tif n > 3 {\n\t\tn = g(n, \"a\")\n\t}\n".repeat(5_000);
    let rewrite = rewritten(&function(&format!("{statements}{SITE}")), Safety::Safe);
    assert_eq!((rewrite.sites.len(), rewrite.fixes.len()), (1, 1));
    assert!(all_safe(&rewrite));
}

#[test]
fn ten_thousand_statements_behind_the_defer() {
    let statements = "\t\tif n > 3 {\n\t\t\tn = g(n, \"a\")\n\t\t}\n".repeat(5_000);
    let site = SITE.replace("\t\tn += len(b)\n", &format!("\t\tn += len(b)\n{statements}"));
    let rewrite = rewritten(&function(&site), Safety::Safe);
    assert_eq!((rewrite.sites.len(), rewrite.fixes.len()), (1, 1));
    assert!(all_safe(&rewrite));
}

#[test]
fn two_thousand_loops_with_a_site_each() {
    let rewrite = rewritten(&function(&SITE.repeat(2_000)), Safety::Safe);
    assert_eq!((rewrite.sites.len(), rewrite.fixes.len()), (2_000, 2_000));
    assert!(all_safe(&rewrite));
}

#[test]
fn two_thousand_sites_in_one_iteration() {
    let site =
        "\t\tg, err := os.Open(x)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tdefer g.Close()\n";
    let sites: String = (0..2_000).map(|number| site.replace('g', &format!("g{number}"))).collect();
    let text = function(&format!("\tfor _, x := range xs {{\n{sites}\t}}\n"));
    let rewrite = rewritten(&text, Safety::Unsafe);
    assert_eq!((rewrite.sites.len(), rewrite.fixes.len()), (2_000, 1));
}

#[test]
fn a_site_in_the_innermost_of_five_hundred_loops() {
    let open = "\tfor range xs {\n".repeat(499);
    let text = function(&format!("{open}{SITE}{}", "\t}\n".repeat(499)));
    let rewrite = rewritten(&text, Safety::Safe);
    assert_eq!((rewrite.sites.len(), rewrite.fixes.len()), (1, 1));
    assert!(all_safe(&rewrite));
}

/// Each level would be a round over the whole text: the outer ones are refused, and say so.
#[test]
fn a_site_in_each_of_five_hundred_loops() {
    let level = "\tfor _, x := range xs {\n\t\tf, err := os.Open(x)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tdefer f.Close()\n";
    let text = function(&format!("{}{}", level.repeat(500), "\t}\n".repeat(500)));
    let rewrite = rewrite(&text, &Options { bar: Safety::Unsafe, ..Options::default() });
    let refused = rewrite.sites.iter().filter(|site| site.reason == Reason::TooDeep).count();
    assert_eq!(rewrite.sites.len(), 500);
    assert!(refused > 400, "{refused}");
}

#[test]
fn lines_of_a_megabyte() {
    const LENGTH: usize = 1 << 20;
    let many = |part: &str| part.repeat(LENGTH / part.len());
    for line in [
        format!("\t// {}\n", many("word ")),
        format!("\t_ = \"{}\"\n", many("0123456789abcdef")),
        format!("\t_ = `{}`\n", many("0123456789abcdef")),
        format!("\txs = []string{{{}}}\n", many("\"0123456789abcdef\", ")),
        format!("\t{}\n", many("n = g(n); ")),
        format!("\t{}\n", many("if n > 3 { n = g(n) }; ")),
        format!("\tn = n{}\n", many(" + 1")),
    ] {
        let text = function(&format!("{line}{SITE}"));
        let result = rewritten(&text, Safety::Safe);
        assert!(all_safe(&result), "{line:.80}: {:?}", result.sites);
        assert!(result.text.is_some_and(|text| text.contains(&line)), "{line:.80} stays as it is");
    }
}
