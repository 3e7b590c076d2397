//! How a step asks URLs.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::health::Rules;

/// How to ask a URL of the service, and what is well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probing {
    /// What is well.
    pub rules: Rules,
    /// `http` or `https`, whatever status says (TLS often ends outside the cluster).
    pub scheme: String,
    /// The port, where it is not the scheme's own.
    pub port: Option<u16>,
    /// Where connections go instead of what the host resolves to.
    pub connect_to: Option<SocketAddr>,
    /// How long there may be no verdict.
    pub deadline: Duration,
}
