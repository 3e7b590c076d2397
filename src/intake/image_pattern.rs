//! Patterns of image repositories, matched by whole segments.

/// A repository, where a segment may hold `*` for any letters of that segment: `ghcr.io/*/game-2048`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePattern(String);

impl ImagePattern {
    /// Takes a pattern.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    /// Whether the repository has the pattern's segments, one by one; `*` never crosses a `/`.
    #[must_use]
    pub fn matches(&self, repository: &str) -> bool {
        let (patterns, segments) = (self.0.split('/').collect::<Vec<_>>(), repository.split('/').collect::<Vec<_>>());
        patterns.len() == segments.len() && patterns.iter().zip(segments).all(|(pattern, segment)| segment_matches(pattern, segment))
    }
}

fn segment_matches(pattern: &str, segment: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == segment,
        Some((head, tail)) => segment
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| segment_matches(tail, &rest[at..]))),
    }
}
