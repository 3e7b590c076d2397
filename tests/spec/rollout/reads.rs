//! The cluster is read by asking the API server: what its answers mean, and what is asked at once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::cluster::{Cluster, ClusterError, Reads};
use boathook_core::{
    api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    objects::Document,
    record::Outcome,
};
use boathook_sandbox::{FakeApiServer, Fault, Times};
use boathook_testing::{
    rollout_harness::{Harness, reads, request, settings, tools},
    samples::service,
};
use expect_test::expect;
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tokio::time::{Instant, sleep};

/// An API server that answers everything so.
#[derive(Clone)]
struct Answers(Result<ReadAnswer, ReadError>);

impl ApiServer for Answers {
    fn read(&self, _: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        async { self.0.clone() }.boxed()
    }

    fn watch(&self, _: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        async { self.0.clone().map(WatchAnswer::Refused) }.boxed()
    }
}

/// A cluster whose API server takes a second for each answer; it notes when it was asked.
struct Slow {
    server: FakeApiServer,
    begun: Instant,
    asked: Mutex<Vec<String>>,
}

impl Slow {
    fn before(harness: &mut Harness) -> Arc<Self> {
        let server = FakeApiServer::new(harness.cluster.clone());
        let slow = Arc::new(Self { server, begun: Instant::now(), asked: Mutex::default() });
        harness.engine.reads = Reads::new(Arc::clone(&slow) as Arc<dyn ApiServer>);
        slow
    }

    /// By time and path: which of two reads at once is first is anyone's guess.
    fn asked(&self) -> String {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked.concat()
    }
}

impl ApiServer for Slow {
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        async move {
            let at = self.begun.elapsed().as_secs_f64();
            self.asked.lock().unwrap().push(format!("{at:.1} s {}\n", request.path));
            sleep(Duration::from_secs(1)).await;
            self.server.read(request).await
        }
        .boxed()
    }

    fn watch(&self, request: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        self.server.watch(request)
    }
}

fn status(code: u16, reason: &str, name: &str, message: &str) -> Result<ReadAnswer, ReadError> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": message, "details": {"name": name}});
    plain(code, &status.to_string())
}

fn plain(code: u16, text: &str) -> Result<ReadAnswer, ReadError> {
    Ok(ReadAnswer { code, retry_after: None, body: text.as_bytes().to_vec() })
}

fn cluster(reads: Reads) -> Cluster {
    let harness = Harness::new();
    Cluster::new(harness.engine.runner, reads, Arc::new(tools()), settings().timeouts)
}

