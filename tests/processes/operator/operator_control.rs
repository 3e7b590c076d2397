//! Steering a deployment from the command line and the socket: what is done, what is refused, and
//! who it is said to have been.

use boathook::{config::Approve, journal::Summary};
use boathook_core::{
    deployment::{Actor, DeploymentId, Requester},
    record::{DeploymentEvent, Event, Failure, Outcome, Reason, Record, StepEvent},
    rollout::Action,
    state::State,
};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
    samples::{plan, step_ended, step_failed, step_started},
};
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::listening::{Listening, Ran, shell};

async fn run(listening: &Listening, line: &str) -> Ran {
    shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[]).await
}

/// What the binary did for this line.
async fn transcript(listening: &Listening, line: &str) -> String {
    run(listening, line).await.transcript()
}

async fn steered(harness: &Harness) -> Vec<(Action, Requester)> {
    steered_of(harness, &harness.newest().await.id).await
}

async fn steered_of(harness: &Harness, id: &DeploymentId) -> Vec<(Action, Requester)> {
    let records = harness.journal.records(id, 0).await.unwrap();
    let steered = |Record { event, .. }| match event {
        Event::Deployment(DeploymentEvent::Steered { action, by }) => Some((action, by)),
        _ => None,
    };
    records.into_iter().filter_map(steered).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_resume_promote_and_abort_are_recorded_with_user_and_note() {
    let listening = Listening::start();
    let id = listening.harness.accept(Delivery::of(&body_now())).await.id;
    listening
        .harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                Event::Deployment(DeploymentEvent::Planned { plan: plan("game") }),
                step_started(),
            ],
        )
        .await;
    let lines = [
        "pause 101-1 --note 'looks slow'",
        "resume 101-1",
        "promote 101-1",
        "promote --full 101-1",
        "abort 101-1 --note 'login broken'",
    ];
    let mut all = Vec::new();
    for line in lines {
        all.push(transcript(&listening, line).await);
    }
    expect![[r#"
        exit 0
        --- stdout
        paused 101-1, game/game in development
        --- stderr

        exit 0
        --- stdout
        resumed 101-1, game/game in development
        --- stderr

        exit 0
        --- stdout
        promoted past its hold: 101-1, game/game in development
        --- stderr

        exit 0
        --- stdout
        promoted to 100 %: 101-1, game/game in development
        --- stderr

        exit 0
        --- stdout
        aborted: 101-1, game/game in development
        --- stderr
    "#]]
    .assert_eq(&all.join("\n"));
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let expected = [
        (Action::Pause, Actor::new(&user).noting("looks slow").into()),
        (Action::Resume, Requester::operator(&user)),
        (Action::Promote, Requester::operator(&user)),
        (Action::PromoteFully, Requester::operator(&user)),
        (Action::Abort, Actor::new(&user).noting("login broken").into()),
    ];
    assert_eq!(steered(&listening.harness).await, expected);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_deployment_is_listed_as_paused() {
    let listening = Listening::start();
    let id = listening.harness.accept(Delivery::of(&body_now())).await.id;
    listening
        .harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                Event::Deployment(DeploymentEvent::Planned { plan: plan("game") }),
                step_started(),
            ],
        )
        .await;
    let status =
        async || transcript(&listening, "list --json").await.matches("\"paused\": true").count();
    assert_eq!(status().await, 0);
    transcript(&listening, "pause 101-1").await;
    assert_eq!(status().await, 1);
    let listed = transcript(&listening, "list").await;
    assert!(listed.contains("  deploying, paused  "), "{listed}");
    let page = listening.harness.ask("/dashboard/deployments").await.text;
    assert!(page.contains("<span class=\"badge paused\">paused</span>"), "{page}");
    transcript(&listening, "resume 101-1").await;
    assert_eq!(status().await, 0);
    listening.stop().await;
}

