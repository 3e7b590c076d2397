//! `boathook list`: deployments, newest first. Rows are read as text: a boathook of another version
//! may have names that this one would refuse.

use boathook_core::{
    clock::date_and_time,
    deployment::Environment,
    record::{Status, UnknownStatus},
};
use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    cli::{CliError, Exit, SocketArguments, messages, table::headed_table, terminal::Line},
    journal::status_words,
};

/// `boathook list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Only this environment
    #[arg(long)]
    environment: Option<Environment>,
    /// Only this namespace
    #[arg(long)]
    namespace: Option<String>,
    /// Only this service
    #[arg(long)]
    service: Option<String>,
    /// Only deployments with this status, as the list prints it, such as `rolled back` or
    /// rolled_back, or `deploying, paused`
    #[arg(long, value_parser = shown_status)]
    status: Option<(Status, bool)>,
    /// Only deployments accepted before this one
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// The maximum number of deployments to list
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub id: String,
    environment: String,
    namespace: String,
    service: String,
    deployment_id: String,
    image: String,
    pub status: Status,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    unacknowledged: bool,
    pub reason: Option<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    holds: Option<String>,
    #[serde(default)]
    promotions_wait: Vec<String>,
    accepted_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Row {
    /// The service, and where it is.
    pub fn place(&self) -> String {
        let Self { environment, namespace, service, .. } = self;
        format!("{namespace}/{service} in {environment}")
    }

    /// Its cells in the table.
    fn cells(&self) -> [String; 7] {
        let Self {
            id,
            environment,
            namespace,
            service,
            deployment_id,
            image,
            status,
            paused,
            unacknowledged: _,
            reason: _,
            withdrawn: _,
            holds: _,
            promotions_wait: _,
            accepted_at,
            ended_at: _,
        } = self;
        [
            id.clone(),
            environment.clone(),
            format!("{namespace}/{service}"),
            status_words(*status, *paused),
            date_and_time(*accepted_at),
            deployment_id.clone(),
            image.clone(),
        ]
    }

    /// What the table cannot hold of it, one line each.
    fn notes(&self) -> Vec<String> {
        let Self { id, reason, withdrawn, holds, promotions_wait, unacknowledged, .. } = self;
        let notes = [
            reason.clone(),
            withdrawn.as_ref().map(|why| format!("withdrawn: {why}")),
            holds.as_ref().map(|terms| format!("held: {terms}")),
            unacknowledged.then(|| messages::unacknowledged(id)),
        ];
        let line = |note| Line(&format!("{id}: {note}")).to_string();
        let waits = promotions_wait.iter().map(|wait| messages::promotion_waits(wait));
        notes.into_iter().flatten().chain(waits).map(line).collect()
    }
}

impl ListArguments {
    /// Prints the list.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["deployments"], &self.query(), self.json, shown).await
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let Self { environment, namespace, service, status, before, limit, json: _, socket: _ } =
            self;
        let narrowed = [
            ("environment", environment.map(|environment| environment.to_string())),
            ("namespace", namespace.clone()),
            ("service", service.clone()),
            ("status", status.map(|(status, _)| status.to_string())),
            ("paused", status.filter(|(_, paused)| *paused).map(|_| true.to_string())),
            ("before", before.clone()),
            ("limit", Some(limit.to_string())),
        ];
        narrowed.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A status, and whether only what is paused is meant.
fn shown_status(text: &str) -> Result<(Status, bool), String> {
    let status = text.strip_suffix(", paused");
    let read = status.unwrap_or(text).parse().map_err(|error: UnknownStatus| error.to_string())?;
    Ok((read, status.is_some()))
}

fn shown(rows: Vec<Row>) -> String {
    if rows.is_empty() {
        return messages::NONE_LISTED.to_owned();
    }
    let heads = ["ID", "ENVIRONMENT", "SERVICE", "STATUS", "ACCEPTED", "EXTERNAL ID", "IMAGE"];
    let table = headed_table(heads, rows.iter().map(Row::cells));
    let notes = rows.iter().flat_map(Row::notes);
    std::iter::once(table).chain(notes).collect::<Vec<_>>().join("\n")
}
