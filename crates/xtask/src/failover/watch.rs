//! Everything that is looked at while a trial runs, in one process.

use std::{error::Error, path::PathBuf, time::Duration};

use reqwest::Url;
use tokio::time::sleep;

use crate::{
    failover::{evidence::Lines, leaders, objects, traffic::WatchedNamespace},
    http_client::http_client,
};

/// A user who waits longer got no answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub struct Watch {
    /// Where the files are
    #[arg(long)]
    folder: PathBuf,
    /// The database, past every link: `host=... user=... dbname=...`
    #[arg(long)]
    database: String,
    /// The API server, as an administrator
    #[arg(long)]
    api: Url,
    #[arg(long)]
    control: Url,
    #[arg(long)]
    ingress: Url,
    #[arg(long)]
    domain: String,
    #[arg(long)]
    namespace: String,
    /// The end: a file that appears
    #[arg(long)]
    until: PathBuf,
}

impl Watch {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let Self { folder, database, api, control, ingress, domain, namespace, until } = self;
        // Between two looks the other end may have closed a connection.
        let client = http_client(PATIENCE).pool_max_idle_per_host(0).build()?;
        let path = format!("apis/serving.knative.dev/v1/namespaces/{namespace}/services");
        let place = WatchedNamespace {
            client: client.clone(),
            services: api.join(&path)?,
            ingress,
            domain: format!("{namespace}.{domain}"),
        };
        tokio::select! {
            ended = leaders::watch(database.parse()?, Lines::open(&folder, "leads")?) => ended,
            ended = place.watch(Lines::open(&folder, "looks")?) => ended,
            ended = objects::watch(client, control, Lines::open(&folder, "changes")?) => ended,
            () = appears(until) => Ok(()),
        }
    }
}

async fn appears(file: PathBuf) {
    while !file.exists() {
        sleep(Duration::from_millis(200)).await;
    }
}
