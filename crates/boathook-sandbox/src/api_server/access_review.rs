//! `kubectl auth can-i`: an access review of the caller, in JSON or, from newer versions of
//! kubectl, in protobuf.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::Value;

use crate::{
    Cluster, Status,
    access_review::ResourceAttributes,
    api_server::{
        identity::Identity,
        protobuf::{self, Message},
    },
};

/// Answers a review.
pub async fn review(
    Identity(caller): Identity,
    cluster: web::Data<Cluster>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Status> {
    let attributes = read(&request, &body)?;
    Ok(HttpResponse::Created().json(attributes.reviewed(&cluster, &caller)))
}

fn read(request: &HttpRequest, body: &[u8]) -> Result<ResourceAttributes, Status> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.starts_with("application/vnd.kubernetes.protobuf") {
        from_protobuf(body)
            .ok_or_else(|| Status::bad_request("the protobuf of the review could not be read"))
    } else {
        let review: Value =
            serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
        let attributes = review["spec"]["resourceAttributes"].clone();
        serde_json::from_value(attributes).map_err(|error| Status::bad_request(error.to_string()))
    }
}

/// The field numbers are those of `k8s.io/api/authorization/v1/generated.proto`.
fn from_protobuf(body: &[u8]) -> Option<ResourceAttributes> {
    let spec = protobuf::enveloped(body)?.message(2)?;
    let attributes = spec.message(1)?;
    let text = |number| Message::text(attributes, number).to_owned();
    Some(ResourceAttributes {
        namespace: text(1),
        verb: text(2),
        group: text(3),
        resource: text(5),
        subresource: text(6),
        name: text(7),
    })
}
