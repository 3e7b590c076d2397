//! `kubectl auth can-i`: an access review of the caller, in JSON or, from newer versions of
//! kubectl, in protobuf.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::{Value, json};

use crate::{
    Cluster, Status,
    api_server::{
        identity::Identity,
        protobuf::{self, Message},
    },
};

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
struct Attributes {
    namespace: String,
    verb: String,
    group: String,
    resource: String,
    subresource: String,
    name: String,
}

/// Answers a review.
pub async fn review(
    Identity(caller): Identity,
    cluster: web::Data<Cluster>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Status> {
    let attributes = read(&request, &body)?;
    let Attributes { namespace, verb, group, resource, subresource, name } = &attributes;
    let whole =
        if subresource.is_empty() { resource.clone() } else { format!("{resource}/{subresource}") };
    let allowed = cluster.may(&caller, verb, group, &whole, given(namespace), given(name));
    Ok(HttpResponse::Created().json(json!({
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {"resourceAttributes": {
            "namespace": namespace, "verb": verb, "group": group, "resource": resource, "subresource": subresource, "name": name,
        }},
        "status": {"allowed": allowed},
    })))
}

fn read(request: &HttpRequest, body: &[u8]) -> Result<Attributes, Status> {
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
fn from_protobuf(body: &[u8]) -> Option<Attributes> {
    let spec = protobuf::enveloped(body)?.message(2)?;
    let attributes = spec.message(1)?;
    let text = |number| Message::text(attributes, number).to_owned();
    Some(Attributes {
        namespace: text(1),
        verb: text(2),
        group: text(3),
        resource: text(5),
        subresource: text(6),
        name: text(7),
    })
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
