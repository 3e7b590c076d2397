//! 248 manifests that a real cluster was asked about (`kubectl create --dry-run=server`): the
//! sandbox answers word for word the same.

use boathook_sandbox::{Caller, Kind, WriteOptions};
use serde_json::{Value, json};

use super::stand::Stand;
use crate::admission_recordings::{Recorded, created, manifests, pick, without_random_ends};

fn stand() -> Stand {
    let stand = Stand::new();
    let namespace = json!({"metadata": {"name": "rec-adm"}});
    stand
        .cluster
        .create(&Caller::admin(), Kind::Namespace, None, namespace, &WriteOptions::default())
        .unwrap();
    stand
}

#[tokio::test(start_paused = true)]
async fn every_recorded_manifest_is_answered_as_on_a_real_cluster() {
    let stand = stand();
    let mut differences = Vec::new();
    let recorded = manifests();
    for Recorded { name, manifest, exit, stderr, object } in &recorded {
        let file = format!("{name}.yaml");
        stand.write_text(&file, manifest);
        let ran = stand.kubectl(&format!("create --dry-run=server -o json -f {file}")).await;
        let said = without_random_ends(&ran.stderr.text());
        if said != without_random_ends(stderr) || ran.is_success() != (*exit == 0) {
            differences.push(format!("{name}:\n  recorded: {stderr}\n  sandbox:  {said}"));
        } else if let Some(object) = object {
            let shown: Value = serde_json::from_str(&ran.stdout.text()).unwrap();
            let seen = json!({
                "metadata": pick(&shown["metadata"], &object["metadata"]),
                "spec": shown["spec"],
            });
            if seen != *object {
                differences.push(format!("{name}:\n  recorded: {object}\n  sandbox:  {seen}"));
            }
        }
    }
    let all = recorded.len();
    let same = all - differences.len();
    println!("{same} of {all} manifests are answered as recorded");
    assert!(
        differences.is_empty(),
        "{same} of {all} are answered as recorded; these are not:\n{}",
        differences.join("\n")
    );
    assert_eq!(all, 248);
}

#[tokio::test(start_paused = true)]
async fn what_only_a_dry_run_refuses_is_created() {
    let stand = stand();
    let dry_runs = manifests();
    let created = created();
    let mut stricter = 0;
    for Recorded { name, manifest, exit, stderr, object: _ } in &created {
        stand.write_text("one.yaml", manifest);
        let ran = stand.kubectl("create -f one.yaml").await;
        assert_eq!(
            (ran.is_success(), &*ran.stderr.text()),
            (*exit == 0, stderr.as_str()),
            "{name}"
        );
        stricter += usize::from(dry_runs.iter().any(|dry| dry.name == *name && dry.exit != *exit));
    }
    assert_eq!((created.len(), stricter), (35, 13));
}
