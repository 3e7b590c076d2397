//! Get, list, create, patch and delete, as HTTP. The cluster decides what is permitted and what
//! follows.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{Bytes, Data},
};
use serde_json::{Value, json};

use crate::{
    Caller, Cluster, Kind, Patch, Status, Validation, WriteOptions,
    api_server::{
        answer, log::Log, open_watch::OpenWatch, paging, protobuf, query::Query, table,
        target::Target, watch_events, watching,
    },
};

/// The default lifetime of a token.
const TOKEN_SECONDS: u64 = 3600;

/// A request for objects, with everything that it takes to answer it.
pub struct Asked<'a> {
    pub cluster: &'a Data<Cluster>,
    pub caller: Caller,
    /// For what.
    pub target: Target<'a>,
    pub query: Query,
    pub request: &'a HttpRequest,
}

impl Asked<'_> {
    /// Answers it.
    pub fn answer(self, body: &Bytes) -> Result<HttpResponse, Status> {
        let Target { name, subresource, .. } = self.target;
        match (self.request.method(), name, subresource) {
            (&Method::GET, Some(pod), Some("log")) => self.log(pod),
            (&Method::POST, Some(account), Some("token")) => self.token(account, body),
            (&Method::GET, Some(name), None | Some("status")) => self.get(name),
            (&Method::GET, None, _) if self.query.watch => self.watch(),
            (&Method::GET, None, _) => self.list(),
            (&Method::POST, None, _) => self.create(body),
            (&Method::PATCH, Some(name), None) => self.patch(name, body),
            (&Method::PATCH, Some(name), Some("status")) => self.patch_status(name, body),
            (&Method::DELETE, Some(name), None) => self.delete(name, body),
            _ => Err(method_not_allowed()),
        }
    }

    fn get(self, name: &str) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        let object = match self.target.subresource {
            Some(_) => self.cluster.get_status(&self.caller, kind, namespace, name)?,
            None => self.cluster.get(&self.caller, kind, namespace, name)?,
        };
        Ok(HttpResponse::Ok().json(if self.wants_table() {
            table::of_object(kind, &object, &self.cluster.time())
        } else {
            object
        }))
    }

    fn list(self) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        let list = self.cluster.list(&self.caller, kind, namespace, &self.query.selector(kind)?)?;
        let list = paging::page(self.cluster, list, &self.query)?;
        Ok(HttpResponse::Ok().json(if self.wants_table() {
            table::of_list(kind, &list, &self.cluster.time())
        } else {
            list
        }))
    }

    fn watch(self) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        let selector = self.query.selector(kind)?;
        let (first, from) = if self.query.send_initial_events {
            let list = self.cluster.list(&self.caller, kind, namespace, &selector)?;
            (watch_events::initial_events(kind, &list), watch_events::version_of(&list))
        } else {
            (Vec::new(), self.query.version()?)
        };
        let watch = match self.cluster.watch(&self.caller, kind, namespace, selector, from) {
            Err(status) if status.code == 410 => return Ok(watching::expired(&status)),
            watch => watch?,
        };
        let as_table = self.wants_table().then_some(kind);
        let watch = OpenWatch::new(watch, kind, &self.query);
        Ok(watching::stream(self.cluster, first, watch, as_table))
    }

    fn log(self, pod: &str) -> Result<HttpResponse, Status> {
        let Target { namespace, .. } = self.target;
        let Query { container, previous, tail_lines, limit_bytes, follow, .. } = self.query;
        let log = Log {
            caller: self.caller,
            namespace: namespace.unwrap_or_default().to_owned(),
            pod: pod.to_owned(),
            container: container.unwrap_or_else(|| "user-container".to_owned()),
            previous,
            tail_lines,
            limit_bytes,
        };
        log.answer(self.cluster, follow)
    }

    /// Newer versions of kubectl send the request as protobuf; the field numbers are those of
    /// `k8s.io/api/authentication/v1/generated.proto`.
    fn token(self, account: &str, body: &Bytes) -> Result<HttpResponse, Status> {
        let Target { namespace, .. } = self.target;
        let seconds = match protobuf::enveloped(body) {
            Some(request) => request.message(2).and_then(|spec| spec.number(4)),
            None => self.json(
                body,
                "error decoding the request for a token",
            )?["spec"]["expirationSeconds"].as_u64(),
        };
        let lives = Duration::from_secs(seconds.unwrap_or(TOKEN_SECONDS));
        let status =
            self.cluster.token(&self.caller, namespace.unwrap_or_default(), account, lives)?;
        Ok(HttpResponse::Created().json(json!({
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "status": status,
        })))
    }

    fn create(self, body: &Bytes) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        let object = self.new_object(body)?;
        let written =
            self.cluster.create(&self.caller, kind, namespace, object, &self.options())?;
        Ok(answer::written(HttpResponse::Created(), &written))
    }

    fn patch(self, name: &str, body: &Bytes) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        let patch = self.patch_of(self.json(body, "error decoding patch")?)?;
        let written =
            self.cluster.patch(&self.caller, kind, namespace, name, &patch, &self.options())?;
        Ok(answer::written(HttpResponse::Ok(), &written))
    }

    fn patch_status(self, name: &str, body: &Bytes) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        let patch = self.patch_of(self.json(body, "error decoding patch")?)?;
        let written = self.cluster.patch_status(
            &self.caller,
            kind,
            namespace,
            name,
            &patch,
            &self.options(),
        )?;
        Ok(answer::written(HttpResponse::Ok(), &written))
    }

    fn delete(self, name: &str, body: &Bytes) -> Result<HttpResponse, Status> {
        let Target { kind, namespace, .. } = self.target;
        // kubectl's own deletions send options without preconditions, newer ones as protobuf.
        let options: Value = serde_json::from_slice(body).unwrap_or_default();
        let object = match options.get("preconditions") {
            Some(conditions) => {
                self.cluster.delete_if(&self.caller, kind, namespace, name, conditions)?
            }
            None => self.cluster.delete(&self.caller, kind, namespace, name)?,
        };
        let details = json!({
            "name": name,
            "group": kind.group(),
            "kind": kind.plural(),
            "uid": object["metadata"]["uid"],
        });
        let done = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": details,
        });
        Ok(HttpResponse::Ok().json(done))
    }

    fn patch_of(&self, body: Value) -> Result<Patch, Status> {
        match self.header(header::CONTENT_TYPE) {
            "application/json-patch+json" => Ok(Patch::Json(body)),
            "application/merge-patch+json" => Ok(Patch::Merge(body)),
            "application/strategic-merge-patch+json" => Ok(Patch::Strategic(body)),
            other => Err(unsupported_media_type(other)),
        }
    }

    /// Newer versions of kubectl send `create namespace` as protobuf, and nothing else of what
    /// matters here.
    fn new_object(&self, body: &Bytes) -> Result<Value, Status> {
        if self.target.kind == Kind::Namespace
            && let Some(namespace) = protobuf::enveloped(body)
        {
            let name = namespace.message(1).map(|metadata| metadata.text(1)).unwrap_or_default();
            return Ok(
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}),
            );
        }
        self.json(body, "error decoding object")
    }

    fn json(&self, body: &Bytes, failed: &str) -> Result<Value, Status> {
        let content_type = self.header(header::CONTENT_TYPE);
        if !content_type.contains("json") {
            return Err(unsupported_media_type(content_type));
        }
        serde_json::from_slice(body)
            .map_err(|error| Status::bad_request(format!("{failed}: {error}")))
    }

    fn options(&self) -> WriteOptions {
        WriteOptions {
            dry_run: self.query.dry_run == "All",
            validation: match self.query.field_validation.as_str() {
                "Strict" => Validation::Strict,
                "Ignore" => Validation::Ignore,
                _ => Validation::Warn,
            },
        }
    }

    fn wants_table(&self) -> bool {
        table::is_wanted(self.header(header::ACCEPT))
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

fn method_not_allowed() -> Status {
    answer::refusal(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    )
}

fn unsupported_media_type(content_type: &str) -> Status {
    let message = format!(
        "the body of the request was in an unknown format ({content_type:?}); the sandbox takes \
         JSON, as kubectl apply sends it"
    );
    answer::refusal(415, "UnsupportedMediaType", message)
}
