//! The receivers of notifications with their secrets: where they are reached, and what signs. No
//! message holds any part of either.

use std::{ffi::OsString, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Url;

use crate::config::{
    Config, ReceiverConfig, SecretError, SecretUse, SlackConfig, WebhookConfig, source::Unjudged,
};

/// What the text of a webhook's secret begins with.
const SECRET_PREFIX: &str = "whsec_";
/// Bytes of such a secret, as Standard Webhooks has it.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A receiver with everything that is needed to reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    /// What the configuration says of it.
    pub config: ReceiverConfig,
    /// Its protocol.
    pub kind: ReceiverKind,
    url: Address,
}

/// The protocol of a receiver.
#[derive(Clone, PartialEq, Eq)]
pub enum ReceiverKind {
    /// Slack's format.
    Slack,
    /// In JSON, signed with these bytes.
    Signed(Vec<u8>),
}

#[derive(Clone, PartialEq)]
struct Address(Url);

impl Receiver {
    /// Where it is reached; never shown.
    #[must_use]
    pub(crate) const fn reveal_url(&self) -> &Url {
        &self.url.0
    }

    /// Everything secret: the URL, the token in it, and the signing secret.
    #[must_use]
    pub fn secrets(&self) -> Vec<Vec<u8>> {
        let url = self.reveal_url();
        let path_and_query = url.as_str().split_once(url.authority()).map_or("", |(_, rest)| rest);
        let last =
            url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
        let mut secrets: Vec<Vec<u8>> = [url.as_str(), path_and_query, last]
            .into_iter()
            .filter(|text| text.len() >= 16)
            .map(|text| text.as_bytes().to_vec())
            .collect();
        if let ReceiverKind::Signed(secret) = &self.kind {
            secrets.push(secret.clone());
        }
        secrets
    }
}

/// Reads URL and secret of every receiver; `variable` looks up a variable of this process.
pub fn load_receivers(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Receiver>, SecretError> {
    examine_receivers(config, variable).into_iter().collect()
}

/// Reads the same, but collects all errors instead of stopping at the first.
pub fn examine_receivers(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<Result<Receiver, SecretError>> {
    config.notify.iter().map(|receiver| load(receiver, &variable)).collect()
}

fn load(
    config: &ReceiverConfig,
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Result<Receiver, SecretError> {
    let of = |part| SecretUse::Receiver { name: config.name.clone(), part };
    let (url, kind) = match (&config.slack, &config.webhook) {
        (Some(SlackConfig { url }), _) => (url, ReceiverKind::Slack),
        (None, Some(WebhookConfig { url, secret })) => {
            let secret = Unjudged::read(of("secret"), secret, variable)?;
            (url, ReceiverKind::Signed(secret.judged_text(|text| secret_bytes(&text))?))
        }
        (None, None) => return Err(SecretError::Source(of("url"))),
    };
    let is_inside = !config.allow_addresses.is_empty();
    let url = Unjudged::read(of("url"), url, variable)?
        .judged_text(|text| parse_url(&text, is_inside))?;
    Ok(Receiver { config: config.clone(), kind, url: Address(url) })
}

/// Plain HTTP is allowed only inside the operator's own network.
fn parse_url(text: &str, inside: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    match url.scheme() {
        "https" => {}
        "http" if inside => {}
        _ => {
            return Err(
                "must begin with https:// (http:// only where `allow_addresses` names a receiver inside)",
            );
        }
    }
    if url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err("must not hold user and password")
    }
}

fn secret_bytes(text: &str) -> Result<Vec<u8>, &'static str> {
    let encoded = text.strip_prefix(SECRET_PREFIX).ok_or("must begin with whsec_")?;
    let bytes = STANDARD.decode(encoded).map_err(|_| "must be base64 after whsec_")?;
    if SECRET_BYTES.contains(&bytes.len()) {
        Ok(bytes)
    } else {
        Err("must have 24 to 64 bytes; make one with `echo whsec_$(openssl rand -base64 32)`")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

impl fmt::Debug for ReceiverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slack => "Slack",
            Self::Signed(_) => "Signed(..)",
        })
    }
}
