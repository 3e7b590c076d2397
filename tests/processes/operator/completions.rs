//! `boathook completions`: what is completed, in bash as it does it, and that no shell lacks a
//! command.

use boathook::cli::Arguments;
use boathook_testing::delivery::{Delivery, body_with};
use clap::CommandFactory as _;
use expect_test::expect;
use serde_json::json;

use crate::support::listening::{Listening, shell};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bash_completes_the_names_of_environments_and_services_that_the_running_boathook_has() {
    let listening = Listening::start();
    listening.harness.accept(Delivery::of(&body_with(json!({"timestamp": null})))).await;
    let complete = |before: &str, word: &str| {
        let at = before.split(' ').count();
        format!(
            "COMP_WORDS=({before} {word}); COMP_CWORD={at}; COMPREPLY=(); _boathook boathook \
             '{word}' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"{before} {word}: ${{COMPREPLY[@]}}\"\n"
        )
    };
    let typed = [
        ("boathook list --environment", "d"),
        ("boathook rollback game --environment", "prod"),
        ("boathook lock", "st"),
        ("boathook rollback", "g"),
        ("boathook redeploy", "x"),
    ];
    let lines: String = typed.iter().map(|(before, word)| complete(before, word)).collect();
    let script = format!("bash <<'END'\nsource <(boathook completions bash)\n{lines}END");
    let socket = listening.socket.display().to_string();
    let completed = shell(&script, &[("BOATHOOK_SOCKET", &socket)]).await;
    expect![[r#"
        boathook list --environment d: development dev
        boathook rollback game --environment prod: production prod
        boathook lock st: staging
        boathook rollback g: game
        boathook redeploy x: 
    "#]]
    .assert_eq(&completed.stdout);
    let nobody = shell(&script, &[("BOATHOOK_SOCKET", "/nobody/listens")]).await;
    assert_eq!((nobody.code, nobody.stderr.as_str()), (0, ""), "it completes nothing, in silence");
    listening.stop().await;
}

#[tokio::test]
async fn every_shell_asks_for_names_and_shows_no_placeholder() {
    for name in ["bash", "zsh", "fish"] {
        let script = shell(&format!("boathook completions {name}"), &[]).await.stdout;
        for placeholder in ["@environments@", "@services@"] {
            assert!(!script.contains(placeholder), "{name}: {script}");
        }
        let asked = if name == "zsh" { "_boathook_environments" } else { "names environments" };
        assert!(script.matches(asked).count() > 5, "{name}: {script}");
    }
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
