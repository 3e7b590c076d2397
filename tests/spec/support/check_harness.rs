//! What `boathook check` asks where boathook connects by itself: a GitHub, an issuer and a relay of the
//! test's own. Holds no test.

use std::{fs, sync::Arc};

use boathook::{
    check::{CheckResult, Outbound, ways_in},
    config::Config,
    github::Credential,
    sources::relay::RelayTransport,
};
use boathook_core::clock::Clock;
use boathook_testing::{
    delivery::NOW,
    fake_issuer::FakeIssuer,
    github::{FakeGitHub, TOKEN},
};
use expect_test::Expect;

use crate::support::relay_channel::Channel;

pub const ISSUER: &str = "https://issuer.example";
pub const DEFAULT: &str = "
server: {listen: null}
sources: {github: {token: {env: TOKEN}}}
";
pub const DEVELOPMENT: &str = "
enabled: true
secrets: [{id: ci, env: SECRET}]
allow: {images: ['*'], namespaces: ['*'], services: ['*']}
github: {repositories: [acme/game]}
";

/// Where boathook connects; all is well, but for what a test breaks.
pub struct CheckHarness {
    pub github: FakeGitHub,
    pub issuer: Arc<FakeIssuer>,
    clock: Clock,
}

impl CheckHarness {
    pub fn new() -> Self {
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let github = FakeGitHub::new(clock.clone());
        github.repository("acme/game");
        Self { github, issuer: FakeIssuer::new(ISSUER), clock }
    }

    pub async fn found(
        &self,
        config: &Config,
        credential: Credential,
        relay: impl RelayTransport + 'static,
    ) -> Vec<CheckResult> {
        let outbound = Outbound {
            github: Arc::new(self.github.clone()),
            relays: Arc::new(relay),
            documents: self.issuer.fetch(),
        };
        ways_in(config, Some(&credential), &outbound, &self.clock).await
    }

    /// What a check reports with the usual token.
    pub async fn reports(&self, expected: Expect) {
        self.reports_with(Credential::Token(TOKEN.to_owned()), expected).await;
    }

    pub async fn reports_with(&self, credential: Credential, expected: Expect) {
        let config = config(DEFAULT, DEVELOPMENT);
        expected.assert_eq(&lines(&self.found(&config, credential, Channel::default()).await));
    }
}

pub fn config(default: &str, development: &str) -> Config {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("default.yaml"), default).unwrap();
    fs::write(directory.path().join("development.yaml"), development).unwrap();
    Config::load(directory.path(), []).unwrap()
}

/// Findings, each with its fix.
pub fn lines(found: &[CheckResult]) -> String {
    let line = |one: &CheckResult| {
        let fix = one.fix.as_ref().map(|fix| format!("  -> {fix}\n")).unwrap_or_default();
        format!("{:?} {}: {}\n{fix}", one.severity, one.check, one.seen)
    };
    found.iter().map(line).collect()
}
