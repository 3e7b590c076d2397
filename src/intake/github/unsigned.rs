//! What an unsigned deployment deploys, where an environment believes GitHub: its own settings say
//! which ones, and what of them.

use boathook_core::deployment::Repository;

use crate::{
    config::{Pattern, Trust, Unsigned},
    intake::{
        Refusal,
        github::{
            Deployment,
            made_request::{MadeRequest, is_commit},
        },
        takers::Taker,
    },
};

/// The request that a deployment means; none if the environment does not take such ones.
pub(super) fn request(
    taker: &Taker,
    repository: &Repository,
    deployment: &Deployment,
    named: Option<String>,
) -> Result<Option<Vec<u8>>, Refusal> {
    let Unsigned { image, namespace, service, refs, creators, tasks } = &taker.settings.unsigned;
    if taker.settings.trust == Trust::Signed || !Pattern::any(tasks, &deployment.task) {
        return Ok(None);
    }
    let creator = deployment.creator.as_ref().map_or("", |creator| creator.login.as_str());
    let Deployment { sha, reference, .. } = deployment;
    let now = deployment.repository();
    let denial = if !now.as_ref().is_some_and(|now| now.is(repository)) {
        Some(renamed(now.as_ref()))
    } else if !Pattern::any(refs, reference) {
        Some(format!("ref `{reference}` matches no pattern of `github.unsigned.refs`"))
    } else if !Pattern::any(creators, creator) {
        Some(format!("creator `{creator}` matches no pattern of `github.unsigned.creators`"))
    } else if !is_commit(sha) {
        Some("its commit is not 40 hexadecimal digits".to_owned())
    } else {
        None
    };
    if let Some(what) = denial {
        return Err(Refusal::NotAllowed { environment: taker.environment, what });
    }
    let image = named.or_else(|| Some(filled_in(image.as_deref()?, repository, sha)));
    let made = MadeRequest {
        environment: taker.environment,
        image,
        namespace: namespace.as_ref(),
        service: service.as_ref(),
        deployment_id: format!("github-{}", deployment.id),
        commit: Some(sha),
        repository: None,
        triggered_by: creator,
        timestamp: deployment.created_at,
    };
    Ok(Some(made.body()))
}

/// GitHub redirects to a repository that has another name, and perhaps another owner, whom nobody has
/// said to believe.
fn renamed(now: Option<&Repository>) -> String {
    match now {
        Some(now) => {
            format!("the repository is called {now} now; name that in `github.repositories`")
        }
        None => "GitHub does not say of which repository it is".to_owned(),
    }
}

/// The image of a template. Registries know repositories in lower case only.
fn filled_in(template: &str, repository: &Repository, sha: &str) -> String {
    template
        .replace("{repository}", &repository.as_str().to_ascii_lowercase())
        .replace("{sha}", sha)
}
