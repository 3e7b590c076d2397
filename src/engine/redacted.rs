//! An event without the secrets that programs and senders may have put into its texts.

use boathook_core::{
    deployment::Actor,
    record::{Event, Rewrite},
};

use crate::redact::Redactor;

/// The event, ready to be recorded.
pub(super) fn redacted(event: Event, redactor: &Redactor) -> Event {
    event.rewritten(&WithoutSecrets(redactor))
}

/// Takes the secrets that boathook knows out of texts.
pub(crate) struct WithoutSecrets<'a>(pub &'a Redactor);

impl Rewrite for WithoutSecrets<'_> {
    fn text(&self, text: String) -> String {
        self.0.text(&text).into_owned()
    }

    fn private(&self, words: String) -> Option<String> {
        Some(self.text(words))
    }

    fn arguments(&self, argv: Vec<String>) -> Vec<String> {
        self.0.arguments(&argv)
    }

    fn sentence(&self, text: String) -> String {
        self.text(text)
    }

    fn actor(&self, actor: Actor) -> Actor {
        actor.map_note(|note| self.text(note))
    }
}
