//! The commands as typed: what they print, and the number that they end with.

use std::{
    io::{Read as _, Write as _},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    process::Command,
};

use boathook_core::record::{CommandEvent, CommandExit, Event};
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::SHARED,
    samples::{self, held, image},
    state_dir::StateDir,
};
use expect_test::expect;
use serde_json::Value;

use crate::support::{
    listening::{Listening, shell, without_time},
    senders::success,
};

#[tokio::test]
async fn sign_prints_the_signature_of_its_input() {
    let signed = shell(
        "printf 'Hello, World!' | boathook sign",
        &[("WEBHOOK_SECRET", "It's a Secret to Everybody")],
    )
    .await;
    assert_eq!(
        (signed.code, signed.stdout.as_str()),
        (0, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n")
    );
}

#[tokio::test]
async fn sign_reads_the_secret_from_a_file_and_does_not_sign_with_its_line_break() {
    let dir = StateDir::new();
    let file = dir.path().with_file_name("secret");
    std::fs::write(&file, "It's a Secret to Everybody\n").unwrap();
    let signed = shell(
        &format!("printf 'Hello, World!' | boathook sign --secret-file {}", file.display()),
        &[],
    )
    .await;
    assert_eq!(
        signed.stdout,
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n"
    );
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let missing = shell("boathook sign < /dev/null", &[]).await;
    let empty = shell("boathook sign < /dev/null", &[("WEBHOOK_SECRET", "")]).await;
    let unreadable = shell("boathook sign --secret-file /nonexistent < /dev/null", &[]).await;
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: no secret: set WEBHOOK_SECRET, or name a file with --secret-file
        exit 2
        --- stdout
        --- stderr
        error: the secret is empty
        exit 2
        --- stdout
        --- stderr
        error: failed to read the secret from /nonexistent: No such file or directory (os error 2)"#]]
    .assert_eq(&[missing, empty, unreadable].map(|ran| ran.transcript()).join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_show_and_commands_read_the_record_over_the_socket() {
    let listening = Listening::start();
    let socket = listening.socket.display().to_string();
    let nothing = shell("boathook list", &[("BOATHOOK_SOCKET", &socket)]).await;
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, "no deployments\n"));

    let fresh = serde_json::json!({"timestamp": null, "commit_sha": "4f2a9c1 \u{202e}\u{61c}"});
    let id = listening.harness.accept(Delivery::of(&body_with(fresh))).await.id;
    let output = "pulled\u{1b}]0;title\u{7}\nImage is up to date".to_owned();
    let mut events = success();
    let typed =
        ["kubectl", "patch", "ksvc", "game", "-p", "[{\"op\": \"test\"}]", "it's", "", "a\nb"]
            .map(str::to_owned)
            .to_vec();
    events[1] = Event::Command(CommandEvent::CommandStarted { command: 1, argv: typed });
    events[2] = Event::Command(CommandEvent::CommandEnded {
        command: 1,
        exit: CommandExit::Code(1),
        duration_ms: 1234,
        stdout: output,
        stderr: "E\tno\n".to_owned(),
    });
    listening.harness.play(&id, events).await;

    let mut shown = Vec::new();
    for command in ["list --environment dev --status succeeded", "show 101-1", "commands 101-1"] {
        let ran = shell(&format!("boathook {command} --socket {socket}"), &[]).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let lines = ran.stdout.lines().map(|line| without_day(&without_time(line)));
        let lines = lines.map(|line| {
            line.split_once(" done  ")
                .map_or(line.clone(), |(title, _)| format!("{title} done  TIME"))
        });
        shown.push(lines.collect::<Vec<_>>().join("\n"));
    }
    expect![[r#"
        ID                    ENVIRONMENT  SERVICE    STATUS     ACCEPTED                 EXTERNAL ID  IMAGE
        ID  development  game/game  succeeded  DAY AND TIME        UTC  101-1        registry.example/acme/game:2

        id            ID
        external id   101-1
        service       game/game in development
        status        succeeded
        image         registry.example/acme/game:2
        digest        registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        commit        4f2a9c1 \u{202e}\u{61c}
        triggered by  jane
        strategy      rolling
        candidate     game-00002
        serving       game-00002 100 %
        accepted      DAY AND TIME        UTC
        ended         DAY AND TIME        UTC

        Pull registry.example/game:1  done  TIME
        Shift traffic to 100 %        done  TIME

        TIME #1 $ kubectl patch ksvc game -p '[{"op": "test"}]' 'it'\''s' '' $'a\U0000000Ab'
        TIME #1 exit code 1 after 1.23 s
                 | pulled\u{1b}]0;title\u{7}
                 | Image is up to date
                 ! E	no
        TIME pull image
        TIME shift traffic"#]]
    .assert_eq(&shown.join("\n\n").replace(id.as_str(), "ID"));
    for command in ["list", "show 101-1", "commands 101-1"] {
        let ran = shell(&format!("boathook {command} --json --socket {socket}"), &[]).await;
        assert!(serde_json::from_str::<Value>(&ran.stdout).is_ok(), "{command}: {}", ran.stdout);
    }
    let unknown = shell(&format!("boathook show 999 --socket {socket}"), &[]).await;
    assert_eq!(
        unknown.transcript(),
        "exit 1\n--- stdout\n--- stderr\nerror: there is no deployment `999`; boathook list shows \
         those that are known"
    );
    listening.stop().await;
}

/// The line with every `YYYY-MM-DD HH:MM:SS` replaced.
fn without_day(line: &str) -> String {
    match line.find("20").filter(|at| {
        line[*at..].len() >= 19
            && line.as_bytes()[at + 4] == b'-'
            && line.as_bytes()[at + 13] == b':'
    }) {
        Some(at) => format!("{}DAY AND TIME       {}", &line[..at], without_day(&line[at + 19..])),
        None => line.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_without_tls_needs_no_certificates_of_the_machine() {
    let listening = Listening::start();
    let socket = listening.socket.display();
    let url = listening.url();
    let send = format!(
        "send --url {url} --environment development --namespace game --service game --no-follow"
    );
    let commands = format!(
        "boathook list --socket {socket} && boathook health --url {url}/health && boathook {send} \
         --image registry.example/acme/game:2"
    );
    let none = [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_DIR", "/nonexistent"),
        ("WEBHOOK_SECRET", "the secret of development, for tests"),
    ];
    let ran = shell(&commands, &none).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    listening.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_missing_or_deaf_is_distinguished() {
    let dir = StateDir::new();
    let socket = dir.path().with_file_name("boathook.sock");
    let missing = shell(&format!("boathook list --socket {}", socket.display()), &[]).await;
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let deaf = shell(&format!("boathook list --socket {}", socket.display()), &[]).await;
    expect![[r#"
        exit 3
        --- stdout
        --- stderr
        error: there is no socket SOCKET: is boathook running? Another socket is named with --socket
        exit 3
        --- stdout
        --- stderr
        error: nobody listens on SOCKET: is boathook running?"#]]
    .assert_eq(
        &format!("{}\n{}", missing.transcript(), deaf.transcript())
            .replace(&socket.display().to_string(), "SOCKET"),
    );
}

#[tokio::test]
async fn an_answer_that_this_version_cannot_read_ends_with_2() {
    let dir = StateDir::new();
    let socket = dir.path().with_file_name("boathook.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let asked = connection.read(&mut [0; 4096]).unwrap();
            assert!(asked > 0);
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n";
            connection.write_all(format!("{answer}{{\"later\":true}}").as_bytes()).unwrap();
        }
    });
    for order in ["retry 0b3jkxyzxyzxyz", "lock production --reason fair", "list"] {
        let ran = shell(&format!("boathook {order} --socket {}", socket.display()), &[]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{order}: {}", ran.transcript());
        let beginning = "error: boathook answered what this version does not know: ";
        assert!(ran.stderr.starts_with(beginning), "{order}: {}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_shows_what_serves_where_with_shares_images_and_since_when() {
    let listening = Listening::start();
    let socket = listening.socket.display().to_string();
    let status = format!("boathook status --socket {socket}");
    let nothing = shell(&status, &[]).await;
    assert_eq!(nothing.stdout, "no services: nothing has been deployed yet\n");
    let now = serde_json::json!({"timestamp": null});
    let first = listening.harness.accept(Delivery::of(&body_with(now))).await.id;
    let by_digest = image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64)));
    let succeeded = samples::success("game", "game-00001", &by_digest);
    listening.harness.play(&first, succeeded).await;
    let next = serde_json::json!({"timestamp": null, "deployment_id": "102-1"});
    let second = listening.harness.accept(Delivery::of(&body_with(next))).await.id;
    listening.harness.play(&second, held("game")).await;
    let elsewhere = serde_json::json!({"timestamp": null, "environment": "staging"});
    listening.harness.accept(Delivery::of(&body_with(elsewhere)).signed_by(SHARED)).await;
    let ran = shell(&status, &[]).await;
    let lines = ran.stdout.lines().map(without_day).collect::<Vec<_>>().join("\n");
    expect![[r#"
        ENVIRONMENT  SERVICE    REVISION    SHARE  IMAGE                                           SINCE                    LAST DEPLOYMENT
        development  game/game  game-00001  90 %   registry.example/acme/game@sha256:bbbbbbbbbbbb  DAY AND TIME        UTC  102-1 deploying
                                game-00002  10 %                                                   DAY AND TIME        UTC
        staging      game/game                                                                                              101-1 queued
        game/game in staging: nothing has succeeded yet"#]].assert_eq(&lines);
    let json = shell(&format!("{status} --environment staging --json"), &[]).await;
    let rows: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(rows[0]["newest"]["deployment_id"], "101-1", "{}", json.stdout);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{}", json.stdout);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_takes_the_statuses_that_it_prints_and_says_what_may_be_meant() {
    let listening = Listening::start();
    let socket = listening.socket.display().to_string();
    let now = serde_json::json!({"timestamp": null});
    listening.harness.accept(Delivery::of(&body_with(now))).await;
    let mut shown = Vec::new();
    for words in [
        "list --status 'rolled back' --json",
        "list --status 'deploying, paused' --json",
        "list --status stuck",
        "lst",
        "list --enviroment dev",
    ] {
        let ran = shell(&format!("BOATHOOK_SOCKET={socket} boathook {words}"), &[]).await;
        shown.push(format!("$ {words}\n{}", ran.transcript()));
    }
    expect![[r#"
        $ list --status 'rolled back' --json
        exit 0
        --- stdout
        []
        --- stderr

        $ list --status 'deploying, paused' --json
        exit 0
        --- stdout
        []
        --- stderr

        $ list --status stuck
        exit 2
        --- stdout
        --- stderr
        error: invalid value 'stuck' for '--status <STATUS>': unknown status `stuck`; known: awaiting_approval, awaiting_window, queued, planning, deploying, rolling_back, rollback_failed, closing, succeeded, rolled_back, failed, superseded, aborted, rejected, abandoned

        For more information, try '--help'.
        $ lst
        exit 2
        --- stdout
        --- stderr
        error: unrecognized subcommand 'lst'

          tip: a similar subcommand exists: 'list'

        Usage: boathook <COMMAND>

        For more information, try '--help'.
        $ list --enviroment dev
        exit 2
        --- stdout
        --- stderr
        error: unexpected argument '--enviroment' found

          tip: a similar argument exists: '--environment'

        Usage: boathook list --environment <ENVIRONMENT>

        For more information, try '--help'."#]].assert_eq(&shown.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_asks_where_the_configuration_says() {
    let listening = Listening::start();
    let dir = StateDir::new();
    let config = dir.path().with_file_name("config");
    std::fs::create_dir(&config).unwrap();
    let settings = format!("server: {{listen: '{}'}}\n", listening.address);
    std::fs::write(config.join("default.yaml"), settings).unwrap();
    let health = format!("boathook health --config {}", config.display());
    let well = shell(&health, &[]).await;
    assert_eq!((well.code, well.stdout.as_str()), (0, "200 OK\n"), "{}", well.transcript());
    let address = listening.address.to_string();
    let wrong = format!("server: {{listen: '{address}'}}\nlog: {{colour: red}}\n");
    std::fs::write(config.join("default.yaml"), wrong).unwrap();
    let well = shell(&health, &[]).await;
    assert_eq!(well.code, 0, "it runs, whatever is wrong by now: {}", well.transcript());
    let not_tls =
        shell(&format!("BOATHOOK_HEALTH_URL=https://{address}/health boathook health"), &[]).await;
    listening.stop().await;
    let wrong = [
        not_tls,
        shell(&health, &[]).await,
        shell("boathook health --config /nonexistent", &[]).await,
    ];
    let shown = wrong.map(|ran| ran.transcript().replace(&address, "ADDRESS")).join("\n");
    expect![[r#"
        exit 1
        --- stdout
        --- stderr
        error: https://ADDRESS/health gave no answer: it does not speak TLS; if that port is plain HTTP, ask with http://
        exit 1
        --- stdout
        --- stderr
        error: http://ADDRESS/health gave no answer: Connection refused (os error 111)
        exit 1
        --- stdout
        --- stderr
        error: where boathook listens is not known; name it with --url: /nonexistent: there is no such folder; --config names another, and scripts/setup.sh creates /etc/boathook"#]].assert_eq(&shown);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it gets a socket in place of standard output")]
fn a_line_is_written_in_one_piece_so_that_programs_can_share_an_output() {
    // A datagram is what one call wrote.
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let written = |arguments: &[&str], variable: (&str, &str)| {
        let output = || OwnedFd::from(theirs.try_clone().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_boathook"));
        command.args(arguments).env(variable.0, variable.1).stdin(std::process::Stdio::null());
        command.stdout(output()).stderr(output()).status().unwrap();
        let mut buffer = [0; 500];
        let length = ours.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let lines = [
        written(&["sign"], ("WEBHOOK_SECRET", "It's a Secret to Everybody")),
        written(&["list", "--socket", "/nowhere/it"], ("NO_COLOR", "1")),
    ];
    expect![[r#"
        sha256=66a0c074deaa0f489ead6537e0d32f9a344b90bbeda705b6ed45ecd3b413fb40
        error: there is no socket /nowhere/it: is boathook running? Another socket is named with --socket
    "#]]
    .assert_eq(&lines.concat());
}
