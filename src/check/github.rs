//! Checks GitHub: it takes the credential, the clocks agree, requests are left, and each repository
//! can be read.
//!
//! It only reads. What GitHub does not say of a credential, the report does not conclude either.

use std::sync::Arc;

use boathook_core::{clock::Clock, deployment::error_chain};
use futures_util::{StreamExt as _, stream};

use crate::{
    check::{
        CheckResult, clock, github_grants::GitHubGrants, observed_transport::ObservedTransport,
        repository_access,
    },
    config::Config,
    github::{Credential, GitHub, GitHubError, RateLimit, Transport},
    intake::github::Watched,
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
const OWN_TOKEN: &str = "give boathook a token of its own, which nothing else uses; or a longer sources.github.interval";

pub(super) async fn check(
    config: &Config,
    credential: &Credential,
    transport: &Arc<dyn Transport>,
    clock: &Clock,
) -> Vec<CheckResult> {
    let api = &config.sources.github.api;
    let observing = Arc::new(ObservedTransport::new(Arc::clone(transport), clock.clone()));
    let observed = || observing.observed();
    let transport: Arc<dyn Transport> = Arc::<ObservedTransport>::clone(&observing);
    let github = GitHub::new(api.clone(), credential.clone(), transport, clock.clone());
    let answered = github.get(RATE_LIMIT, None).await;
    let of_time = observed().time.map(|reading| clock::judge("GitHub", reading, config));
    if let Some(error) = answered.err().filter(|error| !keeps_no_limits(error)) {
        return std::iter::once(refused(api, &error)).chain(of_time).collect();
    }
    let grants = GitHubGrants::of(credential, observed());
    let mut found = vec![CheckResult::ok(CHECK, format!("{api} takes {grants}"))];
    found.extend(of_time);
    found.extend(limit(github.rate_limit()));
    let watched = Watched::of(config);
    let asked = watched.iter().map(|one| repository_access::check(&github, one, &grants));
    let asked: Vec<_> = asked.collect();
    let of_repositories: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    found.extend(of_repositories.into_iter().flatten());
    found
}

/// An Enterprise Server without limits answers 404.
fn keeps_no_limits(error: &GitHubError) -> bool {
    matches!(error, GitHubError::NotFound(what) if what == RATE_LIMIT)
}

/// GitHub answers nothing that helps.
fn refused(api: &str, error: &GitHubError) -> CheckResult {
    let seen = format!("{api}: {}", error_chain(error));
    let why = "nothing that is deployed on GitHub arrives, and GitHub shows no outcome";
    let fix = format!(
        "curl -sI {api}{RATE_LIMIT}; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook)"
    );
    match error {
        // GitHub knows no such app or installation, or forbids it to sign in.
        GitHubError::NotFound(_) | GitHubError::Forbidden(_) => {
            CheckResult::error(CHECK, seen, why, NEW_CREDENTIAL)
        }
        _ if error.is_of_credential() => CheckResult::error(CHECK, seen, why, NEW_CREDENTIAL),
        GitHubError::Limited(_) => CheckResult::warning(
            CHECK,
            seen,
            "until then no deployment is fetched, and GitHub shows no outcome",
            OWN_TOKEN,
        ),
        GitHubError::Trouble(_) => CheckResult::warning(
            CHECK,
            seen,
            "until it answers, no deployment is fetched; boathook keeps asking",
            "see the status page of GitHub, or of the Enterprise Server",
        ),
        _ => CheckResult::error(CHECK, seen, why, fix),
    }
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
            OWN_TOKEN,
        )
    })
}
