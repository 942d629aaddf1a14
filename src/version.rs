//! Go versions as people and Go's own files write them.

use undefer_transforms::GoVersion;

/// Reads `1.22`, `1.22.3`, `1.23rc1` and the `go1.22` of build constraints.
pub fn parse_go_version(text: &str) -> Option<GoVersion> {
    let minor = text.strip_prefix("go").unwrap_or(text).strip_prefix("1.")?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    let (number, rest) = minor.split_at(digits);
    let known_suffix = rest.is_empty() || [".", "rc", "beta"].iter().any(|start| rest.starts_with(start));
    known_suffix.then(|| number.parse().ok().map(GoVersion)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_versions_are_read_as_go_writes_them() {
        for text in ["1.22", "1.22.3", "1.22rc1", "go1.22", "1.22beta1"] {
            assert_eq!(parse_go_version(text), Some(GoVersion(22)), "{text}");
        }
        for text in ["", "1", "2.1", "1.", "1.x", "1.22x"] {
            assert_eq!(parse_go_version(text), None, "{text}");
        }
    }
}
