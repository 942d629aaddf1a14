//! The reports for other tools: what each of them would read, with names and columns that are easy to get wrong.

use std::collections::BTreeSet;
use std::io;

use serde_json::Value;

use crate::workspace::{LEAKY, Ran, TIDY, Workspace, crlf};

/// A path with all that some format treats as special.
const PATH: &str = "d e/ü:a,b%2C|`x`&<\"'>.go";

/// A tab, letters of two and three bytes, and one outside the first plane stand in front of the defer.
const WIDE: &str = "/*\té世🦀 */ defer f.Close()";

fn wide() -> String {
    LEAKY.replace("defer f.Close()", WIDE)
}

fn workspace() -> io::Result<Workspace> {
    Workspace::with(&[(PATH, &wide()), ("tidy.go", TIDY)])
}

fn report(workspace: &Workspace, format: &str, flags: &[&str]) -> io::Result<String> {
    let Ran { code, out, err } = workspace.run(&[&["check", "--output-format", format], flags].concat())?;
    assert!(matches!(code, Some(0 | 1)), "{format}: {err}");
    Ok(out)
}

fn json(workspace: &Workspace, format: &str, flags: &[&str]) -> io::Result<Value> {
    let out = report(workspace, format, flags)?;
    serde_json::from_str(&out).map_err(|error| io::Error::other(format!("{error}: {out}")))
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[test]
fn sarif_counts_utf16_units_and_encodes_paths() -> io::Result<()> {
    let log = json(&workspace()?, "sarif", &["--form=closure"])?;
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.ends_with("/sarif-schema-2.1.0.json")));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "d%20e/%C3%BC%3Aa%2Cb%252C%7C%60x%60%26%3C%22%27%3E.go");
    let region = &place["region"];
    // Two tabs, "/*", a tab, "é", "世", "🦀" (two units), " */ ".
    assert_eq!((number(&region["startLine"]), number(&region["startColumn"])), (11, 14));
    assert_eq!((number(&region["endLine"]), number(&region["endColumn"])), (11, 29));
    assert_eq!(region["snippet"]["text"], "defer f.Close()");
    let related: Vec<_> =
        list(&run["results"][0]["relatedLocations"]).map(|place| &place["message"]["text"]).collect();
    assert_eq!(related[..2], ["The loop.", "An exit: continue."]);
    Ok(())
}

#[test]
fn sarif_rules_are_those_of_the_catalogue() -> io::Result<()> {
    let workspace = workspace()?;
    let log = json(&workspace, "sarif", &[])?;
    let entries: Value = serde_json::from_str(&workspace.run(&["rules", "--output-format=json"])?.out)?;
    let known: Vec<_> =
        list(&entries).filter(|entry| entry["kind"] == "rule").map(|entry| &entry["code"]).collect();
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(list(rules).map(|rule| &rule["id"]).collect::<Vec<_>>(), known);
    for rule in list(rules) {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|text| text.ends_with('.')), "{rule}");
        }
    }
    let result = &log["runs"][0]["results"][0];
    assert_eq!(rules[number(&result["ruleIndex"])]["id"], result["ruleId"]);
    Ok(())
}

#[test]
fn sarif_fixes_give_what_is_written() -> io::Result<()> {
    for text in [wide(), crlf(&wide()), format!("\u{feff}{}", wide()), wide().trim_end().to_owned()] {
        let workspace = Workspace::with(&[("a.go", &text)])?;
        let log = json(&workspace, "sarif", &["--unsafe"])?;
        workspace.run(&["-w", "--unsafe"])?;
        let fix = &log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
        let mut units: Vec<u16> = text.trim_start_matches('\u{feff}').encode_utf16().collect();
        for replacement in list(&fix["replacements"]).collect::<Vec<_>>().into_iter().rev() {
            let gone = &replacement["deletedRegion"];
            let offset = |line: &str, column: &str| {
                let starts = units.iter().enumerate().filter(|(_, unit)| **unit == u16::from(b'\n'));
                let starts: Vec<_> = std::iter::once(0).chain(starts.map(|(at, _)| at + 1)).collect();
                starts[number(&gone[line]) - 1] + number(&gone[column]) - 1
            };
            let range = offset("startLine", "startColumn")..offset("endLine", "endColumn");
            let new = replacement["insertedContent"]["text"].as_str().unwrap_or_default();
            units.splice(range, new.encode_utf16());
        }
        let fixed = String::from_utf16(&units).map_err(io::Error::other)?;
        assert_eq!(fixed, workspace.read("a.go")?.trim_start_matches('\u{feff}'), "{text:?}");
    }
    Ok(())
}

