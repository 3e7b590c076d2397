//! The door for requests that boathook fetches: the same bytes, signatures and rules as at the
//! listener, which takes the two halves apart to answer pings and to know its senders.

use boathook_core::deployment::{Environment, Key, Repository};

use crate::intake::{Admission, Admitted, Delivery, Offered, Refusal, Verified};

/// A request as it was fetched.
pub struct Incoming<'a> {
    /// Exactly as its sender wrote it, or sealed it.
    pub body: &'a [u8],
    /// The signatures that came with it.
    pub offered: Offered<'a>,
    pub delivery: Delivery,
}

/// A request that became no deployment.
#[derive(Debug)]
pub struct Declined {
    pub refusal: Refusal,
    /// The ids of the secrets that signed it; none if no signature was valid.
    pub signed_by: Option<String>,
}

impl Admission {
    /// Verifies and admits a request, or says why not. On return the deployment is on disk.
    pub async fn receive(&self, incoming: Incoming<'_>) -> Result<Admitted, Declined> {
        let Incoming { body, offered, delivery } = incoming;
        let opened = self
            .opener
            .open(body)
            .map_err(|unopened| Declined { refusal: unopened.into(), signed_by: None })?;
        let body = opened.as_deref().unwrap_or(body);
        let verified = self
            .verify(&offered, body)
            .await
            .map_err(|bad| Declined { refusal: bad.into(), signed_by: None })?;
        self.admit(&verified, delivery)
            .await
            .map_err(|refusal| Declined { refusal, signed_by: Some(signers(verified.signers())) })
    }

    /// Admits what boathook made of an unsigned deployment on GitHub, for an environment whose
    /// configuration says that it believes GitHub. Every other rule applies.
    pub async fn receive_unsigned(
        &self,
        body: Vec<u8>,
        environment: Environment,
        repository: &Repository,
        delivery: Delivery,
    ) -> Result<Admitted, Declined> {
        let verified = Verified::by_github(body, environment, repository);
        self.admit(&verified, delivery)
            .await
            .map_err(|refusal| Declined { refusal, signed_by: Some(signers(verified.signers())) })
    }
}

fn signers(keys: &[Key]) -> String {
    keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ")
}
