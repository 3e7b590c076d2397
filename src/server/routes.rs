//! Every route of both listeners, with who may call it. The applications are built from these two
//! tables and from nothing else.

use actix_web::{
    Resource, Route,
    http::Method,
    web::{self, ServiceConfig},
};

use crate::server::{
    ApiError, approve, dashboard, deploy_windows, environments, github_webhook, health, locks,
    logs, metrics, nodes, operator, override_window, preview, promotions, redeploy, release,
    reload, retry, roll_back, secrets, services, status, steer, webhook, withdrawals,
};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anyone who reaches the listener.
    Anyone,
    /// Anyone who signs the body with a secret of the environment that it names.
    Signer,
    /// Anyone who holds the deployment's link.
    LinkHolder,
    /// Anyone who may open the operator's socket; for reading, every user of this machine if a
    /// loopback address is configured.
    Operator,
}

/// One method of one path.
pub struct Endpoint {
    pub method: Method,
    /// The path, with its variable parts in braces.
    pub path: &'static str,
    /// Who may call it.
    pub caller: Caller,
    answer: fn() -> Route,
}

pub const PUBLIC: &[Endpoint] = &[
    endpoint(Method::POST, "/webhook/deploy", Caller::Signer, || web::to(webhook::deploy)),
    endpoint(Method::POST, "/webhook/deploy/{environment}", Caller::Signer, || {
        web::to(webhook::deploy)
    }),
    endpoint(Method::POST, "/webhook/github", Caller::Signer, || web::to(github_webhook::take)),
    endpoint(Method::GET, "/deployments/{id}", Caller::LinkHolder, || web::to(status::status)),
    endpoint(Method::GET, "/deployments/{id}/events", Caller::LinkHolder, || {
        web::to(status::events)
    }),
    endpoint(Method::GET, health::PATH, Caller::Anyone, || web::to(health::health)),
    endpoint(Method::HEAD, health::PATH, Caller::Anyone, || web::to(health::health)),
];

