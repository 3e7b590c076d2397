//! Objects that are as the real `kubectl apply` last made them.

use crate::support::stand::{SERVICE, Stand};

const APPLY: &str = " apply -f manifests/development --field-manager boathook";

/// An object that kubectl and the API server each write in their own way.
const OBJECTS: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words, creationTimestamp: null}\n\
     data: {motto: \"first\", size: 1024Mi}\n---\napiVersion: v1\nkind: ResourceQuota\n\
     metadata: {name: quota}\nspec: {hard: {requests.storage: 102400Mi, pods: 100}}\n";

struct Deployed<'a>(&'a Stand);

impl Deployed<'_> {
    /// What the applies of one more deployment printed, an empty text for none.
    async fn again(&self, tag: &str, id: &str) -> String {
        let sent = self.0.send(tag, id).await;
        assert_eq!(sent.code, 0, "{}", sent.transcript());
        let events = self
            .0
            .shell(
                "boathook commands \"$(boathook list --json --limit 1 | jq -r '.[0].id')\" --json",
            )
            .await;
        let records: Vec<serde_json::Value> = serde_json::from_str(&events.stdout).unwrap();
        let number = records.iter().map(|record| &record["event"]).find_map(|event| {
            let argv = event["argv"].as_array()?.iter().filter_map(|word| word.as_str());
            argv.collect::<Vec<_>>().join(" ").contains(APPLY).then(|| event["command"].clone())
        });
        let Some(number) = number else { return String::new() };
        let ended = records
            .iter()
            .map(|record| &record["event"])
            .find(|event| event["type"] == "command_ended" && event["command"] == number);
        ended.unwrap()["stdout"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_deployment_starts_no_kubectl_apply_unless_someone_changed_an_object_by_hand() {
    let stand = Stand::new("0s").await;
    let folder = stand.path().join("manifests");
    std::fs::create_dir(&folder).unwrap();
    for name in ["00-namespace.yaml", "10-game-2048.yaml"] {
        std::fs::copy(format!("manifests/development/{name}"), folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("20-objects.yaml"), OBJECTS).unwrap();
    let manifests = format!("BOATHOOK__ENVIRONMENTS__DEVELOPMENT__MANIFESTS={}", folder.display());
    let serving = stand.serve_with(&manifests, "").await;
    let deployed = Deployed(&stand);
    let first = deployed.again("v1", "one").await;
    assert!(first.contains("configmap/words created"), "{first}");
    assert_eq!(deployed.again("v2", "two").await, "", "nothing changed");
    let edit = format!(
        "kubectl patch configmap words -n {SERVICE} --type merge -p '{{\"data\":{{\"motto\":\"by hand\"}}}}'"
    );
    assert_eq!(stand.shell(&edit).await.code, 0);
    assert_eq!(deployed.again("v1", "three").await, "configmap/words configured\n");
    let motto = format!("kubectl get configmap words -n {SERVICE} -o 'jsonpath={{.data.motto}}'");
    assert_eq!(stand.shell(&motto).await.stdout, "first");
    assert_eq!(deployed.again("v2", "four").await, "", "it was put back");
    drop(serving);
}
