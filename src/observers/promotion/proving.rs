//! Whether a promotion may be sent by its own terms: its digest has served its time, and the waves
//! before have it.

use boathook_core::{
    deployment::{Digest, Environment, Promotion, ServiceKey},
    proof::{NotProven, Places, Requirement},
    record::{Lacks, Outcome, PromotionWait, Reason, RequiredBy},
    state::{Deployment, PromotionOutcome, State},
};
use jiff::Timestamp;

use crate::{
    journal::{Journal, StoreError},
    observers::promotion::Terms,
};

/// What is lacking for now; an error if it never will be there.
pub(super) type Lacking = Result<PromotionWait, Box<Reason>>;

/// A success and the terms of one of its promotions.
pub(super) struct Proving<'a> {
    pub(super) journal: &'a Journal,
    pub(super) now: Timestamp,
    pub(super) deployment: &'a Deployment,
    /// What it left serving, where that is known.
    pub(super) digest: Option<&'a Digest>,
    pub(super) terms: &'a Terms,
}

/// Where a promotion of an earlier wave is.
enum Wave {
    Under,
    Succeeded,
    Failed(String),
}

impl Proving<'_> {
    /// The first thing that is lacking.
    pub(super) async fn lacks(&self) -> Result<Option<Lacking>, StoreError> {
        let Terms { soak, after } = self.terms;
        if soak.is_zero() && after.is_empty() {
            return Ok(None);
        }
        let Some(digest) = self.digest else {
            let why = "the record does not know which digest serves, and so not for how long";
            return Ok(Some(Err(never(why))));
        };
        let here = Places::Environment(self.deployment.acceptance.request.environment);
        if let Err(why) = self.judge(digest, here).await? {
            return Ok(Some(PromotionWait::of(RequiredBy::Promotion, why)));
        }
        self.lacks_waves(digest).await
    }

    /// A wave that has ended otherwise than by a success ends those after it.
    async fn lacks_waves(&self, digest: &Digest) -> Result<Option<Lacking>, StoreError> {
        let mut under = Vec::new();
        let mut succeeded = Vec::new();
        for environment in &self.terms.after {
            match self.wave(*environment).await? {
                None => {}
                Some(Wave::Failed(why)) => return Ok(Some(Err(never(why)))),
                Some(Wave::Under) => under.push(*environment),
                Some(Wave::Succeeded) => succeeded.push(*environment),
            }
        }
        if !under.is_empty() {
            let lacks = Lacks::Success { places: Places::All(under) };
            return Ok(Some(Ok(PromotionWait { required_by: RequiredBy::Waves, lacks })));
        }
        Ok(match self.judge(digest, Places::All(succeeded)).await? {
            Ok(()) => None,
            Err(why @ (NotProven::NotYet(_) | NotProven::Withdrawn { .. })) => {
                Some(PromotionWait::of(RequiredBy::Waves, why))
            }
            Err(NotProven::Replaced { environment, .. }) => Some(Err(never(format!(
                "something else serves in {environment}, which is in a wave before it"
            )))),
            Err(NotProven::NoSuccess { places }) => Some(Err(never(format!(
                "the record of its success in {places}, which is in a wave before it, is gone"
            )))),
        })
    }

    /// Where the promotion to an environment of an earlier wave is; none if this success had none.
    async fn wave(&self, environment: Environment) -> Result<Option<Wave>, StoreError> {
        let mut promotions = self.deployment.promotions.iter();
        let Some(state) = promotions.find(|state| state.promotion.to == environment) else {
            return Ok(None);
        };
        let failed = |what: &str| {
            Wave::Failed(format!("{environment}, which is in a wave before it, {what}"))
        };
        Ok(Some(match &state.answer {
            PromotionOutcome::AwaitsProof { .. } | PromotionOutcome::Waiting { .. } => Wave::Under,
            PromotionOutcome::NotPromoted { .. }
            | PromotionOutcome::Promoted { deployment: None, .. } => failed("did not get it"),
            PromotionOutcome::Promoted { deployment: Some(id), .. } => {
                match self.journal.deployment(id).await?.map(|there| there.state) {
                    None => failed("has no record of it any more"),
                    Some(State::Ended(conclusion)) if conclusion.end == Outcome::Succeeded => {
                        match self.serves_in(environment, &state.promotion).await? {
                            true => Wave::Succeeded,
                            false => failed("has something else serving by now"),
                        }
                    }
                    Some(State::Ended(conclusion)) => failed(&format!(
                        "did not keep it: {id} ended as {}",
                        conclusion.end.name().replace('_', " ")
                    )),
                    Some(_) => Wave::Under,
                }
            }
        }))
    }

    /// Whether what the promotion brought still serves there, by the record.
    async fn serves_in(
        &self,
        environment: Environment,
        promotion: &Promotion,
    ) -> Result<bool, StoreError> {
        let Promotion { namespace, service_name, .. } = promotion;
        let service = ServiceKey { namespace: namespace.clone(), service: service_name.clone() };
        let serves = self.journal.last_success(environment, &service).await?;
        Ok(serves.is_some_and(|serves| serves.image.digest() == self.digest))
    }

    async fn judge(
        &self,
        digest: &Digest,
        places: Places,
    ) -> Result<Result<(), NotProven>, StoreError> {
        let requirement = Requirement { places, within: None, soak: self.terms.soak };
        let places = requirement.places.environments();
        let bundle = self.deployment.bundle();
        let record = self.journal.digest_record(digest, bundle, places).await?;
        Ok(requirement.judge(&record, self.now))
    }
}

/// Why it never will be there.
fn never(why: impl Into<String>) -> Box<Reason> {
    Box::new(Reason::stated(why))
}
