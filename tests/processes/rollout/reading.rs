//! Reading the API server through the real `kubectl proxy`.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    time::Duration,
};

use boathook_core::api_server::ReadError;
use boathook_process::Exit;
use boathook_sandbox::{Fault, Times};
use futures_util::future::join_all;
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    proxy_harness::{ProxyHarness, Watching},
    scripted_server::{Then, kubeconfig_of, scripted_server},
    slow_link::{Answers, SlowLink},
};

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
async fn a_watch_of_which_half_an_event_comes_is_broken_however_it_goes_on() {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let events = "{\"type\":\"BOOKMARK\"}\n{\"type\":\"ADD";
    let half = format!("{head}{:x}\r\n{events}\r\n", events.len());
    for (bytes, then, expected) in [
        (half.clone(), Then::SaysNothing, "the watch stopped in the middle of an event"),
        (half.clone(), Then::Closes, "the connection to `kubectl proxy` broke: "),
        (format!("{half}0\r\n\r\n"), Then::Closes, "the watch ended in the middle of an event"),
    ] {
        let harness = ProxyHarness::open().await;
        harness.replace("kubeconfig", &kubeconfig_of(scripted_server(bytes, then).await));
        let mut watch = harness.watch(&format!("{SERVICES}?watch=true")).await;
        assert_eq!(watch.event().await["type"], "BOOKMARK");
        let Some(Err(ReadError::Unreachable(said))) = watch.next().await else {
            panic!("{then:?}: it is broken")
        };
        assert!(said.starts_with(expected), "{then:?}: {said}");
        assert_eq!(watch.next().await, None);
        harness.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_is_gone_comes_as_an_event_of_a_watch_that_began_well() {
    let harness = ProxyHarness::open().await;
    harness.room.sandbox.cluster.compact();
    let mut watch = harness.watch(&format!("{SERVICES}?watch=true&resourceVersion=1")).await;
    let event = watch.event().await;
    assert_eq!((&event["type"], &event["object"]["code"]), (&"ERROR".into(), &410.into()));
    assert_eq!(watch.next().await, None);
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_kubeconfig_or_token_replaces_the_proxy() {
    let harness = ProxyHarness::open().await;
    let home = &harness.room.sandbox.home.directory;
    let limited = fs::read_to_string(home.join("kubeconfig.limited")).unwrap();
    let with_token = limited.replace("user: {}", "user: {tokenFile: token}");
    assert_ne!(limited, with_token);
    harness.replace("token", "one");
    harness.object("/api/v1/namespaces").await;
    harness.replace("kubeconfig", &with_token);
    while harness.read("/api/v1/namespaces").await.unwrap().code != 403 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    harness.replace("token", "another");
    while harness.events().len() < 5 {
        assert_eq!(harness.read("/api/v1/namespaces").await.unwrap().code, 403);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let replaced = "stopped by boathook: the kubeconfig, or a file that it names, was replaced";
    let stopped = "stopped by boathook: boathook stops";
    let expected = ["started", replaced, "started", replaced, "started", stopped];
    assert_eq!(harness.close().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_outlived_its_boathook_ends_when_the_next_one_reads() {
    let harness = ProxyHarness::open().await;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&harness.folder).unwrap();
    let socket = harness.folder.join("api.sock");
    let unix_socket = format!("--unix-socket={}", socket.display());
    let (mut lines, left) = harness.room.follow(&["proxy", &unix_socket]);
    lines.recv().await.unwrap();
    assert_eq!(harness.processes().len(), 1);
    harness.object(SERVICE).await;
    assert_eq!(harness.processes().len(), 1);
    assert_eq!(left.await.unwrap().exit, Exit::Signal(9));
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_belongs_to_one_boathook_and_to_its_user_alone() {
    let harness = ProxyHarness::open().await;
    harness.object(SERVICE).await;
    let Err(ReadError::NoReader(said)) = harness.read_beside(SERVICE).await else {
        panic!("it is another one's")
    };
    assert!(said.starts_with("another boathook uses "), "{said}");
    harness.object(SERVICE).await;
    assert_eq!(harness.events(), ["started"], "the first one's proxy goes on");
    harness.close().await;
    let harness = ProxyHarness::open().await;
    fs::create_dir_all(&harness.folder).unwrap();
    fs::set_permissions(&harness.folder, fs::Permissions::from_mode(0o755)).unwrap();
    let Err(ReadError::NoReader(said)) = harness.read(SERVICE).await else {
        panic!("others may look into it")
    };
    assert!(said.contains("can be opened by others than boathook's user (mode 755)"), "{said}");
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
async fn beside_a_request_that_is_never_answered_another_one_is_sent() {
    let harness = ProxyHarness::open().await;
    harness.object(SERVICE).await;
    for lost in [1, 2] {
        harness.room.sandbox.cluster.fail("kubectl get ksvc", Times::Next(lost), Fault::Hang);
        let service = harness.object(SERVICE).await;
        assert_eq!(service["metadata"]["name"], "web");
        assert!(!harness.room.sandbox.cluster.is_failing("kubectl get"), "{lost} were lost");
    }
    harness.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_server_that_is_frozen_for_some_seconds_is_read_as_soon_as_it_goes_on() {
    let harness = ProxyHarness::open().await;
    let link = slowly(&harness, Answers::After(Duration::ZERO)).await;
    harness.object(SERVICE).await;
    let before = link.requests();
    link.set(Answers::NotNow);
    let thawing = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        link.set(Answers::After(Duration::ZERO));
    };
    let (one, other, ()) = tokio::join!(harness.object(SERVICE), harness.object(SERVICES), thawing);
    assert_eq!((&one["metadata"]["name"], &other["kind"]), (&"web".into(), &"ServiceList".into()));
    let asked = link.requests() - before;
    assert!((4..=8).contains(&asked), "each again after a pause that grows: {asked}");
    harness.object(SERVICE).await;
    assert_eq!(harness.close().await.len(), 2, "the proxy was not to blame");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_server_that_is_slow_is_not_asked_more_and_more() {
    let harness = ProxyHarness::open().await;
    let link = slowly(&harness, Answers::After(Duration::ZERO)).await;
    harness.object(SERVICE).await;
    let before = link.requests();
    link.set(Answers::After(Duration::from_millis(2500)));
    let services = join_all((0..5).map(|_| harness.object(SERVICE))).await;
    assert!(services.iter().all(|service| service["metadata"]["name"] == "web"));
    let asked = link.requests() - before;
    assert!((5..=15).contains(&asked), "{asked} requests for five reads");
    assert_eq!(harness.close().await.len(), 2, "the proxy was not to blame");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_asks_for_bookmarks_learns_how_far_it_is_before_it_ends() {
    let harness = ProxyHarness::open().await;
    let list = harness.object(SERVICES).await;
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let path = format!("{SERVICES}?watch=true&timeoutSeconds=3&resourceVersion={version}");
    let mut asking = harness.watch(&format!("{path}&allowWatchBookmarks=true")).await;
    let bookmark = asking.event().await;
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["kind"], "Service");
    assert_eq!(bookmark["object"]["metadata"]["resourceVersion"], version);
    assert_eq!(asking.next().await, None);
    let mut silent = harness.watch(&path).await;
    assert_eq!(silent.next().await, None, "nothing changed");
    harness.close().await;
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

/// Puts a link between the proxy and the API server.
async fn slowly(harness: &ProxyHarness, answers: Answers) -> SlowLink {
    let home = &harness.room.sandbox.home;
    let link = SlowLink::to(home.api, answers).await;
    let kubeconfig = fs::read_to_string(home.kubeconfig()).unwrap();
    let by_link = kubeconfig.replace(&home.api.to_string(), &link.address.to_string());
    assert_ne!(kubeconfig, by_link);
    harness.replace("kubeconfig", &by_link);
    link
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
