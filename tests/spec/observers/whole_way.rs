//! A story: four builds on their way from dev over qa to production in the EU and then in the US. One
//! arrives, one is replaced while it soaks, one is rolled back half way, and one mends it.

use std::{collections::HashSet, time::Duration};

use boathook::{
    accounts::Accounts,
    journal::DeploymentView,
    server::{LocalUser, check_approver},
};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Namespace, ServiceKey},
    record::{DeploymentEvent, Event, Outcome, PromotionEvent, Status},
};
use boathook_sandbox::{Behaviour, Caller, Kind, Selector};
use boathook_testing::{
    samples::{self, QUEUE, service},
    shipped::of,
};
use jiff::Timestamp;
use serde_json::json;

use crate::support::{
    life::Life,
    promotion_harness::{Chain, Link, REPOSITORY},
};

const DEV: Environment = of("dev");
const QA: Environment = of("qa");
const EU: Environment = of("production-eu");
const US: Environment = of("production-us");

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The story begins on Sunday evening; the EU deploys on Monday from 08:00 to 16:00 UTC.
const ENVIRONMENTS: &[Link] = &[
    ("dev", "game-dev", "promotion: {to: qa, when: automatic, namespace: game-qa}"),
    (
        "qa",
        "game-qa",
        "require: {proven: {environment: dev, within: 30d}}\n\
         promotion: [{to: production-eu, when: automatic, namespace: game-eu}, \
         {to: production-us, when: automatic, namespace: game-us, soak: 1h}]\n\
         waves: [[production-eu], [production-us]]",
    ),
    (
        "production-eu",
        "game-eu",
        "require: {proven: {environment: qa, within: 30d, soak: 2h}}\n\
         windows: {time_zone: Europe/Berlin, allow: [{cron: '0 9 * * MON-FRI', lasts: 8h}]}\n\
         approval: {required: always, approvers: {count: 2, not_requester: true}}",
    ),
    ("production-us", "game-us", "require: {proven: {all: [qa, production-eu], within: 30d}}"),
];

/// Who may open the operator's socket, as `/etc/passwd` has them; jane triggers the builds.
const USERS: &str = "jane:x:70001:70001::/:\nada:x:70002:70002::/:\nbob:x:70003:70003::/:\n";

fn begin() -> Chain {
    let chain = Chain::of(ENVIRONMENTS, |_, _| {});
    for tag in ["3", "4"] {
        chain.cluster.publish(REPOSITORY, tag, Behaviour::good(&format!("v{tag}")));
    }
    chain
}

fn game(environment: Environment) -> ServiceKey {
    let namespace = match environment.name().strip_prefix("production-") {
        Some(region) => format!("game-{region}"),
        None => format!("game-{environment}"),
    };
    ServiceKey { namespace: Namespace::parse(&namespace).unwrap(), ..service("game") }
}

fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// CI has built the image of this tag for jane, and asks for it in dev.
async fn ci_builds(life: &Life, tag: &str) {
    let fields = json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": tag});
    assert_eq!(life.chain().send("dev", fields).await.status, 202);
}

/// Waits for the success of the so-many-th deployment to an environment.
async fn succeeds(life: &mut Life, environment: Environment, nth: usize) -> DeploymentView {
    let id = life
        .until(&format!("{environment} deploys for the {nth}. time"), async |chain| {
            let all = chain.in_environment(environment).await;
            let ended = all.first().filter(|newest| all.len() == nth && newest.ended_at.is_some());
            ended.map(|newest| newest.id.clone())
        })
        .await;
    let view = life.chain().history(&id).await;
    assert_eq!(view.status.end(), Some(Outcome::Succeeded), "{view:#?}");
    view
}

/// What users are answered in the four environments.
#[track_caller]
fn assert_serves(life: &Life, versions: [&str; 4]) {
    let serves = [DEV, QA, EU, US]
        .map(|environment| life.chain().serves(game(environment).namespace.as_str()));
    assert_eq!(serves, versions);
}

