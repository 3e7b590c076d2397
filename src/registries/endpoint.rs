//! One address at which a repository may be asked for.

use std::path::PathBuf;

use reqwest::Url;

use crate::registries::Login;

/// One address at which a repository may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where the protocol begins: `https://registry.example/v2`.
    pub base: Url,
    /// The repository as it is called there.
    pub repository: String,
    /// The registry that a mirror is asked in place of.
    pub in_place_of: Option<String>,
    /// Who asks; none for anyone.
    pub login: Option<Login>,
    /// The file of the authority that its certificate is verified with, besides those of the machine.
    pub ca_file: Option<PathBuf>,
}

impl Endpoint {
    /// Its host, with the port where there is one.
    #[must_use]
    pub fn host(&self) -> String {
        let name = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
    }

    /// The address of something in the repository: `manifests/sha256:...`.
    #[must_use]
    pub fn url(&self, what: &str) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}/{}/{what}", self.base.path().trim_end_matches('/'), self.repository);
        url.set_path(&path);
        if let Some(registry) = &self.in_place_of {
            url.query_pairs_mut().append_pair("ns", registry);
        }
        url
    }
}
