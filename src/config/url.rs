//! Where services answer.

use std::net::SocketAddr;

use boathook_core::fault::Fault;
use serde::Deserialize;
use strum::IntoStaticStr;

use crate::config::text;

/// Where the services answer: `{scheme}://{service}.{namespace}.{domain}[:{port}]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlConfig {
    pub scheme: Scheme,
    /// The domain of the cluster's services.
    pub domain: String,
    /// The port, if it is not the scheme's own.
    pub port: Option<u16>,
    /// The address that probes connect to instead of resolving the name; the name stays in `Host`
    /// and SNI.
    #[serde(deserialize_with = "text::optional_address")]
    pub ingress_address: Option<SocketAddr>,
    /// How cluster-local services are probed; none if there are none.
    pub cluster_local: Option<ClusterLocalUrl>,
}

/// How services with the visibility `cluster-local` are probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterLocalUrl {
    /// The gateway inside the cluster; none if the cluster's names resolve, as in a pod.
    #[serde(deserialize_with = "text::optional_address")]
    pub ingress_address: Option<SocketAddr>,
    /// The scheme of requests to that gateway.
    pub scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl UrlConfig {
    pub(super) fn faults(&self) -> Vec<Fault> {
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
