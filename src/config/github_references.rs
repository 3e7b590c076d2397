//! What several environments have to do with GitHub, taken together.

use boathook_core::{deployment::Environment, fault::Fault};

use crate::config::Config;

/// What is wrong with environments that are right by themselves: what they name on GitHub needs a way
/// here, and a deployment there is for one environment.
pub(super) fn check(config: &Config) -> Result<(), (Environment, Fault)> {
    if config.server.listen.is_none() {
        check_without_listener(config)?;
    }
    let all = || config.environments.iter().filter(|(_, one)| !one.github.repositories.is_empty());
    for (index, (own, settings)) in all().enumerate() {
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

/// GitHub can push nothing then, and has to be asked.
fn check_without_listener(config: &Config) -> Result<(), (Environment, Fault)> {
    let is_asked = config.sources.github.is_on();
    for (own, settings) in config.environments.iter().filter(|(_, one)| one.enabled) {
        if !settings.github.packages.is_empty() {
            let message = "come by GitHub's webhook alone: give `server.listen` in default.yaml an address that GitHub reaches";
            return Err((*own, Fault::new("packages", message)));
        }
        if !settings.github.repositories.is_empty() && !is_asked {
            let message = "need `sources.github.token` or `app` in default.yaml: without `server.listen`, GitHub can push nothing, and boathook has to ask it";
            return Err((*own, Fault::new("repositories", message)));
        }
    }
    Ok(())
}
