//! What is run, and how it ended.

use std::{borrow::Cow, fmt, path::PathBuf, time::Duration};

/// One program to run, with its whole environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments, as a list; the first is looked up in `PATH` of `environment`
    /// if it has no `/`.
    pub argv: Vec<String>,
    pub directory: Option<PathBuf>,
    /// The whole environment of the child; nothing is inherited. Never recorded.
    pub environment: Vec<(String, String)>,
    /// How long it may run before its process group gets TERM, and a little later KILL.
    pub timeout: Duration,
    /// The maximum number of bytes to keep of stdout and stderr each; the rest is discarded.
    pub output_cap: usize,
    /// Whether standard output holds secrets, so that only its length is recorded.
    pub secret_output: bool,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this code.
    Code(i32),
    /// This signal ended it, and we did not send it.
    Signal(i32),
    /// It ran past its deadline and was ended.
    TimedOut,
    /// The reader of its lines stopped, and it was ended.
    Stopped,
}

/// What a program wrote to one stream.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes, at most the command's cap.
    pub bytes: Vec<u8>,
    /// How many bytes came after and were left out.
    pub cut: u64,
}

/// A program that ran to some end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    pub exit: Exit,
    /// Its standard output (empty if lines were handed over as they came).
    pub stdout: Captured,
    pub stderr: Captured,
    /// How long it ran.
    pub duration: Duration,
}

impl Command {
    /// The first word of the argument list.
    #[must_use]
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

impl Finished {
    /// Whether it exited with 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.exit == Exit::Code(0)
    }
}

impl Captured {
    /// The text, with what is not UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The last `bytes` of the text at a character boundary; marks an omission.
    #[must_use]
    pub fn tail(&self, bytes: usize) -> String {
        let text = self.text();
        let mut from = text.len().saturating_sub(bytes);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let before = if from > 0 { format!("[{from} bytes before]\n") } else { String::new() };
        let after = if self.cut > 0 {
            format!("\n[{} bytes after were cut]", self.cut)
        } else {
            String::new()
        };
        format!("{before}{}{after}", &text[from..])
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Captured({:?})", self.tail(200))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "ended by signal {signal}"),
            Self::TimedOut => f.write_str("ended at its deadline"),
            Self::Stopped => f.write_str("stopped by boathook"),
        }
    }
}
