//! Secrets that boathook knows.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use aho_corasick::AhoCorasick;

use crate::redact::{MASK, spellings::spellings};

/// Secrets in all their spellings, looked for in one pass.
#[derive(Default)]
pub(super) struct Known {
    spellings: BTreeSet<String>,
    search: Option<AhoCorasick>,
}

impl Known {
    /// Adds secrets to those that are known already.
    pub(super) fn learn<S: AsRef<[u8]>>(&mut self, secrets: impl IntoIterator<Item = S>) {
        let before = self.spellings.len();
        self.spellings.extend(secrets.into_iter().flat_map(|secret| spellings(secret.as_ref())));
        if self.spellings.len() == before {
            return;
        }
        // It fails only where the patterns need more states than fit into 32 bits; then the shapes
        // are still looked for.
        self.search = AhoCorasick::new(&self.spellings).ok();
    }

    /// The text without them.
    pub(super) fn without<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(search) = &self.search else { return Cow::Borrowed(text) };
        let places =
            joined(search.find_overlapping_iter(text).map(|found| found.range()).collect());
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        for place in places {
            clean.push_str(&text[from..place.start]);
            clean.push_str(MASK);
            from = place.end;
        }
        clean.push_str(&text[from..]);
        Cow::Owned(clean)
    }
}

/// Places that overlap or touch, made one.
fn joined(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            Some(_) | None => joined.push(place),
        }
    }
    joined
}
