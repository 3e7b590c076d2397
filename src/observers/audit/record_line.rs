//! A line about a record, without what its log alone gives it: number and hashes.

use std::{io, path::Path};

use serde_json::{Map, Value};

use crate::observers::audit::{Proof, show::read};

/// A line of a verified log about a record of the journal.
pub(super) struct RecordLine {
    pub(super) sequence: u64,
    /// The line's number in its log.
    pub(super) number: u64,
    /// The word for what happened.
    pub(super) what: String,
    /// Everything that the record says.
    pub(super) content: Map<String, Value>,
}

impl RecordLine {
    /// The lines of a verified log about records of the journal that it follows now, the oldest first.
    pub(super) fn all(
        directory: &Path,
        proof: &Proof,
    ) -> io::Result<impl Iterator<Item = io::Result<Self>> + use<>> {
        let before = proof.journal_replaced.last().copied().unwrap_or_default();
        let numbers = before.saturating_add(1)..=proof.to;
        Ok(read(directory)?.filter_map(move |shown| match shown {
            Ok(shown) => {
                let line = Self::of(shown.value?)?;
                numbers.contains(&line.number).then_some(Ok(line))
            }
            Err(error) => Some(Err(error)),
        }))
    }

    fn of(line: Value) -> Option<Self> {
        let Value::Object(mut content) = line else { return None };
        let number = content.remove("number")?.as_u64()?;
        content.remove("previous");
        content.remove("hash");
        let sequence = content.get("sequence")?.as_u64()?;
        let what = content.get("what")?.as_str()?.to_owned();
        Some(Self { sequence, number, what, content })
    }
}
