//! Distinct deployments from many clients at once.

use std::{
    error::Error,
    fs::{File, read_to_string},
    io::Write as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use boathook_core::deployment::{SIGNATURE_HEADER, sign};
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};

use crate::measure::{latencies::Latencies, server::Server};

#[derive(clap::Args)]
pub struct Accept {
    #[command(flatten)]
    server: Server,
    /// The secret that signs
    #[arg(long)]
    secret_file: PathBuf,
    #[arg(long, default_value_t = 64)]
    clients: usize,
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// As many deployments at most
    #[arg(long, default_value_t = u64::MAX)]
    count: u64,
    /// Services that they are for, named `NAME-NUMBER`, in turn
    #[arg(long, default_value_t = 1)]
    services: u64,
    #[arg(long, default_value = "bench")]
    name: String,
    #[arg(long, default_value = "bench")]
    namespace: String,
    #[arg(long)]
    image: String,
    /// Wait for the end of each, so many seconds
    #[arg(long)]
    wait: Option<u64>,
    /// Takes the id of each that was accepted, a line each
    #[arg(long)]
    accepted: Option<PathBuf>,
    /// An answer that does not come is the end, and no error: the server is about to be killed
    #[arg(long)]
    until_killed: bool,
}

struct Sender {
    client: Client,
    url: Url,
    secret: Vec<u8>,
    next: Arc<AtomicU64>,
    run: u32,
    args: Arc<Accept>,
}

#[derive(Default)]
struct Sent {
    latencies: Latencies,
    accepted: Vec<String>,
    refused: u64,
}

impl Accept {
    pub async fn run(self) -> Result<Value, Box<dyn Error>> {
        let args = Arc::new(self);
        let secret = read_to_string(&args.secret_file)?.trim_end().as_bytes().to_vec();
        let next = Arc::<AtomicU64>::default();
        let url = args.server.url.join("/webhook/deploy")?;
        let begun = Instant::now();
        let until = begun + Duration::from_secs(args.seconds);
        let wait = Duration::from_secs(args.wait.unwrap_or_default());
        let senders = (0..args.clients).map(|_| {
            let client = args.server.client_that_waits(wait);
            let url = url.clone();
            let secret = secret.clone();
            let next = Arc::clone(&next);
            let args = Arc::clone(&args);
            tokio::spawn(async move {
                Sender { client: client?, url, secret, next, run: std::process::id(), args }
                    .send(until)
                    .await
            })
        });
        let mut all = Sent::default();
        for sender in senders.collect::<Vec<_>>() {
            let Sent { latencies, accepted, refused } = sender.await??;
            all.latencies.add(latencies);
            all.accepted.extend(accepted);
            all.refused += refused;
        }
        let elapsed = begun.elapsed();
        if let Some(path) = &args.accepted {
            let mut file = File::create(path)?;
            all.accepted.iter().try_for_each(|id| writeln!(file, "{id}"))?;
        }
        let mut measured = all.latencies.over(elapsed);
        measured["refused"] = json!(all.refused);
        Ok(measured)
    }
}

impl Sender {
    async fn send(self, until: Instant) -> reqwest::Result<Sent> {
        let mut sent = Sent::default();
        while Instant::now() < until {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.args.count {
                break;
            }
            let id = format!("{}-{number}", self.run);
            let begun = Instant::now();
            match self.post(number, &id).await {
                Ok(StatusCode::ACCEPTED | StatusCode::OK) => {
                    sent.latencies.note(begun.elapsed());
                    sent.accepted.push(id);
                }
                Ok(_) => sent.refused += 1,
                Err(_) if self.args.until_killed => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    async fn post(&self, number: u64, id: &str) -> reqwest::Result<StatusCode> {
        let Accept { services, name, namespace, image, wait, .. } = &*self.args;
        let service =
            if *services == 1 { name.clone() } else { format!("{name}-{}", number % services) };
        let body = json!({
            "environment": "development", "image": image, "namespace": namespace, "service_name": service,
            "deployment_id": id, "commit_sha": "4f2a9c1d", "triggered_by": "bench",
        });
        let body = body.to_string();
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("x-github-event", "deployment")
            .header(SIGNATURE_HEADER, sign(&self.secret, body.as_bytes()));
        let request = wait
            .iter()
            .fold(request, |request, seconds| request.header("prefer", format!("wait={seconds}")));
        let response = request.body(body).send().await?;
        let status = response.status();
        response.bytes().await?;
        Ok(status)
    }
}