/// A page without its element of that name.
fn without(page: &str, element: &str) -> String {
    let begins = page.split_once(&format!("<{element}>"));
    let ends = page.split_once(&format!("</{element}>"));
    match (begins, ends) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => page.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_is_recorded_without_its_secret_and_who_has_the_link_reads_neither_note_nor_user() {
    let listening = Listening::start();
    listening.harness.public.admission.redactor.learn([b"note-secret-5a5a5a"]);
    let deployment = listening.harness.accept(Delivery::of(&body_now())).await;
    let aborted = run(
        &listening,
        "abort 101-1 --note 'slow; while rolling back: login says note-secret-5a5a5a'",
    )
    .await;
    assert_eq!(aborted.code, 0, "{}", aborted.transcript());
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let by = Actor::new(&user).noting("slow; while rolling back: login says [redacted]");
    assert_eq!(steered(&listening.harness).await, [(Action::Abort, by.clone().into())]);
    let reason = Reason::AbortedBeforeStart { by: by.into() };
    listening
        .harness
        .play(
            &deployment.id,
            vec![Event::Deployment(DeploymentEvent::Ended {
                end: Outcome::Aborted,
                reason: Some(reason),
            })],
        )
        .await;

    let link = |more: &str| {
        format!("/deployments/{}{more}?token={}", deployment.id, deployment.token.reveal())
    };
    let repeat = || Delivery::of(&body_now());
    let deliveries = [
        Delivery::get(&link("")),
        Delivery::get(&link("")).header("Accept", "text/html"),
        Delivery::get(&link("/events")),
        repeat(),
        repeat().header("Prefer", "wait=1"),
    ];
    for delivery in deliveries {
        let answer = listening.harness.send(delivery).await.text;
        // Style and script speak of the document's root, and the user may have that name.
        let result = without(&without(&answer, "style"), "script");
        assert!(
            result.contains("aborted by an operator")
                && !result.contains("login")
                && !result.contains(&user),
            "{result}"
        );
    }
    let retried = run(&listening, "retry 101-1 --note 'login again'").await;
    assert_eq!(retried.code, 0, "{}", retried.transcript());
    let attempt = listening.harness.newest().await;
    let result = listening
        .harness
        .get(&format!("/deployments/{}?token={}", attempt.id, attempt.token.reveal()))
        .await;
    assert_eq!(result.json()["origin"]["by"], json!({"user": "an operator"}), "{}", result.text);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_is_refused_with_what_can() {
    let listening = Listening::start();
    let mut all = vec![transcript(&listening, "abort 999").await];
    let id = listening.harness.accept(Delivery::of(&body_now())).await.id;
    all.push(transcript(&listening, "pause 101-1").await);
    let failed = [
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: plan("game") }),
        step_started(),
        step_ended(Vec::new()),
    ];
    listening
        .harness
        .play(&id, failed.into_iter().chain([step_started(), step_failed("it is bad")]).collect())
        .await;
    all.push(transcript(&listening, "abort 101-1").await);
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: there is no deployment `999`; boathook list shows those that are known
        exit 2
        --- stdout
        --- stderr
        error: cannot pause: the deployment is queued; possible now: abort
        exit 2
        --- stdout
        --- stderr
        error: cannot abort: the deployment is rolling back; nothing can be asked of it any more"#]]
    .assert_eq(&all.join("\n"));
    assert_eq!(steered(&listening.harness).await, []);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_makes_no_sense_is_reported_what_is_wrong_with_it() {
    let listening = Listening::start();
    listening.harness.accept(Delivery::of(&body_now())).await;
    let mut answers = Vec::new();
    for (verb, body) in [
        ("pause", json!({"full": true}).to_string()),
        ("promote", json!({"fully": true}).to_string()),
        ("abort", "{".to_owned()),
        ("abort", json!({"note": "x".repeat(501)}).to_string()),
        ("abort", json!({"note": "x".repeat(5000)}).to_string()),
        ("restart", "{}".to_owned()),
    ] {
        let answer = post(&listening, &format!("/v1/deployments/101-1/{verb}"), body).await;
        answers.push(answer);
    }
    expect![[r#"
        400 {"error":"only promote can be `full`"}
        422 {"error":"there is no field `fully` here; did you mean `full`?"}
        400 {"error":"the body is not what is expected here: EOF while parsing an object at line 1 column 1"}
        400 {"error":"a note has at most 500 characters"}
        413 {"error":"the body is larger than 4096 bytes"}
        404 {"error":"not found"}"#]]
    .assert_eq(&answers.join("\n"));
    assert_eq!(steered(&listening.harness).await, []);
    listening.stop().await;
}

#[tokio::test]
async fn nothing_can_be_asked_where_nobody_knows_who_asks() {
    let harness = Harness::new();
    let id = harness.accept(Delivery::of(&body())).await.id;
    let answer = harness.post(&format!("/v1/deployments/{id}/abort"), json!({})).await;
    assert_eq!(
        answer.refusal(),
        "403 changes are accepted only on boathook's Unix socket, where the caller's user is known"
    );
    assert_eq!(steered(&harness).await, []);
}

fn body_now() -> Value {
    boathook_testing::delivery::body_with(json!({"timestamp": null}))
}

/// Status and answer, in one line.
async fn post(listening: &Listening, path: &str, body: String) -> String {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client =
        reqwest::Client::builder().unix_socket(listening.socket.as_path()).build().unwrap();
    let request = client
        .post(format!("http://boathook{path}"))
        .header("Content-Type", "application/json")
        .body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    format!("{status} {}", answer.text().await.unwrap())
}

/// Everything that a sender can read of a deployment. The stream of events is read only where it has
/// an end.
async fn read_by_sender(listening: &Listening, deployment: &Summary) -> String {
    let link = |more: &str| {
        format!("/deployments/{}{more}?token={}", deployment.id, deployment.token.reveal())
    };
    let repeat = || Delivery::of(&body_of(deployment.deployment_id.as_str()));
    let mut read = String::new();
    let state = listening.harness.journal.deployment(&deployment.id).await.unwrap().unwrap().state;
    let events = matches!(state, State::Ended(_)).then(|| Delivery::get(&link("/events")));
    let others = [
        Delivery::get(&link("")),
        Delivery::get(&link("")).header("Accept", "text/html"),
        repeat(),
        repeat().header("Prefer", "wait=1"),
    ];
    for delivery in events.into_iter().chain(others) {
        read += &listening.harness.send(delivery).await.text;
    }
    read
}

fn body_of(deployment_id: &str) -> Value {
    let mut body = body_now();
    body["deployment_id"] = json!(deployment_id);
    body
}

/// Notes that are orders hold `hush`; those that answer the sender hold `dear sender`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_reads_the_notes_that_answer_it_and_no_note_of_an_order() {
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always
    });
    let harness = &listening.harness;
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let order = async |line: &str| {
        let ran = run(&listening, line).await;
        assert_eq!(ran.code, 0, "{line}: {}", ran.transcript());
    };

    order("lock development --reason 'dear sender: migration'").await;
    let refused = harness.send(Delivery::of(&body_of("1"))).await.text;
    assert!(refused.contains("dear sender: migration") && refused.contains(&user), "{refused}");
    let lock = harness.journal.locks()[0].id.clone();
    order("unlock development --note 'hush, the migration failed'").await;
    for more in ["", "/events"] {
        let of_lock = harness.get(&format!("/deployments/{lock}{more}?token=")).await;
        assert_eq!(of_lock.status, 404, "{}", of_lock.text);
    }

    let rejected = harness.accept(Delivery::of(&body_of("1"))).await;
    order("reject 1 --note 'dear sender: not on a Friday'").await;
    let end = DeploymentEvent::Ended { end: Outcome::Rejected, reason: None };
    harness.play(&rejected.id, vec![end.into()]).await;
    let read = read_by_sender(&listening, &rejected).await;
    assert!(read.contains(&format!("rejected by {user}: dear sender: not on a Friday")), "{read}");

    let first = harness.accept(Delivery::of(&body_of("2"))).await;
    order("approve 2 --note 'dear sender: go'").await;
    let under_way = [
        DeploymentEvent::Started.into(),
        DeploymentEvent::Planned { plan: plan("game") }.into(),
        step_started(),
    ];
    harness.play(&first.id, under_way.to_vec()).await;
    for line in ["pause", "resume", "promote", "promote --full", "abort"] {
        order(&format!("{line} 2 --note 'hush); aborted by a newer request, 01; hush'")).await;
    }
    let aborted = async || {
        let by = steered_of(harness, &first.id).await.pop().unwrap().1;
        StepEvent::StepFailed { failure: Failure::Aborted { by } }.into()
    };
    let failed = StepEvent::RollbackFailed { reason: "no route".to_owned() };
    harness.play(&first.id, vec![step_ended(Vec::new()), step_started()]).await;
    harness.play(&first.id, vec![aborted().await, step_started(), failed.into()]).await;

    let second = harness.accept(Delivery::of(&body_of("3"))).await;
    order("approve 3").await;
    let waits = read_by_sender(&listening, &second).await;
    assert!(waits.contains("aborted by an operator; the rollback failed: no route"), "{waits}");

    order("abort 2 --note 'hush; while rolling back: hush'").await;
    let end = DeploymentEvent::Ended { end: Outcome::Abandoned, reason: None };
    harness.play(&first.id, vec![step_started(), aborted().await, end.into()]).await;
    let read = read_by_sender(&listening, &first).await;
    assert!(read.contains("the rollback failed: no route; aborted by an operator"), "{read}");
    assert!(read.contains("dear sender: go"), "{read}");

    order("abort 3 --note 'hush'").await;
    let end = DeploymentEvent::Ended { end: Outcome::Aborted, reason: None };
    harness.play(&second.id, vec![end.into()]).await;
    order("retry 3 --note 'hush'").await;
    let retried = harness.newest().await;
    let all = [waits, read, read_by_sender(&listening, &retried).await].concat();
    assert!(all.contains("\"by\":{\"user\":\"an operator\"}"), "{all}");
    assert!(!all.contains("hush"), "{all}");
    listening.stop().await;
}
