//! The body of a webhook.

use boathook::{
    intake::{Payload, Refusal},
    redact::Redactor,
};
use boathook_core::deployment::{DeployRequest, ExternalId, Strategy as DeploymentStrategy};
use boathook_testing::{delivery::body, properties::cases, shipped::environments};
use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest},
    sample::{Index, select},
};
use serde_json::{Value, json};

const FIELDS: &[&str] = &[
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
    "approval",
    "initial",
    "intermediate",
    "final",
    "token",
    "ci",
];
const WORDS: &[&str] = &[
    "dev",
    "production",
    "game",
    "registry.example/game:2",
    "true",
    "rolling",
    "2026-08-01T10:00:00Z",
    "\0",
    "-x",
    "",
];

/// Bytes that are nearly JSON.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\u0000",
        "\\ud800",
        "1e999",
        "-0",
        "null",
        "image",
        "environment",
        " ",
        "\\",
        "18446744073709551616",
    ];
    vec(select(pieces), 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

fn assert_told(refusal: &Refusal) {
    assert!(!refusal.to_string().is_empty());
}

fn request_of(payload: Payload) -> DeployRequest {
    payload
        .without_secrets(&Redactor::default())
        .into_request(DeploymentStrategy::Rolling, ExternalId::parse("sha256:0").unwrap())
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_bytes_are_taken_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        if let Err(refusal) = Payload::parse(&bytes, &environments()) { assert_told(&refusal) }
    }

    #[test]
    fn anything_that_is_nearly_json_is_taken_or_refused(bytes in nearly_json()) {
        if let Err(refusal) = Payload::parse(&bytes, &environments()) { assert_told(&refusal) }
    }

    #[test]
    fn a_good_body_with_a_byte_changed_is_taken_or_refused(at: Index, byte: u8) {
        let mut bytes = serde_json::to_vec(&body()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(refusal) = Payload::parse(&bytes, &environments()) { assert_told(&refusal) }
    }

    #[test]
    fn what_is_taken_can_be_recorded_and_read_again(
        field in select(FIELDS),
        value in super::json(WORDS),
    ) {
        let mut body = body();
        body[field] = value;
        match Payload::parse(&serde_json::to_vec(&body).unwrap(), &environments()) {
            Err(refusal) => assert_told(&refusal),
            Ok(payload) => {
                let request = request_of(payload);
                let written = serde_json::to_string(&request).unwrap();
                let read: DeployRequest = serde_json::from_str(&written).unwrap();
                prop_assert!(read.means_the_same_as(&request));
                prop_assert_eq!(read.identity(), request.identity());
            }
        }
    }

    #[test]
    fn a_split_that_is_taken_rises_and_ends_at_all(shares in vec(
        select(vec![
            json!(0),
            json!(1),
            json!(10),
            json!(50),
            json!(100),
            json!(101),
            json!(-1),
            json!(0.5),
            json!("50"),
        ]),
        3,
    )) {
        let split = json!({"initial": shares[0], "intermediate": shares[1], "final": shares[2]});
        let mut body = body();
        body["traffic_split"] = split.clone();
        if let Ok(payload) = Payload::parse(&serde_json::to_vec(&body).unwrap(), &environments()) {
            let shares: Vec<u8> = payload.traffic_split.iter().map(|percent| percent.get()).collect();
            prop_assert!(shares.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", shares);
            prop_assert!(shares.first() > Some(&0) && shares.last() == Some(&100), "{:?}", shares);
            prop_assert!(split.as_object().unwrap().values().all(Value::is_u64));
        }
    }
}
