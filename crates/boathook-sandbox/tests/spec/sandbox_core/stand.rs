//! A simulated cluster with kubectl and crictl at hand, and the small application that the
//! recordings were made with.

use std::{fs, time::Duration};

use boathook_core::{
    deployment::{Namespace, ServiceName},
    health::{ProbeAnswer, ProbeRequest, Prober as _},
};
use boathook_process::{Command, Finished, Runner as _};
use boathook_sandbox::{Behaviour, Caller, Cluster, FakeProber, FakeTools, Kind, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const REPOSITORY: &str = "registry.test/hello";
const WARNING: &str = "Warning: Kubernetes default value is insecure";

/// boathook's account, as it is shipped for one service.
pub fn deployer(namespace: &str, service: &str) -> Caller {
    Caller::deployer(Namespace::parse(namespace).unwrap(), ServiceName::parse(service).unwrap())
}

/// A cluster and a working directory.
pub struct Stand {
    pub cluster: Cluster,
    pub tools: FakeTools,
    pub directory: TempDir,
}

impl Stand {
    /// An empty cluster whose registry holds `v1` and `v2` of the application, both good.
    pub fn new() -> Self {
        let cluster = Cluster::new(Settings::default());
        cluster.publish(REPOSITORY, "v1", Behaviour::good("v1"));
        cluster.publish(REPOSITORY, "v2", Behaviour::good("v2"));
        let tools = FakeTools::new(cluster.clone());
        Self { cluster, tools, directory: TempDir::new().unwrap() }
    }

    /// The same with namespace `fa` and service `hello` on `v1`, Ready.
    pub async fn serving() -> Self {
        let stand = Self::new();
        stand.write(
            "m/00-ns.yaml",
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
        );
        stand.write("m/10-hello.yaml", &service("v1"));
        let applied = stand.kubectl("apply -f m").await;
        assert!(applied.is_success(), "{}", applied.stderr.text());
        stand.until("Ready", |ksvc| condition(ksvc, "Ready") == "True").await;
        stand
    }

    /// Writes a manifest into the working directory.
    pub fn write(&self, path: &str, object: &Value) {
        self.write_text(path, &object.to_string());
    }

    /// Writes any file into the working directory.
    pub fn write_text(&self, path: &str, text: &str) {
        let path = self.directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a program; words are split at spaces.
    pub async fn run(&self, line: &str) -> Finished {
        self.run_list(&line.split_whitespace().collect::<Vec<_>>()).await
    }

    pub async fn run_list(&self, list: &[&str]) -> Finished {
        self.tools.run(self.command(list), None).await.unwrap()
    }

    pub fn command(&self, list: &[&str]) -> Command {
        Command {
            argv: list.iter().map(|&word| word.to_owned()).collect(),
            directory: Some(self.directory.path().to_owned()),
            environment: Vec::new(),
            timeout: Duration::from_secs(30),
            output_cap: 1 << 20,
            secret_output: false,
        }
    }

    pub async fn kubectl(&self, line: &str) -> Finished {
        self.run(&format!("kubectl {line}")).await
    }

    /// A patch of the service, and the lines that say how it went, without the warning that every
    /// write prints.
    pub async fn patch(&self, kind: &str, patch: &Value) -> String {
        let text = patch.to_string();
        transcript(
            &self
                .run_list(&[
                    "kubectl", "patch", "ksvc", "hello", "-n", "fa", "--type", kind, "-p", &text,
                ])
                .await,
        )
    }

    /// A JSON patch that must go through.
    pub async fn steer(&self, patch: Value) {
        let said = self.patch("json", &patch).await;
        assert!(said.starts_with("service.serving.knative.dev/hello patched"), "{said}");
    }

    /// A new revision with this image becomes Ready, while the first one keeps all traffic.
    pub async fn put_beside(&self, tag: &str) {
        let pinned = traffic(json!([{"revisionName": "hello-00001", "percent": 100}]));
        self.steer(json!([image(tag), pinned])).await;
        self.until_ready().await;
    }

    /// The service as it is now.
    pub fn ksvc(&self) -> Value {
        self.object(Kind::Service, "hello")
    }

    pub fn object(&self, kind: Kind, name: &str) -> Value {
        self.cluster.get(&Caller::admin(), kind, Some("fa"), name).unwrap()
    }

    /// The objects of a kind in the namespace.
    pub fn all(&self, kind: Kind) -> Vec<Value> {
        let list = self
            .cluster
            .list(&Caller::admin(), kind, Some("fa"), &boathook_sandbox::Selector::everything())
            .unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// Names of a kind in the namespace.
    pub fn names(&self, kind: Kind) -> Vec<String> {
        self.all(kind)
            .iter()
            .map(|object| object["metadata"]["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until the service is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..10_000 {
            let ksvc = self.ksvc();
            let current = ksvc["status"]["observedGeneration"] == ksvc["metadata"]["generation"];
            if current && wanted(&ksvc) {
                return ksvc;
            }
            pass(100).await;
        }
        panic!("waited in vain for {what}; last seen: {:#}", self.ksvc()["status"]);
    }

    pub async fn until_ready(&self) -> Value {
        self.until("Ready", |ksvc| condition(ksvc, "Ready") == "True").await
    }

    /// One request to a host: status and body, or why there was no answer.
    pub async fn ask(&self, host: &str) -> String {
        let request = ProbeRequest::get(format!("http://{host}/"), Duration::from_secs(2));
        match FakeProber::new(self.cluster.clone()).probe(request).await.result {
            Ok(ProbeAnswer::Http { status, body, .. }) => {
                format!("{status} {body}").trim_end().to_owned()
            }
            Ok(ProbeAnswer::Grpc(answer)) => format!("{answer:?}"),
            Err(unanswered) => unanswered.to_string(),
        }
    }
}

/// Lets milliseconds pass on the paused clock.
pub async fn pass(milliseconds: u64) {
    tokio::time::advance(Duration::from_millis(milliseconds)).await;
}

/// The manifest that the recordings were made with.
pub fn service(tag: &str) -> Value {
    json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "hello", "namespace": "fa"},
        "spec": {"template": {"spec": {"containers": [{
            "env": [{"name": "GREETING", "value": "hi"}],
            "image": format!("{REPOSITORY}:{tag}"),
            "ports": [{"containerPort": 8080}],
            "readinessProbe": {"httpGet": {"path": "/healthz"}, "periodSeconds": 5},
            "resources": {
                "limits": {"memory": "128Mi"},
                "requests": {"cpu": "25m", "memory": "32Mi"},
            },
        }]}}},
    })
}

/// The operation that changes the image.
pub fn image(tag: &str) -> Value {
    json!({
        "op": "replace",
        "path": "/spec/template/spec/containers/0/image",
        "value": format!("{REPOSITORY}:{tag}"),
    })
}

/// The operation that sets the traffic.
pub fn traffic(targets: Value) -> Value {
    json!({"op": "replace", "path": "/spec/traffic", "value": targets})
}

/// The status of a condition.
pub fn condition(object: &Value, kind: &str) -> String {
    find(object, kind)["status"].as_str().unwrap_or_default().to_owned()
}

/// A condition as `Status Reason: message`.
pub fn condition_text(object: &Value, kind: &str) -> String {
    let condition = find(object, kind);
    let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    format!("{} {}: {}", text("status"), text("reason"), text("message"))
}

fn find(object: &Value, kind: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.into_iter().find(|condition| condition["type"] == kind).unwrap_or_default()
}

/// What a run printed, and its exit code where it is not 0.
pub fn transcript(finished: &Finished) -> String {
    let stdout = finished.stdout.text();
    let stderr = finished.stderr.text();
    let result = stderr.lines().filter(|line| !line.starts_with(WARNING));
    let mut lines: Vec<_> = stdout.lines().chain(result).map(str::to_owned).collect();
    if !finished.is_success() {
        lines.push(format!("({})", finished.exit));
    }
    lines.join("\n")
}
