//! 248 manifests that a real cluster was asked about (`kubectl create --dry-run=server`): the sandbox answers word for word the same.

use std::{fs, path::PathBuf};

use boathook::sandbox::{Caller, Kind, WriteOptions};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stand::Stand;

/// What a real cluster said to a manifest.
#[derive(Deserialize)]
struct Recorded {
    name: String,
    #[serde(default)]
    manifest: String,
    exit: i32,
    stderr: String,
    /// Metadata and spec as completed, where that is of interest.
    object: Option<Value>,
}

fn recordings(file: &str) -> Vec<Recorded> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/admission");
    let warning = fs::read_to_string(folder.join("warning.txt")).unwrap();
    let lines = fs::read_to_string(folder.join(file)).unwrap();
    let mut all: Vec<Recorded> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for one in &mut all {
        one.stderr = one.stderr.replace("<warning>", warning.trim_end());
    }
    all
}

fn stand() -> Stand {
    let stand = Stand::new();
    let namespace = json!({"metadata": {"name": "rec-adm"}});
    stand.cluster.create(&Caller::admin(), Kind::Namespace, None, namespace, &WriteOptions::default()).unwrap();
    stand
}

/// The pod of a dry run has a name with a random end.
fn without_random_ends(text: &str) -> String {
    let parts: Vec<_> = text.split("\"dry-run-validation").collect();
    let rest = parts[1..].iter().map(|part| part.split_once('"').unwrap().1);
    std::iter::once(parts[0]).chain(rest).collect::<Vec<_>>().join("\"dry-run-validation\"")
}

#[tokio::test(start_paused = true)]
async fn every_recorded_manifest_is_answered_as_on_a_real_cluster() {
    let stand = stand();
    let mut differences = Vec::new();
    let recorded = recordings("manifests.jsonl");
    for Recorded { name, manifest, exit, stderr, object } in &recorded {
        let file = format!("{name}.yaml");
        stand.write_text(&file, manifest);
        let ran = stand.kubectl(&format!("create --dry-run=server -o json -f {file}")).await;
        let said = without_random_ends(&ran.stderr.text());
        if said != without_random_ends(stderr) || ran.is_success() != (*exit == 0) {
            differences.push(format!("{name}:\n  recorded: {stderr}\n  sandbox:  {said}"));
        } else if let Some(object) = object {
            let shown: Value = serde_json::from_str(&ran.stdout.text()).unwrap();
            let seen = json!({"metadata": pick(&shown["metadata"], &object["metadata"]), "spec": shown["spec"]});
            if seen != *object {
                differences.push(format!("{name}:\n  recorded: {object}\n  sandbox:  {seen}"));
            }
        }
    }
    let (all, same) = (recorded.len(), recorded.len() - differences.len());
    println!("{same} of {all} manifests are answered as recorded");
    assert!(differences.is_empty(), "{same} of {all} are answered as recorded; these are not:\n{}", differences.join("\n"));
    assert_eq!(all, 248);
}

/// The fields of an object that a recording has.
fn pick(object: &Value, recorded: &Value) -> Value {
    let fields = recorded.as_object().unwrap().keys();
    Value::Object(fields.map(|field| (field.clone(), object[field].clone())).collect())
}

#[tokio::test(start_paused = true)]
async fn what_only_a_dry_run_refuses_is_created() {
    let stand = stand();
    let manifests = recordings("manifests.jsonl");
    let manifest_of = |name: &str| manifests.iter().find(|recorded| recorded.name == name).unwrap();
    let created = recordings("created.jsonl");
    let mut stricter = 0;
    for Recorded { name, exit, stderr, .. } in &created {
        let Recorded { manifest, exit: dry, .. } = manifest_of(name);
        let own_name = manifest.replacen("  name: web\n", &format!("  name: {name}\n"), 1);
        stand.write_text("one.yaml", &own_name);
        let ran = stand.kubectl("create -f one.yaml").await;
        assert_eq!((ran.is_success(), &*ran.stderr.text()), (*exit == 0, stderr.as_str()), "{name}");
        stricter += usize::from(*dry != *exit);
    }
    assert_eq!((created.len(), stricter), (35, 13));
}
