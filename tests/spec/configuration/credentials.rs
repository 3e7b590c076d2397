//! Secrets that come from systemd: a reload names them, because only a restart gets newer ones.

use boathook::config::from_credentials;
use boathook_testing::setup::Setup;
use expect_test::expect;

const NOTIFY: &str = "[{name: team, slack: {url: {credential: slack}}, events: [rollback_failed]}, \
                      {name: pager, webhook: {url: {env: PAGER}, secret: {credential: pager}}, events: \
                      [rollback_failed]}]";
const STAGING: &str = "
secrets: [{id: ci, credential: ci}, {id: old, file: /etc/boathook/old}]
health: {headers: {X-Key: {credential: probe}, X-Other: {env: OTHER}}}
promotion: [{to: us, when: automatic, url: 'https://us.example.com', secret: {id: us, credential: us}}]
";

fn named(setup: Setup) -> String {
    let setup = setup
        .file("staging.yaml", STAGING)
        .file("production.yaml", "enabled: false\nsecrets: [{id: ci, credential: production}]")
        .variable("BOATHOOK__NOTIFY", NOTIFY);
    let named = from_credentials(&setup.config());
    named.iter().map(|secret| format!("{secret}\n")).collect()
}

#[test]
fn every_secret_that_systemd_gives_is_named_wherever_it_is_used() {
    let token = Setup::new().variable("BOATHOOK__SOURCES__GITHUB__TOKEN", "{credential: github}");
    expect![[r#"
        secret `ci` of staging
        secret `us` of staging
        the header X-Key for probes of staging
        sources.github.token
        the url of `team` in `notify`
        the secret of `pager` in `notify`
    "#]]
    .assert_eq(&named(token));
    let app = "{id: 1, installation: 2, key: {credential: app}}";
    let app = Setup::new().variable("BOATHOOK__SOURCES__GITHUB__APP", app);
    let named = named(app);
    assert!(named.contains("sources.github.app.key\n"), "{named}");
}