/// The operator's socket; what only reads is on the loopback listener too.
pub const OPERATOR: &[Endpoint] = &[
    endpoint(Method::GET, health::OPERATORS_PATH, Caller::Operator, || web::to(health::at_socket)),
    endpoint(Method::GET, "/", Caller::Operator, || web::to(dashboard::overview)),
    endpoint(Method::GET, "/dashboard/deployments", Caller::Operator, || {
        web::to(dashboard::history)
    }),
    endpoint(Method::GET, "/dashboard/deployments/{id}", Caller::Operator, || {
        web::to(dashboard::deployment)
    }),
    endpoint(Method::GET, "/dashboard/audit", Caller::Operator, || web::to(dashboard::audit)),
    endpoint(Method::GET, "/dashboard/environments", Caller::Operator, || {
        web::to(dashboard::environments)
    }),
    endpoint(Method::GET, "/dashboard/events", Caller::Operator, || web::to(dashboard::events)),
    endpoint(Method::GET, "/dashboard/icon.svg", Caller::Operator, || web::to(dashboard::icon)),
    endpoint(Method::GET, "/dashboard/live.js", Caller::Operator, || web::to(dashboard::script)),
    endpoint(Method::GET, "/dashboard/style.css", Caller::Operator, || web::to(dashboard::style)),
    endpoint(Method::GET, "/v1/deployments", Caller::Operator, || web::to(operator::list)),
    endpoint(Method::GET, "/v1/deployments/{id}", Caller::Operator, || {
        web::to(operator::deployment)
    }),
    endpoint(Method::GET, "/v1/deployments/{id}/records", Caller::Operator, || {
        web::to(operator::records)
    }),
    endpoint(Method::GET, "/v1/deployments/{id}/events", Caller::Operator, || {
        web::to(operator::events)
    }),
    endpoint(Method::GET, "/v1/live", Caller::Operator, || web::to(operator::live)),
    endpoint(Method::GET, "/v1/services", Caller::Operator, || web::to(services::list)),
    endpoint(Method::GET, "/v1/environments", Caller::Operator, || web::to(environments::list)),
    endpoint(Method::GET, "/v1/nodes", Caller::Operator, || web::to(nodes::list)),
    endpoint(Method::GET, "/v1/secrets", Caller::Operator, || web::to(secrets::list)),
    endpoint(Method::GET, "/v1/windows", Caller::Operator, || web::to(deploy_windows::list)),
    endpoint(Method::GET, "/v1/locks", Caller::Operator, || web::to(locks::list)),
    endpoint(Method::POST, "/v1/locks", Caller::Operator, || web::to(locks::lock)),
    endpoint(Method::POST, "/v1/locks/end", Caller::Operator, || web::to(locks::unlock)),
    endpoint(Method::GET, "/v1/holds", Caller::Operator, || web::to(release::holds)),
    endpoint(Method::POST, "/v1/releases", Caller::Operator, || web::to(release::release)),
    endpoint(Method::POST, "/v1/promotions/hurry", Caller::Operator, || web::to(promotions::hurry)),
    endpoint(Method::POST, "/v1/promotions/cancel", Caller::Operator, || {
        web::to(promotions::cancel)
    }),
    endpoint(Method::GET, "/v1/withdrawals", Caller::Operator, || web::to(withdrawals::list)),
    endpoint(Method::POST, "/v1/withdrawals", Caller::Operator, || web::to(withdrawals::withdraw)),
    endpoint(Method::POST, "/v1/withdrawals/end", Caller::Operator, || {
        web::to(withdrawals::reinstate)
    }),
    endpoint(Method::GET, "/metrics", Caller::Operator, || web::to(metrics::metrics)),
    endpoint(Method::POST, "/v1/reload", Caller::Operator, || web::to(reload::reload)),
    endpoint(Method::POST, "/v1/logs", Caller::Operator, || web::to(logs::logs)),
    endpoint(Method::POST, "/v1/rollbacks", Caller::Operator, || web::to(roll_back::roll_back)),
    endpoint(Method::POST, "/v1/redeploys", Caller::Operator, || web::to(redeploy::redeploy)),
    endpoint(Method::POST, "/v1/deployments/{id}/retry", Caller::Operator, || {
        web::to(retry::retry)
    }),
    endpoint(Method::POST, "/v1/deployments/{id}/preview", Caller::Operator, || {
        web::to(preview::preview)
    }),
    endpoint(Method::POST, "/v1/deployments/{id}/override", Caller::Operator, || {
        web::to(override_window::override_window)
    }),
    endpoint(Method::POST, "/v1/deployments/{id}/acknowledge", Caller::Operator, || {
        web::to(override_window::acknowledge)
    }),
    endpoint(
        Method::POST,
        "/v1/deployments/{id}/{verb:pause|resume|promote|abort}",
        Caller::Operator,
        || web::to(steer::steer),
    ),
    endpoint(
        Method::POST,
        "/v1/deployments/{id}/{answer:approve|reject}",
        Caller::Operator,
        || web::to(approve::answer),
    ),
];

const fn endpoint(
    method: Method,
    path: &'static str,
    caller: Caller,
    answer: fn() -> Route,
) -> Endpoint {
    Endpoint { method, path, caller, answer }
}

/// Puts a table's endpoints into an application. The methods of one path are adjacent in the table.
pub(super) fn mount(endpoints: &'static [Endpoint]) -> impl FnOnce(&mut ServiceConfig) {
    mount_those(endpoints, |_| true)
}

/// The same, with the read-only endpoints alone.
pub(super) fn mount_reads(endpoints: &'static [Endpoint]) -> impl FnOnce(&mut ServiceConfig) {
    mount_those(endpoints, |endpoint| endpoint.method == Method::GET)
}

fn mount_those(
    endpoints: &'static [Endpoint],
    wanted: fn(&Endpoint) -> bool,
) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        for of_path in endpoints.chunk_by(|one, next| one.path == next.path) {
            let endpoints = of_path.iter().filter(|endpoint| wanted(endpoint)).collect::<Vec<_>>();
            if let Some(first) = endpoints.first() {
                app.service(resource(first.path, &endpoints));
            }
        }
    }
}

fn resource(path: &str, endpoints: &[&Endpoint]) -> Resource {
    let allow =
        endpoints.iter().map(|endpoint| endpoint.method.as_str()).collect::<Vec<_>>().join(", ");
    let other_method = move || {
        let refused = ApiError::MethodNotAllowed { allow: allow.clone() };
        async { Err::<&'static str, _>(refused) }
    };
    let routes =
        endpoints.iter().map(|endpoint| (endpoint.answer)().method(endpoint.method.clone()));
    routes.fold(web::resource(path), Resource::route).default_service(web::to(other_method))
}
