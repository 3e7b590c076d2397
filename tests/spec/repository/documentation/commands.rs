//! Every command, option and script that a page shows exists.

use std::{fs, path::Path, sync::LazyLock};

use boathook::cli::Arguments;
use boathook_testing::pages::{ROOT, pages};
use clap::{Command, CommandFactory as _};
use regex::Regex;

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s`(/])(scripts/[A-Za-z0-9._/-]*[A-Za-z0-9])(?: (--[a-z][a-z -]*))?")
        .unwrap()
});
/// What ends a command in a line of a shell.
const ENDS: [&str; 8] = ["|", "||", "&&", ";", ">", "<", "then", "--"];

/// What does not exist of a command line's uses of boathook.
fn faults(boathook: &Command, line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or_default();
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| "()\"'`,;$".contains(c)))
        .collect();
    let starts =
        words.iter().enumerate().filter(|(_, word)| **word == "boathook").map(|(at, _)| at + 1);
    starts.flat_map(|at| fault(boathook, &words[at..])).collect()
}

fn fault(boathook: &Command, words: &[&str]) -> Option<String> {
    let mut command = boathook;
    let mut rest =
        words.iter().take_while(|word| !ENDS.contains(word) && **word != "boathook").peekable();
    while let Some(word) = rest.peek().filter(|word| is_word(word)) {
        match command.find_subcommand(word) {
            Some(found) => command = found,
            None if command.has_subcommands() => {
                return Some(format!("`{}` has no command `{word}`", command.get_name()));
            }
            None => break,
        }
        rest.next();
    }
    let known = |option: &str| {
        command
            .get_arguments()
            .chain(boathook.get_arguments())
            .any(|one| one.get_long() == Some(option))
    };
    let options = rest
        .filter_map(|word| word.strip_prefix("--"))
        .map(|option| option.split(['=', '.']).next().unwrap_or_default());
    let unknown = options
        .filter(|option| !known(option))
        .map(|option| format!("`{}` has no option `--{option}`", command.get_name()));
    unknown.reduce(|all, one| format!("{all}, {one}"))
}

fn is_word(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        && word.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The whole command line, with the options that clap adds itself.
fn boathook() -> Command {
    let mut command = Arguments::command();
    command.build();
    command
}

#[test]
fn every_boathook_command_and_option_in_the_documentation_exists() {
    let boathook = boathook();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        for line in page.code().filter(|line| line.contains("boathook")) {
            seen += 1;
            wrong.extend(
                faults(&boathook, &line)
                    .iter()
                    .map(|fault| format!("{}: {fault}: {line}", page.path.display())),
            );
        }
    }
    assert!(seen > 50, "only {seen} uses of boathook were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_command_or_option_that_does_not_exist_is_found() {
    let boathook = boathook();
    assert_eq!(
        faults(&boathook, "sudo -u boathook boathook check --json | less --none"),
        Vec::<String>::new()
    );
    assert_eq!(
        faults(&boathook, "x=$(boathook audit show --deployment ID) boathook frob"),
        ["`boathook` has no command `frob`"]
    );
    assert_eq!(
        faults(&boathook, "boathook audit verify --deployment ID --dir=x"),
        ["`verify` has no option `--deployment`"]
    );
}

#[test]
fn every_script_and_its_options_in_the_documentation_exist() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        for line in page.prose.iter().chain(&page.blocks) {
            for found in SCRIPT.captures_iter(line) {
                seen += 1;
                let script = &found[1];
                let text = fs::read_to_string(Path::new(ROOT).join(script));
                let options = found.get(2).map(|options| options.as_str()).unwrap_or_default();
                let mut options = options.split(' ').filter(|word| word.starts_with("--"));
                match text {
                    Err(_) if Path::new(ROOT).join(script).is_dir() => {}
                    Err(_) => wrong.push(format!("{}: there is no {script}", page.path.display())),
                    Ok(text) => wrong.extend(
                        options
                            .find(|option| !text.contains(option))
                            .map(|option| format!("{script} has no {option}")),
                    ),
                }
            }
        }
    }
    assert!(seen > 5, "only {seen} scripts were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
