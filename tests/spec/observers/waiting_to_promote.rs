//! Promotions that wait until their digest is proven: nothing is sent before, what happens meanwhile
//! ends the wait or begins it anew, and operators hurry or cancel it.

use std::time::Duration;

use boathook::journal::{RedeployOrder, Redeployable};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Namespace, ServiceKey},
    record::{Event, Outcome, PromotionEvent, Status},
};
use boathook_sandbox::Behaviour;
use boathook_testing::{
    samples::{self, QUEUE, service},
    shipped::of,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::sleep;

use crate::support::promotion_harness::{Chain, Link, REPOSITORY};

const QA: Environment = of("qa");
const PERF: Environment = of("perf");
const LIVE: Environment = of("live");

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What succeeds in qa is to serve there for two hours first, by the promotion itself.
const SOAKING: &[Link] = &[
    ("qa", "game-qa", "promotion: {to: live, when: automatic, namespace: game-live, soak: 2h}"),
    ("live", "game-live", ""),
];

/// The same, by what live requires.
const REQUIRED: &[Link] = &[
    ("qa", "game-qa", "promotion: {to: live, when: automatic, namespace: game-live}"),
    ("live", "game-live", "require: {proven: {environment: qa, within: 30d, soak: 2h}}"),
];

/// Deploys a tag to qa, and returns the deployment and the end of its wait.
async fn in_qa(chain: &Chain, tag: &str) -> (DeploymentId, Timestamp) {
    deployed(chain, QA, tag).await
}

async fn deployed(chain: &Chain, to: Environment, tag: &str) -> (DeploymentId, Timestamp) {
    let fields = json!({"image": format!("{REPOSITORY}:{tag}"), "deployment_id": tag});
    assert_eq!(chain.send(to.name(), fields).await.status, 202);
    let newest = async |chain: &Chain| {
        let newest = chain.in_environment(to).await.swap_remove(0);
        newest.ended_at.map(|ended| (newest, ended))
    };
    let (newest, ended) = chain.until(to.name(), newest).await;
    assert_eq!(newest.status.end(), Some(Outcome::Succeeded), "{newest:#?}");
    sleep(Duration::from_secs(1)).await;
    (newest.id, ended + 2 * HOUR)
}

/// What is said of a deployment's promotion to live, without the id and the link of what was sent.
async fn promotion(chain: &Chain, id: &DeploymentId) -> String {
    let state = chain.history(id).await.promotions[0].to_string();
    state.split(" as ").next().unwrap_or_default().to_owned()
}

fn until(due: Timestamp) -> String {
    due.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The names of what was recorded of a promotion, without those of a delay.
async fn recorded(chain: &Chain, id: &DeploymentId) -> Vec<&'static str> {
    let records = chain.parts.journal().records(id, 0).await.unwrap();
    let of_promotion = records.iter().filter(|one| matches!(one.event, Event::Promotion(_)));
    of_promotion.map(|record| record.event.name()).collect()
}

fn game(environment: Environment) -> ServiceKey {
    let namespace = Namespace::parse(&format!("game-{environment}")).unwrap();
    ServiceKey { namespace, ..service("game") }
}

async fn append(chain: &Chain, id: &DeploymentId, event: PromotionEvent) {
    chain.parts.journal().append(id, event).await.unwrap();
    sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_digest_has_served_its_time_and_a_kill_changes_nothing() {
    let by = [(SOAKING, "`soak` of the promotion"), (REQUIRED, "`require.proven` there")];
    for (environments, required_by) in by {
        let mut chain = Chain::of(environments, |_, _| {});
        let (id, due) = in_qa(&chain, "1").await;
        let waits = format!(
            "to live, waits: its digest has to serve 2h in qa, until {} ({required_by})",
            until(due)
        );
        assert_eq!(promotion(&chain, &id).await, waits);
        for _ in 0..23 {
            sleep(5 * MINUTE).await;
            chain = chain.killed().await;
        }
        assert_eq!(promotion(&chain, &id).await, waits);
        assert_eq!(recorded(&chain, &id).await, ["promotion_waits"], "each reason once");
        assert!(chain.in_environment(LIVE).await.is_empty());

        let live = chain.until_ended(LIVE).await;
        assert_eq!(live.status.end(), Some(Outcome::Succeeded));
        assert!(live.accepted_at >= due && live.accepted_at < due + 2 * MINUTE, "{live:#?}");
        assert_eq!(recorded(&chain, &id).await, ["promotion_waits", "promoted"]);
        assert_eq!(chain.serves("game-live"), "v1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_newer_success_takes_the_place_of_one_that_waits() {
    let chain = Chain::of(SOAKING, |_, _| {});
    let (first, _) = in_qa(&chain, "1").await;
    sleep(90 * MINUTE).await;
    let (second, due) = in_qa(&chain, "2").await;
    let replaced = format!(
        "not promoted to live: {second} has succeeded in qa since, and this one is not sent on any more"
    );
    assert_eq!(promotion(&chain, &first).await, replaced);
    sleep(115 * MINUTE).await;
    let live = chain.until_ended(LIVE).await;
    assert!(live.accepted_at >= due, "{live:#?}");
    assert_eq!((chain.serves("game-live").as_str(), chain.all().await.len()), ("v2", 3));
}

#[tokio::test(start_paused = true)]
async fn an_operators_rollback_in_qa_ends_the_wait_for_good() {
    let chain = Chain::of(SOAKING, |_, _| {});
    in_qa(&chain, "1").await;
    let (id, _) = in_qa(&chain, "2").await;
    sleep(HOUR).await;
    let by = Actor::new("ada").noting("checkout fails");
    let order = samples::rollback(QA, &game(QA), None, by);
    chain.parts.journal().order_rollback(order, QUEUE).await.unwrap();
    let ended = promotion(&chain, &id).await;
    assert!(
        ended.starts_with("not promoted to live: sha256:")
            && ended.contains("an operator rolled game-qa/game in qa back from it"),
        "{ended}"
    );
    sleep(5 * HOUR).await;
    assert!(chain.in_environment(LIVE).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_redeploy_in_qa_goes_on_with_the_wait() {
    let chain = Chain::of(SOAKING, |_, _| {});
    let (_, due) = in_qa(&chain, "1").await;
    sleep(HOUR).await;
    let journal = chain.parts.journal();
    let Redeployable { serves, request, before: _, waiting: _ } =
        journal.to_redeploy(QA, &game(QA)).await.unwrap();
    let of = serves.deployment;
    let by = Actor::new("ada");
    let order = RedeployOrder { request, of, by, approval: None, opens_at: None };
    journal.order_redeploy(order, QUEUE).await.unwrap();
    sleep(55 * MINUTE).await;
    let live = chain.until_ended(LIVE).await;
    assert!(live.accepted_at >= due && live.accepted_at < due + 2 * MINUTE, "{live:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_something_else_that_fails_in_qa_begins_the_wait_anew() {
    let chain = Chain::of(SOAKING, |_, _| {});
    in_qa(&chain, "1").await;
    sleep(HOUR).await;
    let crash = json!({"image": format!("{REPOSITORY}:crash"), "deployment_id": "crash"});
    assert_eq!(chain.send("qa", crash).await.status, 202);
    sleep(HOUR).await;
    let ended = chain.in_environment(QA).await[0].ended_at.unwrap();
    assert!(chain.in_environment(LIVE).await.is_empty(), "{:#?}", chain.all().await);
    sleep(50 * MINUTE).await;
    let live = chain.until_ended(LIVE).await;
    let due = ended + 2 * HOUR;
    assert!(live.accepted_at >= due - MINUTE && live.accepted_at < due + 2 * MINUTE, "{live:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_reload_that_changes_the_soak_holds_for_what_waits() {
    let chain = Chain::of(SOAKING, |_, _| {});
    let (id, due) = in_qa(&chain, "1").await;
    chain.reload_with("qa", |text| text.replace("soak: 2h", "soak: 3h"));
    sleep(2 * MINUTE).await;
    let longer = format!("has to serve 3h in qa, until {}", until(due + HOUR));
    assert!(promotion(&chain, &id).await.contains(&longer));
    chain.reload_with("qa", |text| text.replace("soak: 3h", "soak: 10m"));
    sleep(12 * MINUTE).await;
    assert_eq!(promotion(&chain, &id).await, "promoted to live");
}

#[tokio::test(start_paused = true)]
async fn where_the_clock_is_set_back_the_digest_serves_longer() {
    let chain = Chain::of(SOAKING, |_, _| {});
    let (id, due) = in_qa(&chain, "1").await;
    sleep(HOUR).await;
    let chain = chain.set_back(3 * HOUR).await;
    sleep(3 * HOUR).await;
    assert!(promotion(&chain, &id).await.starts_with("to live, waits: "), "it is {}", chain.now());
    sleep(55 * MINUTE).await;
    let live = chain.until_ended(LIVE).await;
    assert!(live.accepted_at >= due, "{live:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_waits_for_success_in_another_environment_and_not_for_ever() {
    const ALL: &[Link] = &[
        ("qa", "game-qa", "promotion: {to: live, when: automatic, namespace: game-live}"),
        ("perf", "game-perf", ""),
        ("live", "game-live", "require: {proven: {all: [qa, perf], within: 30d, soak: 1h}}"),
    ];
    let chain = Chain::of(ALL, |_, _| {});
    let (id, _) = in_qa(&chain, "1").await;
    let lacks = "to live, waits: its digest has to succeed in perf first (`require.proven` there)";
    assert_eq!(promotion(&chain, &id).await, lacks);
    sleep(20 * HOUR).await;
    deployed(&chain, PERF, "1").await;
    sleep(55 * MINUTE).await;
    let live = chain.until_ended(LIVE).await;
    assert_eq!(live.status.end(), Some(Outcome::Succeeded));

    let chain = Chain::of(ALL, |_, _| {});
    let (id, _) = in_qa(&chain, "1").await;
    sleep(25 * HOUR).await;
    assert_eq!(
        promotion(&chain, &id).await,
        "not promoted to live: after 24h, its digest has to succeed in perf first \
         (`require.proven` there)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_waited_for_days_is_sent_when_it_is_due_and_then_tried_for_a_day() {
    let frozen = |environment: &str, text: &mut String| match environment {
        "live" => text.push_str("frozen: closing\n"),
        _ => *text = text.replace("soak: 2h", "soak: 3d"),
    };
    let chain = Chain::of(SOAKING, frozen);
    let (id, _) = in_qa(&chain, "1").await;
    sleep(3 * 24 * HOUR + 12 * HOUR).await;
    let tried = "to live, tried again: live is frozen: closing; send it again when it is not";
    assert_eq!(promotion(&chain, &id).await, tried);
    let chain = chain.killed().await;
    sleep(13 * HOUR).await;
    assert_eq!(
        promotion(&chain, &id).await,
        "not promoted to live: there was no answer within 24h"
    );
}

#[tokio::test(start_paused = true)]
async fn an_operator_hurries_a_promotion_past_its_own_soak_or_cancels_it() {
    let chain = Chain::of(SOAKING, |_, _| {});
    let (id, _) = in_qa(&chain, "1").await;
    let by = Actor::new("ada").noting("it is urgent");
    append(&chain, &id, PromotionEvent::PromotionHurried { to: LIVE, by }).await;
    let all = recorded(&chain, &id).await;
    assert_eq!(all, ["promotion_waits", "promotion_hurried", "promoted"]);
    assert_eq!(chain.until_ended(LIVE).await.status.end(), Some(Outcome::Succeeded));
    let state = chain.history(&id).await.promotions[0].to_string();
    assert!(state.ends_with("; hurried by ada: it is urgent"), "{state}");

    let chain = Chain::of(SOAKING, |_, _| {});
    let (id, _) = in_qa(&chain, "1").await;
    let by = Actor::new("ada").noting("it waits for marketing");
    append(&chain, &id, PromotionEvent::PromotionCancelled { to: LIVE, by: by.clone() }).await;
    assert_eq!(
        promotion(&chain, &id).await,
        "not promoted to live: cancelled by ada: it waits for marketing"
    );
    let again = PromotionEvent::PromotionCancelled { to: LIVE, by };
    assert!(chain.parts.journal().append(&id, again).await.is_err());
    sleep(3 * HOUR).await;
    assert!(chain.in_environment(LIVE).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn past_what_the_next_environment_requires_a_promotion_goes_only_by_an_override() {
    let chain = Chain::of(REQUIRED, |environment, text| {
        if environment == "qa" {
            *text = text.replace("namespace: game-live", "namespace: game-live, soak: 1h");
        }
    });
    let (id, due) = in_qa(&chain, "1").await;
    let by = Actor::new("ada").noting("it is urgent");
    append(&chain, &id, PromotionEvent::PromotionHurried { to: LIVE, by: by.clone() }).await;
    let waits = promotion(&chain, &id).await;
    assert!(waits.contains(&format!("until {} (`require.proven` there)", until(due))), "{waits}");
    assert!(chain.in_environment(LIVE).await.is_empty());

    append(&chain, &id, PromotionEvent::PromotionOverridden { to: LIVE, by }).await;
    let live = chain.until_ended(LIVE).await;
    assert_eq!(live.status.end(), Some(Outcome::Succeeded));
    let history = chain.history(&id).await;
    let mark = history.overridden.unwrap();
    assert_eq!((mark.by.user.as_str(), mark.acknowledged_by), ("ada", None));
    let chain = chain.killed().await;
    let marked = chain.all().await;
    assert!(marked.iter().any(|one| one.id == id && one.unacknowledged), "{marked:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_freeze_that_ends_before_a_promotion_is_due_costs_it_nothing() {
    let chain = Chain::of(REQUIRED, |environment, text| {
        if environment == "live" {
            *text = text.replace("soak: 2h", "soak: 2d") + "frozen: closing\n";
        }
    });
    let (id, _) = in_qa(&chain, "1").await;
    let waits = promotion(&chain, &id).await;
    assert!(waits.starts_with("to live, waits: its digest has to serve 2d in qa"), "{waits}");
    sleep(25 * HOUR).await;
    chain.reload_with("live", |text| text.replace("frozen: closing", ""));
    sleep(23 * HOUR + 2 * MINUTE).await;
    assert_eq!(promotion(&chain, &id).await, "promoted to live");
}

#[tokio::test(start_paused = true)]
async fn an_override_lets_no_withdrawn_digest_through() {
    let chain = Chain::of(REQUIRED, |environment, text| {
        if environment == "live" {
            text.push_str("frozen: closing\n");
        }
    });
    let (id, _) = in_qa(&chain, "1").await;
    chain.reload_with("live", |text| text.replace("frozen: closing", ""));
    sleep(MINUTE).await;
    let digest = chain.history(&id).await.resolved_image.unwrap().digest().unwrap().clone();
    let by = Actor::new("ada").noting("CVE-2026-1");
    chain.parts.journal().withdraw(digest, by.clone()).await.unwrap();
    let over = PromotionEvent::PromotionOverridden { to: LIVE, by };
    assert!(chain.parts.journal().append(&id, over).await.is_err(), "it has ended");
    assert!(chain.in_environment(LIVE).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_target_that_wants_an_approval_gets_the_promotion_when_it_is_due() {
    let chain = Chain::of(SOAKING, |_, text| *text = text.replace("automatic", "approval"));
    chain.cluster.publish(REPOSITORY, "3", Behaviour::good("v3"));
    let (_, due) = in_qa(&chain, "3").await;
    sleep(119 * MINUTE).await;
    assert!(chain.in_environment(LIVE).await.is_empty());
    sleep(2 * MINUTE).await;
    let waiting = chain.in_environment(LIVE).await;
    assert_eq!(waiting[0].status, Status::AwaitingApproval);
    assert!(waiting[0].accepted_at >= due);
}

#[tokio::test(start_paused = true)]
async fn environments_and_pages_show_what_waits_and_how_long_still() {
    let chain = Chain::of(SOAKING, |_, _| {});
    let (id, due) = in_qa(&chain, "1").await;
    let served = (chain.now().duration_since(due - 2 * HOUR)).as_secs();
    sleep(Duration::from_secs(72 * 60 - u64::try_from(served).unwrap())).await;
    let environments = chain.ask("/v1/environments").await.json();
    let target = &environments["environments"][0]["promotes"][0];
    assert_eq!((&target["to"], &target["soak"]), (&json!("live"), &json!("2h")));
    let waits = &environments["pipelines"][0]["stops"][1]["coming"][0];
    assert_eq!((&waits["deployment"], &waits["until"]), (&json!(id), &json!(due)));
    let why = waits["why"].as_str().unwrap();
    assert!(why.starts_with("served 1h1") && why.ends_with(" of 2h in qa, due"), "{why}");
    let page = chain.ask("/dashboard/environments").await.text;
    assert!(page.contains(why), "{page}");
    let listed = chain.ask("/v1/deployments").await.json();
    let wait = format!("to live: {why} {}", until(due));
    assert_eq!(listed[0]["promotions_wait"], json!([wait]));
    let services = chain.ask("/v1/services").await.json();
    assert_eq!(services[0]["promotions_wait"], json!([wait]));
    let shown = chain.ask(&format!("/v1/deployments/{id}")).await.json();
    let promotion = &shown["promotions"][0];
    assert_eq!(promotion["promotion"], json!("awaits_proof"));
    assert_eq!(promotion["wait"]["due"], json!(due));
}