#[test]
fn a_fix_below_the_bar_is_offered_by_no_report() -> io::Result<()> {
    let unproved = LEAKY.replace("_ = f", "store(f)");
    let workspace = Workspace::with(&[("a.go", &unproved)])?;
    for (flags, is_offered) in [(&[][..], false), (&["--unsafe"], true)] {
        let log = json(&workspace, "sarif", flags)?;
        let result = &log["runs"][0]["results"][0];
        assert_eq!((result["level"].as_str(), &result["fixes"].is_array()), (Some("warning"), &is_offered));
        let found = json(&workspace, "rdjson", flags)?;
        let diagnostic = &found["diagnostics"][0];
        assert_eq!(diagnostic["severity"], "WARNING");
        assert_eq!(diagnostic["suggestions"].is_array(), is_offered, "{flags:?}");
    }
    Ok(())
}

#[test]
fn suppressed_sites_are_results_only_where_all_sites_are() -> io::Result<()> {
    let kept = LEAKY.replace("defer f.Close()", "defer f.Close() //undefer:ignore UD001 few files");
    let workspace = Workspace::with(&[("a.go", &kept), ("b.go", LEAKY)])?;
    let suppressions = |flags: &[&str]| -> io::Result<Vec<Value>> {
        let log = json(&workspace, "sarif", flags)?;
        Ok(list(&log["runs"][0]["results"]).map(|result| result["suppressions"].clone()).collect())
    };
    assert_eq!(suppressions(&[])?, [Value::Array(vec![])]);
    let all = suppressions(&["--show=all"])?;
    assert_eq!((&all[0][0]["kind"], &all[1]), (&"inSource".into(), &Value::Array(vec![])));
    Ok(())
}

#[test]
fn sarif_tells_what_went_wrong() -> io::Result<()> {
    let workspace = Workspace::with(&[])?;
    workspace.write("b.go", [LEAKY.as_bytes(), b"// \xff\n"].concat())?;
    let ran = workspace.run(&["check", "--output-format=sarif", "nope", "."])?;
    assert_eq!(ran.code, Some(2));
    let log: Value = serde_json::from_str(&ran.out)?;
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told: Vec<_> = list(&invocation["toolExecutionNotifications"])
        .map(|told| (told["descriptor"]["id"].as_str(), told["level"].as_str()))
        .collect();
    assert_eq!(told, [(Some("unreadable"), Some("error")), (Some("not-utf8"), Some("warning"))]);
    Ok(())
}

#[test]
fn fingerprints_follow_a_site_through_edits_and_moves() -> io::Result<()> {
    let workspace = Workspace::with(&[("a.go", LEAKY)])?;
    let print = |name: &str| -> io::Result<Value> {
        let log = json(&workspace, "sarif", &[name])?;
        Ok(log["runs"][0]["results"][0]["partialFingerprints"]["undefer/v1"].clone())
    };
    let known = print("a.go")?;
    assert!(known.as_str().is_some_and(|print| print.ends_with(":1")), "{known}");
    workspace.write("moved/b.go", crlf(&LEAKY.replace("import", "// Moved.\n\nimport")))?;
    assert_eq!(print("moved/b.go")?, known);
    workspace.write("c.go", LEAKY.replace("func f", "func g"))?;
    assert_ne!(print("c.go")?, known);
    Ok(())
}

/// A command as GitHub's runner reads it: the name, the properties, the message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let (head, message) = line.strip_prefix("::").and_then(|line| line.split_once("::")).unwrap_or_default();
    let (name, properties) = head.split_once(' ').unwrap_or_default();
    let data = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let property = |text: &str| data(&text.replace("%3A", ":").replace("%2C", ","));
    let pairs = properties.split(',').filter_map(|pair| pair.split_once('='));
    (name.to_owned(), pairs.map(|(key, value)| (key.to_owned(), property(value))).collect(), data(message))
}

