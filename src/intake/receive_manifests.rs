//! The manifests of a request: unpacked, found in the record, or fetched from a registry.
//!
//! A repeat needs neither the limits of today nor a registry: the record has its manifests. A dry run
//! is judged by what holds today.

use boathook_core::{
    deployment::{ArtifactRef, Bundle, RequestedManifests},
    state::Deployment,
};
use tokio::task::spawn_blocking;

use crate::{
    bundles::{self, BundleError, BundleLimits},
    intake::{
        Admission, FieldProblem, Refusal, SentManifests,
        claim::Claim,
        sent_manifests::{BroughtBundle, FIELD, ReceivedManifests},
    },
    journal::{PackedBundle, StoreError},
};

impl Admission {
    /// What a request brings, unpacked; what it names in a registry has yet to be fetched. Only
    /// boathook's `own` requests may name a bundle of the journal.
    pub(super) async fn received(
        &self,
        claim: &mut Claim<'_>,
        own: bool,
    ) -> Result<ReceivedManifests, Refusal> {
        match claim.sent.take() {
            None => Ok(ReceivedManifests::default()),
            Some(SentManifests::Content(text)) => self.unpacked(text, claim).await,
            Some(SentManifests::Artifact(artifact)) => {
                Ok(ReceivedManifests { artifact: Some(artifact), ..ReceivedManifests::default() })
            }
            Some(SentManifests::Recorded(_)) if !own => Err(wrong(
                "`manifests.bundle` is for boathook's own promotions; send the manifests themselves"
                    .to_owned(),
            )),
            Some(SentManifests::Recorded(digest)) => {
                match self.journal.bundle(&digest).await.map_err(Refusal::Unwritable)? {
                    Some(_) => Ok(ReceivedManifests::recorded(RequestedManifests::Bundle(digest))),
                    None => Err(wrong(format!("the record no longer holds bundle {digest}"))),
                }
            }
        }
    }

    /// Unpacks what a request brings. What was accepted under other limits is taken from the record.
    async fn unpacked(
        &self,
        text: String,
        claim: &Claim<'_>,
    ) -> Result<ReceivedManifests, Refusal> {
        let (text, refused) = match unpack(text, self.bundles).await? {
            (_, Ok(bundle)) => return Ok(ReceivedManifests::brought(bundle)),
            (text, Err(refused)) => (text, refused),
        };
        let Some(known) = self.recorded_as(claim).await? else { return Err(refused.into()) };
        let (_, unpacked) = unpack(text, BundleLimits::RECORDED).await?;
        let accepted = known.acceptance.request.manifests.as_ref().map(RequestedManifests::bundle);
        match unpacked {
            Ok(bundle) if accepted == Some(&bundle.digest()) => {
                Ok(ReceivedManifests::recorded(RequestedManifests::Bundle(bundle.digest())))
            }
            Ok(_) | Err(_) => Err(refused.into()),
        }
    }

    /// Fetches what a request names, if the environment takes it and the request is `fresh`. What it was
    /// accepted with before is taken from the record.
    pub(super) async fn fetched(
        &self,
        artifact: ArtifactRef,
        claim: &Claim<'_>,
        fresh: Result<(), Refusal>,
    ) -> Result<ReceivedManifests, Refusal> {
        let Claim { request, policy, .. } = claim;
        let known = self.recorded_as(claim).await?.and_then(|known| {
            let named = known.acceptance.request.manifests.clone()?;
            (named.artifact()?.digest() == artifact.digest()).then_some(named)
        });
        if let Some(known) = known {
            return Ok(ReceivedManifests::recorded(known));
        }
        policy.check_allowed(request)?;
        policy.check_artifact(&artifact)?;
        policy.check_not_frozen()?;
        fresh?;
        let bundle = self.artifacts.bundle(&artifact, self.bundles).await?;
        Ok(ReceivedManifests::fetched(artifact, bundle))
    }

    /// The bundle as the journal keeps it. One with Secrets is on disk before the journal names it.
    pub(super) async fn packed(
        &self,
        brought: Option<BroughtBundle>,
    ) -> Result<Option<PackedBundle>, Refusal> {
        let Some(BroughtBundle { bundle, secret }) = brought else { return Ok(None) };
        if secret.is_some() && !self.journal.leads() {
            return Err(Refusal::Unwritable(StoreError::HoldsSecrets));
        }
        let failed = |error| Refusal::Unwritable(StoreError::failed("keep a bundle", error));
        let packing = spawn_blocking(move || Ok((bundle.digest(), bundles::pack(&bundle)?))).await;
        let packed = packing.map_err(|_panicked| Refusal::Unwritable(StoreError::Stopped))?;
        let (digest, packed) = packed.map_err(failed)?;
        if secret.is_none() {
            return Ok(Some(PackedBundle { digest, packed: Some(packed) }));
        }
        self.secret_bundles.keep(&digest, &packed).await.map_err(failed)?;
        Ok(Some(PackedBundle { digest, packed: None }))
    }

    /// The deployment that already has the identity of a request, unless it is a dry run.
    async fn recorded_as(&self, claim: &Claim<'_>) -> Result<Option<Deployment>, Refusal> {
        if claim.dry_run {
            return Ok(None);
        }
        Ok(self.known_as(&claim.request).await?.map(|(_, known)| known))
    }
}

/// Unpacks a text, apart from what answers others, and gives it back.
async fn unpack(
    text: String,
    limits: BundleLimits,
) -> Result<(String, Result<Bundle, BundleError>), Refusal> {
    let unpacking = spawn_blocking(move || {
        let bundle = bundles::receive(&text, &limits);
        (text, bundle)
    });
    unpacking.await.map_err(|_panicked| Refusal::Unwritable(StoreError::Stopped))
}

fn wrong(message: String) -> Refusal {
    Refusal::Fields(vec![FieldProblem { field: FIELD.to_owned(), message }])
}
