//! `boathook status`: what serves where, and since when.

use boathook_core::{
    clock::date_and_time,
    deployment::{Environment, ImageRef},
};
use clap::Args;

use crate::{
    cli::{CliError, Exit, SocketArguments, messages, table::headed_table, terminal::Line},
    journal::{ServiceView, ServingRevision, status_words},
};

/// `boathook status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Only this environment
    #[arg(long)]
    environment: Option<Environment>,
    /// Only this namespace
    #[arg(long)]
    namespace: Option<String>,
    /// Only this service
    #[arg(long)]
    service: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

impl StatusArguments {
    /// Prints the table.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["services"], &self.query(), self.json, shown).await
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let Self { environment, namespace, service, json: _, socket: _ } = self;
        let narrowed = [
            ("environment", environment.map(|environment| environment.to_string())),
            ("namespace", namespace.clone()),
            ("service", service.clone()),
        ];
        narrowed.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn shown(services: Vec<ServiceView>) -> String {
    if services.is_empty() {
        return messages::NO_SERVICES.to_owned();
    }
    let heads =
        ["ENVIRONMENT", "SERVICE", "REVISION", "SHARE", "IMAGE", "SINCE", "LAST DEPLOYMENT"];
    let table = headed_table(heads, services.iter().flat_map(rows));
    let notes = services.iter().flat_map(messages::service_notes);
    let notes = notes.map(|note| Line(&note).to_string());
    std::iter::once(table).chain(notes).collect::<Vec<_>>().join("\n")
}

/// A row for each revision that serves; the first one names the service.
fn rows(view: &ServiceView) -> Vec<[String; 7]> {
    let none = [const { String::new() }; 4];
    let mut serving: Vec<_> = view.serving.iter().map(cells).collect();
    if serving.is_empty() {
        serving.push(none);
    }
    let newest = &view.newest;
    let last = format!("{} {}", newest.deployment_id, status_words(newest.status, newest.paused));
    let mut heads =
        Some([view.environment.to_string(), format!("{}/{}", view.namespace, view.service), last]);
    let row = |[revision, share, image, since]: [String; 4]| {
        let [environment, service, last] = heads.take().unwrap_or_default();
        [environment, service, revision, share, image, since, last]
    };
    serving.into_iter().map(row).collect()
}

fn cells(serving: &ServingRevision) -> [String; 4] {
    let ServingRevision { revision, percent, image, since, .. } = serving;
    [
        revision.to_string(),
        percent.to_string(),
        image.as_ref().map(ImageRef::short).unwrap_or_default(),
        since.map(date_and_time).unwrap_or_default(),
    ]
}
