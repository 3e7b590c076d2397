//! What the program in an image does when it runs.

use std::time::Duration;

use crate::Application;

/// What an image does. Begin with one of the constructors and change what matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The first word of every answer, such as `v2`.
    pub version: String,
    /// How its pods start.
    pub start: Start,
    /// The port that it listens on; `None` is the template's port.
    pub port: Option<u16>,
    /// How long it takes to answer.
    pub latency: Duration,
    /// The percentage of requests answered with 500.
    pub failing_percent: u8,
    /// Requests for this path never fail, and do not count.
    pub spared_path: Option<String>,
    /// For so long after its pod became ready it fails none.
    pub failing_after: Duration,
    /// It is Ready, but answers no request.
    pub silent: bool,
    /// Each time it has run for so long, it ends with this code and is started again, Ready all the
    /// while.
    pub crash_after: Option<(Duration, i32)>,
    /// How many starts in a pod fail before one succeeds. `None` is all of them.
    pub bad_starts: Option<u32>,
    /// How long it runs, not ready, before a start goes wrong.
    pub ends_after: Duration,
    /// The memory that it takes, in bytes; where its limit is lower, it is killed.
    pub memory: u64,
    /// For so long it answers its liveness probe, and then no more.
    pub lives_for: Option<Duration>,
    /// Whether the image has an entrypoint.
    pub has_command: bool,
    /// The programs in it; if it lists none, every command of the template can run.
    pub programs: Vec<String>,
    /// What it insists on, once it answers.
    pub application: Application,
}

/// How a pod starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It becomes ready.
    Ready,
    /// It ends with a code and a last word, again and again.
    Crash {
        /// The exit code.
        exit_code: i32,
        /// What it wrote before it ended.
        message: String,
    },
    /// It runs, and its readiness probe never succeeds.
    NeverReady,
    /// The registry has its manifest, but not one of its layers.
    LayerMissing,
    /// The node has no CPU free for it, for a while.
    NoRoom,
}

impl Behaviour {
    /// Starts, answers 200 at once.
    #[must_use]
    pub fn good(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            start: Start::Ready,
            port: None,
            latency: Duration::from_millis(2),
            failing_percent: 0,
            spared_path: None,
            failing_after: Duration::ZERO,
            silent: false,
            crash_after: None,
            bad_starts: None,
            ends_after: Duration::ZERO,
            memory: 8 << 20,
            lives_for: None,
            has_command: true,
            programs: Vec::new(),
            application: Application::default(),
        }
    }

    /// Ends at start with a code and a message.
    #[must_use]
    pub fn crash(version: &str, exit_code: i32, message: &str) -> Self {
        Self {
            start: Start::Crash { exit_code, message: message.to_owned() },
            ..Self::good(version)
        }
    }

    /// Ends at start so often, and then is well.
    #[must_use]
    pub fn crash_at_first(version: &str, starts: u32, exit_code: i32, message: &str) -> Self {
        Self { bad_starts: Some(starts), ..Self::crash(version, exit_code, message) }
    }

    /// Ends with a code and a message once it has run for so long, and is never ready.
    #[must_use]
    pub fn ends_after(version: &str, running: Duration, exit_code: i32, message: &str) -> Self {
        Self { ends_after: running, ..Self::crash(version, exit_code, message) }
    }

    /// Uses this many bytes of memory.
    #[must_use]
    pub fn needs_memory(version: &str, bytes: u64) -> Self {
        Self { memory: bytes, ..Self::good(version) }
    }

    /// Answers its liveness probe for so long.
    #[must_use]
    pub fn lives_for(version: &str, well: Duration) -> Self {
        Self { lives_for: Some(well), ..Self::good(version) }
    }

    /// Has no entrypoint.
    #[must_use]
    pub fn without_command(version: &str) -> Self {
        Self { has_command: false, ..Self::good(version) }
    }

    /// Holds these programs and no others.
    #[must_use]
    pub fn with_programs(version: &str, programs: &[&str]) -> Self {
        Self {
            programs: programs.iter().map(|&program| program.to_owned()).collect(),
            ..Self::good(version)
        }
    }

    /// Answers this path with 404.
    #[must_use]
    pub fn without_path(version: &str, path: &str) -> Self {
        Self::insisting(
            version,
            Application { missing_paths: vec![path.to_owned()], ..Application::default() },
        )
    }

    /// Runs and never becomes ready.
    #[must_use]
    pub fn never_ready(version: &str) -> Self {
        Self { start: Start::NeverReady, ..Self::good(version) }
    }

    /// Cannot be pulled whole.
    #[must_use]
    pub fn layer_missing(version: &str) -> Self {
        Self { start: Start::LayerMissing, ..Self::good(version) }
    }

    /// Finds no room on the node at first.
    #[must_use]
    pub fn no_room(version: &str) -> Self {
        Self { start: Start::NoRoom, ..Self::good(version) }
    }

    /// Listens on this port, not on the template's.
    #[must_use]
    pub fn on_port(version: &str, port: u16) -> Self {
        Self { port: Some(port), ..Self::good(version) }
    }

    /// Answers late.
    #[must_use]
    pub fn slow(version: &str, latency: Duration) -> Self {
        Self { latency, ..Self::good(version) }
    }

    /// Answers this percentage of requests with 500.
    #[must_use]
    pub fn failing(version: &str, percent: u8) -> Self {
        Self { failing_percent: percent, ..Self::good(version) }
    }

    /// Is healthy at first, and then answers this percentage of requests with 500.
    #[must_use]
    pub fn failing_after(version: &str, well: Duration, percent: u8) -> Self {
        Self { failing_after: well, ..Self::failing(version, percent) }
    }

    /// Answers this percentage of requests with 500, but none for this path.
    #[must_use]
    pub fn failing_but(version: &str, spared_path: &str, percent: u8) -> Self {
        Self { spared_path: Some(spared_path.to_owned()), ..Self::failing(version, percent) }
    }

    /// Is Ready but answers no request.
    #[must_use]
    pub fn silent(version: &str) -> Self {
        Self { silent: true, ..Self::good(version) }
    }

    /// Insists on something.
    #[must_use]
    pub fn insisting(version: &str, application: Application) -> Self {
        Self { application, ..Self::good(version) }
    }

    /// Ends each time it has run for so long.
    #[must_use]
    pub fn crash_after(version: &str, running: Duration, exit_code: i32) -> Self {
        Self { crash_after: Some((running, exit_code)), ..Self::good(version) }
    }
}
