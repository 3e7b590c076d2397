//! What a probe can be told to ask, and what comes of it: each case by the fake prober on a paused
//! clock, and by the real one over HTTP.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use boathook::{
    health::{HttpProber, Revealing},
    redact::Redactor,
    steps::probe,
};
use boathook_core::{
    current::Current,
    health::{Header, HeaderValue, Method, Prober, Rules, Serving, StatusRange},
    rollout::{ClusterLocal, Probing, Scheme, UrlSettings, is_cluster_local},
    source::Source,
};
use boathook_sandbox::{
    Application, Behaviour, Caller, Cluster, FakeProber, Kind, Sandbox, SandboxOptions, Timings,
    WriteOptions,
};
use boathook_testing::{rollout_harness, samples::plain_http};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tokio::time::Instant;

const NAMESPACE: &str = "shop";
const REPOSITORY: &str = "registry.example/app";

/// An application, what it is asked, and whether it is well then.
struct Case {
    name: &'static str,
    application: Application,
    is_local: bool,
    rules: Rules,
    local_gateway: bool,
    expected: Expect,
}

fn rules() -> Rules {
    Rules {
        timeout: Duration::from_secs(20),
        cold_start: Duration::from_secs(20),
        ..rollout_harness::settings().probing.rules
    }
}

fn with_headers(headers: &[(&str, &str)]) -> Rules {
    Rules {
        headers: headers.iter().map(|(name, value)| Header::new(name, value)).collect(),
        ..rules()
    }
}

fn paths(paths: &[&str]) -> Rules {
    Rules { paths: paths.iter().map(|path| (*path).to_owned()).collect(), ..rules() }
}

fn grpc(service: &str) -> Rules {
    Rules { grpc: Some(service.to_owned()), paths: Vec::new(), ..rules() }
}

fn app() -> Application {
    Application::default()
}

fn case(name: &'static str, application: Application, rules: Rules, expected: Expect) -> Case {
    Case { name, application, is_local: false, rules, local_gateway: true, expected }
}

fn cases() -> Vec<Case> {
    let https_only = Application { https_only: true, ..app() };
    let named = Application { host: Some("shop.example.org".to_owned()), ..app() };
    let guarded =
        Application { header: Some(("X-Probe".to_owned(), "let me in".to_owned())), ..app() };
    let two = Application { paths: vec!["/healthz".to_owned(), "/api/health".to_owned()], ..app() };
    let half = Application { bad_paths: vec!["/api/health".to_owned()], ..app() };
    let services = [("", Serving::Serving), ("orders.v1", Serving::NotServing)]
        .map(|(name, serving)| (name.to_owned(), serving));
    let speaks_grpc = Application { grpc: Some(BTreeMap::from(services)), ..app() };
    let head = Application { method: Some("HEAD".to_owned()), ..app() };
    let local = |name, gateway, rules, expected| Case {
        is_local: true,
        local_gateway: gateway,
        ..case(name, app(), rules, expected)
    };
    vec![
        case("an ordinary application", app(), rules(), expect!["well"]),
        case(
            "one that insists on https, asked in plain words",
            https_only.clone(),
            rules(),
            expect!["answered 301 to https://case-1.shop.example.test/, expected 200"],
        ),
        case(
            "one that insists on https and gets the header",
            https_only.clone(),
            with_headers(&[("X-Forwarded-Proto", "https")]),
            expect!["well"],
        ),
        case(
            "a redirect that is expected",
            https_only,
            Rules { expect_status: vec![StatusRange::one(301)], ..rules() },
            expect!["well"],
        ),
        case(
            "one that insists on its name",
            named.clone(),
            rules(),
            expect!["answered 400, expected 200"],
        ),
        case(
            "one that gets its host",
            named,
            with_headers(&[("X-Forwarded-Host", "shop.example.org")]),
            expect!["well"],
        ),
        case(
            "one that asks who is there",
            guarded.clone(),
            rules(),
            expect!["answered 401, expected 200"],
        ),
        case(
            "one that gets its header",
            guarded,
            with_headers(&[("X-Probe", "let me in")]),
            expect!["well"],
        ),
        case(
            "one that answers to another method",
            head.clone(),
            rules(),
            expect!["answered 405, expected 200"],
        ),
        case(
            "one that is asked by its method",
            head,
            Rules { method: Method::Head, ..rules() },
            expect!["well"],
        ),
        case(
            "a range of status codes",
            half.clone(),
            Rules {
                expect_status: vec![StatusRange { from: 200, to: 599 }],
                ..paths(&["/api/health"])
            },
            expect!["well"],
        ),
        case(
            "two paths that are well",
            two.clone(),
            paths(&["/healthz", "/api/health?deep=1"]),
            expect!["well"],
        ),
        case(
            "one of two paths that is not",
            half,
            paths(&["/healthz", "/api/health"]),
            expect!["/api/health answered 503, expected 200"],
        ),
        case(
            "two paths of two that are not there",
            two,
            paths(&["/ready", "/live"]),
            expect!["/ready answered 404, expected 200; /live answered 404, expected 200"],
        ),
        case("gRPC health of the whole program", speaks_grpc.clone(), grpc(""), expect!["well"]),
        case(
            "gRPC health of a service that is not well",
            speaks_grpc.clone(),
            grpc("orders.v1"),
            expect!["gRPC health of `orders.v1` is NOT_SERVING, expected SERVING"],
        ),
        case(
            "gRPC health of a service that is not there",
            speaks_grpc.clone(),
            grpc("orders.v2"),
            expect![[
                r#"gRPC health of `orders.v2` ended with NOT_FOUND "unknown service": its health service does not know that name"#
            ]],
        ),
        case(
            "a path of a program that speaks gRPC",
            speaks_grpc,
            rules(),
            expect!["answered 502, expected 200"],
        ),
        case(
            "gRPC health of a program that does not speak it",
            app(),
            grpc(""),
            expect!["answered 200 without gRPC, expected grpc.health.v1"],
        ),
        local("a service inside the cluster, at the gateway there", true, rules(), expect!["well"]),
        local(
            "a service inside the cluster, where no gateway is named",
            false,
            rules(),
            expect![
                "case-20.shop.svc.cluster.local answers inside the cluster only, and config names \
                 no gateway for it (url.cluster_local)"
            ],
        ),
        case(
            "what would be taken for the kubelet's question",
            Application { paths: vec!["/nowhere".to_owned()], ..app() },
            with_headers(&[("User-Agent", "boathook-test")]),
            expect!["answered 404, expected 200"],
        ),
    ]
}

