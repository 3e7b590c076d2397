//! boathook's own rollback of a success whose watch turned bad: a new deployment, as an operator's
//! rollback is, that holds nothing.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId},
    health::Figures,
    proof::{Withdrawal, WithdrawalCause},
    record::{AfterBad, Origin, WatchEnd, WatchEvent},
};

use crate::journal::{
    AcceptError, Journal, RollbackError, Success, Summary, WatchRollbackError,
    handle::order::{Order, ordered},
    store::new_id,
    writer::{commands::RollBackWatched, write::WatchRollback},
};

/// Whom the record names.
const BOATHOOK: &str = "boathook";

impl Journal {
    /// Ends the watch of `of` as bad, and starts the rollback to what served before.
    pub async fn roll_back_watched(
        &self,
        of: &DeploymentId,
        reason: String,
        figures: Figures,
    ) -> Result<Summary, WatchRollbackError> {
        let watched = self.deployment(of).await?.ok_or(WatchRollbackError::Over)?;
        let request = &watched.acceptance.request;
        let environment = request.environment;
        let service = &request.service();
        let from = Success::of(of, &watched).ok_or(WatchRollbackError::Over)?;
        let before = self.served_before(environment, service).await.map_err(refused)?;
        let to = before.deployment;
        let (proven, request) =
            self.request_to(&to, environment, service).await.map_err(refused)?;
        let by = Actor::new(BOATHOOK).noting(format!("the watch of {of} turned bad: {reason}"));
        let origin = Origin::Rollback { to, by, after_watch: Some(of.clone()) };
        let now = self.now();
        let order = Order { kind: "rollback", request, origin, approval: None, opens_at: None };
        let (id, acceptance) = ordered(order, now)?;
        let digest = from.image.digest().filter(|digest| proven.image.digest() != Some(digest));
        // Also where it serves elsewhere, as with an operator's rollback: it served, and turned bad.
        let withdraws = match digest {
            Some(digest) => {
                let cause = WithdrawalCause::Failed {
                    deployment: of.clone(),
                    environment,
                    service: service.clone(),
                    reason: WithdrawalCause::shortened(&reason),
                };
                let digest = digest.clone();
                Some(Arc::new(Withdrawal { id: new_id()?, digest, cause, since: now }))
            }
            None => None,
        };
        let then = AfterBad::RollsBack { rollback: id.clone() };
        let ends = WatchEvent::WatchEnded { end: WatchEnd::Bad { reason, then }, figures };
        let of = of.clone();
        let rollback = Box::new(WatchRollback { id, acceptance, of, ends, withdraws });
        self.write_here(RollBackWatched(rollback)).await
    }
}

fn refused(error: RollbackError) -> WatchRollbackError {
    match error {
        RollbackError::Store(error) => error.into(),
        // A status link shows why a watch that turned bad rolls nothing back.
        RollbackError::Accept(AcceptError::Withdrawn { environment: _, withdrawal }) => {
            WatchRollbackError::NothingToRollBackTo(withdrawal.without_user().refusal())
        }
        nothing => WatchRollbackError::NothingToRollBackTo(nothing.to_string()),
    }
}
