//! What it costs to make a patch and byte edits of two texts.

use divan::{Bencher, black_box};
use undefer::diff::{edits, patch};
use undefer_transforms::{Options, Safety, rewrite};

fn main() {
    divan::main();
}

/// A file before and after, with as many rewritten functions.
fn texts(functions: usize) -> (String, String) {
    let function = |number: usize| {
        format!(
            "func f{number}(xs []string) (int, error) {{\n\tn := 0\n\tfor _, x := range xs {{\n\t\tf, err := os.Open(x)\n\
             \t\tif err != nil {{\n\t\t\treturn 0, err\n\t\t}}\n\t\tdefer f.Close()\n\t\tb, err := io.ReadAll(f)\n\
             \t\tif err != nil {{\n\t\t\treturn 0, err\n\t\t}}\n\t\tn += len(b)\n\t}}\n\treturn n, nil\n}}\n\n"
        )
    };
    let functions: String = (0..functions).map(function).collect();
    let old = format!("package p\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\n{functions}");
    let new = rewrite(&old, &Options { bar: Safety::Safe, ..Options::default() }).text;
    let Some(new) = new else { panic!("nothing is rewritten") };
    (old, new)
}

#[divan::bench(args = [1, 10, 100, 1000])]
fn patch_of_functions(bencher: Bencher<'_, '_>, functions: usize) {
    let (old, new) = texts(functions);
    bencher.bench_local(|| patch("a.go", black_box(&old), black_box(&new), false));
}

#[divan::bench(args = [1, 10, 100, 1000])]
fn edits_of_functions(bencher: Bencher<'_, '_>, functions: usize) {
    let (old, new) = texts(functions);
    bencher.bench_local(|| edits(black_box(&old), black_box(&new)));
}
