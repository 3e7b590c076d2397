//! The promotion of a success to the next environment.

use boathook_core::{
    deployment::{Environment, Namespace, ServiceName},
    fault::Fault,
};
use serde::Deserialize;

use crate::{
    config::{SecretConfig, server::is_base_url},
    plan::Next,
};

/// The promotion of a success to the next environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionConfig {
    /// The next environment.
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

impl When {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Approval => "approval",
            Self::Never => "never",
        }
    }
}

impl PromotionConfig {
    /// What a plan needs of it; nothing if no success is sent on.
    #[must_use]
    pub(crate) fn next(&self) -> Option<Next> {
        (self.when != When::Never).then(|| Next {
            to: self.to,
            namespace: self.namespace.clone(),
            service_name: self.service_name.clone(),
            approval: self.when == When::Approval,
        })
    }

    /// Why it cannot be used. `here` are the environments of this boathook.
    pub(super) fn fault(&self, here: &[Environment]) -> Option<Fault> {
        let url_is_whole = self.url.as_deref().is_none_or(is_base_url);
        let (key, message) = match (&self.url, &self.secret) {
            _ if self.when == When::Never => return None,
            (None, None) if !here.contains(&self.to) => {
                ("to", "has no file here; name the `url` of its boathook, or say `when: never`")
            }
            (None, Some(_)) => {
                ("secret", "is for another boathook: name its `url`, or leave the secret out")
            }
            (Some(_), None) => (
                "secret",
                "is missing; name one that the other boathook lists with `use: promotion`",
            ),
            (Some(_), Some(_)) if !url_is_whole => {
                ("url", "must begin with http:// or https:// and not end with /")
            }
            (None, None) | (Some(_), Some(_)) => return None,
        };
        Some(Fault::new(key, message))
    }
}
