//! The images: what registries hold, what the node has, and what each image does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Behaviour, Start};

/// Why an image was not pulled, as containerd says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rpc error: code = {code} desc = {message}")]
pub struct PullError {
    /// The gRPC code, such as `NotFound`.
    pub code: &'static str,
    pub message: String,
}

/// One image, known by its manifest's digest.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub repository: String,
    pub digest: String,
    pub config: String,
    pub behaviour: Behaviour,
}

/// Registries and the node's own store.
#[derive(Debug, Default)]
pub(super) struct Images {
    tags: BTreeMap<(String, String), String>,
    images: BTreeMap<String, Image>,
    withdrawn: BTreeSet<String>,
    node: BTreeSet<String>,
    node_tags: BTreeMap<String, String>,
    published: u64,
}

/// The parts of a reference that matter here.
pub(super) struct Reference<'a> {
    pub repository: &'a str,
    pub tag: Option<&'a str>,
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (rest, digest) =
            text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        let name_at = rest.rfind('/').map_or(0, |slash| slash + 1);
        let colon = rest[name_at..].find(':').map(|at| name_at + at);
        let (repository, tag) =
            colon.map_or((rest, None), |colon| (&rest[..colon], Some(&rest[colon + 1..])));
        Self {
            repository,
            tag: tag.or(if digest.is_none() { Some("latest") } else { None }),
            digest,
        }
    }

    fn host_and_path(&self) -> (&'a str, String) {
        match self.repository.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (host, path.to_owned())
            }
            Some(_) => ("index.docker.io", self.repository.to_owned()),
            None => ("index.docker.io", format!("library/{}", self.repository)),
        }
    }

    /// Where the registry would serve its manifest.
    pub(super) fn manifest_url(&self) -> String {
        let (host, path) = self.host_and_path();
        let scheme = if host.starts_with("127.") || host.starts_with("localhost") {
            "http"
        } else {
            "https"
        };
        format!(
            "{scheme}://{host}/v2/{path}/manifests/{}",
            self.digest.or(self.tag).unwrap_or("latest")
        )
    }

    /// A client's error when nothing listens at the registry's address.
    fn refusal(&self) -> String {
        let host = self.host_and_path().0;
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:443") };
        format!("dial tcp {address}: connect: connection refused")
    }

    fn unknown_host(&self) -> Option<&'a str> {
        let name = self.host_and_path().0.split(':').next().unwrap_or_default();
        (name.ends_with(".invalid") || self.is_local()).then_some(name)
    }

    /// Whether Knative leaves its tag as it is: it names what was put onto the node by hand.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.host_and_path().0, "dev.local" | "ko.local" | "kind.local")
    }
}

impl Images {
    /// Makes a new image and moves the tag onto it.
    pub(super) fn publish(&mut self, repository: &str, tag: &str, behaviour: Behaviour) -> String {
        self.published += 1;
        let hash = |what: &str| {
            format!(
                "sha256:{}",
                hex::encode(Sha256::digest(format!("{what} {repository} {}", self.published)))
            )
        };
        let digest = hash("manifest");
        let config = hash("config");
        let image =
            Image { repository: repository.to_owned(), digest: digest.clone(), config, behaviour };
        self.images.insert(digest.clone(), image);
        self.tags.insert((repository.to_owned(), tag.to_owned()), digest.clone());
        digest
    }

    /// Publishes the image of another tag once more, as another manifest: the same config, another
    /// digest.
    pub(super) fn publish_again(
        &mut self,
        repository: &str,
        tag: &str,
        of: &str,
    ) -> Option<String> {
        let image = self.in_registry(&Reference::of(of))?.clone();
        let digest = self.publish(repository, tag, image.behaviour);
        self.images.get_mut(&digest)?.config = image.config;
        Some(digest)
    }

    /// Takes an image out of its registry; anyone who has it still has it.
    pub(super) fn withdraw(&mut self, image: &str) {
        if let Some(digest) = self.digest_of(&Reference::of(image)) {
            self.withdrawn.insert(digest);
        }
    }

