//! What GitHub's webhooks carry of a container package, in the shape of recorded ones: of an index of
//! images, which has no labels of its own, pushed under one tag. Holds no test.

use boathook_testing::delivery::Delivery;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The head of the repository's branch, which GitHub takes for the commit.
pub const HEAD: &str = "0e2a89b191332bb87b4f2fefef2f597eba2197b3";

/// What `package` carries when a tag was pushed.
pub fn published(tag: &str, digest: &str, at: Timestamp) -> Value {
    let url = format!("registry.example/game:{tag}");
    let owner = json!({"login": "acme", "id": 7, "type": "Organization", "site_admin": false});
    let repository = json!({
        "id": 1, "name": "game", "full_name": "Acme/game", "private": true, "owner": owner,
        "pushed_at": at, "default_branch": "main",
    });
    let version = json!({
        "id": 564_296_960, "version": digest, "name": digest, "description": "", "summary": "",
        "body": {"repository": {"repository": repository}, "info": {"type": "blob", "oid": HEAD, "size": null},
                 "attributes": {}, "_formatted": true},
        "manifest": "",
        "html_url": "https://github.com/orgs/acme/packages/container/game/564296960",
        "target_commitish": "main", "target_oid": HEAD,
        "created_at": "0001-01-01T00:00:00Z", "updated_at": "0001-01-01T00:00:00Z",
        "metadata": [],
        "container_metadata": {
            "tag": {"name": tag, "digest": digest},
            "labels": {
                "description": "", "source": "", "revision": "", "image_url": "", "licenses": "",
                "all_labels": {"github.internal.platforms": "[{\"architecture\":\"amd64\",\"os\":\"linux\"}]"},
            },
            "manifest": {
                "digest": digest, "media_type": "application/vnd.oci.image.index.v1+json",
                "uri": format!("repositories/acme/game/manifests/{digest}"), "size": 685,
                "config": {"digest": "", "media_type": "", "size": 0}, "layers": [],
            },
        },
        "package_files": [], "author": owner,
        "installation_command": format!("docker pull {url}"), "package_url": url,
    });
    json!({
        "action": "published",
        "package": {
            "id": 9_056_324, "name": "game", "namespace": "acme", "description": "",
            "ecosystem": "CONTAINER", "package_type": "CONTAINER",
            "html_url": "https://github.com/orgs/acme/packages/9056324",
            "created_at": "2025-09-19T19:21:05Z", "updated_at": at, "owner": owner,
            "package_version": version,
            "registry": {"about_url": "https://docs.github.com/packages", "name": "GitHub CONTAINER registry",
                         "type": "CONTAINER", "url": "https://CONTAINER.pkg.github.com/acme", "vendor": "GitHub Inc"},
        },
        "organization": {"login": "acme", "id": 7, "description": null},
        "repository": repository,
        "sender": {"login": "ada", "id": 8, "type": "User", "site_admin": false},
    })
}

/// The same of a single image, whose labels GitHub hands on: all of them under one key, and its own
/// keys for some of them left empty.
pub fn labelled(mut event: Value, commit: &str) -> Value {
    let metadata = &mut event["package"]["package_version"]["container_metadata"];
    metadata["labels"]["all_labels"] = json!({
        "org.opencontainers.image.revision": commit, "org.opencontainers.image.version": "nightly",
        "org.opencontainers.image.licenses": "", "org.opencontainers.image.source": "https://github.com/acme/game",
    });
    metadata["manifest"]["media_type"] =
        json!("application/vnd.docker.distribution.manifest.v2+json");
    event
}

/// What `registry_package` carries of the same.
pub fn of_the_registry(mut event: Value) -> Value {
    let package = event.as_object_mut().unwrap().remove("package").unwrap();
    event["registry_package"] = package;
    event
}

/// GitHub's delivery of an event, whose name its body tells.
pub fn webhook(event: &Value) -> Delivery {
    let name = if event.get("package").is_some() { "package" } else { "registry_package" };
    Delivery::of(event).to("/webhook/github").header("X-GitHub-Event", name)
}
