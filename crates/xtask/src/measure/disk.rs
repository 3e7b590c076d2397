//! The disk by itself: one write after the other, each on disk before the next.

use std::{
    fs::File,
    io::{self, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::measure::latencies::Latencies;

/// A page of SQLite's.
const BYTES: usize = 4096;

#[derive(clap::Args)]
pub struct Disk {
    /// A folder on the disk
    directory: PathBuf,
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

impl Disk {
    pub fn run(self) -> io::Result<Value> {
        let path = self.directory.join("fdatasync");
        let mut file = File::create(&path)?;
        let page = [7; BYTES];
        let mut latencies = Latencies::default();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(self.seconds) {
            let one = Instant::now();
            file.write_all(&page)?;
            file.sync_data()?;
            latencies.note(one.elapsed());
        }
        let elapsed = begun.elapsed();
        std::fs::remove_file(path)?;
        Ok(latencies.over(elapsed))
    }
}
