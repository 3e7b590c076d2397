//! boathook's own log, on standard error: a line reads alone, and its fields can be searched. Never
//! payloads, tokens or signatures; what programs said comes without secrets.
//!
//! Where standard error leads to systemd's journal, a line begins with its priority, for
//! `journalctl -p`, and leaves the time to the journal.

use std::{
    env,
    io::{self, Write},
};

use rustix::fs::fstat;
use tracing::{Level, Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer as _, Registry,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    reload,
    util::SubscriberInitExt as _,
};

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
    let to_journal = leads_to_journal();
    let lines = fmt::layer().with_writer(StandardError { redactor, to_journal });
    let lines = match format {
        LogFormat::Plain if to_journal => lines.with_ansi(false).without_time().boxed(),
        LogFormat::Plain => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Anyone who set up a log before us keeps it.
    let _ = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
    Verbosity(handle)
}

impl Verbosity {
    /// From now on nothing less important than this is written.
    pub fn set(&self, level: LogLevel) {
        // If there is no log of ours, there is nothing to change.
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

/// Whether standard error is the stream that systemd has connected to its journal, and no other
/// that was put in its place.
fn leads_to_journal() -> bool {
    let named = env::var("JOURNAL_STREAM").ok();
    let named = named.as_ref().and_then(|stream| stream.split_once(':'));
    let Ok(found) = fstat(io::stderr()) else { return false };
    named.is_some_and(|(device, inode)| {
        device.parse() == Ok(found.st_dev) && inode.parse() == Ok(found.st_ino)
    })
}

struct StandardError {
    redactor: Redactor,
    to_journal: bool,
}

impl MakeWriter<'_> for StandardError {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        Lines { redactor: self.redactor.clone(), beginning: "" }
    }

    fn make_writer_for(&self, line: &Metadata<'_>) -> Lines {
        let beginning = if self.to_journal { priority(*line.level()) } else { "" };
        Lines { beginning, ..self.make_writer() }
    }
}

/// The level as the journal takes it (sd-daemon(3)).
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

/// Standard error, for lines that come whole.
struct Lines {
    redactor: Redactor,
    beginning: &'static str,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let redacted = self.redactor.text(&text);
        // Text of others must not look like a line of ours.
        let one_line = redacted.trim_end_matches('\n').replace('\n', "\\n");
        io::stderr().write_all(format!("{}{one_line}\n", self.beginning).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
