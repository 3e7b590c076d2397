//! Who leads, by the database's own word, each 50 ms.

use std::{error::Error, time::Duration};

use jiff::Timestamp;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, Config, NoTls};

use crate::failover::evidence::{Lead, Lines};

const PAUSE: Duration = Duration::from_millis(50);
/// A database that takes longer is away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks until it is stopped; writes down what changed.
pub async fn watch(database: Config, lines: Lines) -> Result<(), Box<dyn Error>> {
    let mut client = None;
    let mut known = None;
    loop {
        let looked = timeout(PATIENCE, look(&database, &mut client)).await;
        let (epoch, node) = match looked {
            Ok(Ok(leader)) => leader.unzip(),
            Ok(Err(_)) | Err(_) => {
                client = None;
                (None, None)
            }
        };
        if known.as_ref() != Some(&(epoch, node.clone())) {
            lines.add(&Lead { at: Timestamp::now(), epoch, node: node.clone() })?;
            known = Some((epoch, node));
        }
        sleep(PAUSE).await;
    }
}

/// The epoch and the node of a lease that has not ended.
async fn look(
    database: &Config,
    client: &mut Option<Client>,
) -> Result<Option<(i64, String)>, tokio_postgres::Error> {
    if client.is_none() {
        let (connected, connection) = database.connect(NoTls).await?;
        tokio::spawn(connection);
        *client = Some(connected);
    }
    let Some(client) = client else { return Ok(None) };
    let row = client
        .query_opt("SELECT epoch, node FROM boathook.lease WHERE ends > clock_timestamp()", &[])
        .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}
