//! Between a success and the next environment's answer boathook may be killed anywhere: the next
//! environment is deployed once.

use std::{
    collections::HashSet,
    slice,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use boathook::{
    config::Pattern,
    intake::Admitted,
    journal::{Accepted, DeploymentView, RedeployOrder, Redeployable},
    observers::promotion::{
        CurrentRoute, CurrentRoutes, Deliver, Promoter, PromotionAnswer, PromotionRequest, Terms,
    },
};
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment, Promotion},
    record::{DeploymentEvent, Event, PromotionEvent, Reason},
    rollout::Plan,
    state::PromotionOutcome,
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::Harness,
    samples::{self, image, service},
};
use futures_util::{
    FutureExt,
    future::{pending, ready},
};
use serde_json::json;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

const DIGEST: &str = "registry.example/acme/game@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Where boathook dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dies {
    Unsent,
    OnItsWay,
    Unanswered,
    Unrecorded,
}

/// A success in development that goes to staging.
async fn success(harness: &Harness) -> DeploymentId {
    success_to(harness, &[Environment::STAGING]).await
}

/// A success in development that goes to these environments.
async fn success_to(harness: &Harness, targets: &[Environment]) -> DeploymentId {
    success_of(harness, "game", targets).await
}

/// The same of a service of this name.
async fn success_of(harness: &Harness, name: &str, targets: &[Environment]) -> DeploymentId {
    let body = body_with(json!({"service_name": name, "deployment_id": name}));
    let id = harness.accept(Delivery::of(&body)).await.id;
    let promotion = |to: &Environment| Promotion {
        to: *to,
        namespace: service(name).namespace,
        service_name: service(name).service,
        approval: true,
    };
    let promotions: Vec<Promotion> = targets.iter().map(promotion).collect();
    let promoting = |event| match event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => {
            Event::Deployment(DeploymentEvent::Planned {
                plan: Arc::new(Plan { promotions: promotions.clone(), ..Plan::clone(&plan) }),
            })
        }
        other => other,
    };
    let events = samples::success(name, &format!("{name}-00001"), &image(DIGEST));
    harness.play(&id, events.into_iter().map(promoting).collect()).await;
    id
}

/// Has admission take each request, and gets no further than it may.
fn deliver(harness: &Harness, dies: Option<Dies>, reached: Arc<Notify>) -> Deliver {
    let public = harness.public.clone();
    let file = harness.file.clone();
    Arc::new(move |request: PromotionRequest| {
        let public = public.clone();
        let file = file.clone();
        let reached = Arc::clone(&reached);
        async move {
            if dies == Some(Dies::OnItsWay) {
                reached.notify_one();
                return pending().await;
            }
            let admitted = public
                .admission
                .admit_own(request.body.to_string().into_bytes(), request.to, request.overrides)
                .await
                .unwrap();
            let Admitted::Deployment {
                accepted: Accepted::New(summary) | Accepted::Repeat(summary),
                ..
            } = admitted
            else {
                panic!("{request:?}")
            };
            let mut status_url = public.status_url(&summary);
            reached.notify_one();
            match dies {
                Some(Dies::Unanswered) => return pending().await,
                Some(Dies::Unrecorded) => {
                    // The disk is full, and what is to be written needs room.
                    file.as_ref().unwrap().limit(Some(1)).unwrap();
                    status_url = status_url.repeat(1000);
                }
                _ => {}
            }
            PromotionAnswer::Taken { status_url, id: Some(summary.id) }
        }
        .boxed()
    })
}

fn promote(harness: &Harness, deliver: Deliver) -> JoinHandle<()> {
    let clock = harness.public.admission.clock.clone();
    let promoter = Promoter::new(harness.journal.clone(), clock, samples::routes(deliver));
    tokio::spawn(promoter.run(CancellationToken::new()))
}

