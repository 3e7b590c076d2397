//! What `boathook check` says of GitHub: what it takes, what a credential may do as far as GitHub
//! says, and what fixes it.

use boathook::github::Credential;
use boathook_testing::github::{CLASSIC_TOKEN, Fault, TOKEN, app_credential};
use expect_test::expect;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{
    check_harness::{CheckHarness, DEFAULT, DEVELOPMENT, config, lines},
    relay_channel::Channel,
};

fn classic() -> Credential {
    Credential::Token(CLASSIC_TOKEN.to_owned())
}

/// What is said of the repository, for each of these credentials.
async fn of_repository(harness: &CheckHarness, credentials: &[Credential]) -> String {
    let config = config(DEFAULT, DEVELOPMENT);
    let mut said = String::new();
    for credential in credentials {
        let found = harness.found(&config, credential.clone(), Channel::default()).await;
        let found: Vec<_> =
            found.into_iter().filter(|one| one.seen.starts_with("acme/game")).collect();
        said += &lines(&found);
    }
    said
}

#[tokio::test(start_paused = true)]
async fn a_fine_grained_token_is_reported_as_far_as_github_says() {
    let harness = CheckHarness::new();
    harness.reports(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub does not name the permissions of such a token)
    "#]]).await;
    // A header that such a token may have says nothing of it.
    harness.github.set_scopes("");
    harness.github.forbid_push();
    harness.reports(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 4998 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Warning github: acme/game: statuses cannot be written: the token's user may not write to it
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_classic_token_needs_a_scope_and_a_user_who_may_write() {
    let harness = CheckHarness::new();
    for (scopes, expected) in [
        (
            "workflow, repo_deployment",
            expect![[r#"
            Ok github: https://api.github.com takes the token (scopes: workflow, repo_deployment)
            Ok clock: this machine and GitHub agree on the time
            Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
            Ok github: acme/game: deployments can be read, and statuses written
        "#]],
        ),
        (
            "public_repo",
            expect![[r#"
            Ok github: https://api.github.com takes the token (scopes: public_repo)
            Ok clock: this machine and GitHub agree on the time
            Ok github: 4998 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
            Warning github: acme/game: statuses cannot be written: the token lacks the scope `repo_deployment`
              -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
        "#]],
        ),
        (
            "",
            expect![[r#"
            Ok github: https://api.github.com takes the token (no scope)
            Ok clock: this machine and GitHub agree on the time
            Ok github: 4996 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
            Warning github: acme/game: statuses cannot be written: the token lacks the scope `repo_deployment`
              -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
        "#]],
        ),
    ] {
        harness.github.set_scopes(scopes);
        harness.reports_with(classic(), expected).await;
    }
    harness.github.set_scopes("public_repo");
    harness.github.show_of_repositories("private", json!(false));
    expect![[r#"
        Ok github: acme/game: deployments can be read, and statuses written
    "#]]
    .assert_eq(&of_repository(&harness, &[classic()]).await);
    harness.github.forbid_push();
    expect![[r#"
        Warning github: acme/game: statuses cannot be written: the token's user may not write to it
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
    "#]].assert_eq(&of_repository(&harness, &[classic()]).await);
}

#[tokio::test(start_paused = true)]
async fn an_app_says_itself_what_its_installation_may_do() {
    let harness = CheckHarness::new();
    harness
        .reports_with(
            app_credential(),
            expect![[r#"
        Ok github: https://api.github.com takes the app (deployments: write)
        Ok clock: this machine and GitHub agree on the time
        Ok github: 5000 of 5000 requests an hour are left until 2026-08-01T11:00:00Z
        Ok github: acme/game: deployments can be read, and statuses written
    "#]],
        )
        .await;
    let mut said = String::new();
    for permission in [Some("read"), None] {
        harness.github.set_app_permission(permission);
        said += &of_repository(&harness, &[app_credential()]).await;
    }
    expect![[r#"
        Warning github: acme/game: statuses cannot be written: the app's permission "Deployments" is `read`
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
        Warning github: acme/game: statuses cannot be written: the app lacks the permission "Deployments"
          -> give the credential the permission "Deployments" (read and write) for acme/game; or github: {statuses: false} in the files of development
    "#]].assert_eq(&said);
    harness.github.set_app_permission(Some("write"));
    harness.github.show_of_repositories("private", json!(false));
    expect![[r#"
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (it is public, so the app need not be installed there)
    "#]].assert_eq(&of_repository(&harness, &[app_credential()]).await);
}

#[tokio::test(start_paused = true)]
async fn an_app_that_github_does_not_know_or_does_not_let_in_is_reported() {
    let harness = CheckHarness::new();
    harness.github.break_at("/app/installations", Fault::Status(404));
    harness.reports_with(app_credential(), expect![[r#"
        Error github: https://api.github.com: GitHub has no installation of the GitHub App here, or the credential may not see it (404)
          -> correct sources.github.app.installation, or install the app where the repositories are; then boathook reload
        Ok clock: this machine and GitHub agree on the time
    "#]]).await;
    harness.github.mend();
    harness.github.break_at("/app/installations", Fault::Status(403));
    harness.reports_with(app_credential(), expect![[r#"
        Error github: https://api.github.com: GitHub forbids it (403): It is broken; give the credential the permission "Deployments" (read and write)
          -> make a new fine-grained token for these repositories with the permission "Deployments" (read and write), and write it where sources.github.token points; of an app, compare sources.github.app with the app's settings on GitHub; then boathook reload, or a restart where it is a credential of systemd
        Ok clock: this machine and GitHub agree on the time
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn what_github_does_not_show_is_not_concluded() {
    let harness = CheckHarness::new();
    harness.github.set_scopes("repo_deployment");
    harness.github.hide_repository("acme/game");
    expect![[r#"
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub has no /repos/acme/game here, or the credential may not see it (404))
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub has no /repos/acme/game here, or the credential may not see it (404))
    "#]].assert_eq(&of_repository(&harness, &[classic(), app_credential()]).await);
}

#[tokio::test(start_paused = true)]
async fn an_archived_repository_takes_no_status() {
    let harness = CheckHarness::new();
    harness.github.set_scopes("repo");
    harness.github.show_of_repositories("archived", json!(true));
    expect![[r#"
        Warning github: acme/game is archived
          -> unarchive it, or take it out of github.repositories of development
        Warning github: acme/game is archived
          -> unarchive it, or take it out of github.repositories of development
    "#]]
    .assert_eq(&of_repository(&harness, &[classic(), app_credential()]).await);
}

#[tokio::test(start_paused = true)]
async fn without_statuses_nothing_is_asked_of_the_right_to_write_them() {
    let harness = CheckHarness::new();
    let settings = DEVELOPMENT.replace("[acme/game]", "[acme/game], statuses: false");
    let found = harness.found(&config(DEFAULT, &settings), classic(), Channel::default()).await;
    assert!(lines(&found).ends_with("Ok github: acme/game: deployments can be read\n"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_github_does_not_take_or_that_ends_soon_is_reported() {
    let harness = CheckHarness::new();
    for (end, is_soon) in [
        ("2026-08-05 12:00:00 UTC", true),
        ("2026-08-05 12:00:00 -0700", true),
        ("2027-01-31 12:00:00 UTC", false),
        ("next week", false),
    ] {
        harness.github.set_token_end(end);
        let token = Credential::Token(TOKEN.to_owned());
        let found = harness.found(&config(DEFAULT, DEVELOPMENT), token, Channel::default()).await;
        let said = lines(&found);
        assert_eq!(
            said.contains("Warning github: the token ends soon (2026-08-05T1"),
            is_soon,
            "{said}"
        );
    }
    harness.github.revoke();
    harness.reports(expect![[r#"
        Error github: https://api.github.com: GitHub does not know the credential (401); it may have expired: make a new one and name it in `sources.github`
          -> make a new fine-grained token for these repositories with the permission "Deployments" (read and write), and write it where sources.github.token points; of an app, compare sources.github.app with the app's settings on GitHub; then boathook reload, or a restart where it is a credential of systemd
        Ok clock: this machine and GitHub agree on the time
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_github_that_is_away_and_an_address_that_is_none_of_githubs_are_told_apart() {
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
              -> let boathook be a GitHub App, or give it the token of a user of its own, because all tokens of a user share them; or a longer sources.github.interval
            Ok clock: this machine and GitHub agree on the time
        "#]],
        ),
        (
            Fault::Status(404),
            expect![[r#"
            Error github: https://api.github.com: GitHub has no /rate_limit here, or the credential may not see it (404)
              -> correct sources.github.api: https://api.github.com, or https://HOST/api/v3 of an Enterprise Server
            Ok clock: this machine and GitHub agree on the time
        "#]],
        ),
        (
            Fault::Status(403),
            expect![[r#"
            Error github: https://api.github.com: GitHub forbids it (403): It is broken; give the credential the permission "Deployments" (read and write)
              -> make a new fine-grained token for these repositories with the permission "Deployments" (read and write), and write it where sources.github.token points; of an app, compare sources.github.app with the app's settings on GitHub; then boathook reload, or a restart where it is a credential of systemd
            Ok clock: this machine and GitHub agree on the time
        "#]],
        ),
    ];
    for (fault, expected) in faults {
        let harness = CheckHarness::new();
        harness.github.break_at("/", fault);
        harness.reports(expected).await;
    }
    let harness = CheckHarness::new();
    harness.github.break_at("/rate_limit", Fault::NoLimits);
    harness.reports(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub does not name the permissions of such a token)
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn few_requests_that_are_left_and_a_clock_that_is_wrong_are_warnings() {
    let harness = CheckHarness::new();
    harness.github.set_remaining(400);
    harness.github.set_ahead(SignedDuration::from_secs(40));
    harness.reports(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Warning clock: this machine's clock is 40 s behind GitHub's
          -> timedatectl set-ntp true; timedatectl timesync-status
        Warning github: 400 of 5000 requests an hour are left until 2026-08-01T10:20:00Z
          -> let boathook be a GitHub App, or give it the token of a user of its own, because all tokens of a user share them; or a longer sources.github.interval
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub does not name the permissions of such a token)
    "#]]).await;
    assert_eq!(harness.github.take_log().len(), 3, "a check costs two requests for a repository");
    harness.github.set_remaining(0);
    harness.github.set_ahead(SignedDuration::ZERO);
    harness.reports(expect![[r#"
        Ok github: https://api.github.com takes the token (GitHub does not name its permissions)
        Ok clock: this machine and GitHub agree on the time
        Warning github: 0 of 5000 requests an hour are left until 2026-08-01T10:20:00Z
          -> let boathook be a GitHub App, or give it the token of a user of its own, because all tokens of a user share them; or a longer sources.github.interval
        Warning github: acme/game: deployments cannot be read: GitHub grants no more requests for 1200 s
          -> boathook check, in some minutes
    "#]]).await;
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_cannot_be_read_or_has_another_name_is_reported_with_the_new_one() {
    let harness = CheckHarness::new();
    let token = || [Credential::Token(TOKEN.to_owned())];
    harness.github.rename("acme/game", "acme/game-2048");
    expect![[r#"
        Ok github: acme/game: deployments can be read; whether statuses can be written shows only when one is (GitHub does not name the permissions of such a token)
        Warning github: acme/game is called acme/game-2048 now
          -> write acme/game-2048 in place of acme/game under github.repositories of development
    "#]].assert_eq(&of_repository(&harness, &token()).await);
    let mut said = String::new();
    for fault in [Fault::Status(403), Fault::Status(500), Fault::Away] {
        harness.github.break_at("/repos/acme/game/deployments", fault);
        said += &of_repository(&harness, &token()).await;
        harness.github.mend();
    }
    harness.github.remove("acme/game-2048");
    said += &of_repository(&harness, &token()).await;
    expect![[r#"
        Error github: acme/game: deployments cannot be read: GitHub forbids it (403): It is broken; give the credential the permission "Deployments" (read and write)
          -> give the credential the permission "Deployments" (read and write) for acme/game; or correct its name under github.repositories of development
        Warning github: acme/game: deployments cannot be read: GitHub is in trouble (500)
          -> boathook check, in some minutes
        Warning github: acme/game: deployments cannot be read: failed to ask GitHub: it cannot be reached: it is away
          -> boathook check, in some minutes
        Error github: acme/game: deployments cannot be read: GitHub has no /repos/acme/game/deployments here, or the credential may not see it (404)
          -> give the credential the permission "Deployments" (read and write) for acme/game; or correct its name under github.repositories of development
    "#]].assert_eq(&said);
}
