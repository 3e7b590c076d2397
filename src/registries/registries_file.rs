//! What k3s' `registries.yaml` says of registries: where each answers, and who is asking.

use std::{collections::BTreeMap, fs, io, path::Path, path::PathBuf};

use regex::Regex;
use reqwest::Url;
use serde::Deserialize;

use crate::registries::{
    Endpoint, Login,
    origin::{host_of, registry_of, scheme_of},
};

/// What stands for every registry that is not named.
const ANY: &str = "*";

/// The file's content. Its text form shows no login.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RegistriesFile {
    mirrors: Option<BTreeMap<String, Option<Mirror>>>,
    configs: Option<BTreeMap<String, Option<RegistryConfig>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mirror {
    endpoint: Option<Vec<String>>,
    rewrite: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RegistryConfig {
    auth: Option<Auth>,
    tls: Option<Tls>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    username: Option<String>,
    password: Option<String>,
    auth: Option<String>,
    identity_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tls {
    ca_file: Option<PathBuf>,
    cert_file: Option<PathBuf>,
    insecure_skip_verify: bool,
}

/// What boathook cannot do that the file asks for. No message quotes a login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableFile {
    #[error(
        "it has an `identity_token` for {0}, with which boathook cannot log in; give it a username and a password"
    )]
    IdentityToken(String),
    #[error("the `auth` for {0} is not the base64 of USER:PASSWORD")]
    Auth(String),
    #[error("it has a client's certificate for {0}, with which boathook cannot log in")]
    ClientCertificate(String),
    #[error(
        "it has `insecure_skip_verify` for {0}, and boathook verifies certificates; name the authority in `ca_file`"
    )]
    Unverified(String),
    #[error("the endpoint `{0}` is not an address of a registry")]
    Endpoint(String),
    #[error("the rewrite `{0}` is not a regular expression that boathook can read")]
    Rewrite(String),
}

