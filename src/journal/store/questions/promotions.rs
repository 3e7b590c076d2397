//! Promotions, and what stops them: holds and withdrawals.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeploymentId, Digest, Environment},
    proof::Withdrawal,
    record::ServiceHold,
};

use crate::journal::{
    StoreError, StoreReader,
    store::{
        columns::{parsed, sequence},
        rows,
        statement::Statement,
        statements,
    },
};

impl dyn StoreReader + '_ {
    /// The successes that the next environment has not answered yet, in order of acceptance,
    /// `limit` at most.
    pub fn to_promote(&self, limit: u32) -> Result<Vec<DeploymentId>, StoreError> {
        let statement = Statement::new(statements::TO_PROMOTE, [limit.into()]);
        self.all("list the successes to promote", statement, |row| parsed(row, "id"))
    }

    /// How many there are of each environment.
    pub fn to_promote_count(&self) -> Result<Vec<(Environment, u64)>, StoreError> {
        let statement = Statement::new(statements::TO_PROMOTE_COUNT, []);
        self.all("count the successes to promote", statement, |row| {
            Ok((parsed(row, "environment")?, sequence(row, "successes")?))
        })
    }

    /// The successes of a digest that the next environment has not answered yet.
    pub fn promotions_of(&self, digest: &Digest) -> Result<Vec<DeploymentId>, StoreError> {
        let statement = Statement::new(statements::PROMOTIONS_OF, [digest.as_str().into()]);
        self.all("list the promotions of a digest", statement, |row| parsed(row, "id"))
    }

    /// The held services, in the order in which they were rolled back.
    pub fn holds(&self) -> Result<Vec<Arc<ServiceHold>>, StoreError> {
        self.all("list the held services", Statement::new(statements::HOLDS, []), rows::hold)
    }

    /// The withdrawal of a digest, if it is withdrawn.
    pub fn withdrawal(&self, digest: &Digest) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        let statement = Statement::new(statements::WITHDRAWAL, [digest.as_str().into()]);
        self.one("look a withdrawal up", statement, rows::withdrawal)
    }

    /// The withdrawn digests, the last one first, `limit` at most.
    pub fn withdrawals(&self, limit: u32) -> Result<Vec<Arc<Withdrawal>>, StoreError> {
        let statement = Statement::new(statements::WITHDRAWALS, [limit.into()]);
        self.all("list the withdrawals", statement, rows::withdrawal)
    }
}
