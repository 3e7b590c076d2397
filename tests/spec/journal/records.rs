//! The journal: what it accepts, what it refuses, and that it says nothing which is not on disk.

use std::time::Duration;

use boathook::journal::{
    AcceptError, Accepted, AppendError, DatedEvent, Filter, Journal, RollbackOrder, Summary,
};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId, Environment, ImageRef},
    record::{Acceptance, CommandExit, DeploymentEvent, Event, KeepsOut, Outcome, Record, Status},
    rollout::{Plan, Step},
    state::State,
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    samples::{
        QUEUE, accept, acceptance, accepted_as_sent, append_all, command_started, ended, image,
        new, plan, request, revision, service, step_failed, step_started, success,
    },
    state_dir::StateDir,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

fn digest() -> ImageRef {
    image(&format!("registry.example/game@sha256:{}", "ab".repeat(32)))
}

async fn everything(journal: &Journal) -> Vec<Summary> {
    journal.list(&Filter { limit: 1000, ..Filter::default() }).await.unwrap()
}

fn names(records: &[Record]) -> Vec<&'static str> {
    records.iter().map(|record| record.event.name()).collect()
}

#[tokio::test]
async fn what_was_accepted_is_there_after_a_restart() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    let before = journal.deployment(&id).await.unwrap().unwrap();
    drop(journal);

    let journal = dir.journal();
    assert_eq!(journal.deployment(&id).await.unwrap().unwrap(), before);
    assert_eq!(before.state, State::Queued);
    assert_eq!(journal.live().len(), 1);
}

/// What waited for company has its own time; what waited for a disk is dated once that is there.
#[tokio::test(start_paused = true)]
async fn a_record_is_dated_as_it_happened_unless_it_waited_long() {
    let dir = StateDir::new();
    let clock = Clock::following_tokio("2026-08-01T10:00:00Z".parse().unwrap());
    let journal = Journal::open(dir.store(), clock.clone()).unwrap();
    let id = accept(&journal, "game", "1").await;
    tokio::time::advance(Duration::from_secs(7200)).await;
    let now = clock.now();
    let ago = |milliseconds| now - Duration::from_millis(milliseconds);
    let mut dates = Vec::new();
    for (at, event) in [
        (ago(7_000_000), DeploymentEvent::Started.into()),
        (ago(400), command_started(1)),
        (now, command_started(2)),
    ] {
        let records = journal.append_all(&id, vec![DatedEvent { at, event }], None).await.unwrap();
        dates.push(records[0].at);
    }
    assert_eq!(dates, [now, now, now], "none is older than the one before it");
    tokio::time::advance(Duration::from_secs(5)).await;
    let event = command_started(3);
    let at = clock.now() - Duration::from_millis(400);
    let records = journal.append_all(&id, vec![DatedEvent { at, event }], None).await.unwrap();
    assert_eq!(records[0].at, at);
}

#[tokio::test]
async fn a_repeat_is_the_same_deployment_and_writes_nothing() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;

    let mut later = request("game", "1");
    later.timestamp = Some("2026-08-01T11:11:11Z".parse().unwrap());
    later.extra.insert("run".to_owned(), 2.into());
    let Accepted::Repeat(summary) = journal.accept(accepted_as_sent(later), QUEUE).await.unwrap()
    else {
        panic!("taken for new")
    };

    assert_eq!(summary.id, id);
    assert_eq!(names(&journal.records(&id, 0).await.unwrap()), ["accepted"]);
}

#[tokio::test]
async fn a_repeat_of_an_ended_deployment_is_known_after_a_restart() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    append_all(&journal, &id, success("game", "game-00002", &digest())).await;
    drop(journal);

    let journal = dir.journal();
    let Accepted::Repeat(summary) = journal.accept(acceptance("game", "1"), QUEUE).await.unwrap()
    else {
        panic!("taken for new")
    };
    assert_eq!((summary.id, summary.status), (id.clone(), Status::Ended(Outcome::Succeeded)));
    let found = journal.find(&request("game", "1").identity()).await.unwrap().unwrap();
    assert_eq!(found.id, id);
}

