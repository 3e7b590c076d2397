//! What a body may say: the spellings that real senders use, and an answer for each that cannot be
//! right.

use boathook_core::record::{DeploymentEvent, Event};
use boathook_testing::{
    delivery::{Answer, Delivery, body, body_with},
    harness::Harness,
};
use expect_test::expect;
use serde_json::{Value, json};

/// The answer to a good body with some fields changed.
async fn with(fields: Value) -> Answer {
    Harness::new().send(Delivery::of(&body_with(fields))).await
}

async fn refusals(all: impl IntoIterator<Item = Value>) -> String {
    let mut lines = Vec::new();
    for fields in all {
        lines.push(with(fields).await.refusal());
    }
    lines.join("\n")
}

/// The request as it stands in the record.
async fn recorded(fields: Value) -> Value {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body_with(fields))).await.id;
    let records = harness.journal.records(&id, 0).await.unwrap();
    let Event::Deployment(DeploymentEvent::Accepted(acceptance)) = &records[0].event else {
        panic!("begins with {:?}", records[0].event)
    };
    json!(acceptance.request)
}

#[tokio::test(start_paused = true)]
async fn the_record_keeps_what_the_sender_said_and_fields_that_nobody_knows() {
    let request = recorded(json!({"source": {"id": 7, "topics": ["a", null, 1.5]}})).await;
    expect![[r#"
        {
          "auto_promotion": false,
          "commit_sha": "4f2a9c1",
          "deployment_id": "101-1",
          "environment": "development",
          "extra": {
            "source": {
              "id": 7,
              "topics": [
                "a",
                null,
                1.5
              ]
            }
          },
          "image": "registry.example/acme/game:2",
          "namespace": "game",
          "service_name": "game",
          "strategy": "rolling",
          "timestamp": "2026-08-01T10:00:00Z",
          "triggered_by": "jane"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&request).unwrap());
}

#[tokio::test(start_paused = true)]
async fn short_environment_names_mean_the_long_ones() {
    assert_eq!(recorded(json!({"environment": "dev"})).await["environment"], "development");
}

#[tokio::test(start_paused = true)]
async fn a_bool_may_be_written_as_text_and_a_number_stands_for_an_id() {
    assert_eq!(recorded(json!({"auto_promotion": "true"})).await["auto_promotion"], true);
    assert_eq!(recorded(json!({"auto_promotion": "false"})).await["auto_promotion"], false);
    assert_eq!(
        recorded(json!({"deployment_id": 12_345_678_901_u64})).await["deployment_id"],
        "12345678901"
    );
}

#[tokio::test(start_paused = true)]
async fn a_traffic_split_becomes_stages_that_rise_to_100() {
    let stages = |split: Value| async move {
        recorded(json!({
            "deployment_strategy": "blue-green",
            "traffic_split": split,
        }))
        .await["traffic_split"]
            .clone()
    };
    assert_eq!(
        stages(json!({"initial": 10, "intermediate": 50, "final": 100})).await,
        json!([10, 50, 100])
    );
    assert_eq!(stages(json!({"final": 100})).await, json!([100]));
    assert_eq!(
        stages(json!({"initial": 100, "intermediate": 100, "final": 100})).await,
        json!([100])
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_or_null_text_for_people_counts_as_absent() {
    let request = recorded(json!({"commit_sha": "", "triggered_by": ""})).await;
    assert_eq!((request.get("commit_sha"), request.get("triggered_by")), (None, None));
    let mut with_null = body();
    with_null["deployment_strategy"] = Value::Null;
    assert_eq!(Harness::new().send(Delivery::of(&with_null)).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_no_reference_is_refused_with_what_is_wrong() {
    let images = [
        "registry.example/acme/game:${TAG}",
        "registry.example/acme/game 2",
        "-rm",
        "registry.example/Acme/game:2",
        "",
        "game:",
        "game@sha256:12",
    ];
    let refused = refusals(images.map(|image| json!({"image": image}))).await;
    expect![[r#"
        422 image `registry.example/acme/game:${TAG}` is not an image reference: it holds a placeholder that was never filled in
        422 image `registry.example/acme/game 2` is not an image reference: repository part `game 2` has a character outside a-z, 0-9, `.`, `_` and `-`
        422 image `-rm` is not an image reference: it begins with `-`
        422 image `registry.example/Acme/game:2` is not an image reference: repository part `Acme` has upper-case letters; repositories are lower case
        422 image `` is not an image reference: the repository is empty
        422 image `game:` is not an image reference: the tag `` is not 1 to 128 of A-Z, a-z, 0-9, `_`, `.` and `-`
        422 image `game@sha256:12` is not an image reference: `sha256:12` is not a digest: expected `sha256:` and 64 lower-case hex digits"#]].assert_eq(&refused);
}

#[tokio::test(start_paused = true)]
async fn a_field_that_cannot_be_right_is_named_with_what_to_do() {
    let fields = [
        json!({"image": null}),
        json!({"namespace": "Game"}),
        json!({"namespace": "-game"}),
        json!({"service_name": "g".repeat(55)}),
        json!({"service_name": 7}),
        json!({"deployment_id": ""}),
        json!({"deployment_id": "7".repeat(201)}),
        json!({"deployment_id": 1.5}),
        json!({"commit_sha": "c".repeat(201)}),
        json!({"repository": "game"}),
        json!({"repository": "https://github.com/acme/game"}),
        json!({"repository": 7}),
        json!({"triggered_by": "jane\u{1b}[2J"}),
        json!({"image": "registry.example/acme/game:2\u{0}"}),
        json!({"note": "a\u{0}b"}),
        json!({"note": {"deep": ["a\u{0}b"]}}),
        json!({"timestamp": "yesterday"}),
        json!({"timestamp": 1_785_578_400}),
        json!({"timestamp": "2026-08-01T10:00:00"}),
        json!({"auto_promotion": "yes"}),
        json!({"auto_promotion": 1}),
        json!({"deployment_strategy": "canary"}),
        json!({"traffic_split": [10, 100]}),
        json!({"traffic_split": {"initial": 10}}),
        json!({"traffic_split": {"initial": 50, "intermediate": 10, "final": 100}}),
        json!({"traffic_split": {"initial": 0, "final": 100}}),
        json!({"traffic_split": {"initial": 12.5, "final": 100}}),
        json!({"traffic_split": {"first": 10, "final": 100}}),
    ];
    expect![[r#"
        422 `image` is required
        422 namespace `Game` is not a DNS label: at most 63 of a-z, 0-9 and `-`, beginning with a letter or digit and ending with a letter or digit
        422 namespace `-game` is not a DNS label: at most 63 of a-z, 0-9 and `-`, beginning with a letter or digit and ending with a letter or digit
        422 service_name `ggggggggggggggggggggggggggggggggggggggggggggggggggggggg` is too long: with the traffic tag `boathook-` before it, it may have at most 54 characters
        422 `service_name` must be a text, found a number
        422 deployment_id must be 1 to 200 printable characters
        422 deployment_id must be 1 to 200 printable characters
        422 `deployment_id` must be a text, found a number
        422 `commit_sha` is longer than 200 characters
        422 `game` names no repository; write owner/name, such as acme/game
        422 `https://github.com/acme/game` names no repository; write owner/name, such as acme/game
        422 `repository` must be a text, found a number
        422 `triggered_by` holds the control character \u{1b}; send printable text
        422 `image` holds the control character \u{0}; send printable text
        422 `note` holds a NUL character; leave it out
        422 `note` holds a NUL character; leave it out
        422 `timestamp` must be a time in RFC 3339, such as 2026-08-01T12:00:00Z
        422 `timestamp` must be a text, found a number
        422 `timestamp` must be a time in RFC 3339, such as 2026-08-01T12:00:00Z
        422 `auto_promotion` must be true or false
        422 `auto_promotion` must be true or false
        422 unknown deployment_strategy `canary`; known: rolling, blue-green
        422 `traffic_split` must be an object such as {"initial":10,"intermediate":50,"final":100}, found an array
        422 `traffic_split` must rise and end at 100
        422 `traffic_split` must rise and end at 100
        422 `traffic_split.initial` must be a whole number from 1 to 100
        422 `traffic_split.initial` must be a whole number from 1 to 100
        422 `traffic_split` has no `first`; known: initial, intermediate, final"#]].assert_eq(&refusals(fields).await);
}

#[tokio::test(start_paused = true)]
async fn all_bad_fields_are_reported_at_once() {
    let answer = with(json!({"image": "Game", "namespace": null, "timestamp": "now"})).await;
    assert_eq!(answer.status, 422);
    expect![[r#"
        {
          "error": "image `Game` is not an image reference: repository part `Game` has upper-case letters; repositories are lower case; `namespace` is required; `timestamp` must be a time in RFC 3339, such as 2026-08-01T12:00:00Z",
          "fields": [
            {
              "field": "image",
              "message": "image `Game` is not an image reference: repository part `Game` has upper-case letters; repositories are lower case"
            },
            {
              "field": "namespace",
              "message": "`namespace` is required"
            },
            {
              "field": "timestamp",
              "message": "`timestamp` must be a time in RFC 3339, such as 2026-08-01T12:00:00Z"
            }
          ]
        }"#]].assert_eq(&serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_nobody_knows_is_not_found() {
    let refused =
        refusals(["prd", "..", "Production", "", "a\nb"].map(|name| json!({"environment": name})))
            .await;
    expect![[r#"
        404 unknown environment `prd`; known: development, staging, production
        404 unknown environment `..`; known: development, staging, production
        404 unknown environment `Production`; known: development, staging, production
        404 unknown environment ``; known: development, staging, production
        422 `environment` holds the control character \u{a}; send printable text"#]]
    .assert_eq(&refused);
}

#[tokio::test(start_paused = true)]
async fn path_and_body_must_name_the_same_environment() {
    let to =
        |path: &'static str| async { Harness::new().send(Delivery::of(&body()).to(path)).await };
    assert_eq!(to("/webhook/deploy/development").await.status, 202);
    assert_eq!(to("/webhook/deploy/dev").await.status, 202);
    let refused = [
        to("/webhook/deploy/staging").await,
        to("/webhook/deploy/prd").await,
        to("/webhook/deploy/..").await,
    ];
    expect![[r#"
        422 `environment` is development, but the path names staging; send both the same
        404 unknown environment `prd`; known: development, staging, production
        404 unknown environment `..`; known: development, staging, production"#]]
    .assert_eq(&refused.map(|answer| answer.refusal()).join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_one_json_object_is_malformed() {
    let whole = serde_json::to_string(&body()).unwrap();
    let deep = format!("{}{}", r#"{"a":"#.repeat(17), "}".repeat(17));
    let bodies = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "environment=development".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        format!("{whole} {whole}"),
        whole.replacen('{', r#"{"image":"registry.example/acme/game:1","#, 1),
        whole.replacen('{', r#"{"note":{"a":1,"a":2},"#, 1),
        whole.replacen('{', r#"{"\u0069mage":"registry.example/acme/game:1","#, 1),
        whole.replacen('{', r#"{"note":1e999,"#, 1),
        deep,
    ];
    let mut refused = Vec::new();
    for body in bodies {
        refused.push(Harness::new().send(Delivery::raw(body.as_bytes())).await.refusal());
    }
    expect![[r#"
        400 the body is not the JSON object of a deployment: EOF while parsing a value at line 1 column 0
        400 the body is not the JSON object of a deployment: expected a JSON object
        400 the body is not the JSON object of a deployment: expected a JSON object
        400 the body is not the JSON object of a deployment: expected value at line 1 column 1
        400 the body is not the JSON object of a deployment: EOF while parsing a string at line 1 column 118
        400 the body is not the JSON object of a deployment: trailing characters at line 1 column 238
        400 the body is not the JSON object of a deployment: the key `image` is given twice at line 1 column 145
        400 the body is not the JSON object of a deployment: the key `a` is given twice at line 1 column 18
        400 the body is not the JSON object of a deployment: the key `image` is given twice at line 1 column 150
        400 the body is not the JSON object of a deployment: number out of range at line 1 column 13
        400 the body is not the JSON object of a deployment: nested more than 16 deep at line 1 column 81"#]]
    .assert_eq(&refused.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_utf_8_is_malformed() {
    let answer = Harness::new().send(Delivery::raw(b"{\"image\":\"\xff\"}")).await;
    expect![
        "400 the body is not the JSON object of a deployment: invalid unicode code point at line 1 \
         column 11"
    ]
    .assert_eq(&answer.refusal());
}

#[tokio::test(start_paused = true)]
async fn a_mistyped_field_is_refused_with_the_one_that_is_meant() {
    let mistyped = [
        json!({"deployment_stratgy": "blue-green"}),
        json!({"deploymentStrategy": "blue-green"}),
        json!({"dryrun": true}),
        json!({"environment": null, "enviroment": "development"}),
        json!({"alow_older": true, "aproval": true}),
    ];
    expect![[r#"
        422 `deployment_stratgy` is no field here; did you mean `deployment_strategy`?
        422 `deploymentStrategy` is no field here; did you mean `deployment_strategy`?
        422 `dryrun` is no field here; did you mean `dry_run`?
        422 `environment` is required; `enviroment` is no field here; did you mean `environment`?
        422 `alow_older` is no field here; did you mean `allow_older`?; `aproval` is no field here; did you mean `approval`?"#]].assert_eq(&refusals(mistyped).await);
    let answer = with(json!({"deployment_stratgy": "rolling"})).await;
    assert_eq!(answer.json()["fields"][0]["field"], "deployment_stratgy", "{}", answer.text);
}

#[tokio::test(start_paused = true)]
async fn a_field_that_boathook_does_not_know_is_named_in_every_answer_to_its_sender() {
    let harness = Harness::new();
    let own = json!({"image_tag": "v2", "run": {"id": 7}});
    let ignored = async |fields: Value| {
        let answer = harness.send(Delivery::of(&body_with(fields))).await;
        (answer.status, answer.json()["ignored"].clone())
    };
    let both = json!(["image_tag", "run"]);
    assert_eq!(ignored(own.clone()).await, (202, both.clone()));
    assert_eq!(ignored(own.clone()).await, (200, both.clone()), "a repeat");
    let mut trial = own;
    trial["dry_run"] = json!(true);
    assert_eq!(ignored(trial).await, (200, both), "a dry run");
    assert_eq!(with(json!({})).await.json().get("ignored"), None, "nothing was ignored");
}

#[tokio::test(start_paused = true)]
async fn of_many_or_long_fields_that_nobody_knows_only_some_are_named_in_full() {
    let long = |number| (format!("{number:03}{}", "x".repeat(100)), json!(1));
    let answer = with(Value::Object((0..25).map(long).collect())).await;
    let ignored = answer.json()["ignored"].as_array().unwrap().clone();
    assert_eq!(ignored.len(), 20, "{}", answer.text);
    assert!(ignored.iter().all(|name| name.as_str().unwrap().len() == 64), "{}", answer.text);
}
