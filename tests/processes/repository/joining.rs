//! `scripts/setup.sh` on several nodes that share a record in PostgreSQL.

use std::{fs, os::unix::fs::PermissionsExt as _};

use boathook::journal::{DatabaseUrl, PostgresOptions, PostgresStore, SchemaName};
use boathook_testing::postgres_server::PostgresServer;
use expect_test::expect;

use crate::repository::setting_up::Node;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_further_node_takes_settings_secrets_and_manifests_of_another_and_finds_their_record() {
    let server = PostgresServer::start();
    let url = server.url_with_password("a-password");
    let first = Node::new();
    let named = first.root().with_file_name("url");
    fs::write(&named, &url).unwrap();
    let done = first.setup(&format!("--postgres {}", named.display())).await;
    assert_eq!(done.code, 0, "{}", done.transcript());
    assert!(done.stderr.contains("is made at the first start"), "{}", done.stderr);
    assert!(!done.transcript().contains("a-password"), "{}", done.transcript());
    assert!(first.listed().contains("600 etc/boathook/secrets/postgres-url\n"));
    assert_eq!(first.read("etc/boathook/secrets/postgres-url"), format!("{url}\n"));
    expect![[r#"
        [Service]
        LoadCredential=postgres-url:/etc/boathook/secrets/postgres-url
    "#]]
    .assert_eq(&first.read("etc/systemd/system/boathook.service.d/00-setup.conf"));

    // Its own settings: what the other nodes have to have too.
    let copy = first.root().join("etc/boathook");
    let manifest = copy.join("manifests/development/30-more.yaml");
    fs::write(&manifest, "{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}\n").unwrap();
    fs::write(copy.join("sealing-key"), "a key\n").unwrap();
    let join = format!("--join {}", copy.display());
    let further = Node::new();
    assert_refused(&further, &join, "there is no record in that database").await;

    let schema = SchemaName::try_from("boathook".to_owned()).unwrap();
    let options = PostgresOptions::new(DatabaseUrl::parse(&url).unwrap(), None, schema).unwrap();
    drop(PostgresStore::open(options).unwrap());
    let secret = copy.join("secrets/production");
    let held = fs::read(&secret).unwrap();
    fs::remove_file(&secret).unwrap();
    assert_refused(&further, &join, "has no secret of production").await;
    fs::write(&secret, held).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let settings = fs::read_to_string(copy.join("default.yaml")).unwrap();
    let named = settings.replace("\n  node: null\n", "\n  node: server-1\n");
    assert_ne!(named, settings);
    fs::write(copy.join("default.yaml"), named).unwrap();
    assert_refused(&further, &join, "have state.node: server-1").await;
    fs::write(copy.join("default.yaml"), settings).unwrap();

    let joined = further.setup(&join).await;
    assert_eq!(joined.code, 0, "{}", joined.transcript());
    assert!(joined.stderr.contains("has the newest format"), "{}", joined.stderr);
    let shared = |node: &Node| {
        let of_the_node = |name: &str| name.ends_with("/token") || name.ends_with("/kubeconfig");
        let mut files = node.files();
        files.retain(|(name, ..)| name.starts_with("etc/boathook/") && !of_the_node(name));
        files.retain(|(name, ..)| !name.ends_with("/sealing-key"));
        files
    };
    assert_eq!(shared(&further), shared(&first));
    assert!(further.listed().contains("640 etc/boathook/sealing-key\n"), "{}", further.listed());
    assert_ne!(further.read("etc/boathook/token"), first.read("etc/boathook/token"));

    let again = further.setup(&join).await;
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
    fs::remove_file(manifest).unwrap();
    let moved = fs::read_to_string(copy.join("staging.yaml")).unwrap() + "frozen: moving\n";
    fs::write(copy.join("staging.yaml"), moved).unwrap();
    let later = further.setup(&join).await;
    let changed: Vec<_> = later.stdout.lines().filter(|line| line.starts_with("+ ")).collect();
    expect![[r#"
        + write /etc/boathook/staging.yaml
        + remove /etc/boathook/manifests/development/30-more.yaml
        + role.rbac.authorization.k8s.io/boathook configured"#]]
    .assert_eq(&further.without_paths(&changed.join("\n")));

    let gone = further.setup("--uninstall --purge").await;
    assert_eq!(gone.code, 0, "{}", gone.transcript());
    assert!(gone.stderr.contains("stay, because other nodes use them"), "{}", gone.stderr);
    assert!(!gone.stdout.contains("from the cluster"), "{}", gone.stdout);
    assert_eq!(further.listed(), "");

    let alone = Node::new();
    assert_eq!(alone.setup("").await.code, 0);
    assert_refused(&alone, &join, "this node has a record of its own").await;
}

/// Nothing is written, and the reason is said.
async fn assert_refused(node: &Node, arguments: &str, why: &str) {
    let files = node.files();
    let refused = node.setup(arguments).await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    assert!(
        refused.stderr.contains("error: ") && refused.stderr.contains(why),
        "{}",
        refused.stderr
    );
    assert!(node.files() == files, "something was changed: {}", refused.transcript());
}
