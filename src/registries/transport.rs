//! Carries one question to a registry, and its answer back.

use std::{error::Error, fmt};

use futures_util::future::BoxFuture;

/// One GET. Its text form leaves out the authorization.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryRequest {
    pub url: String,
    /// The kinds of documents that are wanted.
    pub accept: String,
    pub authorization: Option<String>,
    /// The certificates of a further authority, in PEM.
    pub authority: Option<Vec<u8>>,
    /// Bytes of the answer that are read.
    pub max: usize,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryResponse {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its beginning: one byte more than asked for, if it is too long.
    pub body: Vec<u8>,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    #[error("did not answer in time")]
    TimedOut,
    #[error("cannot be reached")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Something that carries questions to registries. It follows no redirect; its caller sets the
/// deadline.
pub trait Transport: Send + Sync {
    /// Asks once.
    fn get(&self, request: RegistryRequest)
    -> BoxFuture<'_, Result<RegistryResponse, Unreachable>>;
}

impl RegistryResponse {
    /// The values of the headers of that name, which is in lower case.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RegistryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {}", self.url)
    }
}
