//! What boathook signs in to GitHub with, read from where the configuration says. No message holds any
//! part of it.

use std::ffi::OsString;

use crate::{
    config::{Config, GitHubApp, GitHubSource, SecretError, SecretUse, source::Unjudged},
    github::Credential,
};

/// Reads the token or the app's key, if the configuration names one; `variable` looks up a variable
/// of this process.
pub fn load_github_credential(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Credential>, SecretError> {
    let GitHubSource { token, app, .. } = &config.sources.github;
    match (token, app) {
        (None, None) => Ok(None),
        (_, Some(GitHubApp { id, installation, key })) => {
            let read = Unjudged::read(SecretUse::GitHub { part: "app.key" }, key, &variable)?;
            let app = read.judged_text(|pem| {
                Credential::app(*id, *installation, pem).map_err(
                    |_| "is no private RSA key in PEM; GitHub makes one in the app's settings",
                )
            })?;
            Ok(Some(app))
        }
        (Some(token), None) => {
            let read = Unjudged::read(SecretUse::GitHub { part: "token" }, token, &variable)?;
            let is_token =
                |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
            let token = read.judged_text(|text| {
                if is_token(&text) { Ok(text) } else { Err("is no token of GitHub's") }
            })?;
            Ok(Some(Credential::Token(token)))
        }
    }
}
