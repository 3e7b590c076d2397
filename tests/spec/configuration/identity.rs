//! Settings of identities: which issuers there are, and what an environment must ask of a token.

use boathook_core::deployment::Environment;
use boathook_testing::{setup::Setup, shipped::Shipped as _};
use expect_test::expect;

const ISSUERS: &str = "
identity:
  - {name: github, issuer: 'https://token.actions.githubusercontent.com', audience: 'https://hooks.example.com'}
  - {name: gitlab, issuer: 'https://gitlab.com', audience: 'https://hooks.example.com', binds_body: false, max_lifetime: 2h}
";

fn with(issuers: &str, environment: &str) -> Setup {
    Setup::new().file("default.yaml", issuers).file("staging.yaml", environment)
}

fn rule(text: &str) -> Setup {
    with(ISSUERS, &format!("secrets: []\nidentity: [{text}]"))
}

#[test]
fn an_environment_names_the_claims_that_it_requires() {
    let setup = rule(
        "{issuer: github, require: {repository_id: '74', ref: refs/heads/*}, instead_of_hmac: true}",
    );
    let config = setup.config();
    assert_eq!(config.identity[1].max_lifetime.as_secs(), 7200);
    let staging = &config.environments[&Environment::STAGING];
    assert!(staging.identity[0].require["ref"].matches("refs/heads/main"));
    // It needs no secret then.
    assert_eq!(setup.secrets(), Ok(Vec::new()));
}

#[test]
fn a_token_beside_a_signature_still_needs_a_secret() {
    let why = rule("{issuer: gitlab, require: {project_id: '12'}}").secrets().unwrap_err();
    assert!(why.starts_with("staging has no secret"), "{why}");
}

#[test]
fn a_rule_that_lets_everyone_in_or_a_token_stand_alone_that_binds_no_body_is_refused() {
    let rules = [
        "{issuer: github, require: {}}",
        "{issuer: github, require: {ref: refs/heads/main}}",
        "{issuer: github, require: {repository: '*/game'}}",
        "{issuer: github, require: {repository_id: '*'}}",
        "{issuer: github, require: {repository_owner: acme}}",
        "{issuer: github, require: {repository_id: 74}}",
        "{issuer: gitlab, require: {project_path: acme/game}, instead_of_hmac: true}",
        "{issuer: forgejo, require: {repository: acme/game}}",
    ]
    .map(|text| rule(text).problem());
    expect![[r#"
        config/staging.yaml: identity[0].require: must say whose tokens are meant: a `repository_id` or `project_id`, or a `repository` or `project_path` such as acme/game or acme/*; everyone can get tokens of a public issuer
        config/staging.yaml: identity[0].require: must say whose tokens are meant: a `repository_id` or `project_id`, or a `repository` or `project_path` such as acme/game or acme/*; everyone can get tokens of a public issuer
        config/staging.yaml: identity[0].require: must say whose tokens are meant: a `repository_id` or `project_id`, or a `repository` or `project_path` such as acme/game or acme/*; everyone can get tokens of a public issuer
        config/staging.yaml: identity[0].require: must say whose tokens are meant: a `repository_id` or `project_id`, or a `repository` or `project_path` such as acme/game or acme/*; everyone can get tokens of a public issuer
        config/staging.yaml: identity[0].require: must say whose tokens are meant: a `repository_id` or `project_id`, or a `repository` or `project_path` such as acme/game or acme/*; everyone can get tokens of a public issuer
        config/staging.yaml: identity[0].require.repository_id: expected a name or pattern such as "ghcr.io/*/game-2048" (`*` never crosses a `/`), found the number 74
        config/staging.yaml: identity[0].instead_of_hmac: a token of `gitlab` says nothing about the body (`binds_body: false`), so it is accepted only beside a signature
        config/staging.yaml: identity[0].issuer: `forgejo` is none of the issuers in `identity` of default.yaml"#]].assert_eq(&rules.join("\n"));
}

#[test]
fn an_issuer_is_known_by_an_address_that_nobody_can_stand_in_for() {
    let issuers = [
        "{name: A, issuer: 'https://a.example', audience: a}",
        "{name: a, issuer: 'http://a.example', audience: a}",
        "{name: a, issuer: 'https://a.example', audience: 'a?b'}",
        "{name: a, issuer: 'https://a.example', audience: a, jwks: 'http://a.example/keys'}",
        "{name: a, issuer: 'https://a.example', audience: a, max_lifetime: 25h}",
        "{name: a, issuer: 'https://a.example', audience: a}, {name: b, issuer: 'https://a.example', audience: b}",
    ]
    .map(|text| with(&format!("identity: [{text}]"), "").problem());
    expect![[r#"
        config/default.yaml: identity[0].name: must be 1 to 40 of a-z, 0-9 and -
        config/default.yaml: identity[0].issuer: must be an https:// address (http:// only of this machine, for tests)
        config/default.yaml: identity[0].audience: must be the text that tokens name this boathook by, such as its public address, without spaces and `?`
        config/default.yaml: identity[0].jwks: must be an https:// address (http:// only of this machine, for tests)
        config/default.yaml: identity[0].max_lifetime: must be at most 24h
        config/default.yaml: identity[1].issuer: is in the list already"#]].assert_eq(&issuers.join("\n"));
    assert!(
        with("identity: [{name: a, issuer: 'http://127.0.0.1:9', audience: a}]", "").load().is_ok()
    );
}
