//! Objects that a failed deployment created, deleted by the real kubectl.

use crate::support::stand::{SERVICE, Stand};

const NEW: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\ndata: {motto: second}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_failed_deployment_created_is_deleted_where_the_kubeconfigs_server_has_a_path() {
    let stand = Stand::new("0s").await;
    let server = stand.shell("kubectl config view --minify -o 'jsonpath={..server}'").await;
    assert!(server.stdout.ends_with("/as/admin"), "its server has a path: {}", server.stdout);
    let folder = stand.path().join("manifests");
    std::fs::create_dir(&folder).unwrap();
    for name in ["00-namespace.yaml", "10-game-2048.yaml"] {
        std::fs::copy(format!("manifests/development/{name}"), folder.join(name)).unwrap();
    }
    let settings = format!(
        "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__MANIFESTS={} \
         BOATHOOK__ENVIRONMENTS__DEVELOPMENT__ROLLBACK='{{created: delete}}'",
        folder.display()
    );
    let serving = stand.serve_with(&settings, "").await;
    assert_eq!(stand.send("v1", "one").await.code, 0);
    std::fs::write(folder.join("20-new.yaml"), NEW).unwrap();
    let failed = stand.send("crash", "two").await;
    assert_ne!(failed.code, 0, "{}", failed.transcript());
    let shown =
        stand.shell("boathook show $(boathook list --json --limit 1 | jq -r '.[0].id')").await;
    assert!(
        shown.stdout.contains(&format!("deleted ConfigMap {SERVICE}/new")),
        "{}",
        shown.transcript()
    );
    let found = stand.shell(&format!("kubectl get configmap new -n {SERVICE}")).await;
    assert!(found.stderr.contains("NotFound"), "{}", found.transcript());
    drop(serving);
}
