//! Periodic work while boathook serves: report secrets that have expired, load a renewed
//! certificate.

use std::{convert::Infallible, time::Duration};

use boathook_core::deployment::error_chain;
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tracing::{error, info};

use crate::startup::{App, certificate};

/// The interval of this work.
const EVERY: Duration = Duration::from_secs(30);

/// Runs periodically; never returns.
pub async fn run(parts: &App) -> Infallible {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut checked_at = parts.clock().now();
    let mut wrong = None;
    loop {
        ticks.tick().await;
        let now = parts.clock().now();
        parts.snapshot().log_expired_secrets(Some(checked_at), now);
        checked_at = now;
        let found = renew_certificate(parts).await.err();
        if let Some(reason) = found.as_ref().filter(|_| found != wrong) {
            error!(
                reason,
                "The certificate's files cannot be used; the old certificate stays in use"
            );
        }
        wrong = found;
    }
}

/// Loads the certificate that is in its files now; reports an error each time they are wrong.
async fn renew_certificate(parts: &App) -> Result<(), String> {
    let Some(tls) = parts.snapshot().config.server.tls.clone() else { return Ok(()) };
    let files = tls.clone();
    let read = spawn_blocking(move || certificate::read(&files)).await;
    let certificate = read
        .map_err(|_| "the thread that read it panicked".to_owned())?
        .map_err(|error| error_chain(&error))?;
    if parts.renew(&tls, certificate) {
        info!("Loaded a new certificate");
    }
    Ok(())
}