#[test]
fn workflow_commands_survive_the_runner() -> io::Result<()> {
    let out = report(&workspace()?, "github", &[])?;
    assert_eq!(out.lines().count(), 1, "{out}");
    let (name, properties, message) = command(out.trim_end());
    assert_eq!(name, "error");
    let expected = [
        ("file", PATH),
        ("line", "11"),
        ("endLine", "11"),
        ("col", "14"),
        ("endColumn", "29"),
        ("title", "undefer UD001"),
    ];
    assert_eq!(properties, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert!(message.starts_with("defer in loop can run in each iteration: "), "{message}");
    Ok(())
}

#[test]
fn workflow_commands_come_with_the_gravest_first_and_tests_after_code() -> io::Result<()> {
    let unproved = LEAKY.replace("_ = f", "store(f)");
    let recovers = LEAKY.replace("defer f.Close()", "defer func() {\n\t\t\trecover()\n\t\t}()");
    let workspace = Workspace::with(&[
        ("a.go", &recovers),
        ("b.go", &unproved),
        ("c_test.go", LEAKY),
        ("d.go", LEAKY),
        ("e.go", &LEAKY.replace("_ = f", "return")),
    ])?;
    let out = report(&workspace, "github", &["--show=all"])?;
    let told: Vec<_> = out
        .lines()
        .map(|line| {
            let (name, properties, _) = command(line);
            (name, properties[0].1.clone(), properties.len())
        })
        .collect();
    let expected = [
        ("error", "d.go", 6),
        ("error", "c_test.go", 6),
        ("warning", "b.go", 6),
        // Columns of a range of lines are none that GitHub takes.
        ("notice", "a.go", 4),
        ("notice", "e.go", 6),
    ];
    assert_eq!(told, expected.map(|(name, file, count)| (name.to_owned(), file.to_owned(), count)));
    Ok(())
}

#[test]
fn gitlab_gets_one_issue_for_each_finding_with_a_fingerprint_of_its_own() -> io::Result<()> {
    let rest = LEAKY.split_once("string) {\n").map_or("", |(_, rest)| rest);
    let twice = LEAKY.replace("\t}\n}\n", &format!("\t}}\n{rest}"));
    let workspace = Workspace::with(&[(PATH, &wide()), ("a.go", &twice), ("b.go", LEAKY)])?;
    let issues = json(&workspace, "gitlab", &[])?;
    let prints: BTreeSet<_> = list(&issues).map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!((list(&issues).count(), prints.len()), (4, 4), "{issues}");
    let issue = list(&issues).find(|issue| issue["location"]["path"] == PATH).unwrap_or(&Value::Null);
    assert_eq!((&issue["check_name"], &issue["severity"]), (&"UD001".into(), &"major".into()));
    assert_eq!(number(&issue["location"]["lines"]["begin"]), 11);
    assert!(issue["description"].as_str().is_some_and(|text| text.starts_with("defer in loop")), "{issue}");
    Ok(())
}

#[test]
fn a_suggestion_put_in_for_its_lines_gives_what_is_written() -> io::Result<()> {
    for text in [wide(), crlf(&wide()), format!("\u{feff}{}", wide()), wide().trim_end().to_owned()] {
        let workspace = Workspace::with(&[("a.go", &text)])?;
        let found = json(&workspace, "rdjson", &["--unsafe"])?;
        workspace.run(&["-w", "--unsafe"])?;
        let suggestion = &found["diagnostics"][0]["suggestions"][0];
        let (start, end) = (&suggestion["range"]["start"], &suggestion["range"]["end"]);
        assert!(start["column"].is_null() && end["column"].is_null(), "whole lines: {suggestion}");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let (first, last) = (number(&start["line"]) - 1, number(&end["line"]) - 1);
        let line_end = lines[last].trim_start_matches(|letter| !matches!(letter, '\r' | '\n'));
        let new = suggestion["text"].as_str().unwrap_or_default();
        let fixed = [&lines[..first].concat(), new, line_end, &lines[last + 1..].concat()].concat();
        assert_eq!(fixed, workspace.read("a.go")?);
    }
    Ok(())
}

#[test]
fn reviewdog_gets_bytes_and_one_suggestion_for_a_fix() -> io::Result<()> {
    let two = wide().replace("_ = f", "defer f.Sync()");
    let workspace = Workspace::with(&[(PATH, &two)])?;
    let found = json(&workspace, "rdjson", &["--unsafe"])?;
    let diagnostics: Vec<_> = list(&found["diagnostics"]).collect();
    assert_eq!(diagnostics.len(), 2);
    let location = &diagnostics[0]["location"];
    assert_eq!(location["path"], PATH);
    // Two tabs, "/*", a tab, two, three and four bytes, " */ ".
    let columns = ["start", "end"].map(|end| number(&location["range"][end]["column"]));
    assert_eq!(columns, [19, 34]);
    assert_eq!(list(&diagnostics[0]["suggestions"]).count(), 1);
    assert_eq!(list(&diagnostics[1]["suggestions"]).count(), 0, "the fix of both is shown at the first");
    let lines = report(&workspace, "rdjsonl", &["--unsafe"])?;
    let lines: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(lines.iter().collect::<Vec<_>>(), diagnostics);
    Ok(())
}

/// reviewdog stops at a line of more than 64 KiB, and says nothing.
#[test]
fn a_line_that_reviewdog_would_not_read_goes_without_its_suggestion() -> io::Result<()> {
    let long = LEAKY.replace("_ = f", &"_ = f\n\t\t".repeat(8000));
    let workspace = Workspace::with(&[("a.go", &long)])?;
    let lines = report(&workspace, "rdjsonl", &[])?;
    assert!(lines.lines().count() == 1 && lines.len() < 64 * 1024, "{}", lines.len());
    let diagnostic: Value = serde_json::from_str(&lines)?;
    assert!(diagnostic["suggestions"].is_null());
    let found = json(&workspace, "rdjson", &[])?;
    assert!(found["diagnostics"][0]["suggestions"].is_array());
    Ok(())
}

#[test]
fn checkstyle_is_xml_whatever_the_names_and_the_text() -> io::Result<()> {
    use quick_xml::Reader;
    use quick_xml::events::Event;

    let out = report(&workspace()?, "checkstyle", &[])?;
    let mut reader = Reader::from_str(&out);
    let mut found = Vec::new();
    loop {
        match reader.read_event().map_err(io::Error::other)? {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    let attribute = attribute.map_err(io::Error::other)?;
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .map_err(io::Error::other)?;
                    found.push((format!("{:?}", attribute.key), value.into_owned()));
                }
            }
            _ => {}
        }
    }
    let values: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values[..5], ["5.0", PATH, "11", "19", "error"]);
    assert!(values[5].starts_with("defer in loop can run in each iteration: "), "{values:?}");
    assert_eq!(values[6..], ["undefer.UD001"]);
    Ok(())
}

