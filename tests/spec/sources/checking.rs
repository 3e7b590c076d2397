//! What `boathook check` says of the ways in that boathook opens itself: what GitHub, relays and
//! issuers answer, and what fixes it.

use std::{fs, sync::Arc};

use boathook::{
    check::{CheckResult, Outbound, no_way_in, ways_in},
    config::Config,
    github::Credential,
};
use boathook_core::clock::Clock;
use boathook_testing::{
    fake_issuer::{FakeIssuer, Mood},
    github::{FakeGitHub, Fault, TOKEN, app_credential},
    harness::NOW,
};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::relay_channel::{
    Channel,
    Connection::{Cut, Refused},
};

const ISSUER: &str = "https://issuer.example";
const DEFAULT: &str = "
server: {listen: null}
sources: {github: {token: {env: TOKEN}}}
";
const DEVELOPMENT: &str = "
enabled: true
secrets: [{id: ci, env: SECRET}]
allow: {images: ['*'], namespaces: ['*'], services: ['*']}
github: {repositories: [acme/game]}
";

/// A world in which all is well, but for what a test breaks.
struct World {
    github: FakeGitHub,
    issuer: Arc<FakeIssuer>,
    clock: Clock,
}

impl World {
    fn new() -> Self {
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let github = FakeGitHub::new(clock.clone());
        github.repository("acme/game");
        Self { github, issuer: FakeIssuer::new(ISSUER), clock }
    }

    async fn found(
        &self,
        config: &Config,
        credential: Credential,
        relay: Channel,
    ) -> Vec<CheckResult> {
        let outbound = Outbound {
            github: Arc::new(self.github.clone()),
            relays: Arc::new(relay),
            documents: self.issuer.fetch(),
        };
        ways_in(config, Some(&credential), &outbound, &self.clock).await
    }

    /// What a check says with the token.
    async fn says(&self, expected: Expect) {
        self.says_with(Credential::Token(TOKEN.to_owned()), expected).await;
    }

    async fn says_with(&self, credential: Credential, expected: Expect) {
        let config = config(DEFAULT, DEVELOPMENT);
        expected.assert_eq(&lines(&self.found(&config, credential, Channel::default()).await));
    }
}

fn config(default: &str, development: &str) -> Config {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("default.yaml"), default).unwrap();
    fs::write(directory.path().join("development.yaml"), development).unwrap();
    Config::load(directory.path(), []).unwrap()
}

