//! How a promotion is sent: through the admission of this process, or by HTTP to another boathook.
//! Both pass the same checks.

use std::sync::Arc;

use boathook_core::{
    deployment::{Environment, error_chain},
    proof::NotProven,
    record::Reason,
};
use futures_util::FutureExt;
use tokio::sync::watch;

use crate::{
    engine::WithoutSecrets,
    intake::{Admission, Admitted, Refusal},
    journal::{Accepted, PackedBundle, StoreError},
    observers::promotion::{
        CurrentRoute, CurrentRoutes, Deliver, PromotionAnswer, PromotionRequest, post,
    },
    redact::Redactor,
    server::PublicState,
    startup::{promotion_routes::Route, snapshot::Snapshot},
};

/// The routes of promotions by the current configuration.
pub(super) fn current_routes(
    now: watch::Receiver<Arc<Snapshot>>,
    redactor: Redactor,
) -> CurrentRoutes {
    Arc::new(move |from, to| {
        let snapshot = Arc::clone(&now.borrow());
        let terms = route(&snapshot, from, to).map(|route| route.terms.clone());
        CurrentRoute {
            terms: terms.unwrap_or_default(),
            deliver: delivering(snapshot, redactor.clone()),
        }
    })
}

/// Sends each request according to a configuration. Answers pass the redactor.
fn delivering(snapshot: Arc<Snapshot>, redactor: Redactor) -> Deliver {
    Arc::new(move |request| {
        let snapshot = Arc::clone(&snapshot);
        let redactor = redactor.clone();
        async move {
            let clean = |reason: Reason| reason.rewritten(&WithoutSecrets(&redactor));
            match deliver(&snapshot, &request).await {
                PromotionAnswer::Refused(reason) => PromotionAnswer::Refused(clean(reason)),
                PromotionAnswer::Later { reason, after } => {
                    PromotionAnswer::Later { reason: clean(reason), after }
                }
                other @ (PromotionAnswer::Taken { .. } | PromotionAnswer::NotProven(_)) => other,
            }
        }
        .boxed()
    })
}

fn route(snapshot: &Snapshot, from: Environment, to: Environment) -> Option<&Route> {
    snapshot.routes.iter().find(|route| route.from == from && route.to == to)
}

async fn deliver(snapshot: &Snapshot, request: &PromotionRequest) -> PromotionAnswer {
    match route(snapshot, request.from, request.to) {
        None => PromotionAnswer::refused(format!(
            "the config of {} promotes nothing to {} any more",
            request.from, request.to
        )),
        Some(Route { there: None, .. }) => here(&snapshot.public, request).await,
        Some(Route { there: Some((url, secret)), .. }) => {
            let admission = &snapshot.public.admission;
            match with_content(admission, request).await {
                Ok(request) => post(url, secret.reveal(), &request, admission.clock.now()).await,
                Err(answer) => answer,
            }
        }
    }
}

/// The request as another boathook needs it: with the manifests themselves.
async fn with_content(
    admission: &Admission,
    request: &PromotionRequest,
) -> Result<PromotionRequest, PromotionAnswer> {
    let request = request.clone();
    let Some(digest) = request.bundle() else { return Ok(request) };
    let kept = match admission.journal.bundle(&digest).await {
        Ok(Some(PackedBundle { packed: None, .. })) => {
            let read = admission.secret_bundles.read(&digest).await;
            read.map_err(|error| StoreError::failed("read a bundle", error))
        }
        Ok(kept) => Ok(kept.and_then(|kept| kept.packed)),
        Err(error) => Err(error),
    };
    match kept {
        Ok(Some(packed)) => Ok(request.with_content(&packed)),
        Ok(None) => {
            Err(PromotionAnswer::refused(format!("the record no longer holds bundle {digest}")))
        }
        Err(error) => Err(PromotionAnswer::later(error_chain(&error))),
    }
}

/// An environment of this boathook finds the bundle in the journal. One that takes manifests from its
/// folder alone is promoted the image alone.
async fn here(public: &PublicState, request: &PromotionRequest) -> PromotionAnswer {
    if let Err(closed) = public.check_open() {
        return PromotionAnswer::later(closed.to_string());
    }
    let admission = &public.admission;
    let takes_bundles = admission
        .policies
        .iter()
        .any(|policy| policy.environment == request.to && policy.takes_bundles());
    let request = match takes_bundles {
        true => request.clone(),
        false => request.clone().without_manifests(),
    };
    let PromotionRequest { from: _, to, body, overrides } = &request;
    match admission.admit_own(body.to_string().into_bytes(), *to, *overrides).await {
        Ok(Admitted::Deployment {
            accepted: Accepted::New(summary) | Accepted::Repeat(summary),
            ignored: _,
        }) => {
            PromotionAnswer::Taken { status_url: public.status_url(&summary), id: Some(summary.id) }
        }
        Ok(Admitted::DryRun { .. }) => PromotionAnswer::refused("it was taken for a dry run"),
        Err(Refusal::NotProven { why, .. }) => PromotionAnswer::NotProven(*why),
        Err(Refusal::NotYetProven { not_yet, .. }) => {
            PromotionAnswer::NotProven(NotProven::NotYet(*not_yet))
        }
        Err(refusal) if refusal.is_transient() => {
            PromotionAnswer::Later { reason: refusal.reason(), after: None }
        }
        Err(refusal) => PromotionAnswer::Refused(refusal.reason()),
    }
}
