//! What the program in an image does once it is run.

use std::time::Duration;

/// What an image does. Begin with one of the constructors and change what matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The first word of every answer, such as `v2`.
    pub version: String,
    /// How its pods start.
    pub start: Start,
    /// The port that it listens on; `None` is whatever the template says.
    pub port: Option<u16>,
    /// How long it takes to answer.
    pub latency: Duration,
    /// Of a hundred requests, so many are answered with 500.
    pub failing_percent: u8,
    /// For so long after its pod became ready it fails none.
    pub failing_after: Duration,
    /// It is Ready, and answers nobody.
    pub silent: bool,
    /// Each time it has run for so long, it ends with this code and is started again, Ready all the while.
    pub crash_after: Option<(Duration, i32)>,
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
            failing_after: Duration::ZERO,
            silent: false,
            crash_after: None,
        }
    }

    /// Ends at start with a code and a message.
    #[must_use]
    pub fn crash(version: &str, exit_code: i32, message: &str) -> Self {
        Self { start: Start::Crash { exit_code, message: message.to_owned() }, ..Self::good(version) }
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

    /// Listens on this port, whatever the template says.
    #[must_use]
    pub fn on_port(version: &str, port: u16) -> Self {
        Self { port: Some(port), ..Self::good(version) }
    }

    /// Answers late.
    #[must_use]
    pub fn slow(version: &str, latency: Duration) -> Self {
        Self { latency, ..Self::good(version) }
    }

    /// Answers so many of a hundred requests with 500.
    #[must_use]
    pub fn failing(version: &str, percent: u8) -> Self {
        Self { failing_percent: percent, ..Self::good(version) }
    }

    /// Is well at first, and then answers so many of a hundred requests with 500.
    #[must_use]
    pub fn failing_after(version: &str, well: Duration, percent: u8) -> Self {
        Self { failing_after: well, ..Self::failing(version, percent) }
    }

    /// Is Ready and answers nobody.
    #[must_use]
    pub fn silent(version: &str) -> Self {
        Self { silent: true, ..Self::good(version) }
    }

    /// Ends each time it has run for so long.
    #[must_use]
    pub fn crash_after(version: &str, running: Duration, exit_code: i32) -> Self {
        Self { crash_after: Some((running, exit_code)), ..Self::good(version) }
    }
}