/// What `boathook show` says of the promotions of a deployment, without what was sent.
async fn promotions(chain: &Chain, id: &DeploymentId) -> [String; 2] {
    let without = |text: String| match text.split_once(" as ") {
        Some((sent, _)) if sent.starts_with("promoted") => sent.to_owned(),
        _ => text,
    };
    let states = chain.history(id).await.promotions;
    let said = states.iter().map(|state| without(state.to_string())).collect::<Vec<_>>();
    said.try_into().unwrap()
}

/// Waits until this is said of the two promotions of a deployment.
async fn says(life: &mut Life, id: &DeploymentId, eu: &str, us: &str) {
    let wanted = [eu.to_owned(), us.to_owned()];
    let mut said = promotions(life.chain(), id).await;
    for _ in 0..30 {
        if said == wanted {
            return;
        }
        life.passes(MINUTE / 3).await;
        said = promotions(life.chain(), id).await;
    }
    assert_eq!(said, wanted);
}

/// Waits until the newest deployment of the EU waits so, and returns it.
async fn eu_waits(life: &mut Life, nth: usize, status: Status, why: &str) -> DeploymentId {
    life.until(&format!("production-eu waits: {why}"), async |chain| {
        let all = chain.in_environment(EU).await;
        let newest = all.first().filter(|_| all.len() == nth)?;
        let reason = newest.reason.as_ref().map(ToString::to_string).unwrap_or_default();
        (newest.status == status && reason == why).then(|| newest.id.clone())
    })
    .await
}

/// What `boathook approve` answers a user of this machine.
async fn approve(life: &Life, id: &DeploymentId, user: &str) -> Result<(), String> {
    let accounts = Accounts::of(USERS.to_owned(), String::new());
    let uid = accounts.uid(user).unwrap();
    let journal = life.chain().parts.journal();
    let deployment = journal.deployment(id).await.unwrap().unwrap();
    let user_here = LocalUser { uid, gid: uid, accounts: Ok(accounts) };
    let checked = check_approver(&user_here, &deployment.acceptance, journal).await;
    checked.map_err(|error| error.to_string())?;
    let yes = Event::Deployment(DeploymentEvent::Approved { by: Actor::new(user) });
    journal.append(id, yes).await.map(drop).map_err(|error| error.to_string())
}

/// The EU wants the approvals of two others than who asked for it.
async fn two_approve(life: &mut Life, nth: usize) {
    let id = eu_waits(life, nth, Status::AwaitingApproval, "0 of 2 approvals").await;
    assert_eq!(
        approve(life, &id, "jane").await.unwrap_err(),
        "cannot approve: jane asked for this deployment, and `approvers.not_requester` leaves its \
         approval to others"
    );
    approve(life, &id, "ada").await.unwrap();
    approve(life, &id, "ada").await.unwrap_err();
    eu_waits(life, nth, Status::AwaitingApproval, "1 of 2 approvals, by ada").await;
    approve(life, &id, "bob").await.unwrap();
}

