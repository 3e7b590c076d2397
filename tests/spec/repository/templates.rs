//! HTML is in templates alone, and no template prints what is not escaped.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::Regex;

/// A tag within a string of Rust.
static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""[^"]*</?[a-z][a-z0-9]*[ >]"#).unwrap());

/// The files below a folder with this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, extension)
            } else {
                let wanted = path.extension().is_some_and(|found| found == extension);
                wanted.then_some(path).into_iter().collect()
            }
        })
        .collect()
}

/// The lines of these files that match, with the name of the file.
fn lines(extension: &str, matches: impl Fn(&str) -> bool) -> Vec<String> {
    let found = files(Path::new("src/server"), extension).into_iter().flat_map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().filter(|line| matches(line)).map(str::trim).map(str::to_owned);
        lines.map(|line| format!("{}: {line}", path.display())).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn no_code_of_the_server_writes_a_tag() {
    let is_code = |line: &str| !line.trim_start().starts_with("//");
    let tags = lines("rs", |line| is_code(line) && TAG.is_match(line));
    // The one escaper that turns a line break into one.
    let others = tags.iter().filter(|line| !line.contains("write_str(\"<br>\")"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new());
    for written in [r#"format!("<p>{text}</p>")"#, r#"page += "ok</td><td class=\"x\">";"#] {
        assert!(TAG.is_match(written), "it is found in {written}");
    }
}

#[test]
fn templates_turn_escaping_off_for_the_style_sheet_and_the_script_alone() {
    assert_eq!(
        lines("html", |line| line.contains("|safe") || line.contains("| safe")),
        [
            "src/server/error_page.html: <style>{{ self::STYLE|safe }}</style>",
            "src/server/page.html: <style>{{ self::STYLE|safe }}</style>",
            "src/server/page.html: <script>{{ self::SCRIPT|safe }}</script>",
        ]
    );
    let code = lines("rs", |line| line.contains("escape = ") || line.contains("HtmlSafe"));
    assert_eq!(code, Vec::<String>::new(), "every template is escaped by the rule in askama.toml");
    assert!(files(Path::new("src/server"), "html").len() > 5, "the templates are there");
}
