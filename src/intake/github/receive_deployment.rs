//! Takes a deployment on GitHub to admission, whoever brought it: with the signed request in its
//! payload or, where an environment believes GitHub, with what its settings make of it.

use crate::intake::{
    Admission, Declined, Incoming, Offered, Verified,
    github::{Asks, Deployment, LearnedBy, Received, unsigned},
    takers::{Taker, Watched},
};

impl Admission {
    /// Verifies and admits what a deployment asks for, or says why not. It may come again, and by
    /// another way; then it is a repeat.
    pub(crate) async fn receive_deployment(
        &self,
        watched: &Watched,
        taker: &Taker,
        deployment: &Deployment,
        learned: LearnedBy,
    ) -> Result<Received, Declined> {
        let Watched { repository, body_max, takers: _ } = watched;
        let delivery = deployment.delivery(repository, taker, &learned);
        let admitted = match deployment.asks().map_err(Declined::unsigned)? {
            Asks::Nothing => {
                return Ok(Received::Ignored("its payload asks for nothing".to_owned()));
            }
            Asks::Signed { body, signature: _ } if body.len() > *body_max => {
                let message = format!(
                    "`payload.boathook.body` is longer than the {body_max} bytes of `server.max_body_bytes`"
                );
                return Err(Declined::unsigned(Deployment::refusal(message)));
            }
            Asks::Signed { body, signature } => {
                let documented = vec![signature.as_bytes()];
                let offered = Offered { documented, ..Offered::default() };
                self.receive(Incoming { body: body.as_bytes(), offered, delivery }).await?
            }
            Asks::Unsigned { image } => {
                let made = unsigned::request(taker, repository, deployment, image);
                let Some(body) = made.map_err(Declined::unsigned)? else {
                    return Ok(Received::Ignored(format!(
                        "it carries no signed request, and {} takes no such deployment without one (`github.trust`, `github.unsigned.tasks`)",
                        taker.environment
                    )));
                };
                let verified = match learned {
                    LearnedBy::Asking => Verified::by_github(body, taker.environment, repository),
                    LearnedBy::Webhook { signed, client: _ } => signed.vouching_for(body),
                };
                self.admit_or_decline(&verified, delivery).await?
            }
        };
        Ok(Received::Admitted(Box::new(admitted)))
    }
}
