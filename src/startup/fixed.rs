//! What stays the same while boathook runs, and what it makes of a configuration for the listeners.

use std::{path::PathBuf, sync::Arc};

use boathook_core::clock::Clock;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    check,
    config::Config,
    intake::{Admission, RequestLimit},
    journal::{Journal, PostgresStore},
    observers::{
        audit::{self, Refusals},
        metrics::{Metrics, Requests},
    },
    redact::Redactor,
    server::{
        BodyLimits, BodyRoom, DryRunner, Ends, HEARTBEAT, IsDeleted, LogReader, OperatorState,
        PublicState, Reloads,
    },
};

/// What stays the same while boathook runs.
pub(super) struct Fixed {
    pub journal: Journal,
    pub clock: Clock,
    pub redactor: Redactor,
    pub room: Arc<BodyRoom>,
    pub reloads: Reloads,
    pub refusals: Refusals,
    pub counted: Requests,
    pub metrics: Metrics,
    pub shared: Option<Arc<PostgresStore>>,
    pub dry_run: DryRunner,
    pub is_deleted: IsDeleted,
    pub read_log: LogReader,
    pub stop: CancellationToken,
}

impl Fixed {
    /// What the public listener needs.
    pub(super) fn public(&self, config: &Config, admission: Arc<Admission>) -> PublicState {
        PublicState {
            admission,
            dry_run: Arc::clone(&self.dry_run),
            body: BodyLimits {
                max_bytes: config.server.max_body_bytes,
                timeout: config.server.body_timeout,
            },
            room: Arc::clone(&self.room),
            requests: Arc::new(RequestLimit::per_minute(config.server.requests_per_minute)),
            tls: config.server.tls.is_some(),
            max_wait: config.server.max_wait,
            public_url: config.server.listen.map(|_| config.server.public_url.clone()),
            refusals: self.refusals.clone(),
            counted: self.counted.clone(),
            heartbeat: HEARTBEAT,
            stopping: self.stop.clone(),
        }
    }

    /// What the operator's listener needs.
    pub(super) fn operators(
        &self,
        config: &Config,
        admission: &Admission,
        certificate_ends: Option<Timestamp>,
    ) -> OperatorState {
        OperatorState {
            journal: self.journal.clone(),
            dry_run: Arc::clone(&self.dry_run),
            is_deleted: Arc::clone(&self.is_deleted),
            read_log: Arc::clone(&self.read_log),
            queue_limit: config.scheduler.queued,
            policies: admission.policies.clone(),
            keys: admission.keyring.keys().cloned().collect(),
            metrics: self.metrics.clone(),
            shared: self.shared.clone(),
            certificate_ends,
            kubeconfig_ends: kubeconfig_ends(config.tools.kubeconfig.clone()),
            clock: self.clock.clone(),
            audit: config.state.directory.join(audit::FOLDER),
            redactor: self.redactor.clone(),
            reloads: self.reloads.clone(),
            refusals: self.refusals.clone(),
            heartbeat: HEARTBEAT,
            stopping: self.stop.clone(),
        }
    }
}

fn kubeconfig_ends(kubeconfig: Option<PathBuf>) -> Ends {
    Arc::new(move || check::kubeconfig_ends(kubeconfig.as_deref()?))
}
