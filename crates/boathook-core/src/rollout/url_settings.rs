//! Where services answer: the section `url` of the configuration, and what plans hold of it.

use std::{fmt, net::SocketAddr};

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{address_text, fault::Fault};

/// Where the services answer: `{scheme}://{service}.{namespace}.{domain}[:{port}]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlSettings {
    /// That of requests, whatever the scheme in status (TLS often ends outside the cluster).
    pub scheme: Scheme,
    /// The domain of the cluster's services.
    pub domain: String,
    /// The port, if it is not the scheme's own.
    pub port: Option<u16>,
    /// The address that probes connect to instead of resolving the name; the name stays in `Host`
    /// and SNI.
    #[serde(deserialize_with = "address_text::optional")]
    pub ingress_address: Option<SocketAddr>,
    /// How cluster-local services are probed; none if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_local: Option<ClusterLocal>,
}

/// How services with the visibility `cluster-local` are probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterLocal {
    /// The gateway inside the cluster; none if the cluster's names resolve, as in a pod.
    #[serde(deserialize_with = "address_text::optional")]
    pub ingress_address: Option<SocketAddr>,
    /// The scheme of requests to that gateway.
    pub scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl UrlSettings {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let is_domain = !self.domain.is_empty() && !self.domain.contains([':', '/', ' ']);
        Fault::of([(
            is_domain,
            "domain",
            "must be a domain such as example.com, without scheme and port",
        )])
    }
}

impl Scheme {
    /// As written in a URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
