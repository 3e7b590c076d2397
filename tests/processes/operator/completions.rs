//! `boathook completions`: what is completed, in bash as it does it, and that no shell lacks a
//! command.

use boathook::cli::Arguments;
use clap::CommandFactory as _;
use expect_test::expect;

use crate::support::listening::shell;

#[tokio::test]
async fn bash_completes_commands_options_and_their_values() {
    let complete = |before: &str, word: &str| {
        let at = before.split(' ').count();
        format!(
            "COMP_WORDS=({before} {word}); COMP_CWORD={at}; _boathook boathook '{word}'; echo \
             \"{before} {word}: ${{COMPREPLY[@]}}\"\n"
        )
    };
    let typed = [
        ("boathook", "au"),
        ("boathook", "re"),
        ("boathook audit", "v"),
        ("boathook lock production", "--re"),
        ("boathook send", "--dry"),
        ("boathook completions", ""),
    ];
    let lines: String = typed.iter().map(|(before, word)| complete(before, word)).collect();
    let completed =
        shell(&format!("bash <<'END'\nsource <(boathook completions bash)\n{lines}END"), &[]).await;
    assert_eq!((completed.code, completed.stderr.as_str()), (0, ""));
    expect![[r#"
        boathook au: audit
        boathook re: reject resume retry redeploy release reinstate reload
        boathook audit v: verify
        boathook lock production --re: --reason
        boathook send --dry: --dry-run
        boathook completions : -h --help bash zsh fish
    "#]]
    .assert_eq(&completed.stdout);
}

#[tokio::test]
async fn every_command_is_known_to_every_shell() {
    for name in ["bash", "zsh", "fish"] {
        let script = shell(&format!("boathook completions {name}"), &[]).await;
        assert_eq!(script.code, 0, "{}", script.stderr);
        for command in Arguments::command().get_subcommands() {
            assert!(
                script.stdout.contains(command.get_name()),
                "{name} does not know {}",
                command.get_name()
            );
        }
    }
}

#[tokio::test]
async fn a_shell_that_is_not_served_is_refused_with_those_that_are() {
    let refused = shell("boathook completions tcsh", &[]).await;
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("[possible values: bash, zsh, fish]"), "{}", refused.stderr);
}