    /// Puts it back.
    pub(super) fn restore(&mut self, image: &str) {
        if let Some(digest) = self.digest_of(&Reference::of(image)) {
            self.withdrawn.remove(&digest);
        }
    }

    /// Takes an image off the node.
    pub(super) fn evict(&mut self, image: &str) {
        if let Some(digest) = self.digest_of(&Reference::of(image)) {
            self.node.remove(&digest);
            self.node_tags.retain(|_, tagged| *tagged != digest);
        }
    }

    /// The digest that the registry gives for a reference.
    pub(super) fn resolve(&self, image: &str) -> Result<String, String> {
        let reference = Reference::of(image);
        match self.in_registry(&reference) {
            Some(found) => Ok(found.digest.clone()),
            None => Err(missing_manifest(&reference)),
        }
    }

    /// The image behind a digest, in any repository.
    pub(super) fn by_digest(&self, digest: &str) -> Option<&Image> {
        self.images.get(digest)
    }

    /// Whether the node has it.
    pub(super) fn is_on_node(&self, text: &str) -> bool {
        self.on_node(&Reference::of(text)).is_some()
    }

    /// What an image on the node does.
    pub(super) fn behaviour_of(&self, text: &str) -> Option<&Behaviour> {
        self.on_node(&Reference::of(text)).map(|image| &image.behaviour)
    }

    /// Gets what a pod is started from: the node has it, or pulls it; `always` asks the registry in
    /// any case.
    pub(super) fn obtain(
        &mut self,
        text: &str,
        always: bool,
        registry_away: bool,
    ) -> Result<Image, PullError> {
        match self.on_node(&Reference::of(text)) {
            Some(image) if !always => Ok(image.clone()),
            _ => self.fetch(text, registry_away),
        }
    }

    fn on_node(&self, reference: &Reference<'_>) -> Option<&Image> {
        let by_tag = || {
            reference
                .tag
                .and_then(|tag| self.node_tags.get(&format!("{}:{tag}", reference.repository)))
        };
        let digest = reference.digest.or_else(|| by_tag().map(String::as_str))?;
        self.images.get(digest).filter(|_| self.node.contains(digest))
    }

    /// Why nothing can be resolved while the registry is unreachable.
    pub(super) fn refused(&self, text: &str) -> String {
        let reference = Reference::of(text);
        let host = reference.host_and_path().0;
        let ask = |scheme: &str| format!("Get \"{scheme}://{host}/v2/\": {}", reference.refusal());
        let is_near = host.starts_with("127.") || host.starts_with("localhost");
        if is_near { format!("{}; {}", ask("https"), ask("http")) } else { ask("https") }
    }

    /// `crictl pull`: brings an image onto the node and gives its config's id.
    pub(super) fn fetch(&mut self, text: &str, registry_away: bool) -> Result<Image, PullError> {
        let reference = Reference::of(text);
        if registry_away {
            return Err(unreachable(text, &reference));
        }
        if let Some(host) = reference.unknown_host() {
            return Err(no_such_host(text, &reference, host));
        }
        let Some(image) = self.in_registry(&reference).cloned() else {
            return Err(not_found(text));
        };
        if image.behaviour.start == Start::LayerMissing {
            return Err(layer_missing(text));
        }
        self.node.insert(image.digest.clone());
        if let Some(tag) = reference.tag {
            self.node_tags.insert(format!("{}:{tag}", image.repository), image.digest.clone());
        }
        Ok(image)
    }

