//! The snapshot: everything that can change while boathook runs, built whole from what was read.

use std::{path::PathBuf, sync::Arc};

use boathook_core::{clock::Clock, deployment::Key};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    check,
    config::{Config, Receiver},
    identity::Issuers,
    intake::{Admission, AdmissionParts, RequestLimit},
    journal::{Journal, PostgresStore},
    observers::{
        audit::{self, Refusals},
        github::Reporting,
        metrics::{Metrics, Requests},
    },
    redact::Redactor,
    sealing::Opener,
    server::{
        BodyLimits, BodyRoom, DryRunner, Ends, HEARTBEAT, IsDeleted, LogReader, OperatorState,
        PublicState, Reloads,
    },
    startup::{
        Loaded,
        certificate::{self, Certificate},
        github_settings::GitHubSettings,
        promotion_routes::{self, Route},
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

/// Everything that a reload can replace, except what deployments use of it.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub config: Config,
    pub certificate: Option<Certificate>,
    pub receivers: Arc<Vec<Receiver>>,
    pub github: Arc<GitHubSettings>,
    pub admission: Arc<Admission>,
    pub public: Arc<PublicState>,
    pub operators: Arc<OperatorState>,
    pub routes: Vec<Route>,
    /// Which deployments are reported to GitHub; none if nothing is.
    pub reporting: Option<Reporting>,
}

impl Snapshot {
    /// What was loaded; issuers that were known before keep their keys.
    pub(super) fn of(loaded: Loaded, fixed: &Fixed, issuers: &Issuers) -> Self {
        let Loaded {
            config,
            secrets,
            promotion_secrets,
            header_secrets: _,
            github,
            sealing_keys,
            database: _,
            receivers,
            certificate,
            warnings: _,
        } = loaded;
        let Fixed {
            journal,
            clock,
            redactor,
            room,
            refusals,
            counted,
            metrics,
            shared,
            dry_run,
            is_deleted,
            read_log,
            reloads,
            stop,
        } = fixed;
        let parts = AdmissionParts {
            secrets: &secrets,
            opener: Opener::new(&sealing_keys),
            issuers: issuers.with(&config.identity),
            redactor: redactor.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
        };
        let admission = Arc::new(Admission::new(&config, parts));
        let public = PublicState {
            admission: Arc::clone(&admission),
            dry_run: Arc::clone(dry_run),
            body: BodyLimits {
                max_bytes: config.server.max_body_bytes,
                timeout: config.server.body_timeout,
            },
            room: Arc::clone(room),
            requests: Arc::new(RequestLimit::per_minute(config.server.requests_per_minute)),
            tls: config.server.tls.is_some(),
            max_wait: config.server.max_wait,
            public_url: config.server.listen.map(|_| config.server.public_url.clone()),
            refusals: refusals.clone(),
            counted: counted.clone(),
            heartbeat: HEARTBEAT,
            stopping: stop.clone(),
        };
        let operators = OperatorState {
            journal: journal.clone(),
            dry_run: Arc::clone(dry_run),
            is_deleted: Arc::clone(is_deleted),
            read_log: Arc::clone(read_log),
            queue_limit: config.scheduler.queued,
            policies: public.admission.policies.clone(),
            keys: public.admission.keyring.keys().cloned().collect(),
            metrics: metrics.clone(),
            shared: shared.clone(),
            certificate_ends: certificate.as_ref().and_then(certificate::ends),
            kubeconfig_ends: kubeconfig_ends(config.tools.kubeconfig.clone()),
            clock: clock.clone(),
            audit: config.state.directory.join(audit::FOLDER),
            redactor: redactor.clone(),
            reloads: reloads.clone(),
            refusals: refusals.clone(),
            heartbeat: HEARTBEAT,
            stopping: stop.clone(),
        };
        Self {
            github: Arc::new(GitHubSettings::of(&config, github)),
            admission,
            public: Arc::new(public),
            operators: Arc::new(operators),
            routes: promotion_routes::routes(&config, &promotion_secrets),
            receivers: Arc::new(receivers),
            reporting: Reporting::new(&config),
            config,
            certificate,
        }
    }

    /// The same with another certificate.
    pub(super) fn showing(self, certificate: Certificate) -> Self {
        let operators = OperatorState {
            certificate_ends: certificate::ends(&certificate),
            ..OperatorState::clone(&self.operators)
        };
        Self { operators: Arc::new(operators), certificate: Some(certificate), ..self }
    }

    /// Warns of the secrets that expired between `since`, or ever, and `now`.
    pub(super) fn log_expired_secrets(&self, since: Option<Timestamp>, now: Timestamp) {
        for Key { environment, id, not_after, .. } in
            self.public.admission.keyring.ended(since, now)
        {
            let at = not_after.map(tracing::field::display);
            warn!(
                secret.id = id,
                not_after = at,
                "Secret {id} of {environment} has expired; remove it from the config"
            );
        }
    }
}

fn kubeconfig_ends(kubeconfig: Option<PathBuf>) -> Ends {
    Arc::new(move || check::kubeconfig_ends(kubeconfig.as_deref()?))
}
