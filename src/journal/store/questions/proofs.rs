//! What proves a digest.

use boathook_core::{
    deployment::{DeploymentId, Digest, Environment},
    proof::Fact,
};
use jiff::Timestamp;

use crate::journal::{
    ProvenImage, StoreError, StoreReader,
    store::{
        columns::parsed,
        rows,
        statement::{Statement, from_second},
        statements,
    },
};

impl dyn StoreReader + '_ {
    /// The images that successes left serving in an environment since then, newest first, each
    /// once and with its withdrawal, `limit` at most. The second counts: what is asked are days.
    pub fn proven(
        &self,
        environment: Environment,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ProvenImage>, StoreError> {
        let by = [environment.name().into(), from_second(since).into(), limit.into()];
        self.all("list what was proven", Statement::new(statements::PROVEN, by), rows::proven)
    }

    /// What the record says of a digest in an environment, in order: the newest facts, `limit` at most.
    pub fn facts(
        &self,
        environment: Environment,
        digest: &Digest,
        limit: u32,
    ) -> Result<Vec<Fact>, StoreError> {
        let by = [digest.as_str().into(), environment.name().into(), limit.into()];
        let statement = Statement::new(statements::FACTS, by);
        let mut facts = self.all("read how long a digest served", statement, rows::fact)?;
        facts.reverse();
        Ok(facts)
    }

    /// Whether the newest success of any service, in any environment, left that digest serving.
    pub fn serves(&self, digest: &Digest) -> Result<bool, StoreError> {
        let statement = Statement::new(statements::SERVES, [digest.as_str().into()]);
        let serves = self.one("look up where a digest serves", statement, |row| {
            parsed::<DeploymentId>(row, "id")
        })?;
        Ok(serves.is_some())
    }
}
