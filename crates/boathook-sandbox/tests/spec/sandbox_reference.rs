//! docs/reference.md lists every command of `boathook-sandbox`, with its options.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use boathook_process::{Command, Exit, ProgramRunner, Runner as _};

const PROGRAM: &str = env!("CARGO_BIN_EXE_boathook-sandbox");
/// Options of every command.
const COMMON: [&str; 2] = ["--help", "--version"];

/// What the program says of itself, or of one of its commands.
async fn help(words: &[&str]) -> String {
    let command = Command {
        argv: [&[PROGRAM], words, &["--help"]].concat().into_iter().map(str::to_owned).collect(),
        directory: None,
        environment: Vec::new(),
        timeout: Duration::from_secs(60),
        output_cap: 1 << 20,
        secret_output: false,
    };
    let finished = ProgramRunner::default().run(command, None).await.unwrap();
    assert_eq!(finished.exit, Exit::Code(0), "{}", finished.stderr.text());
    finished.stdout.text().into_owned()
}

/// The long options that a help text has, each at the beginning of its line.
fn options(help: &str) -> BTreeSet<String> {
    let beginnings = help.lines().filter_map(|line| {
        line.trim_start().trim_start_matches("-h, ").trim_start_matches("-V, ").split(' ').next()
    });
    beginnings
        .filter(|word| word.starts_with("--") && !COMMON.contains(word))
        .map(str::to_owned)
        .collect()
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let names = listed
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[tokio::test]
async fn every_command_and_option_is_in_the_reference() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference.md"))
            .unwrap();
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| `boathook-sandbox")?.split_once("` |"));
    let in_backquotes =
        |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let listed: Vec<_> = rows
        .map(|(name, cells)| {
            (name.trim().to_owned(), in_backquotes(cells.split('|').next().unwrap()))
        })
        .collect();
    let top = help(&[]).await;
    let mut offered = vec![(String::new(), options(&top))];
    for name in commands(&top) {
        let options = options(&help(&[&name]).await);
        offered.push((name, options));
    }
    assert_eq!(listed, offered);
}
