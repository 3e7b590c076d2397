//! Texts in which `*` stands for any characters.

use crate::deployment::ImageRef;

/// Whether the whole of a text matches a pattern: each piece between two `*` is searched from the
/// left, and the last piece at the end.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(text) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last)) else {
        return false;
    };
    let left = middle
        .split('*')
        .try_fold(text, |left, piece| left.find(piece).map(|at| &left[at + piece.len()..]));
    left.is_some()
}

/// The same where `*` never stands for a `/`, nor for an empty part between two.
#[must_use]
pub fn matches_path(pattern: &str, text: &str) -> bool {
    let mut ours = pattern.split('/');
    let mut theirs = text.split('/');
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if !part.is_empty() && matches(pattern, part) => {}
            _ => return false,
        }
    }
}

/// Whether an image's repository matches. Neither is completed, and a registry must be named: a first
/// part that could be a part of a repository, such as `*`, never matches one.
#[must_use]
pub fn matches_repository(pattern: &str, image: &ImageRef) -> bool {
    let names_registry = pattern
        .split_once('/')
        .is_some_and(|(first, _)| first.contains(['.', ':']) || first == "localhost");
    names_registry == image.names_registry() && matches_path(pattern, image.repository())
}
