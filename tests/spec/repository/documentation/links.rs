//! Every relative link leads to a file that exists, and every anchor to a heading.

use std::{
    fs,
    path::{Path, PathBuf},
};

use boathook_testing::{links::broken_below, pages::ROOT};

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let broken = broken_below(Path::new(ROOT));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_link_to_a_file_or_a_heading_that_is_not_there_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let root: PathBuf = folder.path().canonicalize().unwrap();
    let page = "# One page\n\n[a](#one-page) [b](other.md#two) [c](#two) [d](none.md) \
                ![e](none.png)\n\n```\n# no heading: [f](none.md)\n```\n";
    fs::write(root.join("page.md"), page).unwrap();
    fs::write(root.join("other.md"), "# Two\n").unwrap();
    assert_eq!(
        broken_below(&root),
        [
            "page.md: #two: no such heading; there are one-page",
            "page.md: none.md: no such file",
            "page.md: none.png: no such file"
        ]
    );
}