/// What judges a promotion and what sends it are of one configuration, also where a reload falls
/// between the two.
#[tokio::test(start_paused = true)]
async fn a_promotion_is_sent_by_the_configuration_by_which_it_was_judged() {
    let harness = Harness::in_file();
    let id = success(&harness).await;
    let current = Arc::new(AtomicU32::new(1));
    let routes: CurrentRoutes = {
        let current = Arc::clone(&current);
        Arc::new(move |_, _| {
            let judged_by = current.fetch_add(1, Ordering::SeqCst);
            let deliver: Deliver = Arc::new(move |_| {
                let status_url = format!("https://boathook.test/by/{judged_by}");
                async { PromotionAnswer::Taken { status_url, id: None } }.boxed()
            });
            CurrentRoute { terms: Terms::default(), deliver }
        })
    };
    let mut records = harness.journal.subscribe();
    let clock = harness.public.admission.clock.clone();
    let promoter = Promoter::new(harness.journal.clone(), clock, routes);
    let task = tokio::spawn(promoter.run(CancellationToken::new()));
    while !matches!(
        records.recv().await.unwrap().event,
        Event::Promotion(PromotionEvent::Promoted { .. })
    ) {}
    task.abort();
    let PromotionOutcome::Promoted { status_url, .. } = answer(&harness, &id).await else {
        panic!("it was not sent")
    };
    assert_eq!(status_url, "https://boathook.test/by/1");
    assert_eq!(current.load(Ordering::SeqCst), 2, "the configuration was read once");
}

async fn answer(harness: &Harness, id: &DeploymentId) -> PromotionOutcome {
    DeploymentView::of(&harness.journal.records(id, 0).await.unwrap())
        .unwrap()
        .unwrap()
        .promotions
        .swap_remove(0)
        .answer
}

/// Runs the promoter until it dies there, and gives the harness after the next start.
async fn killed(harness: Harness, dies: Dies) -> Harness {
    if dies != Dies::Unsent {
        let reached = Arc::new(Notify::new());
        let task = promote(&harness, deliver(&harness, Some(dies), Arc::clone(&reached)));
        reached.notified().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        end(task).await;
    }
    harness.restarted()
}

