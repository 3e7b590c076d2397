//! An operator's word on a promotion that waits: what it needs, and what it leaves in the record.

use std::sync::Arc;

use boathook::config::OverrideBy;
use boathook_core::{
    clock::Clock,
    deployment::{DeploymentId, Environment, Promotion},
    proof::{NotYet, Places},
    record::{DeploymentEvent, Event, Lacks, PromotionEvent, PromotionWait, RequiredBy},
    rollout::Plan,
};
use boathook_testing::{
    delivery::{Delivery, body_with},
    samples::{self, image, service},
    shipped::Shipped as _,
};
use expect_test::expect;
use serde_json::json;

use crate::support::listening::{Listening, shell};

const DIGEST: &str = "registry.example/acme/game@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const STAGING: Environment = Environment::STAGING;

async fn run(listening: &Listening, line: &str) -> String {
    let id = listening.harness.newest().await.id;
    let transcript =
        shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
            .await
            .transcript();
    transcript.replace(id.as_str(), "ID").replace(&said("id -un").await, "USER")
}

async fn said(command: &str) -> String {
    shell(command, &[]).await.stdout.trim().to_owned()
}

fn by_itself() -> PromotionWait {
    let soak = std::time::Duration::from_secs(2 * 60 * 60);
    let due = Clock::system().now() + soak / 2;
    let not_yet = NotYet { environment: Environment::DEVELOPMENT, soak, due };
    PromotionWait { required_by: RequiredBy::Promotion, lacks: Lacks::Time(not_yet) }
}

fn by_staging() -> PromotionWait {
    let lacks = Lacks::Success { places: Places::Environment(Environment::PRODUCTION) };
    PromotionWait { required_by: RequiredBy::Target, lacks }
}

/// A success in development whose promotion to staging waits.
async fn waiting(wait: PromotionWait, override_by: OverrideBy) -> (Listening, DeploymentId) {
    let listening = Listening::with(|admission| {
        let staging = admission.policies.iter_mut().find(|it| it.environment == STAGING).unwrap();
        staging.config.override_by = override_by;
    });
    let harness = &listening.harness;
    let wanted = json!({"deployment_id": "1", "timestamp": Clock::system().now()});
    let id = harness.accept(Delivery::of(&body_with(wanted))).await.id;
    let promotion = Promotion {
        to: STAGING,
        namespace: service("game").namespace,
        service_name: service("game").service,
        approval: false,
    };
    let promoting = |event| match event {
        Event::Deployment(DeploymentEvent::Planned { plan }) => {
            let promotions = vec![promotion.clone()];
            let plan = Arc::new(Plan { promotions, ..Plan::clone(&plan) });
            Event::Deployment(DeploymentEvent::Planned { plan })
        }
        other => other,
    };
    let events = samples::success("game", "game-00001", &image(DIGEST)).into_iter().map(promoting);
    harness.play(&id, events.collect()).await;
    let waits = PromotionEvent::PromotionWaits { to: STAGING, wait };
    harness.journal.append(&id, waits).await.unwrap();
    (listening, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_open_the_socket_hurries_a_promotion_past_its_own_soak_or_cancels_it() {
    let (listening, id) = waiting(by_itself(), OverrideBy::default()).await;
    let mut all = Vec::new();
    for line in [
        "promote 1 --to staging",
        "promote 1 --now",
        "promote nothing --to staging --now",
        "promote 1 --to nowhere --now",
        "promote game --to staging --now --note 'it is urgent'",
        "promote 1 --to staging --now",
        "promote game/game --to staging --cancel --note 'it is bad'",
        "promote 1 --to staging --cancel",
    ] {
        all.push(run(&listening, line).await);
    }
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: the following required arguments were not provided:
          <--now|--cancel>

        Usage: boathook promote --to <ENVIRONMENT> --socket <PATH> <--now|--cancel> <ID>

        For more information, try '--help'.
        exit 2
        --- stdout
        --- stderr
        error: the following required arguments were not provided:
          --to <ENVIRONMENT>

        Usage: boathook promote --to <ENVIRONMENT> --socket <PATH> <--now|--cancel> <ID>

        For more information, try '--help'.
        exit 2
        --- stdout
        --- stderr
        error: there is no deployment `nothing`, and no service of that name has a promotion to staging that waits; boathook environments shows those that wait
        exit 2
        --- stdout
        --- stderr
        error: cannot hurry the promotion of ID to nowhere: it has none
        exit 0
        --- stdout
        its own soak and waves do not hold the promotion of 1, game/game in development to staging any more; if staging requires more, `boathook environments` shows what it waits for
        --- stderr

        exit 2
        --- stdout
        --- stderr
        error: cannot hurry the promotion of ID to staging: it does not wait for proof
        exit 0
        --- stdout
        cancelled: the promotion of 1, game/game in development, to staging
        --- stderr

        exit 2
        --- stdout
        --- stderr
        error: cannot cancel the promotion of ID to staging: it has ended"#]].assert_eq(&all.join("\n"));
    let records = listening.harness.journal.records(&id, 0).await.unwrap();
    let [.., hurried, cancelled] = records.as_slice() else { panic!("{records:?}") };
    let user = said("id -un").await;
    let Event::Promotion(PromotionEvent::PromotionHurried { to: STAGING, by }) = &hurried.event
    else {
        panic!("{hurried:?}")
    };
    assert_eq!((by.user.as_str(), by.note.as_deref()), (&*user, Some("it is urgent")));
    assert_eq!(cancelled.event.name(), "promotion_cancelled");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_what_the_next_environment_requires_only_those_whom_it_names_send_a_promotion() {
    let (listening, _) = waiting(by_staging(), OverrideBy::default()).await;
    let mut all = Vec::new();
    for line in
        ["promote 1 --to staging --now", "promote 1 --to staging --now --reason 'the shop is down'"]
    {
        all.push(run(&listening, line).await);
    }
    listening.stop().await;
    let me = OverrideBy { users: vec![said("id -un").await], groups: Vec::new() };
    let (listening, _) = waiting(by_staging(), me).await;
    for line in [
        "promote 1 --to staging --now --reason ' '",
        "promote 1 --to staging --now --reason 'the shop is down'",
        "environments",
        "acknowledge 1",
    ] {
        all.push(run(&listening, line).await);
    }
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: cannot hurry: staging requires what it waits for; who is in `override_by` of staging may override that with a reason
        exit 2
        --- stdout
        --- stderr
        error: cannot override: `override_by` of staging names neither USER nor a group of theirs
        exit 2
        --- stdout
        --- stderr
        error: say why: it needs a `reason`
        exit 0
        --- stdout
        sent past what staging requires: the promotion of 1, game/game in development; marked until `boathook acknowledge ID`
        --- stderr

        exit 0
        --- stdout
        ENVIRONMENT  ALIASES  PROMOTES TO  REQUIRES                                STATE
        development  dev                                                           open
        staging                                                                    open
        production   prod                  timestamp, deployment_id, confirmation  open

        on the way:
        ENVIRONMENT  SERVICE    IMAGE                                           STATUS                     DEPLOYMENT            WHY
        staging      game/game  registry.example/acme/game@sha256:aaaaaaaaaaaa  promoted from development  ID
        --- stderr

        exit 0
        --- stdout
        acknowledged the override of 1, game/game in development
        --- stderr
    "#]].assert_eq(&all.join("\n"));
    listening.stop().await;
}