/// What the service `game` is found to be if the API server answers so.
async fn found(answer: Result<ReadAnswer, ReadError>) -> String {
    match cluster(Reads::new(Arc::new(Answers(answer)))).service(&service("game")).await {
        Ok(found) => format!("{}\n", if found.is_some() { "there" } else { "not there" }),
        Err(error) => {
            let class = if matches!(error, ClusterError::Transient(_)) { "later" } else { "never" };
            format!("{class}: {error}\n")
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_means_what_it_means_to_kubectl_and_is_said_in_its_words() {
    let mut result = String::new();
    for answer in [
        status(404, "NotFound", "game", "services.serving.knative.dev \"game\" not found"),
        status(404, "NotFound", "", "the server could not find the requested resource"),
        plain(404, "404 page not found\n"),
        status(
            403,
            "Forbidden",
            "game",
            "services \"game\" is forbidden: User \"boathook\" cannot get",
        ),
        status(401, "Unauthorized", "", "Unauthorized"),
        status(429, "TooManyRequests", "", "the server has received too many requests"),
        status(500, "InternalError", "", "Internal error occurred: etcdserver: leader changed"),
        status(503, "ServiceUnavailable", "", "apiserver not ready"),
        status(504, "Timeout", "", "request did not complete within the allotted timeout"),
        status(500, "", "", "something else"),
        status(418, "Teapot", "", "short and stout"),
        plain(500, "dial tcp 127.0.0.1:6999: connect: connection refused\n"),
        plain(502, "tls: failed to verify certificate: x509: certificate has expired\n"),
        plain(403, "Forbidden\n"),
        plain(200, "{}"),
        plain(200, "<html>"),
        Err(ReadError::NoReader("`kubectl` is not installed".to_owned())),
        Err(ReadError::Unreachable("`kubectl proxy` ended".to_owned())),
        Err(ReadError::TimedOut(Duration::from_secs(20))),
        Err(ReadError::TooLong(1 << 22)),
    ] {
        result += &found(answer).await;
    }
    expect![[r#"
        not there
        never: the server doesn't have a resource type "services.serving.knative.dev"
        never: the server doesn't have a resource type "services.serving.knative.dev"
        never: `GET /.../game` failed (HTTP 403 after 0 ms): Error from server (Forbidden): services "game" is forbidden: User "boathook" cannot get
        never: `GET /.../game` failed (HTTP 401 after 0 ms): error: You must be logged in to the server (Unauthorized)
        later: `GET /.../game` failed (HTTP 429 after 0 ms): Error from server (TooManyRequests): the server has received too many requests
        later: `GET /.../game` failed (HTTP 500 after 0 ms): Error from server (InternalError): Internal error occurred: etcdserver: leader changed
        later: `GET /.../game` failed (HTTP 503 after 0 ms): Error from server (ServiceUnavailable): apiserver not ready
        later: `GET /.../game` failed (HTTP 504 after 0 ms): Error from server (Timeout): request did not complete within the allotted timeout
        later: `GET /.../game` failed (HTTP 500 after 0 ms): Error from server: something else
        never: `GET /.../game` failed (HTTP 418 after 0 ms): Error from server (Teapot): short and stout
        later: `GET /.../game` failed (HTTP 500 after 0 ms): Unable to connect to the server: dial tcp 127.0.0.1:6999: connect: connection refused
        never: `GET /.../game` failed (HTTP 502 after 0 ms): Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired
        never: `GET /.../game` failed (HTTP 403 after 0 ms): Error from server: Forbidden
        never: the answer of `GET /.../game` cannot be read: missing field `metadata` at line 1 column 2
        never: the answer of `GET /.../game` cannot be read: expected value at line 1 column 1
        never: `GET /.../game` failed (no answer after 0 ms): `kubectl` is not installed
        later: `GET /.../game` failed (no answer after 0 ms): `kubectl proxy` ended
        later: `GET /.../game` failed (no answer after 0 ms): the API server gave no answer within 20 s
        never: the answer of `GET /.../game` cannot be read: the API server's answer is longer than 4194304 bytes
    "#]].assert_eq(
        &result.replace("/apis/serving.knative.dev/v1/namespaces/game/services/", "/.../"),
    );
}

fn document(api_version: &str, kind: &str, name: &str) -> Document {
    let metadata = json!({"name": name, "namespace": "game"});
    Document(json!({"apiVersion": api_version, "kind": kind, "metadata": metadata}))
}

#[tokio::test(start_paused = true)]
async fn a_name_that_would_be_another_path_is_not_asked_for() {
    let harness = Harness::new();
    let cluster = cluster(reads(&harness.cluster));
    for (api_version, name) in
        [("v1", "../secrets"), ("v1", ".."), ("v1", "a%2Fb"), ("v1", ""), ("a/../b", "x")]
    {
        let error = cluster.live(&document(api_version, "ConfigMap", name)).await.unwrap_err();
        assert!(matches!(error, ClusterError::NoName(_)), "{name}: {error}");
    }
    let asked = harness.cluster.reads();
    assert!(asked.iter().all(|path| path == "/api/v1"), "{asked:?}");
    let odd = document("v1", "ConfigMap", "a b:c?watch=true#d");
    assert_eq!(cluster.live(&odd).await.unwrap(), None);
    assert_eq!(
        harness.cluster.reads().last().unwrap(),
        "/api/v1/namespaces/game/configmaps/a%20b%3Ac%3Fwatch%3Dtrue%23d"
    );
}

#[tokio::test(start_paused = true)]
async fn how_a_kind_is_served_is_asked_once_and_again_when_it_is_unknown_or_old() {
    let harness = Harness::new();
    let cluster = cluster(reads(&harness.cluster));
    let job = document("batch/v1", "Job", "seed");
    let unknown = document("batch/v1", "CronJobs", "seed");
    let nowhere = document("shop.example/v1", "Cart", "seed");
    for _ in 0..2 {
        assert_eq!(cluster.live(&job).await.unwrap(), None);
    }
    let mut said = String::new();
    for document in [&unknown, &unknown, &nowhere] {
        said += &format!("{}\n", cluster.live(document).await.unwrap_err());
    }
    expect![[r#"
        the server doesn't have a resource type "CronJobs (batch/v1)"
        the server doesn't have a resource type "CronJobs (batch/v1)"
        the server doesn't have a resource type "Cart (shop.example/v1)"
    "#]]
    .assert_eq(&said);
    sleep(Duration::from_secs(660)).await;
    assert_eq!(cluster.live(&job).await.unwrap(), None);
    expect![[r#"
        /apis/batch/v1
        /apis/batch/v1/namespaces/game/jobs/seed
        /apis/batch/v1/namespaces/game/jobs/seed
        /apis/batch/v1
        /apis/batch/v1
        /apis/shop.example/v1
        /apis/batch/v1
        /apis/batch/v1/namespaces/game/jobs/seed"#]]
    .assert_eq(&harness.cluster.reads().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn what_a_plan_needs_is_asked_at_once_and_then_what_depends_on_it() {
    let mut harness = Harness::new();
    harness.deploy("1").await;
    harness.deploy("2").await;
    let traffic = json!([{"revisionName": "game-00002", "percent": 100},
        {"revisionName": "game-00001", "percent": 0, "tag": "old"}]);
    harness.cluster.edit_as("ada", "game", "game", json!({"spec": {"traffic": traffic}})).unwrap();
    harness.settle().await;
    let slow = Slow::before(&mut harness);
    let report = harness.engine.dry_run(&request("1", "again")).await;
    assert_eq!(report.problems, Vec::<String>::new());
    expect![[r#"
        0.0 s /apis/serving.knative.dev/v1/namespaces/game/revisions/game-00002
        0.0 s /apis/serving.knative.dev/v1/namespaces/game/services/game
        1.0 s /apis/serving.knative.dev/v1/namespaces/game/revisions/game-00001
        2.0 s /api/v1/namespaces/game
        3.1 s /api/v1/namespaces/game
    "#]]
    .assert_eq(&slow.asked());
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_folder_comes_first_whatever_answers_first() {
    let harness = Harness::serving(settings()).await;
    harness.manifest("20-broken.yaml", "kind: [");
    let refused = Fault::Exit("Error from server (Invalid): the service".to_owned());
    for fault in [refused, Fault::Hang] {
        harness.cluster.fail("kubectl get ksvc", Times::Next(1), fault);
        let begun = Instant::now();
        let report = harness.engine.dry_run(&request("2", "2")).await;
        assert!(report.problems.concat().contains("20-broken.yaml"), "{:?}", report.problems);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        harness.cluster.heal("kubectl get ksvc");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_put_off_is_tried_again_when_the_api_server_says() {
    for code in [429, 500, 503] {
        let mut harness = Harness::serving(settings()).await;
        let slow = Slow::before(&mut harness);
        harness.cluster.fail("kubectl get revisions", Times::Next(1), Fault::PutOff(code));
        let result = harness.deploy("2").await;
        result.assert_end(Outcome::Succeeded);
        let asked = slow.asked();
        let revision = "/apis/serving.knative.dev/v1/namespaces/game/revisions/game-00001";
        let times: Vec<f64> = asked
            .lines()
            .filter(|line| line.ends_with(revision))
            .map(|line| line.split(' ').next().unwrap().parse().unwrap())
            .collect();
        // A second for the answer, and one that it asked for.
        assert!(times[1] - times[0] >= 2.0, "{code}: {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_read_is_a_program_of_the_record() {
    let harness = Harness::serving(settings()).await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let gets = harness
        .cluster
        .commands()
        .into_iter()
        .filter(|argv| argv.contains(" get ") && !argv.contains("--watch"));
    assert_eq!(gets.collect::<Vec<_>>(), Vec::<String>::new());
    assert!(!harness.cluster.reads().is_empty());
}
