//! One webhook as a relay handed it on.

use std::collections::BTreeMap;

use boathook_core::deployment::SIGNATURE_HEADER;

use crate::intake::{
    EVENT_HEADERS, FORGE_SIGNATURE_HEADERS, HUB_SIGNATURE_HEADER, NoEvent, Offered, event_named,
};

/// One webhook as a relay handed it on: the headers with lower-case names, and the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    pub(super) headers: BTreeMap<String, String>,
    /// The bytes that the signature must fit.
    pub body: Vec<u8>,
}

impl Relayed {
    /// The value of a header; relays keep one of each name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The one event that its headers name.
    pub fn event(&self) -> Result<&str, NoEvent> {
        event_named(EVENT_HEADERS.map(|name| self.values(name)))
    }

    /// Its headers that say who sent it.
    #[must_use]
    pub fn offered(&self) -> Offered<'_> {
        Offered {
            documented: self.values(SIGNATURE_HEADER),
            hub: self.values(HUB_SIGNATURE_HEADER),
            forges: FORGE_SIGNATURE_HEADERS.map(|name| self.values(name)),
            authorization: self.values("authorization"),
        }
    }

    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.header(name).map(str::as_bytes).into_iter().collect()
    }
}
