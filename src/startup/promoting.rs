//! How a promotion is sent: through the admission of this process, or by HTTP to another boathook.
//! Both pass the same checks.

use std::sync::Arc;

use actix_web::ResponseError as _;
use futures_util::FutureExt;
use tokio::sync::watch;

use crate::{
    intake::{Admitted, Refusal},
    journal::Accepted,
    observers::promotion::{Answer, Deliver, PromotionRequest, post},
    redact::Redactor,
    server::{ApiError, PublicState},
    startup::{promotion_routes::Route, snapshot::Snapshot},
};

/// Sends each request according to the current configuration. Answers pass the redactor.
pub(super) fn delivering(now: watch::Receiver<Arc<Snapshot>>, redactor: Redactor) -> Deliver {
    Arc::new(move |request| {
        let (snapshot, redactor) = (Arc::clone(&now.borrow()), redactor.clone());
        async move {
            let clean = |reason: &str| redactor.text(reason).into_owned();
            match deliver(&snapshot, &request).await {
                Answer::Refused(reason) => Answer::Refused(clean(&reason)),
                Answer::Later { reason, after } => Answer::Later { reason: clean(&reason), after },
                taken @ Answer::Taken { .. } => taken,
            }
        }
        .boxed()
    })
}

async fn deliver(snapshot: &Snapshot, request: &PromotionRequest) -> Answer {
    match snapshot.routes.iter().find(|route| route.from == request.from && route.to == request.to)
    {
        None => Answer::Refused(format!(
            "the config of {} promotes nothing to {} any more",
            request.from, request.to
        )),
        Some(Route { there: None, .. }) => here(&snapshot.public, request).await,
        Some(Route { there: Some((url, secret)), .. }) => {
            post(url, secret.reveal(), request, snapshot.public.admission.clock.now()).await
        }
    }
}

async fn here(public: &PublicState, request: &PromotionRequest) -> Answer {
    if public.check_open().is_err() {
        return Answer::later(ApiError::ShuttingDown.to_string());
    }
    match public.admission.admit_own(request.body.to_string().into_bytes(), request.to).await {
        Ok(Admitted::Deployment(Accepted::New(summary) | Accepted::Repeat(summary))) => {
            Answer::Taken { status_url: public.status_url(&summary), id: Some(summary.id) }
        }
        Ok(Admitted::DryRun { .. }) => Answer::Refused("it was taken for a dry run".to_owned()),
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: Refusal) -> Answer {
    let error = ApiError::from(refusal);
    let status = error.status_code().as_u16();
    Answer::to_error(status, format!("{status}: {error}"), None)
}