    /// `crictl inspecti`: the status of an image on the node.
    pub(super) fn inspect(&self, text: &str) -> Option<Value> {
        let reference = Reference::of(text);
        let by_tag = || {
            reference
                .tag
                .and_then(|tag| self.node_tags.get(&format!("{}:{tag}", reference.repository)))
        };
        let by_config =
            || self.images.values().find(|image| image.config == text).map(|image| &image.digest);
        let digest =
            reference.digest.map(str::to_owned).or_else(|| by_tag().or_else(by_config).cloned())?;
        let image = self.images.get(&digest).filter(|image| self.node.contains(&image.digest))?;
        // One image of the node is one config, under every digest and tag by which it came.
        let same =
            |digest: &str| self.images.get(digest).filter(|other| other.config == image.config);
        let tags: Vec<_> = self
            .node_tags
            .iter()
            .filter(|(_, tagged)| same(tagged).is_some())
            .map(|(tag, _)| tag.clone())
            .collect();
        let here = self.node.iter().filter_map(|digest| same(digest));
        let digests: BTreeSet<String> =
            here.map(|image| format!("{}@{}", image.repository, image.digest)).collect();
        Some(json!({
            "id": image.config,
            "pinned": false,
            "repoDigests": digests,
            "repoTags": tags,
            "size": "2669820",
            "uid": {"value": "65532"},
            "username": "",
        }))
    }

    /// `ctr images ls name==NAME`: the digest that a tag on the node leads to; the name is written
    /// in full.
    pub(super) fn target(&self, name: &str) -> Option<String> {
        let found = self.node_tags.iter().find(|(tag, _)| full(tag) == name);
        found.map(|(_, digest)| digest.clone())
    }

    fn digest_of(&self, reference: &Reference<'_>) -> Option<String> {
        let by_tag = || {
            self.tags.get(&(reference.repository.to_owned(), reference.tag?.to_owned())).cloned()
        };
        reference.digest.map(str::to_owned).or_else(by_tag)
    }

    fn in_registry(&self, reference: &Reference<'_>) -> Option<&Image> {
        let digest = self.digest_of(reference)?;
        self.images.get(&digest).filter(|image| {
            image.repository == reference.repository && !self.withdrawn.contains(&digest)
        })
    }
}

fn missing_manifest(reference: &Reference<'_>) -> String {
    let url = reference.manifest_url();
    match reference.unknown_host() {
        Some(host) => format!("HEAD {url}: dial tcp: lookup {host}: no such host"),
        None => format!(
            "HEAD {url}: unexpected status code 404 Not Found (HEAD responses have no body, use \
             GET for details)"
        ),
    }
}

fn full(text: &str) -> String {
    let (host, path) = Reference::of(text).host_and_path();
    let rest = &text[Reference::of(text).repository.len()..];
    let rest = if rest.is_empty() { ":latest" } else { rest };
    format!("{}/{path}{rest}", host.replace("index.docker.io", "docker.io"))
}

fn not_found(text: &str) -> PullError {
    let name = full(text);
    let message = format!(
        "failed to pull and unpack image \"{name}\": failed to resolve image: {name}: not found"
    );
    PullError { code: "NotFound", message }
}

fn unreachable(text: &str, reference: &Reference<'_>) -> PullError {
    let name = full(text);
    let url = reference.manifest_url().replacen("http://", "https://", 1);
    let refusal = reference.refusal();
    let message = format!(
        "failed to pull and unpack image \"{name}\": failed to resolve image: failed to do \
         request: Head \"{url}\": {refusal}"
    );
    PullError { code: "Unavailable", message }
}

fn no_such_host(text: &str, reference: &Reference<'_>, host: &str) -> PullError {
    let url = reference.manifest_url();
    let name = full(text);
    let message = format!(
        "failed to pull and unpack image \"{name}\": failed to resolve image: failed to do \
         request: Head \"{url}\": dial tcp: lookup {host} on 127.0.0.53:53: no such host"
    );
    PullError { code: "Unknown", message }
}

fn layer_missing(text: &str) -> PullError {
    let layer = hex::encode(Sha256::digest(format!("layer {text}")));
    let message = format!(
        "failed to pull and unpack image \"{}\": failed to copy: httpReadSeeker: failed open: \
         could not fetch content descriptor sha256:{layer} \
         (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found",
        full(text)
    );
    PullError { code: "NotFound", message }
}
