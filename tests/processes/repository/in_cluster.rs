//! `manifests/webhook-system`: boathook inside the cluster. What belongs together agrees, and a
//! cluster takes it.

use std::{
    collections::BTreeSet, ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path,
};

use boathook::config::{Config, OnNewerRequest};
use boathook_core::deployment::Environment;
use boathook_sandbox::harness::{SandboxHarness, kubectls};
use boathook_testing::shipped::Shipped as _;
use expect_test::{expect, expect_file};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{repository::systemd::Unit, support::listening::shell};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FOLDER: &str = "manifests/webhook-system";

fn objects() -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(Path::new(ROOT).join(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    texts
        .iter()
        .flat_map(|text| serde_yaml::Deserializer::from_str(text))
        .map(|one| Value::deserialize(one).unwrap())
        .collect()
}

fn object(kind: &str) -> Value {
    let found: Vec<Value> = objects().into_iter().filter(|object| object["kind"] == kind).collect();
    let [one] = &found[..] else { panic!("not exactly one {kind}: {found:#?}") };
    one.clone()
}

fn pod() -> Value {
    object("Deployment")["spec"]["template"]["spec"].clone()
}

fn config() -> Config {
    config_with(Vec::new())
}

fn config_with(variables: Vec<(OsString, OsString)>) -> Config {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in object("ConfigMap")["data"].as_object().unwrap() {
        fs::write(directory.path().join(name), text.as_str().unwrap()).unwrap();
    }
    Config::load(directory.path(), variables).unwrap()
}

#[tokio::test]
async fn a_cluster_takes_the_manifests_and_a_second_apply_changes_nothing() {
    let room = SandboxHarness::open();
    for environment in Environment::ALL {
        room.succeed(&[
            "apply",
            "-f",
            &format!("{ROOT}/manifests/{environment}/00-namespace.yaml"),
        ])
        .await;
    }
    room.succeed(&["apply", "-f", &format!("{ROOT}/{FOLDER}")]).await;
    let again = room.succeed(&["apply", "-f", &format!("{ROOT}/{FOLDER}")]).await;
    assert!(
        again.lines().count() == 14 && again.lines().all(|line| line.ends_with(" unchanged")),
        "{again}"
    );
}

#[tokio::test]
async fn the_roles_are_those_that_boathook_prints_for_the_shipped_manifests() {
    let printed = shell(&format!("cd {ROOT} && boathook rbac --config config"), &[]).await;
    expect_file!["../../../manifests/webhook-system/11-roles.yaml"].assert_eq(&printed.stdout);
}

#[test]
fn the_settings_are_the_shipped_ones_but_for_what_a_pod_has_otherwise() {
    let shipped = Config::load(&Path::new(ROOT).join("config"), []).unwrap();
    let config = config();
    assert_eq!(config.tools.kubeconfig, None, "the pod's own account");
    assert_eq!(config.tools.registries, None, "a pod has no files of the node's");
    assert!(shipped.tools.registries.is_some() && shipped.tools.kubeconfig.is_some());
    assert!(
        config.server.listen.unwrap().ip().is_unspecified()
            && !config.server.trusted_proxies.is_empty()
    );
    assert_eq!(
        (&config.state, &config.operator, &config.scheduler),
        (&shipped.state, &shipped.operator, &shipped.scheduler)
    );
    for (environment, settings) in config.environments {
        let shipped = &shipped.environments[&environment];
        assert!(!settings.pull.enabled && shipped.pull.enabled, "there is no containerd in a pod");
        assert_eq!(
            (&settings.allow, &settings.strategy),
            (&shipped.allow, &shipped.strategy),
            "{environment}"
        );
        assert_eq!(
            (&settings.health, &settings.require),
            (&shipped.health, &shipped.require),
            "{environment}"
        );
        assert_eq!(
            (settings.on_newer_request, &settings.traffic),
            (OnNewerRequest::Wait, &shipped.traffic),
            "{environment}"
        );
    }
}

#[test]
fn the_settings_name_files_that_are_mounted() {
    let mounted: BTreeSet<String> = pod()["containers"][0]["volumeMounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| mount["mountPath"].as_str().unwrap().to_owned())
        .collect();
    let config = config();
    assert!(mounted.contains(config.state.directory.to_str().unwrap()));
    assert!(mounted.contains(config.operator.socket.parent().unwrap().to_str().unwrap()));
    for (environment, settings) in &config.environments {
        assert!(
            mounted.contains(settings.manifests.to_str().unwrap()),
            "{environment}: {mounted:?}"
        );
        let secret = settings.secrets[0].file.as_ref().unwrap();
        assert!(
            mounted.contains(secret.parent().unwrap().to_str().unwrap()),
            "{environment}: {mounted:?}"
        );
        assert_eq!(secret.file_name().unwrap(), environment.name(), "the key in the Secret");
    }
    let names = |list: &Value, key: &str| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        names(&pod()["containers"][0]["volumeMounts"], "name"),
        names(&pod()["volumes"], "name")
    );
}

#[test]
fn there_is_one_boathook_at_a_time_with_as_few_rights_as_it_needs() {
    let deployment = object("Deployment");
    assert_eq!(deployment["metadata"]["name"], "webhook-handler");
    assert_eq!(
        (&deployment["spec"]["replicas"], &deployment["spec"]["strategy"]["type"]),
        (&1.into(), &"Recreate".into())
    );
    let pod = pod();
    let container = &pod["containers"][0];
    assert_eq!(
        (&pod["serviceAccountName"], &pod["securityContext"]["runAsNonRoot"]),
        (&"boathook".into(), &true.into())
    );
    let security = &container["securityContext"];
    assert_eq!(
        (&security["readOnlyRootFilesystem"], &security["allowPrivilegeEscalation"]),
        (&true.into(), &false.into())
    );
    assert_eq!(security["capabilities"]["drop"][0], "ALL");
    let without_namespace =
        objects().into_iter().filter(|object| object["metadata"]["namespace"].is_null());
    assert_eq!(
        without_namespace.map(|object| object["kind"].clone()).collect::<Vec<_>>(),
        ["Namespace"],
        "nothing is cluster-wide"
    );
}

/// What `manifests/webhook-system-postgres` makes of it, by kustomize.
async fn on_two_nodes() -> Vec<Value> {
    let kubectl = kubectls().remove(0);
    let built = shell(
        &format!(
            "{} kustomize --load-restrictor=LoadRestrictionsNone {ROOT}/{FOLDER}-postgres",
            kubectl.display()
        ),
        &[],
    )
    .await;
    assert_eq!(built.code, 0, "{}", built.transcript());
    let documents = serde_yaml::Deserializer::from_str(&built.stdout);
    documents.map(|one| Value::deserialize(one).unwrap()).collect()
}

#[tokio::test]
async fn with_a_database_there_are_two_on_two_nodes_replaced_one_by_one_and_else_nothing_differs() {
    let objects = on_two_nodes().await;
    let find = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap().clone();
    let set = find("StatefulSet");
    let budget = find("PodDisruptionBudget");
    let spec = &set["spec"];
    assert_eq!(
        (&spec["replicas"], &spec["updateStrategy"]["type"]),
        (&2.into(), &"RollingUpdate".into())
    );
    assert_eq!(spec["strategy"], Value::Null);
    assert_eq!(spec["selector"], object("Deployment")["spec"]["selector"]);
    assert_eq!(budget["spec"], json!({"maxUnavailable": 1, "selector": spec["selector"]}));
    let mut two = spec["template"]["spec"].clone();
    let [spread] = two["topologySpreadConstraints"].as_array().unwrap().as_slice() else {
        panic!("{two:#}")
    };
    assert_eq!(
        (&spread["topologyKey"], &spread["whenUnsatisfiable"], &spread["labelSelector"]),
        (&"kubernetes.io/hostname".into(), &"DoNotSchedule".into(), &spec["selector"])
    );
    let mut one = pod();
    one["volumes"].as_array_mut().unwrap().retain(|volume| volume["name"] != "state");
    // As YAML 1.1 reads 0440.
    one["volumes"][1]["secret"]["defaultMode"] = 0o440.into();
    assert_eq!(spec["volumeClaimTemplates"][0]["metadata"]["name"], "state");
    let environment = two["containers"][0]["env"].take();
    two["containers"][0].as_object_mut().unwrap().remove("env");
    two.as_object_mut().unwrap().remove("topologySpreadConstraints");
    assert_eq!(two, one);

    let variables: Vec<(OsString, OsString)> = environment
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| {
            (variable["name"].as_str().unwrap().into(), variable["value"].as_str().unwrap().into())
        })
        .collect();
    let config = config_with(variables);
    let url = config.state.postgres.unwrap().url.file.unwrap();
    assert_eq!(url, Path::new("/etc/boathook-secrets/postgres-url"));
    let egress = find("NetworkPolicy")["spec"]["egress"].as_array().unwrap().clone();
    let (last, others) = egress.split_last().unwrap();
    assert_eq!(last, &json!({"ports": [{"protocol": "TCP", "port": 5432}]}));
    assert_eq!(others, object("NetworkPolicy")["spec"]["egress"].as_array().unwrap().as_slice());
}

