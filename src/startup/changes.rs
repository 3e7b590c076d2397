//! Which sections of a configuration differ, by name; never their values.

use crate::config::Config;

/// The sections that are not the same.
pub(super) fn changes(before: &Config, now: &Config) -> Vec<String> {
    let Config {
        server,
        operator,
        state,
        audit,
        scheduler,
        tools,
        bundles,
        artifacts,
        replay,
        log,
        sources,
        notify,
        identity,
        environments,
    } = now;
    let sections = [
        ("server", *server != before.server),
        ("operator", *operator != before.operator),
        ("state", *state != before.state),
        ("audit", *audit != before.audit),
        ("scheduler", *scheduler != before.scheduler),
        ("tools", *tools != before.tools),
        ("bundles", *bundles != before.bundles),
        ("artifacts", *artifacts != before.artifacts),
        ("replay", *replay != before.replay),
        ("log", *log != before.log),
        ("sources", *sources != before.sources),
        ("notify", *notify != before.notify),
        ("identity", *identity != before.identity),
    ];
    let own = sections.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned());
    let gone = before.environments.keys().filter(|name| !environments.contains_key(name));
    let other = environments
        .iter()
        .filter(|(name, settings)| before.environments.get(name) != Some(settings))
        .map(|(name, _)| name);
    own.chain(gone.chain(other).map(|name| format!("environments.{name}"))).collect()
}
