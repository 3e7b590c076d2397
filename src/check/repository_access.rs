//! Checks one repository on GitHub: its deployments can be read, their statuses written, and its name
//! is still its name.

use boathook_core::deployment::{Repository, error_chain};
use serde_json::Value;

use crate::{
    check::{
        CheckResult,
        github_grants::{GitHubGrants, MayWrite},
    },
    github::{GitHub, GitHubAnswer, GitHubError},
    intake::takers::Watched,
};

const CHECK: &str = "github";
const PERMISSION: &str = "give the credential the permission \"Deployments\" (read and write) for";

pub(super) async fn check(
    github: &GitHub,
    watched: &Watched,
    grants: &GitHubGrants,
) -> Vec<CheckResult> {
    let repository = &watched.repository;
    let deployments = GitHub::path(repository, "/deployments?per_page=1");
    if let Err(error) = github.get(&deployments, None).await {
        return vec![unread(repository, &watched.names_of_takers(), &error)];
    }
    // A token may read deployments and not the repository; then less is known.
    let shown = github.get(&GitHub::path(repository, ""), None).await;
    let may_write = match &shown {
        Ok(GitHubAnswer::Page(page)) => grants.may_write(&page.body),
        Ok(GitHubAnswer::NotModified) => MayWrite::Unknown("GitHub does not show it".to_owned()),
        Err(error) => MayWrite::Unknown(error_chain(error)),
    };
    let wants_statuses = watched.takers.iter().any(|taker| taker.settings.statuses);
    let of_access = if wants_statuses {
        statuses(watched, may_write)
    } else {
        CheckResult::ok(CHECK, format!("{repository}: deployments can be read"))
    };
    let renamed = match &shown {
        Ok(GitHubAnswer::Page(page)) => renamed(watched, &page.body),
        Ok(GitHubAnswer::NotModified) | Err(_) => None,
    };
    std::iter::once(of_access).chain(renamed).collect()
}

fn unread(repository: &Repository, environments: &str, error: &GitHubError) -> CheckResult {
    let seen = format!("{repository}: deployments cannot be read: {}", error_chain(error));
    let why = "nothing that is deployed there arrives";
    match error {
        GitHubError::Limited(_) | GitHubError::Trouble(_) | GitHubError::Unreachable(_) => {
            CheckResult::warning(
                CHECK,
                seen,
                format!("while it lasts, {why}; boathook keeps asking"),
                "boathook check, in some minutes",
            )
        }
        _ => CheckResult::error(
            CHECK,
            seen,
            why,
            format!(
                "{PERMISSION} {repository}; or correct its name under github.repositories of {environments}"
            ),
        ),
    }
}

fn statuses(watched: &Watched, may_write: MayWrite) -> CheckResult {
    let repository = &watched.repository;
    match may_write {
        MayWrite::Yes => CheckResult::ok(
            CHECK,
            format!("{repository}: deployments can be read, and statuses written"),
        ),
        MayWrite::Unknown(reason) => CheckResult::ok(
            CHECK,
            format!(
                "{repository}: deployments can be read; whether statuses can be written shows only when one is ({reason})"
            ),
        ),
        MayWrite::Archived => CheckResult::warning(
            CHECK,
            format!("{repository} is archived"),
            "nobody can deploy there, and GitHub does not show what became of deployments",
            format!(
                "unarchive it, or take it out of github.repositories of {}",
                watched.names_of_takers()
            ),
        ),
        MayWrite::No(reason) => CheckResult::warning(
            CHECK,
            format!("{repository}: statuses cannot be written: {reason}"),
            "GitHub does not show what became of deployments",
            format!(
                "{PERMISSION} {repository}; or github: {{statuses: false}} in the files of {}",
                watched.names_of_takers()
            ),
        ),
    }
}

/// GitHub leads from an old name to the new one, until someone else takes the old one.
fn renamed(watched: &Watched, shown: &Value) -> Option<CheckResult> {
    let repository = &watched.repository;
    let now = Repository::parse(shown["full_name"].as_str()?).ok()?;
    (!now.is(repository)).then(|| {
        CheckResult::warning(
            CHECK,
            format!("{repository} is called {now} now"),
            "anyone can take the old name, and boathook would then ask that repository, and unsigned deployments of a renamed repository are refused",
            format!(
                "write {now} in place of {repository} under github.repositories of {}",
                watched.names_of_takers()
            ),
        )
    })
}
