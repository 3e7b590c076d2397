//! Removes secrets from text. Everything that records text of others uses it.

use std::{
    borrow::Cow,
    sync::{Arc, PoisonError, RwLock},
};

use crate::redact::{known::Known, shapes::without_shapes};

/// Takes secrets out of text. Handles are cheap, and all know the same secrets. Doing it twice is
/// the same as once.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

impl Redactor {
    /// A redactor that knows these secrets.
    #[must_use]
    pub fn knowing<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let redactor = Self::default();
        redactor.learn(secrets);
        redactor
    }

    /// Adds secrets for every handle. None is ever removed, because an old one may still be
    /// printed.
    pub fn learn<S: AsRef<[u8]>>(&self, secrets: impl IntoIterator<Item = S>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).learn(secrets);
    }

    /// The text without secrets, in time that grows with its length.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.without_known(text) {
            Cow::Borrowed(text) => without_shapes(text),
            Cow::Owned(text) => Cow::Owned(without_shapes(&text).into_owned()),
        }
    }

    /// The first `max` characters of the same. It is cut last, so that no part of a secret is left.
    #[must_use]
    pub fn beginning(&self, text: &str, max: usize) -> String {
        self.text(text).chars().take(max).collect()
    }

    /// The text without the secrets that are known; what only has the shape of one stays.
    #[must_use]
    pub fn without_known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).without(text)
    }
}
