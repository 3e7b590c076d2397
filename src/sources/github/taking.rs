//! Takes one deployment: through the same admission as a webhook.

use boathook_core::deployment::RequestOutcome;
use tracing::{debug, info};

use crate::{
    intake::{
        Admission, Admitted, Declined,
        github::{Deployment, LearnedBy, Received},
        takers::Watched,
    },
    journal::Accepted,
    sources::github::{
        GitHubSource,
        refusing::{FinalRefusal, note},
        reporting::Report,
    },
};

/// What came of a deployment.
pub(super) enum Taken {
    /// It is accepted, or none of boathook's business.
    Settled,
    /// It is refused, for good. GitHub shows the report, if there is one.
    Refused(Option<Report>),
    /// boathook cannot take anything now.
    NotNow,
}

/// Takes a deployment, if it asks for anything. It may come again after a crash; then it is a
/// repeat.
pub(super) async fn take(
    source: &GitHubSource,
    admission: &Admission,
    watched: &Watched,
    deployment: &Deployment,
) -> Taken {
    let Some(taker) = watched.taker(&deployment.environment) else {
        debug!(github.deployment = deployment.id, "No environment takes it");
        return Taken::Settled;
    };
    let received =
        admission.receive_deployment(watched, taker, deployment, LearnedBy::Asking).await;
    let refusal = match received {
        Ok(Received::Ignored(why)) => {
            debug!(github.deployment = deployment.id, "Left alone: {why}");
            return Taken::Settled;
        }
        Ok(Received::Admitted(admitted)) => match *admitted {
            Admitted::Deployment { accepted, ignored: _ } => {
                source.polls.record_deployment(log(watched, deployment, &accepted));
                return Taken::Settled;
            }
            Admitted::DryRun { .. } => FinalRefusal::dry_run(),
        },
        Err(Declined { refusal, .. }) if refusal.is_momentary() => return Taken::NotNow,
        Err(declined) => FinalRefusal::of(declined),
    };
    note(source, admission, watched, deployment, &refusal);
    let report = || refusal.report(admission, &watched.repository, deployment);
    Taken::Refused(taker.settings.statuses.then(report))
}

fn log(watched: &Watched, deployment: &Deployment, accepted: &Accepted) -> RequestOutcome {
    let (summary, what, became) = match accepted {
        Accepted::New(summary) => (summary, "Accepted", RequestOutcome::Accepted),
        Accepted::Repeat(summary) => (summary, "Found a repeat of", RequestOutcome::Repeat),
    };
    info!(
        deployment.id = %summary.id,
        deployment.environment = %summary.environment,
        "{what} {} for {}/{}: deployment {} of {} on GitHub",
        summary.image, summary.namespace, summary.service, deployment.id, watched.repository
    );
    became
}
