//! The programs that boathook runs, and their environment.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::Deserialize;

/// The programs that are run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// The words that begin every kubectl command, such as `[kubectl]` or `[k3s, kubectl]`.
    pub kubectl: Vec<String>,
    /// The words that begin every crictl command, such as `[crictl]` or `[k3s, crictl]`.
    pub crictl: Vec<String>,
    /// The words that begin every ctr command, such as `[ctr]` or `[k3s, ctr]`; it runs only if
    /// crictl does not show which digest a tag has.
    pub ctr: Vec<String>,
    /// `PATH` of the programs; they are looked up in it too.
    pub path: String,
    /// `KUBECONFIG` of the programs; if there is none and boathook runs in a pod, they use the
    /// pod's account.
    pub kubeconfig: Option<PathBuf>,
    /// Further variables of the programs. They see nothing else of boathook's own.
    pub environment: ToolEnvironment,
    /// Bytes kept of each of a program's two outputs.
    pub output_cap_bytes: usize,
}

/// Variables for programs, which may hold credentials: only their names are ever shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ToolEnvironment(BTreeMap<String, String>);

impl ToolEnvironment {
    /// Names and values, for giving them to a program.
    pub fn reveal(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for ToolEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