/// Ends a promoter with all that it had begun, which is dropped one after another.
async fn end(task: JoinHandle<()>) {
    task.abort();
    let _ = task.await;
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_between_success_and_answer_the_next_environment_is_deployed_once() {
    for dies in [Dies::Unsent, Dies::OnItsWay, Dies::Unanswered, Dies::Unrecorded] {
        let harness = Harness::in_file();
        let id = success(&harness).await;
        let harness = killed(harness, dies).await;
        assert_eq!(
            answer(&harness, &id).await,
            PromotionOutcome::Waiting { reason: None, since: None },
            "{dies:?}"
        );
        let mut records = harness.journal.subscribe();
        let task = promote(&harness, deliver(&harness, None, Arc::default()));
        while !matches!(
            records.recv().await.unwrap().event,
            Event::Promotion(PromotionEvent::Promoted { .. })
        ) {}
        task.abort();
        let all = harness.everything().await;
        assert_eq!(all.len(), 2, "{dies:?}: {all:?}");
        let PromotionOutcome::Promoted { deployment: there, .. } = answer(&harness, &id).await
        else {
            panic!("{dies:?}")
        };
        assert_eq!(
            (there.as_ref(), all[0].environment),
            (Some(&all[0].id), Environment::STAGING),
            "{dies:?}"
        );
        let sent = harness.journal.deployment(&all[0].id).await.unwrap().unwrap().acceptance;
        assert_eq!(sent.request.extra.get("approval").or(Some(&json!(true))), Some(&json!(true)));
        assert_eq!(
            (sent.is_promotion(), sent.signed_by.as_str(), sent.request.image.to_string().as_str()),
            (true, "boathook", DIGEST)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_was_withdrawn_before_it_succeeded_is_sent_to_no_boathook() {
    let harness = Harness::new();
    let by = Actor::new("ada").noting("CVE-2026-1");
    let digest = image(DIGEST).digest().unwrap().clone();
    let withdrawn = harness.journal.withdraw(digest, by).await.unwrap();
    let id = success(&harness).await;
    let task = promote(&harness, Arc::new(|request| panic!("sent {request:?}")));
    tokio::time::sleep(Duration::from_secs(1)).await;
    task.abort();
    assert_eq!(
        answer(&harness, &id).await,
        PromotionOutcome::NotPromoted {
            reason: Reason::Withdrawn { withdrawal: withdrawn.withdrawal }
        }
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_follows_on_an_end_but_the_one_answer_to_its_promotion() {
    let harness = Harness::new();
    let id = success(&harness).await;
    let taken = || {
        Event::Promotion(PromotionEvent::Promoted {
            to: Environment::STAGING,
            deployment: None,
            status_url: "https://elsewhere/1".to_owned(),
        })
    };
    let delayed = || {
        Event::Promotion(PromotionEvent::PromotionDelayed {
            to: Environment::STAGING,
            reason: Reason::stated("away"),
        })
    };
    assert!(
        harness.journal.append(&id, Event::Deployment(DeploymentEvent::Started)).await.is_err()
    );
    harness.journal.append(&id, delayed()).await.unwrap();
    assert_eq!(harness.journal.to_promote(10).await.unwrap(), std::slice::from_ref(&id));
    harness.journal.append(&id, taken()).await.unwrap();
    assert_eq!(harness.journal.to_promote(10).await.unwrap(), []);
    for late in [
        taken(),
        delayed(),
        Event::Promotion(PromotionEvent::NotPromoted {
            to: Environment::STAGING,
            reason: Reason::stated("late"),
        }),
    ] {
        assert!(harness.journal.append(&id, late).await.is_err());
    }
    let other = harness
        .accept(Delivery::of(&body_with(json!({"deployment_id": "2", "timestamp": null}))))
        .await
        .id;
    assert!(harness.journal.append(&other, taken()).await.is_err(), "nothing has succeeded yet");
    let harness = harness.restarted();
    assert_eq!(harness.journal.to_promote(10).await.unwrap(), []);
    let shown = harness.ask(&format!("/v1/deployments/{id}")).await.json();
    assert_eq!(
        (&shown["promotions"][0]["promotion"], &shown["promotions"][0]["to"], &shown["status"]),
        (&json!("promoted"), &json!("staging"), &json!("succeeded"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_success_that_another_one_has_followed_is_not_sent_any_more() {
    let harness = Harness::new();
    let id = success(&harness).await;
    let newer = harness
        .accept(Delivery::of(&body_with(json!({"deployment_id": "2", "timestamp": null}))))
        .await
        .id;
    harness.play(&newer, samples::success("game", "game-00002", &image(DIGEST))).await;
    let mut records = harness.journal.subscribe();
    let task = promote(&harness, deliver(&harness, None, Arc::default()));
    records.recv().await.unwrap();
    task.abort();
    let reason = Reason::stated(format!(
        "{newer} has succeeded in development since, and this one is not sent on any more"
    ));
    assert_eq!(answer(&harness, &id).await, PromotionOutcome::NotPromoted { reason });
}

#[tokio::test(start_paused = true)]
async fn a_success_whose_image_was_redeployed_is_still_sent() {
    let harness = Harness::new();
    let id = success(&harness).await;
    for revision in ["game-00002", "game-00003"] {
        let game = service("game");
        let redeployable = harness.journal.to_redeploy(Environment::DEVELOPMENT, &game).await;
        let Redeployable { serves, request, before: _, waiting: _ } = redeployable.unwrap();
        let of = serves.deployment;
        let by = Actor::new("ada");
        let order = RedeployOrder { request, of, by, approval: None, opens_at: None };
        let redeploy = harness.journal.order_redeploy(order, samples::QUEUE).await.unwrap().id;
        harness.play(&redeploy, samples::success("game", revision, &image(DIGEST))).await;
    }
    let mut records = harness.journal.subscribe();
    let task = promote(&harness, deliver(&harness, None, Arc::default()));
    records.recv().await.unwrap();
    records.recv().await.unwrap();
    task.abort();
    let answer = answer(&harness, &id).await;
    assert!(matches!(answer, PromotionOutcome::Promoted { .. }), "{answer:?}");
}

/// The answers to a success's promotions, each with where it went.
async fn answers(harness: &Harness, id: &DeploymentId) -> Vec<String> {
    let view = DeploymentView::of(&harness.journal.records(id, 0).await.unwrap());
    view.unwrap().unwrap().promotions.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn a_success_goes_to_each_of_its_targets_and_one_that_does_not_answer_holds_up_no_other() {
    let harness = Harness::new();
    let id = success_to(&harness, &[Environment::STAGING, Environment::PRODUCTION]).await;
    let sent: Arc<Mutex<Vec<Environment>>> = Arc::default();
    let to_staging_only: Deliver = Arc::new({
        let sent = Arc::clone(&sent);
        move |request: PromotionRequest| {
            sent.lock().unwrap().push(request.to);
            let answer = if request.to == Environment::STAGING {
                PromotionAnswer::later("503: it starts")
            } else {
                PromotionAnswer::Taken { status_url: "https://eu.example/1".to_owned(), id: None }
            };
            ready(answer).boxed()
        }
    });
    let task = promote(&harness, Arc::clone(&to_staging_only));
    tokio::time::sleep(Duration::from_secs(60)).await;
    end(task).await;
    assert_eq!(
        answers(&harness, &id).await,
        ["to staging, tried again: 503: it starts", "promoted to production, https://eu.example/1"]
    );
    let waiting = harness.journal.to_promote(10).await.unwrap();
    assert_eq!(waiting, slice::from_ref(&id), "staging waits");

    let harness = harness.restarted();
    let before = sent.lock().unwrap().len();
    let task = promote(&harness, to_staging_only);
    tokio::time::sleep(Duration::from_secs(60)).await;
    task.abort();
    let sent = sent.lock().unwrap()[before..].to_vec();
    assert!(!sent.is_empty() && sent.iter().all(|to| *to == Environment::STAGING), "{sent:?}");

    let digest = image(DIGEST).digest().unwrap().clone();
    let withdrawn =
        harness.journal.withdraw(digest, Actor::new("ada").noting("bad")).await.unwrap();
    assert_eq!(withdrawn.ended, slice::from_ref(&id));
    let answers = answers(&harness, &id).await;
    assert!(answers[0].starts_with("not promoted to staging: "), "{answers:?}");
    assert_eq!(answers[1], "promoted to production, https://eu.example/1", "what went stays");
    assert_eq!(harness.journal.to_promote(10).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawal_ends_every_promotion_that_waits() {
    let harness = Harness::new();
    let id = success_to(&harness, &[Environment::STAGING, Environment::PRODUCTION]).await;
    let digest = image(DIGEST).digest().unwrap().clone();
    harness.journal.withdraw(digest, Actor::new("ada").noting("bad")).await.unwrap();
    let answers = answers(&harness, &id).await;
    assert!(answers.iter().all(|answer| answer.starts_with("not promoted to ")), "{answers:?}");
    assert_eq!((answers.len(), harness.journal.to_promote(10).await.unwrap().len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_never_answers_keeps_no_success_from_another_one() {
    let harness = Harness::with(|admission| {
        admission.policies[0].config.allow.services.push(Pattern::parse("game-*").unwrap());
    });
    let mut all = HashSet::new();
    for number in 0..80 {
        let targets = [Environment::STAGING, Environment::PRODUCTION];
        let id = success_of(&harness, &format!("game-{number}"), &targets).await;
        all.insert(format!("promotion-{id}"));
    }
    let (sent, mut arrived) = mpsc::unbounded_channel();
    let task = promote(
        &harness,
        Arc::new(move |request: PromotionRequest| {
            let sent = sent.clone();
            async move {
                if request.to == Environment::STAGING {
                    return pending().await;
                }
                sent.send(request.body["deployment_id"].as_str().unwrap().to_owned()).unwrap();
                PromotionAnswer::Taken { status_url: String::new(), id: None }
            }
            .boxed()
        }),
    );
    let mut promoted = HashSet::new();
    while promoted.len() < all.len() {
        let next = timeout(Duration::from_secs(60), arrived.recv()).await;
        promoted.extend(next.unwrap_or_else(|_| panic!("{} arrived", promoted.len())));
    }
    task.abort();
    assert_eq!(promoted, all);
}
