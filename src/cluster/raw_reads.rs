//! Reads of the API server by a kubectl each: `kubectl get --raw PATH`.

use std::sync::Arc;

use boathook_core::{
    api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    failure,
};
use boathook_process::{Command, Exit, Finished, Runner};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;

use crate::cluster::Tools;

/// Reads with a program for each question. It does not watch.
pub struct RawReads {
    runner: Arc<dyn Runner>,
    tools: Arc<Tools>,
}

impl RawReads {
    /// Reads through `runner`.
    #[must_use]
    pub fn new(runner: Arc<dyn Runner>, tools: Arc<Tools>) -> Self {
        Self { runner, tools }
    }

    async fn answer(&self, request: ReadRequest) -> Result<ReadAnswer, ReadError> {
        let Tools { kubectl, kubectl_flags, environment, output_cap, .. } = self.tools.as_ref();
        let words = ["get".to_owned(), "--raw".to_owned(), request.path];
        let command = Command {
            argv: kubectl.iter().chain(&words).chain(kubectl_flags).cloned().collect(),
            directory: None,
            environment: environment.clone(),
            timeout: request.timeout,
            output_cap: *output_cap,
            secret_output: false,
        };
        let finished = self.runner.run(command, None).await;
        let Finished { exit, stdout, stderr, .. } =
            finished.map_err(|error| ReadError::NoReader(error.to_string()))?;
        match exit {
            Exit::Code(0) if stdout.cut > 0 => Err(ReadError::TooLong(*output_cap)),
            Exit::Code(0) => Ok(ReadAnswer { code: 200, retry_after: None, body: stdout.bytes }),
            Exit::TimedOut => Err(ReadError::TimedOut(request.timeout)),
            Exit::Code(_) => refused(&stderr.text()),
            Exit::Signal(_) | Exit::Stopped => {
                Err(ReadError::Unreachable(format!("`kubectl get --raw` ended ({exit})")))
            }
        }
    }
}

impl ApiServer for RawReads {
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        self.answer(request).boxed()
    }

    fn watch(&self, _: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        let why = "kubectl get --raw does not watch".to_owned();
        async move { Err(ReadError::NoReader(why)) }.boxed()
    }
}

/// The refusal that kubectl printed.
fn refused(stderr: &str) -> Result<ReadAnswer, ReadError> {
    let line = stderr.lines().rev().find(|line| failure::reasons(line).next().is_some());
    let Some(line) = line else { return Err(ReadError::Unreachable(stderr.trim().to_owned())) };
    let reason = failure::reasons(line).next().unwrap_or_default();
    let message = line.split_once("): ").map_or(line, |(_, message)| message);
    let name = message.split('"').nth(1).unwrap_or_default();
    let code = match reason {
        "NotFound" => 404,
        "Forbidden" => 403,
        "Unauthorized" => 401,
        _ => 500,
    };
    let status =
        json!({"kind": "Status", "message": message, "reason": reason, "details": {"name": name}});
    Ok(ReadAnswer { code, retry_after: None, body: status.to_string().into_bytes() })
}
