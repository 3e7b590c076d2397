//! Which failures are tried again: the one table, read by the cluster's programs, by `boathook
//! send`, by promotion and by the action.

use std::time::Duration;

use boathook_core::failure::{
    Class, LONGEST_RETRY_AFTER, is_refused_login, of_message, of_status, reasons, retry_after,
    shorten,
};

#[test]
fn answers_of_edges_and_tunnels_that_pass_are_distinguished_from_refusals() {
    let transient: Vec<u16> = (100..600).filter(|code| of_status(*code).is_transient()).collect();
    let mut expected = vec![408, 429, 500, 502, 503, 504];
    expected.extend(520..=530);
    assert_eq!(transient, expected);
}

#[test]
fn what_containerd_says_of_a_registry_that_is_away_or_busy_passes() {
    let said = [
        "rpc error: code = Unknown desc = failed to pull and unpack image \"r.example/a:1\": \
         failed to resolve image: unexpected status from HEAD request to \
         https://r.example/v2/a/manifests/1: 500 Internal Server Error",
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD \
         request to https://r.example/v2/a/manifests/1?ns=docker.io: 504 Gateway Time-out",
        "rpc error: code = Unknown desc = failed to copy: httpReadSeeker: failed open: unexpected \
         status code https://r.example/v2/a/blobs/sha256:ab: 503 Service Unavailable",
        "rpc error: code = Unavailable desc = failed to resolve image: unexpected status from HEAD \
         request to https://r.example/v2/a/manifests/1: 429 Too Many Requests",
        "rpc error: code = Unknown desc = unexpected status from GET request to \
         https://r.example/v2/: 522 status code 522",
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request \
         to https://auth.r.example/token?scope=x: 502 Bad Gateway",
        "failed to authorize: failed to fetch anonymous token: Get \
         \"https://auth.r.example/token\": dial tcp: lookup auth.r.example on 127.0.0.53:53: \
         server misbehaving",
        "rpc error: code = Unknown desc = failed to do request: Head \
         \"https://r.example/v2/a/manifests/1\": EOF",
        "rpc error: code = Unknown desc = failed to copy: read tcp 10.0.0.1:5->10.0.0.2:443: read: \
         connection reset by peer",
        "failed to do request: Head \"https://r.example/v2/a/manifests/eof\": net/http: TLS \
         handshake timeout",
        "dial tcp: lookup r.example on 127.0.0.53:53: no such host",
        "dial tcp: lookup r.example: Temporary failure in name resolution",
        "http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR",
        "error pulling image: error parsing HTTP 503 response body: invalid character '<' looking \
         for beginning of value: \"<html>\"",
        "Error response from daemon: error parsing HTTP 429 response body: unexpected end of JSON \
         input: \"\"",
        "error parsing HTTP 200 response body: unexpected EOF",
        "toomanyrequests: You have reached your pull rate limit. \
         https://www.docker.com/increase-rate-limit",
        "rpc error: code = DeadlineExceeded desc = failed to pull and unpack image \
         \"r.example/a:1\": context deadline exceeded",
        "validate CRI v1 image API for endpoint \"unix:///run/k3s/containerd/containerd.sock\": \
         rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while \
         dialing: dial unix /run/k3s/containerd/containerd.sock: connect: no such file or \
         directory\"",
    ];
    for text in said {
        assert_eq!(of_message(text), Some(Class::Transient), "{text}");
        assert!(!is_refused_login(text), "{text}");
    }
}

#[test]
fn what_knative_says_of_a_registry_that_is_away_passes_and_an_absent_tag_does_not() {
    let away = "Unable to fetch image \"127.0.0.1:5999/rec-app:v1\": failed to resolve image to \
                digest: Get \"https://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: \
                connection refused; Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: \
                connect: connection refused.";
    let absent = "Unable to fetch image \"127.0.0.1:5000/rec-app:absent\": failed to resolve image \
                  to digest: HEAD http://127.0.0.1:5000/v2/rec-app/manifests/absent: unexpected \
                  status code 404 Not Found (HEAD responses have no body, use GET for details).";
    let broken = "failed to resolve image to digest: GET https://r.example/v2/a/manifests/1: \
                  unexpected status code 500 Internal Server Error";
    let unknown = "failed to resolve image to digest: GET https://r.example/v2/a/manifests/1: \
                   MANIFEST_UNKNOWN: manifest unknown; map[Tag:1]";
    let said = [away, absent, broken, unknown].map(of_message);
    assert_eq!(
        said,
        [Class::Transient, Class::Permanent, Class::Transient, Class::Permanent].map(Some)
    );
}

