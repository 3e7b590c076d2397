//! What several environments have to do with GitHub, taken together.

use boathook_core::{deployment::Environment, fault::Fault};

use crate::config::Config;

/// What is wrong with environments that are right by themselves: repositories need a way to GitHub,
/// and a deployment there is for one environment.
pub(super) fn check(config: &Config) -> Result<(), (Environment, Fault)> {
    let all = || config.environments.iter().filter(|(_, one)| !one.github.repositories.is_empty());
    for (index, (own, settings)) in all().enumerate() {
        if !config.sources.github.is_on() {
            let message = "need `sources.github.token` or `app` in default.yaml, without which boathook does not ask GitHub";
            return Err((*own, Fault::new("repositories", message)));
        }
        let github = &settings.github;
        for (other, taken) in all().take(index) {
            for name in github.names(own, &settings.aliases) {
                let takes = |one| taken.github.takes(*other, &taken.aliases, one, name);
                if let Some(repository) = github.repositories.iter().find(|one| takes(one)) {
                    let message = format!(
                        "`{name}` of {repository} is {other} already; give each its own name"
                    );
                    return Err((*own, Fault::new("environment", message)));
                }
            }
        }
    }
    Ok(())
}
