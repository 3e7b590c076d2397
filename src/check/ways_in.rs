//! Checks the ways in that boathook opens itself, and that there is a way in at all.

use boathook_core::{clock::Clock, deployment::error_chain};
use tokio::join;

use crate::{
    check::{CheckContext, CheckResult, Outbound, github, issuers, relays, sources},
    config::{Config, SecretError, SecretUse, load_github_credential},
    github::Credential,
};

const CHECK: &str = "github";

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let CheckContext { config, outbound, clock, .. } = context;
    let (credential, unread) =
        match load_github_credential(config, |name| sources::variable(context, name)) {
            Ok(credential) => (credential, None),
            Err(error) => (None, Some(no_credential(context, &error))),
        };
    context.redactor.learn(credential.iter().map(Credential::reveal));
    let asked = ways_in(config, credential.as_ref(), outbound, clock).await;
    unread.into_iter().chain(asked).collect()
}

/// What GitHub, relays and issuers answer, if the configuration names any.
pub async fn ways_in(
    config: &Config,
    credential: Option<&Credential>,
    outbound: &Outbound,
    clock: &Clock,
) -> Vec<CheckResult> {
    let Outbound { github, relays, documents } = outbound;
    let of_github = async {
        match credential {
            Some(credential) => github::check(config, credential, github, clock).await,
            None => Vec::new(),
        }
    };
    let (github, relays, issuers) =
        join!(of_github, relays::check(config, relays.as_ref()), issuers::check(config, documents));
    github.into_iter().chain(relays).chain(issuers).collect()
}

/// A warning if no webhook can arrive: there is neither a listener nor a source.
#[must_use]
pub fn no_way_in(config: &Config) -> Option<CheckResult> {
    let asks_github = config.sources.github.is_on() && names_repository(config);
    let is_closed =
        config.server.listen.is_none() && config.sources.relays.is_empty() && !asks_github;
    is_closed.then(|| {
        CheckResult::warning(
            "exposure",
            "there is neither a public listener (server.listen: null) nor a source",
            "no request can arrive; only operators deploy, with `boathook redeploy` and `boathook rollback`",
            "name repositories under github.repositories in an environment's file, with sources.github.token in default.yaml; or a relay under \
             sources.relays; or an address in server.listen",
        )
    })
}

fn names_repository(config: &Config) -> bool {
    let mut enabled = config.environments.values().filter(|settings| settings.enabled);
    enabled.any(|settings| !settings.github.repositories.is_empty())
}

fn no_credential(context: &CheckContext, error: &SecretError) -> CheckResult {
    const FIX: &str = "correct sources.github in default.yaml, or what is written where it points";
    let fix = match error {
        SecretError::Unreadable { secret, place, source } => {
            let what = secret.to_string();
            if let Some(withheld) = sources::of_the_unit_alone(context, CHECK, &what, place) {
                return withheld;
            }
            let fill = match secret {
                SecretUse::GitHub { part: "app.key" } => "cat KEY.pem",
                _ => "printf %s TOKEN",
            };
            sources::make_readable(place, source, fill)
        }
        _ => FIX.to_owned(),
    };
    CheckResult::error(
        CHECK,
        error_chain(error),
        "boathook does not start without it, and a running one refuses to reload",
        fix,
    )
}
