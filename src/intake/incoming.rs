//! Admission of requests that boathook fetches: the same bytes, signatures and rules as at the
//! listener, which takes the two halves apart to answer pings and to know its senders.

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

impl Declined {
    /// A refusal of something that carries no signature, or none that was looked at.
    pub(crate) const fn unsigned(refusal: Refusal) -> Self {
        Self { refusal, signed_by: None }
    }
}

impl Admission {
    /// Verifies and admits a request, or says why not. On return the deployment is on disk.
    pub async fn receive(&self, incoming: Incoming<'_>) -> Result<Admitted, Declined> {
        let Incoming { body, offered, delivery } = incoming;
        let opened =
            self.opener.open(body).map_err(|unopened| Declined::unsigned(unopened.into()))?;
        let body = opened.as_deref().unwrap_or(body);
        let verified =
            self.verify(&offered, body).await.map_err(|bad| Declined::unsigned(bad.into()))?;
        self.admit_or_decline(&verified, delivery).await
    }

    /// Admits a verified request, or says why not and who signed it.
    pub(super) async fn admit_or_decline<B: AsRef<[u8]>>(
        &self,
        verified: &Verified<B>,
        delivery: Delivery,
    ) -> Result<Admitted, Declined> {
        let signers = verified.signers().iter().map(|key| key.id.as_str());
        let signed_by = || signers.collect::<Vec<_>>().join(", ");
        self.admit(verified, delivery)
            .await
            .map_err(|refusal| Declined { refusal, signed_by: Some(signed_by()) })
    }
}
