//! What `boathook send` says.

use boathook_core::deployment::{ArtifactRef, BundleDigest, ExternalId};

use crate::cli::messages::wording::{note, spaced};

/// The request was taken; a repeat has a state already.
pub(crate) fn taken(id: &ExternalId, state: Option<&str>) -> String {
    match state {
        None => format!("accepted as deployment {id}"),
        Some(state) => format!("deployment {id} was sent before: {}", spaced(state)),
    }
}

/// A field of the request that boathook does not know.
pub(crate) fn ignored(field: &str) -> String {
    format!("note: boathook does not know the field `{field}`, and ignored it")
}

/// Which manifests go along.
pub(crate) fn bundle(digest: &BundleDigest, files: usize, bytes: usize) -> String {
    let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    format!("manifests: bundle {digest}, {files} of {bytes} bytes")
}

/// The manifests that boathook is to fetch.
pub(crate) fn artifact(artifact: &ArtifactRef) -> String {
    format!("manifests: {artifact}, which boathook fetches")
}

/// Where to watch it.
pub(crate) fn status_at(url: &str) -> String {
    format!("status: {url}")
}

/// The deployment was accepted and never seen after.
pub(crate) fn not_seen(status_url: &str) -> String {
    format!("accepted, but its status could not be read before the deadline; see {status_url}")
}

/// The request is a deployment on GitHub.
pub(crate) fn created_on_github(id: &ExternalId, number: u64, environment: &str) -> String {
    format!("deployment {id}: created as deployment {number} of {environment} on GitHub")
}

/// boathook made a deployment on GitHub for the request.
pub(crate) fn found_on_github(number: u64, environment: &str) -> String {
    format!("boathook took it: deployment {number} of {environment} on GitHub")
}

/// boathook made no deployment on GitHub for the request.
pub(crate) fn none_on_github(timeout: &str) -> String {
    format!(
        "no deployment for the request appeared there within {timeout}; if boathook refused it, its audit log says why (`boathook audit show`); does its configuration name this repository in github.repositories?"
    )
}

/// Nobody said anything of a deployment on GitHub.
pub(crate) fn no_status(number: u64, timeout: &str) -> String {
    format!(
        "deployment {number} has no status after {timeout}: does boathook run, and does its configuration name this repository in github.repositories?"
    )
}

/// How a deployment ended, or its status at the deadline, as GitHub shows it.
pub(crate) fn outcome_on_github(state: &str, why: &str, place: &str, image: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    match state {
        "success" => format!("succeeded: {place} serves {image}"),
        "failure" => format!("failed or rolled back in {place}{why}"),
        "error" => format!("not deployed to {place}{why}"),
        "inactive" => format!("not serving in {place}{why}"),
        open => format!("still {} at the deadline: {place}{why}", spaced(open)),
    }
}

/// A relay has the request.
pub(crate) fn handed_over(id: &ExternalId, host: &str) -> String {
    format!(
        "deployment {id}: handed to the relay at {host}; that says nothing of what boathook does"
    )
}

/// Nobody here learns what becomes of it.
pub(crate) fn not_followed() -> String {
    note(
        "what becomes of it is not followed; GITHUB_TOKEN or --github-token-file lets it be followed on GitHub",
    )
}

/// boathook knows the id, and not for this request.
pub(crate) fn other_request(id: &ExternalId, image: &str) -> String {
    format!(
        "deployment_id `{id}` already names another request, which deploys {image}; send a new --deployment-id for a new deployment"
    )
}