#[tokio::test]
async fn something_else_under_the_same_identity_is_a_conflict_even_after_the_end() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    let mut other = request("game", "1");
    other.image = image("registry.example/game:2");

    for events in [Vec::new(), success("game", "game-00002", &digest())] {
        append_all(&journal, &id, events).await;
        let Err(AcceptError::Conflict { existing }) =
            journal.accept(accepted_as_sent(other.clone()), QUEUE).await
        else {
            panic!("no conflict")
        };
        assert_eq!(existing.id, id);
    }
    assert_eq!(everything(&journal).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_repeats_at_once_give_one_deployment_also_after_a_restart() {
    let dir = StateDir::new();
    let mut ids = Vec::new();
    let mut fresh = 0;
    for _ in 0..2 {
        let journal = dir.journal();
        let askers = (0..50).map(|_| {
            let journal = journal.clone();
            tokio::spawn(
                async move { journal.accept(acceptance("game", "1"), QUEUE).await.unwrap() },
            )
        });
        for accepted in join_all(askers).await {
            match accepted.unwrap() {
                Accepted::New(summary) => {
                    fresh += 1;
                    ids.push(summary.id);
                }
                Accepted::Repeat(summary) => ids.push(summary.id),
            }
        }
        assert_eq!(everything(&journal).await.len(), 1);
    }
    ids.dedup();
    assert_eq!((fresh, ids.len()), (1, 1));
}

#[tokio::test]
async fn a_full_queue_takes_nothing_new_but_still_knows_its_repeats() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let first = accept(&journal, "one", "1").await;
    accept(&journal, "two", "1").await;

    assert!(matches!(
        journal.accept(acceptance("three", "1"), 2).await,
        Err(AcceptError::QueueFull)
    ));
    assert!(matches!(journal.accept(acceptance("two", "1"), 2).await, Ok(Accepted::Repeat(_))));

    journal.append(&first, Event::Deployment(DeploymentEvent::Started)).await.unwrap();
    new(journal.accept(acceptance("three", "1"), 2).await.unwrap());
}

#[tokio::test]
async fn what_waits_for_a_window_takes_room_only_from_its_like_in_its_environment() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let opens_at = Some("2026-08-03T07:00:00Z".parse().unwrap());
    let waiting = |name| Acceptance { opens_at, ..acceptance(name, "1") };
    for name in ["one", "two"] {
        new(journal.accept(waiting(name), 2).await.unwrap());
    }
    assert!(matches!(journal.accept(waiting("three"), 2).await, Err(AcceptError::QueueFull)));
    new(journal.accept(acceptance("four", "1"), 2).await.unwrap());
    let mut elsewhere = waiting("five");
    elsewhere.request.environment = Environment::PRODUCTION;
    new(journal.accept(elsewhere, 2).await.unwrap());
}

#[tokio::test]
async fn a_full_queue_takes_an_operators_rollback() {
    let dir = StateDir::new();
    let journal = dir.journal();
    for (attempt, digit) in [("1", "a"), ("2", "b")] {
        let id = accept(&journal, "game", attempt).await;
        let image = image(&format!("registry.example/game@sha256:{}", digit.repeat(64)));
        let revision = format!("game-0000{attempt}");
        append_all(&journal, &id, success("game", &revision, &image)).await;
    }
    accept(&journal, "other", "1").await;
    assert!(matches!(
        journal.accept(acceptance("third", "1"), 1).await,
        Err(AcceptError::QueueFull)
    ));
    let order = RollbackOrder {
        environment: Environment::STAGING,
        service: service("game"),
        to: None,
        by: Actor::new("ada"),
        keeps_out: KeepsOut::Promotions,
        of: None,
    };
    journal.order_rollback(order, 1).await.unwrap();
}

#[tokio::test]
async fn an_event_that_cannot_follow_is_refused_and_not_written() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;

    let refused = journal.append(&id, step_started()).await.unwrap_err();
    assert_eq!(refused.to_string(), "event `step_started` cannot follow state `queued`");
    assert_eq!(names(&journal.records(&id, 0).await.unwrap()), ["accepted"]);
    assert_eq!(
        journal.append(&id, Event::Deployment(DeploymentEvent::Started)).await.unwrap().sequence,
        2
    );
}

