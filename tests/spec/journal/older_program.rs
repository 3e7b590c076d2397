//! A journal that an older boathook wrote with real deployments (tests/recordings/journal): it opens,
//! its history shows, what waits goes on, and nothing of it is lost or done twice.

use std::sync::{Arc, Mutex};

use boathook::{
    journal::{Accepted, DeploymentView, Filter},
    observers::promotion::{Deliver, Promoter, PromotionAnswer, PromotionRequest},
};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment},
    record::{DeploymentEvent, Event, Record, Status},
};
use boathook_testing::{harness::Harness, samples, shipped::Shipped as _, state_dir::StateDir};
use expect_test::expect;
use futures_util::FutureExt;
use rusqlite::Connection;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

const RECORDED: &str = include_str!("../../recordings/journal/format-7.sql");

/// The older boathook's journal, as it left it.
fn recorded() -> StateDir {
    let dir = StateDir::with_file();
    Connection::open(dir.path()).unwrap().execute_batch(RECORDED).unwrap();
    dir
}

/// Every record's number, deployment and time, and how large it is.
fn records(dir: &StateDir, deployment: &str) -> Vec<(i64, String, String, i64)> {
    let journal = Connection::open(dir.path()).unwrap();
    let sql =
        format!("SELECT sequence, {deployment}, at, length(event) FROM records ORDER BY sequence");
    let mut statement = journal.prepare(&sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    statement.query_map([], read).unwrap().map(Result::unwrap).collect()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or("-")
}

/// The deployments as `boathook list` shows them, the first one first.
async fn listed(harness: &Harness) -> Vec<Value> {
    let mut rows = harness.ask("/v1/deployments").await.json().as_array().unwrap().clone();
    rows.reverse();
    rows
}

async fn view(harness: &Harness, row: &Value) -> DeploymentView {
    let path = format!("/v1/deployments/{}", text(row, "id"));
    serde_json::from_value(harness.ask(&path).await.json()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn everything_that_it_recorded_is_there_and_shows() {
    let dir = recorded();
    let before = records(&dir, "job");
    let harness = Harness::of(dir);
    assert_eq!(records(&harness.dir, "deployment"), before, "not a byte of a record is changed");
    assert_eq!(harness.journal.records_of_all(0, 10_000).await.unwrap().len(), before.len());

    let rows = listed(&harness).await;
    let ids: Vec<String> = rows.iter().map(|row| text(row, "id").to_owned()).collect();
    let named = |words: &str| {
        ids.iter().enumerate().fold(words.to_owned(), |words, (place, id)| {
            words.replace(id.as_str(), &format!("ID-{}", place + 1))
        })
    };
    let line = |row: &Value| {
        let words = ["environment", "service", "deployment_id", "status", "reason"];
        words.map(|field| text(row, field)).join(" | ")
    };
    expect![[r#"
        development | game-2048-dev | build-1 | succeeded | -
        staging | game-2048-staging | promotion-ID-1 | succeeded | -
        development | game-2048-dev | build-2 | rolled_back | http://boathook-game-2048-dev.game-2048-dev.sandbox.test/ is not well: 3 failures in a row, the last: answered 500, expected 200
        development | game-2048-dev | build-3 | aborted | aborted by root (slow)
        development | game-2048-dev | build-4 | succeeded | -
        staging | game-2048-staging | promotion-ID-5 | awaiting_approval | -
        development | game-2048-dev | rollback-ID-7 | succeeded | -
        development | game-2048-dev | build-5 | deploying | -"#]].assert_eq(&named(&rows.iter().map(line).collect::<Vec<_>>().join("\n")));

    let services = harness.ask("/v1/services").await.json();
    let serves = |one: &Value| {
        let serving = &one["serving"][0];
        format!(
            "{} | {} | {}",
            text(one, "environment"),
            text(serving, "revision"),
            text(serving, "deployment")
        )
    };
    let serves = services.as_array().unwrap().iter().map(serves).collect::<Vec<_>>();
    expect![[r#"
        development | game-2048-dev-00001 | ID-7
        staging | game-2048-staging-00001 | ID-2"#]]
    .assert_eq(&named(&serves.join("\n")));

    let locks = harness.ask("/v1/locks").await.json();
    let lock = |lock: &Value| format!("{} | {}", text(lock, "environment"), text(lock, "reason"));
    let locks = locks.as_array().unwrap().iter().map(lock).collect::<Vec<_>>();
    expect!["production | database migration"].assert_eq(&locks.join("\n"));

    for (row, id) in rows.iter().zip(&ids) {
        let shown = view(&harness, row).await;
        assert_eq!(shown.id.as_str(), id);
        assert!(shown.ended_at.is_none() || !shown.steps.is_empty() || shown.reason.is_some());
        let page = harness.ask(&format!("/dashboard/deployments/{id}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
    }
    for path in ["/", "/dashboard/environments", "/dashboard/deployments", "/metrics"] {
        assert_eq!(harness.ask(path).await.status, 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_an_approval_and_an_order_of_that_time_say_what_they_said() {
    let harness = Harness::of(recorded());
    let rows = listed(&harness).await;
    let mut facts = Vec::new();
    for row in &rows {
        let view = view(&harness, row).await;
        let wanted = [
            "status",
            "origin",
            "approval",
            "reason",
            "promotion",
            "serving",
            "stable",
            "candidate",
        ];
        for fact in view.facts().iter().filter(|fact| wanted.contains(&fact.name)) {
            facts.push(format!("{}: {}: {}", text(row, "deployment_id"), fact.name, fact.value));
        }
        let failed = view.steps.iter().find_map(|step| step.reason.clone());
        facts.extend(failed.map(|why| format!("{}: failed: {why}", text(row, "deployment_id"))));
    }
    let mut facts = facts.join("\n");
    for (place, row) in rows.iter().enumerate() {
        facts = facts.replace(text(row, "id"), &format!("ID-{}", place + 1));
    }
    expect![[r#"
        build-1: status: succeeded
        build-1: promotion: promoted to staging as ID-2, http://127.0.0.1:27411/deployments/ID-2?token=s43f8zdqbshujgmieaxv8a5zc2b7ewx2
        build-1: candidate: game-2048-dev-00001
        build-1: serving: game-2048-dev-00001 100 %
        promotion-ID-1: status: succeeded
        promotion-ID-1: approval: approved by root: looks good, 2026-11-29 16:47:41 UTC
        promotion-ID-1: promotion: to production, tried again: 423: production is locked by root since 2026-11-29 16:47:38 UTC, until someone ends it: database migration; send it again when it is not
        promotion-ID-1: candidate: game-2048-staging-00001
        promotion-ID-1: serving: game-2048-staging-00001 100 %
        build-2: status: rolled back
        build-2: reason: http://boathook-game-2048-dev.game-2048-dev.sandbox.test/ is not well: 3 failures in a row, the last: answered 500, expected 200
        build-2: stable: game-2048-dev-00001
        build-2: candidate: game-2048-dev-00002
        build-2: serving: game-2048-dev-00001 100 %
        build-2: failed: http://boathook-game-2048-dev.game-2048-dev.sandbox.test/ is not well: 3 failures in a row, the last: answered 500, expected 200
        build-3: status: aborted
        build-3: reason: aborted by root (slow)
        build-3: stable: game-2048-dev-00001
        build-3: candidate: game-2048-dev-00004
        build-3: serving: game-2048-dev-00001 100 %
        build-3: failed: aborted by root (slow)
        build-4: status: succeeded
        build-4: promotion: promoted to staging as ID-6, http://127.0.0.1:27411/deployments/ID-6?token=2xf99ka5vizcircsfzmsf79us6i5qwuv
        build-4: stable: game-2048-dev-00001
        build-4: candidate: game-2048-dev-00006
        build-4: serving: game-2048-dev-00006 100 %
        promotion-ID-5: status: awaiting approval
        promotion-ID-5: approval: needed before 2026-11-30 16:47:58 UTC
        rollback-ID-7: origin: rollback to ID-1, by root (checkout fails)
        rollback-ID-7: status: succeeded
        rollback-ID-7: stable: game-2048-dev-00006
        rollback-ID-7: candidate: game-2048-dev-00001
        rollback-ID-7: serving: game-2048-dev-00001 100 %
        build-5: status: deploying
        build-5: stable: game-2048-dev-00001
        build-5: candidate: game-2048-dev-00008
        build-5: serving: game-2048-dev-00001 50 %, game-2048-dev-00008 50 %"#]].assert_eq(&facts);
}

#[tokio::test(start_paused = true)]
async fn senders_read_no_user_in_the_words_that_it_wrote() {
    let harness = Harness::of(recorded());
    let rows = listed(&harness).await;
    let aborted = rows.iter().find(|row| row["status"] == "aborted").unwrap();
    let id = DeploymentId::from_lookup(text(aborted, "id"));
    let records = harness.journal.records(&id, 0).await.unwrap();
    let said = format!("{:?}", DeploymentView::of(&records).unwrap().unwrap());
    assert!(said.contains("root (slow)"), "{said}");
    let for_senders: Vec<Record> = records.into_iter().map(Record::without_users).collect();
    let said = format!("{:?}", DeploymentView::of(&for_senders).unwrap().unwrap());
    assert!(!said.contains("root") && !said.contains("slow"), "{said}");
}

/// The next environment, which takes what it is sent, and notes it.
fn takes(sent: &Arc<Mutex<Vec<PromotionRequest>>>) -> Deliver {
    let sent = Arc::clone(sent);
    Arc::new(move |request| {
        sent.lock().unwrap().push(request);
        let status_url = "https://hooks.example.com/deployments/x".to_owned();
        async { PromotionAnswer::Taken { status_url, id: None } }.boxed()
    })
}

/// Runs the promoter for a while.
async fn promote(harness: &Harness, deliver: Deliver) {
    let clock = harness.public.admission.clock.clone();
    let stop = CancellationToken::new();
    let routes = samples::routes(deliver);
    let promoter = Promoter::new(harness.journal.clone(), clock, routes).run(stop.clone());
    let running = tokio::spawn(promoter);
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    stop.cancel();
    running.await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_waited_is_sent_once_and_none_that_was_sent_before() {
    let harness = Harness::of(recorded());
    let waiting = harness.journal.to_promote(10).await.unwrap();
    let [waiting] = waiting.as_slice() else { panic!("{waiting:?}") };
    let sent = Arc::default();
    promote(&harness, takes(&sent)).await;
    let harness = harness.restarted();
    promote(&harness, takes(&sent)).await;
    let sent = sent.lock().unwrap().clone();
    let [request] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(request.to, Environment::PRODUCTION);
    assert_eq!(request.body["deployment_id"], format!("promotion-{waiting}"));
    assert!(request.body["image"].as_str().unwrap().contains("@sha256:"), "{}", request.body);
    let view = DeploymentView::of(&harness.journal.records(waiting, 0).await.unwrap());
    let result = view.unwrap().unwrap().promotions[0].to_string();
    assert_eq!(result, "promoted to production, https://hooks.example.com/deployments/x");
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_and_what_waited_go_on_and_a_request_of_that_time_is_a_repeat() {
    let harness = Harness::of(recorded());
    let journal = &harness.journal;
    let live: Vec<DeploymentId> = journal.live().into_iter().map(|(id, _)| id).collect();
    let [waiting, running] = live.as_slice() else { panic!("{live:?}") };
    let deployment = journal.deployment(running).await.unwrap().unwrap();
    assert_eq!(deployment.state.status(), Status::Deploying, "it was killed in a hold");
    let before = journal.list(&Filter::default()).await.unwrap();
    for row in &before {
        let deployment = journal.deployment(&row.id).await.unwrap().unwrap();
        let again = deployment.acceptance.as_ref().clone();
        let repeat = journal.accept(again, samples::QUEUE).await.unwrap();
        assert!(matches!(&repeat, Accepted::Repeat(same) if same.id == row.id), "{repeat:?}");
    }
    let approved = Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada") });
    journal.append(waiting, approved).await.unwrap();
    let harness = harness.restarted();
    let deployment = harness.journal.deployment(waiting).await.unwrap().unwrap();
    assert_eq!(deployment.state.status(), Status::Queued);
    assert_eq!(harness.journal.list(&Filter::default()).await.unwrap().len(), before.len());
}

#[tokio::test(start_paused = true)]
async fn it_is_brought_to_the_newest_format_once() {
    let harness = Harness::of(recorded());
    let format = |dir: &StateDir| -> (i64, i64) {
        let journal = Connection::open(dir.path()).unwrap();
        let number = |sql| journal.query_row(sql, [], |row| row.get(0)).unwrap();
        (number("PRAGMA user_version"), number("SELECT count(*) FROM records"))
    };
    let first = format(&harness.dir);
    let harness = harness.restarted();
    assert_eq!(format(&harness.dir), first);
    let check: String = Connection::open(harness.dir.path())
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}
