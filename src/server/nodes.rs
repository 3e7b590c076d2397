//! `GET /v1/nodes`: the boathooks on this one's record, and which of them leads. The dashboard shows
//! the same.

use actix_web::{HttpResponse, web::Data};
use tokio::task::spawn_blocking;

use crate::{
    journal::{NodeList, StoreError},
    server::{ApiError, OperatorState},
};

pub async fn list(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(read(&operators).await?))
}

/// What the database says now.
pub(super) async fn read(operators: &OperatorState) -> Result<NodeList, StoreError> {
    let Some(store) = operators.shared.clone() else { return Ok(NodeList::of_one()) };
    let found = spawn_blocking(move || store.nodes()).await;
    Ok(NodeList::of(&found.unwrap_or(Err(StoreError::Stopped))?))
}