impl RegistriesFile {
    /// Reads it; an error if it is there and cannot be read. It holds nothing if only the file is
    /// missing, and is none if its folder is missing too: this is no node of k3s.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let read: Result<Option<Self>, _> = serde_yaml::from_str(&text);
                // The error would quote the file, which holds passwords.
                let malformed = |_| io::Error::other("it is no YAML as k3s takes it");
                Ok(Some(read.map_err(malformed)?.unwrap_or_default()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(path.parent().is_some_and(Path::exists).then(Self::default))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the node has a login for a registry, or asks another one in its place, of which
    /// nothing is known here.
    #[must_use]
    pub fn settles(&self, registry: &str) -> bool {
        let is_mirrored = self.mirror_named(registry).is_some() || self.mirror_named(ANY).is_some();
        let has_login = |name: &str| self.config(name).is_some_and(|found| found.auth.is_some());
        is_mirrored || has_login(registry) || has_login(host_of(registry))
    }

    /// Where a repository of a registry is asked for, in this order: the mirrors, and then the
    /// registry itself, as containerd does.
    pub fn endpoints(
        &self,
        registry: &str,
        repository: &str,
    ) -> Result<Vec<Endpoint>, UnusableFile> {
        let mirror = self.mirror_of(registry);
        let listed = mirror.and_then(|mirror| mirror.endpoint.as_deref()).unwrap_or_default();
        let rewrites = mirror.and_then(|mirror| mirror.rewrite.as_ref());
        let mut endpoints = Vec::<Endpoint>::new();
        for address in listed {
            let mut endpoint = self.endpoint(address, repository)?;
            endpoint.repository = rewritten(repository, rewrites)?;
            endpoint.in_place_of = Some(registry.to_owned());
            endpoints.push(endpoint);
        }
        let own = self.endpoint(registry, repository)?;
        endpoints.retain(|endpoint| endpoint.base != own.base || endpoint.repository != repository);
        // An endpoint may be the registry itself without TLS. With TLS it would not answer, and what it
        // said would not count.
        let is_own = |endpoint: &Endpoint| {
            endpoint.host() == own.host()
                && endpoint.base.path() == own.base.path()
                && endpoint.repository == repository
        };
        if !endpoints.iter().any(is_own) {
            endpoints.push(own);
        }
        Ok(endpoints)
    }

    fn endpoint(&self, address: &str, repository: &str) -> Result<Endpoint, UnusableFile> {
        let base = base(address).ok_or_else(|| UnusableFile::Endpoint(address.to_owned()))?;
        let mut endpoint = Endpoint {
            base,
            repository: repository.to_owned(),
            in_place_of: None,
            login: None,
            ca_file: None,
        };
        let host = endpoint.host();
        // A port that the scheme implies stands in the file as it is written.
        let written = address.split_once("://").map_or(address, |(_, rest)| rest);
        let written = written.split('/').next().unwrap_or_default();
        let config = self
            .config(written)
            .or_else(|| self.config(&host))
            .or_else(|| self.config(registry_of(&host)));
        if let Some(config) = config {
            endpoint.login = config.auth.as_ref().and_then(|auth| auth.login(&host)).transpose()?;
            endpoint.ca_file = config.tls.as_ref().map_or(Ok(None), |tls| tls.authority(&host))?;
        }
        Ok(endpoint)
    }

    /// A registry that has its own settings is not asked at the mirrors of all others.
    fn mirror_of(&self, registry: &str) -> Option<&Mirror> {
        let own = self.mirror_named(registry);
        let of_all = || self.mirror_named(ANY).filter(|_| self.config(registry).is_none());
        own.or_else(of_all)?.as_ref()
    }

    fn mirror_named(&self, name: &str) -> Option<&Option<Mirror>> {
        self.mirrors.as_ref()?.get(name)
    }

    fn config(&self, name: &str) -> Option<&RegistryConfig> {
        self.configs.as_ref()?.get(name)?.as_ref()
    }
}

impl Auth {
    /// None if it names nobody.
    fn login(&self, host: &str) -> Option<Result<Login, UnusableFile>> {
        let Self { username, password, auth, identity_token } = self;
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(username), given(auth), given(identity_token)) {
            (Some(username), ..) => {
                Some(Ok(Login::of(&username, password.as_deref().unwrap_or_default())))
            }
            (None, Some(auth), _) => {
                Some(Login::of_auth(&auth).ok_or_else(|| UnusableFile::Auth(host.to_owned())))
            }
            (None, None, Some(_)) => Some(Err(UnusableFile::IdentityToken(host.to_owned()))),
            (None, None, None) => None,
        }
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth(..)")
    }
}

impl Tls {
    fn authority(&self, host: &str) -> Result<Option<PathBuf>, UnusableFile> {
        let Self { ca_file, cert_file, insecure_skip_verify } = self;
        if *insecure_skip_verify {
            return Err(UnusableFile::Unverified(host.to_owned()));
        }
        if cert_file.is_some() {
            return Err(UnusableFile::ClientCertificate(host.to_owned()));
        }
        Ok(ca_file.clone())
    }
}

/// Where the protocol begins at an address, which may name a scheme and a path.
fn base(address: &str) -> Option<Url> {
    let text = match address.split_once("://") {
        Some(("http" | "https", _)) => address.to_owned(),
        Some(_) => return None,
        None => {
            let (host, path) = address.split_once('/').unwrap_or((address, ""));
            format!("{}://{host}/{path}", scheme_of(host))
        }
    };
    let mut url = Url::parse(&text).ok().filter(|url| url.username().is_empty())?;
    let host = host_of(url.host_str()?).to_owned();
    url.set_host(Some(&host)).ok()?;
    if url.path() == "/" {
        url.set_path("/v2");
    }
    url.set_query(None);
    Some(url)
}

/// The repository as mirrors call it: the first rewrite that changes it counts.
fn rewritten(
    repository: &str,
    rewrites: Option<&BTreeMap<String, String>>,
) -> Result<String, UnusableFile> {
    for (pattern, replacement) in rewrites.into_iter().flatten() {
        let found = Regex::new(pattern).map_err(|_| UnusableFile::Rewrite(pattern.clone()))?;
        let changed = found.replace_all(repository, replacement.as_str());
        if changed != repository {
            return Ok(changed.into_owned());
        }
    }
    Ok(repository.to_owned())
}
