//! How boathook learned of a deployment on GitHub.

use std::net::IpAddr;

use crate::intake::Verified;

/// How boathook learned of a deployment on GitHub.
pub(crate) enum LearnedBy {
    /// It asked.
    Asking,
    /// GitHub's webhook: whose secret signed it, and the address that brought it, if that is known.
    Webhook { signed: Box<Verified<()>>, client: Option<IpAddr> },
}