/// Names of elements that have to be closed, each with how often it is opened and closed.
fn elements(page: &str) -> Vec<(&str, usize, usize)> {
    let names =
        ["article", "section", "h2", "h3", "p", "ul", "li", "code", "span", "details", "summary", "pre"];
    let table = ["table", "colgroup", "tbody", "tr", "td", "label", "main", "nav", "body", "html"];
    let count = |name: &str| {
        let opened = [" ", ">"].map(|end| page.matches(&format!("<{name}{end}")).count());
        (opened.iter().sum(), page.matches(&format!("</{name}>")).count())
    };
    names.into_iter().chain(table).map(|name| (name, count(name).0, count(name).1)).collect()
}

#[test]
fn html_is_a_page_that_loads_nothing_and_in_which_source_is_text() -> io::Result<()> {
    let evil = LEAKY.replace("_ = f", "println(f, `</td><script>alert(\"&\")</script>`, \"\u{202e}\")");
    let workspace =
        Workspace::with(&[(PATH, &evil), ("broken.go", &format!("{LEAKY}func g() {{ defer ( }}"))])?;
    let page = report(&workspace, "html", &["--show=all", "--form=closure", "--unsafe"])?;
    let path = "d e/ü:a,b%2C|`x`&amp;&lt;&quot;&#39;&gt;.go";
    assert!(page.contains(&format!("<h2>{path}</h2>")), "{page}");
    assert!(page.contains(&format!("data-id=\"{path}#1\"")), "{page}");
    let line = "`&lt;/td&gt;&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;`, &quot;\\u{202e}&quot;";
    assert_eq!(page.matches(line).count(), 2, "{page}");
    assert_eq!((page.matches("<script").count(), page.matches("<!--").count()), (1, 0), "{page}");
    for other in ["http:", "https:", " src=", " href=", "@import", "url("] {
        assert!(!page.contains(other), "{other}: {page}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("prefers-color-scheme: dark"), "{page}");
    for (name, opened, closed) in elements(&page) {
        assert_eq!(opened, closed, "{name}: {page}");
    }
    assert!(page.contains("Not read, or not understood") && page.contains("<code>broken.go:"), "{page}");
    Ok(())
}

#[test]
fn html_shows_each_rewrite_beside_what_it_replaces_and_names_it_as_a_plan_does() -> io::Result<()> {
    let refused = LEAKY.replace("defer f.Close()", "defer func() { recover() }()");
    let both = LEAKY.replace("_ = f", "defer f.Sync()");
    let unproved = LEAKY.replace("_ = f", "store(f)");
    let files = [("a.go", LEAKY), ("b.go", &both), ("c.go", &unproved), ("d.go", &refused)];
    let workspace = Workspace::with(&files)?;
    for flags in [&[][..], &["--unsafe"]] {
        let page = report(&workspace, "html", flags)?;
        workspace.run(&[&["plan", "-o", "plan.json"], flags].concat())?;
        let plan: Value = serde_json::from_str(&workspace.read("plan.json")?)?;
        let planned = list(&plan["files"]).flat_map(|file| list(&file["fixes"]));
        let planned: Vec<_> = planned.map(|fix| fix["id"].as_str().unwrap_or_default()).collect();
        let ids = page.split("data-id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert_eq!(ids.collect::<Vec<_>>(), planned, "{flags:?}");
        let kinds = page.split("<article class=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert_eq!(kinds.collect::<Vec<_>>(), ["safe", "unsafe", "unsafe", "refused"], "{page}");
        assert_eq!(page.matches("<h3>").count(), 5, "two defers share a rewrite: {page}");
        assert_eq!(page.matches("<table ").count(), 3, "{page}");
    }
    let page = report(&workspace, "html", &["--form=closure"])?;
    let row = "<tr><td class=\"num\">11</td><td class=\"shift\">\t\tdefer f.Close()</td>\
               <td class=\"num\">12</td><td class=\"shift\">\t\t\tdefer f.Close()</td></tr>";
    assert!(page.contains(row), "{page}");
    let row = "<tr><td class=\"num none\"></td><td class=\"none\"></td>\
               <td class=\"num\">7</td><td class=\"come\">\t\tfunc() {</td></tr>";
    assert!(page.contains(row), "{page}");
    Ok(())
}

#[test]
fn nothing_to_find_is_a_report_too() -> io::Result<()> {
    let workspace = Workspace::with(&[("b.go", TIDY)])?;
    assert_eq!(report(&workspace, "github", &[])?, "");
    assert_eq!(report(&workspace, "rdjsonl", &[])?, "");
    assert_eq!(report(&workspace, "gitlab", &[])?, "[]\n");
    assert_eq!(report(&workspace, "markdown", &[])?, "**undefer**: no defer in a loop in 1 file.\n");
    let page = report(&workspace, "html", &[])?;
    assert!(page.contains("<p>no defer in a loop in 1 file</p>") && !page.contains("<article"), "{page}");
    assert!(report(&workspace, "checkstyle", &[])?.contains("<checkstyle version=\"5.0\">"));
    assert_eq!(json(&workspace, "sarif", &[])?["runs"][0]["results"], Value::Array(vec![]));
    assert_eq!(json(&workspace, "rdjson", &[])?["diagnostics"], Value::Array(vec![]));
    Ok(())
}

#[test]
fn any_number_of_threads_gives_the_same_report() -> io::Result<()> {
    let files: Vec<_> = (0..20).map(|number| (format!("f{number}.go"), wide())).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let workspace = Workspace::with(&files)?;
    for format in ["sarif", "github", "gitlab", "rdjson", "rdjsonl", "checkstyle", "markdown", "html"] {
        assert_eq!(report(&workspace, format, &["-j1"])?, report(&workspace, format, &["-j7"])?, "{format}");
    }
    Ok(())
}
