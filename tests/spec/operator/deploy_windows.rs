//! Deployments begin in the windows of their environment: what comes outside waits, or is refused,
//! and everyone can see when the next window opens.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::{
    journal::{Journal, RollbackOrder},
    scheduler::{Limits, Scheduler},
};
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId, Environment, Requester},
    record::{Acceptance, DeploymentEvent, Event, KeepsOut, Outcome, Place, Reason, Status},
    rollout::Action,
    state::State,
};
use boathook_testing::{
    dashboard_pages::seen,
    delivery::{Delivery, NOW, body, body_with},
    harness::Harness,
    rollout_harness::{self, blue_green},
    samples::{self, QUEUE, accepted_as_sent, append_all, image, new, windows},
    shipped::Shipped as _,
    state_dir::StateDir,
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

const HOUR: Duration = Duration::from_secs(3600);
/// The tests begin on a Saturday at noon, Berlin time; Monday's opening is at 07:00 UTC.
const OFFICE_HOURS: &str =
    "{time_zone: Europe/Berlin, allow: [{cron: '0 9 * * MON-FRI', lasts: 8h}]}";
const OPENS: &str = "2026-08-03T07:00:00Z";
const UNTIL_THEN: Duration = Duration::from_secs(45 * 3600);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A harness whose development has these windows.
fn with(settings: &str) -> Harness {
    Harness::with(|admission| admission.policies[0].config.windows = windows(settings))
}

#[tokio::test(start_paused = true)]
async fn the_sender_learns_that_it_waits_and_when_it_begins() {
    let harness = with(OFFICE_HOURS);
    let answer = harness.send(Delivery::of(&body())).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (202, Some("accepted")));
    assert_eq!(answer.json()["opens_at"], OPENS);
    expect!["it begins when the deployment window opens, at 2026-08-03 07:00:00 UTC"]
        .assert_eq(answer.json()["message"].as_str().unwrap());
    let repeat = harness.send(Delivery::of(&body())).await;
    assert_eq!((repeat.status, repeat.json()["state"].as_str()), (200, Some("awaiting_window")));
    let waited = harness.send(Delivery::of(&body()).header("Prefer", "wait=60")).await;
    assert_eq!((waited.status, waited.json()["status"].as_str()), (202, Some("awaiting_window")));
}

