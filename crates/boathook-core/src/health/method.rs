//! The HTTP method of a probe.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The HTTP method of a probe. None of them has a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
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
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
