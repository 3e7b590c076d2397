//! What an operator reads of the boathooks on one record.

use std::{sync::Arc, time::Duration};

use boathook::journal::{NodeName, NodeProgress, PostgresOptions, PostgresStore};
use boathook_testing::{harness::Harness, postgres_server};
use serde_json::json;

const NONE: NodeProgress =
    NodeProgress { applied: 0, looked_before: Duration::ZERO, audited: 0, leads: false };

fn join(options: &PostgresOptions, node: &str) -> Arc<PostgresStore> {
    let node = NodeName::try_from(node.to_owned()).unwrap();
    Arc::new(PostgresStore::join(options.clone(), node).unwrap())
}

#[tokio::test]
async fn a_boathook_with_a_record_for_itself_has_no_others() {
    let harness = Harness::new();
    let answer = harness.ask("/v1/nodes").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"shared": false, "leader": null, "nodes": []}));
    assert!(!harness.browse("/").await.text.contains("The boathooks on this record"));
}

#[tokio::test]
async fn those_that_share_a_record_are_listed_with_the_one_that_leads() {
    let schema = postgres_server::new_schema();
    let first = join(&schema, "first");
    let second = join(&schema, "second");
    first.note_node("1.2.3", NodeProgress { leads: true, ..NONE }).unwrap();
    second.note_node("1.2.4", NONE).unwrap();
    let mut harness = Harness::new();
    harness.shared = Some(Arc::clone(&second));
    assert!(harness.ask("/v1/nodes").await.json()["leader"].is_null(), "it only says so");
    assert!(harness.browse("/").await.text.contains("Nobody leads"));

    assert!(first.try_to_lead().unwrap());
    let name = schema.schema().as_str();
    postgres_server::administer(&format!(
        "UPDATE {name}.lease SET ends = ends + interval '1 hour'"
    ));
    let answer = harness.ask("/v1/nodes").await.json();
    assert_eq!(
        (&answer["leader"]["node"], &answer["leader"]["epoch"]),
        (&json!("first"), &json!(1))
    );
    let left = answer["leader"]["lease_left_seconds"].as_f64().unwrap();
    assert!(left > 10.0 && left <= 3610.0, "{left}");
    let rows = answer["nodes"].as_array().unwrap();
    let shown = rows.iter().map(|row| {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        (text("name"), text("version"), row["leads"] == true)
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("first".to_owned(), "1.2.3".to_owned(), true),
            ("second".to_owned(), "1.2.4".to_owned(), false)
        ]
    );
    let page = harness.browse("/").await.text;
    assert!(page.contains("first leads since"), "{page}");
}
