//! The snapshot: everything that can change while boathook runs, built whole from what was read.

use std::sync::Arc;

use boathook_core::deployment::Key;
use jiff::Timestamp;
use tokio::sync::watch;
use tracing::warn;

use crate::{
    config::{Config, Receiver},
    identity::Issuers,
    intake::{Admission, AdmissionParts},
    observers::github::Reporting,
    sealing::Opener,
    server::{OperatorState, PublicState},
    startup::{
        Loaded,
        certificate::{self, Certificate},
        fixed::Fixed,
        github_settings::GitHubSettings,
        promotion_routes::{self, Route},
    },
};

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
        let parts = AdmissionParts {
            secrets: &secrets,
            opener: Opener::new(&sealing_keys),
            issuers: issuers.with(&config.identity),
            redactor: fixed.redactor.clone(),
            journal: fixed.journal.clone(),
            clock: fixed.clock.clone(),
        };
        let admission = Arc::new(Admission::new(&config, parts));
        let certificate_ends = certificate.as_ref().and_then(certificate::ends);
        Self {
            github: Arc::new(GitHubSettings::of(&config, github)),
            public: Arc::new(fixed.public(&config, Arc::clone(&admission))),
            operators: Arc::new(fixed.operators(&config, &admission, certificate_ends)),
            admission,
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

/// Returns when another snapshot is in use that `differs`; does not return if none can come any more.
pub(super) async fn changed(
    now: &mut watch::Receiver<Arc<Snapshot>>,
    differs: impl FnMut(&Arc<Snapshot>) -> bool,
) {
    if now.wait_for(differs).await.is_err() {
        std::future::pending().await
    }
}
