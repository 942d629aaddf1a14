//! What becomes of files: whole or not at all, with their mode, line ends and byte-order mark.

use std::fs;
use std::io;

use crate::workspace::{LEAKY, Workspace, crlf};
#[cfg(unix)]
use crate::workspace::{TIDY, run_stoppable};

/// The rewritten text of `LEAKY`.
fn rewritten(text: &str) -> io::Result<String> {
    let workspace = Workspace::with(&[("a.go", text)])?;
    let ran = workspace.run(&["-w", "--unsafe", "-q", "--form=closure"])?;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(workspace.names("")?, ["a.go"], "no temporary file stays");
    let new = workspace.read("a.go")?;
    assert_ne!(new, text);
    Ok(new)
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() -> io::Result<()> {
    let plain = rewritten(LEAKY)?;
    assert_eq!(rewritten(&crlf(LEAKY))?, crlf(&plain));
    assert_eq!(rewritten(&format!("\u{feff}{LEAKY}"))?, format!("\u{feff}{plain}"));
    assert_eq!(rewritten(&format!("\u{feff}{}", crlf(LEAKY)))?, format!("\u{feff}{}", crlf(&plain)));
    Ok(())
}

#[test]
fn a_missing_final_newline_stays_missing() -> io::Result<()> {
    let new = rewritten(LEAKY.trim_end())?;
    assert_eq!(new, rewritten(LEAKY)?.trim_end());
    Ok(())
}

#[test]
fn only_the_region_changes_where_gofmt_had_work() -> io::Result<()> {
    let untidy = format!("{LEAKY}\nvar   x  =  1\n");
    assert_eq!(rewritten(&untidy)?, format!("{}\nvar   x  =  1\n", rewritten(LEAKY)?));
    Ok(())
}

#[test]
fn the_patch_is_taken_by_git_from_any_folder_and_gives_what_is_written() -> io::Result<()> {
    let texts = [
        LEAKY.to_owned(),
        crlf(LEAKY),
        format!("\u{feff}{LEAKY}"),
        LEAKY.trim_end().to_owned(),
        LEAKY.replace("_ = f", "_ = `a\rb`"),
    ];
    for text in texts {
        let workspace = Workspace::committed(&[("d/e/a b.go", &text), ("d/c.go", &text), ("z.go", &text)])?;
        for folder in ["", "d", "d/e"] {
            let patch = workspace.run_in(folder, &["--unsafe"])?;
            assert_eq!(patch.code, Some(1), "{patch:?}");
            workspace.write("p", patch.out)?;
            let patch = workspace.path("p").to_string_lossy().into_owned();
            workspace.git_in(folder, &["apply", "--check", &patch])?;
            workspace.git_in(folder, &["apply", &patch])?;
            let patched = workspace.read("d/e/a b.go")?;
            workspace.git(&["checkout", "-q", "."])?;
            workspace.run_in(folder, &["-w", "--unsafe"])?;
            assert_eq!(workspace.read("d/e/a b.go")?, patched, "from {folder:?}");
            workspace.git(&["checkout", "-q", "."])?;
        }
    }
    Ok(())
}

/// Bytes that tools stumble over, around the region and in it: they stay, the patch is whole and gives what is written.
#[test]
fn odd_bytes_stay_and_the_patch_is_taken() -> io::Result<()> {
    let plain = rewritten(LEAKY)?;
    let after = |at: &str, odd: &str| LEAKY.replacen(at, &format!("{at}{odd}"), 1);
    let cases = [
        ("a CR in a comment above", after("package p\n", "// a\rb\n")),
        ("a CR at the end of a comment", after("_ = f", " // a\r\r")),
        ("a CR in a comment that moves", after("_ = f", " // a\rb")),
        ("a CR between words that move", after("_ =", "\r")),
        ("a CR between lines", after("package p\n", "\r")),
        ("a CR as the last byte", format!("{LEAKY}\r")),
        ("a CR and no final newline", format!("{LEAKY}// a\rb")),
        ("one line with CRLF", LEAKY.replacen('\n', "\r\n", 1)),
        ("CRLF but for one line", crlf(LEAKY).replacen("\r\n", "\n", 1)),
        ("CRLF and no final newline", crlf(LEAKY).trim_end().to_owned()),
        ("a mark, CRLF and no final newline", format!("\u{feff}{}", crlf(LEAKY).trim_end())),
        ("no final newline", LEAKY.trim_end().to_owned()),
        ("many final newlines", format!("{LEAKY}\n\n\n")),
        ("a NUL in a comment", after("package p\n", "// \0\n")),
        ("a NUL in a comment that moves", after("_ = f", " // \0")),
        ("a NUL as the last byte", format!("{LEAKY}\0")),
        ("a form feed and a line separator", after("package p\n", "// \u{c} \u{2028} \u{85}\n")),
    ];
    for (words, text) in cases {
        let workspace = Workspace::committed(&[("a.go", &text)])?;
        let patch = workspace.run(&["--unsafe", "--form=closure"])?;
        assert_eq!(patch.code, Some(1), "{words}: {patch:?}");
        let is_open = !text.ends_with('\n') && patch.out.contains(text.lines().last().unwrap_or_default());
        assert_eq!(patch.out.contains("\\ No newline at end of file\n"), is_open, "{words}: {patch:?}");
        workspace.write("p", patch.out)?;
        let written = rewritten(&text)?;
        workspace.git(&["apply", "--check", "p"])?;
        workspace.git(&["apply", "p"])?;
        assert_eq!(workspace.read("a.go")?, written, "{words}");
        for odd in ['\r', '\0', '\u{feff}', '\u{c}'] {
            let count = |text: &str| text.matches(odd).count();
            let new_lines = if text.contains("\r\n") && odd == '\r' { 2 } else { 0 };
            assert!((count(&text)..=count(&text) + new_lines).contains(&count(&written)), "{words}: {odd:?}");
        }
        let common = plain.len() - LEAKY.len();
        assert!(written.len() >= text.len() + common, "{words}: {written}");
    }
    Ok(())
}

#[test]
fn a_file_without_bytes_and_a_damaged_one_are_no_failure() -> io::Result<()> {
    for (text, line) in [
        ("", "no defer in a loop in 1 file"),
        ("\0", "no defer in a loop in 1 file"),
        ("\u{feff}", "no defer in a loop in 1 file"),
        ("\n", "no defer in a loop in 1 file"),
        (
            &LEAKY.replace("_ = f", "_ = \"\0\""),
            "0 sites to rewrite; 1 left: 1 refused; 1 function does not parse",
        ),
    ] {
        let workspace = Workspace::with(&[("a.go", text)])?;
        for args in [&["--unsafe"][..], &["--unsafe", "a.go"]] {
            let ran = workspace.run(args)?;
            assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{text:?}: {ran:?}");
            assert!(ran.err.ends_with(&format!("undefer: {line}\n")), "{text:?}: {ran:?}");
        }
        assert_eq!(workspace.run(&["-w", "--unsafe", "a.go"])?.code, Some(0));
        assert_eq!(workspace.read("a.go")?, text);
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn what_this_user_may_not_write_is_left_though_somebody_may() -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let workspace = Workspace::with(&[("a.go", LEAKY), ("d/b.go", LEAKY), ("c.go", TIDY)])?;
    // The owner may only read, and so may everybody but the group; the folder of b.go takes no new file from anybody.
    fs::set_permissions(workspace.path("a.go"), Permissions::from_mode(0o464))?;
    fs::set_permissions(workspace.path("d/b.go"), Permissions::from_mode(0o666))?;
    fs::set_permissions(workspace.path("d"), Permissions::from_mode(0o555))?;
    let ran = run_stoppable(&workspace, &["-w", "-l", "-q", "--unsafe"])?;
    fs::set_permissions(workspace.path("d"), Permissions::from_mode(0o755))?;
    let lines = "undefer: a.go: is read-only for you; make it writable first (chmod u+w)\n\
        undefer: d/b.go: cannot be written and keeps its text; mend this and run undefer again: permission denied";
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.starts_with(lines), "{ran:?}");
    assert_eq!((workspace.read("a.go")?, workspace.read("d/b.go")?), (LEAKY.to_owned(), LEAKY.to_owned()));
    assert_eq!(workspace.names("d")?, ["b.go"]);
    Ok(())
}

#[test]
fn a_patch_above_the_current_directory_is_taken_with_unsafe_paths() -> io::Result<()> {
    let workspace = Workspace::committed(&[("a.go", LEAKY), ("d/b.go", LEAKY)])?;
    workspace.write("p", workspace.run_in("d", &["--unsafe", "--form=closure", "../a.go"])?.out)?;
    workspace.git_in("d", &["apply", "--unsafe-paths", "../p"])?;
    assert_eq!(workspace.read("a.go")?, rewritten(LEAKY)?);
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_mode_stays_and_a_link_stays_a_link() -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    let workspace = Workspace::with(&[("real/a.go", LEAKY)])?;
    fs::set_permissions(workspace.path("real/a.go"), Permissions::from_mode(0o754))?;
    symlink("real/a.go", workspace.path("link.go"))?;
    let ran = workspace.run(&["-w", "-l", "--unsafe", "link.go"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "real/a.go\n"), "{ran:?}");
    assert!(fs::symlink_metadata(workspace.path("link.go"))?.is_symlink());
    assert_eq!(fs::metadata(workspace.path("real/a.go"))?.permissions().mode() & 0o7777, 0o754);
    assert_ne!(workspace.read("real/a.go")?, LEAKY);
    Ok(())
}

#[cfg(unix)]
#[test]
fn hard_links_and_read_only_files_are_left_and_the_others_written() -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let workspace =
        Workspace::with(&[("a.go", LEAKY), ("hard.go", LEAKY), ("locked.go", LEAKY), ("z.go", LEAKY)])?;
    fs::hard_link(workspace.path("hard.go"), workspace.path("other"))?;
    fs::set_permissions(workspace.path("locked.go"), Permissions::from_mode(0o444))?;
    let ran = workspace.run(&["-w", "-l", "--unsafe"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), "a.go\nz.go\n"), "{ran:?}");
    let lines: Vec<_> = ran.err.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.err);
    assert!(lines[0].starts_with("undefer: hard.go: has 2 hard links"), "{}", ran.err);
    assert!(lines[1].starts_with("undefer: locked.go: is read-only"), "{}", ran.err);
    assert_eq!(lines[2], "undefer: 2 sites rewritten in 2 files; 2 in 2 files not written");
    assert_eq!(workspace.read("hard.go")?, LEAKY);
    assert_eq!(workspace.read("locked.go")?, LEAKY);
    assert_eq!(workspace.names("")?, ["a.go", "hard.go", "locked.go", "other", "z.go"]);
    Ok(())
}

#[test]
fn without_gofmt_the_own_indentation_is_written_and_it_is_said_once() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY), ("b.go", LEAKY)])?;
    let output =
        workspace.command("", &["-w", "--unsafe", "-q", "--form=closure"]).env("PATH", "").output()?;
    let ran = crate::workspace::ran(&output);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.err.matches("gofmt is not on PATH").count(), 1, "{}", ran.err);
    assert_eq!(workspace.read("a.go")?, rewritten(LEAKY)?);
    Ok(())
}