#[test]
fn a_request_finds_its_way_from_the_ingress_to_the_pod() {
    let ingress = object("Ingress");
    let backend = &ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"];
    let service = object("Service");
    let port = &object("Service")["spec"]["ports"][0];
    assert_eq!(
        (&backend["name"], &backend["port"]["name"]),
        (&service["metadata"]["name"], &port["name"])
    );
    let exposed = &pod()["containers"][0]["ports"][0];
    assert_eq!(
        (&port["targetPort"], exposed["containerPort"].as_u64()),
        (&exposed["name"], Some(config().server.listen.unwrap().port().into()))
    );
    assert_eq!(
        service["spec"]["selector"],
        object("Deployment")["spec"]["selector"]["matchLabels"]
    );
    assert_eq!(
        object("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        service["spec"]["selector"]
    );
    assert_eq!(ingress["spec"]["tls"][0]["hosts"][0], ingress["spec"]["rules"][0]["host"]);
    assert_eq!(
        format!("https://{}", ingress["spec"]["rules"][0]["host"].as_str().unwrap()),
        config().server.public_url
    );
}

/// A kubectl that only writes down what it was started with.
const KUBECTL: &str = "#!/bin/sh\nfor last; do :; done; (env | grep -e KUBE -e HOME | sort; echo \
                       $last) > \"$0.new\"; mv \"$0.new\" \"${0%/*}/seen\"\nexit 1\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_pod_kubectl_is_shown_where_the_cluster_is_and_gets_no_kubeconfig() {
    let mut unit = Unit::new();
    let path = unit.path().to_owned();
    fs::write(path.join("kubectl"), KUBECTL).unwrap();
    fs::set_permissions(path.join("kubectl"), fs::Permissions::from_mode(0o755)).unwrap();
    unit.config = path.join("config");
    fs::create_dir(&unit.config).unwrap();
    for name in ["default", "development", "staging", "production"] {
        let shipped =
            fs::read_to_string(Path::new(ROOT).join(format!("config/{name}.yaml"))).unwrap();
        let own = shipped
            .replace("kubeconfig: /etc/boathook/kubeconfig", "kubeconfig: null")
            .replace("  pull:\n    enabled: true", "  pull:\n    enabled: false");
        fs::write(unit.config.join(format!("{name}.yaml")), own).unwrap();
    }

    let pod = "KUBERNETES_SERVICE_HOST=10.43.0.1 KUBERNETES_SERVICE_PORT=443 KUBE_ELSE=x";
    let serving =
        unit.start(&format!("{pod} BOATHOOK__TOOLS__PATH={}:/usr/bin:/bin", path.display())).await;
    assert_eq!(unit.hears().await, "READY=1");
    let line = format!(
        "boathook health --url http://{address}/health && boathook send --url http://{address} \
         --secret-file {path}/secret --environment development --image \
         ghcr.io/your-org/game-2048:v1 --namespace game-2048-dev --service game-2048-dev \
         --no-follow >/dev/null; until [ -s {path}/seen ]; do sleep 0.1; done; cat {path}/seen",
        address = unit.address,
        path = path.display()
    );
    let asked = shell(&line, &[]).await;
    let seen = asked.stdout.replace(path.to_str().unwrap(), "DIR");
    expect![[r#"
        200 OK
        HOME=DIR/state/programs-home
        KUBECACHEDIR=DIR/state/kubectl-cache
        KUBERC=off
        KUBERNETES_MASTER=http://the-kubeconfig-names-no-cluster.invalid
        KUBERNETES_SERVICE_HOST=10.43.0.1
        KUBERNETES_SERVICE_PORT=443
        --vmodule=with_retry=4
    "#]]
    .assert_eq(&seen);
    serving.terminate().await;
    let gone = shell(&format!("boathook health --url http://{}/health", unit.address), &[]).await;
    let result = format!(
        "error: http://{}/health gave no answer: Connection refused (os error 111)\n",
        unit.address
    );
    assert_eq!((gone.code, gone.stdout.as_str(), gone.stderr), (1, "", result));
}
