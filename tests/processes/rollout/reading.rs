//! Reading the API server through the real `kubectl proxy`.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use boathook_core::api_server::ReadError;
use boathook_sandbox::{Fault, Times};
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::proxy_harness::{ProxyHarness, Watching};

const SERVICES: &str = "/apis/serving.knative.dev/v1/namespaces/web/services";
const SERVICE: &str = "/apis/serving.knative.dev/v1/namespaces/web/services/web";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_read_starts_one_proxy_that_ends_with_boathook() {
    let harness = ProxyHarness::open().await;
    assert_eq!(harness.events(), [""; 0], "nobody has read");
    let (one, other) = tokio::join!(harness.object(SERVICE), harness.object(SERVICE));
    assert_eq!((&one["metadata"]["name"], &one), (&"web".into(), &other));
    harness.object(SERVICE).await;
    assert_eq!(harness.processes().len(), 1);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!((mode(harness.folder.clone()), mode(harness.folder.join("api.sock"))), (0, 0));
    assert_eq!(harness.close().await, ["started", "stopped by boathook: boathook stops"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_hands_on_each_change_until_the_api_server_ends_it() {
    let harness = ProxyHarness::open().await;
    let mut watch = watch_of(&harness, 5).await;
    let patch = serde_json::json!({"metadata": {"annotations": {"changed": "yes"}}});
    harness.room.patch("merge", &patch).await;
    let event = watch.event().await;
    assert_eq!(event["type"], "MODIFIED");
    assert_eq!(event["object"]["metadata"]["annotations"]["changed"], "yes");
    while let Some(item) = watch.next().await {
        assert_eq!(item.unwrap()["type"], "MODIFIED");
    }
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_killed_in_the_middle_of_a_read_is_replaced_and_the_read_repeated() {
    let harness = ProxyHarness::open().await;
    harness.object(SERVICE).await;
    harness.room.sandbox.cluster.fail("kubectl get ksvc", Times::Next(1), Fault::Hang);
    let killed = async {
        while harness.room.sandbox.cluster.is_failing("kubectl get") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        kill(&harness);
    };
    let (service, ()) = tokio::join!(harness.object(SERVICE), killed);
    assert_eq!(service["metadata"]["name"], "web");
    let events = harness.close().await;
    let expected =
        ["started", "ended by signal 9", "started", "stopped by boathook: boathook stops"];
    assert_eq!(events, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_killed_in_the_middle_of_a_watch_breaks_it_and_the_next_watch_works() {
    let harness = ProxyHarness::open().await;
    let mut watch = watch_of(&harness, 60).await;
    kill(&harness);
    let broken = watch.next().await.unwrap();
    assert!(matches!(broken, Err(ReadError::Unreachable(_))), "{broken:?}");
    assert_eq!(watch.next().await, None);
    let mut watch = watch_of(&harness, 1).await;
    assert_eq!(watch.next().await, None, "the API server ended it");
    assert_eq!(harness.events_until(3).await, ["started", "ended by signal 9", "started"]);
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_server_that_never_answers_keeps_a_read_only_until_its_deadline() {
    let harness = ProxyHarness::open().await;
    harness.room.sandbox.cluster.fail("kubectl get ksvc", Times::UntilHealed, Fault::Hang);
    let timeout = Duration::from_secs(3);
    let answer = harness.read_within(SERVICE, timeout).await;
    assert_eq!(answer, Err(ReadError::TimedOut(timeout)));
    harness.room.sandbox.cluster.heal("kubectl get");
    harness.object(SERVICE).await;
    assert_eq!(harness.close().await.len(), 2, "the proxy was not to blame");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_refuses_what_boathook_never_reads_whatever_objects_are_called() {
    let harness = ProxyHarness::open().await;
    let refused = async |path: &str| {
        let answer = harness.read(path).await.unwrap();
        // The proxy says it in one word, the API server in an object.
        (answer.code, String::from_utf8(answer.body).unwrap().trim() == "Forbidden")
    };
    for path in [
        "/api/v1/secrets",
        "/api/v1/namespaces/web/secrets",
        "/api/v1/namespaces/web/secrets/one",
        "/api/v1/watch/namespaces/web/secrets",
        "/api/v1/namespaces/secrets/secrets?watch=true",
        "/api/v1/namespaces/web/pods/one/exec?command=sh",
        "/api/v1/namespaces/web/pods/one/attach",
        "/api/v1/namespaces/web/pods/one/portforward",
        "/api/v1/namespaces/web/pods/one/proxy/",
        "/api/v1/namespaces/web/services/one:80/proxy/x",
        "/api/v1/nodes/one/proxy/metrics",
    ] {
        assert_eq!(refused(path).await, (403, true), "{path}");
    }
    for path in [
        "/api/v1/namespaces/secrets/pods",
        "/api/v1/namespaces/exec/pods/exec",
        "/api/v1/namespaces/proxy/services/proxy",
        "/api/v1/namespaces/secrets",
        "/api/v1/namespaces/web/events?fieldSelector=involvedObject.name%3Dsecrets",
        "/apis/serving.knative.dev/v1/namespaces/secrets/services/secrets",
        "/apis/serving.knative.dev/v1/namespaces/attach/revisions/exec",
    ] {
        assert!(!refused(path).await.1, "{path}");
    }
    let client = Client::builder().unix_socket(harness.folder.join("api.sock")).build().unwrap();
    for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "GETS", "G", "get"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer =
            client.request(method.clone(), format!("http://localhost{SERVICE}")).send().await;
        assert_eq!(answer.unwrap().status().as_u16(), 403, "{method}");
    }
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_kubectl_a_read_says_so_at_once_and_works_once_it_is_there() {
    let harness = ProxyHarness::open().await;
    let good = harness.tools.borrow().as_ref().clone();
    let mut bad = good.clone();
    bad.kubectl = vec!["/nowhere/kubectl".to_owned()];
    harness.tools.send_replace(bad.into());
    let answer = harness.read(SERVICE).await;
    let message = "`/nowhere/kubectl` is not installed, or not in boathook's PATH";
    assert_eq!(answer, Err(ReadError::NoReader(message.to_owned())));
    harness.tools.send_replace(good.into());
    while harness.read(SERVICE).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_with_other_tools_replaces_the_proxy() {
    let harness = ProxyHarness::open().await;
    harness.object(SERVICE).await;
    let mut other = harness.tools.borrow().as_ref().clone();
    other.environment.push(("HTTPS_PROXY".to_owned(), "http://127.0.0.1:9".to_owned()));
    harness.tools.send_replace(other.into());
    harness.object(SERVICE).await;
    assert_eq!(
        harness.close().await,
        [
            "started",
            "stopped by boathook: the configuration was reloaded",
            "started",
            "stopped by boathook: boathook stops"
        ]
    );
}

/// A watch of the services of `web` from now on.
async fn watch_of(harness: &ProxyHarness, seconds: u32) -> Watching {
    let list = harness.object(SERVICES).await;
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let path = format!("{SERVICES}?watch=true&timeoutSeconds={seconds}&resourceVersion={version}");
    harness.watch(&path).await
}

fn kill(harness: &ProxyHarness) {
    let processes = harness.processes();
    assert_eq!(processes.len(), 1, "{processes:?}");
    kill_process(Pid::from_raw(processes[0]).unwrap(), Signal::KILL).unwrap();
}
