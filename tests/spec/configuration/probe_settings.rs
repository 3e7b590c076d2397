//! How it is written what probes ask, and what is said when that is wrong.

use std::error::Error as _;

use boathook::config::load_header_secrets;
use boathook_core::health::{Header, HeaderValue, Rules, StatusRange};
use boathook_testing::setup::Setup;
use expect_test::expect;

fn health(text: &str) -> Result<Rules, String> {
    Setup::new()
        .file("production.yaml", &format!("health: {text}"))
        .load()
        .map(|mut config| config.environments.pop_last().unwrap().1.health)
}

fn problem(text: &str) -> String {
    health(text).unwrap_err()
}

#[test]
fn a_path_is_one_or_a_list_and_without_one_the_manifest_says_it() {
    let paths = |text: &str| health(text).unwrap().paths;
    assert_eq!(paths("{path: /healthz}"), ["/healthz"]);
    assert_eq!(
        paths("{path: [/healthz, '/api/health?deep=1']}"),
        ["/healthz", "/api/health?deep=1"]
    );
    assert!(paths("{}").is_empty() && paths("{path: null}").is_empty());
    expect![
        "config/production.yaml: health.path: must begin with / and be written as in a URL, \
         without spaces and #"
    ]
    .assert_eq(&problem("{path: [/healthz, health]}"));
    expect![
        "config/production.yaml: health.path: must name a path; without the key the manifest's \
         readinessProbe says it"
    ]
    .assert_eq(&problem("{path: []}"));
    expect!["config/production.yaml: health.path: must name at most 10 paths"]
        .assert_eq(&problem("{path: [/1, /2, /3, /4, /5, /6, /7, /8, /9, /10, /11]}"));
    expect![[r#"config/production.yaml: health.path: expected a path such as "/healthz", or a list of them, found the number 5"#]]
        .assert_eq(&problem("{path: 5}"));
    expect![
        "config/production.yaml: health.path[1]: expected text (numbers and true or false need \
         quotes to be text), found the number 5"
    ]
    .assert_eq(&problem("{path: [/1, 5]}"));
}

#[test]
fn status_codes_are_numbers_and_ranges() {
    let codes = |text: &str| {
        health(&format!("{{expect_status: {text}}}")).map(|health| health.expect_status)
    };
    let range = |from, to| StatusRange { from, to };
    assert_eq!(codes("[200, 204]"), Ok(vec![range(200, 200), range(204, 204)]));
    assert_eq!(
        codes("['200-299', 4xx, '503']"),
        Ok(vec![range(200, 299), range(400, 499), range(503, 503)])
    );
    for wrong in ["[99]", "[600]", "['299-200']", "['500-600']", "[9xx]"] {
        let result = "config/production.yaml: health.expect_status: must list status codes from \
                      100 to 599, or ranges of them";
        assert_eq!(codes(wrong), Err(result.to_owned()), "{wrong}");
    }
    expect![[r#"config/production.yaml: health.expect_status[0]: expected a status code such as 200, or a range such as "200-299" or "2xx", found "fine""#]]
        .assert_eq(&codes("[fine]").unwrap_err());
}

#[test]
fn a_method_is_one_of_four() {
    expect![[r#"config/production.yaml: health.method: expected GET or HEAD or OPTIONS or POST, found "get""#]]
        .assert_eq(&problem("{method: get}"));
    expect![
        "config/production.yaml: health.expect_body: cannot be seen with `method: HEAD`, whose \
         answers have no body"
    ]
    .assert_eq(&problem("{method: HEAD, expect_body: ok}"));
}

#[test]
fn a_header_that_would_lead_a_probe_elsewhere_or_reach_no_application_is_refused() {
    let result = |name: &str, value: &str| problem(&format!("{{headers: {{{name}: '{value}'}}}}"));
    expect![
        "config/production.yaml: health.headers.Host: would lead the probe to another service: the \
         ingress goes by it; say `health.host`, which the application sees as X-Forwarded-Host"
    ]
    .assert_eq(&result("Host", "shop.example.org"));
    expect![
        "config/production.yaml: health.headers.Knative-Serving-Tag: would lead the probe to \
         another revision"
    ]
    .assert_eq(&result("Knative-Serving-Tag", "blue"));
    expect![
        "config/production.yaml: health.headers.user-agent: is taken for the kubelet's: Knative \
         answers it itself, and the application never sees it"
    ]
    .assert_eq(&result("user-agent", "kube-probe/1.36"));
    expect![
        "config/production.yaml: health.headers.K-Kubelet-Probe: is answered by Knative, and never \
         by the application"
    ]
    .assert_eq(&result("K-Kubelet-Probe", "1"));
    expect!["config/production.yaml: health.headers.Transfer-Encoding: belongs to the connection"]
        .assert_eq(&result("Transfer-Encoding", "chunked"));
    expect!["config/production.yaml: health.headers.X Y: is no name of a header"]
        .assert_eq(&result("X Y", "1"));
    expect![
        "config/production.yaml: health.headers.X-Name: must have a value of ASCII in one line, of \
         at most 4096 bytes"
    ]
    .assert_eq(&result("X-Name", "Zoë"));
    assert!(health("{headers: {User-Agent: my-probe, X-Forwarded-Proto: https}}").is_ok());
}

#[test]
fn a_header_may_name_where_its_secret_is_and_a_wrong_value_is_not_shown() {
    let headers = health("{headers: {Authorization: {env: PROBE_TOKEN}}}").unwrap().headers;
    assert!(matches!(
        &headers[..],
        [Header { name, value: HeaderValue::SecretOf(source) }]
            if name == "Authorization" && source.env.as_deref() == Some("PROBE_TOKEN"),
    ));
    expect![
        "config/production.yaml: health.headers.Authorization: must name exactly one of `env`, \
         `file` and `credential`"
    ]
    .assert_eq(&problem("{headers: {Authorization: {env: A, file: /b}}}"));
    expect![
        "config/production.yaml: health.headers.Authorization: expected text, or where a secret is \
         read from, such as {env: NAME}"
    ]
    .assert_eq(&problem("{headers: {Authorization: 1234567}}"));
    expect![
        "config/production.yaml: health.headers.Authorization.value: unknown key; known here: env, \
         file, credential"
    ]
    .assert_eq(&problem("{headers: {Authorization: {value: hunter2}}}"));
}

#[test]
fn a_host_is_a_name() {
    assert_eq!(
        health("{host: shop.example.org}").unwrap().host.as_deref(),
        Some("shop.example.org")
    );
    for host in ["''", "'https://shop.example.org'", "'a b'"] {
        let result = "config/production.yaml: health.host: must be a name such as shop.example.com";
        assert_eq!(problem(&format!("{{host: {host}}}")), result);
    }
}

#[test]
fn grpc_health_names_a_service_and_holds_no_body() {
    assert_eq!(health("{grpc: {service: orders.v1}}").unwrap().grpc.unwrap(), "orders.v1");
    expect!["config/production.yaml: health.grpc.service: missing, and it has no default"]
        .assert_eq(&problem("{grpc: {}}"));
    expect!["config/production.yaml: health.grpc: expected a section, found true"]
        .assert_eq(&problem("{grpc: true}"));
    expect![
        "config/production.yaml: health.verify.expect_body: cannot be seen with `grpc`, whose \
         answer is one word"
    ]
    .assert_eq(&problem(
        "{grpc: {service: ''}, verify: {samples: 1, interval: 1s, expect_body: ok}}",
    ));
}

#[test]
fn the_gateway_inside_the_cluster_has_an_address_and_a_scheme() {
    let local = |text: &str| {
        Setup::new().file("production.yaml", &format!("url: {{cluster_local: {text}}}")).load()
    };
    let config = local("{ingress_address: '10.43.0.20:80', scheme: http}").unwrap();
    let gateway = config.environments.values().next().unwrap().url.cluster_local.unwrap();
    assert_eq!(
        (gateway.ingress_address, gateway.scheme.name()),
        (Some("10.43.0.20:80".parse().unwrap()), "http")
    );
    assert!(local("{ingress_address: null, scheme: http}").is_ok() && local("null").is_ok());
    expect!["config/production.yaml: url.cluster_local.scheme: missing, and it has no default"]
        .assert_eq(&local("{ingress_address: '10.43.0.20:80'}").unwrap_err());
    expect![[r#"config/production.yaml: url.cluster_local.ingress_address: expected an address and port such as "127.0.0.1:8080", found "internal""#]]
        .assert_eq(&local("{ingress_address: internal, scheme: http}").unwrap_err());
}

#[test]
fn the_secret_of_a_header_is_read_from_its_place_for_services_too_and_never_shown() {
    let text = "
secrets: []
allow: {namespaces: ['*'], services: ['*']}
health: {headers: {X-Key: {env: KEY}}}
services: {api: {health: {headers: {Authorization: {env: TOKEN}}}}}
";
    let load = |token: Option<&str>| {
        let config = Setup::new().file("production.yaml", text).config();
        let variable =
            |name: &str| if name == "TOKEN" { token.map(Into::into) } else { Some("key".into()) };
        load_header_secrets(&config, variable).map_err(|error| match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        })
    };
    let loaded = load(Some("Bearer 1234567")).unwrap();
    assert_eq!(loaded["the variable TOKEN"], "Bearer 1234567");
    assert_eq!(loaded["the variable KEY"], "key");
    expect![
        "the header Authorization for probes of production cannot be read from the variable TOKEN: \
         it is not set"
    ]
    .assert_eq(&load(None).unwrap_err());
    expect![
        "the header Authorization for probes of production, read from the variable TOKEN, is empty"
    ]
    .assert_eq(&load(Some("")).unwrap_err());
    expect![
        "the header Authorization for probes of production, read from the variable TOKEN, must \
         have a value of ASCII in one line, of at most 4096 bytes"
    ]
    .assert_eq(&load(Some("hunter2\nX-Other: 1")).unwrap_err());
}
