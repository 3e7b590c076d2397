//! `boathook watch`, from the command line to Ctrl-C.

use std::{
    convert::Infallible,
    io::{IsTerminal as _, stdout},
    time::Duration,
};

use boathook_core::{clock::Clock, deployment::error_chain};
use clap::Args;
use tokio::time::sleep;

use crate::{
    cli::{
        CliError, Exit, SocketArguments,
        terminal::Line,
        watch::{Live, Screen, overview, plain},
    },
    journal::DeploymentView,
};

/// From one reading to the next.
const EVERY: Duration = Duration::from_secs(1);

/// `boathook watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Only this deployment: boathook's id or the sender's deployment_id [default: all that have
    /// not ended, and the last ones that have]
    id: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

impl WatchArguments {
    /// Shows what happens until the process is ended.
    pub async fn run(self) -> Result<Exit, CliError> {
        let first = self.read_live().await?;
        if stdout().is_terminal() {
            match self.redraw(first).await {}
        }
        let client = self.socket.client()?;
        let next = async || {
            sleep(EVERY).await;
            self.read_live().await
        };
        plain::print_all(&self.socket, &client, first, next).await;
        Ok(Exit::Success)
    }

    async fn read_live(&self) -> Result<Live, CliError> {
        match &self.id {
            None => self.socket.read(&["live"], &[]).await,
            Some(id) => {
                let only: DeploymentView = self.socket.read(&["deployments", id], &[]).await?;
                Ok(only.into())
            }
        }
    }

    async fn redraw(&self, first: Live) -> Infallible {
        let mut screen = Screen::default();
        let mut seen = first;
        let mut trouble = None;
        loop {
            let mut lines = self.lines(&seen);
            lines.extend(trouble);
            screen.draw(&lines);
            sleep(EVERY).await;
            trouble = match self.read_live().await {
                Ok(now) => {
                    seen = now;
                    None
                }
                Err(error) => Some(Line(&error_chain(&error)).to_string()),
            };
        }
    }

    fn lines(&self, seen: &Live) -> Vec<String> {
        let now = Clock::system().now();
        match (&self.id, seen.live.as_slice()) {
            (Some(_), [only]) => overview::lines_of_one(only, now),
            _ => overview::lines(seen, now),
        }
    }
}
