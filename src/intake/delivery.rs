//! How a request came, apart from its body.

use std::net::IpAddr;

use boathook_core::{deployment::Environment, record::RequestSource};

use crate::intake::Freshness;

/// The metadata of a delivery.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The environment that the path names.
    pub environment: Option<Environment>,
    /// The sender's id of the delivery.
    pub id: Option<String>,
    /// The way by which the request came in.
    pub source: RequestSource,
    /// When its timestamp must be recent.
    pub freshness: Freshness,
    /// The address that it came from, at the listener.
    pub client: Option<IpAddr>,
}
