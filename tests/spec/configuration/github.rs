//! What environments may have to do with GitHub.

use boathook::config::Config;
use boathook_core::deployment::{Environment, Repository};
use boathook_testing::{setup::Setup, shipped::Shipped as _};
use expect_test::expect;

const TOKEN: &str = "{credential: github}";

/// With a token, and these settings of development.
fn setup(development: &str) -> Setup {
    Setup::new()
        .variable("BOATHOOK__SOURCES__GITHUB__TOKEN", TOKEN)
        .file("development.yaml", development)
}

fn takes(config: &Config, repository: &str, environment: &str) -> Vec<Environment> {
    let repository = Repository::parse(repository).unwrap();
    let all = config.environments.iter();
    let taking = all.filter(|(own, settings)| {
        settings.github.takes(**own, &settings.aliases, &repository, environment)
    });
    taking.map(|(own, _)| *own).collect()
}

#[test]
fn as_delivered_github_is_not_asked_and_unsigned_deployments_are_not_believed() {
    let config = Setup::new().file("development.yaml", "").config();
    assert!(!config.sources.github.is_on());
    assert_eq!(takes(&config, "acme/game", "development"), []);
    let github = &config.environments[&Environment::DEVELOPMENT].github;
    assert_eq!(github.trust, boathook::config::Trust::Signed);
}

#[test]
fn a_deployment_is_for_the_environment_of_its_name_its_alias_or_githubs_own_name_for_it() {
    let config = setup("{aliases: [dev], github: {repositories: [acme/game]}}")
        .file("staging.yaml", "github: {repositories: [acme/game], environment: Staging (EU)}")
        .config();
    assert_eq!(takes(&config, "Acme/Game", "DEV"), [Environment::DEVELOPMENT]);
    assert_eq!(takes(&config, "acme/game", "development"), [Environment::DEVELOPMENT]);
    assert_eq!(takes(&config, "acme/game", "staging (eu)"), [Environment::STAGING]);
    assert_eq!(takes(&config, "acme/game", "staging"), []);
    assert_eq!(takes(&config, "acme/other", "dev"), []);
}

