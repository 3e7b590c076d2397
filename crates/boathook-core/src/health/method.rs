//! The HTTP method of a probe.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

/// The HTTP method of a probe. None of them has a body.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE", const_into_str)]
pub enum Method {
    /// As a visitor asks.
    #[default]
    Get,
    /// Only status and headers are wanted.
    Head,
    /// The allowed methods.
    Options,
    /// For what answers to nothing else.
    Post,
}

impl Method {
    /// As written in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}
