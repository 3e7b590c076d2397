//! Paths of the API server, each word escaped: names come from manifests too.

use boathook_core::deployment::Namespace;

use crate::cluster::ClusterError;

/// The Knative services of a namespace, and so on; a kind outside namespaces has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Collection<'a> {
    /// Group and version, such as `v1` or `serving.knative.dev/v1`.
    pub api_version: &'a str,
    /// The resource, as URLs spell it.
    pub plural: &'a str,
    pub namespace: Option<&'a str>,
}

impl<'a> Collection<'a> {
    /// The namespaces themselves.
    pub(crate) const NAMESPACES: Self =
        Self { api_version: "v1", plural: "namespaces", namespace: None };

    /// The Knative services of a namespace.
    pub(crate) fn services(namespace: &'a Namespace) -> Self {
        Self::of("serving.knative.dev/v1", "services", namespace)
    }

    /// The revisions of a namespace.
    pub(crate) fn revisions(namespace: &'a Namespace) -> Self {
        Self::of("serving.knative.dev/v1", "revisions", namespace)
    }

    /// The pods of a namespace.
    pub(crate) fn pods(namespace: &'a Namespace) -> Self {
        Self::of("v1", "pods", namespace)
    }

    /// The Jobs of a namespace.
    pub(crate) fn jobs(namespace: &'a Namespace) -> Self {
        Self::of("batch/v1", "jobs", namespace)
    }

    /// The events of a namespace.
    pub(crate) fn events(namespace: &'a Namespace) -> Self {
        Self::of("v1", "events", namespace)
    }

    /// The quotas of a namespace.
    pub(crate) fn quotas(namespace: &'a Namespace) -> Self {
        Self::of("v1", "resourcequotas", namespace)
    }

    fn of(api_version: &'a str, plural: &'a str, namespace: &'a Namespace) -> Self {
        Self { api_version, plural, namespace: Some(namespace.as_str()) }
    }

    /// Its path.
    pub(crate) fn path(&self) -> Result<String, ClusterError> {
        let mut path = version_path(self.api_version)?;
        if let Some(namespace) = self.namespace {
            path += "/namespaces/";
            path += &segment(namespace)?;
        }
        path.push('/');
        path += &segment(self.plural)?;
        Ok(path)
    }

    /// The path of one of its objects.
    pub(crate) fn object(&self, name: &str) -> Result<String, ClusterError> {
        Ok(format!("{}/{}", self.path()?, segment(name)?))
    }

    /// The resource with its group, as kubectl says it: `services.serving.knative.dev`.
    pub(crate) fn resource(&self) -> String {
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{}.{group}", self.plural),
            None => self.plural.to_owned(),
        }
    }
}

/// The path of a group and version, which is also where it lists its kinds.
pub(crate) fn version_path(api_version: &str) -> Result<String, ClusterError> {
    match api_version.split_once('/') {
        Some((group, version)) => Ok(format!("/apis/{}/{}", segment(group)?, segment(version)?)),
        None => Ok(format!("/api/{}", segment(api_version)?)),
    }
}

/// The path with a query, such as `labelSelector` and `a=b`.
pub(crate) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let pairs = query.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// What Kubernetes allows no name to be would be another path.
fn segment(text: &str) -> Result<String, ClusterError> {
    if matches!(text, "" | "." | "..") || text.contains(['/', '%']) {
        return Err(ClusterError::NoName(text.to_owned()));
    }
    Ok(escaped(text))
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
