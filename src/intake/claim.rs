//! What a verified body asks for, and by whose word: read before anything is looked up.

use boathook_core::{
    deployment::{DeployRequest, Environment, ExternalId, Key, KeyUse},
    record::RequestSource,
};
use sha2::{Digest, Sha256};

use crate::{
    identity::ProvenIdentity,
    intake::{
        Admission, Delivery, FieldProblem, Payload, Policy, Refusal, SentManifests, Verified,
    },
};

/// A request, and the rules by which it is judged.
pub(super) struct Claim<'a> {
    /// Without secrets, with defaults filled in, and without what its environment does not let
    /// senders ask for. Its manifests are apart.
    pub(super) request: DeployRequest,
    /// The manifests, not yet unpacked.
    pub(super) sent: Option<SentManifests>,
    /// Whether its sender asks for a dry run.
    pub(super) dry_run: bool,
    pub(super) policy: &'a Policy,
    /// The secret that signed it.
    pub(super) signer: Key,
    /// Whether it is a promotion, signed by a secret that may promote.
    pub(super) promotion: bool,
    /// What its token proves, if it needs one.
    pub(super) proven: Option<&'a ProvenIdentity>,
}

impl Admission {
    /// Reads a verified body; refuses one whose sender, way or form its environment does not take.
    pub(super) fn claim<'a, B: AsRef<[u8]>>(
        &'a self,
        body: &'a Verified<B>,
        delivery: &Delivery,
    ) -> Result<Claim<'a>, Refusal> {
        let payload = Payload::parse(body.body().as_ref(), &self.environments())?;
        agree(delivery.environment, payload.environment)?;
        let signer = body.signer_for(payload.environment)?.clone();
        let promotion = payload.auto_promotion && signer.key_use == KeyUse::Promotion;
        let proven = self.proven_for(body, &signer, promotion)?;
        let policy = self.policy(payload.environment)?;
        // What boathook fetched from GitHub comes from a repository that the environment itself names.
        if !body.is_own() && !delivery.freshness.is_fetched() {
            policy.check_source(delivery.client)?;
        }
        policy.check_required(&payload, promotion)?;
        if matches!(delivery.source, RequestSource::GitHub { .. }) && payload.timestamp.is_none() {
            return Err(without_timestamp());
        }
        let dry_run = payload.dry_run;
        let mut payload = payload.without_secrets(&self.redactor);
        let sent = payload.manifests.take();
        let mut request =
            payload.into_request(policy.config.strategy.default, digest_id(body.body().as_ref()));
        request.allow_older &= policy.config.allow.out_of_order;
        request.after_rollback &= policy.config.allow.after_rollback;
        request.promoted_from = request.promoted_from.filter(|_| promotion);
        Ok(Claim { request, sent, dry_run, policy, signer, promotion, proven })
    }
}

/// The path and the body must name the same environment, where the path names one.
fn agree(path: Option<Environment>, body: Environment) -> Result<(), Refusal> {
    match path {
        Some(path) if path != body => Err(Refusal::Fields(vec![FieldProblem {
            field: "environment".to_owned(),
            message: format!(
                "`environment` is {body}, but the path names {path}; send both the same"
            ),
        }])),
        Some(_) | None => Ok(()),
    }
}

/// Everyone who may read a repository can copy what its deployments carry, and only the time ends the
/// use of a copy.
fn without_timestamp() -> Refusal {
    Refusal::Fields(vec![FieldProblem {
        field: "timestamp".to_owned(),
        message: "`timestamp` is needed in a deployment on GitHub; send the time at which it is \
                  signed"
            .to_owned(),
    }])
}

/// The name of a deployment whose sender gave it none.
fn digest_id(body: &[u8]) -> ExternalId {
    let text = format!("sha256:{}", hex::encode(Sha256::digest(body)));
    ExternalId::parse(&text).expect("71 printable characters are a deployment id")
}