#[tokio::test]
async fn nothing_is_added_to_a_closed_record_or_to_one_that_does_not_exist() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    append_all(&journal, &id, success("game", "game-00002", &digest())).await;

    let closed = journal.append(&id, command_started(2)).await.unwrap_err();
    assert_eq!(closed.to_string(), "event `command_started` cannot follow state `succeeded`");
    let nobody = DeploymentId::from_lookup("nobody");
    assert!(matches!(
        journal.append(&nobody, Event::Deployment(DeploymentEvent::Started)).await,
        Err(AppendError::Unknown(_))
    ));
    assert!(journal.deployment(&nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn a_closed_deployment_is_read_from_disk_as_it_was() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    let mut events = success("game", "game-00002", &digest());
    let last = events.pop().unwrap();
    append_all(&journal, &id, events).await;
    let closing = journal.deployment(&id).await.unwrap().unwrap();
    let closed_at = journal.append(&id, last.clone()).await.unwrap().at;

    assert!(journal.live().is_empty());
    let closed = journal.deployment(&id).await.unwrap().unwrap();
    assert_eq!(closed, closing.apply(closed_at, &last).unwrap());
    assert_eq!(journal.list(&Filter::default()).await.unwrap(), [Summary::of(&id, &closed)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_written_at_once_are_reported_in_the_order_in_which_they_stand_on_disk() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let mut published = journal.subscribe();
    let writers = (0..8).map(|number| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let id = accept(&journal, &format!("service-{number}"), "1").await;
            append_all(&journal, &id, success("game", "game-00002", &digest())).await;
            id
        })
    });
    let ids: Vec<DeploymentId> = join_all(writers).await.into_iter().map(Result::unwrap).collect();

    let result: Vec<u64> =
        std::iter::from_fn(|| published.try_recv().ok()).map(|record| record.sequence).collect();
    assert_eq!(result, (1..=8 * 11).collect::<Vec<u64>>());
    for id in ids {
        let records = journal.records(&id, 0).await.unwrap();
        assert_eq!(records.len(), 11);
        assert!(records.is_sorted_by_key(|record| record.sequence));
    }
}

#[tokio::test]
async fn lists_are_newest_first_in_pages_and_narrowed_by_what_is_asked() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(
            accept(&journal, if number % 2 == 0 { "even" } else { "odd" }, &number.to_string())
                .await,
        );
    }
    append_all(&journal, &ids[4], success("even", "even-00002", &digest())).await;
    let listed = async |filter: Filter| -> Vec<usize> {
        let found = journal.list(&filter).await.unwrap();
        found.iter().map(|summary| ids.iter().position(|id| *id == summary.id).unwrap()).collect()
    };

    assert_eq!(listed(Filter::default()).await, [4, 3, 2, 1, 0]);
    assert_eq!(listed(Filter { limit: 2, ..Filter::default() }).await, [4, 3]);
    assert_eq!(
        listed(Filter { limit: 2, before: Some(ids[3].clone()), ..Filter::default() }).await,
        [2, 1]
    );
    assert_eq!(
        listed(Filter { before: Some(DeploymentId::from_lookup("nobody")), ..Filter::default() })
            .await,
        [] as [usize; 0]
    );
    assert_eq!(
        listed(Filter { service: Some(service("odd").service), ..Filter::default() }).await,
        [3, 1]
    );
    assert_eq!(
        listed(Filter { namespace: Some(service("even").namespace), ..Filter::default() }).await,
        [4, 2, 0]
    );
    assert_eq!(
        listed(Filter { status: Some(Status::Queued), limit: 3, ..Filter::default() }).await,
        [3, 2, 1]
    );
    assert_eq!(
        listed(Filter { status: Some("succeeded".parse().unwrap()), ..Filter::default() }).await,
        [4]
    );
    assert_eq!(
        listed(Filter { environments: vec![Environment::PRODUCTION], ..Filter::default() }).await,
        [] as [usize; 0]
    );
}

#[tokio::test]
async fn a_listed_deployment_does_not_show_its_token() {
    let dir = StateDir::new();
    let journal = dir.journal();
    accept(&journal, "game", "1").await;
    let listed = everything(&journal).await;
    let shown = serde_json::to_value(&listed).unwrap();
    assert_eq!(shown[0]["status"], "queued");
    assert!(!shown.to_string().contains(listed[0].token.reveal()));
}

