//! What a registry wants of whoever asks: the header `WWW-Authenticate`.

use http_auth::{ChallengeRef, parse_challenges};
use reqwest::Url;

/// What a registry wants of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// A token, which is to be had there.
    Token(Url),
    /// A password at once.
    Password,
}

/// What the values of the header ask for, to pull from a repository; none if boathook knows no answer.
#[must_use]
pub fn challenge<'a>(values: impl Iterator<Item = &'a str>, repository: &str) -> Option<Challenge> {
    let challenges: Vec<ChallengeRef<'a>> =
        values.filter_map(|value| parse_challenges(value).ok()).flatten().collect();
    let of_scheme =
        |scheme: &str| challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case(scheme));
    match of_scheme("Bearer") {
        Some(bearer) => token_url(bearer, repository).map(Challenge::Token),
        None => of_scheme("Basic").map(|_| Challenge::Password),
    }
}

/// Where the token for pulling is. Which scope that is, is not left to the registry.
fn token_url(bearer: &ChallengeRef<'_>, repository: &str) -> Option<Url> {
    let parameter = |name: &str| {
        let named = bearer.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.to_unescaped())
    };
    let mut url = Url::parse(&parameter("realm")?).ok()?;
    let service = parameter("service").map(|service| ("service", service));
    let scope = format!("repository:{repository}:pull");
    url.query_pairs_mut().extend_pairs(service).append_pair("scope", &scope);
    Some(url)
}
