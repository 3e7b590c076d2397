//! Senders as CI jobs are: for each service one deployment after the other, each sent again with the
//! same bytes until it is accepted, and some once more after that.

use std::{
    error::Error,
    fs::read_to_string,
    path::PathBuf,
    time::{Duration, Instant},
};

use boathook_core::deployment::{SIGNATURE_HEADER, sign};
use jiff::Timestamp;
use reqwest::{Client, Response, Url, header::RETRY_AFTER};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    failover::evidence::{Lines, Try},
    http_client::http_client,
};

/// How long a sender waits for an answer: longer than boathook takes without a leader.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two tries, where the answer names no time; it is kept short of what it names, too.
const PAUSE: Duration = Duration::from_secs(1);
/// An accepted request is sent again each so many times.
const REPEATED: u64 = 3;
/// One image of so many is bad.
const BAD: u64 = 4;

#[derive(clap::Args)]
pub struct Send {
    /// Where the files are
    #[arg(long)]
    folder: PathBuf,
    #[arg(long)]
    url: Url,
    #[arg(long)]
    secret_file: PathBuf,
    #[arg(long)]
    namespace: String,
    /// May be given again
    #[arg(long, required = true)]
    service: Vec<String>,
    /// An image that works; may be given again
    #[arg(long, required = true)]
    good: Vec<String>,
    /// An image that does not; may be given again
    #[arg(long, required = true)]
    bad: Vec<String>,
    /// Between two deployments of a service, in milliseconds
    #[arg(long)]
    every: u64,
    /// The end: a file that appears
    #[arg(long)]
    until: PathBuf,
}

impl Send {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let secret = read_to_string(&self.secret_file)?.trim_end().as_bytes().to_vec();
        let lines = Lines::open(&self.folder, "tries")?;
        let mut senders = JoinSet::new();
        for service in self.service {
            let sender = Sender {
                // A connection each, so that the front spreads them.
                client: http_client(PATIENCE).pool_max_idle_per_host(0).build()?,
                url: self.url.join("/webhook/deploy")?,
                secret: secret.clone(),
                namespace: self.namespace.clone(),
                service,
                good: self.good.clone(),
                bad: self.bad.clone(),
                every: Duration::from_millis(self.every),
                until: self.until.clone(),
                lines: lines.clone(),
            };
            senders.spawn(async move { sender.run().await.map_err(|error| error.to_string()) });
        }
        while let Some(ended) = senders.join_next().await {
            ended??;
        }
        Ok(())
    }
}

struct Sender {
    client: Client,
    url: Url,
    secret: Vec<u8>,
    namespace: String,
    service: String,
    good: Vec<String>,
    bad: Vec<String>,
    every: Duration,
    until: PathBuf,
    lines: Lines,
}

impl Sender {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        for number in 0.. {
            if self.until.exists() {
                break;
            }
            let begun = Instant::now();
            // The first one has to work: users look from then on.
            let good = number % BAD != BAD - 1;
            let body = self.body(number, good);
            while !self.post(number, good, &body).await? {}
            if number.is_multiple_of(REPEATED) {
                self.post(number, good, &body).await?;
            }
            sleep(self.every.saturating_sub(begun.elapsed())).await;
        }
        Ok(())
    }

    fn body(&self, number: u64, good: bool) -> String {
        // Each image is followed by another one.
        let (images, turn) = if good { (&self.good, number) } else { (&self.bad, number / BAD) };
        let image = images.iter().cycle().nth(usize::try_from(turn).unwrap_or_default());
        let strategy = if number.is_multiple_of(3) { "blue-green" } else { "rolling" };
        let body = json!({
            "environment": "development", "image": image, "namespace": self.namespace,
            "service_name": self.service, "deployment_id": self.id(number), "commit_sha": "4f2a9c1d",
            "triggered_by": "trial", "deployment_strategy": strategy,
        });
        body.to_string()
    }

    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.service)
    }

    /// Sends it once, and says whether it was accepted.
    async fn post(&self, number: u64, good: bool, body: &str) -> Result<bool, Box<dyn Error>> {
        let at = Timestamp::now();
        let begun = Instant::now();
        let request = self.client.post(self.url.clone()).header("content-type", "application/json");
        let request = request
            .header("x-github-event", "deployment")
            .header(SIGNATURE_HEADER, sign(&self.secret, body.as_bytes()))
            .body(body.to_owned());
        let answer = Answer::of(request.send().await).await;
        let tried = Try {
            at,
            service: self.service.clone(),
            deployment_id: self.id(number),
            good,
            status: answer.status,
            milliseconds: u64::try_from(begun.elapsed().as_millis())?,
            deployment: answer.deployment,
        };
        self.lines.add(&tried)?;
        if !tried.is_accepted() {
            sleep(answer.retry_after.map_or(PAUSE, |after| after.min(PAUSE * 5))).await;
        }
        Ok(tried.is_accepted())
    }
}

/// What a sender is told.
#[derive(Default)]
struct Answer {
    status: Option<u16>,
    retry_after: Option<Duration>,
    deployment: Option<String>,
}

impl Answer {
    /// An answer that breaks off is none.
    async fn of(response: reqwest::Result<Response>) -> Self {
        let Ok(response) = response else { return Self::default() };
        let status = response.status().as_u16();
        let seconds = response.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok());
        let retry_after = seconds.and_then(|after| after.parse().ok()).map(Duration::from_secs);
        let Ok(body) = response.text().await else { return Self::default() };
        Self { status: Some(status), retry_after, deployment: deployment_in(&body) }
    }
}

/// boathook's id, in the address of the status page.
fn deployment_in(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let url = body["status_url"].as_str()?;
    let (_, rest) = url.split_once("/deployments/")?;
    rest.split(['?', '/']).next().map(str::to_owned)
}
