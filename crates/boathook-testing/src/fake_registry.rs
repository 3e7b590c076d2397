//! Registries of images, as far as their clients see them: hosts with manifests and blobs, some of
//! which ask for a login, send on elsewhere, or do worse.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
};

use boathook::{
    artifacts::{ArtifactSettings, Artifacts},
    bundles::pack,
    registries::{Login, RegistryRequest, RegistryResponse, Transport, Unreachable},
};
use boathook_core::deployment::{ArtifactRef, Bundle, BundlePath};
use futures_util::{FutureExt as _, future::BoxFuture};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The kind of manifest that everyone pushes.
pub const IMAGE_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The kind of layer that oras gives to a folder.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// The kind of layer that flux gives to one.
pub const FLUX_LAYER: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
/// The kind that oras gives to a file.
pub const OCI_FILE: &str = "application/vnd.oci.image.layer.v1.tar";
/// A user of every registry that asks for one.
pub const USER: (&str, &str) = ("robot", "the password of the robot");

/// What is done with whoever asks for an address that begins so.
#[derive(Clone, Debug)]
pub enum Mood {
    Status(u16),
    /// Nobody takes the connection.
    Away,
    /// Takes the question, and says nothing.
    Silent,
    /// Sends on to another address.
    Moved(String),
    /// Gives something else.
    Gives(Vec<u8>),
}

/// Who may read at a host.
#[derive(Clone, Debug)]
pub enum Access {
    Anyone,
    /// Whoever has the password.
    Password,
    /// Whoever has a token from there, which takes the password.
    Token(String),
    /// Whoever has a token from there, which anyone gets.
    TokenForAnyone(String),
}

/// Registries, by their hosts.
#[derive(Default)]
pub struct FakeRegistry {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By their whole address.
    content: BTreeMap<String, Vec<u8>>,
    access: BTreeMap<String, Access>,
    moods: Vec<(String, Mood)>,
    asked: Vec<String>,
}

impl FakeRegistry {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What asks these registries, within eight seconds, with the logins of a file.
    pub fn artifacts(self: &Arc<Self>, registries: Option<&std::path::Path>) -> Artifacts {
        let settings = ArtifactSettings {
            registries: registries.map(ToOwned::to_owned),
            timeout: std::time::Duration::from_secs(8),
        };
        Artifacts::new(settings, Arc::clone(self) as _)
    }

    /// Pushes a bundle as `oras push` does with a folder of that name.
    pub fn push_folder(&self, repository: &str, folder: &str, bundle: &Bundle) -> ArtifactRef {
        let inside = |(path, content): (&BundlePath, &Vec<u8>)| {
            (BundlePath::parse(&format!("{folder}/{path}")).unwrap(), content.clone())
        };
        let packed = pack(&Bundle::new(bundle.files().iter().map(inside).collect())).unwrap();
        let annotations = json!({
            "org.opencontainers.image.title": folder,
            "io.deis.oras.content.unpack": "true",
        });
        self.push(repository, &[(OCI_LAYER, annotations, packed)])
    }

    /// Pushes layers, each with its kind and annotations.
    pub fn push(&self, repository: &str, layers: &[(&str, Value, Vec<u8>)]) -> ArtifactRef {
        let described = layers.iter().map(|(kind, annotations, content)| {
            json!({
                "mediaType": kind,
                "digest": self.put(repository, "blobs", content),
                "size": content.len(),
                "annotations": annotations,
            })
        });
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": IMAGE_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2},
            "layers": described.collect::<Vec<_>>(),
        });
        self.push_manifest(repository, &manifest)
    }

    /// Pushes any manifest.
    pub fn push_manifest(&self, repository: &str, manifest: &Value) -> ArtifactRef {
        let digest = self.put(repository, "manifests", manifest.to_string().as_bytes());
        ArtifactRef::parse(&format!("{repository}@{digest}")).unwrap()
    }

    fn put(&self, repository: &str, what: &str, content: &[u8]) -> String {
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(content)));
        let (host, path) = repository.split_once('/').unwrap();
        self.place(&format!("https://{host}/v2/{path}/{what}/{digest}"), content);
        digest
    }

    /// Places something at any address.
    pub fn place(&self, url: &str, content: &[u8]) {
        self.state.lock().unwrap().content.insert(url.to_owned(), content.to_vec());
    }

    pub fn access(&self, host: &str, access: Access) {
        self.state.lock().unwrap().access.insert(host.to_owned(), access);
    }

    /// What happens to whoever asks for an address that begins so; the newest counts.
    pub fn mood(&self, beginning: &str, mood: Mood) {
        self.state.lock().unwrap().moods.insert(0, (beginning.to_owned(), mood));
    }

    /// Everything works again.
    pub fn recover(&self) {
        self.state.lock().unwrap().moods.clear();
    }

    /// What was asked for since the last time, a line each, with digests cut short.
    pub fn asked(&self) -> String {
        std::mem::take(&mut self.state.lock().unwrap().asked).join("\n")
    }
}

