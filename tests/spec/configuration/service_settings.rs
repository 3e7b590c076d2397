//! Settings of one service over those of its environment: which hold, and what is said when they
//! are wrong.

use std::time::Duration;

use boathook::{config::EnvironmentConfig, intake::Policy};
use boathook_core::{
    deployment::{Environment, Namespace, Percent, ServiceKey, ServiceName, Strategy},
    rollout::{JobName, OnBad, WatchRule},
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{samples, setup::Setup};
use expect_test::expect;

const ALLOW: &str = "allow: {namespaces: ['*'], services: ['*']}\n";

fn production(text: &str) -> Setup {
    Setup::new().file("production.yaml", &format!("{ALLOW}{text}"))
}

/// What holds in production for a service, where its file says this.
fn of_service(text: &str, namespace: &str, service: &str) -> EnvironmentConfig {
    production(text).production().of_service(&key(namespace, service)).clone()
}

fn key(namespace: &str, service: &str) -> ServiceKey {
    ServiceKey {
        namespace: Namespace::parse(namespace).unwrap(),
        service: ServiceName::parse(service).unwrap(),
    }
}

#[test]
fn a_service_has_its_own_settings_and_the_environments_where_it_has_none() {
    let text = "
health: {interval: 10s, timeout: 3s}
services:
  api: {health: {interval: 1s}, waits: {ready: 10m}, container: app, containers: [worker], url: {scheme: http}, pull: {enabled: false}}
";
    let api = of_service(text, "shop", "api");
    assert_eq!((api.health.interval, api.health.timeout, api.waits.ready), seconds(1, 3, 600));
    assert_eq!(api.containers.as_deref(), Some(&["worker".to_owned()][..]));
    assert_eq!(
        (api.container.as_deref(), api.url.scheme.name(), api.pull.enabled),
        (Some("app"), "http", false)
    );
    assert_eq!(
        api.url.domain, "example.com",
        "a key that the service leaves out is the environment's"
    );
    let web = of_service(text, "shop", "web");
    assert_eq!((web.health.interval, web.health.timeout, web.waits.ready), seconds(10, 3, 300));
    assert_eq!((web.container, web.url.scheme.name(), web.pull.enabled), (None, "https", true));
}

fn seconds(one: u64, two: u64, three: u64) -> (Duration, Duration, Duration) {
    (Duration::from_secs(one), Duration::from_secs(two), Duration::from_secs(three))
}

#[test]
fn of_two_services_with_one_name_each_can_have_its_own() {
    let text = "services: {web: {health: {interval: 2s, timeout: 2s}}, shop/web: {health: \
                {interval: 3s}}}";
    let interval = |namespace| of_service(text, namespace, "web").health.interval.as_secs();
    assert_eq!((interval("blog"), interval("shop")), (2, 3));
    assert_eq!(
        of_service(text, "shop", "web").health.timeout.as_secs(),
        2,
        "what is said of the name holds below"
    );
}

#[test]
fn a_watch_is_a_duration_or_says_what_a_bad_verdict_means_and_a_service_has_its_own() {
    let text =
        "watch: 1h\nservices: {api: {watch: {for: 2h, on_bad: notify}}, batch: {watch: null}}";
    let watch = |service| of_service(text, "shop", service).watch;
    let of_hours = |hours: u64, on_bad| {
        Some(WatchRule { duration: Duration::from_secs(hours * 3600), on_bad })
    };
    assert_eq!(watch("web"), of_hours(1, OnBad::Rollback));
    assert_eq!(watch("api"), of_hours(2, OnBad::Notify));
    assert_eq!(watch("batch"), None);
    assert_eq!(of_service("", "shop", "web").watch, None);
    for (wrong, says) in [
        ("watch: 0s", "watch: expected a duration longer than 0"),
        ("watch: {on_bad: notify}", "watch.for: missing, and it has no default"),
        ("watch: {for: 1h, on_bad: panic}", "watch.on_bad: "),
        ("watch: true", "expected a duration such as 1h, or {for: 1h, on_bad: notify}"),
    ] {
        let problem = production(wrong).problem();
        assert!(problem.contains(says), "{problem}");
    }
}

#[test]
fn a_services_stages_are_its_own() {
    let text = "services: {api: {traffic: {stages: {rolling: [{percent: 5, hold: 9s}, {percent: \
                100, hold: 0s}]}, accept_split: false}}}";
    let api = of_service(text, "shop", "api");
    assert_eq!(api.traffic.stages[&Strategy::Rolling][0].percent, Percent::new(5).unwrap());
    assert_eq!(api.traffic.stages[&Strategy::BlueGreen].len(), 3, "another strategy's table stays");
    assert!(!api.traffic.accept_split && of_service(text, "shop", "web").traffic.accept_split);
}

#[test]
fn what_default_yaml_says_of_a_service_holds_in_every_environment() {
    let default = "defaults: {services: {api: {health: {interval: 1s}}}}";
    let setup =
        production("services: {api: {health: {timeout: 1s}}}").file("default.yaml", default);
    let config = setup.production().of_service(&key("shop", "api")).clone();
    assert_eq!((config.health.interval.as_secs(), config.health.timeout.as_secs()), (1, 1));
    let wrong = production("")
        .file("default.yaml", "defaults: {services: {api: {health: {interval: fast}}}}")
        .problem();
    expect![[
        r#"config/default.yaml: defaults.services.api.health.interval: expected a duration longer than 0, such as "5s", found "fast""#
    ]]
    .assert_eq(&wrong);
}

#[test]
fn a_key_that_no_service_may_have_is_put_down_to_the_file_that_has_it() {
    let default = "defaults: {services: {api: {frozen: moving}}}";
    expect![
        "config/default.yaml: defaults.services.api.frozen: unknown key; known here: container, \
         containers, traffic, watch, before, after, rollback, pull, waits, health, url"
    ]
    .assert_eq(&production("").file("default.yaml", default).problem());
}

#[test]
fn an_alias_means_the_same_environment_to_a_service_with_its_own_settings() {
    let text = "promotion: {to: stage, when: automatic, namespace: shop-staging}\nservices: {api: {watch: 1h}}\n";
    let setup = production(text).file("staging.yaml", "aliases: [stage]");
    let config = setup.production();
    assert_eq!(config.of_service(&key("shop", "api")).promotion[0].to, Environment::STAGING);
    assert_eq!(config.of_service(&key("shop", "api")).promotion, config.promotion);
}

#[test]
fn a_variable_sets_what_holds_for_one_service() {
    let setup = production("services: {api: {health: {interval: 1s}}}")
        .variable("BOATHOOK__ENVIRONMENTS__PRODUCTION__SERVICES__API__HEALTH__INTERVAL", "7s");
    assert_eq!(setup.production().of_service(&key("shop", "api")).health.interval.as_secs(), 7);
    let wrong = production("")
        .variable("BOATHOOK__ENVIRONMENTS__PRODUCTION__SERVICES__API__HEALTH__INTERVAL", "soon")
        .problem();
    expect![[
        r#"BOATHOOK__ENVIRONMENTS__PRODUCTION__SERVICES__API__HEALTH__INTERVAL: services.api.health.interval: expected a duration longer than 0, such as "5s", found "soon""#
    ]]
    .assert_eq(&wrong);
}

#[test]
fn what_is_wrong_with_a_services_settings_is_named_with_file_and_key() {
    let problem = |text: &str| production(text).problem();
    expect![[
        r#"config/production.yaml: services.api.health.interval: expected a duration longer than 0, such as "5s", found the number 5"#
    ]]
    .assert_eq(&problem("services: {api: {health: {interval: 5}}}"));
    expect![
        "config/production.yaml: services.api.health.intervall: unknown key (did you mean \
         `interval`?); known here: path, method, host, headers, grpc, expect_status, expect_body, \
         timeout, cold_start, interval, delay, consecutive_failures, window, latency, slower_than_stable, \
         min_samples, verify, metrics"
    ]
    .assert_eq(&problem("services: {api: {health: {intervall: 5s}}}"));
    expect![
        "config/production.yaml: services.api.secrets: unknown key; known here: container, \
         containers, traffic, watch, before, after, rollback, pull, waits, health, url; a secret itself never stands here: name \
         its file, credential or variable"
    ]
    .assert_eq(&problem("services: {api: {secrets: []}}"));
    expect!["config/production.yaml: services.shop/api.waits: expected a section, found a list"]
        .assert_eq(&problem("services: {shop/api: {waits: [1]}}"));
    expect!["config/production.yaml: services.api: expected a section"]
        .assert_eq(&problem("services: {api: 5}"));
    expect!["config/production.yaml: services: expected a section"]
        .assert_eq(&problem("services: [api]"));
    expect![
        "config/production.yaml: services.API: is no service: write NAME, or NAMESPACE/NAME, each \
         at most 63 of a-z, 0-9 and `-`"
    ]
    .assert_eq(&problem("services: {API: {}}"));
}

#[test]
fn a_rule_that_a_services_key_breaks_together_with_the_environments_is_put_down_to_the_service() {
    let problem = |text: &str| production(text).problem();
    expect!["config/production.yaml: services.api.health.window: `failures` must not exceed `of`"]
        .assert_eq(&problem("services: {api: {health: {window: {failures: 11}}}}"));
    expect![
        "config/production.yaml: services.api.traffic.stages.rolling: must have stages whose \
         percentages rise from above 0 to 100"
    ]
    .assert_eq(&problem("services: {api: {traffic: {stages: {rolling: []}}}}"));
    expect![
        "config/production.yaml: services.api.require.proven: needs `pull.enabled`, which tells a \
         tag's digest before anything is changed, or `allow.tags: false`"
    ]
    .assert_eq(&problem(
        "require: {proven: {environment: staging, within: 30d}}\n\
         services: {api: {pull: {enabled: false}}}",
    ));
}

#[test]
fn settings_of_a_service_that_no_request_can_be_for_are_refused() {
    let problem = |text: &str| Setup::new().file("production.yaml", text).problem();
    let allow = "allow: {namespaces: [shop], services: ['api-*']}\n";
    let result = "is never deployed here: allow.services and allow.namespaces do not name it; \
                  correct the name, or allow it there";
    for name in ["apo-1", "blog/api-1"] {
        let found = problem(&format!("{allow}services: {{{name}: {{}}}}"));
        assert_eq!(found, format!("config/production.yaml: services.{name}: {result}"));
    }
    let setup = Setup::new()
        .file("production.yaml", &format!("{allow}services: {{api-1: {{}}, shop/api-2: {{}}}}"));
    assert_eq!(setup.production().services.len(), 2);
}

#[test]
fn whether_a_sender_may_bring_stages_is_asked_of_the_service() {
    let text = "
allow: {images: ['registry.example/*'], namespaces: ['*'], services: ['*']}
services: {game: {traffic: {accept_split: false}}, beta/game: {traffic: {accept_split: true}}}
";
    let policy = Policy::of(
        Environment::STAGING,
        &Setup::new().file("staging.yaml", text).config().environments[&Environment::STAGING],
    );
    let allows = |namespace: &str, service: &str| {
        let mut request = samples::request(service, "1");
        (request.namespace, request.traffic_split) =
            (Namespace::parse(namespace).unwrap(), vec![Percent::FULL]);
        policy.check_allowed(&request).is_ok()
    };
    assert_eq!(
        (allows("game", "game"), allows("beta", "game"), allows("game", "other")),
        (false, true, true)
    );
}

#[test]
fn a_service_names_its_own_jobs_and_every_job_of_the_environment_is_known() {
    let text = "
before: [job/migrate]
services: {api: {before: [job/seed, job/migrate-api], after: [job/smoke]}}
";
    let names = |jobs: &[JobName]| jobs.iter().map(ToString::to_string).collect::<Vec<_>>();
    let api = of_service(text, "shop", "api");
    assert_eq!(names(&api.before), ["job/seed", "job/migrate-api"]);
    assert_eq!(names(&api.after), ["job/smoke"]);
    assert_eq!(names(&of_service(text, "shop", "web").before), ["job/migrate"]);
    let all: Vec<JobName> = production(text).production().all_jobs().into_iter().collect();
    assert_eq!(names(&all), ["job/migrate", "job/migrate-api", "job/seed", "job/smoke"]);
}

#[test]
fn what_names_no_job_or_names_one_twice_is_refused() {
    let refused = |text: &str| production(text).problem();
    expect!["config/production.yaml: before[0]: `migrate` is not a Job of the manifests such as job/migrate, whose name is at most 41 of a-z, 0-9 and `-`"].assert_eq(&refused("before: [migrate]"));
    expect!["config/production.yaml: after[0]: `job/Migrate_all` is not a Job of the manifests such as job/migrate, whose name is at most 41 of a-z, 0-9 and `-`"].assert_eq(&refused("after: [job/Migrate_all]"));
    expect!["config/production.yaml: after[0]: `job/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a Job of the manifests such as job/migrate, whose name is at most 41 of a-z, 0-9 and `-`"].assert_eq(&refused(&format!("after: [job/{}]", "a".repeat(42))));
    expect!["config/production.yaml: after: names job/migrate again, which runs once"]
        .assert_eq(&refused("before: [job/migrate]\nafter: [job/migrate]"));
}
