//! Which failures to ask GitHub are worth a line in the log: a first one, one of another kind, and one
//! an hour as long as it lasts.

use std::{mem::Discriminant, time::Duration};

use tokio::time::Instant;

use crate::github::GitHubError;

/// How long the same trouble is not logged again.
const QUIET: Duration = Duration::from_secs(3600);

/// What kind of trouble it is; none if it is not GitHub's.
type Kind = Option<Discriminant<GitHubError>>;

/// The trouble that was logged last.
#[derive(Default)]
pub(super) struct Trouble(Option<(Kind, Instant)>);

impl Trouble {
    /// Whether to log this one now.
    pub(super) fn is_new(&mut self, error: Option<&GitHubError>, now: Instant) -> bool {
        let kind = error.map(std::mem::discriminant);
        let is_known =
            self.0.is_some_and(|(logged, at)| logged == kind && now.duration_since(at) < QUIET);
        if !is_known {
            self.0 = Some((kind, now));
        }
        !is_known
    }

    /// It is over. Returns whether there was any.
    pub(super) const fn end(&mut self) -> bool {
        self.0.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_trouble_is_logged_and_the_same_one_only_after_an_hour() {
        let mut trouble = Trouble::default();
        let now = Instant::now();
        let after = |minutes: u64| now + Duration::from_secs(60 * minutes);
        let away = GitHubError::Trouble(503);
        assert!(!trouble.end());
        assert!(trouble.is_new(Some(&away), now));
        assert!(!trouble.is_new(Some(&GitHubError::Trouble(502)), after(5)));
        assert!(trouble.is_new(Some(&GitHubError::Unauthorized), after(10)));
        assert!(!trouble.is_new(Some(&GitHubError::Unauthorized), after(69)));
        assert!(trouble.is_new(Some(&GitHubError::Unauthorized), after(70)));
        assert!(trouble.is_new(None, after(71)));
        assert!(trouble.end());
        assert!(trouble.is_new(None, after(72)));
    }
}
