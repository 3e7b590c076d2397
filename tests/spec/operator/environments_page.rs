//! The page of the graph: what serves each service in each environment, what is on its way there,
//! and why it is not further.

use std::time::Duration;

use boathook::{
    config::{Approve, PromotionConfig},
    intake::Admission,
};
use boathook_core::{
    deployment::{Actor, Environment, Promotion},
    proof::{Places, Requirement},
    record::{DeploymentEvent, Event, Place, PromotionEvent, Reason},
};
use boathook_testing::{
    dashboard_pages::{assert_harmless, seen},
    delivery::{Delivery, body, body_with},
    harness::{Harness, SHARED},
    samples::{self, held, image, windows},
    shipped::{self, Shipped as _},
};
use expect_test::expect;
use serde_json::json;

const PAGE: &str = "/dashboard/environments";

fn digest(digit: &str) -> String {
    format!("sha256:{}", digit.repeat(64))
}

/// A success that serves this digest, with the promotions of its plan still to be sent.
fn success(digit: &str, to: &[Environment]) -> Vec<Event> {
    let image = image(&format!("registry.example/acme/game@{}", digest(digit)));
    let mut events = samples::success("game", "game-00001", &image);
    for event in &mut events {
        if let Event::Deployment(DeploymentEvent::Planned { plan }) = event {
            let promotion = |to: &Environment| Promotion {
                to: *to,
                namespace: samples::service("game").namespace,
                service_name: samples::service("game").service,
                approval: false,
            };
            let promotions = to.iter().map(promotion).collect();
            *plan = boathook_core::rollout::Plan { promotions, ..(**plan).clone() }.into();
        }
    }
    events
}

fn promotions(text: &str) -> Vec<PromotionConfig> {
    serde_yaml::from_str(text).unwrap()
}

/// Development promotes to staging, and staging to two regions, of which one is elsewhere.
fn fanning_out(admission: &mut Admission) {
    admission.policies[0].config.promotion = promotions("[{to: staging, when: automatic}]");
    admission.policies[1].config.promotion = promotions(
        "[{to: production, when: approval}, {to: production-us, when: automatic, url: 'https://us.example.com/hook', namespace: game-us}]",
    );
}

