//! Signed bodies that no sender would write: anyone who has a secret still cannot make boathook
//! stumble.

use boathook::server::BodyLimits;
use boathook_testing::{
    delivery::{Answer, Delivery, body},
    harness::Harness,
};
use serde_json::{Value, json};

/// As many bytes as the shipped config lets a body have.
const CAP: usize = 256 << 10;

async fn answer(body: &[u8]) -> Answer {
    let mut harness = Harness::new();
    harness.public.body = BodyLimits { max_bytes: CAP, ..harness.public.body };
    let answer = harness.send(Delivery::raw(body)).await;
    let kept = if answer.status == 202 { 1 } else { 0 };
    assert_eq!(harness.everything().await.len(), kept, "{}", answer.text);
    answer
}

/// The good body with this text in place of a field's value.
fn with(field: &str, text: &str) -> String {
    let mut body = body();
    body[field] = json!("<here>");
    body.to_string().replace("\"<here>\"", text)
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_value_in_every_field_has_an_answer() {
    let fields = [
        "environment",
        "image",
        "namespace",
        "service_name",
        "deployment_id",
        "commit_sha",
        "repository",
        "triggered_by",
        "timestamp",
        "auto_promotion",
        "deployment_strategy",
        "traffic_split",
        "confirmation",
        "allow_older",
        "approval",
        "unknown",
    ];
    let values = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e308",
        "18446744073709551616",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "[]",
        "[null]",
        "[[]]",
        "{}",
        "{\"\":{}}",
        "{\"initial\":null}",
        "{\"initial\":[]}",
        "{\"final\":1e308}",
        "\"-1-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.999999999Z\"",
        "\"-009999-01-02T01:59:59Z\"",
        "\"2026-08-01T10:00:60Z\"",
    ];
    for field in fields {
        for value in values {
            let answer = answer(with(field, value).as_bytes()).await;
            assert!(
                matches!(answer.status, 202 | 400 | 404 | 409 | 422),
                "{field}: {value}: {answer:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_of_a_surrogate_is_malformed() {
    for text in [r#""\ud800""#, r#""\ud800\ud800""#, r#""\udc00""#] {
        assert_eq!(answer(with("commit_sha", text).as_bytes()).await.status, 400, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn huge_numbers_are_reported_and_never_become_others() {
    for number in [
        "1e309",
        "-1e309",
        &format!("1e{}", "9".repeat(1000)),
        &"9".repeat(200_000),
        &format!("0.{}", "9".repeat(200_000)),
    ] {
        let field = answer(with("deployment_id", number).as_bytes()).await;
        let unknown = answer(with("note", number).as_bytes()).await;
        assert!(matches!(field.status, 400 | 422), "{:.20}: {:.200}", number, field.text);
        assert!(matches!(unknown.status, 400 | 202), "{:.20}: {:.200}", number, unknown.text);
        assert!(field.text.len() < 1000, "an answer does not repeat what is long");
    }
}

#[tokio::test(start_paused = true)]
async fn nesting_as_deep_as_the_cap_allows_is_malformed() {
    for (open, middle, close) in [("[", "", "]"), ("{\"a\":", "0", "}")] {
        let depth = (CAP - 1000) / (open.len() + close.len());
        let nested = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        let inside = answer(with("note", &nested).as_bytes()).await;
        assert_eq!(
            (inside.status, inside.text.contains("nested more than 16 deep")),
            (400, true),
            "{:.200}",
            inside.text
        );
        assert_eq!(answer(nested.as_bytes()).await.status, 400);
        assert_eq!(answer(open.repeat(CAP / open.len()).as_bytes()).await.status, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_fields_and_as_long_texts_as_the_cap_allows_are_answered() {
    let many: Value = (0..10_000)
        .map(|number| (format!("f{number}"), json!(number)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let mut full = body();
    full.as_object_mut().unwrap().extend(many.as_object().unwrap().clone());
    assert_eq!(answer(full.to_string().as_bytes()).await.status, 202);
    for field in [
        "image",
        "namespace",
        "service_name",
        "deployment_id",
        "commit_sha",
        "timestamp",
        "deployment_strategy",
    ] {
        let answer = answer(with(field, &format!("\"{}\"", "a".repeat(200_000))).as_bytes()).await;
        assert_eq!(answer.status, 422, "{field}");
        assert!(answer.text.len() < 2000, "{field}: an answer does not repeat what is long");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_text_are_malformed_wherever_they_stand() {
    let good = body().to_string().into_bytes();
    for bytes in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\0"] {
        for at in [0, 2, good.len() / 2, good.len() - 1, good.len()] {
            let body = [&good[..at], bytes, &good[at..]].concat();
            assert!(matches!(answer(&body).await.status, 400 | 422), "{bytes:?} at {at}");
        }
    }
}
