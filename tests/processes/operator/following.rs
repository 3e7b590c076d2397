//! A deployment is followed to its end, and every line of it comes once, whatever the network does
//! to streams. On the real clock, with short times.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use boathook::{
    cli::{Follow, Pace, PublicEvent, Reporter, Until},
    journal::DeploymentView,
};
use boathook_core::{
    deployment::{Actor, Requester},
    health::{Numbers, Times},
    rate::Backoff,
    record::{DeploymentEvent, Event, Outcome, Reason, StepEvent},
    rollout::{Action, Note, Observation, Plan, Topic},
};
use boathook_testing::{delivery, harness::Harness, samples};
use reqwest::{Client, Url};
use serde_json::json;

use crate::support::{
    github_runner::program,
    listening::{Listening, Ran, shell},
    relay::{Relay, Streams},
};

/// A hold lasts longer than any of a follower's times.
const HOLD: Duration = Duration::from_secs(4);
/// How long it lasts at most.
const PATIENCE: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_millis(100);

fn pace() -> Pace {
    let millis = Duration::from_millis;
    Pace {
        answer: Duration::from_secs(3),
        silence: Duration::from_secs(3),
        poll: millis(100),
        queue: Duration::from_secs(1),
        reconnect: Backoff::new(millis(100), millis(200)),
    }
}

fn step(name: &str) -> Event {
    Event::Step(StepEvent::StepStarted { step: name.to_owned() })
}

fn health(of: &str, samples: u64, failures: u64) -> Observation {
    let numbers = Numbers { samples, failures, p95_ms: 12, ..Numbers::default() };
    Observation::Health { of: of.to_owned(), numbers, times: Times::default() }
}

fn so_far(samples: u64, failures: u64) -> Event {
    let numbers = Numbers { samples, failures, p95_ms: 9, ..Numbers::default() };
    let finding = Observation::HealthSoFar { of: "service".to_owned(), numbers };
    Event::Step(StepEvent::StepLearned { finding })
}

fn steered(action: Action) -> Event {
    let by = Requester::Operator(Actor::new("jane").noting("looks slow"));
    Event::Deployment(DeploymentEvent::Steered { action, by })
}

/// To the begin of the first hold.
fn before_the_hold() -> Vec<Event> {
    let plan = samples::plan_with_hold("game", "game-00001");
    let text = "`sidecar` keeps its image".to_owned();
    let notes = vec![Note { about: Topic::KeptImage, text }];
    let candidate =
        Observation::Candidate { name: samples::revision("game-00002"), uid: "u-1".to_owned() };
    vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned {
            plan: Arc::new(Plan { notes, ..Plan::clone(&plan) }),
        }),
        step("shift_traffic"),
        Event::Step(StepEvent::StepLearned { finding: candidate }),
        samples::step_ended(vec![Observation::Serving { percent: 10 }]),
        step("hold"),
    ]
}

fn after_the_hold() -> Vec<Event> {
    vec![
        samples::step_ended(vec![health("candidate", 24, 0), health("service", 24, 1)]),
        step("shift_traffic"),
        Event::Step(StepEvent::StepLearned { finding: Observation::Serving { percent: 50 } }),
        samples::step_ended(vec![Observation::Serving { percent: 50 }]),
        step("hold"),
        Event::Step(StepEvent::StepLearned { finding: health("candidate", 3, 3) }),
        samples::step_failed("candidate: 3 failures in a row"),
        step("pin_traffic"),
        samples::step_ended(vec![Observation::Note("game-00001 answers again".to_owned())]),
        Event::Deployment(DeploymentEvent::Ended {
            end: Outcome::RolledBack,
            reason: Some(Reason::stated("candidate: 3 failures in a row")),
        }),
    ]
}

/// Plays a rollout whose hold is full of records that senders do not see, and that an operator
/// pauses meanwhile. On a busy machine the hold lasts longer, until `has_seen_it`.
async fn play(harness: &Harness, has_seen_it: impl Fn() -> bool) {
    let id = harness.newest().await.id;
    harness.play(&id, before_the_hold()).await;
    let began = tokio::time::Instant::now();
    let mut command = 1;
    while began.elapsed() < HOLD || (!has_seen_it() && began.elapsed() < PATIENCE) {
        tokio::time::sleep(HEARTBEAT / 4).await;
        harness.play(&id, vec![samples::command_started(command)]).await;
        match command {
            10 => harness.play(&id, vec![so_far(5, 0)]).await,
            15 => harness.play(&id, vec![so_far(10, 1)]).await,
            18 => harness.play(&id, vec![so_far(15, 1)]).await,
            20 => harness.play(&id, vec![steered(Action::Pause)]).await,
            40 => harness.play(&id, vec![steered(Action::Resume)]).await,
            _ => {}
        }
        command += 1;
    }
    harness.play(&id, after_the_hold()).await;
}

