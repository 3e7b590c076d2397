//! Reports which environments accept deployments, which are frozen, and which hear only of what
//! GitHub pushes.

use boathook_core::deployment::Environment;

use crate::{
    check::CheckResult,
    config::{Config, EnvironmentConfig},
};

const CHECK: &str = "environment";

pub(super) fn check(config: &Config) -> Vec<CheckResult> {
    let one = |(environment, settings): (Environment, &EnvironmentConfig)| match &settings.frozen {
        _ if !settings.enabled => CheckResult::ok(CHECK, format!("{environment} is not enabled")),
        None => CheckResult::ok(CHECK, format!("{environment} takes deployments")),
        Some(reason) => CheckResult::warning(
            CHECK,
            format!("{environment} is frozen: {reason}"),
            "whatever is sent there is refused with 423",
            format!(
                "when that is over: set `frozen: null` in {environment}.yaml, and boathook reload"
            ),
        ),
    };
    if config.environments.is_empty() {
        return vec![CheckResult::error(
            CHECK,
            "there is no environment",
            "every request is refused with 404",
            "put a NAME.yaml for each environment beside default.yaml; config/ has examples",
        )];
    }
    let all = || config.in_order().into_iter();
    all()
        .map(one)
        .chain(all().filter_map(|(one, settings)| pushed_only(config, one, settings)))
        .collect()
}

/// A token that was forgotten looks like a node that GitHub pushes to.
fn pushed_only(
    config: &Config,
    environment: Environment,
    settings: &EnvironmentConfig,
) -> Option<CheckResult> {
    let is_pushed_only =
        settings.enabled && !settings.github.named().is_empty() && !config.sources.github.is_on();
    let seen = format!("{environment} takes from GitHub only what it pushes to /webhook/github");
    let result = if settings.github.statuses {
        CheckResult::warning(
            CHECK,
            seen,
            "without sources.github.token or app, boathook does not ask GitHub, and GitHub shows no statuses",
            format!(
                "name one of them in default.yaml; or, if that is meant, set `github: {{statuses: false}}` in {environment}.yaml"
            ),
        )
    } else {
        CheckResult::ok(CHECK, seen)
    };
    is_pushed_only.then_some(result)
}
