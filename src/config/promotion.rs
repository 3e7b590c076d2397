//! The promotion of a success to the next environment, and the requirement that an image is proven
//! elsewhere.

use std::time::Duration;

use boathook_core::{
    deployment::{Environment, Namespace, ServiceName},
    duration_text,
};
use serde::Deserialize;

use crate::config::SecretConfig;

/// The promotion of a success to the next environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionConfig {
    /// The next environment, a later one than this.
    pub to: Environment,
    /// Whether it is deployed at once, or waits there for an operator's approval.
    pub when: When,
    /// The boathook that serves it, without a `/` at the end; this one if none is named.
    pub url: Option<String>,
    /// The namespace there, if it is another one.
    pub namespace: Option<Namespace>,
    /// The service there, if it is another one.
    pub service_name: Option<ServiceName>,
    /// The secret that signs for another boathook: one of its secrets with `use: promotion`.
    pub secret: Option<SecretConfig>,
}

/// When the next environment deploys a promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// At once.
    Automatic,
    /// After an operator's approval.
    Approval,
    /// Not at all.
    Never,
}

/// Where an image must have succeeded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    pub environment: Environment,
    /// The maximum age of that success.
    #[serde(deserialize_with = "duration_text::positive")]
    pub within: Duration,
}

impl PromotionConfig {
    /// What is wrong with it in an environment: a key below `promotion`, and what it must be.
    /// `here` are the environments of this boathook.
    pub(super) fn fault(
        &self,
        from: Environment,
        here: &[Environment],
    ) -> Option<(&'static str, &'static str)> {
        let Self { to, when, url, namespace: _, service_name: _, secret } = self;
        let whole = |url: &String| {
            (url.starts_with("http://") || url.starts_with("https://")) && !url.ends_with('/')
        };
        if *when == When::Never {
            return None;
        }
        if *to <= from {
            return Some((
                "to",
                "must be a later environment than this one, so that nothing goes round in circles",
            ));
        }
        match (url, secret) {
            (None, None) if !here.contains(to) => Some((
                "to",
                "has no file here; name the `url` of its boathook, or say `when: never`",
            )),
            (None, None) => None,
            (None, Some(_)) => {
                Some(("secret", "is for another boathook: name its `url`, or leave the secret out"))
            }
            (Some(_), None) => Some((
                "secret",
                "is missing; name one that the other boathook lists with `use: promotion`",
            )),
            (Some(url), Some(_)) if !whole(url) => {
                Some(("url", "must begin with http:// or https:// and not end with /"))
            }
            (Some(_), Some(_)) => None,
        }
    }
}
