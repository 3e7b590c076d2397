//! How the simulated API server refuses: the code, the reason and the message of a Kubernetes
//! `Status`.

use serde_json::{Value, json};

use crate::Kind;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// One word, such as `NotFound`; empty if the server gives none.
    pub reason: &'static str,
    /// The message for people.
    pub message: String,
    /// Name, group and kind of what it is about.
    pub details: Value,
    /// What the server warns of besides.
    pub warnings: Vec<String>,
}

impl Status {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: json!({}), warnings: Vec::new() }
    }

    fn about(mut self, kind: Kind, name: &str) -> Self {
        self.details = json!({"name": name, "group": kind.group(), "kind": kind.plural()});
        self
    }

    /// The same refusal, with warnings.
    #[must_use]
    pub fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings = warnings;
        self
    }

    /// There is no such object.
    #[must_use]
    pub fn not_found(kind: Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.qualified()))
            .about(kind, name)
    }

    /// There is no such kind of object.
    #[must_use]
    pub fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// There already is one.
    #[must_use]
    pub fn already_exists(kind: Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.qualified()))
            .about(kind, name)
    }

    /// The object changed since the caller read it.
    #[must_use]
    pub fn conflict(kind: Kind, name: &str) -> Self {
        let what = kind.qualified();
        let message = format!(
            "Operation cannot be fulfilled on {what} \"{name}\": the object has been modified; \
             please apply your changes to the latest version and try again"
        );
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// The object has another UID or version than the one that is to be deleted.
    #[must_use]
    pub fn precondition(kind: Kind, name: &str, word: &str, wanted: &str, found: &str) -> Self {
        let what = kind.qualified();
        let message = format!(
            "Operation cannot be fulfilled on {what} \"{name}\": the {word} in the precondition ({wanted}) \
             does not match the {word} in record ({found}). The object might have been deleted and then \
             recreated"
        );
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// The request makes no sense.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// An admission webhook refuses; `webhook` is `mutation`, or begins with `validation`.
    #[must_use]
    pub fn denied(webhook: &str, message: &str) -> Self {
        let host = if webhook.starts_with("validation") {
            "validation.webhook.serving.knative.dev"
        } else {
            "webhook.serving.knative.dev"
        };
        Self::bad_request(format!(
            "admission webhook \"{host}\" denied the request: {webhook} failed: {message}"
        ))
    }

    /// Fields that the kind does not have, where the writer wanted none.
    #[must_use]
    pub fn strict(creating: bool, unknown: &str) -> Self {
        let why = format!("strict decoding error: {unknown}");
        if creating {
            return Self::bad_request(format!(
                "Service in version \"v1\" cannot be handled as a Service: {why}"
            ));
        }
        Self::new(422, "Invalid", format!("patch: Invalid value: \"map[]\": {why}"))
    }

    /// A patch that cannot be applied to what is there (a failed `test`, a wrong path).
    #[must_use]
    pub fn unprocessable() -> Self {
        Self::new(422, "Invalid", "the server rejected our request due to an error in our request")
    }

    /// Fields whose values Kubernetes forbids, each as `FIELD: why`.
    #[must_use]
    pub fn invalid(kind: Kind, name: &str, wrong: &[String]) -> Self {
        let what = qualified_kind(kind);
        let listed =
            if let [one] = wrong { one.clone() } else { format!("[{}]", wrong.join(", ")) };
        let causes = wrong.iter().map(|line| {
            let (field, message) = line.split_once(": ").unwrap_or(("", line));
            json!({"field": field, "message": message, "reason": "FieldValueInvalid"})
        });
        let details = json!({
            "name": name,
            "group": kind.group(),
            "kind": kind.name(),
            "causes": causes.collect::<Vec<_>>(),
        });
        Self {
            details,
            ..Self::new(422, "Invalid", format!("{what} \"{name}\" is invalid: {listed}"))
        }
    }

    /// A kind of patch that this kind of object does not take.
    #[must_use]
    pub fn strategic_unsupported() -> Self {
        let message = "the body of the request was in an unknown format - accepted media types \
                       include: application/json-patch+json, application/merge-patch+json, \
                       application/apply-patch+yaml";
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// The caller may not do this.
    #[must_use]
    pub fn forbidden(
        user: &str,
        verb: &str,
        kind: Kind,
        subresource: Option<&str>,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Self {
        let resource = subresource
            .map_or_else(|| kind.plural().to_owned(), |sub| format!("{}/{sub}", kind.plural()));
        let name_text = name.map_or_else(String::new, |name| format!(" \"{name}\""));
        let place = namespace.map_or_else(
            || " at the cluster scope".to_owned(),
            |namespace| format!(" in the namespace \"{namespace}\""),
        );
        let message = format!(
            "{}{name_text} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in \
             API group \"{}\"{place}",
            kind.qualified(),
            kind.group()
        );
        Self::new(403, "Forbidden", message).about(kind, name.unwrap_or_default())
    }

    /// The namespace is going.
    #[must_use]
    pub fn terminating(kind: Kind, name: &str, why: String) -> Self {
        Self::new(403, "Forbidden", why).about(kind, name)
    }

    /// The caller's credentials mean nothing here.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// Too many requests.
    #[must_use]
    pub fn throttled() -> Self {
        Self::new(
            429,
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later",
        )
    }

    /// What the server says with each of the codes for which kubectl tries again by itself.
    #[must_use]
    pub fn put_off(code: u16) -> Self {
        match code {
            429 => Self::throttled(),
            500 => Self::new(
                500,
                "InternalError",
                "Internal error occurred: etcdserver: leader changed",
            ),
            code => Self::new(code, "ServiceUnavailable", "apiserver not ready"),
        }
    }

    /// The admission webhook for a ksvc is unreachable.
    #[must_use]
    pub fn webhook_away() -> Self {
        let message = "Internal error occurred: failed calling webhook \
                       \"webhook.serving.knative.dev\": failed to call webhook: Post \
                       \"https://webhook.knative-serving.svc:443/defaulting?timeout=10s\": no \
                       endpoints available for service \"webhook\"";
        Self::new(500, "InternalError", message)
    }

    /// A watch that asks for a time long gone.
    #[must_use]
    pub fn expired(asked: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// The refusal that kubectl prints in these words: `Error from server (Forbidden): ...`; without
    /// a reason it is an internal error.
    #[must_use]
    pub fn in_words(words: &str) -> Self {
        let refusal =
            words.strip_prefix("Error from server (").and_then(|rest| rest.split_once("): "));
        let (code, reason, message) = match refusal {
            Some(("Forbidden", message)) => (403, "Forbidden", message),
            Some(("NotFound", message)) => (404, "NotFound", message),
            Some(("Invalid", message)) => (422, "Invalid", message),
            Some((_, message)) => (500, "InternalError", message),
            None => (500, "InternalError", words),
        };
        Self::new(code, reason, message)
    }

    /// The `Status` object that the server sends.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        })
    }
}

fn qualified_kind(kind: Kind) -> String {
    if kind.group().is_empty() {
        kind.name().to_owned()
    } else {
        format!("{}.{}", kind.name(), kind.group())
    }
}
