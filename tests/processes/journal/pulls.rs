//! Several boathooks on one record: the one that leads has the others pull, and each answers for itself.

use std::time::Duration;

use boathook::journal::{NodeName, NodeProgress, PostgresOptions, PostgresStore, StoreError};
use boathook_core::{
    deployment::DeploymentId,
    rollout::{NodePull, PullResult},
};
use boathook_testing::{
    postgres_server::{self, new_schema},
    samples::image,
};

const WITHIN: Duration = Duration::from_secs(60);

fn join(options: &PostgresOptions, node: &str) -> PostgresStore {
    let store =
        PostgresStore::join(options.clone(), NodeName::try_from(node.to_owned()).unwrap()).unwrap();
    let progress =
        NodeProgress { applied: 0, looked_before: Duration::ZERO, audited: 0, leads: false };
    assert!(!store.note_node("1.2.3", progress).unwrap());
    store
}

fn id() -> DeploymentId {
    DeploymentId::from_random([7; 20])
}

fn done() -> PullResult {
    PullResult { succeeded: true, words: String::new(), took: Duration::from_secs(3) }
}

fn pull(node: &str, result: Option<PullResult>) -> NodePull {
    NodePull { node: node.to_owned(), result, is_away: false }
}

#[test]
fn every_other_node_is_asked_once_and_answers_for_itself() {
    let options = new_schema();
    let leader = join(&options, "a");
    let b = join(&options, "b");
    let c = join(&options, "c");
    let id = id();
    let image = image("registry.example/game:1");
    assert!(leader.try_to_lead().unwrap());
    assert_eq!(b.pulls_to_do().unwrap(), []);
    leader.order_pulls(&id, &image, WITHIN).unwrap();
    assert_eq!(leader.pulls_to_do().unwrap(), []);
    assert_eq!(b.pulls_to_do().unwrap(), [(id.clone(), image.clone())]);
    assert_eq!(leader.ordered_pulls(&id, &image).unwrap(), [pull("b", None), pull("c", None)]);
    b.note_pulled(&id, &image, &done()).unwrap();
    let failed = PullResult { succeeded: false, words: "no".to_owned(), took: WITHIN };
    // A second answer changes nothing, and a second order asks nobody again.
    b.note_pulled(&id, &image, &failed).unwrap();
    leader.order_pulls(&id, &image, WITHIN).unwrap();
    assert_eq!(b.pulls_to_do().unwrap(), []);
    assert_eq!(c.pulls_to_do().unwrap().len(), 1);
    assert_eq!(
        leader.ordered_pulls(&id, &image).unwrap(),
        [pull("b", Some(done())), pull("c", None)]
    );
}

#[test]
fn only_the_one_that_leads_asks() {
    let options = new_schema();
    let leader = join(&options, "a");
    let other = join(&options, "b");
    assert!(leader.try_to_lead().unwrap());
    let image = image("registry.example/game:1");
    match other.order_pulls(&id(), &image, WITHIN) {
        Err(StoreError::Follows) => {}
        other => panic!("expected a refusal: {other:?}"),
    }
    assert_eq!(leader.pulls_to_do().unwrap(), []);
}

#[test]
fn a_node_does_not_begin_what_nobody_waits_for_any_more() {
    let options = new_schema();
    let leader = join(&options, "a");
    let b = join(&options, "b");
    assert!(leader.try_to_lead().unwrap());
    leader.order_pulls(&id(), &image("registry.example/game:1"), Duration::ZERO).unwrap();
    assert_eq!(b.pulls_to_do().unwrap(), []);
}

#[test]
fn a_node_that_was_asked_and_has_gone_away_is_known_to_be_away() {
    let options = new_schema();
    let leader = join(&options, "a");
    let _b = join(&options, "b");
    let id = id();
    let image = image("registry.example/game:1");
    assert!(leader.try_to_lead().unwrap());
    leader.order_pulls(&id, &image, WITHIN).unwrap();
    let schema = options.schema().as_str();
    postgres_server::administer(&format!(
        "UPDATE {schema}.nodes SET seen = seen - interval '11 seconds' WHERE name = 'b'"
    ));
    let away = NodePull { is_away: true, ..pull("b", None) };
    assert_eq!(leader.ordered_pulls(&id, &image).unwrap(), [away]);
}