/// All services in place, each Ready.
async fn deploy(cluster: &Cluster, cases: &[Case]) {
    let admin = Caller::admin();
    let options = WriteOptions::default();
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    cluster.create(&admin, Kind::Namespace, None, namespace, &options).unwrap();
    for (index, case) in cases.iter().enumerate() {
        let tag = index.to_string();
        cluster.publish(REPOSITORY, &tag, Behaviour::insisting("v1", case.application.clone()));
        let labels = if case.is_local {
            json!({"networking.knative.dev/visibility": "cluster-local"})
        } else {
            json!({})
        };
        let service = json!({
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": format!("case-{index}"), "namespace": NAMESPACE, "labels": labels},
            "spec": {
                "template": {
                    "spec": {
                        "containers": [{
                            "image": format!("{REPOSITORY}:{tag}"),
                            "ports": [{"containerPort": 8080}],
                        }],
                    },
                },
            },
        });
        cluster.create(&admin, Kind::Service, Some(NAMESPACE), service, &options).unwrap();
    }
    let until = Instant::now() + Duration::from_secs(60);
    for index in 0..cases.len() {
        while !is_ready(&service(cluster, index)) {
            assert!(Instant::now() < until, "{:#}", service(cluster, index));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn service(cluster: &Cluster, index: usize) -> Value {
    cluster.get(&Caller::admin(), Kind::Service, Some(NAMESPACE), &format!("case-{index}")).unwrap()
}

fn is_ready(service: &Value) -> bool {
    let conditions = service["status"]["conditions"].as_array();
    conditions
        .is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

/// Asks every service at the URL that its status names, by probes that connect to these gateways.
async fn ask(
    cluster: &Cluster,
    prober: &dyn Prober,
    connect_to: [Option<std::net::SocketAddr>; 2],
    cases: &[Case],
) {
    let [public, local] = connect_to;
    for (index, case) in cases.iter().enumerate() {
        let probing = Probing {
            rules: case.rules.clone(),
            url: UrlSettings {
                ingress_address: public,
                cluster_local: case
                    .local_gateway
                    .then_some(ClusterLocal { scheme: Scheme::Http, ingress_address: local }),
                ..plain_http()
            },
            ..rollout_harness::settings().probing
        };
        let url = service(cluster, index)["status"]["url"].as_str().unwrap().to_owned();
        let sample = probe(&probing, prober, &url, true).await;
        let said = sample.failure.unwrap_or_else(|| "well".to_owned());
        assert_eq!(case.expected.data(), said, "{}", case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn each_option_of_a_probe_does_what_it_says_on_a_paused_clock() {
    let cluster = Cluster::new(boathook_sandbox::Settings::default());
    let cases = cases();
    deploy(&cluster, &cases).await;
    let local = cluster.settings().local_gateway;
    ask(&cluster, &FakeProber::new(cluster.clone()), [None, Some(local)], &cases).await;
    ask(
        &cluster,
        &FakeProber::new(cluster.clone()),
        [Some("192.0.2.1:80".parse().unwrap()), None],
        &cases,
    )
    .await;
}

#[tokio::test]
async fn each_option_of_a_probe_does_what_it_says_over_http() {
    let directory = tempfile::tempdir().unwrap();
    let timings = Timings { start_pod: Duration::from_millis(5), ..Timings::default() };
    let sandbox = Sandbox::start(SandboxOptions {
        directory: directory.path().join("sandbox"),
        program: boathook_sandbox::harness::sandbox_program(),
        api_port: 0,
        ingress_port: 0,
        control_port: 0,
        images: Vec::new(),
        cluster: boathook_sandbox::Settings { timings, ..boathook_sandbox::Settings::default() },
    });
    let sandbox = sandbox.unwrap();
    let cases = cases();
    deploy(&sandbox.cluster, &cases).await;
    let gateways = [Some(sandbox.home.ingress), Some(sandbox.home.local_ingress)];
    ask(&sandbox.cluster, &HttpProber::default(), gateways, &cases).await;
    sandbox.stop().await;
}

#[test]
fn a_public_domain_may_look_like_one_inside_the_cluster() {
    assert!(is_cluster_local("http://web.shop.svc.cluster.local", "example.com"));
    assert!(is_cluster_local("http://boathook-web.shop.svc.k3s.internal/", "example.com"));
    assert!(!is_cluster_local("http://web.shop.svc.example.com", "svc.example.com"));
    assert!(!is_cluster_local("http://svc.shop.example.com", "example.com"));
}

#[tokio::test]
async fn the_public_gateway_has_no_service_that_only_the_cluster_reaches() {
    let cluster = Cluster::new(boathook_sandbox::Settings::default());
    let local = [Case { is_local: true, ..case("", app(), rules(), expect!["well"]) }];
    deploy(&cluster, &local).await;
    let prober: Arc<dyn Prober> = Arc::new(FakeProber::new(cluster.clone()));
    let probing = Probing {
        url: UrlSettings {
            cluster_local: Some(ClusterLocal {
                scheme: Scheme::Http,
                ingress_address: Some("192.0.2.1:80".parse().unwrap()),
            }),
            ..plain_http()
        },
        ..rollout_harness::settings().probing
    };
    let asked =
        probe(&probing, prober.as_ref(), "http://case-0.shop.svc.cluster.local", true).await;
    assert_eq!(asked.failure.as_deref(), Some("answered 404, expected 200"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_a_header_is_sent_and_stands_neither_in_the_plan_nor_in_what_is_shown() {
    let cluster = Cluster::new(boathook_sandbox::Settings::default());
    let guarded = Application {
        header: Some(("Authorization".to_owned(), "Bearer hunter2".to_owned())),
        ..app()
    };
    deploy(&cluster, &[case("", guarded, rules(), expect!["well"])]).await;
    let header = Header {
        name: "Authorization".to_owned(),
        value: HeaderValue::SecretOf(Source::of_place("the variable TOKEN")),
    };
    let probing = Probing {
        rules: Rules { headers: vec![header], ..rules() },
        ..rollout_harness::settings().probing
    };
    let asked = async |known: &'static str| {
        let secrets = BTreeMap::from([(known.to_owned(), "Bearer hunter2".to_owned())]);
        let prober = Revealing::new(
            Arc::new(FakeProber::new(cluster.clone())),
            Current::fixed(secrets),
            Redactor::default(),
        );
        probe(&probing, &prober, "http://case-0.shop.example.test", true).await.failure
    };
    assert_eq!(asked("the variable TOKEN").await, None);
    assert_eq!(asked("another").await.as_deref(), Some("answered 401, expected 200"));
    let unknown = probe(&probing, &HttpProber::default(), "http://case-0.shop.example.test", true)
        .await
        .failure;
    assert_eq!(unknown.as_deref(), Some("the secret for the header Authorization is not known"));
    let mut written = serde_json::to_value(&probing).unwrap();
    assert_eq!(written["rules"]["headers"], json!({"Authorization": {"env": "TOKEN"}}));
    assert_eq!(serde_json::from_value::<Probing>(written.clone()).unwrap(), probing);
    let fields = written.as_object_mut().unwrap();
    assert_eq!(fields.remove("ingress_address"), Some(Value::Null));
    assert_eq!(fields.remove("domain"), Some(json!("")));
    fields.insert("connect_to".to_owned(), Value::Null);
    written["rules"]["headers"] =
        json!([{"name": "Authorization", "secret_of": "the variable TOKEN"}]);
    assert_eq!(serde_json::from_value::<Probing>(written).unwrap(), probing, "of an older build");
    assert!(!format!("{probing:?}").contains("hunter2"));
}
