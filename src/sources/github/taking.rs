//! Takes one deployment: through the same door as a webhook.

use tracing::{debug, info};

use crate::{
    intake::{
        Admission, Admitted, Declined, Incoming, Offered,
        github::{self, Asks, Deployment, Watched},
    },
    journal::Accepted,
    observers::metrics::RequestOutcome,
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
    let delivery = deployment.delivery(&watched.repository, taker, None);
    let received = match deployment.asks() {
        Err(refusal) => Err(Declined { refusal, signed_by: None }),
        Ok(Asks::Nothing) => return Taken::Settled,
        Ok(Asks::Signed { body, .. }) if body.len() > watched.body_max => {
            let refusal = Deployment::refusal(format!(
                "`payload.boathook.body` is longer than the {} bytes of `server.max_body_bytes`",
                watched.body_max
            ));
            Err(Declined { refusal, signed_by: None })
        }
        Ok(Asks::Signed { body, signature }) => {
            let documented = vec![signature.as_bytes()];
            let offered = Offered { documented, ..Offered::default() };
            admission.receive(Incoming { body: body.as_bytes(), offered, delivery }).await
        }
        Ok(Asks::Unsigned { image }) => {
            let repository = &watched.repository;
            match github::request(taker, repository, deployment, image) {
                Ok(None) => return Taken::Settled,
                Ok(Some(body)) => {
                    admission.receive_unsigned(body, taker.environment, repository, delivery).await
                }
                Err(refusal) => Err(Declined { refusal, signed_by: None }),
            }
        }
    };
    let refusal = match received {
        Ok(Admitted::Deployment { accepted, ignored: _ }) => {
            source.polls.note_deployment(log(watched, deployment, &accepted));
            return Taken::Settled;
        }
        Ok(Admitted::DryRun { .. }) => FinalRefusal::dry_run(),
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