#[test]
fn what_cannot_work_with_github_is_refused_with_the_fix() {
    let problems = [
        Setup::new()
            .file("default.yaml", "server: {listen: null}")
            .file("development.yaml", "github: {repositories: [acme/game]}"),
        setup("github: {repositories: [game]}"),
        setup("github: {repositories: [acme/..]}"),
        setup("github: {repositories: [acme/game, ACME/game]}"),
        setup("github: {repositories: [acme/game]}")
            .file("qa.yaml", "github: {repositories: [acme/game], environment: development}"),
        setup("github: {repositories: [acme/game], environment: qa}")
            .file("staging.yaml", "{aliases: [qa], github: {repositories: [acme/game]}}"),
        setup("github: {trust: github}"),
        setup("").variable("BOATHOOK__SOURCES__GITHUB__API", "http://github.example.com/api/v3"),
        setup("").variable(
            "BOATHOOK__SOURCES__GITHUB__APP",
            "{id: 1, installation: 2, key: {credential: app}}",
        ),
        setup("").variable("BOATHOOK__SOURCES__GITHUB__INTERVAL", "100ms"),
    ];
    let problems: Vec<String> = problems.iter().map(Setup::problem).collect();
    expect![[r#"
        config/development.yaml: github.repositories: need `sources.github.token` or `app` in default.yaml: without `server.listen`, GitHub can push nothing, and boathook has to ask it
        config/development.yaml: github.repositories[0]: `game` names no repository; write owner/name, such as acme/game
        config/development.yaml: github.repositories[0]: `acme/..` names no repository; write owner/name, such as acme/game
        config/development.yaml: github.repositories: names a repository twice
        config/qa.yaml: github.environment: `development` of acme/game is development already; give each its own name
        config/staging.yaml: github.environment: `qa` of acme/game is development already; give each its own name
        config/default.yaml: defaults.github.unsigned.image: must be an image with {sha} in it, such as "ghcr.io/{repository}:{sha}"
        BOATHOOK__SOURCES__GITHUB__API: sources.github.api: must begin with https:// and not end with /: it is sent the token
        config/default.yaml: sources.github.app: takes the place of `token`; name one of the two
        BOATHOOK__SOURCES__GITHUB__INTERVAL: sources.github.interval: must be 1s or more"#]].assert_eq(&problems.join("\n"));
}

#[test]
fn the_token_goes_to_no_address_that_only_looks_like_this_machine() {
    let api = |url: &str| {
        let setup = setup("").variable("BOATHOOK__SOURCES__GITHUB__API", url);
        setup.load().is_ok()
    };
    for url in ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080/api/v3"] {
        assert!(api(url), "{url}");
    }
    for url in ["http://127.0.0.1:x@evil.example", "http://127.0.0.1.evil.example:80"] {
        assert!(!api(url), "{url}");
    }
}

/// A rule for a package, with some of it replaced.
fn package(replaced: &str, by: &str) -> String {
    let rule = "{image: ghcr.io/acme/game, repository: acme/game, tags: [\"v*\"], namespace: shop, service: game}";
    assert!(rule.contains(replaced));
    rule.replacen(replaced, by, 1)
}

/// These settings of development, which may deploy the package's image, and rules for packages.
fn packages(settings: &str, rules: &[String]) -> Setup {
    let allow = "allow: {images: [ghcr.io/acme/game], namespaces: [shop], services: [game]}";
    let rules = rules.join(", ");
    Setup::new().file(
        "development.yaml",
        &format!("{{{allow}, {settings} github: {{packages: [{rules}]}}}}"),
    )
}

#[test]
fn what_github_pushes_needs_no_token() {
    let config = packages("", &[package("", "")]).config();
    assert!(!config.sources.github.is_on());
    assert_eq!(config.environments[&Environment::DEVELOPMENT].github.packages.len(), 1);
    let config =
        Setup::new().file("development.yaml", "github: {repositories: [acme/game]}").config();
    assert_eq!(takes(&config, "acme/game", "development"), [Environment::DEVELOPMENT]);
}

#[test]
fn of_several_rules_for_one_package_each_can_take_something() {
    let canary = package("[\"v*\"]", "[canary]");
    let other = package("acme/game, tags", "acme/fork, tags");
    let all = packages("", &[package("", ""), canary, other]).config();
    assert_eq!(all.environments[&Environment::DEVELOPMENT].github.packages.len(), 3);
}

#[test]
fn a_rule_for_packages_that_can_deploy_nothing_is_refused_with_the_fix() {
    let one = |replaced, by| packages("", &[package(replaced, by)]);
    let problems = [
        one("ghcr.io/acme/game", "ghcr.io/acme/game:v1"),
        one("ghcr.io/acme/game", "acme/game"),
        one("ghcr.io/acme/game", "\"ghcr.io/*/game\""),
        one("repository: acme/game", "repository: game"),
        one(", repository: acme/game", ""),
        one("[\"v*\"]", "[]"),
        one("[\"v*\"]", "[\"refs/tags/v*\"]"),
        one("[\"v*\"]", "[\"sha256-*\"]"),
        one("ghcr.io/acme/game", "GHCR.io/acme/game"),
        one("service: game", "service: game, branch: main"),
        one("ghcr.io/acme/game", "ghcr.io/acme/other"),
        one("namespace: shop", "namespace: other"),
        one("service: game", "service: other"),
        packages("", &[package("\"v*\"", "\"*\""), package("", "")]),
        packages("", &[package("", ""), package("acme/game, tags", "Acme/Game, tags")]),
        packages("require: {confirmation: DEPLOY},", &[package("", "")]),
        packages(
            "identity: [{issuer: github, require: {repository: acme/game}}],",
            &[package("", "")],
        ),
        packages("", &[package("", "")]).file("default.yaml", "server: {listen: null}"),
    ];
    let problems: Vec<String> = problems.iter().map(Setup::problem).collect();
    expect![[r#"
        config/development.yaml: github.packages[0].image: expected a package with its registry, in lower case, without tag and digest, such as "ghcr.io/acme/game", found "ghcr.io/acme/game:v1"
        config/development.yaml: github.packages[0].image: expected a package with its registry, in lower case, without tag and digest, such as "ghcr.io/acme/game", found "acme/game"
        config/development.yaml: github.packages[0].image: expected a package with its registry, in lower case, without tag and digest, such as "ghcr.io/acme/game", found "ghcr.io/*/game"
        config/development.yaml: github.packages[0].repository: `game` names no repository; write owner/name, such as acme/game
        config/development.yaml: github.packages[0].repository: missing, and it has no default
        config/development.yaml: github.packages[0].tags: must name the tags that deploy, such as ["v*"]
        config/development.yaml: github.packages[0].tags: `refs/tags/v*` can match no tag of an image
        config/development.yaml: github.packages[0].tags: `sha256-*` can match no tag of an image
        config/development.yaml: github.packages[0].image: expected a package with its registry, in lower case, without tag and digest, such as "ghcr.io/acme/game", found "GHCR.io/acme/game"
        config/development.yaml: github.packages[0].branch: unknown key; known here: image, repository, tags, namespace, service
        config/development.yaml: github.packages[0].image: matches no pattern of `allow.images`, so nothing of it would be deployed; list it there too
        config/development.yaml: github.packages[0].namespace: is not in `allow.namespaces`, so nothing would be deployed there; list it there too
        config/development.yaml: github.packages[0].service: is not in `allow.services`, so it would never be deployed; list it there too
        config/development.yaml: github.packages[1].tags: are all taken by a rule before this one; a package goes to the first rule that takes it
        config/development.yaml: github.packages[1].tags: are all taken by a rule before this one; a package goes to the first rule that takes it
        config/development.yaml: github.packages: deploys nothing where `require.confirmation` asks for a word: a package carries none; remove one of the two
        config/development.yaml: github.packages: deploys nothing where `identity` asks for a token: GitHub's webhooks carry none; remove one of the two
        config/development.yaml: github.packages: come by GitHub's webhook alone: give `server.listen` in default.yaml an address that GitHub reaches"#]].assert_eq(&problems.join("\n"));
}
