//! What the two listeners answer to at all, and who may call it. A route that is not listed here
//! fails these tests.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use actix_web::{
    dev::Service,
    http::Method,
    test::{TestRequest, init_service},
};
use boathook::server::{Caller, Endpoint, OPERATOR, PUBLIC, operator_app};
use boathook_core::{
    current::Current,
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_testing::{
    delivery::{Answer, Delivery, body},
    harness::Harness,
    samples::{ended, step_failed},
};
use expect_test::expect;

const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

fn listed(endpoints: &[Endpoint]) -> String {
    endpoints
        .iter()
        .map(|endpoint| format!("{:?}: {} {}", endpoint.caller, endpoint.method, endpoint.path))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_route_of_the_public_listener_is_listed_with_who_may_call_it() {
    expect![[r#"
        Signer: POST /webhook/deploy
        Signer: POST /webhook/deploy/{environment}
        Signer: POST /webhook/github
        LinkHolder: GET /deployments/{id}
        LinkHolder: GET /deployments/{id}/events
        Anyone: GET /health
        Anyone: HEAD /health"#]]
    .assert_eq(&listed(PUBLIC));
}

#[test]
fn every_route_of_the_operators_listener_is_listed_with_who_may_call_it() {
    expect![[r#"
        Operator: GET /v1/health
        Operator: GET /
        Operator: GET /dashboard/deployments
        Operator: GET /dashboard/deployments/{id}
        Operator: GET /dashboard/audit
        Operator: GET /dashboard/environments
        Operator: GET /dashboard/events
        Operator: GET /dashboard/icon.svg
        Operator: GET /dashboard/live.js
        Operator: GET /dashboard/style.css
        Operator: GET /v1/deployments
        Operator: GET /v1/deployments/{id}
        Operator: GET /v1/deployments/{id}/records
        Operator: GET /v1/deployments/{id}/events
        Operator: GET /v1/live
        Operator: GET /v1/services
        Operator: GET /v1/environments
        Operator: GET /v1/nodes
        Operator: GET /v1/secrets
        Operator: GET /v1/windows
        Operator: GET /v1/locks
        Operator: POST /v1/locks
        Operator: POST /v1/locks/end
        Operator: GET /v1/holds
        Operator: POST /v1/releases
        Operator: POST /v1/promotions/hurry
        Operator: POST /v1/promotions/cancel
        Operator: GET /v1/withdrawals
        Operator: POST /v1/withdrawals
        Operator: POST /v1/withdrawals/end
        Operator: GET /metrics
        Operator: POST /v1/reload
        Operator: POST /v1/logs
        Operator: POST /v1/rollbacks
        Operator: POST /v1/redeploys
        Operator: POST /v1/deployments/{id}/retry
        Operator: POST /v1/deployments/{id}/preview
        Operator: POST /v1/deployments/{id}/override
        Operator: POST /v1/deployments/{id}/acknowledge
        Operator: POST /v1/deployments/{id}/{verb:pause|resume|promote|abort}
        Operator: POST /v1/deployments/{id}/{answer:approve|reject}"#]]
    .assert_eq(&listed(OPERATOR));
}

/// Source files that have to do with HTTP.
fn http_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![PathBuf::new()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else {
                found.push((
                    path.display().to_string(),
                    fs::read_to_string(root.join(path)).unwrap(),
                ));
            }
        }
    }
    found.retain(|(_, text)| text.contains("actix_web"));
    // The service that a request is about.
    found.iter_mut().for_each(|(_, text)| *text = text.replace(".service()", ""));
    found
}

#[test]
fn routes_are_registered_by_the_two_tables_alone() {
    let registering = [
        "App::new(",
        ".configure(",
        ".service(",
        ".route(",
        "resource(",
        "scope(",
        "#[get",
        "#[post",
        "#[put",
        "#[delete",
        "#[route",
    ];
    let places = http_sources().into_iter().flat_map(|(name, text)| {
        let found = registering.into_iter().filter(move |word| text.contains(word));
        found.map(move |word| format!("{name} {word}"))
    });
    expect![[r#"
        server/app.rs .configure(
        server/app.rs App::new(
        server/routes.rs .service(
        server/routes.rs resource("#]]
    .assert_eq(&places.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("\n"));
}

/// A path in which the variable parts are filled in.
fn filled_in(path: &str, id: &str) -> String {
    let path = path.replace("{id}", id).replace("{environment}", "development");
    path.replace("{verb:pause|resume|promote|abort}", "pause")
        .replace("{answer:approve|reject}", "approve")
}

/// A harness with one deployment, which has ended, so that its stream of events ends too.
async fn harness() -> (Harness, String, String) {
    let harness = Harness::new();
    let accepted = harness.send(Delivery::of(&body())).await;
    let id = harness.newest().await.id;
    harness
        .play(
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                step_failed("there are no manifests"),
                ended(Outcome::Failed),
            ],
        )
        .await;
    let (_, token) = accepted.header("location").unwrap().split_once("token=").unwrap();
    (harness, id.to_string(), token.to_owned())
}

async fn ask_operator(harness: &Harness, method: &Method, path: &str) -> Answer {
    let app = init_service(operator_app(Current::fixed(harness.operators()))).await;
    Answer::of(app.call(TestRequest::with_uri(path).method(method.clone()).to_request()).await)
        .await
}

/// The methods that a table lists for a path.
fn methods_of(endpoints: &[Endpoint], path: &str) -> Vec<Method> {
    endpoints
        .iter()
        .filter(|endpoint| endpoint.path == path)
        .map(|endpoint| endpoint.method.clone())
        .collect()
}

fn assert_answers_as_listed(method: &Method, path: &str, listed: &[Method], answer: &Answer) {
    if listed.contains(method) {
        assert_ne!(answer.status, 405, "{method} {path}: {}", answer.text);
    } else {
        let allow = listed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some(allow.as_str())),
            "{method} {path}: {}",
            answer.text
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_listener_answers_to_its_own_routes_and_methods_and_to_nothing_else() {
    let (harness, id, token) = harness().await;
    for method in &METHODS {
        for endpoint in PUBLIC {
            let path = format!("{}?token={token}", filled_in(endpoint.path, &id));
            let answer = harness.send(Delivery::get(&path).method(method.clone())).await;
            assert_answers_as_listed(method, &path, &methods_of(PUBLIC, endpoint.path), &answer);
            assert_eq!(
                ask_operator(&harness, method, &path).await.status,
                404,
                "the operator's listener has {method} {path}"
            );
        }
        for endpoint in OPERATOR {
            let path = filled_in(endpoint.path, &id);
            assert_answers_as_listed(
                method,
                &path,
                &methods_of(OPERATOR, endpoint.path),
                &ask_operator(&harness, method, &path).await,
            );
            let answer = harness.send(Delivery::get(&path).method(method.clone())).await;
            assert_eq!(answer.status, 404, "the public listener has {method} {path}");
        }
        for path in [
            "/dashboard/",
            "/v1",
            "/webhook",
            "/webhook/deploy/",
            "/webhook/deploy/development/x",
            "/deployments",
            "/debug",
            "/admin",
        ] {
            assert_eq!(
                harness.send(Delivery::get(path).method(method.clone())).await.status,
                404,
                "the public listener has {method} {path}"
            );
            assert_eq!(
                ask_operator(&harness, method, path).await.status,
                404,
                "the operator's listener has {method} {path}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn anyone_who_is_not_the_listed_caller_is_turned_away() {
    let (harness, id, token) = harness().await;
    for endpoint in PUBLIC {
        let path = filled_in(endpoint.path, &id);
        let asked = |path: &str| {
            Delivery::get(path)
                .method(endpoint.method.clone())
                .header("Content-Type", "application/json")
        };
        let nobody = harness.send(asked(&path)).await;
        let wrong = harness.send(asked(&format!("{path}?token={}", "a".repeat(32)))).await;
        let expected = match endpoint.caller {
            Caller::Anyone => 200,
            Caller::Signer => 401,
            Caller::LinkHolder => 404,
            Caller::Operator => {
                panic!("{path} is the operator's, and stands on the public listener")
            }
        };
        assert_eq!(
            (nobody.status, wrong.status),
            (expected, expected),
            "{} {path}",
            endpoint.method
        );
    }
    assert!(
        OPERATOR.iter().all(|endpoint| endpoint.caller == Caller::Operator),
        "the socket's mode is the only lock of that listener"
    );
    assert_eq!(
        harness.get(&format!("/deployments/{id}?token={token}")).await.status,
        200,
        "the link is the key"
    );
}