/// The services of the page alone.
async fn services(harness: &Harness, query: &str) -> String {
    let page = seen(&harness.ask(&format!("{PAGE}{query}")).await.text);
    let (_, services) = page.split_once("\nServices\n").unwrap();
    services.split_once("\nWhat each environment asks").unwrap().0.to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_empty_record_has_a_graph_and_what_each_environment_asks() {
    let harness = Harness::with(|admission| {
        fanning_out(admission);
        admission.policies[1].config.frozen = Some("moving".to_owned());
        admission.policies[2].config.windows = windows("allow: [{cron: '0 9 * * *', lasts: 30m}]");
    });
    let whole = Place { environment: Environment::DEVELOPMENT, service: None };
    harness.journal.lock(whole, "migration".to_owned(), Actor::new("ada"), None).await.unwrap();
    let page = harness.ask(PAGE).await;
    assert_eq!(page.status, 200);
    expect![[r#"
        Environments
        Promotion
        approval development 0 services · locked staging 0 services · frozen production 0 services · window closed production-us at us.example.com approval development 0 services · locked staging 0 services · frozen production 0 services · window closed production-us at us.example.com A solid line promotes, a dotted one requires proof, a dashed one is closed.
        Services
        What serves in each environment by boathook's own record, and what is on its way there.
        No service is on record yet.
        What each environment asks
        Where successes go, and what each environment asks of a request, in the order of promotion
        Environment Promotes to Requires State
        development dev staging automatic locked migration
        staging production approval production-us at https://us.example.com/hook automatic frozen moving
        production prod an open window timestamp deployment_id confirmation window closed opens 2026-08-02 09:00:00 UTC ( 23 h left )"#]].assert_eq(&seen(&page.text));
    assert!(
        page.text.contains(
            r#"aria-label="development promotes to staging; staging promotes, with an approval there, to production; staging promotes to production-us""#
        ),
        "{}",
        page.text
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_is_shown_through_the_environments_that_its_promotions_reach() {
    let harness = Harness::with(fanning_out);
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success("b", &[Environment::STAGING])).await;
    let shown = services(&harness, "").await.replace(first.id.as_str(), "FIRST");
    expect![[r#"
        What serves in each environment by boathook's own record, and what is on its way there.
        game
        development game/game
        registry.example/acme/game:2 sha256:bbbbbbbbbbbb since 2026-08-01 10:00:00 UTC
        staging game/game
        nothing was deployed here
        promoted from development registry.example/acme/game sha256:bbbbbbbbbbbb
        production game/game
        nothing was deployed here
        production-us game-us/game at https://us.example.com/hook
        another boathook knows what serves"#]]
    .assert_eq(&shown);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_is_not_taken_stands_where_it_goes_with_the_reason() {
    let harness = Harness::with(fanning_out);
    let staging = body_with(json!({"environment": "staging"}));
    let sent = harness.accept(Delivery::of(&staging).signed_by(SHARED)).await;
    let us = shipped::of("production-us");
    let mut events = success("b", &[Environment::PRODUCTION, us]);
    events.push(Event::Promotion(PromotionEvent::PromotionDelayed {
        to: Environment::PRODUCTION,
        reason: Reason::stated("production is locked by ada: <hands off>"),
    }));
    harness.play(&sent.id, events).await;
    let shown = services(&harness, "").await;
    assert!(shown.contains("promoted from staging"), "{shown}");
    assert!(shown.contains("production is locked by ada: &lt;hands off&gt;"), "{shown}");
    let graph = harness.ask("/v1/environments").await.json();
    let stops = graph["pipelines"][0]["stops"].as_array().unwrap();
    let production = stops.iter().find(|stop| stop["environment"] == "production").unwrap();
    assert_eq!(production["coming"][0]["from"], "staging", "{graph:#}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_says_for_what_and_until_when() {
    let harness = Harness::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        admission.policies[1].config.windows = windows("allow: [{cron: '0 12 * * *', lasts: 1h}]");
    });
    harness.accept(Delivery::of(&body())).await;
    let staging = body_with(json!({"environment": "staging"}));
    harness.accept(Delivery::of(&staging).signed_by(SHARED)).await;
    let shown = services(&harness, "").await;
    expect![[r#"
        What serves in each environment by boathook's own record, and what is on its way there.
        game
        development game/game
        nothing has succeeded here
        awaiting approval registry.example/acme/game:2
        needs an approval before 2026-08-02 10:00:00 UTC ( 24 h left )
        game
        staging game/game
        nothing has succeeded here
        awaiting window registry.example/acme/game:2
        waits for the deployment window, which opens at 2026-08-01 12:00:00 UTC ( 120 min left )"#]]
    .assert_eq(&shown);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_shown_with_its_shares_and_the_next_request_with_what_it_waits_for() {
    let harness = Harness::new();
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success("b", &[])).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    let second = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "102-1"})))).await;
    harness.play(&second.id, held("game")).await;
    harness.accept(Delivery::of(&body_with(json!({"deployment_id": "103-1"})))).await;
    let shown = services(&harness, "").await.replace(second.id.as_str(), "SECOND");
    expect![[r#"
        What serves in each environment by boathook's own record, and what is on its way there.
        game
        development game/game
        game-00001 90 %
        game-00002 10 % new
        registry.example/acme/game:2 sha256:bbbbbbbbbbbb since 2026-08-01 10:00:00 UTC
        registry.example/acme/game:2 since 2026-08-01 10:01:00 UTC
        deploying registry.example/acme/game:2
        queued registry.example/acme/game:2
        waits for SECOND of the same service; that one is deploying"#]]
    .assert_eq(&shown);
}

#[tokio::test(start_paused = true)]
async fn held_services_and_withdrawn_digests_are_marked() {
    let harness = Harness::new();
    for (id, digit) in [("101-1", "a"), ("102-1", "b")] {
        let one = harness.accept(Delivery::of(&body_with(json!({"deployment_id": id})))).await;
        let image = image(&format!("registry.example/acme/game@{}", digest(digit)));
        harness.play(&one.id, samples::success("game", &format!("game-{id}"), &image)).await;
    }
    assert!(!services(&harness, "").await.contains("held"));
    let by = Actor::new("ada").noting("checkout fails");
    let order = samples::rollback(Environment::DEVELOPMENT, &samples::service("game"), None, by);
    harness.journal.order_rollback(order, samples::QUEUE).await.unwrap();
    let shown = services(&harness, "").await;
    assert!(shown.contains("held withdrawn"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn environments_that_only_require_proof_are_connected_by_the_name_of_the_service() {
    let harness = Harness::with(|admission| {
        let within = Duration::from_secs(60 * 60);
        let places = Places::Environment(Environment::DEVELOPMENT);
        let proven = Requirement { places, within: Some(within), soak: Duration::ZERO };
        admission.policies[1].config.require.proven = Some(proven);
    });
    let first = harness.accept(Delivery::of(&body())).await;
    harness.play(&first.id, success("b", &[])).await;
    let proven = image(&format!("registry.example/acme/game@{}", digest("b")));
    let staging = body_with(json!({"environment": "staging", "image": proven.to_string()}));
    harness.accept(Delivery::of(&staging).signed_by(SHARED)).await;
    let graph = harness.ask("/v1/environments").await.json();
    let pipelines = graph["pipelines"].as_array().unwrap();
    let of = |pipeline: &serde_json::Value| {
        let stops = pipeline["stops"].as_array().unwrap().iter();
        stops.map(|stop| stop["environment"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(pipelines.iter().map(of).collect::<Vec<_>>(), [["development", "staging"]]);
    assert!(harness.ask(PAGE).await.text.contains("development proves images for staging"));
}

#[tokio::test(start_paused = true)]
async fn of_many_services_some_are_shown_and_words_find_the_others() {
    let harness = Harness::new();
    for number in 0..60 {
        samples::accept(&harness.journal, &format!("shop-{number:02}"), "1").await;
    }
    let shown = services(&harness, "").await;
    assert!(shown.contains("shop-49") && !shown.contains("shop-50"), "{shown}");
    assert!(shown.ends_with("10 more are not shown; find them above."), "{shown}");
    let found = services(&harness, "?find=SHOP-59+staging").await;
    assert!(found.contains("staging shop-59/shop-59") && !found.contains("shop-01"), "{found}");
    assert!(services(&harness, "?find=nothing").await.contains("There is none like that"));
    assert_harmless(PAGE, &harness.ask(&format!("{PAGE}?find=%22%3E%3Cscript%3E")).await.text);
}

#[tokio::test(start_paused = true)]
async fn many_environments_are_drawn_up_to_a_limit() {
    let chain = |count: usize| {
        move |admission: &mut Admission| {
            let first = admission.policies.swap_remove(0);
            admission.policies.clear();
            for number in 0..count {
                let mut policy = first.clone();
                policy.environment = shipped::of(&format!("e{number}"));
                policy.config.aliases.clear();
                if number + 1 < count {
                    policy.config.promotion =
                        promotions(&format!("[{{to: e{}, when: automatic}}]", number + 1));
                }
                admission.policies.push(policy);
            }
        }
    };
    let page = Harness::with(chain(40)).ask(PAGE).await.text;
    assert_eq!(page.matches("class=\"node ").count(), 80, "in columns, and below each other");
    assert_eq!(page.matches("class=\"way ").count(), 78);
    let page = Harness::with(chain(41)).ask(PAGE).await.text;
    assert!(page.contains("too many environments for a drawing"), "{page}");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 41, "the table has them all");
}
