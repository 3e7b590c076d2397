//! The label that decides who reaches a service, as recorded on a real cluster
//! (`tests/recordings/network`).

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::stand::{Stand, condition, pass, traffic};

/// A change of visibility, and what followed.
#[derive(Deserialize)]
struct Switch {
    switch: String,
    to: Option<String>,
    events: Vec<Event>,
}

/// What the service's status became, or what a gateway answered from then on.
#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    Status { generation: u64, observed: u64, url: String, tag: String, ready: String },
    Answer { host: String, status: u16 },
}

fn switches() -> Vec<Switch> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/network/switches.jsonl");
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

impl Event {
    fn transcript(&self) -> String {
        match self {
            Self::Status { generation, observed, url, tag, ready } => {
                format!("{generation}/{observed} {url} {tag} {ready}")
            }
            Self::Answer { host, status } => format!("{host} {status}"),
        }
    }

    const fn is_answer(&self) -> bool {
        matches!(self, Self::Answer { .. })
    }
}

/// The recordings' names stand for those of the sandbox.
fn translated(text: &str) -> String {
    text.replace("shop.rec-net", "hello.fa")
}

fn status_of(ksvc: &Value) -> String {
    let ready = ksvc["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|condition| condition["type"] == "Ready")
        .unwrap();
    let text = |field: &str| ready[field].as_str().unwrap_or_default();
    let ready = format!("{} {}", text("status"), text("reason"));
    let at = |path: &str| ksvc.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let url = at("/status/url");
    let tag = at("/status/traffic/1/url");
    format!(
        "{}/{} {url} {tag} {}",
        ksvc["metadata"]["generation"],
        ksvc["status"]["observedGeneration"],
        ready.trim_end()
    )
}

async fn shop() -> Stand {
    let stand = Stand::serving().await;
    let targets = json!([
        {"latestRevision": true, "percent": 100},
        {"revisionName": "hello-00001", "percent": 0, "tag": "blue"},
    ]);
    stand.steer(json!([traffic(targets)])).await;
    stand.until_ready().await;
    stand
}

fn label(stand: &Stand, to: Option<&str>) {
    let patch = json!({"metadata": {"labels": {"networking.knative.dev/visibility": to}}});
    stand.cluster.edit_as("eve", "fa", "hello", patch).unwrap();
}

/// Whether the public gateway knows the service by now, and by its tag; without a request that a
/// revision would get.
async fn answers(stand: &Stand) -> [String; 2] {
    let mut said = Vec::new();
    for host in ["hello.fa.example.test", "blue-hello.fa.example.test"] {
        said.push(format!("{host} {}", stand.ask(host).await.split(' ').next().unwrap()));
    }
    said.try_into().unwrap()
}

/// What changes after a change of the label, in order.
async fn follow(stand: &Stand) -> Vec<String> {
    let mut said = Vec::new();
    let mut status = status_of(&stand.ksvc());
    let mut answered = answers(stand).await;
    for _ in 0..400 {
        pass(1).await;
        let now = answers(stand).await;
        let is = status_of(&stand.ksvc());
        said.extend(now.iter().filter(|answer| !answered.contains(answer)).cloned());
        if is != status {
            said.push(is.clone());
        }
        (status, answered) = (is, now);
    }
    said
}

#[tokio::test(start_paused = true)]
async fn a_change_of_visibility_unfolds_as_on_a_real_cluster() {
    for Switch { switch, to, events } in switches() {
        let stand = shop().await;
        if to.is_none() || events.is_empty() {
            label(&stand, Some("cluster-local"));
            stand
                .until("cluster-local", |ksvc| {
                    ksvc["status"]["url"] == "http://hello.fa.svc.cluster.local"
                })
                .await;
            stand.until_ready().await;
        }
        label(&stand, to.as_deref());
        let said = follow(&stand).await;
        let public = |event: &&Event| {
            event.is_answer() && translated(&event.transcript()).contains("example.test")
        };
        let statuses = |list: &[String]| {
            list.iter().filter(|line| line.contains('/')).cloned().collect::<Vec<_>>()
        };
        let mut recorded: Vec<_> = events
            .iter()
            .filter(|event| !event.is_answer())
            .map(|event| translated(&event.transcript()))
            .collect();
        assert_eq!(statuses(&said), recorded, "{switch}: the service's status");
        recorded =
            events.iter().filter(public).map(|event| translated(&event.transcript())).collect();
        recorded.sort();
        recorded.dedup();
        let mut answered: Vec<_> =
            said.iter().filter(|line| !line.contains('/')).cloned().collect();
        answered.sort();
        assert_eq!(answered, recorded, "{switch}: the public gateway");
        let first_answer = said.iter().position(|line| !line.contains('/'));
        match (to, first_answer) {
            (Some(_), Some(at)) => assert_eq!(
                at, 0,
                "{switch}: the gateway closes before the status says so: {said:#?}"
            ),
            (None, Some(at)) => assert!(
                at > 0 && at + 1 < said.len(),
                "{switch}: the gateway opens after the status says so: {said:#?}"
            ),
            (_, None) => assert_eq!(said.len(), events.len(), "{switch}"),
        }
        assert!(
            stand.ask("hello.fa.svc.cluster.local").await.starts_with("200 "),
            "{switch}: inside the cluster it is reached all the time"
        );
        assert_eq!(condition(&stand.ksvc(), "Ready"), "True", "{switch}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_label_of_another_value_does_nothing() {
    let stand = shop().await;
    label(&stand, Some("private"));
    assert_eq!(follow(&stand).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_new_template_and_a_new_visibility_in_one_patch_both_come_true() {
    let stand = shop().await;
    let spec = json!({"template": {"spec": {"timeoutSeconds": 100}}});
    let patch = json!({
        "metadata": {"labels": {"networking.knative.dev/visibility": "cluster-local"}},
        "spec": spec,
    });
    stand.cluster.edit_as("eve", "fa", "hello", patch).unwrap();
    let ksvc = stand.until("ready and local", |ksvc| {
        condition(ksvc, "Ready") == "True"
            && ksvc["status"]["url"] == "http://hello.fa.svc.cluster.local"
    });
    let ksvc = ksvc.await;
    assert_eq!(ksvc["status"]["latestReadyRevisionName"], "hello-00002");
    assert_eq!(ksvc["status"]["traffic"][1]["url"], "http://blue-hello.fa.svc.cluster.local");
    assert!(stand.ask("hello.fa.example.test").await.starts_with("404"));
}