/// What a follower prints, without the times.
const LINES: &str = "reading the cluster
planned 5 steps
note: `sidecar` keeps its image
[1/5] Shift traffic to 10 %
new revision game-00002
new revision gets 10 % of requests
[2/5] Hold at 10 % for 120 s
so far, service: 1 of 10 probes failed, 95 % within 9 ms
pause by an operator
resume by an operator
candidate: 0 of 24 probes failed, 95 % within 12 ms
service: 1 of 24 probes failed, 95 % within 12 ms
[3/5] Shift traffic to 50 %
new revision gets 50 % of requests
[4/5] Hold at 50 % for 120 s
candidate: 3 of 3 probes failed, 95 % within 12 ms
[4/5] Hold at 50 % for 120 s failed: candidate: 3 failures in a row
[rolling back, 1/1] Pin all traffic to the new revision
note: game-00001 answers again";

/// Follows the rollout through a proxy, and returns what was printed without the times, and how
/// many streams that took.
async fn through(streams: Streams, follow: impl AsyncFnOnce(Url) -> String) -> (String, usize) {
    let listening = Listening::beating(HEARTBEAT);
    let body = delivery::body_with(json!({"timestamp": null}));
    let summary = listening.harness.accept(delivery::Delivery::of(&body)).await;
    let relay = Relay::start(listening.address, streams).await;
    let link = listening.harness.public.status_url(&summary);
    let link = Url::parse(&link.replace("https://hooks.example.com", &relay.url())).unwrap();
    let tried_again = || streams == Streams::Pass || relay.begun() > 1;
    let (printed, ()) = tokio::join!(follow(link), play(&listening.harness, tried_again));
    listening.stop().await;
    (printed, relay.begun())
}

/// As `boathook send` follows.
async fn sender(link: Url) -> String {
    let (ended, printed) = followed(link).await;
    let notes = ended.expect("it was seen").notes;
    assert_eq!(notes, ["`sidecar` keeps its image", "game-00001 answers again"]);
    printed
}

/// Follows without a deadline.
async fn followed(link: Url) -> (Option<DeploymentView>, String) {
    let mut events = link.clone();
    events.set_path(&format!("{}/events", link.path()));
    let printed = Rc::new(RefCell::new(Vec::new()));
    let printing = Rc::clone(&printed);
    let reporter = Reporter::to(move |line| printing.borrow_mut().push(line[10..].to_owned()));
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let follow = Follow {
        client: &client,
        status: link,
        events,
        read: PublicEvent::from_public,
        reporter: &reporter,
        pace: pace(),
        until: Until::Settled,
    };
    let ended = follow.to_the_end(None).await;
    let printed = printed.borrow().join("\n");
    (ended, printed)
}

