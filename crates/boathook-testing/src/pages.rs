//! The Markdown files of the repository, and what is code in them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::Regex;

pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Folders that hold nothing of the repository's own.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

/// A table cell, a sentence or a heading may hold code between backquotes.
static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new("`([^`]+)`").unwrap());

/// One Markdown file.
pub struct Page {
    /// Its path from the repository's folder.
    pub path: PathBuf,
    /// The lines outside of blocks of code.
    pub prose: Vec<String>,
    /// The lines of blocks of code, with those that go on after a backslash joined.
    pub blocks: Vec<String>,
}

/// Every Markdown file.
pub fn pages() -> Vec<Page> {
    let pages: Vec<Page> =
        markdown(Path::new(ROOT)).iter().map(|file| Page::read(Path::new(ROOT), file)).collect();
    assert!(
        pages.iter().any(|page| page.path == Path::new("README.md")),
        "the README was not found"
    );
    pages
}

/// The text of one file of the repository.
pub fn text(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of code of a file that begin with this line.
pub fn fenced(path: &str, fence: &str) -> Vec<String> {
    let text = text(path);
    let start = format!("\n{fence}\n");
    let blocks = text.split(&start).skip(1);
    blocks.map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

/// The rows of a page's tables, as cells.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| ---");
    let cells = |line: &str| {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    text.lines().filter(is_row).map(cells).collect()
}

/// The part of a page below a heading, to the next one of the same level.
pub fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("there is no `{heading}`"));
    let level = heading.split(' ').next().unwrap_or_default();
    rest.split(&format!("\n{level} ")).next().unwrap_or_default()
}

/// What stands between backquotes.
pub fn spans(text: &str) -> impl Iterator<Item = &str> {
    SPAN.captures_iter(text).map(|found| found.get(1).unwrap().as_str())
}

impl Page {
    pub fn read(root: &Path, file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let mut prose = Vec::new();
        let mut blocks = Vec::new();
        let mut fenced = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if fenced || line.starts_with("    ") {
                blocks.push(line.trim_start().to_owned());
            } else {
                prose.push(line.to_owned());
            }
        }
        Self { path: file.strip_prefix(root).unwrap().to_owned(), prose, blocks: joined(blocks) }
    }

    /// All code: the lines of blocks, and what stands between backquotes.
    pub fn code(&self) -> impl Iterator<Item = String> {
        let prose = self.prose.join("\n");
        let spans: Vec<String> = spans(&prose).map(|span| span.replace('\n', " ")).collect();
        self.blocks.clone().into_iter().chain(spans)
    }
}

fn joined(lines: Vec<String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in lines {
        let (start, continued) =
            line.strip_suffix('\\').map_or((line.as_str(), false), |start| (start, true));
        match whole.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(start),
            None => whole.push(start.to_owned()),
        }
        goes_on = continued;
    }
    whole
}

/// Every Markdown file below a folder.
pub fn markdown(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let own =
        folders.iter().filter(|folder| !SKIPPED.iter().any(|skipped| folder.ends_with(skipped)));
    let below = own.flat_map(|folder| markdown(folder));
    let mut found: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "md"))
        .chain(below)
        .collect();
    found.sort();
    found
}
