//! `boathook man`: a page for every command.

use std::{collections::BTreeSet, fs};

use boathook::cli::Arguments;
use clap::{Command, CommandFactory as _};

use crate::support::listening::shell;

/// The pages of a command and of those below it, with its visible options.
fn pages(name: &str, command: &Command) -> Vec<(String, Vec<String>)> {
    let options = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
        .filter_map(|argument| argument.get_long());
    let mut found = vec![(format!("{name}.1"), options.map(str::to_owned).collect())];
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        found.extend(pages(&format!("{name}-{}", below.get_name()), below));
    }
    found
}

#[tokio::test]
async fn every_command_has_a_page_with_all_its_options() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("man");
    let written = shell(&format!("boathook man {}", folder.display()), &[]).await;
    assert_eq!(
        (written.code, written.transcript().as_str()),
        (0, "exit 0\n--- stdout\n--- stderr\n")
    );

    let expected = pages("boathook", &Arguments::command());
    assert!(expected.len() > 25, "{expected:?}");
    let names: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        names,
        expected
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !name.contains("-help"))
            .collect()
    );
    for (name, options) in expected {
        let page = fs::read_to_string(folder.join(&name)).unwrap().replace("\\-", "-");
        assert!(page.contains(".TH ") && page.contains(".SH DESCRIPTION"), "{name}");
        for option in options {
            assert!(page.contains(&format!("--{option}")), "{name} lacks --{option}");
        }
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let refused = shell("boathook man /dev/null/man", &[]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.starts_with("error: failed to write the manual pages to `/dev/null/man`: "),
        "{}",
        refused.stderr
    );
}
