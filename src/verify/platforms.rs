//! For what a file is built, where that is not the host: its name and its `//go:build` line say it (`go help buildconstraint`).

use std::collections::BTreeSet;
use std::path::Path;

use crate::constraint;
use crate::toolchain::{Host, Platform};
use crate::version::parse_go_version;

/// So many platforms are tried for a file before it counts as one that cannot be built here.
pub(super) const MOST: usize = 3;

/// A line with more tags than this is no line that people write, and combinations would be many.
const MOST_TAGS: usize = 8;

/// Systems for which the tag `unix` holds.
const UNIX: [&str; 13] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
    "zos",
];

/// Platforms that a file is part of, the likeliest first: near the host and with few tags. `known` are all targets of
/// the toolchain.
pub(super) fn candidates(path: &Path, text: &str, host: &Host, known: &[(String, String)]) -> Vec<Platform> {
    let expression = constraint::expression(text).unwrap_or_default();
    let named = Named::of(path, known);
    let used = constraint::tags(expression);
    let free: Vec<&str> = used.into_iter().filter(|tag| is_free(tag, known)).collect();
    if free.len() > MOST_TAGS {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (os, arch) in ordered(host, known).filter(|target| named.fits(target)) {
        for chosen in subsets(&free) {
            let has = |tag: &str| holds(tag, (os, arch), host) || chosen.contains(tag);
            if expression.is_empty() || constraint::holds(expression, has) {
                found.push(platform((os, arch), &chosen, expression, host));
            }
        }
    }
    found.truncate(MOST);
    found
}

/// Whether a file's line asks for the tag by which programs of one file stay out of every package.
pub(super) fn stands_alone(text: &str) -> bool {
    let expression = constraint::expression(text).unwrap_or_default();
    let tags = constraint::tags(expression);
    tags.contains("ignore") && !constraint::holds(expression, |tag| tag != "ignore")
}

fn platform((os, arch): (&str, &str), chosen: &BTreeSet<&str>, expression: &str, host: &Host) -> Platform {
    let is_host = os == host.goos && arch == host.goarch;
    let tags = chosen.iter().filter(|&&tag| tag != "cgo").map(|&tag| tag.to_owned()).collect();
    let asks = is_host && constraint::tags(expression).contains("cgo");
    Platform {
        target: (!is_host).then(|| (os.to_owned(), arch.to_owned())),
        cgo: asks.then(|| chosen.contains("cgo")),
        tags,
    }
}

/// Targets, that of the host first, then those of its system and of well-known ones, then all others.
fn ordered<'a>(host: &'a Host, known: &'a [(String, String)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let rank = |(os, arch): &(&str, &str)| {
        let systems = [host.goos.as_str(), "linux", "darwin", "windows", "freebsd"];
        let arches = [host.goarch.as_str(), "amd64", "arm64"];
        let place =
            |list: &[&str], name: &str| list.iter().position(|known| *known == name).unwrap_or(list.len());
        (place(&systems, os), place(&arches, arch))
    };
    let mut targets: Vec<_> = known.iter().map(|(os, arch)| (os.as_str(), arch.as_str())).collect();
    targets.sort_by_key(rank);
    targets.into_iter()
}

/// All choices of some tags, those with few of them first.
fn subsets<'a>(tags: &[&'a str]) -> Vec<BTreeSet<&'a str>> {
    let chosen = |bits: usize| {
        tags.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, &tag)| tag).collect()
    };
    let mut all: Vec<BTreeSet<&str>> = (0..1 << tags.len()).map(chosen).collect();
    all.sort_by_key(BTreeSet::len);
    all
}

/// Whether a tag is ours to choose: it is no system, no architecture and no word that the toolchain decides about.
fn is_free(tag: &str, known: &[(String, String)]) -> bool {
    let is_target = known.iter().any(|(os, arch)| os == tag || arch == tag);
    !is_target && !["unix", "gc", "gccgo"].contains(&tag) && minor(tag).is_none()
}