async fn tell(life: &mut Life) {
    // Sunday evening: the first build is in qa at once, and production waits for it.
    assert_eq!(at(life.chain().now()), "2026-11-22 18:51:22 UTC");
    ci_builds(life, "1").await;
    let dev = succeeds(life, DEV, 1).await;
    let first = succeeds(life, QA, 1).await;
    assert!(first.accepted_at < dev.ended_at.unwrap() + MINUTE, "{first:#?}");
    assert_serves(life, ["v1", "v1", "", ""]);
    let since = first.ended_at.unwrap();
    let soaks_for_eu = |since| {
        let due = at(since + 2 * HOUR);
        format!(
            "to production-eu, waits: its digest has to serve 2h in qa, until {due} \
             (`require.proven` there)"
        )
    };
    let soaks_for_us = |since| {
        let due = at(since + HOUR);
        format!(
            "to production-us, waits: its digest has to serve 1h in qa, until {due} (`soak` of the \
             promotion)"
        )
    };
    let after_eu = "to production-us, waits: its digest has to succeed in production-eu first \
                    (`waves`)";
    says(life, &first.id, &soaks_for_eu(since), &soaks_for_us(since)).await;
    life.passes(HOUR).await;
    says(life, &first.id, &soaks_for_eu(since), after_eu).await;
    assert!(life.chain().in_environment(EU).await.is_empty());

    // It has soaked: the EU waits for two approvals, and then for Monday.
    two_approve(life, 1).await;
    let opens = "waits for the deployment window, which opens at 2026-11-23 08:00:00 UTC";
    let in_eu = eu_waits(life, 1, Status::AwaitingWindow, opens).await;
    assert!(life.chain().history(&in_eu).await.accepted_at >= since + 2 * HOUR);
    life.passes(8 * HOUR).await;
    assert_serves(life, ["v1", "v1", "", ""]);
    says(life, &first.id, "promoted to production-eu", after_eu).await;
    let eu = succeeds(life, EU, 1).await;
    assert!(eu.ended_at.unwrap() > "2026-11-23T08:00:00Z".parse().unwrap());
    assert_serves(life, ["v1", "v1", "v1", ""]);

    // The US waits until the EU has served it for an hour.
    let soaks_in_eu = |since| {
        let due = at(since + HOUR);
        format!(
            "to production-us, waits: its digest has to serve 1h in production-eu, until {due} \
             (`waves`)"
        )
    };
    let since = eu.ended_at.unwrap();
    says(life, &first.id, "promoted to production-eu", &soaks_in_eu(since)).await;
    let us = succeeds(life, US, 1).await;
    assert!(us.accepted_at >= since + HOUR, "{us:#?}");
    assert_serves(life, ["v1", "v1", "v1", "v1"]);

    // The second build has not soaked when the third takes its place, which soaks from its own
    // success on.
    ci_builds(life, "2").await;
    let second = succeeds(life, QA, 2).await;
    assert_serves(life, ["v2", "v2", "v1", "v1"]);
    life.passes(HOUR).await;
    ci_builds(life, "3").await;
    let third = succeeds(life, QA, 3).await;
    let replaced = |to: &str| {
        format!(
            "not promoted to {to}: {} has succeeded in qa since, and this one is not sent on any \
             more",
            third.id
        )
    };
    let eu = replaced("production-eu");
    let us = replaced("production-us");
    says(life, &second.id, &eu, &us).await;
    let since = third.ended_at.unwrap();
    says(life, &third.id, &soaks_for_eu(since), &soaks_for_us(since)).await;
    assert_serves(life, ["v3", "v3", "v1", "v1"]);

    // The EU gets it within its window, and the US waits again.
    two_approve(life, 2).await;
    let eu = succeeds(life, EU, 2).await;
    assert!(eu.accepted_at >= since + 2 * HOUR, "{eu:#?}");
    assert_serves(life, ["v3", "v3", "v3", "v1"]);
    let waits = soaks_in_eu(eu.ended_at.unwrap());
    says(life, &third.id, "promoted to production-eu", &waits).await;

    // ada rolls the EU back: the US does not get that build, nor from CI.
    let by = Actor::new("ada").noting("checkout fails");
    let order = samples::rollback(EU, &game(EU), None, by);
    let ordered = life.chain().parts.journal().order_rollback(order, QUEUE).await.unwrap();
    let bad = ordered.withdrawn.unwrap();
    assert_eq!(ordered.serves_in, ["game-dev/game in dev", "game-qa/game in qa"]);
    succeeds(life, EU, 3).await;
    assert_serves(life, ["v3", "v3", "v1", "v1"]);
    let withdrawal = life.chain().parts.journal().withdrawal(&bad).await.unwrap().unwrap();
    let why = format!(
        "{bad} was withdrawn {}: an operator rolled game-eu/game in production-eu back from it; \
         `boathook reinstate {bad} --reason ...` lets it count again",
        at(withdrawal.since)
    );
    let us = format!("not promoted to production-us: {why}");
    says(life, &third.id, "promoted to production-eu", &us).await;
    let image = json!({"image": format!("{REPOSITORY}@{bad}"), "deployment_id": "by-ci"});
    assert_eq!(
        life.chain().send("production-us", image).await.refusal(),
        format!("403 production-us does not accept this deployment: {why}")
    );
    life.passes(2 * HOUR).await;
    assert_eq!(life.chain().in_environment(US).await.len(), 1);

    // The fourth build mends it, and the EU does not take it before bob says that it may.
    ci_builds(life, "4").await;
    let fourth = succeeds(life, QA, 4).await;
    life.passes(2 * HOUR + 10 * MINUTE).await;
    let held = life.chain().parts.journal().holds()[0].since;
    let held = format!(
        "to production-eu, tried again: game-eu/game in production-eu is held (ada rolled it back, \
         {}) and takes no promotions until an operator releases it (boathook release game) or a \
         request that says `after_rollback: true` (where its config says `allow.after_rollback: \
         true`) succeeds",
        at(held)
    );
    says(life, &fourth.id, &held, after_eu).await;
    let by = Actor::new("bob");
    life.chain().parts.journal().release(EU, game(EU), by).await.unwrap();

    // Its approvals come after the window's end, so it waits for Tuesday; then it goes the whole way.
    two_approve(life, 4).await;
    let opens = "waits for the deployment window, which opens at 2026-11-24 08:00:00 UTC";
    eu_waits(life, 4, Status::AwaitingWindow, opens).await;
    life.passes(8 * HOUR).await;
    let eu = succeeds(life, EU, 4).await;
    assert_serves(life, ["v4", "v4", "v4", "v1"]);
    let us = succeeds(life, US, 2).await;
    assert!(us.accepted_at >= eu.ended_at.unwrap() + HOUR, "{us:#?}");
    assert_serves(life, ["v4", "v4", "v4", "v4"]);
    says(life, &fourth.id, "promoted to production-eu", "promoted to production-us").await;
    assert_eq!(
        [eu, us].map(|view| view.resolved_image),
        [fourth.resolved_image.clone(), fourth.resolved_image],
        "all serve the digest that dev proved"
    );
}

