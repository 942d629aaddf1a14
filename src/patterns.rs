//! Patterns of file names, as `per-file-ignores` has them. `globset` is known here only.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::paths::{relative, shown};

/// Patterns, and the folder that they are relative to.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    /// Those with a `/` inside, for whole paths.
    paths: GlobSet,
    /// The others, for any part of a path.
    names: GlobSet,
    folder: PathBuf,
}

impl Patterns {
    /// Reads patterns, which are relative to `folder`, an absolute path. The error names the pattern, and says what is wrong.
    pub fn read<'p>(
        patterns: impl Iterator<Item = &'p str>,
        folder: &Path,
    ) -> Result<Self, (String, String)> {
        let (mut paths, mut names) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let trimmed = pattern.trim_start_matches("./").trim_end_matches('/');
            let set = if trimmed.contains('/') { &mut paths } else { &mut names };
            set.add(glob(trimmed).map_err(|words| (pattern.to_owned(), words))?);
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| (String::new(), error.to_string()));
        Ok(Self { paths: build(paths)?, names: build(names)?, folder: folder.to_owned() })
    }

    /// Whether a pattern holds for the file at `path`, which is absolute, or for a folder that it is in, up to the folder of
    /// the patterns.
    pub fn hold_for(&self, path: &Path) -> bool {
        let path = shown(&relative(path, &self.folder));
        let is_named = |part: &Path| part.file_name().is_some_and(|name| self.names.is_match(name));
        Path::new(&path).ancestors().any(|part| self.paths.is_match(part) || is_named(part))
    }
}

fn glob(pattern: &str) -> Result<Glob, String> {
    if pattern.is_empty() {
        return Err("it is empty".to_owned());
    }
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(pattern: &str, path: &str) -> bool {
        let patterns = Patterns::read(std::iter::once(pattern), Path::new("/a")).expect("it is right");
        patterns.hold_for(Path::new(path))
    }

    #[test]
    fn patterns_hold_for_files_and_for_all_that_is_in_a_folder() {
        for (pattern, path) in [
            ("*_test.go", "/a/x_test.go"),
            ("*_test.go", "/a/b/c/x_test.go"),
            ("legacy", "/a/b/legacy/c/x.go"),
            ("legacy/", "/a/legacy/x.go"),
            ("b/legacy", "/a/b/legacy/c/x.go"),
            ("./b/*.go", "/a/b/x.go"),
            ("b/**/x.go", "/a/b/c/d/x.go"),
            ("**/gen/*.{go,txt}", "/a/b/gen/x.go"),
            ("öä x.go", "/a/b/öä x.go"),
        ] {
            assert!(holds(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("*_test.go", "/a/x.go"),
            ("b/*.go", "/a/b/c/x.go"),
            ("legacy/x.go", "/a/b/legacy/x.go"),
            ("a", "/a/x.go"),
            ("b/x.go", "/b/x.go"),
        ] {
            assert!(!holds(pattern, path), "{pattern} {path}");
        }
        assert!(!Patterns::default().hold_for(Path::new("/a/x.go")));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        for pattern in ["", "/", "a[", "a/{b"] {
            let error = Patterns::read(std::iter::once(pattern), Path::new("/a")).expect_err(pattern);
            assert!(error.0 == pattern && !error.1.contains('\n'), "{error:?}");
        }
    }
}