/// As the action follows.
async fn action(link: Url) -> String {
    let script = "import { follow } from './follow.mjs';
        const status = process.env.LINK;
        const target = { status, events: status.replace('?', '/events?'), headers: {} };
        const pace = { answer: 3000, silence: 3000, poll: 100, queue: 1000, reconnect: 100, longestReconnect: 200 };
        const ended = await follow(target, performance.now() + 50_000, pace);
        if (ended.notes.length !== 2) throw new Error(JSON.stringify(ended));";
    let folder = format!("{}/.github/actions/deploy", env!("CARGO_MANIFEST_DIR"));
    let node = program("node").display().to_string();
    let line = format!("cd {folder} && exec {node} --input-type=module --eval \"$SCRIPT\"");
    let ran = shell(&line, &[("SCRIPT", script), ("LINK", link.as_str())]).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    ran.stdout.lines().map(|line| &line[10..]).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stream_lasts_through_a_hold_longer_than_every_timeout() {
    for (printed, streams) in
        [through(Streams::Pass, sender).await, through(Streams::Pass, action).await]
    {
        assert_eq!(printed, LINES);
        assert_eq!(streams, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_proxy_holds_streams_back_polling_gives_the_same_lines() {
    for (printed, streams) in
        [through(Streams::HoldBack, sender).await, through(Streams::HoldBack, action).await]
    {
        assert_eq!(printed, LINES);
        assert!(streams > 1, "tried {streams} time only");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_streams_are_cut_again_and_again_every_line_comes_once() {
    for streams in [Streams::CutAfter(1), Streams::CutAfter(900)] {
        for (printed, streams) in [through(streams, sender).await, through(streams, action).await] {
            assert_eq!(printed, LINES);
            assert!(streams > 1, "tried {streams} time only");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_whose_record_is_gone_is_followed_no_longer() {
    let listening = Listening::start();
    let body = delivery::body_with(json!({"timestamp": null}));
    let summary = listening.harness.accept(delivery::Delivery::of(&body)).await;
    let link = listening.harness.public.status_url(&summary);
    let link = link
        .replace("https://hooks.example.com", &format!("http://{}", listening.address))
        .replace(&summary.id.to_string(), "01a0a0a0a0a0a0a0a0a0a0a0a0");
    let (seen, printed) = followed(Url::parse(&link).unwrap()).await;
    assert!(seen.is_none());
    assert_eq!(
        printed,
        "its status cannot be read now; trying again
there is no record of it any more: it has ended, and was pruned"
    );
    listening.stop().await;
}

/// Runs a line of the shell while the rollout is played; SOCKET and ID are the operator's.
async fn operator(line: &str) -> Ran {
    let listening = Listening::start();
    let body = delivery::body_with(json!({"timestamp": null}));
    let id = listening.harness.accept(delivery::Delivery::of(&body)).await.id.to_string();
    let variables = [("SOCKET", listening.socket.to_str().unwrap()), ("ID", &id)];
    let (mut ran, ()) = tokio::join!(shell(line, &variables), play(&listening.harness, || true));
    ran.stdout = ran.stdout.replace(&id, "ID");
    listening.stop().await;
    ran
}

/// As operators see it, who did what is named.
fn as_operators_see_it(lines: &str) -> String {
    lines.replace("by an operator", "by jane (looks slow)")
}

const OUTCOME: &str = "rolled back in game/game in development: candidate: 3 failures in a row
note: `sidecar` keeps its image
note: game-00001 answers again";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn show_follows_a_deployment_as_send_does_and_ends_with_the_same_code() {
    let ran = operator("boathook show --socket $SOCKET $ID --follow").await;
    assert_eq!((ran.code, ran.stdout.trim_end()), (1, OUTCOME), "{}", ran.transcript());
    let printed = ran.stderr.lines().map(|line| &line[10..]).collect::<Vec<_>>().join("\n");
    assert_eq!(printed, as_operators_see_it(LINES));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_terminal_watch_prints_the_lines_of_every_deployment_once() {
    let ran = operator(
        "out=$(mktemp); boathook watch --socket $SOCKET >$out & \
         until grep -q 'note: game-00001 answers again$' $out && grep -q 'rolled back in' $out; do sleep 0.1; done; \
         kill $!; cat $out; rm $out",
    )
    .await;
    let begin = "game/game in development ID: ";
    let printed = ran.stdout.lines().map(|line| line[10..].strip_prefix(begin).expect(line));
    let printed = printed.collect::<Vec<_>>().join("\n");
    let expected = format!("{}\n{OUTCOME}", as_operators_see_it(LINES));
    assert!(expected.starts_with(&printed) && printed.contains("rolled back in"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_ends_when_its_reader_is_gone() {
    let ran = operator("boathook watch --socket $SOCKET | head -n 2 | wc -l").await;
    assert_eq!((ran.code, ran.stdout.trim()), (0, "2"), "{}", ran.transcript());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_terminal_watch_redraws_what_is_under_way_in_place() {
    let ran = operator(
        "timeout 6 script -qec 'stty rows 12 cols 60; boathook watch --socket $SOCKET' /dev/null </dev/null | cat",
    )
    .await;
    let frames = ran.stdout.split("\u{1b}[J").skip(1).collect::<Vec<_>>();
    assert!(frames.len() > 2, "{} frames: {}", frames.len(), ran.stdout);
    let all = frames.concat();
    assert!(all.contains("ID  game/game in development: deploying"), "{all}");
    assert!(all.contains("\u{1b}[?7l"), "lines are cut, not wrapped: {all}");
    let one = operator(
        "timeout 3 script -qec 'stty rows 9 cols 60; boathook watch --socket $SOCKET $ID' /dev/null </dev/null | cat",
    )
    .await;
    assert!(one.stdout.contains("[2/5] Hold at 10 % for 120 s, for "), "{}", one.stdout);
    for frame in frames {
        assert!(frame.lines().count() <= 12, "more lines than the terminal has rows: {frame}");
    }
}
