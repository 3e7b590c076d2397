//! What a run prints, and its exit code.

use std::collections::BTreeSet;

use serde::Serialize as _;
use serde_json::Value;

/// A run that ended by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Output {
    /// Exit code 0, with this on stdout.
    pub(super) fn printed(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// Exit code 1, with this line on stderr.
    pub(super) fn failed(line: impl AsRef<str>) -> Self {
        Self { stderr: format!("{}\n", line.as_ref()), code: 1, ..Self::default() }
    }

    /// Adds a line on stderr, and fails.
    pub(super) fn add_failure(&mut self, line: &str) {
        self.stderr += &format!("{line}\n");
        self.code = 1;
    }

    /// The same, with warnings on stderr first. Each is printed once.
    pub(super) fn warned(mut self, warnings: &[String]) -> Self {
        let mut lines: Vec<_> =
            warnings.iter().map(|warning| format!("Warning: {warning}\n")).collect();
        let mut seen = BTreeSet::new();
        lines.retain(|line| seen.insert(line.clone()));
        self.stderr = lines.concat() + &self.stderr;
        self
    }
}

/// JSON as kubectl prints it: four spaces a level and a line end.
pub(super) fn pretty(value: &Value) -> String {
    indented(value, b"    ")
}

/// JSON with another indentation.
pub(super) fn indented(value: &Value, indent: &[u8]) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value.serialize(&mut serializer).expect("a JSON value can be written to memory");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}
