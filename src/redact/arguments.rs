//! Argument lists.

use crate::redact::{MASK, Redactor, speaks_of_a_secret};

impl Redactor {
    /// An argument list without secrets; a flag that promises one hides the word after it too.
    #[must_use]
    pub fn arguments(&self, arguments: &[String]) -> Vec<String> {
        let befores = std::iter::once(None).chain(arguments.iter().map(Some));
        let hidden = |before: Option<&String>, word: &str| {
            before.is_some_and(|flag| announces(flag)) && !word.starts_with('-')
        };
        arguments
            .iter()
            .zip(befores)
            .map(
                |(word, before)| {
                    if hidden(before, word) { MASK.into() } else { self.text(word).into() }
                },
            )
            .collect()
    }
}

/// Whether the word is a flag whose value, a secret, is the next word.
fn announces(flag: &str) -> bool {
    flag.starts_with('-') && !flag.contains('=') && speaks_of_a_secret(flag)
}
