//! One line of the chain: numbered, holding the hash of the line before, and sealed with its own.
//!
//! A line is `{"number":N,"previous":"H",...,"hash":"H"}`; its hash is the SHA-256 of everything
//! before `,"hash":`.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::observers::audit::entry::{Entry, JOURNAL_REPLACED};

const SEAL: &[u8] = br#","hash":""#;
const END: &[u8] = br#""}"#;
const HEX: usize = 64;

/// A SHA-256 in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(String);

/// A line's place in the chain: the next one names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Counts the lines from 1.
    pub(super) number: u64,
    /// The line's own hash.
    pub(super) hash: Hash,
}

/// The place of a correctly sealed line.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) link: Link,
    pub(super) previous: Hash,
    /// The journal's record that the line describes.
    pub(super) sequence: Option<u64>,
    /// The name of what happened.
    pub(super) what: String,
}

#[derive(Serialize)]
struct Numbered<'a> {
    number: u64,
    previous: &'a Hash,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Place {
    number: u64,
    previous: Hash,
    sequence: Option<u64>,
    what: String,
}

impl Hash {
    fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Link {
    /// The hash before the first line.
    pub(super) fn origin() -> Self {
        Self { number: 0, hash: Hash("0".repeat(HEX)) }
    }

    /// Appends a line to `text`, and returns its place.
    pub(super) fn add(&self, entry: &Entry, text: &mut Vec<u8>) -> serde_json::Result<Self> {
        let number = self.number.saturating_add(1);
        let mut body = serde_json::to_vec(&Numbered { number, previous: &self.hash, entry })?;
        body.pop();
        let hash = Hash::of(&body);
        let seal = [&body, SEAL, hash.0.as_bytes(), END, b"\n"];
        seal.into_iter().for_each(|part| text.extend_from_slice(part));
        Ok(Self { number, hash })
    }

    /// Whether the line is the next one.
    pub(super) fn precedes(&self, line: &Sealed) -> bool {
        line.link.number.checked_sub(1) == Some(self.number) && line.previous == self.hash
    }
}

impl Sealed {
    /// Parses a line without its line break; none if any byte was changed.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let (body, seal) =
            line.split_at_checked(line.len().checked_sub(SEAL.len() + HEX + END.len())?)?;
        let hash = Hash::of(body);
        if seal.strip_prefix(SEAL)?.strip_suffix(END)? != hash.0.as_bytes() {
            return None;
        }
        let Place { number, previous, sequence, what } = serde_json::from_slice(line).ok()?;
        Some(Self { link: Link { number, hash }, previous, sequence, what })
    }

    /// Whether its record may follow this one. Only another journal starts at a lower record;
    /// pruning leaves a gap.
    pub(super) fn may_follow(&self, reported: Option<u64>) -> bool {
        self.sequence.is_none() || self.sequence > reported || self.what == JOURNAL_REPLACED
    }
}
