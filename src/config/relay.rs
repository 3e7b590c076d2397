//! Relays that webhooks are taken from.

use std::fmt;

use boathook_core::fault::Fault;
use reqwest::Url;
use serde::Deserialize;

use crate::config::{
    is_private_url,
    named::{self, Named},
};

/// A relay that webhooks are taken from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayConfig {
    /// What record, logs and metrics call it.
    pub name: String,
    /// The channel's address, to which senders post.
    pub url: ChannelUrl,
    /// What runs there.
    pub kind: RelayKind,
    /// Whether bodies have to be sealed.
    #[serde(default)]
    pub sealed: SealedBodies,
}

/// Whether the bodies that a relay hands on have to be sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SealedBodies {
    /// Sealed ones are opened, and others taken too.
    #[default]
    Optional,
    /// Others are refused.
    Required,
}

/// What a relay runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelayKind {
    /// gosmee, which hands bodies on byte by byte.
    Gosmee,
    /// smee.io's server, which writes them anew.
    Smee,
}

/// A channel's address. It is shown only as its host: anyone who knows the rest may post and read.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ChannelUrl(Url);

impl RelayConfig {
    /// Where the channel's events are.
    #[must_use]
    pub fn events_url(&self) -> Url {
        let ChannelUrl(mut url) = self.url.clone();
        let channel = url.path().trim_end_matches('/').to_owned();
        let path = match (self.kind, channel.rsplit_once('/')) {
            (RelayKind::Gosmee, Some((base, name))) if !base.ends_with("/events") => {
                format!("{base}/events/{name}")
            }
            (RelayKind::Gosmee | RelayKind::Smee, _) => channel,
        };
        url.set_path(&path);
        url
    }
}

impl Named for RelayConfig {
    const KIND: &'static str = "relay";

    fn name(&self) -> &str {
        &self.name
    }
}

/// What cannot be used of the relays; `opens` says that there is a key to open sealed bodies with.
pub(super) fn faults(relays: &[RelayConfig], opens: bool) -> Vec<Fault> {
    named::faults("relays", relays, |relay, _| {
        Fault::of([(
            opens || relay.sealed == SealedBodies::Optional,
            "sealed",
            "needs a key: name one in sources.sealing.keys",
        )])
    })
}

impl ChannelUrl {
    /// The whole address, for who posts there.
    #[must_use]
    pub const fn reveal(&self) -> &Url {
        &self.0
    }

    /// Where the relay is, without the channel; it may be shown.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The host, which may be shown.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl TryFrom<String> for ChannelUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).map_err(|_| "the url of a relay is not a URL")?;
        if !is_private_url(&text) {
            return Err(
                "the url of a relay must begin with https:// (http:// only for an address of this machine)",
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the url of a relay must not hold user and password");
        }
        if url.query().is_some() || url.fragment().is_some() || url.path().len() < 2 {
            return Err(
                "the url of a relay must be that of its channel, such as https://smee.io/Abc123",
            );
        }
        Ok(Self(url))
    }
}

impl fmt::Debug for ChannelUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelUrl({}/..)", self.host())
    }
}
