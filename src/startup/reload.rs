//! Reloads the configuration on SIGHUP and for `boathook reload`. An invalid one changes nothing,
//! and the error is reported.

use std::{convert::Infallible, path::Path};

use boathook_core::deployment::error_chain;
use tokio::{signal::unix::Signal, sync::mpsc, task::spawn_blocking};
use tracing::{error, info, warn};

use crate::{
    observers::audit::{Changes, Reload},
    server::{ReloadAnswer, ReloadOrder, Reloaded},
    startup::{
        App, LoadError, Loaded, app::Exposed, changes::changes, snapshot::Snapshot, systemd,
    },
    telemetry::Verbosity,
};

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
enum ReloadError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Exposed(#[from] Exposed),
    #[error("failed to read the configuration: the thread that read it panicked")]
    Panicked,
}

/// Serves signals and reload requests, one at a time; never returns.
pub(super) async fn serve(
    mut hangup: Signal,
    mut orders: mpsc::Receiver<ReloadOrder>,
    app: &App,
    directory: &Path,
    verbosity: &Verbosity,
) -> Infallible {
    loop {
        let order = tokio::select! {
            _ = hangup.recv() => None,
            Some(order) = orders.recv() => Some(order),
        };
        systemd::reloading();
        let before = app.snapshot();
        let answer = reload(app, directory, verbosity).await;
        systemd::ready();
        note(&before, &app.snapshot(), order.as_ref().map(ReloadOrder::by), &answer);
        if let Some(order) = order {
            order.answer(answer);
        }
    }
}

/// Records it in the audit log.
fn note(before: &Snapshot, now: &Snapshot, operator: Option<&str>, answer: &ReloadAnswer) {
    let admission = &now.public.admission;
    let outcome = match answer {
        Ok(Reloaded { needs_restart, .. }) => Ok(Changes {
            changed: changes(&before.config, &now.config),
            needs_restart: needs_restart.clone(),
            secrets: admission.keyring.keys().map(|key| key.id.clone()).collect(),
        }),
        Err(reason) => Err(admission.redactor.text(reason).into_owned()),
    };
    now.public.refusals.note_reload(Reload {
        at: admission.clock.now(),
        operator: operator.map(str::to_owned),
        outcome,
    });
}

async fn reload(app: &App, directory: &Path, verbosity: &Verbosity) -> ReloadAnswer {
    let directory = directory.to_owned();
    let reloaded = async {
        let loaded = spawn_blocking(move || Loaded::read(&directory))
            .await
            .map_err(|_| ReloadError::Panicked)??;
        let level = loaded.config.log.level;
        let reloaded = app.reload(loaded)?;
        verbosity.set(level);
        Ok::<_, ReloadError>(reloaded)
    };
    match reloaded.await {
        Ok(Reloaded { needs_restart, as_at_start, warnings }) => {
            info!(
                needs_restart = needs_restart.join(", "),
                as_at_start = as_at_start.join(", "),
                "Reloaded the configuration"
            );
            warnings.iter().for_each(|warning| warn!("{warning}"));
            Ok(Reloaded { needs_restart, as_at_start, warnings })
        }
        Err(error) => {
            let reason = error_chain(&error);
            error!(reason, "Failed to reload the configuration; nothing changed");
            Err(reason)
        }
    }
}
