//! The promotion of a success to the next environment.

use std::{fmt, time::Duration};

use boathook_core::{
    deployment::{Environment, Namespace, Promotion, ServiceKey, ServiceName},
    duration_text,
    fault::Fault,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::config::{SecretConfig, server::is_base_url};

/// The promotion of a success to the next environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionConfig {
    /// The next environment.
    pub to: Environment,
    /// Whether it is deployed at once, or waits there for an operator's approval.
    pub when: When,
    /// How long the digest must have served here before it is sent; 0 to send it at once.
    #[serde(default, deserialize_with = "duration_text::any")]
    pub soak: Duration,
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
    /// Whether anything is sent.
    #[must_use]
    pub fn happens(&self) -> bool {
        self.when != When::Never
    }

    /// Whether what is sent waits there for an operator's approval.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.when == When::Approval
    }

    /// The promotion after a success of this service; none if no success is sent on.
    #[must_use]
    pub(crate) fn promotion(&self, of: &ServiceKey) -> Option<Promotion> {
        let ServiceKey { namespace, service } = of;
        self.happens().then(|| Promotion {
            to: self.to,
            namespace: self.namespace.as_ref().unwrap_or(namespace).clone(),
            service_name: self.service_name.as_ref().unwrap_or(service).clone(),
            approval: self.needs_approval(),
        })
    }

    /// Why it cannot be used. `here` are the environments of this boathook.
    pub(super) fn fault(&self, here: &[Environment]) -> Option<Fault> {
        let url_is_whole = self.url.as_deref().is_none_or(is_base_url);
        let (key, message) = match (&self.url, &self.secret) {
            _ if !self.happens() => return None,
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

/// Reads a promotion, a list of them, or nothing.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PromotionConfig>, D::Error> {
    struct Promotions(Vec<PromotionConfig>);
    struct OneOrMany;

    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Promotions;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a promotion such as {to: staging, when: automatic}, or a list of them")
        }

        fn visit_map<A: MapAccess<'de>>(self, one: A) -> Result<Promotions, A::Error> {
            let one = PromotionConfig::deserialize(MapAccessDeserializer::new(one))?;
            Ok(Promotions(vec![one]))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Promotions, A::Error> {
            let mut promotions = Vec::new();
            while let Some(one) = list.next_element()? {
                promotions.push(one);
            }
            Ok(Promotions(promotions))
        }
    }

    impl<'de> Deserialize<'de> for Promotions {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(OneOrMany)
        }
    }

    let read = Option::<Promotions>::deserialize(deserializer)?;
    Ok(read.map_or_else(Vec::new, |Promotions(promotions)| promotions))
}