/// Nothing was deployed twice and no promotion was sent twice, by the record and in the cluster.
async fn assert_once(chain: &Chain) {
    let records = chain.parts.journal().records_of_all(0, u32::MAX).await.unwrap();
    let mut sent = HashSet::new();
    for record in &records {
        if let Event::Promotion(PromotionEvent::Promoted { to, .. }) = &record.event {
            assert!(sent.insert((&record.deployment, to)), "{record:?}");
        }
    }
    let all = chain.all().await;
    let names = all.iter().map(|one| (one.environment, &one.deployment_id)).collect::<HashSet<_>>();
    assert_eq!(names.len(), all.len(), "{all:#?}");
    assert!(all.iter().all(|one| one.status.end() == Some(Outcome::Succeeded)), "{all:#?}");
    let counts = async |environment| {
        let namespace = game(environment).namespace;
        let revisions = chain.cluster.list(
            &Caller::admin(),
            Kind::Revision,
            Some(namespace.as_str()),
            &Selector::default(),
        );
        let revisions = revisions.unwrap()["items"].as_array().unwrap().len();
        (chain.in_environment(environment).await.len(), revisions)
    };
    assert_eq!(counts(DEV).await, (4, 4));
    assert_eq!(counts(QA).await, (4, 4));
    assert_eq!(counts(EU).await, (4, 3), "a rollback makes no revision");
    assert_eq!(counts(US).await, (2, 2));
}

#[tokio::test(start_paused = true)]
async fn what_soaks_has_its_window_and_its_approvals_goes_the_whole_way_and_what_is_rolled_back_does_not()
 {
    let mut life = Life::new(begin());
    tell(&mut life).await;
    assert_once(life.chain()).await;
}

#[tokio::test(start_paused = true)]
async fn the_story_is_the_same_where_boathook_dies_after_every_record_of_it() {
    let mut life = Life::dying_after_every_record(begin());
    tell(&mut life).await;
    assert_once(life.chain()).await;
    assert!(life.deaths() > 300, "it died {} times only", life.deaths());
}
