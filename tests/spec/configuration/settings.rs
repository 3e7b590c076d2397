//! What an operator may write, and what is said when it is wrong.

use std::{fs, path::Path, time::Duration};

use boathook::config::{Config, LogFormat, Network, Pattern, load_promotion_secrets, load_secrets};
use boathook_core::{
    deployment::{Environment, ImageRef, Percent, Strategy},
    rollout::Scheme,
};
use boathook_testing::setup::Setup;
use boathook_testing::shipped::Shipped as _;
use expect_test::expect;
use proptest::{prop_assert, prop_assert_eq, proptest};
use rustix::{
    fs::{CWD, FileType, Mode, mknodat},
    process::geteuid,
};

/// What is wrong where `production.yaml` says this.
fn problem_in_production(text: &str) -> String {
    Setup::new().file("production.yaml", text).problem()
}

#[test]
fn the_shipped_files_say_what_the_guide_says() {
    let config =
        Config::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config")), []).unwrap();
    let [development, staging, production] =
        Environment::ALL.map(|environment| &config.environments[&environment]);
    assert_eq!(
        (development.strategy.default, development.health.delay),
        (Strategy::Rolling, Duration::from_secs(30))
    );
    assert_eq!(
        (staging.strategy.default, staging.health.delay),
        (Strategy::Rolling, Duration::from_secs(45))
    );
    assert_eq!(production.strategy.default, Strategy::BlueGreen);
    let stages = &production.traffic.stages[&Strategy::BlueGreen];
    assert_eq!(stages.iter().map(|stage| stage.percent.get()).collect::<Vec<_>>(), [10, 50, 100]);
    assert_eq!(stages.iter().map(|stage| stage.hold).sum::<Duration>(), Duration::from_secs(300));
    assert!(production.health.verify.is_some() && development.health.verify.is_none());
    assert!(
        production.require.timestamp
            && production.require.deployment_id
            && !development.require.timestamp
    );
    for environment in [development, staging, production] {
        assert!(
            environment
                .allow
                .images
                .iter()
                .any(|pattern| pattern.matches("ghcr.io/acme/game-2048"))
        );
        assert!(
            !environment.allow.images.iter().any(|pattern| pattern.matches("ghcr.io/acme/other"))
        );
        assert_eq!(
            (environment.url.scheme, environment.url.domain.as_str()),
            (Scheme::Https, "example.com")
        );
    }
}

#[test]
fn an_environment_says_only_what_differs_from_the_defaults() {
    let production = Setup::new().file("production.yaml", "health: {interval: 10s}").production();
    assert_eq!(production.health.interval, Duration::from_secs(10));
    assert_eq!(production.health.timeout, Duration::from_secs(5));
}

#[test]
fn an_environment_without_a_file_does_not_exist() {
    let config = Setup::new().file("staging.yaml", "").config();
    assert_eq!(config.environments.keys().collect::<Vec<_>>(), [&Environment::STAGING]);
}

#[test]
fn the_operators_defaults_hold_for_every_environment_without_its_own_word() {
    let default = "defaults: {allow: {tags: false}, health: {path: /ready}}\nlog: {format: json}";
    let setup = Setup::new()
        .file("default.yaml", default)
        .file("staging.yaml", "health: {path: /live}")
        .file("production.yaml", "");
    let config = setup.config();
    let path = |environment| config.environments[&environment].health.paths[0].as_str();
    assert_eq!((path(Environment::STAGING), path(Environment::PRODUCTION)), ("/live", "/ready"));
    assert!(!config.environments[&Environment::STAGING].allow.tags);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.scheduler.queued, 100, "what an older file lacks is as shipped");
}

#[test]
fn a_list_is_replaced_as_a_whole() {
    let stages =
        "traffic: {stages: {rolling: [{percent: 50, hold: 1s}, {percent: 100, hold: 0s}]}}";
    let production = Setup::new().file("production.yaml", stages).production();
    assert_eq!(production.traffic.stages[&Strategy::Rolling].len(), 2);
    assert_eq!(production.traffic.stages[&Strategy::Rolling][0].percent, Percent::new(50).unwrap());
    assert_eq!(
        production.traffic.stages[&Strategy::BlueGreen].len(),
        3,
        "another strategy's table stays"
    );
}

#[test]
fn variables_win_over_files() {
    let setup = Setup::new()
        .file(
            "production.yaml",
            "aliases: [prod]\nhealth: {interval: 10s}\nallow: {tags: true}\nurl: {ingress_address: '127.0.0.1:80'}",
        )
        .variable("BOATHOOK__SERVER__LISTEN", "127.0.0.1:9000")
        .variable("BOATHOOK__SCHEDULER__RUNNING", "7")
        .variable("BOATHOOK__TOOLS__ENVIRONMENT__CRICTL_AUTH", "user:1234567")
        .variable("BOATHOOK__ENVIRONMENTS__PRODUCTION__HEALTH__INTERVAL", "20s")
        .variable("BOATHOOK__ENVIRONMENTS__PROD__ALLOW__TAGS", "false")
        .variable("BOATHOOK__ENVIRONMENTS__PROD__URL__INGRESS_ADDRESS", "")
        .variable("BOATHOOK__ENVIRONMENTS__PRODUCTION__SECRETS", "[{id: ci, env: '0123'}]")
        .variable("BOATHOOK__DEFAULTS__HEALTH__PATH", "/ready")
        .variable("BOATHOOK_CONFIG", "no setting: one underscore");
    let config = setup.config();
    assert_eq!((config.server.listen.unwrap().port(), config.scheduler.running), (9000, 7));
    assert!(config.tools.environment.reveal().any(|pair| pair == ("CRICTL_AUTH", "user:1234567")));
    let production = &config.environments[&Environment::PRODUCTION];
    assert_eq!(production.health.interval, Duration::from_secs(20));
    assert_eq!(production.health.paths, ["/ready"]);
    assert_eq!((production.allow.tags, production.url.ingress_address), (false, None));
    assert_eq!(production.secrets[0].env.as_deref(), Some("0123"));
}

