//! An operator as the two fields `by` and `note` of what they answered.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::deployment::Actor;

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    by: Cow<'a, str>,
    note: Option<Cow<'a, str>>,
}

pub(super) fn serialize<S: Serializer>(
    Actor { user, note }: &Actor,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let note = note.as_deref().map(Cow::Borrowed);
    Stored { by: Cow::Borrowed(user), note }.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Actor, D::Error> {
    let Stored { by, note } = Stored::deserialize(deserializer)?;
    Ok(Actor { user: by.into_owned(), note: note.map(Cow::into_owned) })
}

/// The user alone, where a note has no place.
pub(super) fn user<S: Serializer>(actor: &Actor, serializer: S) -> Result<S::Ok, S::Error> {
    actor.user.serialize(serializer)
}
