//! Which deployments are old enough to go.

use crate::journal::{
    Cutoff, Prunable, StoreError, StoreReader,
    store::{rows, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// Ended deployments accepted after that sequence that may be pruned, in order of acceptance,
    /// `limit` at most.
    pub fn prunable(
        &self,
        cut: &Cutoff,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Prunable>, StoreError> {
        let Cutoff { young, old, count } = cut;
        let by = [(*young).into(), (*old).into(), (*count).into(), after.into(), limit.into()];
        let statement = Statement::new(statements::PRUNABLE, by);
        self.all("list the deployments that may be pruned", statement, rows::prunable)
    }
}
