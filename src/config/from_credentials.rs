//! Which secrets come from systemd, which reads their files only when it starts boathook: a reload
//! gets no newer ones.

use boathook_core::{deployment::Environment, source::Source};

use crate::config::{
    Config, EnvironmentConfig, GitHubApp, GitHubSource, ReceiverConfig, SealingConfig,
    SecretConfig, SecretUse, SlackConfig, WebhookConfig, header_secrets::secret_headers,
};

/// The secrets in use that come from systemd, those of each environment first.
#[must_use]
pub fn from_credentials(config: &Config) -> Vec<SecretUse> {
    let enabled = config.in_order().into_iter().filter(|(_, settings)| settings.enabled);
    let of_environments = enabled.flat_map(|(environment, settings)| {
        signing(environment, settings).chain(in_headers(environment, settings))
    });
    let of_receivers = config.notify.iter().flat_map(of_receiver);
    let of_github = of_github(&config.sources.github);
    let of_sealing = of_sealing(&config.sources.sealing);
    let of_postgres = config.state.postgres.iter().filter(|postgres| is_given(&postgres.url));
    let of_postgres = of_postgres.map(|_| SecretUse::Postgres);
    of_environments
        .chain(of_github)
        .chain(of_sealing)
        .chain(of_receivers)
        .chain(of_postgres)
        .collect()
}

/// What signs requests to an environment, and promotions from it.
fn signing(
    environment: Environment,
    settings: &EnvironmentConfig,
) -> impl Iterator<Item = SecretUse> {
    let promotions = settings.promotion.iter().filter(|next| next.happens());
    let secrets = settings.secrets.iter().chain(promotions.filter_map(|next| next.secret.as_ref()));
    let is_given = |secret: &&SecretConfig| secret.credential.is_some();
    let named =
        move |secret: &SecretConfig| SecretUse::Signature { environment, id: secret.id.clone() };
    secrets.filter(is_given).map(named)
}

fn in_headers(
    environment: Environment,
    settings: &EnvironmentConfig,
) -> impl Iterator<Item = SecretUse> {
    let given = secret_headers(settings).into_iter().filter(|(_, source)| is_given(source));
    given.map(move |(name, _)| SecretUse::Header { environment, name: name.to_owned() })
}

fn of_github(github: &GitHubSource) -> Option<SecretUse> {
    let GitHubSource { token, app, .. } = github;
    let key = app.as_ref().map(|GitHubApp { key, .. }| ("app.key", key));
    let (part, _) = key
        .or(token.as_ref().map(|token| ("token", token)))
        .filter(|(_, source)| is_given(source))?;
    Some(SecretUse::GitHub { part })
}

fn of_sealing(sealing: &SealingConfig) -> impl Iterator<Item = SecretUse> {
    let keys = sealing.keys.iter().enumerate().filter(|(_, source)| is_given(source));
    keys.map(|(index, _)| SecretUse::Sealing { index })
}

fn of_receiver(receiver: &ReceiverConfig) -> impl Iterator<Item = SecretUse> {
    let slack = receiver.slack.iter().map(|SlackConfig { url }| ("url", url));
    let webhook = receiver.webhook.iter();
    let webhook =
        webhook.flat_map(|WebhookConfig { url, secret }| [("url", url), ("secret", secret)]);
    let given = slack.chain(webhook).filter(|(_, source)| is_given(source));
    given.map(|(part, _)| SecretUse::Receiver { name: receiver.name.clone(), part })
}

const fn is_given(source: &Source) -> bool {
    source.credential.is_some()
}