impl State {
    fn answer(&self, request: &RegistryRequest) -> Option<Result<RegistryResponse, Unreachable>> {
        let mood = self.moods.iter().find(|(beginning, _)| request.url.starts_with(beginning));
        let answer = match mood.map(|(_, mood)| mood) {
            Some(Mood::Silent) => return None,
            Some(Mood::Away) => {
                return Some(Err(Unreachable::Failed("connection refused".into())));
            }
            Some(Mood::Status(status)) => response(*status, &[], b""),
            Some(Mood::Moved(to)) => response(307, &[("location", to)], b""),
            Some(Mood::Gives(content)) => response(200, &[], content),
            None => self.serve(request),
        };
        Some(Ok(cut(answer, request.max)))
    }

    fn serve(&self, request: &RegistryRequest) -> RegistryResponse {
        let url = Url::parse(&request.url).unwrap();
        let authorization = request.authorization.as_deref();
        let login = Login::of(USER.0, USER.1);
        let host = url.host_str().unwrap_or_default();
        let realm = url.origin().ascii_serialization() + url.path();
        let of_realm = self.access.values().find_map(|access| match access {
            Access::Token(at) if *at == realm => Some(true),
            Access::TokenForAnyone(at) if *at == realm => Some(false),
            _ => None,
        });
        if let Some(needs_password) = of_realm {
            let has_password = authorization == Some(login.reveal());
            return match needs_password && !has_password {
                true => response(401, &[], b"{}"),
                false => response(200, &[], br#"{"token": "a-token"}"#),
            };
        }
        let challenge = match self.access.get(host).unwrap_or(&Access::Anyone) {
            Access::Password if authorization != Some(login.reveal()) => {
                r#"Basic realm="registry""#.to_owned()
            }
            Access::Token(realm) | Access::TokenForAnyone(realm)
                if authorization != Some("Bearer a-token") =>
            {
                format!(r#"Bearer realm="{realm}",service="{host}",scope="somewhere""#)
            }
            _ => return self.content(&url),
        };
        response(401, &[("www-authenticate", &challenge)], b"{}")
    }

    fn content(&self, url: &Url) -> RegistryResponse {
        let mut plain = url.clone();
        plain.set_query(None);
        match self.content.get(plain.as_str()) {
            Some(content) => response(200, &[], content),
            None => response(404, &[], b"{}"),
        }
    }
}

impl Transport for FakeRegistry {
    fn get(
        &self,
        request: RegistryRequest,
    ) -> BoxFuture<'_, Result<RegistryResponse, Unreachable>> {
        let mut state = self.state.lock().unwrap();
        let who = request.authorization.as_deref().and_then(|text| text.split(' ').next());
        state.asked.push(format!("{} {}", short(&request.url), who.unwrap_or("nobody")));
        match state.answer(&request) {
            Some(answer) => async move { answer }.boxed(),
            None => pending().boxed(),
        }
    }
}

fn short(url: &str) -> String {
    match url.split_once("sha256:") {
        Some((before, digest)) => format!("{before}sha256:..{}", &digest[64..]),
        None => url.to_owned(),
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> RegistryResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    RegistryResponse { status, headers: headers.collect(), body: body.to_vec() }
}

/// What a client reads of an answer: one byte more than it takes.
fn cut(mut answer: RegistryResponse, max: usize) -> RegistryResponse {
    answer.body.truncate(max.saturating_add(1));
    answer
}
