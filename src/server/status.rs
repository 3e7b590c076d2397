//! `GET /deployments/{id}?token=...`: one deployment, for anyone who holds its link.
//!
//! A wrong token and an unknown deployment get the same answer.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, HeaderMap},
    web::Data,
};
use boathook_core::{
    deployment::DeploymentId,
    record::{Reason, Record},
};

use crate::{
    journal::DeploymentView,
    server::{ApiError, PublicState, events, page, show},
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
    show::hold_up(&mut view, public.journal().held_up(&id).map(Reason::without_user));
    if wants_html(request.headers()) {
        Ok(page::answer(&view))
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
    events::stream_of(
        public.journal(),
        &id,
        request.headers(),
        public.stopping.clone(),
        show::public,
    )
    .await
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

/// Browsers name HTML first; programs name JSON or nothing.
fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |media_type: &str| {
        accept
            .split(',')
            .position(|range| range.split(';').next().is_some_and(|name| name.trim() == media_type))
    };
    match (place("text/html"), place("application/json")) {
        (Some(html), Some(json)) => html < json,
        (html, None) => html.is_some(),
        (None, Some(_)) => false,
    }
}
