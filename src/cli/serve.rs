//! `boathook serve`: what may be typed. What is started is put together in `startup`.

use std::path::PathBuf;

use clap::Args;

/// `boathook serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The directory of default.yaml and the environments' files.
    #[arg(long, value_name = "DIR", env = "BOATHOOK_CONFIG", default_value = "/etc/boathook")]
    pub config: PathBuf,
}
