//! The environments that are configured.

use crate::deployment::Environment;

/// Each configured environment with its aliases, in the order of promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environments(Vec<NamedEnvironment>);

/// An environment, and how else senders and operators may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEnvironment {
    pub name: Environment,
    pub aliases: Vec<Environment>,
}

/// A name that no environment has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown environment `{}`; known: {known}", .name.escape_default())]
pub struct UnknownEnvironment {
    /// The name, cut to 64 characters.
    name: String,
    /// The names of all environments, without their aliases.
    known: String,
}

impl Environments {
    /// These environments, in the order of promotion.
    #[must_use]
    pub const fn new(all: Vec<NamedEnvironment>) -> Self {
        Self(all)
    }

    /// The names, in the order of promotion.
    pub fn names(&self) -> impl Iterator<Item = Environment> {
        self.0.iter().map(|one| one.name)
    }

    /// The environment that this name or alias means.
    pub fn find(&self, name: &str) -> Result<Environment, UnknownEnvironment> {
        let named = Environment::of(name).and_then(|name| {
            let aliased = || self.0.iter().find(|one| one.aliases.contains(&name));
            let found = self.0.iter().find(|one| one.name == name).or_else(aliased);
            found.map(|one| one.name)
        });
        named.ok_or_else(|| UnknownEnvironment {
            name: name.chars().take(64).collect(),
            known: self.known(),
        })
    }

    /// Where an environment stands in the order of promotion, to sort by; one that is not configured
    /// comes after all others.
    #[must_use]
    pub fn rank(&self, environment: Environment) -> (usize, Environment) {
        let place = self.names().position(|name| name == environment);
        (place.unwrap_or(self.0.len()), environment)
    }

    fn known(&self) -> String {
        match &self.0[..] {
            [] => "none".to_owned(),
            all => all.iter().map(|one| one.name.to_string()).collect::<Vec<_>>().join(", "),
        }
    }
}
