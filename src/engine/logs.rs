//! The log of an application, for an operator: kubectl reads it from the pods of one revision.

use std::{sync::Arc, time::Duration};

use boathook_core::deployment::{LogRequest, error_chain};
use boathook_process::Exit;
use tokio::sync::mpsc;

use crate::engine::Engine;

/// How long a log is followed, or waits for its reader, at most.
const FOLLOWED_FOR: Duration = Duration::from_secs(60 * 60);

impl Engine {
    /// Hands over the lines as they are, secrets too, until the log ends, its time is over, or the
    /// receiver is dropped; kubectl has ended when this returns. The error says why there are no
    /// more lines.
    pub async fn logs(
        &self,
        request: LogRequest,
        lines: mpsc::Sender<String>,
    ) -> Result<(), String> {
        let LogRequest { environment, service, revision, reading } = request;
        let configuration = self.configuration.get();
        let settings = (configuration.settings)(environment, &service)
            .ok_or_else(|| format!("{environment} is not configured"))?;
        let tools = Arc::clone(&configuration.tools);
        let cluster = self.cluster(tools, &settings.timeouts);
        let pods = cluster.pods(&service.namespace, &revision).await;
        let pods = pods.map_err(|error| error_chain(&error))?;
        if pods.is_empty() {
            return Err(format!(
                "no pod of {revision} is there: Knative scaled it to zero, or the revision was \
                 deleted; `boathook commands ID` has the last output of a revision that failed"
            ));
        }
        match cluster.logs((&service.namespace, &revision), &reading, FOLLOWED_FOR, lines).await {
            Ok(Exit::TimedOut) if reading.follow => {
                Err("a log is followed for an hour; follow it again".to_owned())
            }
            Ok(Exit::TimedOut) => Err("a log is read for an hour; read it again".to_owned()),
            Ok(Exit::Code(_) | Exit::Signal(_) | Exit::Stopped) => Ok(()),
            Err(error) => Err(error_chain(&error)),
        }
    }
}
