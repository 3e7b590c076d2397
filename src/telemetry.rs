//! boathook's own log, on standard error: a line reads alone, and its fields can be searched. Never payloads, tokens or signatures; what
//! programs said comes without secrets.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer as _, Registry, filter::Targets, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _};

use crate::{
    config::{Log, LogFormat, LogLevel},
    redact::Redactor,
};

/// How much the log says, which can be changed while it is written.
pub struct Verbosity(reload::Handle<Targets, Registry>);

/// Begins to write the log. A second call changes nothing.
pub fn begin(log: &Log, redactor: Redactor) -> Verbosity {
    let Log { format, level } = log;
    let (targets, handle) = reload::Layer::new(targets(*level));
    let lines = fmt::layer().with_writer(move || Lines { redactor: redactor.clone() });
    let lines = match format {
        LogFormat::Plain => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Whoever set up a log before us keeps it.
    let _ = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
    Verbosity(handle)
}

impl Verbosity {
    /// From now on nothing less important than this is written.
    pub fn set(&self, level: LogLevel) {
        // Where there is no log of ours, there is nothing to change.
        let _ = self.0.reload(targets(level));
    }
}

fn targets(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_target("boathook", level).with_default(level.min(LevelFilter::WARN))
}

/// Standard error, for lines that come whole.
struct Lines {
    redactor: Redactor,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        io::stderr().write_all(self.redactor.text(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
