//! A row of the list of deployments, with what took its image or its service out of use since.

use std::collections::{HashMap, hash_map::Entry};

use boathook_core::deployment::Digest;
use serde::Serialize;

use crate::journal::{Journal, StoreError, Summary};

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
}

impl Listed {
    /// The same deployments, marked.
    pub(super) async fn of(
        summaries: Vec<Summary>,
        journal: &Journal,
    ) -> Result<Vec<Self>, StoreError> {
        let holds = journal.holds();
        let mut withdrawals: HashMap<Digest, Option<String>> = HashMap::new();
        let mut listed = Vec::new();
        for summary in summaries {
            let withdrawn = match summary.digest.clone().map(|digest| withdrawals.entry(digest)) {
                None => None,
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
            listed.push(Self { summary, withdrawn, holds });
        }
        Ok(listed)
    }
}
