//! The secrets that sign requests: named in the configuration, read from elsewhere, never shown.

use std::ffi::OsString;

use boathook_core::{
    deployment::{Environment, Key},
    source::Source,
};

use crate::config::{Config, Secret, SecretConfig, SecretError, SecretUse, source::Unjudged};

/// A secret, and what the configuration says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedSecret {
    pub key: Key,
    /// The bytes.
    pub secret: Secret,
}

/// A secret that signs promotions from one environment to one of another boathook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionSecret {
    pub from: Environment,
    pub to: Environment,
    /// The bytes.
    pub secret: Secret,
}

/// Reads the secrets of every enabled environment; `variable` looks up a variable of this process.
pub fn load_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<LoadedSecret>, SecretError> {
    let (loaded, errors) = examine_secrets(config, variable);
    errors.into_iter().next().map_or(Ok(loaded), Err)
}

/// Reads the same, but collects the errors of all of them instead of stopping at the first.
pub fn examine_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> (Vec<LoadedSecret>, Vec<SecretError>) {
    let mut loaded: Vec<(LoadedSecret, &SecretConfig)> = Vec::new();
    let mut errors = Vec::new();
    for (environment, settings) in
        config.in_order().into_iter().filter(|(_, settings)| settings.enabled)
    {
        let needs_none = settings.identity.iter().any(|rule| rule.instead_of_hmac);
        if settings.secrets.is_empty() && !needs_none {
            errors.push(SecretError::None(environment));
        }
        for entry in &settings.secrets {
            let secret = load(environment, entry, &variable).and_then(|secret| {
                loaded
                    .iter()
                    .try_for_each(|(known, known_entry)| {
                        check_pair((known, known_entry), (&secret, entry))
                    })
                    .map(|()| secret)
            });
            match secret {
                Ok(secret) => loaded.push((secret, entry)),
                Err(error) => errors.push(error),
            }
        }
    }
    (loaded.into_iter().map(|(secret, _)| secret).collect(), errors)
}

/// Reads the secrets that sign promotions to other boathooks.
pub fn load_promotion_secrets(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<PromotionSecret>, SecretError> {
    let enabled = config.environments.iter().filter(|(_, settings)| settings.enabled);
    let promoting = enabled.flat_map(|(from, settings)| {
        settings.promotion.iter().filter(|next| next.happens()).map(|next| (*from, next))
    });
    let entries = promoting
        .filter_map(|(from, promotion)| Some((from, promotion.to, promotion.secret.as_ref()?)));
    entries
        .map(|(from, to, entry)| {
            let LoadedSecret { key: _, secret } = load(from, entry, &variable)?;
            Ok(PromotionSecret { from, to, secret })
        })
        .collect()
}

fn load(
    environment: Environment,
    entry: &SecretConfig,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Result<LoadedSecret, SecretError> {
    let SecretConfig { id, env, file, credential, shared_with: _, key_use, not_after } = entry;
    let source = Source { env: env.clone(), file: file.clone(), credential: credential.clone() };
    let named = SecretUse::Signature { environment, id: id.clone() };
    let secret = Unjudged::read(named, &source, variable)?.judged(Secret::new)?;
    let key = Key { environment, id: id.clone(), key_use: *key_use, not_after: *not_after };
    Ok(LoadedSecret { key, secret })
}

type Entry<'a> = (&'a LoadedSecret, &'a SecretConfig);

/// Within an environment names and bytes differ; between environments bytes may be equal only where
/// one entry names the other.
fn check_pair(
    (known, known_entry): Entry<'_>,
    (new, new_entry): Entry<'_>,
) -> Result<(), SecretError> {
    if known.key.environment == new.key.environment {
        return if known.key.id == new.key.id || known.secret == new.secret {
            Err(SecretError::Twice {
                environment: new.key.environment,
                first: known.key.id.clone(),
                second: new.key.id.clone(),
            })
        } else {
            Ok(())
        };
    }
    let said = known_entry.shared_with.contains(&new.key.environment)
        || new_entry.shared_with.contains(&known.key.environment);
    if known.secret == new.secret && !said {
        return Err(SecretError::Shared {
            environment: new.key.environment,
            id: new.key.id.clone(),
            other: known.key.environment,
        });
    }
    Ok(())
}
