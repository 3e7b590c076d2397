//! What is taken out of other people's text before it is recorded, logged or shown.

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::redact::{MASK, Redactor, speaks_of_a_secret, without_shapes};
use expect_test::expect;
use serde_json::{Value, json};

/// A secret with everything in it that is written differently somewhere.
const AWKWARD: &str = "p\"ss w/rd\\&ü=1+2";

#[test]
fn text_that_has_the_shape_of_a_secret_is_hidden_and_the_rest_can_still_be_read() {
    let samples = [
        "error: You must be logged in to the server (Unauthorized); Authorization: Bearer \
         abc.def-ghi_123",
        "> Authorization: Basic dXNlcjpodW50ZXIy",
        "GET https://robot:hunter2@registry.example/v2/?token=abc&x=1",
        "failed to pull robot:hunter2@registry.example:5000/game:1: not found",
        "pull registry.example/game:2@sha256:aaaa and registry.example:5000/game",
        r#"{"password":"hun\"ter2","user":"robot","api_key":12345,"token":null}"#,
        r#"-p {\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"},{\"name\":\"MODE\",\"value\":\"fast\"}]}"#,
        r#"[{"name":"DB_PASSWORD","value":"hunter2"},{"name":"MODE","value":"fast"}]"#,
        "kubectl --token abcdef get pods --password=hunter2 -n game",
        "remote: ghp_0123456789abcdefghij and glpat-0123456789abcdefghij and AKIA0123456789ABCDEF",
        "jwt eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxIn0.c2lnbmF0dXJl ends",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----\n\
         after",
        "MIIEowIBAAKCAQEAxyz0\nMIIEowIBAAKCAQEAxyz1\n-----END PRIVATE KEY-----\nafter",
        "before\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        r#"Error from server (NotFound): secrets "game-tls" not found; secretName: game-tls; imagePullSecrets: [a]"#,
        "revision game-00002 is not ready: RevisionFailed: token-server-00001 exited with 1",
    ];
    expect![[r#"
        error: You must be logged in to the server (Unauthorized); Authorization: [redacted]
        > Authorization: [redacted]
        GET https://[redacted]@registry.example/v2/?token=[redacted]&x=1
        failed to pull robot:[redacted]@registry.example:5000/game:1: not found
        pull registry.example/game:2@sha256:aaaa and registry.example:5000/game
        {"password":"[redacted]","user":"robot","api_key":[redacted],"token":null}
        -p {\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"[redacted]\"},{\"name\":\"MODE\",\"value\":\"fast\"}]}
        [{"name":"DB_PASSWORD","value":"[redacted]"},{"name":"MODE","value":"fast"}]
        kubectl --token [redacted] get pods --password=[redacted] -n game
        remote: [redacted] and [redacted] and [redacted]
        jwt [redacted] ends
        [redacted]
        after
        [redacted]
        after
        before
        [redacted]
        aws_secret_access_key = [redacted]
        Error from server (NotFound): secrets "game-tls" not found; secretName: game-tls; imagePullSecrets: [a]
        revision game-00002 is not ready: RevisionFailed: token-server-00001 exited with 1"#]]
    .assert_eq(&samples.map(|text| without_shapes(text).into_owned()).join("\n"));
}

#[test]
fn names_show_what_is_to_be_hidden() {
    let hidden = [
        "DB_PASSWORD",
        "apiKey",
        "X-Auth-Token",
        "client-key-data",
        "GITHUB_TOKEN",
        "secret",
        "AWS_SECRET_ACCESS_KEY",
        "key",
        "pwd",
    ];
    let shown = [
        "KEYBOARD",
        "secretName",
        "TOKEN_FILE",
        "AWS_ACCESS_KEY_ID",
        "public_key",
        "monkeys",
        "author",
        "commit_sha",
        "PATH",
        "",
    ];
    assert_eq!(
        hidden.into_iter().filter(|name| !speaks_of_a_secret(name)).collect::<Vec<_>>(),
        [""; 0]
    );
    assert_eq!(
        shown.into_iter().filter(|name| speaks_of_a_secret(name)).collect::<Vec<_>>(),
        [""; 0]
    );
}

#[test]
fn a_known_secret_is_hidden_however_it_is_written() {
    let redactor = Redactor::knowing([AWKWARD]);
    let written = [
        AWKWARD.to_owned(),
        json!(AWKWARD).to_string(),
        json!({"x": json!(AWKWARD).to_string()})["x"].as_str().unwrap().to_owned(),
        STANDARD.encode(AWKWARD),
        STANDARD.encode(format!("me:{AWKWARD}")),
        STANDARD.encode(format!("you:{AWKWARD}:")),
        "p%22ss%20w%2Frd%5C%26%C3%BC%3D1%2B2".to_owned(),
        "p%22ss+w%2frd%5c%26%c3%bc%3d1%2b2".to_owned(),
        hex::encode(AWKWARD),
    ];
    for text in written {
        let clean = redactor.text(&text);
        assert!(clean.contains(MASK), "{text} was left as it is");
        assert!(clean.len() - MASK.len() <= 10, "{text} became {clean}");
    }
}

#[test]
fn secrets_that_overlap_leave_nothing_of_either_and_short_ones_are_no_secrets() {
    let redactor = Redactor::knowing(["abcdefgh12", "gh12xyzzzz", "dev"]);
    assert_eq!(
        redactor.text("to development: abcdefgh12xyzzzz."),
        format!("to development: {MASK}.")
    );
}

#[test]
fn every_handle_knows_what_one_of_them_learns() {
    let redactor = Redactor::default();
    let other = redactor.clone();
    redactor.learn(["correct horse battery"]);
    redactor.learn(["staple by the dozen"]);
    assert_eq!(other.text("correct horse battery, staple by the dozen"), format!("{MASK}, {MASK}"));
}

#[test]
fn a_flag_that_promises_a_secret_hides_the_word_after_it() {
    let arguments = [
        "kubectl",
        "--token",
        "abc",
        "--client-key=/x/y",
        "-n",
        "game",
        "--password",
        "--as",
        "jane",
    ]
    .map(str::to_owned);
    expect!["kubectl --token [redacted] --client-key=[redacted] -n game --password --as jane"]
        .assert_eq(&Redactor::default().arguments(&arguments).join(" "));
}

#[test]
fn in_an_object_everything_under_a_promising_name_is_hidden() {
    let object = json!({
        "ci": {"api_token": {"a": 1}, "keys": ["ok"], "runner": "r-1", "retries": 3},
        "env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "MODE", "value": "fast"}],
        "note": "see https://me:you@example.com/",
        "secret": null,
        "correct horse battery": 1,
    });
    let Value::Object(object) = object else { panic!("an object") };
    let clean = Redactor::knowing(["correct horse battery"]).object(object);
    expect![[r#"{"[redacted]":1,"ci":{"api_token":"[redacted]","keys":["ok"],"retries":3,"runner":"r-1"},"env":[{"name":"DB_PASSWORD","value":"[redacted]"},{"name":"MODE","value":"fast"}],"note":"see https://[redacted]@example.com/","secret":null}"#]].assert_eq(&Value::from(clean).to_string());
}

#[test]
fn the_entry_that_a_variable_is_taken_from_can_be_read() {
    let object = json!({
        "env": [
            {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"key": "level", "name": "settings"}}},
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"key": "ci", "name": "correct horse battery"}}},
        ],
        "key": "k-1",
    });
    let Value::Object(object) = object else { panic!("an object") };
    let clean = Redactor::knowing(["correct horse battery"]).object(object);
    expect![[r#"{"env":[{"name":"LEVEL","valueFrom":{"configMapKeyRef":{"key":"level","name":"settings"}}},{"name":"TOKEN","valueFrom":{"secretKeyRef":{"key":"ci","name":"[redacted]"}}}],"key":"[redacted]"}"#]].assert_eq(&Value::from(clean).to_string());
}

/// A mebibyte of each of these is the worst that the patterns can be given.
#[test]
fn a_mebibyte_of_anything_is_gone_through_once() {
    let redactor = Redactor::knowing(["aaaaaaaaaaaaaaaab", AWKWARD]);
    for piece in [
        "a",
        "a.",
        "-",
        "\\",
        "\"",
        "eyJ",
        "://",
        "token",
        "password=",
        "-----BEGIN PRIVATE KEY-----",
        "A:",
        "secretName: ",
        "secretName=",
        "token: no=token: ",
        "AAAAAAAAAAAAAAAA\n",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let clean = redactor.text(&text);
        assert!(clean.len() <= text.len() * 3, "{piece} grew to {}", clean.len());
    }
}

#[test]
fn a_reason_after_a_word_such_as_token_or_authorization_can_be_read() {
    let reasons = [
        "failed to resolve image: pull access denied, repository does not exist or may require \
         authorization: authorization failed: no basic auth credentials",
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request \
         to https://auth.docker.io/token?scope=x: 401 Unauthorized",
        "may require authorization: server message: insufficient_scope: authorization failed",
        "failed to fetch oauth token: Post \"https://auth.example/token\": dial tcp: lookup \
         auth.example: server misbehaving",
        "unable to retrieve some image pull secrets: couldn't get secret: not found",
        "exec: no token: EOF; invalid token: signature has expired; missing credentials: run \
         docker login",
        "bearer authorization required",
        "unexpected status from POST request to https://registry.example/token: 401 Unauthorized",
    ];
    assert_eq!(reasons.map(|text| without_shapes(text).into_owned()), reasons.map(str::to_owned));
}

#[test]
fn a_value_after_such_a_word_is_still_hidden() {
    let values = [
        "access token: abcdefghijkl",
        "password: hunter2",
        "password: correct horse",
        "token=unexpected",
        "Authorization: Bearer not.a.word",
        "authorization=no",
        r#"{"token": "not found"}"#,
        "cookie: unexpectedly",
        "bearer authorizations",
    ];
    expect![[r#"
        access token: [redacted]
        password: [redacted]
        password: [redacted] horse
        token=[redacted]
        Authorization: [redacted]
        authorization=[redacted]
        {"token": "[redacted]"}
        cookie: [redacted]
        bearer [redacted]"#]]
    .assert_eq(&values.map(|text| without_shapes(text).into_owned()).join("\n"));
}

/// Messages of kubectl, kubelet, containerd, crictl, registries, git, gpg and systemd that speak of
/// secrets and hold none.
const MESSAGES: &str = include_str!("../../recordings/messages-about-secrets.txt");

#[test]
fn a_name_after_a_value_does_not_make_a_sentence_of_it() {
    assert_eq!(
        ["secret: hunterhunter user: bob", "token: abcdefgh retries=3"].map(without_shapes),
        ["secret: [redacted] user: bob", "token: [redacted] retries=3"]
    );
}

#[test]
fn messages_about_secrets_that_hold_none_can_be_read_whole() {
    assert!(MESSAGES.lines().count() >= 60);
    let changed: Vec<_> = MESSAGES
        .lines()
        .map(|line| (line, without_shapes(line)))
        .filter(|(line, clean)| line != clean)
        .collect();
    assert_eq!(changed, []);
}

#[test]
fn a_secret_planted_in_such_a_message_is_hidden() {
    let planted = [
        "xK9qLw2mPz7RtVb4",
        "correcthorsebatterystaple",
        "QwErTyUiOpAsDfGh",
        "ghp_0123456789abcdefghij",
    ];
    let places = [
        "failed to fetch oauth token: SECRET is not valid",
        "the credential: SECRET has expired",
        "secret.development: SECRET\nPermission denied",
        r#"error when creating "db-secret.yaml": token: SECRET not found"#,
        "fatal: could not read Password for 'https://SECRET@github.com': terminal prompts disabled",
        "kubectl get pods --token SECRET is refused",
        "kubectl '--client-secret SECRET' is refused",
        "registry credentials: SECRET",
        r#""credentials.json":"SECRET""#,
        "GOOGLE_CREDENTIALS_JSON=SECRET",
        r#"{"msg":"run:\n--token SECRET"}"#,
        "\u{1b}[31m--password SECRET",
        "invalid token: SECRET: expired",
    ];
    for (secret, place) in
        planted.iter().flat_map(|secret| places.iter().map(move |place| (secret, place)))
    {
        let text = place.replace("SECRET", secret);
        assert!(!without_shapes(&text).contains(secret), "{text} was left as it is");
    }
}
