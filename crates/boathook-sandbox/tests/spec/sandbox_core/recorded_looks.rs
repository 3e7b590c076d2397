//! What makes Knative look again at a name that was taken, as recorded on a real cluster
//! (`tests/recordings/rollback`).

use std::{fs, path::PathBuf};

use boathook_sandbox::{Behaviour, Caller, Kind, Patch, WriteOptions};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::stand::{Stand, condition, pass};

const NAMESPACE: &str = "rec-taken";

/// One recorded case; times are seconds since the service was applied.
#[derive(Deserialize)]
struct Case {
    case: String,
    /// When the route looked and was refused.
    looks: Vec<f64>,
    /// When the plain Service was deleted.
    deleted: Option<f64>,
    step: Option<Step>,
    /// When the route was well.
    routes_ready: Option<f64>,
    revisions: usize,
    end: String,
}

#[derive(Deserialize)]
struct Step {
    t: f64,
    what: String,
}

fn recordings() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/rollback")
}

fn cases() -> Vec<Case> {
    let lines = fs::read_to_string(recordings().join("cases.jsonl")).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The case's service in the sandbox.
struct Replay {
    stand: Stand,
    name: String,
    begun: Instant,
}

impl Replay {
    async fn begin(case: &Case) -> Self {
        let begun = Instant::now();
        let stand = Stand::new();
        stand.cluster.publish("127.0.0.1:5000/rec-app", "v1", Behaviour::good("rec"));
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        stand.write("m/00-namespace.yaml", &namespace);
        let mut manifest = fs::read_to_string(recordings().join("manifest.yaml"))
            .unwrap()
            .replace("NAME", &case.case);
        if case.case == "nothing-scales-to-zero" {
            manifest = manifest.replace("min-scale: '1'", "min-scale: '0'");
        }
        stand.write_text("m/10-manifest.yaml", &manifest);
        let replay = Self { stand, name: case.case.clone(), begun };
        replay.apply().await;
        replay
    }

    async fn apply(&self) {
        let applied = self.stand.kubectl("apply -f m").await;
        assert!(applied.is_success(), "{}", applied.stderr.text());
    }

    fn ksvc(&self) -> Value {
        self.stand
            .cluster
            .get(&Caller::admin(), Kind::Service, Some(NAMESPACE), &self.name)
            .unwrap()
    }

    fn looks(&self) -> u64 {
        let is_look = |event: &&Value| {
            event["reason"] == "InternalError" && event["involvedObject"]["kind"] == "Route"
        };
        self.list(Kind::Event)
            .iter()
            .filter(is_look)
            .filter_map(|event| event["count"].as_u64())
            .sum()
    }

    /// When the route looked for the given time, in seconds since the service was applied.
    fn look(&self, number: u64) -> f64 {
        let changes = self.stand.cluster.changes(Kind::Event);
        let is_look =
            |event: &Value| event["involvedObject"]["kind"] == "Route" && event["count"] == number;
        let change = changes
            .iter()
            .find(|change| {
                change["object"]["reason"] == "InternalError" && is_look(&change["object"])
            })
            .unwrap();
        let at: Timestamp = change["at"].as_str().unwrap().parse().unwrap();
        at.duration_since(self.stand.cluster.settings().start).as_secs_f64()
    }

    async fn wait(&self, seconds: f64) {
        tokio::time::advance(std::time::Duration::from_secs_f64(seconds)).await;
    }

    /// Waits until the route has looked as often as it had in the recording by then, and then as
    /// long as it was after the last look.
    async fn wait_as_recorded(&self, looks: &[f64], until: f64) {
        let before: Vec<f64> = looks.iter().copied().filter(|look| *look < until).collect();
        let number = u64::try_from(before.len()).unwrap();
        while self.looks() < number {
            assert!(
                self.begun.elapsed().as_secs() < 400,
                "{}: the route looked {} times, not {number}",
                self.name,
                self.looks()
            );
            pass(1_000).await;
        }
        let after_it = until - before.last().unwrap();
        self.wait((self.look(number) + after_it - self.begun.elapsed().as_secs_f64()).max(0.0))
            .await;
    }

    /// Seconds until the route is well; none if it is not in the time that was watched.
    async fn until_routes_ready(&self) -> Option<f64> {
        let begun = Instant::now();
        while condition(&self.ksvc(), "RoutesReady") != "True" {
            if begun.elapsed().as_secs() > 311 {
                return None;
            }
            pass(250).await;
        }
        Some(begun.elapsed().as_secs_f64())
    }

    fn patch(&self, kind: Kind, name: &str, patch: &Patch) {
        let caller = Caller::person("eve");
        self.stand
            .cluster
            .patch(&caller, kind, Some(NAMESPACE), name, patch, &WriteOptions::default())
            .unwrap();
    }

    async fn take(&self, what: &str) {
        let name = self.name.as_str();
        let annotate =
            |field: &str| Patch::Merge(json!({"metadata": {field: {"example.test/look": "1"}}}));
        let spec = self.ksvc()["spec"].clone();
        let add = |path: &str, value: Value| {
            Patch::Json(json!([{"op": "add", "path": path, "value": value}]))
        };
        match what {
            "kubectl apply of the same manifest" => self.apply_service_alone().await,
            "kubectl delete pod of the revision" => self.delete_pod(),
            "json patch: spec.traffic gets a tag" => {
                self.patch(Kind::Service, name, &add("/spec/traffic/0/tag", json!("blue")))
            }
            "json patch: annotation example.test/look=1 on spec.template" => {
                self.patch(
                    Kind::Service,
                    name,
                    &add("/spec/template/metadata/annotations/example.test~1look", json!("1")),
                );
            }
            "json patch: label example.test/look=1 on spec.template" => {
                self.patch(
                    Kind::Service,
                    name,
                    &add("/spec/template/metadata/labels", json!({"example.test/look": "1"})),
                );
            }
            "json patch that replaces spec.template and spec.traffic by what is there" => {
                let replace = |path: &str, value: &Value| {
                    json!({
                        "op": "replace",
                        "path": path,
                        "value": value,
                    })
                };
                let operations = [
                    replace("/spec/template", &spec["template"]),
                    replace("/spec/traffic", &spec["traffic"]),
                ];
                self.patch(Kind::Service, name, &Patch::Json(json!(operations)));
            }
            _ if what.starts_with("kubectl annotate ksvc") => {
                self.patch(Kind::Service, name, &annotate("annotations"))
            }
            _ if what.starts_with("kubectl label ksvc") => {
                self.patch(Kind::Service, name, &annotate("labels"))
            }
            _ if what.starts_with("kubectl annotate routes") => {
                self.patch(Kind::Route, name, &annotate("annotations"))
            }
            _ if what.starts_with("kubectl annotate configuration") => {
                self.patch(Kind::Configuration, name, &annotate("annotations"))
            }
            _ if what.starts_with("kubectl annotate revision") => {
                self.patch(Kind::Revision, &format!("{name}-00001"), &annotate("annotations"));
            }
            other => panic!("{name}: a step that is not known: {other}"),
        }
    }

    /// The manifest without the plain Service, which is gone by then.
    async fn apply_service_alone(&self) {
        let manifest =
            fs::read_to_string(self.stand.directory.path().join("m/10-manifest.yaml")).unwrap();
        self.stand.write_text("again/service.yaml", manifest.split_once("---").unwrap().1);
        let applied = self.stand.kubectl("apply -f again").await;
        assert!(applied.is_success(), "{}", applied.stderr.text());
    }

    fn delete_pod(&self) {
        let pods = self.list(Kind::Pod);
        let pod = pods[0]["metadata"]["name"].as_str().unwrap();
        self.stand.cluster.delete(&Caller::admin(), Kind::Pod, Some(NAMESPACE), pod).unwrap();
    }

    fn list(&self, kind: Kind) -> Vec<Value> {
        let everything = boathook_sandbox::Selector::everything();
        let list =
            self.stand.cluster.list(&Caller::admin(), kind, Some(NAMESPACE), &everything).unwrap();
        list["items"].as_array().unwrap().clone()
    }
}

fn is_about(one: f64, other: f64) -> bool {
    (one - other).abs() <= 2.0 + one.max(other) / 10.0
}

/// Plays a case; says where it goes another way than in the recording.
async fn differences(case: &Case) -> Vec<String> {
    let replay = Replay::begin(case).await;
    let mut began = 0.0;
    if let Some(deleted) = case.deleted {
        replay.wait_as_recorded(&case.looks, deleted).await;
        replay
            .stand
            .cluster
            .delete(&Caller::admin(), Kind::CoreService, Some(NAMESPACE), &case.case)
            .unwrap();
        began = deleted;
    }
    if let Some(step) = &case.step {
        if case.deleted.is_some() {
            replay.wait(step.t - began).await;
        } else {
            replay.wait_as_recorded(&case.looks, step.t).await;
        }
        began = step.t;
        replay.take(&step.what).await;
    }
    let looks = replay.looks();
    let ready = replay.until_routes_ready().await;
    pass(15_000).await;
    let mut found = Vec::new();
    match (case.routes_ready.map(|at| at - began), ready) {
        (Some(recorded), Some(seen)) if is_about(recorded, seen) => {}
        (None, None) => {}
        (recorded, seen) => found.push(format!(
            "RoutesReady after {recorded:?} s was recorded, after {seen:?} s is seen"
        )),
    }
    if case.routes_ready.is_none() && replay.looks() <= looks {
        found.push("it looked again, and was refused again".to_owned());
    }
    let revisions = replay.list(Kind::Revision).len();
    if revisions != case.revisions {
        found.push(format!("{} revisions were recorded, there are {revisions}", case.revisions));
    }
    let ksvc = replay.ksvc();
    if condition(&ksvc, "Ready") != case.end.split(' ').next().unwrap() {
        found.push(format!(
            "Ready={} was recorded, {} is seen",
            case.end, ksvc["status"]["conditions"]
        ));
    }
    found
}

#[tokio::test(start_paused = true)]
async fn knative_looks_again_at_a_name_that_was_taken_when_it_did_on_a_real_cluster() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases() {
        count += 1;
        let found = differences(&case).await;
        if !found.is_empty() {
            wrong.push(format!("{}: {}", case.case, found.join("; ")));
        }
    }
    println!("{} of {count} cases are as recorded", count - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(count, 15);
}
