//! The listener on loopback: what only reads, for who means this machine. And what browsers may do
//! with the pages.

use actix_web::{http::Method, test::TestRequest};
use boathook::server::OPERATOR;
use boathook_core::{
    deployment::DeploymentId,
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
    samples::{held, step_ended, step_failed, step_started},
};
use expect_test::expect;

/// A harness with one deployment that can be steered.
async fn harness() -> (Harness, String) {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&id, held("game")).await;
    (harness, id.to_string())
}

fn filled_in(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{verb:pause|resume|promote|abort}", "abort")
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_ordered_on_loopback() {
    let (harness, id) = harness().await;
    let before = harness.journal.last_sequence();
    for endpoint in OPERATOR {
        let path = filled_in(endpoint.path, &id);
        for method in [
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
            endpoint.method.clone(),
        ] {
            if method == Method::GET {
                continue;
            }
            let request = TestRequest::with_uri(&path)
                .method(method.clone())
                .insert_header(("Host", "localhost"))
                .set_json(serde_json::json!({}));
            let status = harness.visit(request).await.status;
            assert!(matches!(status, 404 | 405), "{method} {path}: {status}");
        }
    }
    assert_eq!(harness.journal.last_sequence(), before, "nothing was recorded");
}

#[tokio::test(start_paused = true)]
async fn whatever_can_be_read_on_the_socket_can_be_read_on_loopback() {
    let (harness, id) = harness().await;
    let ended = vec![
        step_failed("bad"),
        step_started(),
        step_ended(vec![]),
        Event::Deployment(DeploymentEvent::Ended { end: Outcome::RolledBack, reason: None }),
    ];
    harness.play(&DeploymentId::from_lookup(&id), ended).await;
    for endpoint in OPERATOR.iter().filter(|endpoint| endpoint.method == Method::GET) {
        let path = filled_in(endpoint.path, &id);
        let socket = harness.ask(&path).await;
        let loopback = harness.browse(&path).await;
        assert_eq!((socket.status, loopback.status), (200, 200), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_led_here_under_another_name_reads_nothing() {
    let (harness, _) = harness().await;
    let asked = |host: &str| {
        harness.visit(TestRequest::with_uri("/v1/deployments").insert_header(("Host", host)))
    };
    for host in
        ["127.0.0.1:8081", "127.0.0.1", "127.9.9.9:1", "localhost", "LOCALHOST:8081", "[::1]:8081"]
    {
        assert_eq!(asked(host).await.status, 200, "{host}");
    }
    let strange = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io:8081",
        "10.0.0.1:8081",
        "0.0.0.0:8081",
        "[::]:8081",
        "user@localhost:8081",
        "",
        "localhost, evil.example",
    ];
    for host in strange {
        let answer = asked(host).await;
        assert_eq!((answer.status, answer.text.contains("101-1")), (421, false), "{host}");
    }
    expect!["421 boathook answers here only to localhost, 127.0.0.1 and [::1]"]
        .assert_eq(&asked("evil.example").await.refusal());
    let twice = TestRequest::with_uri("/")
        .append_header(("Host", "localhost"))
        .append_header(("Host", "evil.example"));
    assert_eq!(harness.visit(twice).await.status, 421);
    assert_eq!(harness.visit(TestRequest::with_uri("/")).await.status, 421, "no name at all");
    let other = TestRequest::with_uri("http://evil.example/").insert_header(("Host", "localhost"));
    assert_eq!(harness.visit(other).await.status, 421, "another name in the request line");
}

#[tokio::test(start_paused = true)]
async fn pages_may_use_nothing_but_the_programs_own_files() {
    let (harness, id) = harness().await;
    for path in [
        "/",
        "/dashboard/environments",
        "/dashboard/deployments",
        "/dashboard/audit",
        &format!("/dashboard/deployments/{id}"),
    ] {
        let page = harness.browse(path).await;
        assert_eq!(
            page.header("content-security-policy"),
            Some(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                 img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
            ),
            "{path}"
        );
        let guards = [
            "cache-control",
            "x-content-type-options",
            "referrer-policy",
            "x-frame-options",
            "cross-origin-resource-policy",
        ];
        let guards = guards.map(|name| page.header(name).unwrap_or("-")).join(", ");
        assert_eq!(guards, "no-store, nosniff, no-referrer, DENY, same-origin", "{path}");
        assert_eq!(page.header("access-control-allow-origin"), None, "{path}");
    }
    let kinds =
        [harness.browse("/dashboard/style.css").await, harness.browse("/dashboard/live.js").await];
    assert_eq!(
        kinds.map(|file| file.header("content-type").unwrap().to_owned()),
        ["text/css; charset=utf-8", "text/javascript; charset=utf-8"]
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_page_is_reported_of_every_record_until_its_stream_has_lasted_long_enough() {
    let (harness, id) = harness().await;
    let (result, ()) = tokio::join!(harness.browse("/dashboard/events"), async {
        tokio::task::yield_now().await;
        harness.play(&DeploymentId::from_lookup(&id), vec![step_failed("bad")]).await;
    });
    assert_eq!(result.header("content-type"), Some("text/event-stream"));
    let frames = result.text.replace(&id, "ID").replace(": still here\n\n", "");
    expect![[r#"
        retry: 2000

        event: change
        data: {"deployment":"ID","what":"step_failed"}

    "#]]
    .assert_eq(&frames);
}
