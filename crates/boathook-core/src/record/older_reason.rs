//! Reasons that older programs stored as text.

use serde::{Deserialize as _, Deserializer};

use crate::record::{Reason, older_text::Stored};

/// A reason that policy gave, which older programs stored as text.
pub(super) fn or_stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
    Ok(match Stored::<Reason>::deserialize(deserializer)? {
        Stored::Text(words) => Reason::stated(words),
        Stored::Typed(reason) => reason,
    })
}

/// A reason whose text, in older programs, may name an operator.
pub(super) fn or_undisclosed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Reason, D::Error> {
    Ok(match Stored::<Reason>::deserialize(deserializer)? {
        Stored::Text(words) => Reason::undisclosed(words),
        Stored::Typed(reason) => reason,
    })
}
