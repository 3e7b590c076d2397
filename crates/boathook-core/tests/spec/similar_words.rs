//! Mistyped words, and what is meant by them.

use boathook_core::similar::{closest, mistyped};

const FIELDS: [&str; 6] =
    ["image", "environment", "deployment_id", "deployment_strategy", "commit_sha", "dry_run"];

#[test]
fn a_slip_of_the_keyboard_and_another_spelling_of_the_same_word_are_found() {
    for (typed, meant) in [
        ("deployment_stratgy", "deployment_strategy"),
        ("deploymentStrategy", "deployment_strategy"),
        ("enviroment", "environment"),
        ("enviornment", "environment"),
        ("images", "image"),
        ("dry-run", "dry_run"),
        ("commit_sah", "commit_sha"),
    ] {
        assert_eq!(mistyped(typed, FIELDS), Some(meant), "{typed}");
    }
}

#[test]
fn a_word_of_its_own_is_none_of_the_known_ones() {
    for own in ["image_tag", "deployment_url", "deployment_env", "commit", "run", "id", ""] {
        assert_eq!(mistyped(own, FIELDS), None, "{own}");
    }
}

#[test]
fn a_hint_may_be_further_off() {
    assert_eq!(closest("enviromnet", FIELDS), Some("environment"));
    assert_eq!(closest("lisn", ["listen", "socket"]), Some("listen"));
    assert_eq!(closest("colour", ["listen", "socket"]), None);
    assert_eq!(closest("x", []), None);
}

#[test]
fn a_hint_names_the_only_word_that_was_begun() {
    let fields = ["service_name", "commit_message", "commit_author_name"];
    assert_eq!(closest("service", fields), Some("service_name"));
    assert_eq!(closest("commit", fields), None);
    assert_eq!(closest("ser", fields), None);
}
