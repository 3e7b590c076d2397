//! Every relative link leads to a file that exists, and every anchor to a heading.

use std::{fs, path::Path, sync::LazyLock};

use crate::pages::{Page, markdown};
use regex::Regex;

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)""#).unwrap());

/// What does not work of a page's links.
fn broken(root: &Path, page: &Page) -> Vec<String> {
    let prose = page.prose.join("\n");
    let links = LINK.captures_iter(&prose).filter_map(|found| found.get(1).or(found.get(2)));
    let relative = links
        .map(|link| link.as_str())
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    relative
        .filter_map(|link| {
            Some(format!("{}: {link}: {}", page.path.display(), fault(root, page, link)?))
        })
        .collect()
}

fn fault(root: &Path, page: &Page, link: &str) -> Option<String> {
    let (path, anchor) =
        link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let from = root.join(&page.path);
    let target = if path.is_empty() { from.clone() } else { from.parent().unwrap().join(path) };
    if !target.exists() {
        return Some("no such file".to_owned());
    }
    let anchor = anchor?;
    let known = anchors(root, &target);
    (!known.iter().any(|one| one == anchor))
        .then(|| format!("no such heading; there are {}", known.join(", ")))
}

/// The anchors that GitHub makes of a page's headings.
fn anchors(root: &Path, file: &Path) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let page = Page::read(root, &fs::canonicalize(file).unwrap());
    for heading in page.prose.iter().filter(|line| line.starts_with('#')) {
        let slug = slug(heading.trim_start_matches('#').trim());
        let twins = anchors.iter().filter(|one| **one == slug).count();
        anchors.push(if twins == 0 { slug } else { format!("{slug}-{twins}") });
    }
    anchors
}

fn slug(heading: &str) -> String {
    let text = heading.split("](").next().unwrap_or_default().to_lowercase();
    let kept =
        text.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// What does not work of the links of all pages in a folder.
pub fn broken_below(root: &Path) -> Vec<String> {
    let root = fs::canonicalize(root).unwrap();
    markdown(&root).iter().flat_map(|file| broken(&root, &Page::read(&root, file))).collect()
}
