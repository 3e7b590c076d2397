//! Checks that the node has a login for the registries that ask for one. Without one, the first
//! that anyone hears of it is a deployment that ends at its pull.

use std::{collections::BTreeSet, path::Path};

use boathook_core::{
    deployment::{Environment, ImageRef},
    objects::Document,
};
use futures_util::future::join_all;
use serde_json::Value;

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests::is_deployable,
        registry_answer::{Asked, wants_login},
    },
    config::EnvironmentConfig,
    registries::RegistriesFile,
};

const CHECK: &str = "registry";
/// The most images about which registries are asked.
const IMAGES_MAX: usize = 16;

/// An image of a manifest, and who pulls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pulled {
    environment: Environment,
    /// With its registry, as containerd calls it.
    repository: String,
    reference: String,
    by_node: bool,
}

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let Some(path) = &context.config.tools.registries else { return Vec::new() };
    let mut pulled = BTreeSet::new();
    for Readable { environment, settings, documents } in folders.readable() {
        let services = documents.iter().filter(|document| is_deployable(settings, document));
        pulled.extend(services.flat_map(|service| images(environment, settings, service)));
    }
    let file = match RegistriesFile::read(path) {
        _ if pulled.is_empty() => return Vec::new(),
        Ok(Some(file)) => file,
        Ok(None) => return Vec::new(),
        Err(error) => {
            return vec![CheckResult::ok(
                CHECK,
                format!("not looked at: {} cannot be read ({error})", path.display()),
            )];
        }
    };
    let unsettled = pulled.iter().filter(|pulled| !file.settles(pulled.registry()));
    let asked = unsettled.take(IMAGES_MAX).map(|pulled| async move {
        (wants_login(&pulled.asked()).await == Some(true)).then(|| without_login(pulled, path))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

impl Pulled {
    fn registry(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }

    fn asked(&self) -> Asked<'_> {
        let registry = self.registry();
        let repository = self.repository[registry.len()..].trim_start_matches('/');
        Asked { registry, repository, reference: &self.reference }
    }
}

/// The images of a service. A command of the operator's own pulls with credentials of its own, and
/// a pod with a pull secret, or with an account that may have one, with those.
fn images(
    environment: Environment,
    settings: &EnvironmentConfig,
    service: &Document,
) -> Vec<Pulled> {
    let pod = &service.0["spec"]["template"]["spec"];
    let by_node = settings.pull.enabled;
    let has_pull_secrets =
        pod["serviceAccountName"].is_string() || pod["imagePullSecrets"].is_array();
    if settings.pull.command.is_some() || (!by_node && has_pull_secrets) {
        return Vec::new();
    }
    let containers = pod["containers"].as_array().into_iter().flatten();
    let images = containers.filter_map(|container| {
        ImageRef::parse(container.get("image").and_then(Value::as_str)?).ok()
    });
    images
        .map(|image| {
            let digest = image.digest().map(ToString::to_string);
            let reference = digest.unwrap_or_else(|| image.tag().unwrap_or("latest").to_owned());
            Pulled { environment, repository: image.full_repository(), reference, by_node }
        })
        .collect()
}

fn without_login(pulled: &Pulled, path: &Path) -> CheckResult {
    let Pulled { environment, repository, by_node, .. } = pulled;
    let registry = pulled.registry();
    let file = path.display();
    let why = if *by_node {
        "a deployment ends at its pull: crictl pulls with the node's own login, never with imagePullSecrets"
    } else {
        "the cluster cannot pull it, and a deployment is rolled back"
    };
    let more = if *by_node { "" } else { ", or give the service imagePullSecrets" };
    CheckResult::warning(
        CHECK,
        format!(
            "{environment}: {registry} asks for a login before it gives {repository}, or has no such repository; {file} holds no login for it"
        ),
        why,
        format!(
            "if the image's name is right, under configs in {file}: \"{registry}\": {{auth: {{username: USER, password: TOKEN}}}}; then systemctl restart k3s{more}"
        ),
    )
}
