//! What the program in an image requires of a request, and its health checks.

use std::collections::BTreeMap;

use boathook_core::health::{GrpcAnswer, Serving};

use crate::{Outcome, Visit};

/// gRPC's code for a service that the health service does not know.
const NOT_FOUND: u32 = 5;

/// What a program insists on. What is empty is not insisted on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// Requests that did not come by https, as `X-Forwarded-Proto` says, are sent there.
    pub https_only: bool,
    /// Requests for another name, in `Host` or `X-Forwarded-Host`, are answered 400.
    pub host: Option<String>,
    /// Requests without this header of this value are answered 401.
    pub header: Option<(String, String)>,
    /// Requests by another method are answered 405.
    pub method: Option<String>,
    /// Other paths are answered 404; none means that it has every path.
    pub paths: Vec<String>,
    /// These paths are answered 404.
    pub missing_paths: Vec<String>,
    /// These paths are answered 503.
    pub bad_paths: Vec<String>,
    /// Every request is sent there.
    pub redirect: Option<String>,
    /// It only speaks gRPC, and its health service reports these services; the empty name is the
    /// whole program.
    pub grpc: Option<BTreeMap<String, Serving>>,
}

impl Application {
    /// What is answered in place of the usual.
    pub(super) fn answer(&self, visit: &Visit) -> Option<Outcome> {
        if let Some(services) = &self.grpc {
            return Some(of_grpc(services, visit));
        }
        // The gateway sets the header with the scheme, unless the client did.
        let by_https = visit.header("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        let named =
            |host: &String| visit.host == *host || visit.header("x-forwarded-host") == Some(host);
        let known = |(name, value): &(String, String)| visit.header(name) == Some(value);
        if self.https_only && !by_https {
            return Some(Outcome::Redirect {
                status: 301,
                location: format!("https://{}{}", visit.host, visit.path),
            });
        }
        if let Some(location) = &self.redirect {
            return Some(Outcome::Redirect { status: 302, location: location.clone() });
        }
        let refusals = [
            (!self.host.as_ref().is_none_or(named), 400, "Invalid HTTP_HOST header"),
            (!self.header.as_ref().is_none_or(known), 401, "Unauthorized"),
            (
                self.method.as_ref().is_some_and(|method| *method != visit.method),
                405,
                "Method Not Allowed",
            ),
            (!self.has(&visit.path), 404, "Not Found"),
            (self.bad_paths.contains(&visit.path), 503, "down"),
        ];
        let refusal = refusals.into_iter().find(|(holds, ..)| *holds);
        refusal.map(|(_, status, body)| Outcome::Answer { status, body: body.to_owned() })
    }

    /// Whether it answers an `httpGet` probe well. A redirect is followed, and leads to nothing
    /// that answers.
    pub(super) fn passes(&self, probe: &Visit) -> bool {
        self.answer(probe).is_none()
    }

    fn has(&self, path: &String) -> bool {
        (self.paths.is_empty() || self.paths.contains(path)) && !self.missing_paths.contains(path)
    }
}

fn of_grpc(services: &BTreeMap<String, Serving>, visit: &Visit) -> Outcome {
    let Some(service) = &visit.grpc else {
        let body = "upstream connect error or disconnect/reset before headers. reset reason: \
                    protocol error";
        return Outcome::Answer { status: 502, body: body.to_owned() };
    };
    Outcome::Grpc(match services.get(service) {
        Some(serving) => GrpcAnswer::Health(*serving),
        None => GrpcAnswer::Error { code: NOT_FOUND, message: "unknown service".to_owned() },
    })
}
