//! `boathook check`: all is well where it is, and each thing that is wrong is told, with what fixes
//! it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use boathook_core::clock::Clock;
use boathook_sandbox::{Fault, Kind, Times, harness::V2};
use boathook_testing::github::{FakeGitHub, TOKEN, serve};
use expect_test::{Expect, expect};
use jiff::Timestamp;

use crate::support::{
    check_harness::{CheckHarness, SERVICE},
    listening::shell,
    scripted_server::{Then, scripted_server},
    token_endpoint::TokenEndpoint,
};

/// Plants something, and compares all that is not well then; without it, nothing is.
async fn transcript(plant: impl AsyncFnOnce(&CheckHarness), expected: Expect) {
    let harness = CheckHarness::open().await;
    plant(&harness).await;
    expected.assert_eq(&harness.complaints().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_boathook_that_runs_reports_that_it_is_alive() {
    let harness = CheckHarness::open().await;
    let serving = harness.serve().await;
    let result = harness.check("").await;
    expect![[r#"
        ok       configuration  DIR and the variables BOATHOOK__... can be used
        ok       user           looked at as boathook's own user (ID)
        ok       exposure       plain HTTP on ADDRESS, http://ADDRESS from outside
        ok       environment    development takes deployments
        ok       secrets        development: `ci` is good
        ok       state          DIR/state can be written
        ok       kubeconfig     DIR/sandbox/kubeconfig.limited can be read, and not by everyone
        ok       listener       boathook answers on ADDRESS (server.listen)
        ok       public url     http://ADDRESS/health answers
        ok       boathook       one runs, and answers on DIR/boathook.sock
        ok       journal        DIR/state/journal.db has the newest format (13)
        ok       audit          the log in DIR/state/audit has no line yet
        ok       manifests      development: DIR/manifests-game-2048-dev can be read and is allowed (game-2048-dev)
        ok       kubectl        `KUBECTL` is VERSION
        ok       crictl         `DIR/sandbox/bin/crictl` is v1.36.0
        ok       containerd     containerd 2.1.9 answers, its image service too
        ok       api server     Kubernetes v1.36.2 answers
        ok       clock          this machine and the API server agree on the time
        ok       permissions    all that deployments need is allowed (13 rules)
        ok       service        game-2048-dev/game-2048-dev is ready
        ok       quota          not looked at: quotas of game-2048-dev, which boathook's role does not show (kubectl describe quota -n game-2048-dev), and whether a registry lets this node pull, which only a pull shows
        ok       url            development: http://game-2048-dev.game-2048-dev.sandbox.test/ through INGRESS is well within N ms
        ok       dry run        development: game-2048-dev/game-2048-dev can be deployed
    "#]]
    .assert_eq(&harness.findings(&result.stdout));
    assert_eq!(
        result.code == 0,
        result.stdout.ends_with("all is well\n"),
        "{}",
        result.transcript()
    );
    assert_eq!(harness.complaints().await, "");
    serving.terminate().await;
}

/// Everything below a folder but the sandbox: names, owners, modes, sizes and contents.
async fn tree(harness: &CheckHarness) -> String {
    let list = format!(
        "cd {} && find . -path ./sandbox -prune -o -printf '%p %y %u %m %s\\n' -type f -exec sha256sum \
         {{}} + | sort",
        harness.path().display()
    );
    shell(&list, &[]).await.stdout
}

#[tokio::test]
async fn a_check_changes_nothing_and_makes_no_file_and_no_folder() {
    let harness = CheckHarness::open().await;
    harness.file("tmp/keep", "");
    let tmp = harness.path().join("tmp").display().to_string();
    let config = harness.path().display().to_string();
    let commands = [
        (format!("boathook check --config {config}"), 1),
        (format!("boathook rbac --config {config} >/dev/null"), 0),
    ];
    let revisions = ["get", "ksvc,revisions", "-A", "-o", "json"];
    let cluster = harness.room.succeed(&revisions).await;
    // Nobody started boathook yet, and then it made its state directory.
    for _ in 0..2 {
        let before = tree(&harness).await;
        for (command, code) in &commands {
            let ran = shell(command, &[("TMPDIR", &tmp)]).await;
            assert_eq!((ran.code, ran.stderr.as_str()), (*code, ""), "{}", ran.transcript());
        }
        assert_eq!(tree(&harness).await, before);
        let state = harness.path().join("state");
        fs::create_dir(&state).unwrap_or_default();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
        let options = boathook::journal::StoreOptions::default();
        drop(boathook::journal::SqliteStore::open(&state.join("journal.db"), options).unwrap());
    }
    assert_eq!(harness.room.succeed(&revisions).await, cluster);
}

#[tokio::test]
async fn a_journal_that_was_copied_with_its_log_is_read_and_nothing_is_made_beside_it() {
    let harness = CheckHarness::open().await;
    harness.file("open/keep", "");
    harness.file("state/keep", "");
    fs::set_permissions(harness.path().join("state"), fs::Permissions::from_mode(0o700)).unwrap();
    let open = harness.path().join("open/journal.db");
    let options = boathook::journal::StoreOptions::default();
    let store = boathook::journal::SqliteStore::open(&open, options).unwrap();
    for file in ["journal.db", "journal.db-wal"] {
        fs::copy(open.with_file_name(file), harness.path().join("state").join(file)).unwrap();
    }
    drop(store);
    let log = fs::metadata(harness.path().join("state/journal.db-wal")).unwrap();
    assert!(log.len() > 0, "all is in the journal's own file");
    let before = tree(&harness).await;
    let report = harness.plain(&harness.check("").await.stdout);
    let of_journal: Vec<_> = report.lines().filter(|line| line.contains(" journal ")).collect();
    expect!["ok       journal        DIR/state/journal.db has the newest format (13)"]
        .assert_eq(&of_journal.join("\n"));
    assert_eq!(tree(&harness).await, before);
}

#[tokio::test]
async fn a_check_that_is_interrupted_leaves_nothing_behind() {
    let harness = CheckHarness::open().await;
    harness.file("tmp/keep", "");
    harness.program(
        "slow",
        "case \"$*\" in *--dry-run=server*) touch DIR/reached; sleep 60;; *) exec KUBECTL \"$@\";; esac",
    );
    harness.default_with("kubectl: [KUBECTL]", "kubectl: [DIR/slow]");
    let path = harness.path().display().to_string();
    for signal in ["TERM", "HUP"] {
        let interrupted = format!(
            "rm -f {path}/reached; boathook check --config {path} & pid=$!; for i in $(seq 200); do \
             [ -e {path}/reached ] && break; sleep 0.1; done; ls {path}/tmp; kill -{signal} $pid; \
             wait $pid"
        );
        let ran = shell(&interrupted, &[("TMPDIR", &format!("{path}/tmp"))]).await;
        assert!(ran.stdout.starts_with("boathook-check-"), "{}", ran.transcript());
        let said = format!("error: SIG{signal} came before all was checked\n");
        assert_eq!((ran.code, ran.stderr), (2, said));
        let left = format!(
            "sleep 0.5; grep -ls 'unix-socket[=]{path}/tmp' /proc/[0-9]*/cmdline; ls {path}/tmp"
        );
        assert_eq!(shell(&left, &[]).await.stdout, "keep\n");
    }
}

#[tokio::test]
async fn where_nothing_runs_it_says_so_and_ends_with_1() {
    let harness = CheckHarness::open().await;
    let result = harness.check("").await;
    assert_eq!(result.code, 1);
    let warnings = harness.findings(&result.stdout);
    let warnings: Vec<_> = warnings
        .lines()
        .skip_while(|line| !line.starts_with("warning"))
        .take_while(|line| !line.starts_with("ok"))
        .collect();
    expect![[r#"
        warning  public url     http://ADDRESS/health does not answer here: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
                 why:           senders may not reach boathook, and status links lead nowhere
                 fix:           from outside: curl -i http://ADDRESS/health; then see DNS, the proxy, the port forwarding, `systemctl status boathook`, and server.public_url
        warning  boathook       nobody listens on DIR/boathook.sock
                 why:           no boathook runs: nothing is deployed
                 fix:           systemctl status boathook; systemctl start boathook; journalctl -u boathook"#]].assert_eq(&warnings.join("\n"));
}

#[tokio::test]
async fn every_problem_of_the_settings_is_reported_and_the_rest_is_looked_at_all_the_same() {
    transcript(
        async |harness| {
            harness.default_with(
                "state: {",
                "scheduler: {running: many, queued: 0}\nreplay: {windw: 5m}\n\
                 state: {keep_days: 0, ",
            );
            harness.file("staging.yaml", "frozen: 7\nhealth: {interval: 5 parsecs, path: x}\n");
            harness.file("prod.yml", "");
        },
        expect![[r#"
            error configuration: DIR/prod.yml: the files here end in .yaml; a file here is default.yaml, or NAME.yaml for an environment of that name
              -> rename DIR/prod.yml, or move it elsewhere: mv DIR/prod.yml DIR/prod.yml.off
            error configuration: DIR/default.yaml: replay.windw: unknown key (did you mean `window`?); known here: window
              -> correct it there; config/default.yaml as shipped explains every key
            error configuration: DIR/default.yaml: scheduler.running: expected a whole number within its range, found "many"
              -> correct it there; config/default.yaml as shipped explains every key
            error configuration: DIR/default.yaml: state.keep_days: must be at least 1: a pruned request could be sent a second time
              -> correct it there; config/default.yaml as shipped explains every key
            error configuration: DIR/default.yaml: scheduler.queued: must be more than 0
              -> correct it there; config/default.yaml as shipped explains every key
            error configuration: DIR/staging.yaml: frozen: expected text (numbers and true or false need quotes to be text), found the number 7
              -> correct it there; config/default.yaml as shipped explains every key
            error configuration: DIR/staging.yaml: health.interval: expected a duration longer than 0, such as "5s", found "5 parsecs"
              -> correct it there; config/default.yaml as shipped explains every key
            error configuration: DIR/staging.yaml: health.path: must begin with / and be written as in a URL, without spaces and #
              -> correct it there; config/default.yaml as shipped explains every key
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_token_for_github_that_cannot_be_read_is_reported_with_what_makes_it_readable() {
    for (place, expected) in [
        (
            "file: DIR/gone",
            expect![[r#"
                error github: sources.github.token cannot be read from DIR/gone: No such file or directory (os error 2)
                  -> printf %s TOKEN > DIR/gone; chmod 640 DIR/gone; chgrp boathook DIR/gone
            "#]],
        ),
        (
            "file: DIR/sentence",
            expect![[r#"
                error github: sources.github.token, read from DIR/sentence, is no token of GitHub's
                  -> correct sources.github in default.yaml, or what is written where it points
            "#]],
        ),
        (
            "credential: github",
            expect![[r#"
                warning github: sources.github.token could not be looked at: systemd hands the credential github to boathook's unit alone
                  -> systemctl show -p LoadCredential boathook; where it names no `github`, add it (systemctl edit boathook)
            "#]],
        ),
    ] {
        transcript(
            async |harness| {
                harness.file("sentence", "this is no token");
                let token = format!("sources: {{github: {{token: {{{place}}}}}}}\nserver:");
                harness.default_with("server:", &token);
            },
            expected,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_relays_and_issuers_are_asked_over_http() {
    let harness = CheckHarness::open().await;
    let github = FakeGitHub::new(Clock::system());
    github.repository("acme/game");
    let api = serve(github);
    let events =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: ready\ndata: {}\n\n";
    let relay = scripted_server(events.to_owned(), Then::SaysNothing).await;
    let endpoint = TokenEndpoint::start();
    let issuer = endpoint.issuer.url.clone();
    harness.file("token", TOKEN);
    let sources = format!(
        "sources:\n  github: {{api: 'http://{api}', token: {{file: DIR/token}}}}\n  relays: [{{name: ours, kind: smee, url: \
         'http://{relay}/a-secret-channel'}}]\nidentity: [{{name: ci, issuer: '{issuer}', audience: \
         'https://hooks.example.com'}}]\nserver:"
    );
    harness.default_with("server:", &sources);
    harness.development_with("manifests:", "github: {repositories: [acme/game]}\nmanifests:");
    let report = harness.plain(&harness.check("").await.stdout);
    let report = report.replace(&api.to_string(), "GITHUB").replace(&issuer, "ISSUER");
    assert!(!report.contains("a-secret-channel") && !report.contains(TOKEN), "{report}");
    let (of_ways_in, of_limit): (Vec<_>, Vec<_>) = report
        .lines()
        .filter(|line| {
            [" github ", " relay ", " identity ", "GitHub"].iter().any(|way| line.contains(way))
        })
        .partition(|line| !line.contains("requests an hour"));
    assert_eq!(of_limit.len(), 1, "{report}");
    expect![[r#"
        ok       github         http://GITHUB takes the token (GitHub does not name its permissions)
        ok       clock          this machine and GitHub agree on the time
        ok       github         acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub does not name the permissions of such a token)
        ok       relay          `ours` at 127.0.0.1 answers with events
        ok       identity       `ci`: ISSUER publishes usable keys (1)"#]].assert_eq(&of_ways_in.join("\n"));
    endpoint.stop().await;
}

#[tokio::test]
async fn settings_that_are_not_there_end_with_2() {
    let result = shell("boathook check --config /nonexistent", &[]).await;
    expect![[r#"
        exit 2
        --- stdout
        error    configuration  /nonexistent: there is no such folder; --config names another, and scripts/setup.sh creates /etc/boathook
                 why:           boathook does not start with it, and a running one refuses to reload
                 fix:           scripts/setup.sh; or name another folder with --config
        1 error, 0 warnings
        --- stderr
    "#]]
    .assert_eq(&result.transcript());
}

#[tokio::test]
async fn a_secret_that_is_missing_weak_open_to_others_or_at_its_end_is_reported() {
    transcript(
        async |harness| {
            harness.file("weak", "changeme");
            harness.file("open", "0d1e9b7a26534f0c8 and more");
            fs::set_permissions(
                harness.path().join("open"),
                fs::Permissions::from_mode(0o644),
            ).unwrap();
            let soon = Timestamp::from_second(now().as_second() + 3 * 24 * 3600).unwrap();
            harness.file("soon", "9b7a26534f0c8d1e and more");
            harness.file("over", "26534f0c8d1e9b7a and more");
            let more = format!(
                "{{id: gone, file: DIR/gone}}, {{id: weak, file: DIR/weak}}, {{id: open, file: \
                 DIR/open}}, {{id: over, file: DIR/over, not_after: 2026-01-01T00:00:00Z}}, {{id: \
                 soon, file: DIR/soon, not_after: {soon}}}, {{id: given, credential: given}}"
            );
            harness.development_with("{id: ci, file: DIR/secret}", &more);
        },
        expect![[r#"
            error secrets: secret `gone` of development cannot be read from DIR/gone: No such file or directory (os error 2)
              -> openssl rand -hex 32 > DIR/gone; chmod 640 DIR/gone; chgrp boathook DIR/gone
            error secrets: secret `weak` of development, read from DIR/weak, has fewer than 16 bytes; make one with `openssl rand -hex 32`
              -> openssl rand -hex 32 > FILE; chmod 640 FILE; and give it to the senders
            error secrets: secret `open` of development cannot be read from DIR/open: others may read or change it (mode 644); run `chmod g-w,o= DIR/open`
              -> chmod g-w,o= DIR/open
            warning secrets: secret `given` of development could not be looked at: systemd hands the credential given to boathook's unit alone
              -> systemctl show -p LoadCredential boathook; where it names no `given`, add it (systemctl edit boathook)
            warning secrets: development: `over` has ended (2026-01-01T00:00:00Z)
              -> take it out of development.yaml where no sender uses it any more (boathook secrets); else put a new one beside it: openssl rand -hex 32 > FILE; chmod 640 FILE; name it under `secrets` in development.yaml; boathook reload; then give it to the senders
            warning secrets: development: `soon` ends soon (...
              -> put a new one beside it: openssl rand -hex 32 > FILE; chmod 640 FILE; name it under `secrets` in development.yaml; boathook reload; then give it to the senders
        "#]],
    )
    .await;
}

#[tokio::test]
async fn the_url_of_the_database_may_be_a_credential_that_systemd_hands_to_the_unit_alone() {
    transcript(
        async |harness| {
            let postgres = "{directory: DIR/state, postgres: {url: {credential: postgres-url}}}";
            harness.default_with("state: {directory: DIR/state}", &format!("state: {postgres}"));
        },
        expect![[r#"
            warning journal: state.postgres.url could not be looked at: systemd hands the credential postgres-url to boathook's unit alone
              -> systemctl show -p LoadCredential boathook; where it names no `postgres-url`, add it (systemctl edit boathook)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_receiver_that_cannot_be_reached_is_reported() {
    transcript(
        async |harness| {
            harness.file("slack", "https://hooks.invalid/services/T000/B000");
            harness.file("short", "whsec_c2hvcnQ=");
            let receivers = "[{name: good, slack: {url: {file: DIR/slack}}, events: \
                             [rollback_failed]}, {name: team, slack: {url: {file: DIR/nowhere}}, \
                             events: [rollback_failed]}, {name: given, slack: {url: {credential: \
                             slack}}, events: [rollback_failed]}, {name: unset, slack: {url: {env: \
                             BOATHOOK_TESTS_UNSET}}, events: [rollback_failed]}, {name: pager, \
                             webhook: {url: {file: DIR/slack}, secret: {file: DIR/short}}, events: \
                             [rollback_failed]}]";
            harness.default_with("server:", &format!("notify: {receivers}\nserver:"));
        },
        expect![[r#"
            error notifications: the url of `team` in `notify` cannot be read from DIR/nowhere: No such file or directory (os error 2)
              -> echo URL > DIR/nowhere; chmod 640 DIR/nowhere; chgrp boathook DIR/nowhere
            warning notifications: the url of `given` in `notify` could not be looked at: systemd hands the credential slack to boathook's unit alone
              -> systemctl show -p LoadCredential boathook; where it names no `slack`, add it (systemctl edit boathook)
            error notifications: the url of `unset` in `notify` cannot be read from the variable BOATHOOK_TESTS_UNSET: it is not set
              -> make the variable BOATHOOK_TESTS_UNSET readable for boathook
            error notifications: the secret of `pager` in `notify`, read from DIR/short, must have 24 to 64 bytes; make one with `echo whsec_$(openssl rand -base64 32)`
              -> correct it under `notify` in default.yaml, or what is named there
        "#]],
    )
    .await;
}

fn now() -> Timestamp {
    boathook_core::clock::Clock::system().now()
}

#[tokio::test]
async fn a_frozen_environment_a_plain_url_and_a_proxy_that_is_not_named_are_reported() {
    transcript(
        async |harness| {
            harness.default_with(
                "public_url: 'http://ADDRESS'",
                "public_url: 'http://hooks.invalid'",
            );
            harness.development_with("secrets:", "frozen: year-end closing\nsecrets:");
        },
        expect![[r#"
            warning exposure: senders come over plain HTTP: http://hooks.invalid (server.public_url)
              -> end TLS in the proxy in front (or set server.tls), and write https:// in server.public_url
            warning exposure: ADDRESS is behind a proxy that server.trusted_proxies does not name
              -> name the proxy: server: {trusted_proxies: ["127.0.0.1"]}, and then boathook reload
            warning environment: development is frozen: year-end closing
              -> when that is over: set `frozen: null` in development.yaml, and boathook reload
        "#]],
    )
    .await;
}

#[tokio::test]
async fn tools_that_are_missing_or_too_old_are_reported() {
    transcript(
        async |harness| {
            harness.program(
                "old",
                "case \"$*\" in 'version --client'*) echo \
                 '{\"clientVersion\":{\"gitVersion\":\"v1.19.3\"}}';; *) exec KUBECTL \"$@\";; \
                 esac",
            );
            harness.default_with(
                "kubectl: [KUBECTL]\n  crictl: [DIR/sandbox/bin/crictl]",
                "kubectl: [DIR/old]\n  crictl: [no-such-crictl]",
            );
        },
        expect![[r#"
            warning kubectl: `DIR/old` is v1.19.3
              -> install kubectl 1.27 or later, or name another one in tools.kubectl, such as [k3s, kubectl]
            error crictl: `no-such-crictl` is not installed, or not in boathook's PATH
              -> install no-such-crictl in one of the folders of tools.path; on k3s set tools.crictl: [k3s, crictl]
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_socket_of_containerd_that_may_not_be_opened_is_reported() {
    transcript(
        async |harness| {
            let said = "validate service connection: validate CRI v1 image API for endpoint \
                        \"unix:///run/k3s/containerd/containerd.sock\": rpc error: code = \
                        Unavailable desc = connection error: desc = \"transport: Error while \
                        dialing: dial unix /run/k3s/containerd/containerd.sock: connect: \
                        permission denied\"";
            harness.program(
                "crictl",
                &format!("[ \"$1\" = --version ] && echo crictl version v1.31.0-k3s2 && exit; echo \
                          '{said}' >&2; exit 1"),
            );
            harness.default_with("DIR/sandbox/bin/crictl", "DIR/crictl");
        },
        expect![[r#"
            error containerd: `DIR/crictl version` failed (exit code 1 after N ms): validate service connection: validate CRI v1 image API for endpoint "unix:///run/k3s/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/k3s/containerd/containerd.sock: connect: permission denied"
              -> systemctl enable --now boathook-containerd.path; systemctl start boathook-containerd (k3s makes the socket anew for root at each start)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn secrets_in_what_programs_say_are_not_shown_and_paths_are() {
    let harness = CheckHarness::open().await;
    harness.program("crictl", "echo \"no login with $REGISTRY_TOKEN\" >&2; exit 1");
    harness.default_with(
        "DIR/sandbox/bin/crictl]",
        "DIR/crictl]\n  environment: {REGISTRY_TOKEN: 7c1b-hush-hush-0e9d}",
    );
    let path = harness.path().display().to_string();
    let result =
        shell(&format!("cd {path} && export PWD && boathook check --config {path}"), &[]).await;
    assert!(
        result.stdout.contains("no login with [redacted]") && !result.stdout.contains("hush"),
        "{}",
        result.transcript()
    );
    assert!(
        result.stdout.contains(&format!("configuration  {path} ")),
        "the working directory is no secret: {}",
        result.transcript()
    );
}

#[tokio::test]
async fn an_account_that_may_too_little_is_reported_verb_by_verb() {
    transcript(
        async |harness| {
            let folder = harness.room.manifests("web", V2, "hi");
            harness.room.succeed(&["apply", "-f", &folder]).await;
            harness.development_with("DIR/manifests-game-2048-dev", "DIR/manifests-web");
            let text = fs::read_to_string(harness.path().join("development.yaml")).unwrap();
            harness.file("development.yaml", &text.replace("[game-2048-dev]", "[web]"));
        },
        expect![[r#"
            error permissions: not allowed in web: create services.serving.knative.dev
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            error permissions: not allowed in web: get services.serving.knative.dev/web, patch services.serving.knative.dev/web
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: list services.serving.knative.dev, watch services.serving.knative.dev
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            error permissions: not allowed in web: get revisions.serving.knative.dev, list revisions.serving.knative.dev
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: watch revisions.serving.knative.dev
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: delete revisions.serving.knative.dev
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            error permissions: not allowed in web: list pods
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: watch pods
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: get pods
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: get pods/log
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: list events
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: watch events
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
            warning permissions: not allowed in web: get namespaces/web
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_account_that_may_everything_is_reported() {
    transcript(
        async |harness| harness.default_with("kubeconfig.limited", "kubeconfig"),
        expect![[r#"
            warning permissions: the kubeconfig's account may do everything in the whole cluster
              -> scripts/setup.sh makes an account for boathook alone; tools.kubeconfig: /etc/boathook/kubeconfig
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_reported() {
    let made = rcgen::generate_simple_self_signed(vec!["hooks.example.com".to_owned()]).unwrap();
    let planted = async |harness: &CheckHarness, key: String| {
        harness.file("tls.crt", &made.cert.pem());
        harness.file("tls.key", &key);
        harness.default_with(
            "server: {",
            "server: {tls: {certificate: DIR/tls.crt, key: DIR/tls.key}, ",
        );
    };
    transcript(
        async |harness| planted(harness, made.signing_key.serialize_pem()).await,
        expect![""],
    )
    .await;
    transcript(async |harness| planted(harness, rcgen::KeyPair::generate().unwrap().serialize_pem()).await, expect![[r#"
        error certificate: the key in DIR/tls.key cannot be used with the certificate in DIR/tls.crt (server.tls): keys may not be consistent: KeyMismatch
          -> correct server.tls, or the files that it names
    "#]]).await;
}

#[tokio::test]
async fn a_certificate_and_a_token_that_end_soon_are_reported() {
    use base64::Engine as _;
    let day = |days: i64| Timestamp::from_second(now().as_second() + days * 24 * 3600).unwrap();
    let mut parameters =
        rcgen::CertificateParams::new(vec!["hooks.example.com".to_owned()]).unwrap();
    let soon = day(5).strftime("%Y %-m %-d").to_string();
    let [year, month, date] =
        soon.split(' ').map(|part| part.parse().unwrap()).collect::<Vec<i32>>()[..]
    else {
        panic!("{soon}")
    };
    parameters.not_after =
        rcgen::date_time_ymd(year, month.try_into().unwrap(), date.try_into().unwrap());
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let claims = format!("{{\"iat\":{},\"exp\":{}}}", day(-27).as_second(), day(3).as_second());
    transcript(
        async |harness| {
            harness.file("tls.crt", &certificate.pem());
            harness.file("tls.key", &key.serialize_pem());
            harness.file(
                "token",
                &format!(
                    "e30.{}.signature",
                    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims),
                ),
            );
            let text = fs::read_to_string(harness.path().join("sandbox/kubeconfig.limited")).unwrap();
            harness.file("kubeconfig", &text.replace("user: {}", "user: {tokenFile: DIR/token}"));
            harness.default_with(
                "server: {",
                "server: {tls: {certificate: DIR/tls.crt, key: DIR/tls.key}, ",
            );
            let text = fs::read_to_string(harness.path().join("default.yaml")).unwrap();
            harness.file("default.yaml", &text.replace("sandbox/kubeconfig.limited", "kubeconfig"));
        },
        expect![[r#"
            warning certificate: the certificate of server.tls ends soon (...
              -> renew it (certbot renew, cert-manager, or your issuer); boathook takes up new files within half a minute
            warning token: the token in DIR/token ends soon (...
              -> systemctl start boathook-token.service; journalctl -u boathook-token; systemctl enable --now boathook-token.timer
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_kubeconfig_that_is_missing_open_to_all_or_leads_nowhere_is_reported() {
    transcript(
        async |harness| harness.default_with("DIR/sandbox/kubeconfig.limited", "DIR/none"),
        expect![[r#"
            error kubeconfig: DIR/none is missing
              -> scripts/setup.sh makes it; tools.kubeconfig names another one
        "#]],
    )
    .await;
    transcript(
        async |harness| {
            let text = fs::read_to_string(harness.path().join("sandbox/kubeconfig.limited")).unwrap();
            harness.file(
                "away",
                &text.replace(&harness.room.sandbox.home.api.to_string(), "127.0.0.1:1"),
            );
            fs::set_permissions(
                harness.path().join("away"),
                fs::Permissions::from_mode(0o644),
            ).unwrap();
            harness.default_with("DIR/sandbox/kubeconfig.limited", "DIR/away");
        },
        expect![[r#"
            warning kubeconfig: DIR/away is open to everyone (mode 644)
              -> chmod o= DIR/away
            error api server: `KUBECTL version -o json` failed (exit code 1 after N ms): The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?
              -> systemctl status k3s; and see that the kubeconfig's `server:` is the right address
        "#]],
    )
    .await;
}

#[tokio::test]
async fn settings_of_a_service_that_has_no_manifest_are_reported() {
    transcript(
        async |harness| {
            let allowed = "services: ['*']}\nservices: {game-2084-dev: {health: {interval: 1s}}, \
                           game-2048-dev: {waits: {ready: 1m}}}";
            harness.development_with("services: [game-2048-dev]}", allowed);
        },
        expect![[r#"
            warning manifests: development: services.game-2084-dev has settings, and DIR/manifests-game-2048-dev holds no such service
              -> correct the name in development.yaml, or remove its section
        "#]],
    )
    .await;
}

/// The manifest of the service with something else in it.
fn manifest_with(harness: &CheckHarness, part: &str, instead: &str) {
    let file = harness.path().join("manifests-game-2048-dev/10-service.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(part), "{text}");
    fs::write(&file, text.replace(part, instead)).unwrap();
}

#[tokio::test]
async fn what_the_api_server_would_refuse_is_reported_in_its_words() {
    transcript(
        async |harness| manifest_with(harness, "containerPort: 8080", "containerPort: 70000"),
        expect![[r#"
            error dry run: development: game-2048-dev/game-2048-dev: Set the new template, traffic staying where it is: `KUBECTL patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json --dry-run=server ...` failed (exit code 1 after N ms): Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: expected 0 <= 70000 <= 65535: spec.template.spec.containers[0].ports.containerPort
              -> correct it in DIR/manifests-game-2048-dev, and look again: kubectl apply --dry-run=server -f DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_only_a_dry_run_refuses_is_reported_as_that() {
    transcript(
        async |harness| manifest_with(
            harness,
            "    spec:\n      containers:",
            "    spec:\n      serviceAccountName: nobody\n      containers:",
        ),
        expect![[r#"
            error dry run: development: game-2048-dev/game-2048-dev: Set the new template, traffic staying where it is: `KUBECTL patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json --dry-run=server ...` failed (exit code 1 after N ms): Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation callback failed: dry run failed with pods "dry-run-validation" is forbidden: error looking up service account game-2048-dev/nobody: serviceaccount "nobody" not found: spec.template
              -> correct it in DIR/manifests-game-2048-dev; after a deployment, an event on the revision says the same (kubectl get events)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_manifest_without_a_container_for_the_image_is_reported() {
    transcript(
        async |harness| harness.development_with("manifests:", "container: worker\nmanifests:"),
        expect![[r#"
            error manifests: development: the manifest of game-2048-dev/game-2048-dev has no container for the image: the configured container `worker` is not there
              -> correct it in DIR/manifests-game-2048-dev, or in development.yaml
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_manifest_that_a_plan_refuses_is_reported_also_where_no_cluster_answers() {
    transcript(
        async |harness| {
            manifest_with(harness, "containers:", "container:");
            harness.default_with("DIR/sandbox/kubeconfig.limited", "DIR/none");
        },
        expect![[r#"
            error kubeconfig: DIR/none is missing
              -> scripts/setup.sh makes it; tools.kubeconfig names another one
            error manifests: development: the manifest of game-2048-dev/game-2048-dev has no container for the image: spec.template.spec.containers is missing or empty
              -> correct it in DIR/manifests-game-2048-dev, or in development.yaml
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_service_that_nobody_could_probe_is_reported_once() {
    transcript(
        async |harness| {
            let local =
                "  labels: {networking.knative.dev/visibility: cluster-local}\nspec:\n  template:";
            manifest_with(harness, "spec:\n  template:", local);
        },
        expect![[r#"
            error manifests: development: game-2048-dev/game-2048-dev is reached from inside the cluster only (visibility cluster-local), and development.yaml names no gateway to probe it through; set url.cluster_local: {ingress_address: "IP:80", scheme: http} with the address from: kubectl get svc -A | grep -i internal
              -> in development.yaml: url: {cluster_local: {ingress_address: "IP:80", scheme: http}} (kubectl get svc -A | grep -i internal)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_key_that_stands_twice_is_reported_though_no_validation_sees_it() {
    transcript(
        async |harness| {
            manifest_with(harness, "containerPort: 8080", "containerPort: 80\n              containerPort: 8080")
        },
        expect![[r#"
            warning manifests: development: DIR/manifests-game-2048-dev/10-service.yaml: line 13, column 15: `containerPort` stands here a second time; kubectl keeps this entry, and drops the one of line 12 in silence
              -> merge the two entries into one
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_field_that_the_api_server_does_not_know_is_reported_in_its_words() {
    transcript(
        async |harness| {
            let unknown = "    spec:\n      containerConcurency: 5\n      containers:";
            manifest_with(harness, "    spec:\n      containers:", unknown);
        },
        expect![[r#"
            warning dry run: development: game-2048-dev/game-2048-dev: Set the new template, traffic staying where it is: the API server warns: unknown field "spec.template.spec.containerConcurency"
              -> correct it in DIR/manifests-game-2048-dev; kubectl explain KIND.FIELD says how fields are spelt
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_placeholder_in_a_text_that_may_hold_one_is_no_fault() {
    transcript(
        async |harness| {
            let script = "apiVersion: v1\nkind: ConfigMap\n\
                          metadata: {name: start, namespace: game-2048-dev}\n\
                          data: {start.sh: 'exec ${PROGRAM:-game}'}\n";
            harness.file("manifests-game-2048-dev/20-start.yaml", script);
        },
        expect![[r#"
            error permissions: not allowed in game-2048-dev: get configmaps, create configmaps, patch configmaps
              -> with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn manifests_that_cannot_be_deployed_are_reported() {
    let named = |name: &str, namespace: &str| {
        format!(
            "apiVersion: serving.knative.dev/v1\nkind: Service\n\
             metadata: {{name: '{name}'{namespace}}}\n\
             spec: {{template: {{spec: {{containers: [{{image: '${{IMAGE}}'}}]}}}}}}\n"
        )
    };
    transcript(
        async |harness| {
            harness.file(
                "manifests-game-2048-dev/20-other.yaml",
                &named("other", ", namespace: shop"),
            );
            harness.file(
                "manifests-game-2048-dev/30-unfilled.yaml",
                &named("${SERVICE}", ", namespace: game-2048-dev"),
            );
            let kind = "apiVersion: example.dev/v1\nkind: Sheep\n\
                        metadata: {name: dolly, namespace: game-2048-dev}\n";
            harness.file("manifests-game-2048-dev/40-sheep.yaml", kind);
        },
        expect![[r#"
            error manifests: development: Service/other belongs to the namespace shop, which allow.namespaces does not name
              -> correct the manifest, or add "shop" to allow.namespaces in development.yaml
            error manifests: development: Service/${SERVICE} holds `${SERVICE}`, which nobody fills in
              -> grep -rn '\${' DIR/manifests-game-2048-dev; write the values there, or run envsubst before
            error manifests: development: DIR/manifests-game-2048-dev holds Sheep/dolly of example.dev/v1, which the cluster does not serve; see kubectl api-resources, and install its operator or CRD
              -> kubectl api-resources; correct apiVersion and kind of Sheep/dolly in DIR/manifests-game-2048-dev
            error dry run: development: game-2048-dev/game-2048-dev: Apply manifests/development: `KUBECTL apply -f manifests/development --field-manager boathook --dry-run=server` failed (exit code 1 after N ms): error: resource mapping not found for name: "dolly" namespace: "game-2048-dev" from "manifests/development/00000-sheep-dolly.json": no matches for kind "Sheep" in version "example.dev/v1"; ensure CRDs are installed first
              -> correct it in DIR/manifests-game-2048-dev, and look again: kubectl apply --dry-run=server -f DIR/manifests-game-2048-dev
        "#]],
    )
    .await;
    for (name, text) in [
        ("kustomization.yaml", "resources: []"),
        ("kustomization.yml", "resources: [00-namespace.yaml, 10-service.yaml]"),
        ("Kustomization", "resources: ['https://example.com/x']"),
        ("20-broken.yaml", "a: [b"),
        ("sub/10-service.yaml", ""),
        ("10-service.yaml", ""),
    ] {
        transcript(
            async |harness| harness.file(&format!("manifests-game-2048-dev/{name}"), text),
            match name {
                "kustomization.yaml" => expect![[r#"
                    error manifests: development: DIR/manifests-game-2048-dev holds no Knative service
                      -> put the manifest of the service there
                "#]],
                "kustomization.yml" => expect![""],
                "Kustomization" => expect![[r#"
                    error manifests: development: DIR/manifests-game-2048-dev/Kustomization is not deployable: `https://example.com/x` is no file or folder beside it, and kustomize would fetch it; take it into the folder, or set allow.remote_bases: true
                      -> correct DIR/manifests-game-2048-dev/Kustomization
                "#]],
                "20-broken.yaml" => expect![[r#"
                    error manifests: development: DIR/manifests-game-2048-dev/20-broken.yaml does not parse: line 2, column 1: did not find expected ',' or ']' while parsing a flow sequence
                      -> kubectl apply --dry-run=server -f DIR/manifests-game-2048-dev
                "#]],
                "sub/10-service.yaml" => expect![[r#"
                    error manifests: development: DIR/manifests-game-2048-dev/sub is not deployable: it is a folder, and kubectl apply -f does not read subfolders; move its files up, or name it in a kustomization.yaml
                      -> mv DIR/manifests-game-2048-dev/sub somewhere else
                "#]],
                _ => expect![[r#"
                    error manifests: development: DIR/manifests-game-2048-dev holds no Knative service
                      -> put the manifest of the service there
                "#]],
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_image_that_listens_on_another_port_is_reported() {
    transcript(
        async |harness| {
            let image = "ghcr.io/your-org/hello:wrong-port";
            let control = harness.room.sandbox.home.control;
            let published = shell(
                &format!("boathook-sandbox image --control {control} {image}=port:9999"),
                &[],
            ).await;
            assert_eq!(published.code, 0, "{}", published.transcript());
            let folder = harness.room.manifests(SERVICE, image, "hi");
            harness.room.succeed(&["apply", "-f", &folder]).await;
            let unready = |pods: &serde_json::Value| {
                let statuses = pods.to_string();
                statuses.contains("\"ready\":false") && statuses.contains("\"running\"")
            };
            harness.room.object_until(&["pods", "-n", SERVICE], unready).await;
        },
        expect![[r#"
            warning service: game-2048-dev/game-2048-dev is not ready: Ready=Unknown; game-2048-dev-00002: Ready=Unknown (Deploying); container user-container runs but does not answer its readiness probe; the usual cause is that the image listens on another port than the manifest's containerPort (8080)
              -> correct containerPort in the manifest of game-2048-dev, and deploy again
        "#]],
    )
    .await;
}

#[tokio::test]
async fn traffic_that_someone_split_is_reported_with_the_command_that_settles_it() {
    transcript(
        async |harness| {
            let folder = harness.room.manifests(SERVICE, V2, "hi");
            harness.room.succeed(&["apply", "-f", &folder]).await;
            let ready = |service: &serde_json::Value| service["status"]["latestReadyRevisionName"] == format!("{SERVICE}-00002");
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], ready).await;
            let split = format!(
                r#"{{"spec":{{"traffic":[{{"revisionName":"{SERVICE}-00001","percent":50}},{{"revisionName":"{SERVICE}-00002","percent":50}}]}}}}"#
            );
            harness.room.succeed(&[
                "patch",
                "ksvc",
                SERVICE,
                "-n",
                SERVICE,
                "--type",
                "merge",
                "-p",
                &split,
            ]).await;
            let both = |service: &serde_json::Value| service["status"]["traffic"].as_array().is_some_and(|traffic| traffic.len() == 2);
            harness.room.object_until(&["ksvc", SERVICE, "-n", SERVICE], both).await;
            harness.room.succeed(&[
                "wait",
                "--for=condition=Ready",
                &format!("ksvc/{SERVICE}"),
                "-n",
                SERVICE,
                "--timeout=30s",
            ]).await;
        },
        expect![[r#"
            error service: traffic of game-2048-dev/game-2048-dev is split (game-2048-dev-00001 50 %, game-2048-dev-00002 50 %), which boathook did not do
              -> kubectl patch ksvc game-2048-dev -n game-2048-dev --type json -p '[{"op":"replace","path":"/spec/traffic","value":[{"revisionName":"game-2048-dev-00002","percent":100}]}]'
        "#]],
    )
    .await;
}

/// The sandbox's gateway knows no such host, so its answer shows which address was asked.
#[tokio::test]
async fn a_service_is_asked_at_the_address_in_its_status_whatever_template_made_it() {
    transcript(
        async |harness| {
            let own = "game-2048-dev[.]game-2048-dev[.]sandbox";
            harness.shows(Kind::Service, SERVICE, own, "game-2048-dev-in-game-2048-dev.sandbox");
        },
        expect![[r#"
            error url: development: http://game-2048-dev-in-game-2048-dev.sandbox.test/ through INGRESS: answered 404, expected 200
              -> curl -i http://game-2048-dev-in-game-2048-dev.sandbox.test/; see `health` in development.yaml, and kubectl logs of the service
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_service_that_probes_cannot_reach_is_reported() {
    let url = "url: {scheme: http, domain: sandbox.test, ingress_address: 'INGRESS'}";
    transcript(
        async |harness| harness.development_with("'INGRESS'", "'127.0.0.1:1'"),
        expect![[r#"
            error url: development: http://game-2048-dev.game-2048-dev.sandbox.test/ through 127.0.0.1:1: connection refused by 127.0.0.1:1
              -> kubectl get svc -A | grep -i loadbalancer, and correct url.ingress_address
        "#]],
    )
    .await;
    transcript(
        async |harness| harness.development_with("sandbox.test", "other.test"),
        expect![[r#"
            warning url: development: Knative serves game-2048-dev.game-2048-dev.sandbox.test, and url.domain is other.test
              -> correct url.domain in development.yaml; kubectl get configmap config-domain -n knative-serving -o yaml
        "#]],
    )
    .await;
    transcript(
        async |harness| harness.development_with(
            url,
            &format!("{url}\nhealth: {{path: /, expect_status: [204]}}"),
        ),
        expect![[r#"
        error url: development: http://game-2048-dev.game-2048-dev.sandbox.test/ through INGRESS: answered 200, expected 204
          -> curl -i http://game-2048-dev.game-2048-dev.sandbox.test/; see `health` in development.yaml, and kubectl logs of the service
    "#]],
    )
    .await;
    transcript(async |harness| harness.development_with(", ingress_address: 'INGRESS'", ""), expect![[r#"
        error url: game-2048-dev.game-2048-dev.sandbox.test does not resolve: ...
          -> add a DNS record *.NAMESPACE.sandbox.test for the ingress, or set url.ingress_address (kubectl get svc -A | grep -i loadbalancer)
    "#]]).await;
}

#[tokio::test]
async fn a_service_that_is_not_there_yet_is_said_and_is_no_trouble() {
    let harness = CheckHarness::open().await;
    harness.room.succeed(&["delete", "ksvc", SERVICE, "-n", SERVICE]).await;
    let report = harness.check("").await.stdout;
    let said = "ok       service        game-2048-dev/game-2048-dev does not exist yet; its first \
                deployment makes it";
    assert!(report.lines().any(|line| line == said), "{report}");
    assert_eq!(harness.complaints().await, "");
}

#[tokio::test]
async fn a_cluster_without_knative_is_reported() {
    transcript(
        async |harness| {
            let unserved = "Error from server (NotFound): the server could not find the requested \
                            resource";
            let fault = Fault::Exit(unserved.to_owned());
            harness.room.sandbox.cluster.fail("kubectl get ksvc", Times::UntilHealed, fault);
        },
        expect![[r#"
            error service: game-2048-dev/game-2048-dev: the server doesn't have a resource type "services.serving.knative.dev"
              -> install Knative Serving: https://knative.dev/docs/install/yaml-install/serving/
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_record_that_is_not_ours_and_an_audit_log_that_was_changed_are_reported() {
    transcript(
        async |harness| {
            harness.file("state/journal.db", "a diary");
            harness.file("state/audit/head.json", "{}");
            fs::set_permissions(
                harness.path().join("state"),
                fs::Permissions::from_mode(0o755),
            ).unwrap();
        },
        expect![[r#"
            warning state: DIR/state is open to everyone (mode 755)
              -> chmod o= DIR/state
            error journal: `DIR/state/journal.db` is not a boathook journal; name another state directory, or move the file away
              -> mv DIR/state/journal.db DIR/state/journal.db.other
            error audit: head.json: changed: it cannot be read, so that a tail that was cut off would not be noticed
              -> find out who; keep a copy of DIR/state/audit as it is, then move it away: boathook begins a new one
        "#]],
    )
    .await;
}

#[tokio::test]
async fn only_the_environment_that_was_named_is_looked_at() {
    let harness = CheckHarness::open().await;
    harness.file("staging.yaml", "secrets: [{id: ci, file: DIR/nothing}]\nmanifests: DIR/nothing");
    let result = harness.check("--environment development").await;
    assert_eq!(
        (result.code, result.stdout.contains("staging")),
        (1, false),
        "{}",
        result.transcript()
    );
    let result = harness.check("").await;
    assert_eq!(
        (result.code, result.stdout.contains("staging")),
        (2, true),
        "{}",
        result.transcript()
    );
    let unknown = harness.check("--environment prd").await;
    assert_eq!(
        (unknown.code, unknown.stderr.as_str()),
        (2, "error: unknown environment `prd`; known: development, staging\n")
    );
}
