//! Records.

use boathook_core::{deployment::DeploymentId, record::Record};

use crate::journal::{
    Reads, StoreError,
    store::{rows, statement::Statement, statements},
};

impl dyn Reads + '_ {
    /// The record with that sequence.
    pub fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        let statement = Statement::new(statements::RECORD, [sequence.into()]);
        self.one("read a record", statement, rows::record)
    }

    /// The records of a deployment with a higher sequence, rising.
    pub fn records(&self, id: &DeploymentId, after: u64) -> Result<Vec<Record>, StoreError> {
        let statement = Statement::new(statements::RECORDS, [id.as_str().into(), after.into()]);
        self.all("read the records of a deployment", statement, rows::record)
    }

    /// The records of all deployments with a higher sequence, rising, `limit` at most.
    pub fn records_of_all(&self, after: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
        let statement = Statement::new(statements::RECORDS_OF_ALL, [after.into(), limit.into()]);
        self.all("read the records of all deployments", statement, rows::record)
    }
}