#[tokio::test(start_paused = true)]
async fn list_show_the_status_page_and_the_dashboard_say_what_it_waits_for() {
    let harness = with(OFFICE_HOURS);
    let summary = harness.accept(Delivery::of(&body())).await;
    let why = "waits for the deployment window, which opens at 2026-08-03 07:00:00 UTC";
    let list = harness.ask("/v1/deployments?status=awaiting_window").await;
    assert_eq!(list.json()[0]["reason"], why);
    let shown = harness.ask(&format!("/v1/deployments/{}", summary.id)).await;
    assert_eq!((&shown.json()["reason"], &shown.json()["opens_at"]), (&json!(why), &json!(OPENS)));
    let path = format!("/deployments/{}?token={}", summary.id, summary.token.reveal());
    let records = harness.get(&path).await;
    assert!(records.text.contains(&format!("\"opens_at\":\"{OPENS}\"")), "{}", records.text);
    let page = harness.send(Delivery::get(&path).header("Accept", "text/html")).await.text;
    assert!(page.contains(why), "{page}");
    let overview = harness.ask("/").await.text;
    assert!(
        overview.contains(&format!("data-ends=\"{OPENS}\" data-over=\"it is about to begin\"")),
        "it counts down: {overview}"
    );
    let overview = seen(&overview);
    assert!(
        overview.contains("development closed 2026-08-03 07:00:00 UTC 45 h left Europe/Berlin"),
        "{overview}"
    );
    let metrics = harness.ask("/metrics").await.text;
    let gauge = "boathook_deployments_in_progress{environment=\"development\",status=\"awaiting_window\"} 1";
    assert!(metrics.contains(gauge), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn outside_its_windows_an_environment_may_refuse_and_says_when_it_opens() {
    let refusing = "{time_zone: Europe/Berlin, outside: refuse, allow: [{cron: '0 9 * * MON-FRI', lasts: 8h}]}";
    let harness = with(refusing);
    let refused = harness.send(Delivery::of(&body())).await;
    expect!["423 development takes no deployments now: its deployment window opens at 2026-08-03 07:00:00 UTC; send it again then"]
        .assert_eq(&refused.refusal());
    assert_eq!(refused.json()["opens_at"], OPENS);
    assert_eq!(refused.header("retry-after"), Some("162000"));
    assert!(harness.everything().await.is_empty());
    let dry = harness.send(Delivery::of(&body_with(json!({"dry_run": true})))).await;
    assert_eq!(dry.status, 423, "a dry run passes the same checks: {}", dry.text);

    sleep(UNTIL_THEN).await;
    let fields = json!({"timestamp": OPENS});
    let accepted = harness.accept(Delivery::of(&body_with(fields.clone()))).await;
    assert_eq!(accepted.status, Status::Queued);
    sleep(9 * HOUR).await;
    let repeat = harness.send(Delivery::of(&body_with(fields))).await;
    assert_eq!(repeat.status, 200, "a repeat is answered at any time: {}", repeat.text);
}

#[tokio::test(start_paused = true)]
async fn windows_may_be_for_promotions_alone() {
    let harness = with(
        "{applies_to: promotions, time_zone: Europe/Berlin, allow: [{cron: '0 9 * * MON-FRI', lasts: 8h}]}",
    );
    let by_hand = harness.accept(Delivery::of(&body())).await;
    assert_eq!(by_hand.status, Status::Queued);
    let promotion = json!({"deployment_id": "2", "auto_promotion": true});
    let promoted = harness.accept(Delivery::of(&body_with(promotion))).await;
    assert_eq!(promoted.status, Status::AwaitingWindow);
}

#[tokio::test(start_paused = true)]
async fn operators_read_what_is_open_and_when_the_next_windows_open() {
    let harness = with(OFFICE_HOURS);
    let outlook = harness.ask("/v1/windows?environment=development").await;
    expect![[r#"
        [
          {
            "applies_to": "all",
            "environment": "development",
            "is_open": false,
            "openings": [
              {
                "from": "2026-08-03T07:00:00Z",
                "until": "2026-08-03T15:00:00Z"
              },
              {
                "from": "2026-08-04T07:00:00Z",
                "until": "2026-08-04T15:00:00Z"
              },
              {
                "from": "2026-08-05T07:00:00Z",
                "until": "2026-08-05T15:00:00Z"
              },
              {
                "from": "2026-08-06T07:00:00Z",
                "until": "2026-08-06T15:00:00Z"
              },
              {
                "from": "2026-08-07T07:00:00Z",
                "until": "2026-08-07T15:00:00Z"
              }
            ],
            "outside": "wait",
            "time_zone": "Europe/Berlin",
            "until": "2026-08-03T07:00:00Z"
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&outlook.json()).unwrap());
    let all = harness.ask("/v1/windows").await.json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!((&all[1]["is_open"], &all[1]["until"]), (&json!(true), &json!(null)));
}

/// The scheduler on a paused clock, with workers that note whom they take up and never return. All
/// deployments are for staging.
struct SchedulerHarness {
    dir: StateDir,
    journal: Journal,
    limits: watch::Sender<Limits>,
    taken_up: Arc<Mutex<Vec<DeploymentId>>>,
    stop: CancellationToken,
}

fn limits(settings: &str) -> Limits {
    let windows = BTreeMap::from([(Environment::STAGING, windows(settings))]);
    let frozen = BTreeMap::new();
    Limits { running: 4, replacing: vec![Environment::STAGING], windows, frozen }
}

impl SchedulerHarness {
    fn new(settings: &str) -> Self {
        Self::at(StateDir::new(), settings, at(NOW))
    }

    fn at(dir: StateDir, settings: &str, now: Timestamp) -> Self {
        let clock = Clock::following_tokio(now);
        let journal = Journal::open(dir.store(), clock.clone()).unwrap();
        let taken_up = Arc::<Mutex<Vec<DeploymentId>>>::default();
        let log = Arc::clone(&taken_up);
        let worker = move |id| -> BoxFuture<'static, ()> {
            log.lock().unwrap().push(id);
            std::future::pending().boxed()
        };
        let limits = watch::Sender::new(limits(settings));
        let stop = CancellationToken::new();
        let receiver = limits.subscribe();
        let stopped = stop.clone();
        tokio::spawn(Scheduler::run(journal.clone(), clock, worker, receiver, stopped));
        Self { dir, journal, limits, taken_up, stop }
    }

    async fn accept(&self, deployment_id: &str) -> DeploymentId {
        samples::accept(&self.journal, "game", deployment_id).await
    }

    async fn state(&self, id: &DeploymentId) -> String {
        sleep(Duration::from_secs(1)).await;
        let state = self.journal.deployment(id).await.unwrap().unwrap().state;
        format!("{}: {}", state.name(), state.reason().unwrap_or_else(|| Reason::stated("-")))
    }

    async fn say(&self, id: &DeploymentId, event: DeploymentEvent) {
        append_all(&self.journal, id, vec![Event::Deployment(event)]).await;
    }

    async fn events(&self, id: &DeploymentId) -> Vec<&'static str> {
        let records = self.journal.records(id, 0).await.unwrap();
        records.iter().map(|record| record.event.name()).collect()
    }

    fn taken_up(&self) -> Vec<DeploymentId> {
        self.taken_up.lock().unwrap().clone()
    }
}

const WAITS: &str =
    "awaiting_window: waits for the deployment window, which opens at 2026-08-03 07:00:00 UTC";

#[tokio::test(start_paused = true)]
async fn one_that_waits_begins_at_the_opening() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let id = harness.accept("1").await;
    assert_eq!(harness.state(&id).await, WAITS);
    sleep(UNTIL_THEN - Duration::from_secs(2)).await;
    assert_eq!(harness.taken_up(), []);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(harness.taken_up(), std::slice::from_ref(&id));
    assert_eq!(harness.events(&id).await, ["accepted", "awaits_window", "window_opened"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_survives_a_restart_also_one_that_lasts_past_the_opening() {
    for (now, is_taken_up) in [("2026-08-02T10:00:00Z", false), ("2026-08-03T09:00:00Z", true)] {
        let before = SchedulerHarness::new(OFFICE_HOURS);
        let id = before.accept("1").await;
        assert_eq!(before.state(&id).await, WAITS);
        before.stop.cancel();
        sleep(Duration::from_secs(1)).await;
        let SchedulerHarness { dir, journal, .. } = before;
        drop(journal);
        let after = SchedulerHarness::at(dir, OFFICE_HOURS, at(now));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(after.taken_up().contains(&id), is_taken_up, "{now}");
        sleep(UNTIL_THEN).await;
        assert_eq!(after.taken_up(), [id]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_takes_the_place_of_one_that_waits_and_aborts_none_under_way() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let first = harness.accept("1").await;
    let second = harness.accept("2").await;
    let superseded = format!("superseded: a newer request, {second}, took its place in the queue");
    assert_eq!(harness.state(&first).await, superseded);
    sleep(UNTIL_THEN).await;
    assert_eq!(harness.taken_up(), std::slice::from_ref(&second));
    harness.say(&second, DeploymentEvent::Started).await;
    sleep(9 * HOUR).await;

    let third = harness.accept("3").await;
    assert!(harness.state(&third).await.starts_with("awaiting_window: "));
    let State::Planning(steering) =
        harness.journal.deployment(&second).await.unwrap().unwrap().state
    else {
        panic!("it goes on after its window has ended")
    };
    assert_eq!(steering.aborted, None, "config says `replace`, but the newer one may not begin");
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_a_window_does_not_give_way_to_one_that_may_never_be_approved() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let first = harness.accept("1").await;
    let asking = Acceptance {
        approve_until: Some(at("2026-08-03T10:00:00Z")),
        ..samples::acceptance("game", "2")
    };
    let second = new(harness.journal.accept(asking, QUEUE).await.unwrap()).id;
    assert_eq!(harness.state(&first).await, WAITS);
    harness.say(&second, DeploymentEvent::Approved { by: Actor::new("ada") }).await;
    assert_eq!(harness.state(&second).await, WAITS, "approved outside, it waits for the opening");
    let superseded = format!("superseded: a newer request, {second}, took its place in the queue");
    assert_eq!(harness.state(&first).await, superseded);
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_can_be_aborted() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let id = harness.accept("1").await;
    assert_eq!(harness.state(&id).await, WAITS);
    let by = Requester::operator("ada");
    harness.say(&id, DeploymentEvent::Steered { action: Action::Abort, by }).await;
    assert_eq!(harness.state(&id).await, "closing: aborted by ada before it began");
}

#[tokio::test(start_paused = true)]
async fn other_windows_after_a_reload_hold_for_what_waits_and_for_what_is_queued() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let id = harness.accept("1").await;
    assert_eq!(harness.state(&id).await, WAITS);
    harness.limits.send_replace(limits("{allow: [{cron: '0 12 * * *', lasts: 1h}]}"));
    assert_eq!(
        harness.state(&id).await,
        "awaiting_window: waits for the deployment window, which opens at 2026-08-01 12:00:00 UTC"
    );
    harness.limits.send_replace(limits("{deny: [{cron: '0 10 * * *', lasts: 1m}]}"));
    assert_eq!(
        harness.state(&id).await,
        "awaiting_window: waits for the deployment window, which opens at 2026-08-01 10:01:00 UTC"
    );
    harness.limits.send_replace(limits("{}"));
    assert_eq!(harness.state(&id).await, "queued: -");
    assert_eq!(harness.taken_up(), std::slice::from_ref(&id));
    let moved = ["awaits_window", "awaits_window", "awaits_window", "window_opened"];
    assert_eq!(harness.events(&id).await[1..], moved);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_its_turn_until_the_window_ends_waits_for_the_next_one() {
    let harness = SchedulerHarness::at(StateDir::new(), OFFICE_HOURS, at("2026-08-03T14:00:00Z"));
    let first = harness.accept("1").await;
    sleep(Duration::from_secs(1)).await;
    harness.say(&first, DeploymentEvent::Started).await;
    harness.limits.send_replace(Limits { replacing: Vec::new(), ..limits(OFFICE_HOURS) });
    let second = harness.accept("2").await;
    assert_eq!(harness.state(&second).await, "queued: -");
    sleep(2 * HOUR).await;
    append_all(
        &harness.journal,
        &first,
        vec![samples::step_failed("no"), samples::ended(Outcome::Failed)],
    )
    .await;
    assert_eq!(
        harness.state(&second).await,
        "awaiting_window: waits for the deployment window, which opens at 2026-08-04 07:00:00 UTC"
    );
    assert_eq!(harness.taken_up(), [first]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_window_does_not_begin_under_a_lock_nor_in_a_frozen_environment() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let id = harness.accept("1").await;
    assert_eq!(harness.state(&id).await, WAITS);
    let place = || Place { environment: Environment::STAGING, service: None };
    let why = "the database is down".to_owned();
    let by = Actor::new("ada");
    harness.journal.lock(place(), why, by, None).await.unwrap();
    let locked = format!("{WAITS}; it is held: staging is locked: the database is down");
    assert_eq!(harness.state(&id).await, locked);
    sleep(UNTIL_THEN + HOUR).await;
    assert_eq!((harness.state(&id).await, harness.taken_up()), (locked, Vec::new()));
    let frozen = BTreeMap::from([(Environment::STAGING, "until the audit is over".to_owned())]);
    harness.limits.send_replace(Limits { frozen, ..limits(OFFICE_HOURS) });
    harness.journal.unlock(place(), Actor::new("ada")).await.unwrap();
    let frozen = format!("{WAITS}; it is held: staging is frozen: until the audit is over");
    assert_eq!((harness.state(&id).await, harness.taken_up()), (frozen, Vec::new()));
    harness.limits.send_replace(limits(OFFICE_HOURS));
    assert_eq!(harness.state(&id).await, "queued: -");
    assert_eq!(harness.taken_up(), [id]);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_ends_by_itself_lets_what_it_held_begin() {
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let id = harness.accept("1").await;
    let place =
        Place { environment: Environment::STAGING, service: Some(samples::service("game")) };
    let until = Some(at("2026-08-03T08:00:00Z"));
    harness.journal.lock(place, "a test".to_owned(), Actor::new("ada"), until).await.unwrap();
    sleep(UNTIL_THEN + HOUR / 2).await;
    assert_eq!(harness.taken_up(), []);
    sleep(HOUR / 2 + Duration::from_secs(60)).await;
    assert_eq!(harness.taken_up(), [id]);
}

#[tokio::test(start_paused = true)]
async fn an_operators_rollback_is_never_held_and_ends_what_waits() {
    let dir = StateDir::new();
    let journal = Journal::open(dir.store(), Clock::following_tokio(at(NOW))).unwrap();
    for (attempt, digit) in [("1", "a"), ("2", "b")] {
        let id = samples::accept(&journal, "game", attempt).await;
        let image = image(&format!("registry.example/game@sha256:{}", digit.repeat(64)));
        let revision = format!("game-0000{attempt}");
        append_all(&journal, &id, samples::success("game", &revision, &image)).await;
    }
    drop(journal);
    let harness = SchedulerHarness::at(dir, OFFICE_HOURS, at(NOW));
    let waiting = harness.accept("3").await;
    assert_eq!(harness.state(&waiting).await, WAITS);
    let order = RollbackOrder {
        environment: Environment::STAGING,
        service: samples::service("game"),
        to: None,
        by: Actor::new("ada"),
        keeps_out: KeepsOut::Promotions,
        of: None,
    };
    let rollback = harness.journal.order_rollback(order, QUEUE).await.unwrap().deployment.id;
    let superseded =
        format!("superseded: a newer request, {rollback}, took its place in the queue");
    assert_eq!(harness.state(&waiting).await, superseded);
    assert_eq!(harness.taken_up(), [rollback]);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_begins_at_the_opening_and_goes_on_after_its_window_has_ended() {
    let harness = rollout_harness::Harness::new();
    let engine = harness.engine.clone();
    let worker = move |id: DeploymentId| -> BoxFuture<'static, ()> {
        let engine = engine.clone();
        async move { engine.run(&id, &CancellationToken::new()).await }.boxed()
    };
    let clock = harness.engine.clock.clone();
    let request = blue_green("1", "1");
    // From an hour from now on for two minutes: shorter than the five minutes of its stages.
    let opens_at = clock.now() + HOUR;
    let cron = opens_at.to_zoned(TimeZone::UTC).strftime("%M %H * * *").to_string();
    let windows = windows(&format!("{{allow: [{{cron: '{cron}', lasts: 2m}}]}}"));
    let windows = BTreeMap::from([(request.environment, windows)]);
    let limits = watch::Sender::new(Limits {
        running: 1,
        replacing: Vec::new(),
        windows,
        frozen: BTreeMap::new(),
    });
    let stop = CancellationToken::new();
    tokio::spawn(Scheduler::run(harness.journal.clone(), clock, worker, limits.subscribe(), stop));
    let id = new(harness.journal.accept(accepted_as_sent(request), QUEUE).await.unwrap()).id;
    sleep(HOUR - Duration::from_secs(60)).await;
    assert_eq!(harness.serves(), "404 100");
    let deadline = Instant::now() + HOUR;
    while !harness.journal.live().is_empty() {
        assert!(Instant::now() < deadline, "still {:?}", harness.journal.live());
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(harness.serves(), "v1 100");
    let records = harness.journal.records(&id, 0).await.unwrap();
    let events: Vec<_> = records.iter().map(|record| record.event.name()).take(4).collect();
    assert_eq!(events, ["accepted", "awaits_window", "window_opened", "started"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_an_operator_lets_past_begins_and_is_marked_past_its_end_until_it_is_acknowledged()
{
    let harness = SchedulerHarness::new(OFFICE_HOURS);
    let id = harness.accept("1").await;
    let refused = |event: DeploymentEvent| {
        let journal = harness.journal.clone();
        let id = id.clone();
        async move { journal.append(&id, event).await.unwrap_err().to_string() }
    };
    let by = || Actor::new("ada").noting("the shop is down");
    assert_eq!(harness.state(&id).await, WAITS);
    let unknown = refused(DeploymentEvent::OverrideAcknowledged { by: by() }).await;
    assert_eq!(unknown, "event `override_acknowledged` cannot follow state `awaiting_window`");
    harness.say(&id, DeploymentEvent::Overridden { by: by() }).await;
    assert_eq!(harness.state(&id).await, "queued: -");
    assert_eq!(harness.taken_up(), std::slice::from_ref(&id));
    let again = refused(DeploymentEvent::Overridden { by: by() }).await;
    assert_eq!(again, "event `overridden` cannot follow state `queued`");

    let end = vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed("no"),
        samples::ended(Outcome::Failed),
    ];
    append_all(&harness.journal, &id, end).await;
    let ended = harness.journal.summary(&id).await.unwrap().unwrap();
    assert!(ended.unacknowledged, "it is marked after its end too");
    sleep(HOUR).await;
    harness.say(&id, DeploymentEvent::OverrideAcknowledged { by: Actor::new("bob") }).await;
    let seen = harness.journal.summary(&id).await.unwrap().unwrap();
    assert_eq!((seen.unacknowledged, seen.ended_at), (false, ended.ended_at));
    let twice = refused(DeploymentEvent::OverrideAcknowledged { by: by() }).await;
    assert_eq!(twice, "event `override_acknowledged` cannot follow state `failed`");
}
