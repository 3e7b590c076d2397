//! Which environments there are: their files, their aliases, and the graph of their promotions.

use std::fs;

use boathook::config::PromotionGraph;
use boathook_core::deployment::Environment;
use boathook_testing::setup::Setup;
use expect_test::expect;
use proptest::{
    collection::{btree_set, vec},
    prop_assert, prop_assert_eq, proptest,
};

/// The environments that are read, in the order of promotion.
fn names(setup: &Setup) -> Vec<String> {
    setup.config().names().names().map(|name| name.to_string()).collect()
}

fn named(name: &str) -> Environment {
    name.parse().unwrap()
}

#[test]
fn each_file_makes_an_environment_of_its_name_with_the_manifests_of_that_name() {
    let setup = Setup::new()
        .file("qa.yaml", "health: {interval: 10s}")
        .file("production-eu.yaml", "manifests: elsewhere")
        .file("2.yaml", "");
    let config = setup.config();
    let shown = config.in_order().into_iter().map(|(name, settings)| {
        format!("{name}: {}, {:?}", settings.manifests.display(), settings.health.interval)
    });
    expect![[r#"
        2: manifests/2, 5s
        production-eu: elsewhere, 5s
        qa: manifests/qa, 10s"#]]
    .assert_eq(&shown.collect::<Vec<_>>().join("\n"));
}

#[test]
fn files_from_before_there_were_aliases_mean_what_they_meant() {
    let setup = Setup::new()
        .file("default.yaml", "defaults: {manifests: manifests}")
        .file("development.yaml", "manifests: manifests/development")
        .file("staging.yaml", "")
        .file("production.yaml", "")
        .variable("BOATHOOK__ENVIRONMENTS__PROD__FROZEN", "closing");
    let shown = |setup: &Setup| {
        let config = setup.config();
        let lines = config.in_order().into_iter().map(|(name, settings)| {
            let folder = settings.manifests.display();
            format!("{name}: {:?} {folder} {:?}", settings.aliases, settings.frozen)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        development: [dev] manifests/development None
        production: [prod] manifests/production Some("closing")
        staging: [] manifests/staging None"#]]
    .assert_eq(&shown(&setup));
    let taken = Setup::new()
        .file("dev.yaml", "")
        .file("development.yaml", "")
        .file("live.yaml", "aliases: [prod]")
        .file("production.yaml", "")
        .file("staging.yaml", "");
    expect![[r#"
        dev: [] manifests/dev None
        development: [] manifests/development None
        live: [prod] manifests/live None
        production: [] manifests/production None
        staging: [] manifests/staging None"#]]
    .assert_eq(&shown(&taken));
    let without = Setup::new().file("production.yaml", "aliases: []");
    expect!["production: [] manifests/production None"].assert_eq(&shown(&without));
}

#[test]
fn hidden_files_backups_and_other_files_make_no_environment() {
    let setup = Setup::new().file("qa.yaml", "");
    for other in [
        ".qa.yaml",
        ".#qa.yaml",
        ".qa.yaml.swp",
        "qa.yaml~",
        "#qa.yaml#",
        "qa.yaml.bak",
        "qa.yaml.dpkg-dist",
        "qa.yaml.rpmsave",
        "qa.json",
        "kubeconfig",
        "token",
    ] {
        fs::write(setup.directory.path().join(other), "what: is this?").unwrap();
    }
    for folder in ["secrets", "manifests", "..2026_11_29"] {
        fs::create_dir(setup.directory.path().join(folder)).unwrap();
    }
    assert_eq!(names(&setup), ["qa"]);
}

#[test]
fn a_file_that_looks_like_an_environments_and_cannot_be_one_is_refused() {
    let problem = |name: &str| Setup::new().file(name, "").problem();
    expect![[r#"
        config/Production.yaml: `Production` cannot be the name of an environment, which is 1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends; a file here is default.yaml, or NAME.yaml for an environment of that name
        config/production.old.yaml: `production.old` cannot be the name of an environment, which is 1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends; a file here is default.yaml, or NAME.yaml for an environment of that name
        config/qa.yml: the files here end in .yaml; a file here is default.yaml, or NAME.yaml for an environment of that name
        config/defaults.yaml: no environment can be called `defaults`, which is a word of default.yaml; a file here is default.yaml, or NAME.yaml for an environment of that name
        config/services.yaml: no environment can be called `services`, which is a word of default.yaml; a file here is default.yaml, or NAME.yaml for an environment of that name"#]]
    .assert_eq(&["Production.yaml", "production.old.yaml", "qa.yml", "defaults.yaml", "services.yaml"].map(problem).join("\n"));
}

#[test]
fn an_alias_stands_for_its_environment_wherever_a_setting_names_one() {
    let setup = Setup::new()
        .file("development.yaml", "aliases: [dev]\npromotion: {to: prod, when: automatic, namespace: live}")
        .file(
            "production.yaml",
            "aliases: [prod, live]\nrequire: {proven: {environment: dev, within: 1d}}\n\
             secrets: [{id: ci, env: SECRET, shared_with: [dev]}]",
        )
        .file(
            "default.yaml",
            "notify: [{name: team, slack: {url: {env: URL}}, events: [failed], environments: [live]}]",
        )
        .variable("BOATHOOK__ENVIRONMENTS__LIVE__FROZEN", "closing");
    let config = setup.config();
    let production = &config.environments[&named("production")];
    let development = &config.environments[&named("development")];
    assert_eq!(development.promotion[0].to, named("production"));
    assert_eq!(
        production.require.proven.as_ref().unwrap().places.environments(),
        [named("development")]
    );
    assert_eq!(production.secrets[0].shared_with, [named("development")]);
    assert_eq!(config.notify[0].environments, [named("production")]);
    assert_eq!(production.frozen.as_deref(), Some("closing"));
}

#[test]
fn a_promotion_to_another_boathook_keeps_the_name_that_the_environment_has_there() {
    let there =
        "when: automatic, url: 'https://hooks.example.com', secret: {id: relay, env: SECRET}";
    let setup = Setup::new()
        .file("qa.yaml", &format!("promotion: {{to: live, {there}}}"))
        .file("production.yaml", "aliases: [live]");
    let config = setup.config();
    assert_eq!(config.environments[&named("qa")].promotion[0].to, named("live"));
}

#[test]
fn an_alias_that_means_two_environments_is_refused() {
    let problem =
        |qa: &str, live: &str| Setup::new().file("qa.yaml", qa).file("live.yaml", live).problem();
    expect![[r#"
        config/qa.yaml: aliases: `live` is the name of an environment
        config/qa.yaml: aliases: `test` is an alias of live already
        config/qa.yaml: aliases: `q` is an alias of qa already
        config/qa.yaml: aliases: `qa` is the name of an environment
        config/qa.yaml: aliases: no environment can be called `default`, which is a word of default.yaml
        config/qa.yaml: aliases[0]: expected the name of an environment (1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends), found "Q A""#]]
    .assert_eq(&[
        problem("aliases: [live]", ""),
        problem("aliases: [test]", "aliases: [test]"),
        problem("aliases: [q, q]", ""),
        problem("aliases: [qa]", ""),
        problem("aliases: [default]", ""),
        problem("aliases: [Q A]", ""),
    ].join("\n"));
}

#[test]
fn a_variable_names_an_environment_with_underscores_for_its_dashes() {
    let setup = Setup::new()
        .file("production-eu.yaml", "aliases: [eu-1]")
        .variable("BOATHOOK__ENVIRONMENTS__PRODUCTION_EU__HEALTH__INTERVAL", "20s")
        .variable("BOATHOOK__ENVIRONMENTS__EU_1__HEALTH__TIMEOUT", "2s");
    let health = setup.config().environments[&named("production-eu")].health.clone();
    assert_eq!((health.interval.as_secs(), health.timeout.as_secs()), (20, 2));
    expect![
        "BOATHOOK__ENVIRONMENTS__QA__ENABLED: environments: unknown environment `qa`; known: \
         production-eu"
    ]
    .assert_eq(&setup.variable("BOATHOOK__ENVIRONMENTS__QA__ENABLED", "true").problem());
}

#[test]
fn a_setting_that_names_no_environment_is_refused() {
    let with = |qa: &str, default: &str| {
        Setup::new().file("qa.yaml", qa).file("default.yaml", default).problem()
    };
    expect![[r#"
        config/qa.yaml: promotion.to: has no file here; name the `url` of its boathook, or say `when: never`
        config/qa.yaml: require.proven.environment: unknown environment `stage`; known: qa; where another boathook has it, list a secret with `use: promotion`
        config/default.yaml: notify[0].environments: unknown environment `stage`; known: qa"#]]
    .assert_eq(&[
        with("promotion: {to: stage, when: automatic}", ""),
        with("require: {proven: {environment: stage, within: 1d}}", ""),
        with("", "notify: [{name: team, slack: {url: {env: URL}}, events: [failed], environments: [stage]}]"),
    ].join("\n"));
    let others = "require: {proven: {environment: stage, within: 1d}}\n\
                  secrets: [{id: relay, env: SECRET, use: promotion}]";
    Setup::new().file("qa.yaml", others).config();
}

#[test]
fn promotions_that_lead_round_in_a_circle_are_refused_with_the_way() {
    let to = |name: &str| format!("promotion: {{to: {name}, when: automatic, namespace: {name}}}");
    let circle = Setup::new()
        .file("dev.yaml", &to("qa"))
        .file("qa.yaml", &to("stage"))
        .file("stage.yaml", "aliases: [s]\npromotion: {to: qa, when: approval}");
    expect!["config/qa.yaml: promotion: must not lead round in a circle: qa -> stage -> qa"]
        .assert_eq(&circle.problem());
    expect!["config/qa.yaml: promotion: must not lead round in a circle: qa -> qa"]
        .assert_eq(&Setup::new().file("qa.yaml", &to("qa")).problem());
    let closed = circle.variable("BOATHOOK__ENVIRONMENTS__S__PROMOTION__WHEN", "never");
    assert_eq!(names(&closed), ["dev", "qa", "stage"], "a way that is closed leads nowhere");
}

#[test]
fn an_environment_of_another_boathook_is_none_of_this_ones_though_it_has_the_same_name() {
    let there =
        "when: automatic, url: 'https://hooks.example.com', secret: {id: relay, env: SECRET}";
    let setup = Setup::new()
        .file("staging.yaml", &format!("promotion: {{to: live, {there}}}"))
        .file("live.yaml", &format!("promotion: {{to: staging, {there}}}"))
        .file("qa.yaml", &format!("promotion: {{to: qa, {there}}}"));
    assert_eq!(names(&setup), ["live", "qa", "staging"]);
}

#[test]
fn what_each_environment_waits_for_in_the_other_is_refused_because_nothing_could_ever_begin() {
    let proven = |name: &str| format!("require: {{proven: {{environment: {name}, within: 1d}}}}\n");
    let relay = "secrets: [{id: relay, env: SECRET, use: promotion}]";
    let both = |qa: &str, live: &str| Setup::new().file("qa.yaml", qa).file("live.yaml", live);
    expect![[r#"
        config/live.yaml: require.proven.environment: can never be met, because each waits for the one before: live -> qa -> live
        config/qa.yaml: require.proven.environment: can never be met, because each waits for the one before: qa -> qa"#]]
    .assert_eq(&[
        both(&proven("live"), &proven("qa")).problem(),
        both(&proven("qa"), "").problem(),
    ].join("\n"));
    both(&(proven("live") + relay), &proven("qa")).config();
}

#[test]
fn an_image_may_have_to_be_proven_in_all_or_in_any_of_several_environments_and_for_a_time() {
    let with = |proven: &str| {
        Setup::new()
            .file("qa.yaml", "aliases: [test]")
            .file("perf.yaml", "")
            .file("live.yaml", &format!("require: {{proven: {{{proven}, within: 30d}}}}"))
    };
    let read = |proven: &str| {
        let config = with(proven).config();
        config.environments[&named("live")].require.proven.as_ref().unwrap().to_string()
    };
    assert_eq!(
        ["environment: test", "all: [test, perf]", "any: [qa, perf], soak: 2h"].map(read),
        [
            "proven in qa within 30d",
            "proven in qa and perf within 30d",
            "proven in qa or perf within 30d, served 2h"
        ]
    );
    assert_eq!(names(&with("any: [qa, perf]")), ["perf", "qa", "live"]);
    expect![[r#"
        config/live.yaml: require.proven: must name one of `environment`, `all` and `any`; null takes one away
        config/live.yaml: require.proven: must name one of `environment`, `all` and `any`; null takes one away
        config/live.yaml: require.proven.all: must name an environment
        config/live.yaml: require.proven.all: names qa twice
        config/live.yaml: require.proven.any: unknown environment `stage`; known: perf, qa, live; where another boathook has it, list a secret with `use: promotion`
        config/live.yaml: require.proven.soak: must be shorter than `within`: no success would be young enough once it has served so long
        config/live.yaml: require.proven.any: names live itself"#]]
    .assert_eq(
        &[
            "soak: 2h",
            "environment: qa, all: [perf]",
            "all: []",
            "all: [qa, test]",
            "any: [qa, stage]",
            "all: [qa], soak: 30d",
            "any: [qa, live]",
        ]
        .map(|proven| with(proven).problem())
        .join("\n"),
    );
}

#[test]
fn environments_that_may_prove_each_other_are_fine_where_another_one_proves_both() {
    let with = |us: &str| {
        Setup::new()
            .file("qa.yaml", "promotion: {to: eu, when: automatic, namespace: eu, soak: 30d}")
            .file("eu.yaml", "require: {proven: {any: [qa, us], within: 60d}}")
            .file("us.yaml", &format!("require: {{proven: {us}}}"))
    };
    with("{any: [qa, eu], within: 60d}").config();
    expect!["config/qa.yaml: promotion.soak: must be shorter than `require.proven.within` of eu"]
        .assert_eq(
            &with("{environment: qa, within: 60d}")
                .file("eu.yaml", "require: {proven: {environment: qa, within: 30d}}")
                .problem(),
        );
}

#[test]
fn waves_name_each_target_of_this_boathook_once_and_none_that_would_wait_for_ever() {
    let with = |waves: &str, eu: &str| {
        let there = "url: 'https://hooks.example.com', secret: {id: relay, env: SECRET}";
        let qa = format!(
            "promotion: [{{to: eu, when: automatic, namespace: eu}}, {{to: us, when: automatic, \
             namespace: us, soak: 2h}}, {{to: ap, when: never, namespace: ap}}{}]\nwaves: {waves}",
            if waves.contains("far") {
                format!(", {{to: far, when: automatic, {there}}}")
            } else {
                String::new()
            },
        );
        Setup::new()
            .file("qa.yaml", &qa)
            .file("eu.yaml", eu)
            .file("us.yaml", "aliases: [america]")
            .file("ap.yaml", "")
    };
    let waves = &with("[[eu], [america]]", "").config().environments[&named("qa")].waves.clone();
    assert_eq!(waves.before(named("us")), [named("eu")]);
    assert_eq!(waves.before(named("eu")), []);
    assert_eq!(
        [named("eu"), named("us"), named("ap")].map(|to| waves.number(to)),
        [Some(1), Some(2), None]
    );
    expect![[r#"
        config/qa.yaml: waves: must name each target once, and us is in none
        config/qa.yaml: waves[1]: names us twice
        config/qa.yaml: waves[1]: names dev, to which `promotion` sends nothing
        config/qa.yaml: waves[1]: names ap, whose promotion says `when: never`: the next wave would wait for ever
        config/qa.yaml: waves[0]: must name an environment
        config/qa.yaml: waves[2]: names far, which another boathook has; its outcomes are not known here, so waves are for this boathook's own environments"#]]
    .assert_eq(
        &[
            "[[eu]]",
            "[[eu, us], [us]]",
            "[[eu], [dev]]",
            "[[eu], [ap, us]]",
            "[[], [eu, us]]",
            "[[eu], [us], [far]]",
        ]
        .map(|waves| with(waves, "").problem())
        .join("\n"),
    );
    expect!["config/qa.yaml: waves: can never be met, because each waits for the one before: eu -> us -> eu"]
        .assert_eq(
            &with("[[eu], [us]]", "require: {proven: {environment: us, within: 30d}}").problem(),
        );
}

#[test]
fn a_success_may_go_to_several_environments_and_each_only_once() {
    let with = |text: &str| {
        Setup::new().file("qa.yaml", text).file("eu.yaml", "aliases: [europe]").file("us.yaml", "")
    };
    let both = with(
        "promotion: [{to: us, when: automatic, namespace: us}, {to: eu, when: approval, namespace: eu}]",
    );
    let config = both.config();
    let targets: Vec<_> = config.environments[&named("qa")]
        .promotion
        .iter()
        .map(|next| next.to.to_string())
        .collect();
    assert_eq!(targets, ["us", "eu"]);
    assert_eq!(names(&both), ["qa", "eu", "us"]);
    assert_eq!(config.environments[&named("us")].promotion, []);
    expect![[r#"
        config/qa.yaml: promotion[1].to: is another promotion's too
        config/qa.yaml: promotion[1].to: has no file here; name the `url` of its boathook, or say `when: never`
        config/qa.yaml: promotion[0].when: missing, and it has no default
        config/qa.yaml: promotion: expected a promotion such as {to: staging, when: automatic}, or a list of them, found "us""#]]
    .assert_eq(&[
        "promotion: [{to: eu, when: automatic}, {to: europe, when: approval}]",
        "promotion: [{to: eu, when: automatic}, {to: asia, when: approval}]",
        "promotion: [{to: eu}]",
        "promotion: us",
    ].map(|text| with(text).problem()).join("\n"));
}

#[test]
fn two_environments_of_one_boathook_never_deploy_the_same_service_after_a_success() {
    let with = |promotion: &str| {
        Setup::new()
            .file(
                "qa.yaml",
                &format!("allow: {{namespaces: [qa], services: [a, b]}}\npromotion: {promotion}"),
            )
            .file("eu.yaml", "")
            .file("us.yaml", "")
    };
    expect![[r#"
        config/qa.yaml: promotion: eu must not deploy the same service as a success of this environment; name another `namespace` or `service_name`
        config/qa.yaml: promotion: eu must not deploy the same service as a success of this environment; name another `namespace` or `service_name`
        config/qa.yaml: promotion: us must not deploy the same service as a success of this environment; name another `namespace` or `service_name`
        config/qa.yaml: promotion: us must not deploy the same service as a success of eu; name another `namespace` or `service_name`
        config/qa.yaml: promotion: us must not deploy the same service as a success of eu; name another `namespace` or `service_name`"#]]
    .assert_eq(&[
        "{to: eu, when: automatic}",
        "{to: eu, when: automatic, namespace: qa}",
        "[{to: eu, when: automatic, namespace: eu}, {to: us, when: approval}]",
        "[{to: eu, when: approval, namespace: x}, {to: us, when: approval, namespace: x}]",
        "[{to: eu, when: approval, service_name: x}, {to: us, when: approval, namespace: qa, service_name: x}]",
    ].map(|promotion| with(promotion).problem()).join("\n"));
    let elsewhere = "url: 'https://hooks.example.com', secret: {id: relay, env: SECRET}";
    for promotion in [
        "{to: eu, when: automatic, namespace: eu}",
        "{to: eu, when: automatic, service_name: a}",
        "[{to: eu, when: automatic, namespace: eu}, {to: us, when: never}]",
        "[{to: eu, when: automatic, namespace: x}, {to: us, when: automatic, namespace: x, service_name: y}]",
        &format!("{{to: asia, when: automatic, {elsewhere}}}"),
    ] {
        with(promotion).config();
    }
}

#[test]
fn environments_come_in_the_order_of_promotion_and_then_by_name() {
    let setup = Setup::new()
        .file("z-first.yaml", "promotion: {to: middle, when: automatic, namespace: middle}")
        .file("middle.yaml", "promotion: {to: a-last, when: never}")
        .file("a-last.yaml", "")
        .file("b-alone.yaml", "")
        .file("also-last.yaml", "require: {proven: {environment: middle, within: 1d}}");
    assert_eq!(names(&setup), ["b-alone", "z-first", "middle", "a-last", "also-last"]);
}

/// Environments with one-letter names.
fn graph(all: &std::collections::BTreeSet<u8>, ways: &[(u8, u8)]) -> PromotionGraph {
    let name = |letter: &u8| named(&char::from(*letter).to_string());
    PromotionGraph::new(all.iter().map(name), ways.iter().map(|(from, to)| (name(from), name(to))))
}

proptest! {
    #[test]
    fn every_environment_comes_once_and_after_those_that_lead_to_it_unless_there_is_a_circle(
        all in btree_set(b'a'..=b'h', 0..8),
        ways in vec((b'a'..=b'h', b'a'..=b'h'), 0..12),
    ) {
        let graph = graph(&all, &ways);
        let order: Vec<u8> = graph.order().iter().map(|name| name.name().as_bytes()[0]).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, all.iter().copied().collect::<Vec<_>>());
        let place = |letter: &u8| order.iter().position(|other| other == letter);
        match graph.cycle() {
            None => {
                for (from, to) in &ways {
                    if let (Some(from), Some(to)) = (place(from), place(to)) {
                        prop_assert!(from < to, "{:?} of {:?}", order, ways);
                    }
                }
            }
            Some(circle) => {
                prop_assert_eq!(circle.first(), circle.last());
                for step in circle.windows(2) {
                    let way = (step[0].name().as_bytes()[0], step[1].name().as_bytes()[0]);
                    prop_assert!(circle.len() > 1 && ways.contains(&way), "{:?}", circle);
                }
            }
        }
    }
}
