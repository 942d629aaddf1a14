//! How files are named: relative to the current directory, with `/`, wherever they are.

use std::path::{Component, Path, PathBuf};

/// `path` seen from `base`; both absolute and without `.`, `..` or symbolic links.
pub fn relative(path: &Path, base: &Path) -> PathBuf {
    let mut above = PathBuf::new();
    for ancestor in base.ancestors() {
        if let Ok(rest) = path.strip_prefix(ancestor) {
            return above.join(rest);
        }
        above.push("..");
    }
    path.to_owned()
}

/// `path` seen from the directory `here`, which is absolute, as an absolute path without `.` and `..`. Links are not looked at.
pub fn absolute(path: &Path, here: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            other => whole.push(other),
        }
    }
    whole
}

/// The name that reports and patches print.
pub fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.components().filter(|part| *part != Component::CurDir).collect();
    let text = parts.iter().collect::<PathBuf>().to_string_lossy().into_owned();
    if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_current_directory() {
        let see = |path: &str| shown(&relative(Path::new(path), Path::new("/a/b")));
        assert_eq!(see("/a/b/c/x.go"), "c/x.go");
        assert_eq!(see("/a/x.go"), "../x.go");
        assert_eq!(see("/z/x.go"), "../../z/x.go");
        assert_eq!(see("/a/b"), "");
        for path in ["/a/b/c/x.go", "/a/x.go", "/z/x.go", "/a/b"] {
            assert_eq!(absolute(Path::new(&see(path)), Path::new("/a/b")), Path::new(path));
        }
    }
}
