//! What the boathooks on one record in PostgreSQL know of each other.

use std::{sync::Arc, time::Duration};

use boathook::journal::{
    Journal, NodeName, NodeProgress, Nodes, PostgresOptions, PostgresStore, Store,
};
use boathook_core::clock::Clock;
use boathook_testing::{
    postgres_server,
    samples::{QUEUE, acceptance},
};

const NONE: NodeProgress =
    NodeProgress { applied: 0, looked_before: Duration::ZERO, audited: 0, leads: false };

fn join(options: &PostgresOptions, node: &str) -> Arc<PostgresStore> {
    let node = NodeName::try_from(node.to_owned()).unwrap();
    Arc::new(PostgresStore::join(options.clone(), node).unwrap())
}

fn names(nodes: &Nodes) -> Vec<&str> {
    nodes.nodes.iter().map(|node| node.name.as_str()).collect()
}

#[tokio::test]
async fn each_says_how_far_it_is_and_all_see_who_leads() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert!(first.try_to_lead().unwrap());
    let name = schema.schema().as_str();
    postgres_server::administer(&format!(
        "UPDATE {name}.lease SET ends = ends + interval '1 hour'"
    ));
    let store: Arc<dyn Store> = Arc::clone(&first) as _;
    let journal = Journal::open(store, Clock::system()).unwrap();
    for id in ["1", "2", "3"] {
        journal.accept(acceptance("game", id), QUEUE).await.unwrap();
    }
    let leader = NodeProgress { applied: 3, audited: 3, leads: true, ..NONE };
    let looked_before = Duration::from_millis(1500);
    let follower = NodeProgress { applied: 1, looked_before, ..NONE };
    assert!(!first.note_node("1.2.3", leader).unwrap());
    assert!(!second.note_node("1.2.4", follower).unwrap());

    for store in [&first, &second] {
        let nodes = store.nodes().unwrap();
        assert_eq!(names(&nodes), ["first", "second"]);
        let [one, two] = nodes.nodes.as_slice() else { panic!("{nodes:?}") };
        assert_eq!((one.progress, two.progress), (leader, follower));
        assert_eq!((one.version.as_str(), two.version.as_str()), ("1.2.3", "1.2.4"));
        assert!(nodes.leads(one) && !nodes.leads(two));
        assert_eq!((nodes.behind(one), nodes.behind(two)), (0, 2));
        assert!(one.started <= one.seen);
    }
    assert_eq!((first.node(), second.node()), (Some("first"), Some("second")));
}

#[test]
fn two_with_the_same_name_notice_it_and_a_restart_is_none() {
    let schema = postgres_server::new_schema();
    let before = join(&schema, "first");
    before.note_node("1.2.3", NONE).unwrap();
    let started = before.nodes().unwrap().nodes[0].started;
    drop(before);

    let first = join(&schema, "first");
    assert!(first.note_node("1.2.3", NONE).unwrap(), "the row of the process before");
    assert!(!first.note_node("1.2.3", NONE).unwrap());
    assert!(first.nodes().unwrap().nodes[0].started > started);

    let second = join(&schema, "first");
    second.note_node("1.2.3", NONE).unwrap();
    assert!(first.note_node("1.2.3", NONE).unwrap());
    assert!(second.note_node("1.2.3", NONE).unwrap());
    assert_eq!(names(&first.nodes().unwrap()), ["first"]);
}

#[test]
fn pruning_waits_for_the_audit_log_of_each_that_was_seen_within_a_week() {
    let schema = postgres_server::new_schema();
    let name = schema.schema().as_str();
    let age = |node: &str, days: u32| {
        let aged = format!("UPDATE {name}.nodes SET seen = seen - {days} * interval '1 day'");
        postgres_server::administer(&format!("{aged} WHERE name = '{node}'"));
    };
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    assert_eq!(first.audited_by_all().unwrap(), 0);
    first.note_node("1.2.3", NodeProgress { audited: 7, ..NONE }).unwrap();
    second.note_node("1.2.3", NodeProgress { audited: 5, ..NONE }).unwrap();
    assert_eq!(first.audited_by_all().unwrap(), 5);

    age("second", 6);
    assert!(first.nodes().unwrap().nodes[1].is_away());
    assert!(first.forget_nodes().unwrap().is_empty());
    assert_eq!(first.audited_by_all().unwrap(), 5);

    age("second", 2);
    assert_eq!(first.forget_nodes().unwrap(), ["second"]);
    assert_eq!(first.audited_by_all().unwrap(), 7);
    assert_eq!(names(&second.nodes().unwrap()), ["first"]);
}
