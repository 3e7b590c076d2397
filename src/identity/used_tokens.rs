//! Tokens that do not say which body they are for, and the deployment that each was used for: such a
//! token is for one deployment.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use boathook_core::deployment::Identity;
use jiff::Timestamp;

use crate::identity::{IdentityFault, ProvenIdentity};

/// Tokens that are kept at once, until they expire.
const TOKENS_MAX: usize = 10_000;

/// What tokens were used for since boathook started.
#[derive(Default)]
pub(super) struct UsedTokens(Mutex<HashMap<TokenId, Use>>);

/// The issuer's name, and the token's id there.
type TokenId = (String, String);

struct Use {
    deployment: Identity,
    usable_until: Timestamp,
}

impl UsedTokens {
    /// Whether it is known what a token is for.
    pub(super) fn knows(&self, proven: &ProvenIdentity) -> bool {
        self.used().contains_key(&id(proven))
    }

    /// Notes that a token is used for a deployment, which has to be the same each time.
    pub(super) fn claim(
        &self,
        proven: &ProvenIdentity,
        deployment: &Identity,
    ) -> Result<(), IdentityFault> {
        let id = id(proven);
        let mut used = self.used();
        if let Some(known) = used.get(&id) {
            let same = known.deployment == *deployment;
            return if same { Ok(()) } else { Err(IdentityFault::Used) };
        }
        if used.len() >= TOKENS_MAX {
            used.retain(|_, known| known.usable_until >= proven.seen_at);
        }
        if used.len() >= TOKENS_MAX {
            return Err(IdentityFault::TooMany);
        }
        let usable_until = proven.usable_until();
        used.insert(id, Use { deployment: deployment.clone(), usable_until });
        Ok(())
    }

    fn used(&self) -> MutexGuard<'_, HashMap<TokenId, Use>> {
        // An entry is inserted as a whole, so the map stays usable after a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id(proven: &ProvenIdentity) -> TokenId {
    (proven.identity.issuer.clone(), proven.identity.token_id.clone())
}