#[test]
fn a_registry_that_wants_another_login_is_permanent_and_known_as_that() {
    let said = [
        "rpc error: code = Unknown desc = failed to resolve image: unexpected status from HEAD \
         request to https://r.example/v2/a/manifests/1: 403 Forbidden",
        "failed to authorize: failed to fetch oauth token: unexpected status from POST request to \
         https://r.example/token: 401 Unauthorized",
        "failed to resolve image: pull access denied, repository does not exist or may require \
         authorization: authorization failed: no basic auth credentials",
        "may require authorization: server message: insufficient_scope: authorization failed",
        "GET https://r.example/v2/a/manifests/1: UNAUTHORIZED: authentication required; []",
        "error parsing HTTP 403 response body: invalid character '<' looking for beginning of \
         value: \"<html>\"",
        "Error response from daemon: denied: requested access to the resource is denied",
    ];
    for text in said {
        assert_eq!(
            (of_message(text), is_refused_login(text)),
            (Some(Class::Permanent), true),
            "{text}"
        );
    }
}

#[test]
fn numbers_and_words_in_names_are_no_signs() {
    let said = [
        "rpc error: code = NotFound desc = failed to resolve image: registry.example/eof/a:503: \
         not found",
        "rpc error: code = NotFound desc = failed to pull and unpack image \
         \"registry.example/EOF:500\": not found",
        "rpc error: code = InvalidArgument desc = failed to resolve image \"r.example/a:eof-1\": \
         invalid reference format",
        "rpc error: code = NotFound desc = r.example/status/503:404: not found",
    ];
    for text in said {
        assert_eq!(of_message(text), Some(Class::Permanent), "{text}");
    }
    assert_eq!(of_message("no such image \"r.example/a:EOF\" present"), None);
}

#[test]
fn certificates_and_the_wrong_protocol_are_permanent_whatever_else_is_said() {
    let said = [
        "Unable to connect to the server: tls: failed to verify certificate: x509: certificate \
         signed by unknown authority",
        "failed to do request: Head \"https://r.example:5000/v2/a/manifests/1\": http: server gave \
         HTTP response to HTTPS client",
        "error: error parsing manifests/x.json: unexpected EOF",
    ];
    for text in said {
        assert_eq!(of_message(text), Some(Class::Permanent), "{text}");
    }
}

#[test]
fn every_reason_in_kubectls_words_is_found() {
    let said = "Error from server (NotFound): error when creating \"a.json\": namespaces \"game\" \
                not found\nWarning: x\nError from server (Forbidden): services is forbidden\n\
                error: You must be logged in to the server (Unauthorized)\n\
                error: Get \"https://10.0.0.1\": context deadline exceeded (Client.Timeout \
                exceeded while awaiting headers)\n";
    assert_eq!(reasons(said).collect::<Vec<_>>(), ["NotFound", "Forbidden", "Unauthorized"]);
}

#[test]
fn a_retry_after_is_read_as_seconds_or_date_and_never_waits_for_longer_than_two_minutes() {
    let now = "2026-11-28T12:00:00Z".parse().unwrap();
    let read = |value| retry_after(value, now);
    assert_eq!(read(" 7 "), Some(Duration::from_secs(7)));
    assert_eq!(read("Sat, 28 Nov 2026 12:00:30 GMT"), Some(Duration::from_secs(30)));
    assert_eq!(read("Sat, 28 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!(
        [read("86400"), read("Sun, 29 Nov 2026 12:00:00 GMT")],
        [Some(LONGEST_RETRY_AFTER); 2]
    );
    assert_eq!(read("18446744073709551615"), Some(LONGEST_RETRY_AFTER));
    assert_eq!([read("-1"), read("soon"), read("")], [None; 3]);
}

#[test]
fn a_long_message_keeps_its_beginning_and_the_reason_at_its_end() {
    let text = format!(
        "failed to pull {}: authorization failed: no basic auth credentials",
        "x".repeat(5000)
    );
    let short = shorten(&text, 300);
    assert!(
        short.starts_with("failed to pull xxx")
            && short.ends_with("xxx: authorization failed: no basic auth credentials"),
        "{short}"
    );
    assert!(short.chars().count() < 350 && short.contains(" characters left out ..."), "{short}");
    assert_eq!(shorten("as it is \u{fc}", 10), "as it is \u{fc}");
}
