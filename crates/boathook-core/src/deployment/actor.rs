//! Who asked for something: an operator, or a newer request for the same service.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::DeploymentId;

/// An operator of the node. Name and note are for other operators: senders read
/// [`Actor::anonymous`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The user's name on the node.
    pub user: String,
    /// What they noted, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Who aborts or steers a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requester {
    Operator(Actor),
    /// The deployment that takes the place of this one.
    NewerRequest(DeploymentId),
}

impl Actor {
    #[must_use]
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into(), note: None }
    }

    #[must_use]
    pub fn noting(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    /// The same with the note changed.
    #[must_use]
    pub fn map_note(self, change: impl FnOnce(String) -> String) -> Self {
        Self { note: self.note.map(change), ..self }
    }

    /// The operator, and the note as the reason that they give to the sender.
    #[must_use]
    pub fn with_reason(&self) -> String {
        let Self { user, note } = self;
        note.as_ref().map_or_else(|| user.clone(), |note| format!("{user}: {note}"))
    }

    /// What a sender may know of any operator.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new("an operator")
    }
}

impl Requester {
    /// An operator without note.
    #[must_use]
    pub fn operator(user: impl Into<String>) -> Self {
        Self::Operator(Actor::new(user))
    }
}

impl From<Actor> for Requester {
    fn from(actor: Actor) -> Self {
        Self::Operator(actor)
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)?;
        self.note.as_ref().map_or(Ok(()), |note| write!(f, " ({note})"))
    }
}

impl fmt::Display for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(actor) => actor.fmt(f),
            Self::NewerRequest(deployment) => write!(f, "a newer request, {deployment}"),
        }
    }
}
