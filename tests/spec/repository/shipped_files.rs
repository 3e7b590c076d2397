//! The files that boathook ships fit each other: what is configured is allowed, and what is applied
//! is what Knative takes.

use std::{fs, path::Path};

use boathook::config::Config;
use boathook_core::deployment::{Environment, ImageRef, Namespace, ServiceName};
use boathook_testing::shipped::Shipped as _;
use serde::Deserialize;
use serde_yaml::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The example's name in an environment, which is also its namespace.
fn example(environment: Environment) -> &'static str {
    match environment {
        Environment::DEVELOPMENT => "game-2048-dev",
        Environment::STAGING => "game-2048-staging",
        _ => "game-2048-prod",
    }
}

/// The documents of an environment's folder, in the order in which kubectl reads them.
fn documents(environment: Environment) -> Vec<Value> {
    let folder = Path::new(ROOT).join("manifests").join(environment.name());
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(
        files.iter().all(|file| file.extension().is_some_and(|extension| extension == "yaml")),
        "{files:?}"
    );
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    texts
        .iter()
        .flat_map(|text| serde_yaml::Deserializer::from_str(text))
        .map(|one| Value::deserialize(one).unwrap())
        .collect()
}

fn service(environment: Environment) -> Value {
    let services =
        documents(environment).into_iter().filter(|document| document["kind"] == "Service");
    let [service] = &services.collect::<Vec<_>>()[..] else {
        panic!("{environment} has not exactly one service")
    };
    service.clone()
}

#[test]
fn every_manifest_names_its_own_namespace_and_the_namespace_comes_first() {
    for environment in Environment::ALL {
        let documents = documents(environment);
        let name = example(environment);
        assert_eq!(
            (&documents[0]["kind"], &documents[0]["metadata"]["name"]),
            (&Value::from("Namespace"), &Value::from(name))
        );
        for document in &documents[1..] {
            assert_eq!(document["metadata"]["namespace"], name, "{environment}: {document:?}");
        }
        let service = service(environment);
        assert_eq!(
            (&service["apiVersion"], &service["metadata"]["name"]),
            (&"serving.knative.dev/v1".into(), &name.into())
        );
        Namespace::parse(name).unwrap();
        ServiceName::parse(name).unwrap();
    }
}

#[test]
fn a_service_leaves_traffic_and_revision_names_to_boathook() {
    for environment in Environment::ALL {
        let spec = &service(environment)["spec"];
        assert_eq!(spec.get("traffic"), None);
        assert_eq!(spec["template"]["metadata"].get("name"), None);
        assert_eq!(spec["template"]["spec"]["enableServiceLinks"], false);
    }
}

#[test]
fn the_container_says_where_it_listens_when_it_is_ready_and_what_it_may() {
    for environment in Environment::ALL {
        let containers = service(environment)["spec"]["template"]["spec"]["containers"].clone();
        let [container] = &containers.as_sequence().unwrap()[..] else {
            panic!("one container is expected in {containers:?}")
        };
        ImageRef::parse(container["image"].as_str().unwrap()).unwrap();
        assert!(container["ports"][0]["containerPort"].is_u64(), "{container:?}");
        assert!(container["readinessProbe"]["httpGet"]["path"].is_string(), "{container:?}");
        assert!(
            container["resources"]["requests"]["memory"].is_string()
                && container["resources"]["limits"]["memory"].is_string()
        );
        let security = &container["securityContext"];
        assert_eq!(
            (&security["allowPrivilegeEscalation"], &security["runAsNonRoot"]),
            (&false.into(), &true.into())
        );
        assert_eq!(
            (&security["capabilities"]["drop"][0], &security["seccompProfile"]["type"]),
            (&"ALL".into(), &"RuntimeDefault".into())
        );
    }
}

#[test]
fn the_shipped_configuration_allows_the_shipped_example_and_finds_its_manifests() {
    let config = Config::load(&Path::new(ROOT).join("config"), []).unwrap();
    for environment in Environment::ALL {
        let settings = &config.environments[&environment];
        let service = service(environment);
        let image = service["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap();
        let image = ImageRef::parse(image).unwrap();
        assert!(
            settings.allow.images.iter().any(|pattern| pattern.matches_repository(&image)),
            "{environment}: {image}"
        );
        assert!(
            settings.allow.namespaces.iter().any(|pattern| pattern.matches(example(environment)))
        );
        assert!(
            settings.allow.services.iter().any(|pattern| pattern.matches(example(environment)))
        );
        assert_eq!(settings.manifests, Path::new("manifests").join(environment.name()));
    }
}

fn unit(name: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("packaging/systemd").join(name)).unwrap();
    let settings =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn values(unit: &[(String, String)], key: &str) -> Vec<String> {
    unit.iter().filter(|(own, _)| own == key).map(|(_, value)| value.clone()).collect()
}

#[test]
fn the_units_hand_over_what_the_shipped_configuration_names() {
    let config = Config::load(&Path::new(ROOT).join("config"), []).unwrap();
    let sockets = values(&unit("boathook.socket"), "ListenStream");
    assert_eq!(
        sockets,
        [config.server.listen.unwrap().to_string(), config.operator.socket.display().to_string()]
    );

    let service = unit("boathook.service");
    let named = config
        .in_order()
        .into_iter()
        .flat_map(|(_, environment)| &environment.secrets)
        .map(|secret| secret.credential.clone().unwrap());
    let loaded = values(&service, "LoadCredential")
        .into_iter()
        .map(|entry| entry.split(':').next().unwrap().to_owned());
    assert_eq!(named.collect::<Vec<_>>(), loaded.collect::<Vec<_>>());
    assert_eq!(
        values(&service, "StateDirectory"),
        [config.state.directory.file_name().unwrap().to_str().unwrap()]
    );
    assert_eq!(
        values(&service, "WorkingDirectory"),
        ["/etc/boathook"],
        "relative manifests are looked for there"
    );
}

/// cargo hands it to SQLite's build, and to that of this test.
#[test]
fn every_build_has_a_sqlite_that_syncs_data_alone() {
    let flags = option_env!("LIBSQLITE3_FLAGS").unwrap_or_default();
    assert!(flags.split_whitespace().any(|flag| flag == "-DHAVE_FDATASYNC"), "{flags}");
    let image = fs::read_to_string(Path::new(ROOT).join("Dockerfile")).unwrap();
    assert!(image.contains("COPY .cargo .cargo"), "the image is built without the flags");
}
