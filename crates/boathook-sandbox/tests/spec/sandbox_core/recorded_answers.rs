//! What the two gateways answer for each Host, and where a service asks for https, as recorded on a
//! real cluster (`tests/recordings/network`).

use std::{fs, path::PathBuf};

use boathook_sandbox::{Behaviour, Caller, Gateway, Kind, Outcome, Visit};
use serde_json::{Value, json};

use super::stand::{Stand, pass};

const NAMESPACE: &str = "rec-net";

fn recording(name: &str) -> String {
    fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/network").join(name),
    )
    .unwrap()
}

/// The rows of a table, without its heading.
fn rows(name: &str) -> Vec<Vec<String>> {
    recording(name)
        .lines()
        .skip(1)
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// The recorded services, with the tag `blue` on the first revisions of two of them.
async fn recorded_services() -> Stand {
    let stand = Stand::new();
    stand.cluster.publish("127.0.0.1:5000/rec-app", "v1", Behaviour::good("rec"));
    stand.write(
        "m/00-namespace.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}),
    );
    stand.write_text("m/10-manifest.yaml", &recording("manifest.yaml"));
    let applied = stand.kubectl("apply -f m").await;
    assert!(applied.is_success(), "{}", applied.stderr.text());
    pass(5_000).await;
    for name in ["ledger", "shop"] {
        let first = json!({"revisionName": format!("{name}-00001"), "percent": 0, "tag": "blue"});
        let patch = json!({"spec": {"traffic": [{"latestRevision": true, "percent": 100}, first]}});
        stand.cluster.edit_as("eve", NAMESPACE, name, patch).unwrap();
    }
    pass(5_000).await;
    stand
}

fn service(stand: &Stand, name: &str) -> Value {
    stand.cluster.get(&Caller::admin(), Kind::Service, Some(NAMESPACE), name).unwrap()
}

/// A status, and the Location where there is one.
fn answer(stand: &Stand, gateway: Gateway, host: &str) -> (String, String) {
    match stand.cluster.visit(&Visit { gateway, ..Visit::get(host) }).outcome {
        Outcome::Answer { status, .. } => (status.to_string(), String::new()),
        Outcome::Redirect { status, location } => (status.to_string(), location),
        other => (format!("{other:?}"), String::new()),
    }
}

#[tokio::test(start_paused = true)]
async fn each_gateway_answers_for_each_host_as_on_a_real_cluster() {
    let stand = recorded_services().await;
    let recorded = rows("answers.tsv");
    let mut different = Vec::new();
    for row in &recorded {
        let [gateway, host, status] = &row[..] else { panic!("{row:?}") };
        let gateway = if gateway == "public" { Gateway::Public } else { Gateway::ClusterLocal };
        let host = if host == "(empty)" { "" } else { host };
        let (seen, _) = answer(&stand, gateway, host);
        if seen != *status {
            different.push(format!("{row:?}: {seen} is seen"));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(recorded.len(), 48);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_asks_for_https_has_its_visitors_sent_there_as_on_a_real_cluster() {
    let stand = recorded_services().await;
    let recorded = rows("http-protocol.tsv");
    for row in &recorded {
        let [annotation, url, status, location] = &row[..] else { panic!("{row:?}") };
        let patch = json!({
            "metadata": {"annotations": {"networking.knative.dev/http-protocol": annotation}},
        });
        let generation = service(&stand, "till")["metadata"]["generation"].clone();
        stand.cluster.edit_as("eve", NAMESPACE, "till", patch).unwrap();
        pass(1_000).await;
        let before = stand.cluster.requests(NAMESPACE, "till-00001");
        assert_eq!(
            answer(&stand, Gateway::Public, "till.rec-net.example.test"),
            (status.clone(), location.clone()),
            "{annotation}"
        );
        let reached = stand.cluster.requests(NAMESPACE, "till-00001") - before;
        assert_eq!(reached, u64::from(status == "200"), "{annotation}: requests that the app saw");
        let ksvc = service(&stand, "till");
        assert_eq!(ksvc["status"]["url"], *url, "{annotation}");
        assert_eq!(ksvc["metadata"]["generation"], generation, "{annotation}: no new generation");
        assert_eq!(
            answer(&stand, Gateway::ClusterLocal, "till.rec-net.svc.cluster.local").0,
            "200",
            "{annotation}: inside the cluster"
        );
    }
    assert_eq!(recorded.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_created_asking_for_https_redirects_from_its_first_answer_on() {
    let stand = recorded_services().await;
    let manifest = recording("manifest.yaml");
    let till = manifest.split("---\n").last().unwrap().replace("till", "safe");
    let asking = till.replace(
        "namespace: rec-net}",
        "namespace: rec-net, annotations: {networking.knative.dev/http-protocol: Redirected}}",
    );
    stand.write_text("safe/service.yaml", &asking);
    assert!(stand.kubectl("apply -f safe").await.is_success());
    let mut seen = Vec::new();
    for _ in 0..300 {
        seen.push(answer(&stand, Gateway::Public, "safe.rec-net.example.test").0);
        pass(10).await;
    }
    seen.dedup();
    assert_eq!(seen, ["404", "301"]);
}
