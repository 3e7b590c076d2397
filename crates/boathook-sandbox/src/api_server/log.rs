//! A container's log as HTTP: once, or followed until the container ends.

use std::time::Duration;

use actix_web::{HttpResponse, web::Bytes};
use futures_util::stream;
use tokio::time::sleep;

use crate::{Caller, Cluster, Status};

/// The pause between two reads.
const EVERY: Duration = Duration::from_millis(100);

/// Which log, and how much of it.
#[derive(Clone, Debug)]
pub struct Log {
    pub caller: Caller,
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub previous: bool,
    pub tail_lines: Option<usize>,
    /// Bytes of the first answer; a log that is followed goes on.
    pub limit_bytes: Option<usize>,
}

impl Log {
    /// Answers with what there is, and goes on if it is followed.
    pub fn answer(self, cluster: &Cluster, follow: bool) -> Result<HttpResponse, Status> {
        let text = self.read(cluster)?;
        let mut first = tail(&text, self.tail_lines);
        first.truncate(first.floor_char_boundary(self.limit_bytes.unwrap_or(first.len())));
        let mut response = HttpResponse::Ok();
        response.content_type("text/plain");
        if !follow {
            return Ok(response.body(first));
        }
        let state = (self, cluster.clone(), Some(first), text);
        let lines = stream::unfold(state, async |(log, cluster, first, mut text)| {
            let new = match first {
                Some(first) => first,
                None => log.more(&cluster, &mut text).await?,
            };
            let new = Ok::<_, actix_web::Error>(Bytes::from(new));
            Some((new, (log, cluster, None, text)))
        });
        Ok(response.streaming(Box::pin(lines)))
    }

    fn read(&self, cluster: &Cluster) -> Result<String, Status> {
        let Self { caller, namespace, pod, container, previous, .. } = self;
        cluster.logs(caller, namespace, pod, container, *previous)
    }

    /// What comes after `text`, which it becomes part of; none once the container has ended.
    async fn more(&self, cluster: &Cluster, text: &mut String) -> Option<String> {
        loop {
            sleep(EVERY).await;
            let read = self.read(cluster).ok()?;
            let new = read.strip_prefix(text.as_str())?.to_owned();
            if !new.is_empty() {
                *text = read;
                return Some(new);
            }
        }
    }
}

fn tail(text: &str, lines: Option<usize>) -> String {
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let from = lines.map_or(0, |lines| all.len().saturating_sub(lines));
    all[from..].concat()
}
