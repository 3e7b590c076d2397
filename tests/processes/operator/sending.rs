//! `boathook send`: CI's client, and the numbers that it ends with.

use boathook::config::Approve;
use boathook_core::record::{DeploymentEvent, Event, Outcome, Reason};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
    samples,
};
use expect_test::expect;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{
    listening::{Listening, shell},
    senders::{
        SECRET, TAKEN, answer, failed_rollback, failure, scripted, send, success, transcript,
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_follows_a_deployment_to_its_success() {
    let listening = Listening::start();
    listening.play_when_accepted(success());
    let ran = send(&listening.url(), "").await;
    expect![[r#"
        exit 0
        --- stdout
        succeeded: game/game in development serves registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb (revision game-00002)
        --- stderr
        TIME accepted as deployment 101-1
        TIME status: URL/deployments/ID?token=TOKEN
        TIME reading the cluster
        TIME planned 2 steps
        TIME [1/2] Pull registry.example/game:1
        TIME image is registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        TIME [2/2] Shift traffic to 100 %
        TIME new revision game-00002
        TIME new revision gets 100 % of requests"#]].assert_eq(&transcript(&listening, &ran).await);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_ends_with_1_when_the_deployment_failed_and_prints_nothing_that_acts() {
    let listening = Listening::start();
    listening.play_when_accepted(failure());
    let ran = send(&listening.url(), "").await;
    expect![[r#"
        exit 1
        --- stdout
        failed in game/game in development: image not found: \u{1b}[31mred; the service was not changed
        --- stderr
        TIME accepted as deployment 101-1
        TIME status: URL/deployments/ID?token=TOKEN
        TIME reading the cluster
        TIME failed: image not found: \u{1b}[31mred"#]]
    .assert_eq(&transcript(&listening, &ran).await);
    let again = send(&listening.url(), "--no-follow").await;
    expect![[r#"
        exit 1
        --- stdout
        --- stderr
        TIME deployment 101-1 was sent before: failed
        TIME status: URL/deployments/ID?token=TOKEN"#]]
    .assert_eq(&transcript(&listening, &again).await);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_ends_with_1_as_soon_as_the_rollback_failed() {
    let listening = Listening::start();
    listening.play_when_accepted(failed_rollback());
    let ran = send(&listening.url(), "").await;
    expect![[r#"
        exit 1
        --- stdout
        rollback failed in game/game in development: 503; the rollback failed: no answer; an operator is needed; boathook keeps retrying
        --- stderr
        TIME accepted as deployment 101-1
        TIME status: URL/deployments/ID?token=TOKEN
        TIME reading the cluster
        TIME planned 2 steps
        TIME [1/2] some_step
        TIME [2/2] some_step
        TIME [2/2] some_step failed: 503
        TIME [rolling back, 1/1] some_step
        TIME rollback failed, an operator is needed: [rolling back, 1/1] some_step failed: no answer"#]]
    .assert_eq(&transcript(&listening, &ran).await);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_job_of_github_send_writes_annotation_outputs_and_summary() {
    let listening = Listening::start();
    let reason = "100% bad\n::error::##[add-mask]x\u{1b}".to_owned();
    let ended = Event::Deployment(DeploymentEvent::Ended {
        end: Outcome::Failed,
        reason: Some(Reason::stated(reason.clone())),
    });
    listening.play_when_accepted(vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed(&reason),
        ended,
    ]);
    let files = tempfile::tempdir().unwrap();
    let [output, summary] =
        ["output", "summary"].map(|name| files.path().join(name).display().to_string());
    let job = [
        SECRET,
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_OUTPUT", &output),
        ("GITHUB_STEP_SUMMARY", &summary),
    ];
    let ran = shell(
        &line(&listening, "--image registry.example/acme/game:2 --deployment-id 101-1"),
        &job,
    )
    .await;
    let refused = shell(&line(&listening, "--image elsewhere.example/game:2"), &job).await;
    let [output, summary] = [output, summary].map(|file| std::fs::read_to_string(file).unwrap());
    let commands = ran
        .stderr
        .lines()
        .chain(refused.stderr.lines())
        .filter(|line| line.starts_with("::"))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!ran.transcript().contains("##["), "{}", ran.transcript());
    let written = format!("{commands}\n--- output\n{output}--- summary\n{summary}");
    let newest = listening.harness.newest().await;
    expect![[r#"
        ::error title=boathook::failed in game/game in development: 100%25 bad%0A::error::##\u{5b}add-mask]x\u{1b}; the service was not changed
        ::error title=boathook::refused: 403 Forbidden: development does not accept this deployment: image `elsewhere.example/game` matches no pattern of `allow.images`
        --- output
        status=failed
        revision=
        digest=
        id=ID
        status-url=https://hooks.example.com/deployments/ID?token=TOKEN
        --- summary
            failed in game/game in development: 100% bad
            ::error::##\u{5b}add-mask]x\u{1b}; the service was not changed

        [The deployment, step by step](https://hooks.example.com/deployments/ID?token=TOKEN)
            refused: 403 Forbidden: development does not accept this deployment: image `elsewhere.example/game` matches no pattern of `allow.images`
    "#]].assert_eq(&written.replace(newest.id.as_str(), "ID").replace(newest.token.reveal(), "TOKEN"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_prints_the_deployment_as_json_when_asked() {
    let listening = Listening::start();
    listening.play_when_accepted(success());
    let ran = send(&listening.url(), "--json").await;
    let history: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (ran.code, &history["status"], &history["candidate"]),
        (0, &"succeeded".into(), &"game-00002".into())
    );
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_builds_what_the_webhook_documents() {
    let listening =
        Listening::with(|admission| admission.policies[0].config.allow.out_of_order = true);
    let line = format!(
        "boathook send --url {}/webhook/deploy/development --environment development --image \
         registry.example/acme/game:2 --namespace game --service game --strategy blue-green \
         --traffic-split 10,50,100 --confirmation yes --approval --allow-older --no-follow --json",
        listening.url()
    );
    let run = [
        ("GITHUB_RUN_ID", "77"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("GITHUB_JOB", "release"),
        ("GITHUB_ACTION", "__run_2"),
    ];
    let github =
        [&[SECRET, ("GITHUB_SHA", "4f2a9c1"), ("GITHUB_ACTOR", "jane")], &run[..]].concat();
    let ran = shell(&line, &github).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let records =
        listening.harness.journal.records(&listening.harness.newest().await.id, 0).await.unwrap();
    let Event::Deployment(DeploymentEvent::Accepted(acceptance)) = &records[0].event else {
        panic!("begins with {:?}", records[0].event)
    };
    assert_eq!(acceptance.delivery.as_deref(), Some("77-2.release.__run_2"));
    let mut request = serde_json::to_value(&acceptance.request).unwrap();
    request["timestamp"] = "NOW".into();
    expect![[r#"
        {
          "allow_older": true,
          "approval": true,
          "auto_promotion": false,
          "commit_sha": "4f2a9c1",
          "confirmation": "yes",
          "deployment_id": "77-2.release.__run_2",
          "environment": "development",
          "image": "registry.example/acme/game:2",
          "namespace": "game",
          "service_name": "game",
          "strategy": "blue-green",
          "timestamp": "NOW",
          "traffic_split": [
            10,
            50,
            100
          ],
          "triggered_by": "jane"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&request).unwrap());
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_ends_with_2_when_it_is_refused_or_typed_wrongly() {
    let listening = Listening::start();
    let refused = [
        send(&listening.url(), "--environment staging").await,
        shell(
            &line(&listening, "--image registry.example/acme/game:2"),
            &[("WEBHOOK_SECRET", "another secret, which is wrong")],
        )
        .await,
        shell(&line(&listening, "--image elsewhere.example/game:2"), &[SECRET]).await,
        shell(&line(&listening, "--image registry.example/Game"), &[SECRET]).await,
    ];
    let lines = refused
        .map(|ran| format!("{} {}", ran.code, ran.stderr.lines().next().unwrap_or_default()));
    expect![[r#"
        2 error: the argument '--environment <ENVIRONMENT>' cannot be used multiple times
        2 error: refused: 401 Unauthorized: Invalid signature
        2 error: refused: 403 Forbidden: development does not accept this deployment: image `elsewhere.example/game` matches no pattern of `allow.images`
        2 error: invalid value 'registry.example/Game' for '--image <IMAGE>': image `registry.example/Game` is not an image reference: repository part `Game` has upper-case letters; repositories are lower case"#]].assert_eq(&lines.join("\n"));
    listening.stop().await;
}

fn line(listening: &Listening, more: &str) -> String {
    format!(
        "boathook send --url {} --environment dev --namespace game --service game {more}",
        listening.url()
    )
}

#[tokio::test]
async fn send_ends_with_3_when_nobody_answers() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let ran = send(&format!("http://{free}"), "--timeout 1s").await;
    expect![[r#"
        exit 3
        --- stdout
        --- stderr
        error: boathook is not reachable at ADDRESS: Connection refused (os error 111)"#]]
    .assert_eq(&ran.transcript().replace(&format!("http://{free}"), "ADDRESS"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_ends_with_4_when_the_deployment_still_runs_at_the_deadline() {
    let listening = Listening::start();
    listening.play_when_accepted(vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: samples::plan("game") }),
    ]);
    let ran = send(&listening.url(), "--timeout 3s").await;
    assert_eq!(ran.code, 4, "{}", ran.transcript());
    assert_eq!(
        ran.stdout,
        "still deploying at the deadline: game/game in development\n",
        "{}",
        ran.transcript()
    );
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_awaits_approval_at_the_deadline_is_reported_with_what_helps_it_on() {
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always
    });
    let ran = send(&listening.url(), "--timeout 3s").await;
    assert_eq!(ran.code, 4, "{}", ran.transcript());
    let job = listening.harness.newest().await.id;
    let wanted = format!(
        "still awaiting approval at the deadline: game/game in development; an operator approves \
         it on the node: boathook approve {job}\n"
    );
    assert_eq!(ran.stdout, wanted, "{}", ran.transcript());
    listening.stop().await;
}

#[tokio::test]
async fn an_address_without_a_scheme_is_refused_with_what_to_write() {
    let ran = send("hooks.example.com", "").await;
    assert_eq!(ran.code, 2, "{}", ran.transcript());
    assert!(
        ran.stderr.contains("write it with its scheme, such as https://hooks.example.com"),
        "{}",
        ran.transcript()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_tries_again_with_the_same_deployment_when_boathook_is_busy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks/", listener.local_addr().unwrap());
    let busy =
        answer("503 Service Unavailable", "retry-after: 1\r\n", r#"{"error":"shutting down"}"#);
    let origin = url.trim_end_matches("/hooks/");
    let server = tokio::spawn(scripted(listener, vec![busy, answer("202 Accepted", "", TAKEN)]));
    let ran = send(&url, "--no-follow").await;
    let requests = server.await.unwrap();
    expect![[r#"
        exit 0
        --- stdout
        --- stderr
        TIME ORIGIN: 503 Service Unavailable: shutting down; trying again in 1 s
        TIME accepted as deployment 101-1
        TIME status: URL/deployments/a?token=t"#]]
    .assert_eq(&ran.transcript().replace(&url, "URL/").replace(origin, "ORIGIN"));
    for request in &requests {
        assert!(request.starts_with("POST /hooks/webhook/deploy HTTP/1.1"), "{request}");
        assert!(request.contains(r#""deployment_id":"101-1""#), "{request}");
    }
    assert_eq!(requests.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_asks_where_its_request_was_answered_and_reads_events_however_they_are_cut() {
    let harness = Harness::new();
    let job = harness.accept(Delivery::of(&body())).await.id;
    let accepted = harness.ask(&format!("/v1/deployments/{job}")).await.text;
    harness.play(&job, failure()).await;
    let status = harness.ask(&format!("/v1/deployments/{job}")).await.text;
    let events = "retry: 2000\n\nid: 1\nevent: accepted\ndata: {\"type\":\"accepted\"}\n\n: still here\n\n\
                  id: 7\nevent: step_failed\ndata: {\"type\":\"step_failed\",\"at\":\"2026-08-01T10:00:00Z\",\"reason\":\"n\u{f6}\"}\n\n";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let answers = vec![
        answer("202 Accepted", "", TAKEN),
        answer("200 OK", "content-type: application/json\r\n", &accepted),
        answer("200 OK", "content-type: text/event-stream\r\n", events),
        answer("502 Bad Gateway", "", "<html>"),
        answer("404 Not Found", "", "<html>"),
        answer("204 No Content", "", ""),
        answer("200 OK", "content-type: application/json\r\n", &status),
    ];
    let server = tokio::spawn(scripted(listener, answers));
    let ran = send(&url, "").await;
    let requests = server.await.unwrap();
    let first_lines = requests
        .iter()
        .map(|request| request.lines().next().unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    let resumed = requests[5].to_lowercase().contains("last-event-id: 7");
    expect![[r#"
        POST /hooks/webhook/deploy HTTP/1.1
        GET /hooks/deployments/a?token=t HTTP/1.1
        GET /hooks/deployments/a/events?token=t HTTP/1.1
        GET /hooks/deployments/a/events?token=t HTTP/1.1
        GET /hooks/deployments/a?token=t HTTP/1.1
        GET /hooks/deployments/a/events?token=t HTTP/1.1
        GET /hooks/deployments/a?token=t HTTP/1.1
        resumed: true
        exit 1
        --- stdout
        failed in game/game in development: image not found: \u{1b}[31mred; the service was not changed
        --- stderr
        TIME accepted as deployment 101-1
        TIME status: URL/deployments/a?token=t
        TIME failed: nö
        TIME its status cannot be read now; trying again"#]]
    .assert_eq(&format!(
        "{first_lines}\nresumed: {resumed}\n{}",
        ran.transcript().replace(&url, "URL"),
    ));
}