/// Whether a tag that is not ours to choose holds.
fn holds(tag: &str, (os, arch): (&str, &str), host: &Host) -> bool {
    let is_implied = os == "android" && tag == "linux"
        || os == "ios" && tag == "darwin"
        || os == "illumos" && tag == "solaris";
    let is_new_enough = || minor(tag).is_some_and(|wanted| minor(&host.goversion) >= Some(wanted));
    tag == os
        || tag == arch
        || tag == "gc"
        || tag == "unix" && UNIX.contains(&os)
        || is_implied
        || is_new_enough()
}

fn minor(version: &str) -> Option<undefer_transforms::GoVersion> {
    version.strip_prefix("go").and_then(parse_go_version)
}

/// What a file's name asks for: `x_GOOS.go`, `x_GOARCH.go`, `x_GOOS_GOARCH.go`, each also with `_test`.
struct Named<'a> {
    os: Option<&'a str>,
    arch: Option<&'a str>,
}

impl<'a> Named<'a> {
    fn of(path: &'a Path, known: &[(String, String)]) -> Self {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let stem = stem.strip_suffix("_test").unwrap_or(stem);
        let parts: Vec<&str> = stem.split('_').skip(1).collect();
        let is_os = |name: &&str| known.iter().any(|(os, _)| os == name);
        let is_arch = |name: &&str| known.iter().any(|(_, arch)| arch == name);
        match parts[..] {
            [.., os, arch] if is_os(&os) && is_arch(&arch) => Named { os: Some(os), arch: Some(arch) },
            [.., last] => Named { os: Some(last).filter(is_os), arch: Some(last).filter(is_arch) },
            [] => Named { os: None, arch: None },
        }
    }

    fn fits(&self, (os, arch): &(&str, &str)) -> bool {
        self.os.is_none_or(|wanted| wanted == *os) && self.arch.is_none_or(|wanted| wanted == *arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, expression: &str) -> Vec<String> {
        let host = Host::fixed("linux", "amd64", "go1.24.1");
        let known: Vec<(String, String)> =
            ["aix/ppc64", "android/arm64", "darwin/arm64", "linux/386", "linux/amd64", "windows/amd64"]
                .iter()
                .filter_map(|target| target.split_once('/'))
                .map(|(os, arch)| (os.to_owned(), arch.to_owned()))
                .collect();
        let text = format!("// A file.\n\n//go:build {expression}\n\npackage p\n");
        let text = if expression.is_empty() { "package p\n" } else { &text };
        candidates(Path::new(name), text, &host, &known).iter().map(Platform::shown).collect()
    }

    #[test]
    fn the_platform_of_a_file_is_found() {
        for (name, expression, first) in [
            ("a_windows.go", "", "windows/amd64"),
            ("a_windows_test.go", "", "windows/amd64"),
            ("a_linux_386.go", "", "linux/386"),
            ("windows.go", "", ""),
            ("a.go", "darwin && !cgo", "darwin/arm64"),
            ("a.go", "!cgo", "no cgo"),
            ("a.go", "cgo && linux", "cgo"),
            ("a.go", "integration", "tags integration"),
            ("a.go", "e2e && (windows || !unix) && go1.22", "windows/amd64, tags e2e"),
            ("a_windows.go", "x || y", "windows/amd64, tags x"),
        ] {
            assert_eq!(
                told(name, expression).first().map(String::as_str),
                Some(first),
                "{name} {expression}"
            );
        }
        for (name, expression) in
            [("a.go", "go1.99"), ("a_windows.go", "linux"), ("a.go", "gccgo"), ("a_plan9_x.go", "&&")]
        {
            assert_eq!(told(name, expression), [""; 0], "{name} {expression}");
        }
        assert!(told("a.go", "a || b || c || d || e || f || g || h || i").is_empty());
        assert_eq!(told("a.go", "a || b"), ["tags a", "tags b", "tags a,b"]);
    }

    #[test]
    fn programs_of_one_file_are_known_by_their_line() {
        let alone = |expression: &str| stands_alone(&format!("//go:build {expression}\n\npackage main\n"));
        assert!(alone("ignore") && alone("ignore && linux"));
        assert!(!alone("linux") && !alone("!ignore") && !alone("ignore || linux"));
    }
}
