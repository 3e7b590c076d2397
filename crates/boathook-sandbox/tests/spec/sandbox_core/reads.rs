//! The API server read in process answers as it does over HTTP.

use std::time::Duration;

use actix_web::{App, body::to_bytes, test, web::Data};
use boathook_core::api_server::{ApiServer as _, ReadRequest, WatchAnswer};
use boathook_sandbox::{FakeApiServer, Fault, Times, api_server};
use futures_util::StreamExt as _;
use serde_json::Value;

use crate::sandbox_core::stand::{Stand, deployer};

/// An answer: the code, `Retry-After` in seconds, and the body.
type Said = (u16, Option<u64>, Value);

async fn in_process(stand: &Stand, caller: &str, path: &str) -> Said {
    let server = FakeApiServer::new(stand.cluster.clone());
    let server = match caller.split_once(':') {
        Some((namespace, service)) => server.as_caller(deployer(namespace, service)),
        None => server,
    };
    let request = ReadRequest { path: path.to_owned(), timeout: Duration::from_secs(5) };
    let answer = server.read(request).await.unwrap();
    let body = serde_json::from_slice(&answer.body).unwrap();
    (answer.code, answer.retry_after.map(|after| after.as_secs()), body)
}

async fn over_http(stand: &Stand, caller: &str, path: &str) -> Said {
    let data = Data::new(stand.cluster.clone());
    let app = App::new().app_data(data).configure(api_server::configure);
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri(&format!("/as/{caller}{path}")).to_request();
    let response = test::call_service(&app, request).await;
    let code = response.status().as_u16();
    let after = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
    let after = after.map(|seconds| seconds.parse().unwrap());
    let body = to_bytes(response.into_body()).await.unwrap_or_default();
    (code, after, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn every_read_has_the_same_answer_in_process_and_over_http_for_everyone() {
    let stand = Stand::serving().await;
    let serving = "/apis/serving.knative.dev/v1";
    let paths = [
        "/api/v1".to_owned(),
        serving.to_owned(),
        "/apis/shop.example/v1".to_owned(),
        format!("{serving}/namespaces/fa/carts"),
        "/api/v1/namespaces/fa".to_owned(),
        "/api/v1/namespaces/nosuch".to_owned(),
        format!("{serving}/namespaces/fa/services/hello"),
        format!("{serving}/namespaces/fa/services/nosuch"),
        format!("{serving}/namespaces/nosuch/services/hello"),
        format!("{serving}/namespaces/nosuch/revisions"),
        format!(
            "{serving}/namespaces/fa/revisions?labelSelector=serving.knative.dev%2Fservice%3Dhello"
        ),
        format!(
            "{serving}/namespaces/fa/revisions?labelSelector=serving.knative.dev%2Fservice%3Dother"
        ),
        format!("{serving}/namespaces/fa/revisions?labelSelector=a%20in%20b"),
        "/api/v1/namespaces/fa/pods".to_owned(),
        "/api/v1/namespaces/fa/events?fieldSelector=type%3DWarning".to_owned(),
        "/api/v1/namespaces/fa/secrets/nosuch".to_owned(),
    ];
    let mut codes = Vec::new();
    for caller in ["admin", "fa:hello"] {
        for path in &paths {
            let said = in_process(&stand, caller, path).await;
            assert_eq!(said, over_http(&stand, caller, path).await, "{caller}: {path}");
            codes.push(said.0);
        }
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, [200, 400, 403, 404]);
}

#[tokio::test(start_paused = true)]
async fn a_planted_refusal_is_the_same_in_process_and_over_http() {
    let stand = Stand::serving().await;
    let path = "/apis/serving.knative.dev/v1/namespaces/fa/services/hello";
    let forbidden = "Error from server (Forbidden): the fault of this test";
    let mut said = Vec::new();
    for fault in [
        Fault::Throttled,
        Fault::PutOff(429),
        Fault::PutOff(503),
        Fault::Unauthorized,
        Fault::Exit("something broke".to_owned()),
        Fault::Exit(forbidden.to_owned()),
    ] {
        stand.cluster.fail("kubectl get ksvc", Times::Next(2), fault);
        let answer = in_process(&stand, "admin", path).await;
        assert_eq!(answer, over_http(&stand, "admin", path).await);
        said.push((answer.0, answer.1));
    }
    assert_eq!(
        said,
        [(429, None), (429, Some(1)), (503, Some(1)), (401, None), (500, None), (403, None)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_forgotten_is_an_error_event_in_an_answer_with_200_in_both() {
    let stand = Stand::serving().await;
    stand.cluster.compact();
    let path = "/apis/serving.knative.dev/v1/namespaces/fa/services?watch=true&resourceVersion=1";
    let server = FakeApiServer::new(stand.cluster.clone());
    let request = ReadRequest { path: path.to_owned(), timeout: Duration::from_secs(5) };
    let WatchAnswer::Events(mut events) = server.watch(request).await.unwrap() else {
        panic!("the watch was refused")
    };
    let event: Value = serde_json::from_slice(&events.next().await.unwrap().unwrap()).unwrap();
    assert!(events.next().await.is_none());
    assert_eq!((&event["type"], &event["object"]["code"]), (&"ERROR".into(), &410.into()));
    assert_eq!(over_http(&stand, "admin", path).await, (200, None, event));
}
