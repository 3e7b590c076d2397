//! Pages as a reader sees them. Holds no test.

use std::fs;

use serde_json::Value;

use crate::harness::Harness;

/// The text of a page's content, a line for each row and paragraph.
pub fn seen(page: &str) -> String {
    let (_, content) = page.split_once("<main").unwrap();
    let (content, _) = content.split_once("</main>").unwrap();
    let (_, content) = content.split_once('>').unwrap();
    let broken = [
        "</h1>",
        "</h2>",
        "</h3>",
        "</p>",
        "</tr>",
        "</caption>",
        "</summary>",
        "</li>",
        "</pre>",
        "</dd>",
        "</figcaption>",
    ]
    .iter()
    .fold(content.replace('\n', " "), |text, end| text.replace(end, "\n"));
    // What ends between two pieces of text stands for a space between them.
    let mut text = String::new();
    for piece in broken.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        text.push(' ');
    }
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// That a page holds no element and no attribute but those that boathook itself writes.
pub fn assert_harmless(what: &str, page: &str) {
    const ELEMENTS: &str = "!doctype html head meta title link script noscript body a header p nav \
                            span main section h1 h2 h3 div table caption thead tbody tr th td code \
                            time progress strong br ul ol li dl dt dd details summary pre figure \
                            figcaption svg rect line path polyline circle text form label input select option button \
                            footer style";
    // What the page brings along is boathook's own, in a policy that names its hash.
    let page = without(&without(page, "style"), "script");
    for tag in page.split('<').skip(1) {
        let (tag, _) =
            tag.split_once('>').unwrap_or_else(|| panic!("{what}: an open bracket: {tag}"));
        let name = tag
            .trim_start_matches('/')
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_end_matches('/');
        assert!(ELEMENTS.split(' ').any(|known| known == name), "{what} has the element <{tag}>");
        let names = tag.split('"').step_by(2).flat_map(str::split_whitespace);
        let forbidden = names
            .filter(|name| {
                name.starts_with("on") || name.starts_with("style") || name.starts_with("src=")
            })
            .filter(|name| {
                !(tag.starts_with("script src=\"/dashboard/live.js\" defer") && *name == "src=")
            })
            .filter(|_| tag != "style");
        assert_eq!(forbidden.collect::<Vec<_>>(), Vec::<&str>::new(), "{what}: <{tag}>");
    }
    assert_eq!(page.matches("<script").count(), 1, "{what} has a script of its own");
    assert!(
        !page.contains(['\u{1b}', '\u{202e}', '\u{200f}', '\u{61c}', '\u{feff}']),
        "{what} has control characters"
    );
}

/// A page without the content of its element of this name.
fn without(page: &str, element: &str) -> String {
    let open = format!("<{element}>");
    let close = format!("</{element}>");
    let Some((before, rest)) = page.split_once(&open) else { return page.to_owned() };
    let (_, after) = rest.split_once(&close).unwrap();
    format!("{before}{open}{close}{after}")
}

impl Harness {
    /// Adds a line to the audit log as it would stand there.
    pub fn write_audit_line(&self, line: &Value) {
        let folder = self.dir.folder().join("audit");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("audit.log");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}{line}\n")).unwrap();
    }
}
