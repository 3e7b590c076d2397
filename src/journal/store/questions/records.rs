//! Records.

use boathook_core::{deployment::DeploymentId, record::Record};

use crate::journal::{
    StoreError, StoreReader,
    store::{rows, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// The record with each of these sequences, asked for at once.
    pub fn records_at(&self, sequences: &[u64]) -> Vec<Result<Option<Record>, StoreError>> {
        let statements: Vec<_> = sequences
            .iter()
            .map(|sequence| Statement::new(statements::RECORD, [(*sequence).into()]))
            .collect();
        self.one_of_each("read records by their sequences", &statements, rows::record)
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
