//! Relays that webhooks are taken from.

use std::{fmt, net::IpAddr};

use boathook_core::fault::Fault;
use reqwest::Url;
use serde::Deserialize;

/// The maximum length of a relay's name, which is a label and stands in the record.
const NAME_MAX: usize = 40;

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

    /// What cannot be used; `is_taken` says that an earlier relay has its name, `opens` that there is
    /// a key to open sealed bodies with.
    fn faults(&self, is_taken: bool, opens: bool) -> Vec<Fault> {
        let plain = self.name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
            && (1..=NAME_MAX).contains(&self.name.len());
        Fault::of([
            (plain, "name", "must be 1 to 40 of a-z, 0-9 and -"),
            (!is_taken, "name", "is another relay's too"),
            (
                opens || self.sealed == SealedBodies::Optional,
                "sealed",
                "needs a key: name one in sources.sealing.keys",
            ),
        ])
    }
}

/// What cannot be used of the relays.
pub(super) fn faults(relays: &[RelayConfig], opens: bool) -> Vec<Fault> {
    let each = relays.iter().enumerate().flat_map(|(index, relay)| {
        let is_taken = relays[..index].iter().any(|other| other.name == relay.name);
        Fault::inside(&format!("relays[{index}]"), relay.faults(is_taken, opens))
            .collect::<Vec<_>>()
    });
    each.collect()
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
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            _ => {
                return Err(
                    "the url of a relay must begin with https:// (http:// only for an address of this machine)",
                );
            }
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