#[tokio::test]
async fn what_serves_is_the_newest_success_of_that_service_in_that_environment() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let serves =
        async || journal.last_success(Environment::STAGING, &service("game")).await.unwrap();
    assert_eq!(serves().await, None);

    for (deployment_id, candidate) in [("1", "game-00001"), ("2", "game-00002")] {
        let id = accept(&journal, "game", deployment_id).await;
        append_all(&journal, &id, success("game", candidate, &digest())).await;
    }
    let newest_that_failed = accept(&journal, "game", "3").await;
    append_all(
        &journal,
        &newest_that_failed,
        vec![
            Event::Deployment(DeploymentEvent::Started),
            step_failed("no"),
            ended(Outcome::Failed),
        ],
    )
    .await;

    let known = serves().await.unwrap();
    assert_eq!((known.revision, known.image), (revision("game-00002"), digest()));
    assert_eq!(
        journal.last_success(Environment::PRODUCTION, &service("game")).await.unwrap(),
        None
    );
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_while_the_disk_is_written() {
    let dir = StateDir::new();
    let start = "2026-08-01T10:00:00Z".parse().unwrap();
    let journal = Journal::open(dir.store(), Clock::following_tokio(start)).unwrap();
    for number in 0..50 {
        let accepting = journal.accept(acceptance("game", &number.to_string()), QUEUE);
        timeout(Duration::from_millis(1), accepting).await.expect("the clock jumped").unwrap();
    }
    assert!(everything(&journal).await.iter().all(|summary| summary.accepted_at == start));
}

/// What the journal stores of each event, in the groups' order.
const STORED: &str = r#"{"type":"approved","by":"ada","note":"go"}
{"type":"rejected","by":"ada","note":null}
{"type":"approval_expired"}
{"type":"started"}
{"type":"steered","action":"pause","by":{"operator":{"user":"ada","note":"slow"}}}
{"type":"superseded","by":"0123"}
{"type":"awaits_window","opens_at":"2026-08-01T12:00:00Z","held":{"kind":"locked","place":{"environment":"staging","service":null},"reason":"db"}}
{"type":"image_withdrawn","reason":{"kind":"stated","words":"CVE-2026-1"}}
{"type":"ended","end":"rejected","reason":{"kind":"rejected_by","user":"ada","note":"no"}}
{"type":"pruned","end":"failed","reason":null}
{"type":"step_started","step":"hold"}
{"type":"step_learned","finding":{"finding":"generation","is":18446744073709551615}}
{"type":"step_ended","findings":[{"finding":"candidate_ready"}]}
{"type":"step_failed","failure":{"kind":"aborted","by":{"newer_request":"0123"}}}
{"type":"rollback_failed","reason":"no route"}
{"type":"command_started","command":1,"argv":["kubectl","get"]}
{"type":"command_ended","command":1,"exit":"exit code 0","duration_ms":7,"stdout":"{}","stderr":""}
{"type":"promotion_waits","to":"staging","wait":{"required_by":"promotion","lacks":"time","environment":"development","soak":{"secs":7200,"nanos":0},"due":"2026-08-01T12:00:00Z"}}
{"type":"promotion_waits","to":"staging","wait":{"required_by":"waves","lacks":"success","places":{"all":["qa"]}}}
{"type":"promotion_hurried","to":"staging","by":"ada","note":"urgent"}
{"type":"promotion_overridden","to":"staging","by":"ada","note":"urgent"}
{"type":"promotion_delayed","to":"staging","reason":{"kind":"private","words":"423: locked by ada","public":"423: locked"}}
{"type":"promoted","to":"staging","deployment":"0123","status_url":"https://b/1"}
{"type":"not_promoted","to":"staging","reason":{"kind":"stated","words":"refused"}}
{"type":"promotion_cancelled","to":"staging","by":"ada","note":null}
{"type":"locked","id":"0123","environment":"staging","reason":"db","by":"ada","since":"2026-08-01T10:00:00Z","until":null}
{"type":"unlocked","by":{"user":"ada","note":"done"},"lock":{"id":"0123","environment":"staging","reason":"db","by":"ada","since":"2026-08-01T10:00:00Z","until":null}}
{"type":"service_held","id":"0123","environment":"staging","service":{"namespace":"game","service":"game"},"deployment":"0124","keeps_out":"promotions","by":{"user":"ada","note":"slow"},"since":"2026-08-01T10:00:00Z"}
{"type":"service_released","by":{"operator":{"user":"ada"}},"hold":{"id":"0123","environment":"staging","service":{"namespace":"game","service":"game"},"deployment":"0124","keeps_out":"all","by":{"user":"ada"},"since":"2026-08-01T10:00:00Z"}}
{"type":"withdrawn","id":"0123","digest":"sha256:1111111111111111111111111111111111111111111111111111111111111111","cause":"operator","by":{"user":"ada","note":"slow"},"since":"2026-08-01T10:00:00Z"}
{"type":"reinstated","by":{"success":"0123"},"withdrawal":{"id":"0123","digest":"sha256:1111111111111111111111111111111111111111111111111111111111111111","cause":"failed","deployment":"0123","environment":"staging","service":{"namespace":"game","service":"game"},"reason":"crashed","since":"2026-08-01T10:00:00Z"}}"#;

