//! `--form` and `--form-only`.

use std::io;

use crate::workspace::{LEAKY, Workspace};

#[test]
fn a_form_that_is_not_known_is_refused_and_those_that_are_known_are_named() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = workspace.run(&["--form", "closure,clsure"])?;
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("--form clsure: there is no such form; the forms are auto, "), "{ran:?}");
    assert!(ran.err.contains("closure"), "{ran:?}");
    Ok(())
}

#[test]
fn auto_goes_with_no_other_form_and_is_nothing_to_insist_on() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    for args in [&["--form", "auto,closure"][..], &["--form=auto", "--form-only"]] {
        let ran = workspace.run(args)?;
        assert_eq!(ran.code, Some(2), "{args:?} {ran:?}");
        assert!(ran.err.contains("--form auto is every form there is"), "{args:?} {ran:?}");
    }
    let ran = workspace.run(&["--form-only"])?;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--form <FORMS>"), "{ran:?}");
    Ok(())
}

#[test]
fn auto_is_what_happens_anyway() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let ran = workspace.run(&["--unsafe"])?;
    assert_eq!(workspace.run(&["--unsafe", "--form", "auto"])?, ran);
    assert_ne!(ran.out, "");
    Ok(())
}
