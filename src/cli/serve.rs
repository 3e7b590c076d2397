//! `boathook serve`: what may be typed. What is started is put together in `startup`.

use clap::Args;

use crate::cli::ConfigArguments;

/// `boathook serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
}
