//! A request that became no deployment.

use std::net::IpAddr;

use boathook_core::record::{RequestSource, VerifiedIdentity};
use jiff::Timestamp;

/// A request that became no deployment.
#[derive(Clone, Debug)]
pub struct Refused {
    pub at: Timestamp,
    /// The way by which it came in.
    pub source: RequestSource,
    /// The address that it came from, at a listener.
    pub client: Option<IpAddr>,
    /// The id of the secret that signed it; none if no signature was valid.
    pub signed_by: Option<String>,
    /// What the sender's token proved, if it had a good one.
    pub identity: Option<VerifiedIdentity>,
    /// The user of a refused command on the operator's socket.
    pub operator: Option<String>,
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// `X-GitHub-Delivery`, as sent.
    pub delivery: Option<String>,
    /// The status code of the answer.
    pub status: u16,
    pub reason: String,
}
