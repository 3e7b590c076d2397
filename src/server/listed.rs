//! A row of the list of deployments, with what took its image or its service out of use since.

use std::collections::{HashMap, hash_map::Entry};

use boathook_core::{
    deployment::{DeploymentId, Digest},
    proof::WithdrawalCause,
};
use serde::Serialize;

use crate::{
    journal::{Journal, StoreError, Summary},
    server::{OperatorState, waiting_promotions},
};

/// Withdrawals that are looked through for failures, the last ones.
const WITHDRAWALS_MAX: u32 = 500;

/// One deployment as operators list it.
#[derive(Serialize)]
pub(super) struct Listed {
    #[serde(flatten)]
    summary: Summary,
    /// Why its digest was withdrawn, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
    /// What it holds since, if it is the rollback that holds its service.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<String>,
    /// What its promotions wait for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promotions_wait: Vec<String>,
}

/// Deployments whose failure withdrew a digest, and the withdrawals in words. One by tag that failed
/// has no digest in its row.
async fn failures(journal: &Journal) -> Result<HashMap<DeploymentId, String>, StoreError> {
    let withdrawals = journal.withdrawals(WITHDRAWALS_MAX).await?;
    let failed = withdrawals.iter().filter_map(|withdrawal| match &withdrawal.cause {
        WithdrawalCause::Failed { deployment, .. } => {
            Some((deployment.clone(), withdrawal.to_string()))
        }
        WithdrawalCause::Operator { .. } | WithdrawalCause::OrderedRollback { .. } => None,
    });
    Ok(failed.collect())
}

impl Listed {
    /// The same deployments, marked.
    pub(super) async fn of(
        summaries: Vec<Summary>,
        operators: &OperatorState,
    ) -> Result<Vec<Self>, StoreError> {
        let journal = &operators.journal;
        let waiting = waiting_promotions::read(operators).await?;
        let holds = journal.holds();
        let mut withdrawals: HashMap<Digest, Option<String>> = HashMap::new();
        let failures = failures(journal).await?;
        let mut listed = Vec::new();
        for summary in summaries {
            let withdrawn = match summary.digest.clone().map(|digest| withdrawals.entry(digest)) {
                None => failures.get(&summary.id).cloned(),
                Some(Entry::Occupied(known)) => known.get().clone(),
                Some(Entry::Vacant(unknown)) => {
                    let withdrawal = journal.withdrawal(unknown.key()).await?;
                    unknown.insert(withdrawal.map(|withdrawal| withdrawal.to_string())).clone()
                }
            };
            let hold = holds.iter().find(|hold| hold.deployment == summary.id);
            let holds = hold.map(|hold| {
                format!("{} takes no {} until {}", hold.service, hold.keeps_out, hold.release())
            });
            let its = waiting.iter().filter(|one| one.deployment == summary.id);
            let promotions_wait = its.map(|one| format!("to {}: {}", one.to, one.why)).collect();
            listed.push(Self { summary, withdrawn, holds, promotions_wait });
        }
        Ok(listed)
    }
}
