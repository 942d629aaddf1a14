//! A proof for people and for programs.

use std::io::{self, Write};

use crate::cli::Format;
use crate::prove::{Proof, Proved};

/// Prints it.
pub fn print(proof: &Proof, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => table(&proof.sites, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, proof)?;
            writeln!(out)
        }
    }
}

/// One line about all sites.
pub fn summary(proof: &Proof) -> String {
    let all = proof.sites.len();
    let before = proof.sites.iter().filter(|site| site.before.as_deref() == Some("heap-allocated")).count();
    let after =
        proof.sites.iter().filter(|site| site.after.iter().any(|how| how == "heap-allocated")).count();
    let unknown = proof.sites.iter().filter(|site| site.problem.is_some()).count();
    let noun = if all == 1 { "site" } else { "sites" };
    let unknown = if unknown == 0 { String::new() } else { format!("; nothing is known of {unknown}") };
    format!("{all} {noun} to rewrite: {before} with a heap-allocated defer before, {after} after{unknown}")
}

fn table(sites: &[Proved], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 5]> = sites.iter().map(row).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let cells: Vec<String> = cells.chain([row[4].clone()]).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn row(site: &Proved) -> [String; 5] {
    let place = format!("{}:{}:{}", site.path, site.line, site.column);
    if let Some(problem) = &site.problem {
        return [place, site.form.to_owned(), "unknown".to_owned(), String::new(), problem.clone()];
    }
    let before = site.before.clone().unwrap_or_else(|| "not said".to_owned());
    let after = if site.after.is_empty() { "no defer".to_owned() } else { site.after.join(", ") };
    let heap = |sign: &str, words: &[String]| -> Vec<String> {
        words.iter().map(|words| format!("{sign}{words}")).collect()
    };
    let heap = [heap("- ", &site.gone), heap("+ ", &site.new)].concat().join("; ");
    [place, site.form.to_owned(), before, after, heap]
}
