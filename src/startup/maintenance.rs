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
pub async fn run(app: &App) -> Infallible {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut checked_at = app.clock().now();
    let mut wrong = None;
    loop {
        ticks.tick().await;
        let now = app.clock().now();
        app.snapshot().log_expired_secrets(Some(checked_at), now);
        checked_at = now;
        let found = renew_certificate(app).await.err();
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
async fn renew_certificate(app: &App) -> Result<(), String> {
    let Some(tls) = app.snapshot().config.server.tls.clone() else { return Ok(()) };
    let files = tls.clone();
    let read = spawn_blocking(move || certificate::read(&files)).await;
    let certificate = read
        .map_err(|_| "the thread that read it panicked".to_owned())?
        .map_err(|error| error_chain(&error))?;
    if app.renew(&tls, certificate) {
        info!("Loaded a new certificate");
    }
    Ok(())
}
