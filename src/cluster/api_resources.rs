//! The API server's names for its kinds: the plural that roles use, and whether a kind is
//! namespaced.

use boathook_core::objects::{group_of, is_cluster_scoped};

use crate::cluster::{ApiResource, Cluster, ClusterError};

/// The kinds that an API server serves; if none was read, Kubernetes' conventions for any kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiResources(Option<Vec<ApiResource>>);

impl ApiResources {
    /// How a kind is served; none if the API server was read and does not serve it.
    #[must_use]
    pub fn find(&self, api_version: &str, kind: &str) -> Option<ApiResource> {
        let group = group_of(api_version);
        match &self.0 {
            Some(served) => served
                .iter()
                .find(|resource| resource.group == group && resource.kind == kind)
                .cloned(),
            None => Some(by_convention(group, kind)),
        }
    }

    /// Reads the table that `kubectl api-resources --no-headers` prints: NAME, perhaps SHORTNAMES,
    /// APIVERSION, NAMESPACED, KIND.
    fn parse(table: &str) -> Self {
        let resources = table.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let &[plural, .., api_version, namespaced, kind] = words.as_slice() else {
                return None;
            };
            Some(ApiResource {
                group: group_of(api_version).to_owned(),
                kind: kind.to_owned(),
                plural: plural.to_owned(),
                is_namespaced: namespaced == "true",
            })
        });
        Self(Some(resources.collect()))
    }
}

fn by_convention(group: &str, kind: &str) -> ApiResource {
    ApiResource {
        group: group.to_owned(),
        kind: kind.to_owned(),
        plural: plural(kind),
        is_namespaced: !is_cluster_scoped(group, kind),
    }
}

/// The resource of a kind by the rules of English, which Kubernetes follows: `NetworkPolicy` is
/// `networkpolicies`, `Gateway` `gateways`.
fn plural(kind: &str) -> String {
    let singular = kind.to_lowercase();
    let is_consonant = |letter: char| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
    if singular == "endpoints" {
        return singular;
    }
    match singular.strip_suffix('y') {
        Some(stem) if stem.ends_with(is_consonant) => format!("{stem}ies"),
        _ if singular.ends_with(['s', 'x'])
            || singular.ends_with("ch")
            || singular.ends_with("sh") =>
        {
            format!("{singular}es")
        }
        _ => format!("{singular}s"),
    }
}

impl Cluster {
    /// The kinds that the API server serves.
    pub(crate) async fn api_resources(&self) -> Result<ApiResources, ClusterError> {
        let stdout = self.kubectl(&["api-resources", "--no-headers"], self.timeouts.get).await?;
        Ok(ApiResources::parse(&stdout.text()))
    }
}
