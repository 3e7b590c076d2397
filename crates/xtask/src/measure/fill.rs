//! Makes a large history out of a small one: a deployment that really was, many times over, under
//! other ids.

use std::{collections::BTreeMap, error::Error, path::PathBuf, sync::Arc};

use boathook::journal::{
    Batch, Filter, Row, SqliteStore, Store, StoreOptions, StoreReader, Success, Summary,
};
use boathook_core::{
    deployment::{DeploymentId, ExternalId, ServiceName},
    record::{Acceptance, DeploymentEvent, Event, Record},
    state::Deployment,
};
use serde_json::{Value, json};

/// Deployments that go into one transaction.
const BATCH: u64 = 200;

#[derive(clap::Args)]
pub struct Fill {
    /// The journal of a boathook that does not run
    journal: PathBuf,
    /// As many copies
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Services that they are of, in turn
    #[arg(long, default_value_t = 50)]
    services: u64,
}

impl Fill {
    pub fn run(self) -> Result<Value, Box<dyn Error>> {
        let store = SqliteStore::open(&self.journal, StoreOptions::default())?;
        let kept: &dyn StoreReader = &store;
        let newest = Filter { limit: 1, ..Filter::default() };
        let original =
            kept.list(&newest)?.pop().ok_or("the journal is empty: deploy something first")?;
        let records = kept.records(&original.id, 0)?;
        let mut sequence = kept.last_sequence()?;
        for begin in (0..self.count).step_by(BATCH as usize) {
            let mut batch = Batch::default();
            for number in begin..self.count.min(begin + BATCH) {
                copy(&records, number, number % self.services, &mut sequence, &mut batch)?;
            }
            store.write(&batch)?;
        }
        let kinds = records.iter().fold(BTreeMap::<_, u32>::new(), |mut kinds, record| {
            *kinds.entry(record.event.name()).or_default() += 1;
            kinds
        });
        Ok(json!({"deployments": self.count, "records_each": records.len(), "kinds": kinds}))
    }
}

fn copy(
    records: &[Record],
    number: u64,
    service: u64,
    sequence: &mut u64,
    batch: &mut Batch,
) -> Result<(), Box<dyn Error>> {
    let mut random = [0; 20];
    getrandom::fill(&mut random)?;
    let id = DeploymentId::from_random(random);
    let mut deployment = None::<Deployment>;
    for record in records {
        *sequence += 1;
        let event = match &record.event {
            Event::Deployment(DeploymentEvent::Accepted(acceptance)) => {
                Event::Deployment(DeploymentEvent::Accepted(renamed(acceptance, number, service)?))
            }
            other => other.clone(),
        };
        let record = Record { sequence: *sequence, deployment: id.clone(), at: record.at, event };
        deployment = Some(match deployment {
            None => Deployment::begin(&record)?,
            Some(deployment) => deployment.apply(record.at, &record.event)?,
        });
        batch.records.push(Arc::new(record));
    }
    let deployment = deployment.ok_or("a deployment without records")?;
    batch.rows.push(Row {
        summary: Summary::of(&id, &deployment),
        has_timestamp: deployment.acceptance.request.timestamp.is_some(),
        requested_at: deployment.acceptance.requested_at(),
        signed_by: deployment.acceptance.signer().map(str::to_owned),
        success: Success::of(&id, &deployment),
        awaits_promotion: false,
        watched: false,
        unacknowledged: false,
        bundle: None,
    });
    Ok(())
}

fn renamed(
    acceptance: &Acceptance,
    number: u64,
    service: u64,
) -> Result<Arc<Acceptance>, Box<dyn Error>> {
    let mut acceptance = acceptance.clone();
    acceptance.request.deployment_id = ExternalId::parse(&format!("filled-{number}"))?;
    acceptance.request.service_name = ServiceName::parse(&format!("bench-{service}"))?;
    Ok(Arc::new(acceptance))
}