fn lines(found: &[CheckResult]) -> String {
    let line = |one: &CheckResult| {
        let fix = one.fix.as_ref().map(|fix| format!("  -> {fix}\n")).unwrap_or_default();
        format!("{:?} {}: {}\n{fix}", one.severity, one.check, one.seen)
    };
    found.iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn a_credential_and_what_it_may_do_are_reported_as_far_as_github_says() {
    let world = World::new();
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is
    "#]]).await;
    world.github.forbid_push();
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 4998 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Warning github: acme/game: statuses cannot be written: the token's user may not write to the repository
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
    "#]]).await;
    world.github.be_classic("workflow, repo_deployment");
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (scopes: workflow, repo_deployment)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 4996 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Warning github: acme/game: statuses cannot be written: the token's user may not write to the repository
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
    "#]]).await;
    let world = World::new();
    world.github.be_classic("repo");
    world
        .says(expect![[r#"
        Ok github: https://api.github.com takes the token (scopes: repo)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Ok github: acme/game: deployments can be read, and statuses written
    "#]])
        .await;
    world.github.be_classic("");
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (no scope)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 4998 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Warning github: acme/game: statuses cannot be written: the token lacks the scope `repo_deployment`
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn an_app_says_itself_what_its_installation_may_do() {
    let world = World::new();
    for permission in [Some("write"), Some("read"), None] {
        world.github.set_app_permission(permission);
        let expected = match permission {
            Some("write") => expect![[r#"
                Ok github: https://api.github.com takes the app (deployments: write)
                Ok clock: this machine and GitHub agree on the time
                Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
                Ok github: acme/game: deployments can be read, and statuses written
            "#]],
            Some(_) => expect![[r#"
                Ok github: https://api.github.com takes the app (deployments: read)
                Ok clock: this machine and GitHub agree on the time
                Ok github: 4998 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
                Warning github: acme/game: statuses cannot be written: the app's permission "Deployments" is `read`
                  -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
            "#]],
            None => expect![[r#"
                Ok github: https://api.github.com takes the app (no permission for deployments)
                Ok clock: this machine and GitHub agree on the time
                Ok github: 4996 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
                Warning github: acme/game: statuses cannot be written: the app lacks the permission "Deployments"
                  -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
            "#]],
        };
        world.says_with(app_credential(), expected).await;
    }
    world.github.break_at("/app/installations", Fault::Status(404));
    world.says_with(app_credential(), expect![[r#""#]]).await;
}

#[tokio::test(start_paused = true)]
async fn without_statuses_nothing_is_asked_of_the_right_to_write_them() {
    let world = World::new();
    world.github.be_classic("");
    let settings = DEVELOPMENT.replace("[acme/game]", "[acme/game], statuses: false");
    let credential = Credential::Token(TOKEN.to_owned());
    let found = world.found(&config(DEFAULT, &settings), credential, Channel::default()).await;
    expect![[r#"
        Ok github: https://api.github.com takes the token (no scope)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Ok github: acme/game: deployments can be read
    "#]]
    .assert_eq(&lines(&found));
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_github_does_not_take_and_a_github_that_is_away_are_told_apart() {
    let world = World::new();
    world.github.revoke();
    world.says(expect![[r#"
        Error github: https://api.github.com: GitHub does not know the credential (401); it may have expired: make a new one and name it in `sources.github`
          -> make a new fine-grained token for these repositories with the permission "Deployments" (read and write), and write it where sources.github.token points; of an app, compare sources.github.app with the app's settings on GitHub; then boathook reload, or a restart where it is a credential of systemd
        Ok clock: this machine and GitHub agree on the time
    "#]]).await;
    let faults = [
        (
            Fault::Away,
            expect![[r#"
            Error github: https://api.github.com: failed to ask GitHub: it cannot be reached: it is away
              -> curl -sI https://api.github.com/rate_limit; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook)
        "#]],
        ),
        (
            Fault::Status(502),
            expect![[r#"
            Warning github: https://api.github.com: GitHub is in trouble (502)
              -> see the status page of GitHub, or of the Enterprise Server
            Ok clock: this machine and GitHub agree on the time
        "#]],
        ),
        (
            Fault::Secondary(Some(90)),
            expect![[r#"
            Warning github: https://api.github.com: GitHub grants no more requests for 90 s
              -> give boathook a token of its own, which nothing else uses; or a longer sources.github.interval
            Ok clock: this machine and GitHub agree on the time
        "#]],
        ),
    ];
    for (fault, expected) in faults {
        let world = World::new();
        world.github.break_at("/", fault);
        world.says(expected).await;
    }
    let world = World::new();
    world.github.break_at("/rate_limit", Fault::Status(404));
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn few_requests_that_are_left_and_a_clock_that_is_wrong_are_warnings() {
    let world = World::new();
    world.github.set_remaining(400);
    world.github.set_ahead(SignedDuration::from_secs(40));
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Warning clock: this machine's clock is 40 s behind GitHub's
          -> timedatectl set-ntp true; timedatectl timesync-status
        Warning github: 400 of 5000 requests an hour are left until 2026-08-01T10:20:00Z
          -> give boathook a token of its own, which nothing else uses; or a longer sources.github.interval
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is
    "#]]).await;
    assert_eq!(world.github.take_log().len(), 3, "a check costs two requests for a repository");
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_cannot_be_read_or_has_another_name_is_reported_with_the_new_one() {
    let world = World::new();
    world.github.rename("acme/game", "acme/game-2048");
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is
        Warning github: acme/game is called acme/game-2048 now
          -> write acme/game-2048 in place of acme/game under github.repositories of development
    "#]]).await;
    world.github.break_at("/repos/acme/game/deployments", Fault::Status(403));
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 4997 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Error github: acme/game: deployments cannot be read: GitHub forbids it (403): It is broken; give the credential the permission "Deployments" (read and write)
          -> give the credential the permission "Deployments" (read and write) for acme/game; or correct its name under github.repositories of development
    "#]]).await;
    world.github.mend();
    world.github.remove("acme/game-2048");
    world.says(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 4997 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Error github: acme/game: deployments cannot be read: GitHub has no /repos/acme/game/deployments here, or the credential may not see it (404)
          -> give the credential the permission "Deployments" (read and write) for acme/game; or correct its name under github.repositories of development
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn relays_and_issuers_are_asked_too_and_no_channel_is_shown() {
    let default = format!(
        "{DEFAULT}\nidentity: [{{name: ci, issuer: '{ISSUER}', audience: 'https://hooks.example.com'}}]"
    );
    let relay = "relays: [{name: ours, kind: smee, url: 'https://relay.example/a-secret-channel'}], github:";
    let config = config(
        &default.replace("github:", relay),
        "enabled: true\nsecrets: [{id: ci, env: SECRET}]",
    );
    let found = async |world: &World, connection| {
        let credential = Credential::Token(TOKEN.to_owned());
        let found = world.found(&config, credential, Channel::of([connection])).await;
        let is_of_others = |one: &&CheckResult| !matches!(one.check, "github" | "clock");
        let found: Vec<_> = found.iter().filter(is_of_others).cloned().collect();
        let text = lines(&found);
        assert!(!text.contains("a-secret-channel"), "{text}");
        text
    };
    let world = World::new();
    expect![[r#"
        Ok relay: `ours` at relay.example answers with events
        Ok identity: `ci`: https://issuer.example publishes usable keys (1)
    "#]]
    .assert_eq(&found(&world, Cut(String::new())).await);
    world.issuer.set(Mood::Silent);
    expect![[r#"
        Error relay: `ours` at relay.example: it did not answer with server-sent events; is `url` that of a channel?
          -> correct url and kind of `ours` under sources.relays in default.yaml: url is what senders post to
        Error identity: `ci`: nothing was answered within 10 s
          -> curl -s https://issuer.example/.well-known/openid-configuration; then see DNS and the firewall
    "#]].assert_eq(&found(&world, Refused).await);
    world.issuer.set(Mood::Another);
    expect![[r#"
        Error relay: `ours` at relay.example: it did not answer with server-sent events; is `url` that of a channel?
          -> correct url and kind of `ours` under sources.relays in default.yaml: url is what senders post to
        Error identity: `ci`: https://issuer.example/.well-known/openid-configuration is the discovery document of another issuer
          -> correct `issuer` of `ci` under identity in default.yaml to what its tokens say (`iss`), or name the address of its keys in `jwks`
    "#]].assert_eq(&found(&world, Refused).await);
    world.issuer.set(Mood::Answers);
    world.issuer.rotate(Vec::new());
    expect![[r#"
        Ok relay: `ours` at relay.example answers with events
        Error identity: `ci`: https://issuer.example/keys cannot be used: none of its keys is for RS256 or ES256 signatures and has a `kid`
          -> boathook verifies RS256 and ES256: have the issuer of `ci` sign with one of them
    "#]].assert_eq(&found(&world, Cut(String::new())).await);
}

#[test]
fn where_nothing_can_arrive_there_is_a_warning() {
    let severity = |default: &str, development: &str| {
        no_way_in(&config(default, development)).map(|found| lines(&[found]))
    };
    let closed = "server: {listen: null}";
    let plain = "enabled: true\nsecrets: [{id: ci, env: SECRET}]";
    expect![[r#"
        Warning exposure: there is neither a public listener (server.listen: null) nor a source
          -> name repositories under github.repositories in an environment's file, with sources.github.token in default.yaml; or a relay under sources.relays; or an address in server.listen
    "#]].assert_eq(&severity(closed, plain).unwrap());
    assert!(severity(DEFAULT, plain).is_some(), "nobody names a repository");
    let relay = format!(
        "{closed}\nsources: {{relays: {}}}",
        json!([{"name": "ours", "kind": "smee", "url": "https://relay.example/abc"}])
    );
    for (default, development) in [(DEFAULT, DEVELOPMENT), (&relay, plain), ("{}", plain)] {
        assert_eq!(severity(default, development), None, "{default}");
    }
}
