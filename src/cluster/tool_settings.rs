//! The settings of the programs that boathook runs, and what their environment becomes.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use boathook_core::fault::Fault;
use serde::Deserialize;

use crate::cluster::{Tools, kubeconfig::KUBECONFIG};

/// The programs' home directory, below the state directory: it is never created, so that no
/// operator's settings apply.
const HOME: &str = "programs-home";
/// crictl's variables for the runtime's and the image service's endpoint. With only the first,
/// pulls would use /etc/crictl.yaml.
const RUNTIME_ENDPOINT: &str = "CONTAINER_RUNTIME_ENDPOINT";
const IMAGE_ENDPOINT: &str = "IMAGE_SERVICE_ENDPOINT";
/// Makes kubectl log when the API server asks it to retry (429 or 5xx with `Retry-After`), which it
/// otherwise does silently for 50 s. It logs nothing else.
const KUBECTL_LOGS: &str = "--vmodule=with_retry=4";
/// Whom kubectl asks if its kubeconfig names no cluster: by itself it asks localhost:8080, which may
/// be boathook. This name exists nowhere.
const NO_CLUSTER: (&str, &str) =
    ("KUBERNETES_MASTER", "http://the-kubeconfig-names-no-cluster.invalid");
/// The variables by which kubectl in a pod finds the cluster; with them it uses the pod's account.
const IN_CLUSTER: [&str; 2] = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];

/// The programs that are run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSettings {
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
    /// k3s' file of registries and their credentials, which `boathook check` reads; none elsewhere.
    pub registries: Option<PathBuf>,
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

impl ToolSettings {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let is_program = |words: &[String]| {
            words.first().is_some_and(|word| !word.is_empty() && !word.starts_with('-'))
        };
        Fault::of([
            (is_program(&self.kubectl), "kubectl", "must begin with a program"),
            (is_program(&self.crictl), "crictl", "must begin with a program"),
            (is_program(&self.ctr), "ctr", "must begin with a program"),
            (self.output_cap_bytes > 0, "output_cap_bytes", "must be more than 0"),
        ])
    }

    /// Where the programs are, and their environment; `state` is the directory of their own
    /// folders, and `variable` looks up a variable of this process.
    #[must_use]
    pub fn tools(&self, state: &Path, variable: impl Fn(&str) -> Option<String>) -> Tools {
        Tools {
            kubectl: self.kubectl.clone(),
            crictl: self.crictl.clone(),
            ctr: self.ctr.clone(),
            kubectl_flags: vec![KUBECTL_LOGS.to_owned()],
            environment: self
                .variables(state, variable)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            output_cap_bytes: self.output_cap_bytes,
        }
    }

    fn variables(
        &self,
        state: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> BTreeMap<&str, String> {
        let own_place = |name: &str| state.join(name).display().to_string();
        let mut variables = BTreeMap::from([
            ("PATH", self.path.clone()),
            ("HOME", own_place(HOME)),
            ("KUBECACHEDIR", own_place("kubectl-cache")),
            (NO_CLUSTER.0, NO_CLUSTER.1.to_owned()),
        ]);
        match &self.kubeconfig {
            Some(path) => drop(variables.insert(KUBECONFIG, path.display().to_string())),
            None => variables
                .extend(IN_CLUSTER.into_iter().filter_map(|name| Some((name, variable(name)?)))),
        }
        variables.extend(self.environment.reveal().map(|(name, value)| (name, value.to_owned())));
        variables.insert("KUBERC", "off".to_owned());
        if let Some(endpoint) = variables.get(RUNTIME_ENDPOINT).cloned() {
            variables.entry(IMAGE_ENDPOINT).or_insert(endpoint);
        }
        let socket =
            variables.get(IMAGE_ENDPOINT).and_then(|endpoint| endpoint.strip_prefix("unix://"));
        if let Some(socket) = socket.map(str::to_owned) {
            variables.entry("CONTAINERD_ADDRESS").or_insert(socket);
        }
        variables
    }
}