#[test]
fn an_event_is_stored_as_one_flat_object_under_its_name_whatever_group_it_is_of() {
    for stored in STORED.lines() {
        let event: Event = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        assert!(stored.contains(&format!("\"type\":\"{}\"", event.name())), "{stored}");
    }
}

#[test]
fn how_a_program_ended_is_stored_as_text_and_read_as_what_it_was() {
    let ends = [
        (CommandExit::Code(1), "exit code 1"),
        (CommandExit::Signal(9), "ended by signal 9"),
        (CommandExit::TimedOut, "ended at its deadline"),
        (CommandExit::Stopped, "stopped by boathook"),
        (CommandExit::NotRun("exit code 0".to_owned()), "not run: exit code 0"),
        (CommandExit::Other("ended by its cgroup".to_owned()), "ended by its cgroup"),
    ];
    for (exit, stored) in ends {
        assert_eq!(serde_json::to_value(&exit).unwrap(), json!(stored));
        assert_eq!(serde_json::from_value::<CommandExit>(json!(stored)).unwrap(), exit);
    }
}

#[test]
fn the_check_of_an_image_is_stored_as_it_was_when_one_environment_could_prove_it() {
    let digest = format!("sha256:{}", "1".repeat(64));
    let one =
        format!(r#"{{"step":"check_proven","environment":"staging","digests":["{digest}"]}}"#);
    let several = format!(
        r#"{{"step":"check_proven","any":["qa","staging"],"digests":[],"not_yet":[{{"digest":"{digest}","environment":"qa","soak":{{"secs":7200,"nanos":0}},"due":"2026-08-01T12:00:00Z"}}]}}"#
    );
    for stored in [one, several] {
        let step: Step = serde_json::from_str(&stored).unwrap();
        assert_eq!(serde_json::to_string(&step).unwrap(), stored);
    }
}

#[test]
fn a_stored_event_that_cannot_be_read_says_why() {
    let why = |stored: &str| serde_json::from_str::<Event>(stored).unwrap_err().to_string();
    assert_eq!(why(r#"{"type":"step_started"}"#), "missing field `step`");
    assert_eq!(why(r#"{"type":"begun\u001b"}"#), "unknown event `begun\\u{1b}`");
    assert_eq!(why(r#"{"step":"hold"}"#), "missing field `type`");
}

#[test]
fn a_plan_of_an_older_journal_has_the_one_promotion_that_it_was_recorded_with() {
    let recorded = |promotion: Value| {
        let mut plan = serde_json::to_value(&*plan("game")).unwrap();
        assert_eq!(plan.get("promotions"), None, "none is not written");
        plan["promotion"] = promotion;
        let plan: Plan = serde_json::from_value(plan).unwrap();
        plan.promotions.iter().map(|promotion| promotion.to.to_string()).collect::<Vec<_>>()
    };
    let to = |name: &str| json!({"to": name, "namespace": "game", "service_name": "game", "approval": true});
    assert_eq!(recorded(to("staging")), ["staging"]);
    assert_eq!(recorded(json!([to("eu"), to("us")])), ["eu", "us"]);
}
