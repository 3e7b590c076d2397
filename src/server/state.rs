//! What the handlers of both listeners share.

use std::{path::PathBuf, sync::Arc, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{
        Bundle, DeployRequest, DryRunReport, Environment, Environments, Key, LogRequest,
        RevisionName, ServiceKey,
    },
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    intake::{Admission, Policy, RequestLimit},
    journal::{Journal, PostgresStore, Summary},
    observers::{
        audit::Refusals,
        metrics::{Known, Metrics, Requests},
    },
    redact::Redactor,
    server::{ApiError, BodyLimits, BodyRoom, Reloads},
};

/// Runs a dry run of a request and the manifests that it brings; none while another one runs.
pub type DryRunner = Arc<
    dyn Fn(DeployRequest, Option<Box<Bundle>>) -> BoxFuture<'static, Option<DryRunReport>>
        + Send
        + Sync,
>;

/// Whether a revision that served was deleted from the cluster; false if the cluster cannot be
/// read.
pub type IsDeleted =
    Arc<dyn Fn(Environment, ServiceKey, RevisionName) -> BoxFuture<'static, bool> + Send + Sync>;

/// Reads the log of an application: hands over its lines, and returns why there are no more. Once
/// nobody receives them, it ends.
pub type LogReader = Arc<
    dyn Fn(LogRequest, mpsc::Sender<String>) -> BoxFuture<'static, Result<(), String>>
        + Send
        + Sync,
>;

/// Returns when something expires, if known.
pub type Ends = Arc<dyn Fn() -> Option<Timestamp> + Send + Sync>;

/// What the public listener needs.
#[derive(Clone)]
pub struct PublicState {
    /// Decides what becomes a deployment.
    pub admission: Arc<Admission>,
    /// Answers a dry run.
    pub dry_run: DryRunner,
    /// The limits of a body.
    pub body: BodyLimits,
    /// Room for large bodies, for all connections together.
    pub room: Arc<BodyRoom>,
    /// How many requests one source may make.
    pub requests: Arc<RequestLimit>,
    /// Whether requests come over TLS; if they do not, other machines are let in only through
    /// trusted proxies.
    pub tls: bool,
    /// How long a sender may wait for the end of a deployment, at most.
    pub max_wait: Duration,
    /// Where the public listener is reached from outside, without a `/` at the end; without it,
    /// links are relative.
    pub public_url: Option<String>,
    /// Takes refused webhooks to the audit log.
    pub refusals: Refusals,
    /// Counts the results of requests.
    pub counted: Requests,
    /// The longest silence on a stream of events.
    pub heartbeat: Duration,
    /// Cancelled when the service is about to end.
    pub stopping: CancellationToken,
}

/// What the operator's listener needs.
#[derive(Clone)]
pub struct OperatorState {
    pub journal: Journal,
    /// Runs the dry run of a deployment that waits.
    pub dry_run: DryRunner,
    /// Asks the cluster whether a revision was deleted.
    pub is_deleted: IsDeleted,
    /// Reads the log of an application.
    pub read_log: LogReader,
    /// Deployments that may wait.
    pub queue_limit: usize,
    /// What each configured environment lets in, in the order of promotion.
    pub policies: Vec<Policy>,
    /// Every secret's id, environment, use and expiry.
    pub keys: Vec<Key>,
    pub metrics: Metrics,
    /// The database of the record, if others share it.
    pub shared: Option<Arc<PostgresStore>>,
    /// When the public listener's certificate ends, if that is known.
    pub certificate_ends: Option<Timestamp>,
    /// Returns when the kubeconfig's credentials expire; it reads files, and so blocks.
    pub kubeconfig_ends: Ends,
    /// The clock.
    pub clock: Clock,
    /// The folder of the audit log.
    pub audit: PathBuf,
    /// Removes secrets from operators' notes.
    pub redactor: Redactor,
    /// Where a reload is requested.
    pub reloads: Reloads,
    /// Sends refused commands to the audit log.
    pub refusals: Refusals,
    /// The longest silence on a stream of events.
    pub heartbeat: Duration,
    /// Cancelled when the service is about to end.
    pub stopping: CancellationToken,
}

impl PublicState {
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.admission.journal
    }

    /// Anyone who has this link may read the deployment.
    #[must_use]
    pub fn status_url(&self, summary: &Summary) -> String {
        let Summary { id, token, .. } = summary;
        token.link(self.public_url.as_deref().unwrap_or_default(), id)
    }

    /// New requests are refused during shutdown.
    pub(crate) fn check_open(&self) -> Result<(), ApiError> {
        check_open(&self.stopping)
    }
}

impl OperatorState {
    /// The environments that are configured.
    #[must_use]
    pub fn environments(&self) -> Environments {
        Policy::environments(&self.policies)
    }

    /// The current values from the configuration, for the metrics; it reads files, and so blocks.
    #[must_use]
    pub fn known(&self) -> Known {
        let secrets = self.keys.iter().filter_map(|Key { environment, id, not_after, .. }| {
            Some((*environment, id.clone(), (*not_after)?))
        });
        Known {
            queue_limit: self.queue_limit,
            environments: self.environments().names().collect(),
            secrets: secrets.collect(),
            certificate: self.certificate_ends,
            kubeconfig: (self.kubeconfig_ends)(),
        }
    }

    /// New requests are refused during shutdown.
    pub(crate) fn check_open(&self) -> Result<(), ApiError> {
        check_open(&self.stopping)
    }
}

fn check_open(stopping: &CancellationToken) -> Result<(), ApiError> {
    if stopping.is_cancelled() { Err(ApiError::ShuttingDown) } else { Ok(()) }
}
