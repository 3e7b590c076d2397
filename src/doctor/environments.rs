//! Which environments take deployments, and which of them an operator has stopped.

use crate::{
    config::{Config, EnvironmentConfig},
    deployment::Environment,
    doctor::Finding,
};

const CHECK: &str = "environment";

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let one = |(environment, settings): (&Environment, &EnvironmentConfig)| match &settings.frozen {
        _ if !settings.enabled => Finding::ok(CHECK, format!("{environment} is not enabled")),
        None => Finding::ok(CHECK, format!("{environment} takes deployments")),
        Some(reason) => Finding::warning(
            CHECK,
            format!("{environment} is frozen: {reason}"),
            "whatever is sent there is refused with 423",
            format!("when that is over: set `frozen: null` in {environment}.yaml, and boathook reload"),
        ),
    };
    if config.environments.is_empty() {
        return vec![Finding::error(
            CHECK,
            "there is no environment",
            "every request is refused with 404",
            "put development.yaml, staging.yaml or production.yaml beside default.yaml",
        )];
    }
    config.environments.iter().map(one).collect()
}
