//! Reports which environments accept deployments, and which are frozen.

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
    config.in_order().into_iter().map(one).collect()
}
