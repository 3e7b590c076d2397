//! What the leader has other nodes pull: it asks in a transaction of its own, as whoever leads, and each
//! node writes its answer. All of it blocks.

use std::time::Duration;

use boathook_core::{
    deployment::{DeploymentId, ImageRef},
    rollout::{NodePull, PullResult},
};

use crate::journal::{
    Node, PostgresStore, Store as _, StoreError, StoreReader as _,
    store::{
        columns::{self, ColumnError},
        postgres::nodes::{DEADLINE, milliseconds},
        statement::Statement,
    },
};

/// Those that are answered or over are kept for as long as somebody might look for them.
const KEPT: Duration = Duration::from_hours(1);

const ORDER: &str = "
    WITH old AS (DELETE FROM pulls WHERE until < clock_timestamp() - ?6::bigint * interval '1 millisecond')
    INSERT INTO pulls (deployment, image, node, until)
    SELECT ?1, ?2, name, clock_timestamp() + ?3::bigint * interval '1 millisecond' FROM nodes
    WHERE name <> ?4 AND seen > clock_timestamp() - ?5::bigint * interval '1 millisecond'
    ON CONFLICT DO NOTHING";

const ORDERED: &str = "
    SELECT node, result, NOT EXISTS (
        SELECT 1 FROM nodes WHERE name = pulls.node AND seen > clock_timestamp() - ?3::bigint * interval '1 millisecond') AS is_away
    FROM pulls WHERE deployment = ?1 AND image = ?2 ORDER BY node";

const TO_DO: &str = "
    SELECT deployment, image FROM pulls
    WHERE node = ?1 AND result IS NULL AND until > clock_timestamp() ORDER BY until LIMIT 16";

const NOTE: &str = "
    UPDATE pulls SET result = ?4 WHERE deployment = ?1 AND image = ?2 AND node = ?3 AND result IS NULL";

impl PostgresStore {
    /// Asks the other nodes that were seen lately to pull an image within a time. One that was asked
    /// before for the same deployment is not asked again.
    pub fn order_pulls(
        &self,
        deployment: &DeploymentId,
        image: &ImageRef,
        within: Duration,
    ) -> Result<(), StoreError> {
        let Some(here) = self.node() else { return Ok(()) };
        let image = image.to_string();
        let values = [
            deployment.as_str().into(),
            image.as_str().into(),
            milliseconds(within),
            here.into(),
            milliseconds(Node::AWAY_AFTER),
            milliseconds(KEPT),
        ];
        self.write_beside("ask other nodes to pull", &Statement::new(ORDER, values))
    }

    /// All that were asked, by name, and what they have answered.
    pub fn ordered_pulls(
        &self,
        deployment: &DeploymentId,
        image: &ImageRef,
    ) -> Result<Vec<NodePull>, StoreError> {
        let image = image.to_string();
        let away_after = milliseconds(Node::AWAY_AFTER);
        let statement = Statement::new(
            ORDERED,
            [deployment.as_str().into(), image.as_str().into(), away_after],
        );
        let mut pulls = Vec::new();
        self.find_rows("read what other nodes pulled", &statement, &mut |row| {
            let node = columns::text(row, "node")?.to_owned();
            let result = row.text("result")?.map(serde_json::from_str::<PullResult>).transpose();
            let result = result.map_err(|error| ColumnError::new("result", error))?;
            let is_away = row.flag("is_away")?;
            pulls.push(NodePull { node, result, is_away });
            Ok(())
        })?;
        Ok(pulls)
    }

    /// What this node is asked to pull and has not answered, the most urgent first; sixteen at most.
    pub fn pulls_to_do(&self) -> Result<Vec<(DeploymentId, ImageRef)>, StoreError> {
        let Some(here) = self.node() else { return Ok(Vec::new()) };
        let mut pulls = Vec::new();
        let statement = Statement::new(TO_DO, [here.into()]);
        self.find_rows("read what this node is to pull", &statement, &mut |row| {
            pulls.push((columns::parsed(row, "deployment")?, columns::parsed(row, "image")?));
            Ok(())
        })?;
        Ok(pulls)
    }

    /// Answers for this node; a second answer changes nothing.
    pub fn note_pulled(
        &self,
        deployment: &DeploymentId,
        image: &ImageRef,
        result: &PullResult,
    ) -> Result<(), StoreError> {
        const NOTING: &str = "write down what this node pulled";
        let Some(here) = self.node() else { return Ok(()) };
        let image = image.to_string();
        let result =
            serde_json::to_string(result).map_err(|error| StoreError::failed(NOTING, error))?;
        let values = [
            deployment.as_str().into(),
            image.as_str().into(),
            here.into(),
            result.as_str().into(),
        ];
        let asking = self.asking_within(DEADLINE);
        self.of_nodes.change(&asking, NOTING, &Statement::new(NOTE, values)).map(drop)
    }
}
