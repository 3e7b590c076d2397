//! Checks GitHub: it takes the credential, the clocks agree, requests are left, and each repository
//! can be read.
//!
//! It only reads. What GitHub does not say of a credential, the report does not conclude either.

use std::{sync::Arc, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{Repository, error_chain},
};
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout_at};

use crate::{
    check::{
        CheckResult, clock, github_grants::GitHubGrants, observed_transport::ObservedTransport,
        outbound::reach, repository_access,
    },
    config::Config,
    github::{Credential, GitHub, GitHubError, RateLimit, Transport},
    intake::takers::Watched,
};

const CHECK: &str = "github";
/// What is asked first: it counts against no limit.
const RATE_LIMIT: &str = "/rate_limit";
/// Repositories that are asked for at once.
const AT_ONCE: usize = 4;
/// If less than this part of the hour's requests is left, that is few.
const FEW: u64 = 10;
/// What fixes a credential that GitHub does not take.
const NEW_CREDENTIAL: &str = "make a new fine-grained token for these repositories with the permission \"Deployments\" (read and write), and write it where \
     sources.github.token points; of an app, compare sources.github.app with the app's settings on GitHub; then boathook reload, or a restart \
     where it is a credential of systemd";
/// What fixes too few requests.
const MORE_REQUESTS: &str = "let boathook be a GitHub App, or give it the token of a user of its own, because all tokens of a user share them; or a longer \
     sources.github.interval";
/// How long all repositories together are asked for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Long enough to make a new token.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) async fn check(
    config: &Config,
    credential: &Credential,
    transport: &Arc<dyn Transport>,
    clock: &Clock,
) -> Vec<CheckResult> {
    let api = &config.sources.github.api;
    let observing = Arc::new(ObservedTransport::new(Arc::clone(transport), clock.clone()));
    let transport: Arc<dyn Transport> = Arc::<ObservedTransport>::clone(&observing);
    let github = GitHub::new(api.clone(), credential.clone(), transport, clock.clone());
    let answered = github.get(RATE_LIMIT, None).await;
    let observed = observing.observed();
    let of_time = observed.time.map(|reading| clock::judge("GitHub", reading, config));
    if let Some(error) = answered.err().filter(|_| !observed.counts_none) {
        return std::iter::once(refused(api, &error)).chain(of_time).collect();
    }
    let ends_soon = observed.ends_at.and_then(|ends_at| ends_soon(ends_at, clock.now()));
    let grants = GitHubGrants::of(credential, observed);
    let mut found = vec![CheckResult::ok(CHECK, format!("{api} takes {grants}"))];
    found.extend(ends_soon);
    found.extend(of_time);
    found.extend(limit(github.rate_limit()));
    let watched = Watched::of(config);
    let until = Instant::now() + PATIENCE;
    let asked = watched.iter().map(|one| async {
        let asked = timeout_at(until, repository_access::check(&github, one, &grants)).await;
        asked.unwrap_or_else(|_| vec![unanswered(&one.repository)])
    });
    let asked: Vec<_> = asked.collect();
    let of_repositories: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    found.extend(of_repositories.into_iter().flatten());
    found
}

/// GitHub answers nothing that helps.
fn refused(api: &str, error: &GitHubError) -> CheckResult {
    let seen = format!("{api}: {}", error_chain(error));
    let why = "nothing that is deployed on GitHub arrives, and GitHub shows no outcome";
    match error {
        GitHubError::Unauthorized | GitHubError::App(_) | GitHubError::Forbidden(_) => {
            CheckResult::error(CHECK, seen, why, NEW_CREDENTIAL)
        }
        GitHubError::NotFound(what) if what != RATE_LIMIT => CheckResult::error(
            CHECK,
            seen,
            why,
            "correct sources.github.app.installation, or install the app where the repositories are; then boathook reload",
        ),
        GitHubError::NotFound(_)
        | GitHubError::Redirected
        | GitHubError::Unexpected(_)
        | GitHubError::Unreadable(_)
        | GitHubError::Conflict(_)
        | GitHubError::Unprocessable(_) => CheckResult::error(
            CHECK,
            seen,
            why,
            "correct sources.github.api: https://api.github.com, or https://HOST/api/v3 of an Enterprise Server",
        ),
        GitHubError::Unreachable(_) => {
            CheckResult::error(CHECK, seen, why, reach(&format!("{api}{RATE_LIMIT}")))
        }
        GitHubError::Limited(_) => CheckResult::warning(
            CHECK,
            seen,
            "until then no deployment is fetched, and GitHub shows no outcome",
            MORE_REQUESTS,
        ),
        GitHubError::Trouble(_) => CheckResult::warning(
            CHECK,
            seen,
            "until it answers, no deployment is fetched; boathook keeps asking",
            "see the status page of GitHub, or of the Enterprise Server",
        ),
    }
}

fn unanswered(repository: &Repository) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("{repository}: GitHub answered too slowly to ask about it"),
        "whether its deployments can be read is not known",
        "boathook check, in some minutes",
    )
}

fn ends_soon(ends_at: Timestamp, now: Timestamp) -> Option<CheckResult> {
    (ends_at.duration_since(now) < SOON).then(|| {
        CheckResult::warning(
            CHECK,
            format!("the token ends soon ({ends_at})"),
            "after that nothing that is deployed on GitHub arrives, and GitHub shows no outcome",
            NEW_CREDENTIAL,
        )
    })
}

/// How many requests are left, if GitHub says so.
fn limit(said: RateLimit) -> Option<CheckResult> {
    let RateLimit { limit, remaining, reset } = said;
    let (limit, remaining) = limit.zip(remaining)?;
    let until = reset.map(|reset| format!(" until {reset}")).unwrap_or_default();
    let seen = format!("{remaining} of {limit} requests an hour are left{until}");
    Some(if remaining.saturating_mul(FEW) >= limit {
        CheckResult::ok(CHECK, seen)
    } else {
        CheckResult::warning(
            CHECK,
            seen,
            "without any left, deployments and their outcomes wait for the next hour",
            MORE_REQUESTS,
        )
    })
}