#[test]
fn text_of_digits_stays_as_it_is_written() {
    let setup = Setup::new()
        .file(
            "production.yaml",
            "container: '0123'\nrequire: {confirmation: '1e3'}\nhealth: {expect_body: 'true'}",
        )
        .variable("BOATHOOK__ENVIRONMENTS__PRODUCTION__MANIFESTS", "007")
        .variable("BOATHOOK__TOOLS__ENVIRONMENT__PIN", "0042");
    let production = setup.production();
    assert_eq!(production.container.as_deref(), Some("0123"));
    assert_eq!(production.require.confirmation.as_deref(), Some("1e3"));
    assert_eq!(production.health.expect_body.as_deref(), Some("true"));
    assert_eq!(production.manifests, Path::new("007"));
    assert!(setup.config().tools.environment.reveal().any(|pair| pair == ("PIN", "0042")));
}

#[test]
fn a_number_where_text_belongs_is_refused_because_it_may_have_lost_its_zeros() {
    expect![
        "config/production.yaml: container: expected text (numbers and true or false need quotes \
         to be text), found the number 123"
    ]
    .assert_eq(&problem_in_production("container: 123"));
}

#[test]
fn a_wrong_value_is_named_with_file_key_and_what_was_expected() {
    expect![[r#"config/production.yaml: health.interval: expected a duration longer than 0, such as "5s", found "fast""#]]
        .assert_eq(&problem_in_production("health: {interval: fast}"));
    expect![[r#"config/production.yaml: health.delay: expected a duration such as "5s", found the number 30"#]]
        .assert_eq(&problem_in_production("health: {delay: 30}"));
    expect![[r#"config/production.yaml: allow.tags: expected true or false, found "yes""#]]
        .assert_eq(&problem_in_production("allow: {tags: 'yes'}"));
    expect![
        "config/production.yaml: health.min_samples: expected a whole number within its range, \
         found the number -1"
    ]
    .assert_eq(&problem_in_production("health: {min_samples: -1}"));
    expect!["config/production.yaml: allow.images: expected a list, found a section"]
        .assert_eq(&problem_in_production("allow: {images: {a: b}}"));
    expect!["config/production.yaml: health: expected a section, found a list"]
        .assert_eq(&problem_in_production("health: [1]"));
    expect![[r#"config/production.yaml: strategy.default: expected rolling or blue-green, found "canary""#]]
        .assert_eq(&problem_in_production("strategy: {default: canary}"));
    expect![[r#"config/production.yaml: url.ingress_address: expected an address and port such as "127.0.0.1:8080", found "localhost""#]]
        .assert_eq(&problem_in_production("url: {ingress_address: localhost}"));
}

#[test]
fn a_wrong_value_inside_a_list_is_named_with_its_place() {
    let stages =
        "traffic: {stages: {rolling: [{percent: 10, hold: 1s}, {percent: 101, hold: 1s}]}}";
    expect![
        "config/production.yaml: traffic.stages.rolling[1].percent: 101 is not a percentage from 0 \
         to 100"
    ]
    .assert_eq(&problem_in_production(stages));
    let stages = "traffic: {stages: {rolling: [{percent: 100}]}}";
    expect![
        "config/production.yaml: traffic.stages.rolling[0].hold: missing, and it has no default"
    ]
    .assert_eq(&problem_in_production(stages));
    expect![[r#"config/production.yaml: allow.images[1]: expected a name or pattern such as "ghcr.io/*/game-2048" (`*` never crosses a `/`), found "ghcr.io/**""#]]
        .assert_eq(&problem_in_production("allow: {images: [a, ghcr.io/**]}"));
}

#[test]
fn a_pattern_of_images_that_no_repository_can_match_is_refused() {
    for pattern in [
        "ghcr.io/acme/game:1.2",
        "ghcr.io/acme/*:v*",
        "nginx:latest",
        "ghcr.io/acme/game@sha256:abc",
    ] {
        assert_eq!(
            problem_in_production(&format!("allow: {{images: ['{pattern}']}}")),
            "config/production.yaml: allow.images: must name repositories without tag and digest, \
             such as \"ghcr.io/acme/game\"; whether tags are taken is what allow.tags says",
            "{pattern}"
        );
    }
    Setup::new()
        .file(
            "production.yaml",
            "allow: {images: ['registry.example:5000/acme/*', 'localhost:5000/game']}",
        )
        .config();
}

#[test]
fn an_unknown_key_is_named_with_those_that_are_known() {
    expect!["config/production.yaml: health.window.out_of: unknown key; known here: failures, of"]
        .assert_eq(&problem_in_production("health: {window: {out_of: 3}}"));
    expect![
        "config/default.yaml: operator.sockt: unknown key (did you mean `socket`?); known here: \
         socket, listen"
    ]
    .assert_eq(&Setup::new().file("default.yaml", "operator: {sockt: /run/x}").problem());
    expect![
        "config/default.yaml: defaults.waits.redy: unknown key (did you mean `ready`?); known \
         here: ready, traffic, unready_grace, first_deployment_restarts, retry_for, rollback, \
         restore, verdict, job, poll_interval"
    ]
    .assert_eq(
        &Setup::new()
            .file("default.yaml", "defaults: {waits: {redy: 5m}}")
            .file("production.yaml", "")
            .problem(),
    );
}

#[test]
fn a_wrong_variable_is_named() {
    let problem = |name: &str, value: &str| {
        Setup::new().file("production.yaml", "").variable(name, value).problem()
    };
    expect![
        "BOATHOOK__SERVER__LISEN: server.lisen: unknown key (did you mean `listen`?); known here: \
         listen, tls, public_url, max_body_bytes, header_timeout, body_timeout, max_wait, \
         requests_per_minute, trusted_proxies"
    ]
    .assert_eq(&problem("BOATHOOK__SERVER__LISEN", "127.0.0.1:1"));
    expect![[r#"BOATHOOK__SCHEDULER__RUNNING: scheduler.running: expected a whole number within its range, found "many""#]]
        .assert_eq(&problem("BOATHOOK__SCHEDULER__RUNNING", "many"));
    expect![[
        r#"BOATHOOK__ENVIRONMENTS__PRODUCTION__WAITS__READY: waits.ready: expected a duration longer than 0, such as "5s", found "0s""#
    ]]
    .assert_eq(&problem("BOATHOOK__ENVIRONMENTS__PRODUCTION__WAITS__READY", "0s"));
    expect![
        "BOATHOOK__ENVIRONMENTS__LIVE__ENABLED: environments: unknown environment `live`; known: \
         production"
    ]
    .assert_eq(&problem("BOATHOOK__ENVIRONMENTS__LIVE__ENABLED", "true"));
    expect!["BOATHOOK____LISTEN: a variable's name: parts joined by `__` must not be empty"]
        .assert_eq(&problem("BOATHOOK____LISTEN", "x"));
}

#[test]
fn a_file_that_is_no_yaml_is_refused_with_the_place() {
    expect![
        "config/production.yaml: mapping values are not allowed in this context at byte 18 line 2 \
         column 5"
    ]
    .assert_eq(&problem_in_production("enabled: true\n  no: yes: maybe"));
    expect![[r#"config/production.yaml: String("enabled"): duplicated key in mapping at byte 23 line 2 column 10"#]]
        .assert_eq(&problem_in_production("enabled: true\nenabled: false"));
    expect!["config/production.yaml: invalid type: sequence, expected a map"]
        .assert_eq(&problem_in_production("[a, b]"));
}

#[test]
fn a_section_whose_keys_are_all_commented_out_is_named() {
    expect!["config/production.yaml: health: expected a section, found nothing"]
        .assert_eq(&problem_in_production("health:\n#  path: /"));
    expect!["config/default.yaml: defaults: expected a section"]
        .assert_eq(&Setup::new().file("default.yaml", "defaults:\n#  enabled: true").problem());
}

#[test]
fn a_folder_without_a_default_file_is_refused() {
    let setup = Setup::new();
    fs::remove_file(setup.directory.path().join("default.yaml")).unwrap();
    expect!["config/default.yaml: cannot be read: No such file or directory (os error 2)"]
        .assert_eq(&setup.problem());
}

#[test]
fn the_dashboard_is_for_this_machine_alone() {
    for address in ["0.0.0.0:8081", "192.168.1.7:8081"] {
        let problem = Setup::new().variable("BOATHOOK__OPERATOR__LISTEN", address).problem();
        assert!(
            problem.starts_with(
                "BOATHOOK__OPERATOR__LISTEN: operator.listen: must be an address of loopback"
            ),
            "{problem}"
        );
        assert!(problem.contains("ssh -L"), "what to do instead: {problem}");
    }
    for address in ["127.0.0.1:8081", "127.9.9.9:1"] {
        let config = Setup::new().variable("BOATHOOK__OPERATOR__LISTEN", address).config();
        assert_eq!(config.operator.listen, Some(address.parse().unwrap()));
    }
}

#[test]
fn plain_http_for_everyone_needs_a_named_proxy() {
    let setup = Setup::new().variable("BOATHOOK__SERVER__LISTEN", "0.0.0.0:8080");
    expect![
        "BOATHOOK__SERVER__LISTEN: server.listen: plain HTTP on this address needs a proxy in \
         front: name it in server.trusted_proxies, set server.tls, or listen on 127.0.0.1"
    ]
    .assert_eq(&setup.problem());
    setup
        .variable("BOATHOOK__SERVER__TRUSTED_PROXIES", "[10.0.0.5, 192.168.0.0/16, fd00:1::/32]")
        .config();
    let tls = "{certificate: /etc/boathook/tls.crt, key: /etc/boathook/tls.key}";
    Setup::new()
        .variable("BOATHOOK__SERVER__LISTEN", "0.0.0.0:8443")
        .variable("BOATHOOK__SERVER__TLS", tls)
        .config();
}

#[test]
fn tls_needs_a_listener() {
    let tls = "{certificate: /etc/boathook/tls.crt, key: /etc/boathook/tls.key}";
    let setup = Setup::new().variable("BOATHOOK__SERVER__LISTEN", "null");
    assert_eq!(setup.config().server.listen, None);
    expect!["config/default.yaml: server.tls: is for the public listener: name its address in server.listen, or remove this"].assert_eq(&setup.variable("BOATHOOK__SERVER__TLS", tls).problem());
}

/// What is said of networks that hold too many.
const WIDE: &str = "server.trusted_proxies: must name the proxies, in networks of /8 or less \
                    (IPv6: /16 or less): anyone who is in them can claim to be anyone";

#[test]
fn limits_that_would_protect_nothing_are_refused() {
    for (name, value, problem) in [
        ("SERVER__REQUESTS_PER_MINUTE", "0", "server.requests_per_minute: must be more than 0"),
        (
            "SERVER__MAX_BODY_BYTES",
            "0",
            "server.max_body_bytes: must be more than 0 and at most 4194304 (4 MiB)",
        ),
        (
            "SERVER__MAX_BODY_BYTES",
            "4194305",
            "server.max_body_bytes: must be more than 0 and at most 4194304 (4 MiB)",
        ),
        ("SERVER__TRUSTED_PROXIES", "[10.0.0.5, 0.0.0.0/0]", WIDE),
        ("SERVER__TRUSTED_PROXIES", "['::/0']", WIDE),
        ("SERVER__TRUSTED_PROXIES", "['::ffff:0:0/96']", WIDE),
        ("SERVER__TRUSTED_PROXIES", "[0.0.0.0/7]", WIDE),
        ("SERVER__TRUSTED_PROXIES", "['fd00::/15']", WIDE),
        (
            "STATE__KEEP_DAYS",
            "0",
            "state.keep_days: must be at least 1: a pruned request could be sent a second time",
        ),
        (
            "REPLAY__WINDOW",
            "13h",
            "replay.window: must be at most 12h: a request that may still be sent must not be \
             pruned, and `keep_days: 1` is a day",
        ),
    ] {
        let found = Setup::new().variable(&format!("BOATHOOK__{name}"), value).problem();
        assert_eq!(found, format!("BOATHOOK__{name}: {problem}"));
    }
}

#[test]
fn windows_that_cannot_be_meant_are_refused_with_file_and_key() {
    let office = "{cron: '0 9 * * MON-FRI', lasts: 8h}";
    let problems: Vec<_> = [
        "time_zone: Europe/Berln".to_owned(),
        "allow: [{cron: '0 25 * * *', lasts: 8h}]".to_owned(),
        "allow: [{cron: '0 9 * *', lasts: 8h}]".to_owned(),
        "allow: [{cron: '0 9 * * *', lasts: 0s}]".to_owned(),
        "allow: [{cron: '0 9 * * *'}]".to_owned(),
        "deny: [{cron: '0 0 * JUL *', lasts: 40d}]".to_owned(),
        "allow: [{cron: '0 0 31 APR *', lasts: 1h}]".to_owned(),
        format!("allow: [{office}], deny: [{office}]"),
        "applies_to: everyone".to_owned(),
        "applies_to: promotions, outside: refuse".to_owned(),
    ]
    .into_iter()
    .map(|settings| problem_in_production(&format!("windows: {{{settings}}}")))
    .collect();
    expect![[r#"
        config/production.yaml: windows.time_zone: unknown time zone `Europe/Berln`; write a name of the IANA database such as Europe/Berlin or UTC
        config/production.yaml: windows.allow[0].cron: `25` is not among the hours 0 to 23; expected a cron expression of five fields (minutes, hours, days, months, weekdays) such as "0 9 * * MON-FRI"
        config/production.yaml: windows.allow[0].cron: it has 4 fields; expected a cron expression of five fields (minutes, hours, days, months, weekdays) such as "0 9 * * MON-FRI"
        config/production.yaml: windows.allow[0].lasts: expected a duration longer than 0, such as "5s", found "0s"
        config/production.yaml: windows.allow[0].lasts: missing, and it has no default
        config/production.yaml: windows.deny[0].lasts: must be at most 31d
        config/production.yaml: windows.allow[0].cron: names a day that never comes
        config/production.yaml: windows.deny: covers all that `allow` allows: nothing could ever begin
        config/production.yaml: windows.applies_to: expected all or promotions, found "everyone"
        config/production.yaml: windows.outside: must be `wait` for promotions, which nobody would send again; `applies_to: all` refuses other requests"#]].assert_eq(&problems.join("\n"));
}

#[test]
fn the_audit_logs_files_must_have_room() {
    expect!["BOATHOOK__AUDIT__MAX_BYTES: audit.max_bytes: must be 65536 or more"]
        .assert_eq(&Setup::new().variable("BOATHOOK__AUDIT__MAX_BYTES", "65535").problem());
    let config = Setup::new().variable("BOATHOOK__AUDIT__KEEP", "0").config();
    assert_eq!((config.audit.max_bytes, config.audit.keep), (16 << 20, 0));
}

#[test]
fn stages_must_rise_to_the_whole() {
    for stages in
        ["[]", "[{percent: 50, hold: 1s}]", "[{percent: 0, hold: 1s}, {percent: 100, hold: 1s}]"]
    {
        let problem = problem_in_production(&format!("traffic: {{stages: {{rolling: {stages}}}}}"));
        assert_eq!(
            problem,
            "config/production.yaml: traffic.stages.rolling: must have stages whose percentages \
             rise from above 0 to 100",
            "{stages}"
        );
    }
    let falling = "[{percent: 50, hold: 1s}, {percent: 20, hold: 1s}, {percent: 100, hold: 1s}]";
    assert!(
        problem_in_production(&format!("traffic: {{stages: {{rolling: {falling}}}}}"))
            .contains("must have stages")
    );
}

#[test]
fn rules_that_could_never_hold_are_refused() {
    for (text, problem) in [
        ("strategy: {default: blue-green}", "strategy.allowed: must hold the default strategy"),
        (
            "approval: {approvers: {count: 0}}",
            "approval.approvers.count: must be 1 or more; what needs no approval is what `required` \
             says",
        ),
        (
            "approval: {approvers: {count: 3, users: [ada, bob, ada]}}",
            "approval.approvers.count: is 3, but approvers.users names 2, and a user's approval \
             counts once",
        ),
        (
            "approval: {approvers: {groups: ['']}}",
            "approval.approvers.groups: must name groups of this machine",
        ),
        (
            "health: {path: ready}",
            "health.path: must begin with / and be written as in a URL, without spaces and #",
        ),
        (
            "health: {expect_status: []}",
            "health.expect_status: must list status codes from 100 to 599, or ranges of them",
        ),
        (
            "health: {consecutive_failures: 0, window: {failures: 0}}",
            "health.consecutive_failures: must be more than 0 where `window.failures` is 0: no \
             failure would be bad",
        ),
        ("health: {window: {failures: 11}}", "health.window: `failures` must not exceed `of`"),
        (
            "health: {latency: {percentile: 0, limit: 1s}}",
            "health.latency.percentile: must be from 1 to 100",
        ),
        (
            "health: {verify: {samples: 0, interval: 1s}}",
            "health.verify.samples: must be more than 0",
        ),
        (
            "url: {domain: 'https://example.com'}",
            "url.domain: must be a domain such as example.com, without scheme and port",
        ),
        ("manifests: ''", "manifests: must name a folder"),
        (
            "frozen: ' '",
            "frozen: must say why, for those who are refused; without the key it is not frozen",
        ),
        ("pull: {command: []}", "pull.command: must begin with a program"),
    ] {
        let found = problem_in_production(text);
        assert!(found.ends_with(problem), "{text}: {found}");
    }
}

#[test]
fn durations_are_numbers_with_units() {
    let hold = |text: &str| {
        Setup::new().file("production.yaml", &format!("health: {{delay: {text}}}")).load()
    };
    for (text, milliseconds) in [
        ("250ms", 250),
        ("0s", 0),
        ("30s", 30_000),
        ("1m30s", 90_000),
        ("24h", 86_400_000),
        ("7d", 604_800_000),
    ] {
        let config = hold(text).unwrap();
        assert_eq!(
            config.environments[&Environment::PRODUCTION].health.delay,
            Duration::from_millis(milliseconds),
            "{text}"
        );
    }
    for text in [
        "''",
        "5",
        "s",
        "5 s",
        "-5s",
        "1.5s",
        "5sec",
        "5s5",
        "99999999999999999999s",
        "366d",
        "213503982334601d",
    ] {
        assert!(hold(text).is_err(), "{text} was taken");
    }
}

#[test]
fn a_pattern_matches_whole_parts_and_never_crosses_a_slash() {
    for (pattern, text, matches) in [
        ("ghcr.io/*/game-2048", "ghcr.io/acme/game-2048", true),
        ("ghcr.io/*/game-2048", "ghcr.io/acme/x/game-2048", false),
        ("ghcr.io/*/game-2048", "ghcr.io/acme/game-2048-evil", false),
        ("ghcr.io/*/game-2048", "evil.example/ghcr.io/acme/game-2048", false),
        ("ghcr.io/*", "ghcr.io.evil.example/x", false),
        ("ghcr.io/acme/*", "ghcr.io/acme", false),
        ("ghcr.io/acme/game-*", "ghcr.io/acme/game-", true),
        ("*-dev", "game-2048-dev", true),
        ("a*b*c", "abbc", true),
        ("a*b*c", "acb", false),
        ("ab*ba", "aba", false),
        ("*", "nginx", true),
        ("*", "", false),
        ("*", "library/nginx", false),
        ("game.2048", "gamex2048", false),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(text), matches, "{pattern} on {text}");
    }
    for text in ["", "a//b", "/a", "a/", "ghcr.io/**", "a b"] {
        assert!(Pattern::parse(text).is_none(), "{text:?} was taken");
    }
}

#[test]
fn an_image_matches_as_it_is_written_and_its_registry_must_be_named() {
    for (pattern, image, matches) in [
        ("ghcr.io/acme/*", "ghcr.io/acme/game:2", true),
        ("ghcr.io/acme/*", "ghcr.io/acme/a/b", false),
        ("ghcr.io/acme/*", "ghcr.io/acme-evil/x", false),
        ("ghcr.io/acme/*", "ghcr.io.evil.example/acme/x", false),
        ("ghcr.io/acme/*", "evil.example/ghcr.io/acme/x", false),
        ("ghcr.io/acme/*", "ghcr.io:5000/acme/x", false),
        ("registry.example:5000/*", "registry.example:5000/x", true),
        ("localhost/*", "localhost/x", true),
        ("*.example.com/x", "one.example.com/x", true),
        ("docker.io/acme/*", "acme/x", false),
        ("docker.io/library/*", "nginx", false),
        ("docker.io/library/nginx", "docker.io/nginx", false),
        ("docker.io/acme/*", "index.docker.io/acme/x", false),
        ("acme/*", "acme/x", true),
        ("acme/*", "docker.io/acme/x", false),
        ("nginx", "nginx:1.27", true),
        ("*", "nginx", true),
        ("*/game", "acme/game", true),
        ("*/game", "evil.example/game", false),
        ("*/game", "localhost/game", false),
        ("*/*/game", "evil.example/acme/game", false),
        ("ghcr*/acme/game", "ghcr.evil.example/acme/game", false),
    ] {
        let image = ImageRef::parse(image).unwrap();
        assert_eq!(
            Pattern::parse(pattern).unwrap().matches_repository(&image),
            matches,
            "{pattern} on {image}"
        );
    }
}

#[test]
fn a_network_holds_the_addresses_that_begin_with_its_bits() {
    for (network, address, inside) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.5", "10.0.0.5", true),
        ("10.0.0.5", "10.0.0.6", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "fd00::1", false),
        ("fd00::/8", "fd12::1", true),
        ("::/0", "fd12::1", true),
        ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("::ffff:10.0.0.5", "10.0.0.5", true),
        ("::ffff:10.0.0.5", "::ffff:10.0.0.6", false),
    ] {
        assert_eq!(
            Network::parse(network).unwrap().contains(address.parse().unwrap()),
            inside,
            "{address} in {network}"
        );
    }
    for text in ["", "10.0.0.0/33", "10.0.0/8", "localhost", "10.0.0.0/", "10.0.0.0/8/8"] {
        assert!(Network::parse(text).is_none(), "{text:?} was taken");
    }
}

proptest! {
    #[test]
    fn a_star_stands_for_whatever_is_in_its_place(
        before in "[a-z]{0,4}",
        middle in "[a-z*.-]{0,6}",
        after in "[a-z]{0,4}",
    ) {
        let pattern = Pattern::parse(&format!("{before}*{after}")).unwrap();
        let text = format!("{before}{middle}{after}");
        prop_assert_eq!(pattern.matches(&text), !text.is_empty());
        let crossing = format!("{text}/x");
        prop_assert!(!pattern.matches(&crossing));
    }
}

/// Production alone, with one secret in the variable `SECRET`.
fn with_secret(secret: &str) -> Setup {
    Setup::new()
        .file("production.yaml", "secrets: [{id: ci, env: SECRET}]")
        .variable("SECRET", secret)
}

const STRONG: &str = "5b7c2f0e9d1a4886b3c0";

#[test]
fn secrets_are_read_from_variables_files_and_credentials_and_never_shown() {
    let setup = Setup::new().variable("SECRET", STRONG);
    let path = setup.directory.path().display().to_string();
    let setup = setup
        .file("new", "another-Secret-0123\n")
        .file("laptop", "a-third-Secret-4567\r\n")
        .file(
            "production.yaml",
            &format!(
                "secrets: [{{id: ci, env: SECRET}}, {{id: new, file: {path}/new}}, {{id: laptop, \
                 credential: laptop}}]"
            ),
        )
        .variable("CREDENTIALS_DIRECTORY", &path);
    let loaded = setup.secrets().unwrap().join("\n");
    expect![[r#"
        LoadedSecret { key: Key { environment: production, id: "ci", key_use: Deploy, not_after: None }, secret: Secret(..) }
        LoadedSecret { key: Key { environment: production, id: "new", key_use: Deploy, not_after: None }, secret: Secret(..) }
        LoadedSecret { key: Key { environment: production, id: "laptop", key_use: Deploy, not_after: None }, secret: Secret(..) }"#]]
    .assert_eq(&loaded);
    let variable = |name: &str| {
        setup.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let secrets = load_secrets(&setup.config(), variable).unwrap();
    let bytes: Vec<&[u8]> = secrets.iter().map(|loaded| loaded.secret.reveal()).collect();
    assert_eq!(bytes, [STRONG.as_bytes(), b"another-Secret-0123", b"a-third-Secret-4567"]);
}

#[test]
fn a_secret_that_protects_nothing_is_refused_without_showing_it() {
    for (secret, why) in [
        ("", "is empty"),
        ("hunter2", "has fewer than 16 bytes"),
        ("changeme", "has fewer than 16 bytes"),
        ("your-webhook-secret", "is one that everybody knows from a sample"),
        ("Your_Webhook_Secret_Here", "is one that everybody knows from a sample"),
        ("It's a Secret to Everybody", "is one that everybody knows from a sample"),
        ("${WEBHOOK_SECRET_PRODUCTION}", "is a placeholder that was never filled in"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "repeats the same few characters"),
    ] {
        let problem = with_secret(secret).secrets().unwrap_err();
        assert_eq!(
            problem,
            format!(
                "secret `ci` of production, read from the variable SECRET, {why}; make one with `openssl rand -hex 32`"
            )
        );
    }
}

#[test]
fn a_secret_that_cannot_be_found_is_named_with_its_place() {
    let problem = |text: &str| Setup::new().file("production.yaml", text).secrets().unwrap_err();
    expect!["secret `ci` of production cannot be read from the variable NOWHERE: it is not set"]
        .assert_eq(&problem("secrets: [{id: ci, env: NOWHERE}]"));
    expect![
        "secret `ci` of production cannot be read from /nowhere: No such file or directory (os \
         error 2)"
    ]
    .assert_eq(&problem("secrets: [{id: ci, file: /nowhere}]"));
    expect![
        "secret `ci` of production cannot be read from the credential ci: systemd gave no \
         credentials: add LoadCredential= to the unit"
    ]
    .assert_eq(&problem("secrets: [{id: ci, credential: ci}]"));
    expect!["secret `ci` of production must name exactly one of `env`, `file` and `credential`"]
        .assert_eq(&problem("secrets: [{id: ci, env: A, file: /b}]"));
    expect![
        "production has no secret, so no request for it could be verified: name one under \
         `secrets` in production.yaml, or an `identity` with `instead_of_hmac: true`, or set `enabled: false`"
    ]
    .assert_eq(&problem("secrets: []"));
    let disabled = Setup::new().file("production.yaml", "enabled: false");
    assert_eq!(disabled.secrets(), Ok(Vec::new()));
}

#[test]
fn a_secret_in_the_file_itself_is_refused_without_showing_it() {
    expect![
        "config/production.yaml: secrets: expected a list; a secret itself never stands here: name \
         its file, credential or variable"
    ]
    .assert_eq(&problem_in_production("secrets: hunter2-hunter2-hunter2"));
    expect![
        "config/production.yaml: secrets[0].value: unknown key; known here: id, env, file, \
         credential, shared_with, use, not_after; a secret itself never stands here: name its \
         file, credential or variable"
    ]
    .assert_eq(&problem_in_production("secrets: [{id: ci, value: hunter2-hunter2-hunter2}]"));
    expect![
        "config/production.yaml: secrets[0]: expected a section; a secret itself never stands \
         here: name its file, credential or variable"
    ]
    .assert_eq(&problem_in_production("secrets: [hunter2-hunter2-hunter2]"));
    let variable = Setup::new().variable("BOATHOOK__TOOLS__ENVIRONMENT", "hunter2-hunter2");
    expect!["BOATHOOK__TOOLS__ENVIRONMENT: tools.environment: expected a section"]
        .assert_eq(&variable.problem());
    let shown = format!(
        "{:?}",
        Setup::new().variable("BOATHOOK__TOOLS__ENVIRONMENT__CRICTL_AUTH", "hunter2").config()
    );
    assert!(shown.contains("CRICTL_AUTH") && !shown.contains("hunter2"));
}

#[test]
fn a_file_that_others_may_read_or_change_is_no_place_for_a_secret() {
    let loaded = |mode| {
        let setup = Setup::new().file("key", STRONG);
        let text = format!("secrets: [{{id: ci, file: {}/key}}]", setup.directory.path().display());
        setup.mode("key", mode).file("production.yaml", &text).secrets()
    };
    for mode in [0o400, 0o600, 0o440, 0o640] {
        assert!(loaded(mode).is_ok(), "{mode:o} was refused");
    }
    for mode in [0o644, 0o604, 0o602, 0o620, 0o660, 0o777] {
        let result =
            format!("others may read or change it (mode {mode:o}); run `chmod g-w,o= config/key`");
        assert_eq!(
            loaded(mode).unwrap_err(),
            format!("secret `ci` of production cannot be read from config/key: {result}")
        );
    }
}

#[test]
fn a_secret_is_read_from_a_file_and_nothing_else_and_nobody_is_waited_for() {
    let setup = Setup::new();
    let path = setup.directory.path().join("key");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let setup =
        setup.file("production.yaml", &format!("secrets: [{{id: ci, file: {}}}]", path.display()));
    expect!["secret `ci` of production cannot be read from config/key: it is not a file"]
        .assert_eq(&setup.secrets().unwrap_err());
}

#[test]
fn a_secret_in_another_users_file_is_refused() {
    let setup = Setup::new().file("key", STRONG);
    let path = setup.directory.path().join("key");
    let setup = setup
        .mode("key", 0o600)
        .file("production.yaml", &format!("secrets: [{{id: ci, file: {}}}]", path.display()));
    assert!(setup.secrets().is_ok());
    // Only root can give a file away.
    if geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(4711), None).unwrap();
        expect![
            "secret `ci` of production cannot be read from config/key: it belongs to the user \
             4711, who may change it; run `chown root config/key`"
        ]
        .assert_eq(&setup.secrets().unwrap_err());
    }
}

#[test]
fn a_secret_behind_links_is_read_where_they_lead_as_kubernetes_mounts_it() {
    let setup = Setup::new().file("key", STRONG).mode("key", 0o440);
    let path = setup.directory.path();
    fs::create_dir(path.join("..2026")).unwrap();
    fs::rename(path.join("key"), path.join("..2026/key")).unwrap();
    std::os::unix::fs::symlink("..2026", path.join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/key", path.join("key")).unwrap();
    let text = format!("secrets: [{{id: ci, file: {}/key}}]", path.display());
    assert!(setup.file("production.yaml", &text).secrets().is_ok());
}

#[test]
fn a_secret_may_have_a_last_moment_and_a_use() {
    let with = |more: &str| {
        Setup::new()
            .file("production.yaml", &format!("secrets: [{{id: ci, env: SECRET{more}}}]"))
            .variable("SECRET", STRONG)
    };
    expect![[r#"LoadedSecret { key: Key { environment: production, id: "ci", key_use: Promotion, not_after: Some(2027-01-31T11:00:00Z) }, secret: Secret(..) }"#]].assert_eq(&with(", not_after: 2027-01-31T12:00:00+01:00, use: promotion").secrets().unwrap().join("\n"));
    expect![
        "config/production.yaml: secrets[0].not_after: expected a time in RFC 3339 such as \
         2027-01-31T12:00:00Z"
    ]
    .assert_eq(&with(", not_after: tomorrow").problem());
    expect!["config/production.yaml: secrets[0].use: expected deploy or promotion"]
        .assert_eq(&with(", use: everything").problem());
}

#[test]
fn a_success_goes_on_to_a_later_environment_that_is_somewhere() {
    let secret = "secret: {id: relay, env: SECRET}";
    let with = |text: &str| Setup::new().file("staging.yaml", text).file("development.yaml", "");
    let faults = [
        "promotion: {to: staging, when: automatic}".to_owned(),
        "promotion: {to: production, when: automatic}".to_owned(),
        format!("promotion: {{to: production, when: automatic, {secret}}}"),
        "promotion: {to: production, when: approval, url: 'https://hooks.example.com'}".to_owned(),
        format!(
            "promotion: {{to: production, when: approval, url: 'hooks.example.com/', {secret}}}"
        ),
        "promotion: {to: production, when: sometimes}".to_owned(),
        "allow: {images: [nginx]}\npull: {enabled: false}\n\
         require: {proven: {environment: development, within: 30d}}"
            .to_owned(),
    ];
    expect![[r#"
        config/staging.yaml: promotion: must not lead round in a circle: staging -> staging
        config/staging.yaml: promotion.to: has no file here; name the `url` of its boathook, or say `when: never`
        config/staging.yaml: promotion.secret: is for another boathook: name its `url`, or leave the secret out
        config/staging.yaml: promotion.secret: is missing; name one that the other boathook lists with `use: promotion`
        config/staging.yaml: promotion.url: must begin with http:// or https:// and not end with /
        config/staging.yaml: promotion.when: expected automatic or approval or never, found "sometimes"
        config/staging.yaml: require.proven: needs `pull.enabled`, which tells a tag's digest before anything is changed, or `allow.tags: false`"#]].assert_eq(&faults.map(|text| with(&text).problem()).join("\n"));
    let elsewhere = format!(
        "promotion: {{to: production, when: approval, url: 'https://hooks.example.com', {secret}}}"
    );
    let secrets = |setup: &Setup| {
        load_promotion_secrets(&setup.config(), |_| Some(STRONG.into()))
            .map(|secrets| format!("{secrets:?}"))
    };
    expect!["[PromotionSecret { from: staging, to: production, secret: Secret(..) }]"]
        .assert_eq(&secrets(&with(&elsewhere)).unwrap());
    let never =
        with(&elsewhere).variable("BOATHOOK__ENVIRONMENTS__STAGING__PROMOTION__WHEN", "never");
    assert_eq!(secrets(&never).unwrap(), "[]");
}

#[test]
fn a_secret_belongs_to_one_environment_unless_it_is_said_to_be_shared() {
    let both = |shared_with: &str| {
        Setup::new()
            .file("staging.yaml", "aliases: [stage]\nsecrets: [{id: ci, env: SECRET}]")
            .file("production.yaml", &format!("secrets: [{{id: ci, env: SECRET{shared_with}}}]"))
            .variable("SECRET", STRONG)
            .secrets()
    };
    expect![
        "secret `ci` of staging is also one of production: give each its own, or name production \
         in its `shared_with`"
    ]
    .assert_eq(&both("").unwrap_err());
    assert_eq!(both(", shared_with: [staging]").unwrap().len(), 2);
    assert_eq!(both(", shared_with: [stage]").unwrap().len(), 2, "by an alias");
    assert!(both(", shared_with: [development]").is_err());
    let twice = Setup::new()
        .file("production.yaml", "secrets: [{id: a, env: SECRET}, {id: b, env: SECRET}]")
        .variable("SECRET", STRONG);
    expect!["secrets `a` and `b` of production are the same"]
        .assert_eq(&twice.secrets().unwrap_err());
}
