//! Takes a container package that was published on GitHub to admission, for an environment that has a
//! rule for it.
//!
//! It is believed because a secret of the environment signed the webhook, and deployed by its digest:
//! by the time of the pull, a tag may name something else.

use boathook_core::{
    deployment::{Digest, Environment, ImageRef, Key, Repository, beginning},
    record::RequestSource,
};
use jiff::Timestamp;

use crate::{
    config::{ATTACHED_TAG, PackageRule},
    intake::{
        Admission, Delivery, FieldProblem, Freshness, Refusal, Verified,
        github::{
            PackageEvent, Received,
            made_request::{MadeRequest, is_commit},
            package_event::PackageVersion,
        },
    },
};

const PUBLISHED: &str = "published";
const CONTAINER: &str = "container";
/// Characters that an answer shows of a text from outside.
const SHOWN: usize = 128;

/// A tagged image, as far as rules judge it.
struct Published<'a> {
    image: ImageRef,
    tag: &'a str,
    version: &'a PackageVersion,
}

impl Admission {
    /// Admits the deployment of a package that this webhook names. The same version is a repeat,
    /// whichever event names it, and under whatever tag.
    pub(crate) async fn receive_package<B>(
        &self,
        webhook: &Verified<B>,
        event: &PackageEvent,
        delivery: Delivery,
    ) -> Result<Received, Refusal> {
        let published = match event.published() {
            Ok(published) => published,
            Err(why) => return Ok(Received::Ignored(why)),
        };
        let Some(repository) = event.repository.as_ref().map(|named| &named.full_name) else {
            let why = "it is connected to no repository; connect it in the package's settings";
            return Ok(Received::Ignored(why.to_owned()));
        };
        let Published { image, tag, version } = published;
        let rule = self.package_rule(webhook.signers(), &image, repository, tag);
        let Some((environment, rule)) = rule else {
            return Ok(Received::Ignored(format!(
                "no environment whose secret signed this takes {} of {repository} with the tag `{}` (`github.packages`)",
                image.repository(),
                shown(tag)
            )));
        };
        let digest = digest(version)?;
        let commits = version.commits();
        let made = MadeRequest {
            environment,
            image: Some(format!("{}:{tag}@{digest}", rule.image)),
            namespace: Some(&rule.namespace),
            service: Some(&rule.service),
            deployment_id: format!("github-package-{digest}"),
            commit: commits.into_iter().flatten().find(|commit| is_commit(commit)),
            repository: Some(&rule.repository),
            triggered_by: event.sender.as_ref().map_or("", |sender| sender.login.as_str()),
            timestamp: updated_at(event)?,
        };
        let source = RequestSource::GitHubPackage {
            repository: rule.repository.clone(),
            image: rule.image.clone(),
        };
        let environment = Some(environment);
        let freshness = Freshness::Package;
        let delivery = Delivery { environment, source, freshness, ..delivery };
        let verified = webhook.vouching_for(made.body());
        let admitted = self.admit(&verified, delivery).await?;
        Ok(Received::Admitted(Box::new(admitted)))
    }

    /// The first rule for a package, of the first environment whose secret signed, in the order of
    /// promotion.
    fn package_rule(
        &self,
        signers: &[Key],
        image: &ImageRef,
        repository: &Repository,
        tag: &str,
    ) -> Option<(Environment, &PackageRule)> {
        let enabled = self.policies.iter().filter(|policy| policy.config.enabled);
        let signed = enabled
            .filter(|policy| signers.iter().any(|key| key.environment == policy.environment));
        signed
            .flat_map(|policy| {
                policy.config.github.packages.iter().map(move |rule| (policy.environment, rule))
            })
            .find(|(_, rule)| rule.takes(image, repository, tag))
    }
}

impl PackageEvent {
    /// The tagged image that was published, or why there is none.
    fn published(&self) -> Result<Published<'_>, String> {
        let Self { action, package, repository: _, sender: _ } = self;
        if action != PUBLISHED {
            let action = shown(action);
            return Err(format!("its action is `{action}`, and only `{PUBLISHED}` deploys"));
        }
        if !package.package_type.eq_ignore_ascii_case(CONTAINER) {
            let kind = shown(&package.package_type);
            return Err(format!("its type is `{kind}`, and only a {CONTAINER} deploys"));
        }
        let version = package.package_version.as_ref().ok_or("it names no version")?;
        let tag =
            version.tag().ok_or("it has no tag: an image of one platform, or an attestation")?;
        if tag.starts_with(ATTACHED_TAG) {
            return Err(format!(
                "its tag `{}` is that of a signature or an attestation",
                shown(tag)
            ));
        }
        let image = version.image().ok_or("its `package_url` names no image")?;
        Ok(Published { image, tag, version })
    }
}

/// The one digest that an event names.
fn digest(version: &PackageVersion) -> Result<Digest, Refusal> {
    let mut named = version.digests().into_iter().flatten().filter(|text| !text.is_empty());
    let digest = named.next().and_then(|text| Digest::parse(text).ok());
    let digest = digest.ok_or_else(|| {
        refusal(
            "version",
            "the event names no digest, without which the tag could mean another image by now",
        )
    })?;
    if named.all(|other| other == digest.as_str()) {
        Ok(digest)
    } else {
        Err(refusal(
            "container_metadata.tag.digest",
            "the event names two digests; push the tag again",
        ))
    }
}

/// When it was published.
fn updated_at(event: &PackageEvent) -> Result<Timestamp, Refusal> {
    let named = event.package.updated_at.as_deref().and_then(|text| text.parse().ok());
    named.filter(|time: &Timestamp| time.as_second() > 0).ok_or_else(|| {
        refusal("updated_at", "the event does not say when the package was published (`updated_at`), so it could be an old one that is sent again")
    })
}

fn refusal(field: &str, message: &str) -> Refusal {
    Refusal::Fields(vec![FieldProblem { field: field.to_owned(), message: message.to_owned() }])
}

/// A text from outside, for an answer.
fn shown(text: &str) -> String {
    beginning(text, SHOWN).escape_debug().to_string()
}
