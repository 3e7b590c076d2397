//! boathook's own log, on standard error: a line reads alone, and its fields can be searched. Never payloads, tokens or signatures.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{Log, LogFormat, LogLevel};

/// Begins to write the log. A second call changes nothing.
pub fn begin(log: &Log) {
    let Log { format, level } = log;
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let targets = Targets::new().with_target("boathook", level).with_default(level.min(LevelFilter::WARN));
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        LogFormat::Plain => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Whoever set up a log before us keeps it.
    let _ = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
}
