//! `GET /deployments/{id}?token=...`: one deployment, for anyone who holds its link.
//!
//! A wrong token and an unknown deployment get the same answer.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use boathook_core::{
    deployment::DeploymentId,
    record::{Reason, Record},
};

use crate::{
    journal::DeploymentView,
    server::{ApiError, PublicState, accept, events::EventsRequest, page, show},
};

/// The deployment and its steps: JSON, or a page where a browser asks.
pub async fn status(
    request: HttpRequest,
    public: Data<PublicState>,
) -> Result<HttpResponse, ApiError> {
    let id = authorized(&request, &public).await?;
    let records: Vec<Record> =
        public.journal().records(&id, 0).await?.into_iter().map(Record::without_users).collect();
    let mut view = DeploymentView::of(&records)?.ok_or(ApiError::NotFound)?;
    view.identity = None;
    // Manifests are for operators.
    view.changes.clear();
    show::hold_up(&mut view, public.journal().held_up(&id).map(Reason::without_user));
    if accept::wants_html(request.headers()) {
        Ok(page::answer(&view, public.admission.clock.now()))
    } else {
        Ok(HttpResponse::Ok().json(view))
    }
}

/// The deployment's records as they come.
pub async fn events(
    request: HttpRequest,
    public: Data<PublicState>,
) -> Result<HttpResponse, ApiError> {
    let id = authorized(&request, &public).await?;
    let events = EventsRequest {
        journal: public.journal(),
        id: &id,
        headers: request.headers(),
        show: show::public,
        heartbeat: public.heartbeat,
        stopping: public.stopping.clone(),
    };
    events.answer().await
}

async fn authorized(request: &HttpRequest, public: &PublicState) -> Result<DeploymentId, ApiError> {
    let id = DeploymentId::from_lookup(request.match_info().query("id"));
    let deployment = public.journal().deployment(&id).await?.ok_or(ApiError::NotFound)?;
    let offered = request.query_string().split('&').find_map(|pair| pair.strip_prefix("token="));
    if offered.is_some_and(|offered| deployment.acceptance.token.matches(offered)) {
        Ok(id)
    } else {
        Err(ApiError::NotFound)
    }
}
