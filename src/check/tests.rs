//! When each judge warns, and when it reports an error.

use std::ffi::OsString;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};

use crate::{
    check::{
        CheckResult, Severity, certificate,
        clock::{self, Reading},
        disk::{self, Disk},
        environments,
        listeners::{self, ListenerAddress},
        sockets::{self, Holder, Listener, Program},
        token, user,
        who_answers::{ListenerAnswer, Question},
        x509,
    },
    config::Config,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(finding: &CheckResult) -> String {
    format!("{:?}: {}", finding.severity, finding.seen)
}

#[test]
fn of_all_that_hold_a_socket_the_one_that_serves_is_named() {
    let holder =
        |name: &str, id, parent| Holder { program: Program { name: name.to_owned(), id }, parent };
    let serves = |holders: &[Holder]| {
        Holder::that_serves(holders.to_vec()).map(|Program { name, id }| format!("{name} {id}"))
    };
    let systemd = holder("systemd", 1, 0);
    let of_user = holder("systemd", 900, 1);
    let nginx = holder("nginx", 4711, 1);
    let worker = holder("nginx", 4712, 4711);
    let not_yet_another = holder("tokio-rt-worker", 4800, 4711);
    assert_eq!(serves(&[]), None);
    assert_eq!(serves(std::slice::from_ref(&systemd)).as_deref(), Some("systemd 1"));
    assert_eq!(serves(&[systemd.clone(), nginx.clone()]).as_deref(), Some("nginx 4711"));
    assert_eq!(serves(&[of_user, nginx.clone()]).as_deref(), Some("nginx 4711"));
    assert_eq!(serves(&[not_yet_another, worker, nginx, systemd]).as_deref(), Some("nginx 4711"));
}

#[test]
fn a_certificate_is_reported_two_weeks_before_its_end() {
    let mut parameters =
        rcgen::CertificateParams::new(vec!["hooks.example.com".to_owned()]).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut ends = Vec::new();
    for (year, month, day) in [(2027, 3, 1), (2051, 12, 31)] {
        parameters.not_after = rcgen::date_time_ymd(year, month, day);
        ends.push(x509::not_after(parameters.self_signed(&key).unwrap().der()));
    }
    assert_eq!(ends, [Some(at("2027-03-01T00:00:00Z")), Some(at("2051-12-31T00:00:00Z"))]);
    let whole = parameters.self_signed(&key).unwrap().der().to_vec();
    assert!(
        (0..60).all(|length| x509::not_after(&whole[..length]).is_none()),
        "a part is not read"
    );
    let result = ["2027-02-01T00:00:00Z", "2027-02-20T00:00:00Z", "2027-03-02T00:00:00Z"]
        .map(|now| line(&certificate::judge("certificate", "server.tls", ends[0], at(now))));
    expect![[r#"
        Ok: the certificate of server.tls is good until 2027-03-01T00:00:00Z
        Warning: the certificate of server.tls ends soon (2027-03-01T00:00:00Z)
        Error: the certificate of server.tls has ended (2027-03-01T00:00:00Z)"#]]
    .assert_eq(&result.join("\n"));
}

#[test]
fn an_environment_that_hears_only_of_what_github_pushes_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let files = [("default.yaml", "{}"), ("staging.yaml", "github: {repositories: [acme/game]}")];
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let lines = |variables: Vec<(OsString, OsString)>| {
        let config = Config::load(directory.path(), variables).unwrap();
        environments::check(&config).iter().map(line).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        Ok: staging takes deployments
        Warning: staging takes from GitHub only what it pushes to /webhook/github"#]]
    .assert_eq(&lines(Vec::new()));
    let of = |name: &str, value: &str| vec![(name.into(), value.into())];
    let silent = lines(of("BOATHOOK__ENVIRONMENTS__STAGING__GITHUB__STATUSES", "false"));
    expect![[r#"
        Ok: staging takes deployments
        Ok: staging takes from GitHub only what it pushes to /webhook/github"#]]
    .assert_eq(&silent);
    let asked = lines(of("BOATHOOK__SOURCES__GITHUB__TOKEN", "{credential: github}"));
    assert_eq!(asked, "Ok: staging takes deployments");
}

#[test]
fn a_token_is_reported_once_its_renewal_has_failed_for_long() {
    let encoded = |claims: &str| BASE64_URL_SAFE_NO_PAD.encode(claims);
    let begin = at("2026-11-01T00:00:00Z").as_second();
    let token = format!(
        "{}.{}.signature",
        encoded("{}"),
        encoded(&format!("{{\"iat\":{begin},\"exp\":{}}}", begin + 30 * 86400))
    );
    let result = ["2026-11-05T00:00:00Z", "2026-11-27T00:00:00Z", "2026-12-02T00:00:00Z"]
        .map(|now| line(&token::judge("the token", &token, at(now))));
    expect![[r#"
        Ok: the token is good until 2026-12-01T00:00:00Z
        Warning: the token ends soon (2026-12-01T00:00:00Z); it was not renewed
        Error: the token has ended (2026-12-01T00:00:00Z)"#]]
    .assert_eq(&result.join("\n"));
    let endless = token::judge("the token", "abcdef", at("2026-11-05T00:00:00Z"));
    assert_eq!(
        (endless.severity, endless.seen.contains("abcdef")),
        (Severity::Warning, false),
        "{}",
        endless.seen
    );
}

#[test]
fn a_disk_that_is_full_or_nearly_so_is_reported() {
    let gib = 1 << 30;
    let path = std::path::Path::new("/var/lib/boathook");
    let disks = [
        (100 * gib, 30 * gib, Some(9)),
        (100 * gib, 4 * gib, None),
        (10 * gib, 30 << 20, Some(9)),
        (100 * gib, 30 * gib, Some(0)),
    ];
    let result =
        disks.map(|(total, free, files)| line(&disk::judge(path, Disk { total, free, files })));
    expect![[r#"
        Ok: 30720 MiB (30 %) are left at /var/lib/boathook
        Warning: only 4096 MiB (4 %) are left at /var/lib/boathook
        Error: only 30 MiB (0 %) are left at /var/lib/boathook
        Error: no more files can be made at /var/lib/boathook"#]]
    .assert_eq(&result.join("\n"));
}

#[test]
fn a_clock_that_is_not_the_api_servers_is_reported() {
    let now = at("2026-11-22T19:00:00Z");
    let window = SignedDuration::from_mins(5);
    let result = [3, -60, 400].map(|seconds| {
        let here = now + SignedDuration::from_secs(seconds);
        let reading = Reading { before: here, server_time: now, after: here };
        line(&clock::judge_within("the API server", reading, window))
    });
    expect![[r#"
        Ok: this machine and the API server agree on the time
        Warning: this machine's clock is 60 s behind the API server's
        Error: this machine's clock is 400 s ahead of the API server's"#]]
    .assert_eq(&result.join("\n"));
}

#[test]
fn anyone_who_looks_as_another_user_is_reported() {
    let result =
        [user::judge(998, Some(998)), user::judge(0, Some(998))].map(|finding| line(&finding));
    expect![[r#"
        Ok: looked at as boathook's own user (998)
        Warning: looked at as user 0, and boathook runs as user 998"#]]
    .assert_eq(&result.join("\n"));
}

#[test]
fn whoever_listens_on_an_address_or_on_all_of_them_keeps_it() {
    let header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    let row = |local: &str, state: &str| {
        format!(
            "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000   998        0 4711 1 0 100 0 0 10 0\n"
        )
    };
    let loopback = format!("{:08X}:1F90", u32::from_ne_bytes([127, 0, 0, 1]));
    let all_of_ipv6 = format!("{}:1F90", "0".repeat(32));
    let keeps = |local: &str, state: &str, wanted: &str| {
        let table = format!("{header}{}", row(local, state));
        sockets::listeners(&table)
            .any(|listener| Listener::keeps(listener, wanted.parse().unwrap()))
    };
    let listening = [
        (loopback.as_str(), "127.0.0.1:8080", true),
        (&loopback, "127.0.0.1:8081", false),
        (&loopback, "127.0.0.2:8080", false),
        (&loopback, "0.0.0.0:8080", true),
        (&loopback, "[::]:8080", true),
        ("00000000:1F90", "127.0.0.1:8080", true),
        ("00000000:1F90", "[::1]:8080", false),
        (&all_of_ipv6, "127.0.0.1:8080", true),
        (&all_of_ipv6, "[::1]:8080", true),
    ];
    for (local, wanted, expected) in listening {
        assert_eq!(keeps(local, "0A", wanted), expected, "{local} {wanted}");
        assert!(!keeps(local, "01", wanted), "a connection is no listener");
    }
}

#[test]
fn a_port_that_systemd_may_hold_for_a_boathook_that_does_not_start_is_not_called_taken() {
    let address = "127.0.0.1:8080".parse().unwrap();
    let program = |name: &str, id| Some(Program { name: name.to_owned(), id });
    let nothing = || ListenerAnswer::Nothing("it took too long".to_owned());
    let other = || ListenerAnswer::Other("/health is answered 200".to_owned());
    let cases = [
        (false, program("systemd", 1), nothing()),
        (false, None, nothing()),
        (false, program("nginx", 4711), nothing()),
        (false, program("systemd", 1), other()),
        (false, None, other()),
        (false, None, ListenerAnswer::Refused),
        (true, program("systemd", 1), nothing()),
        (true, None, nothing()),
    ];
    let result = cases.map(|(is_tls, program, answer)| {
        let place =
            ListenerAddress { key: "server.listen", address, is_tls, question: Question::Health };
        line(&listeners::judge(&place, program, &answer))
    });
    expect![[r#"
        Warning: 127.0.0.1:8080 (server.listen) is held by systemd (process 1), and nobody answers there: it took too long
        Warning: 127.0.0.1:8080 (server.listen) is held by another program, which only root may see, and nobody answers there: it took too long
        Error: 127.0.0.1:8080 (server.listen) is taken by nginx (process 4711): it took too long
        Error: 127.0.0.1:8080 (server.listen) is taken by systemd (process 1): /health is answered 200
        Error: 127.0.0.1:8080 (server.listen) is taken by another program, which only root may see: /health is answered 200
        Ok: nobody listens on 127.0.0.1:8080 (server.listen)
        Warning: 127.0.0.1:8080 (server.listen) is held by systemd (process 1), and nobody answers there: it took too long
        Ok: something listens on 127.0.0.1:8080 (server.listen); whether that is boathook is not known: it took too long"#]]
    .assert_eq(&result.join("\n"));
}
