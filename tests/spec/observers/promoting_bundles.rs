//! A bundle goes on with the image that it was proven with, and each environment uses its own folder
//! of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::{bundles, journal::DeploymentView};
use boathook_core::{
    deployment::{Actor, Bundle, Environment, Namespace, ServiceKey},
    record::Outcome,
};
use boathook_sandbox::{Caller, Kind};
use boathook_testing::{
    rollout_harness::manifest,
    samples::{self, QUEUE, bundle, service},
    shipped::Shipped as _,
};
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::promotion_harness::{Chain, REPOSITORY};

const PLACES: [(&str, &str); 3] =
    [("development", "game-dev"), ("staging", "game-staging"), ("production", "game-prod")];

/// Which environments take bundles, once each has served with its folder.
async fn taking(environments: &'static [&'static str]) -> Chain {
    let chain = Chain::with(|environment, text| {
        if environments.contains(&environment) {
            *text = text.replace("services: [game]", "services: [game], manifests: both");
        }
    });
    assert_eq!(chain.send("development", json!({})).await.status, 202);
    until_in_production(&chain).await;
    chain
}

/// Waits until what development was sent has reached production, and ended there.
async fn until_in_production(chain: &Chain) -> DeploymentView {
    chain.until_ended(Environment::DEVELOPMENT).await;
    chain.until_ended(Environment::STAGING).await;
    chain.until_ended(Environment::PRODUCTION).await
}

/// A folder for each environment, with this greeting.
fn greeting(value: &str) -> Bundle {
    of_files(&PLACES.map(|place| service_file(place, value)))
}

/// The same folders, each with a ConfigMap that says the greeting too.
fn greeting_twice(value: &str) -> Bundle {
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: words}}\ndata: {{greeting: {value}}}\n"
    );
    let maps = PLACES.map(|(environment, _)| (format!("{environment}/words.yaml"), map.clone()));
    of_files(&[PLACES.map(|place| service_file(place, value)), maps].concat())
}

fn service_file((environment, namespace): (&str, &str), value: &str) -> (String, String) {
    let service = manifest(&format!("{value}-{environment}"));
    let service = service.replace("namespace: game", &format!("namespace: {namespace}"));
    (format!("{environment}/game.yaml"), service)
}

fn of_files(files: &[(String, String)]) -> Bundle {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    bundle(&files)
}

fn packed(bundle: &Bundle) -> Value {
    json!(STANDARD.encode(bundles::pack(bundle).unwrap()))
}

/// What the service says in each environment.
fn says(chain: &Chain) -> String {
    let greets = PLACES.map(|(_, namespace)| {
        let service = chain.cluster.get(&Caller::admin(), Kind::Service, Some(namespace), "game");
        let service = service.unwrap();
        let env = &service["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"];
        env.as_str().unwrap().to_owned()
    });
    greets.join(" ")
}

#[tokio::test(start_paused = true)]
async fn one_signed_request_brings_image_and_bundle_from_development_to_production() {
    let chain = taking(&["development", "staging", "production"]).await;
    let brought = greeting("moin");
    let fields = json!({"deployment_id": "102-1", "manifests": packed(&brought)});
    assert_eq!(chain.send("development", fields).await.status, 202);
    let production = until_in_production(&chain).await;
    assert_eq!(production.status.end(), Some(Outcome::Succeeded), "{production:#?}");
    assert_eq!(says(&chain), "moin-development moin-staging moin-production");
    assert_eq!(production.manifests, Some(format!("bundle {} of this request", brought.digest())));
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_takes_manifests_from_the_node_alone_is_promoted_the_image_alone() {
    let chain = taking(&["development", "staging"]).await;
    let fields = json!({"deployment_id": "102-1", "manifests": packed(&greeting("moin"))});
    assert_eq!(chain.send("development", fields).await.status, 202);
    let production = until_in_production(&chain).await;
    assert_eq!(production.status.end(), Some(Outcome::Succeeded), "{production:#?}");
    assert_eq!(says(&chain), "moin-development moin-staging hi");
    assert_eq!(production.manifests.as_deref(), Some("manifests/production of the node"));
}

#[tokio::test(start_paused = true)]
async fn where_proof_is_required_the_pair_of_image_and_bundle_counts() {
    let chain = taking(&["development", "staging", "production"]).await;
    let digest = chain.history(&chain.all().await[0].id).await.image.digest().unwrap().clone();
    let image = format!("{REPOSITORY}@{digest}");
    let send = async |id: &str, image: &str, bundle: Option<&Bundle>| {
        let mut fields = json!({"deployment_id": id, "image": image});
        if let Some(bundle) = bundle {
            fields["manifests"] = packed(bundle);
        }
        chain.send("production", fields).await
    };
    // The image alone is proven with whatever it had there.
    assert_eq!(send("103-1", &image, None).await.status, 202);
    chain.until_ended(Environment::PRODUCTION).await;
    let refused = send("103-2", &image, Some(&greeting("moin"))).await.refusal();
    let refused = refused.replace(digest.as_str(), "IMAGE");
    expect!["403 production does not accept this deployment: registry.example/game@IMAGE with bundle BUNDLE did not succeed in staging within the time that `require.proven` allows; deploy it there first, or have it promoted from there"].assert_eq(&refused.replace(greeting("moin").digest().as_str(), "BUNDLE"));
    // Of a tag it is known once the image is pulled.
    assert_eq!(
        send("103-3", &format!("{REPOSITORY}:1"), Some(&greeting("moin"))).await.status,
        202
    );
    let rejected = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(rejected.status.end(), Some(Outcome::Rejected), "{rejected:#?}");
    let fields = json!({"deployment_id": "104-1", "manifests": packed(&greeting("moin"))});
    assert_eq!(chain.send("staging", fields).await.status, 202);
    let promoted = until_in_production(&chain).await;
    assert_eq!(promoted.status.end(), Some(Outcome::Succeeded), "{promoted:#?}");
    // The other way round it was proven too.
    assert_eq!(send("103-4", &image, Some(&greeting("moin"))).await.status, 202);
    let again = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(again.status.end(), Some(Outcome::Succeeded), "{again:#?}");
}

/// What the ConfigMap says in an environment, once there is one.
fn words(chain: &Chain, namespace: &str) -> String {
    let map = chain.cluster.get(&Caller::admin(), Kind::ConfigMap, Some(namespace), "words");
    map.map_or_else(
        |_| "-".to_owned(),
        |map| map["data"]["greeting"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test(start_paused = true)]
async fn an_environment_variable_and_a_config_map_are_shown_change_together_and_come_back_together()
{
    let chain = taking(&["staging", "production"]).await;
    let send = async |id: &str, tag: &str, value: &str| {
        let image = format!("{REPOSITORY}:{tag}");
        let bundle = packed(&greeting_twice(value));
        let fields = json!({"deployment_id": id, "image": image, "manifests": bundle});
        assert_eq!(chain.send("staging", fields).await.status, 202);
    };
    send("105-1", "1", "hello").await;
    until_in_production(&chain).await;
    // It is shown before it is done.
    let asked = json!({
        "deployment_id": "105-2", "image": format!("{REPOSITORY}:2"), "dry_run": true,
        "manifests": packed(&greeting_twice("moin")),
    });
    let shown = chain.send("staging", asked).await;
    let changes = shown.json()["changes"].as_array().unwrap().clone();
    let shown: String = changes
        .iter()
        .flat_map(|change| {
            let object = change["object"].as_str().unwrap().to_owned();
            let diff = change["diff"].as_str().unwrap().to_owned();
            let greets = |line: &str| line.contains("hello") || line.contains("moin");
            let lines: Vec<String> =
                diff.lines().filter(|line| greets(line)).map(str::to_owned).collect();
            lines.into_iter().map(move |line| format!("{object} {line}\n"))
        })
        .collect();
    expect![[r#"
        Service/game -          value: hello-staging
        Service/game +          value: moin-staging
        ConfigMap/words -  greeting: hello
        ConfigMap/words +  greeting: moin
    "#]]
    .assert_eq(&shown);
    assert_eq!(words(&chain, "game-staging"), "hello");
    // One signed request changes both, and is promoted with both.
    send("105-3", "2", "moin").await;
    until_in_production(&chain).await;
    assert_eq!(says(&chain), "hi moin-staging moin-production");
    assert_eq!(["game-staging", "game-prod"].map(|place| words(&chain, place)), ["moin", "moin"]);
    assert_eq!(chain.serves("game-prod"), "v2");
    // A bad one of either takes neither along.
    send("105-4", "crash", "ahoy").await;
    let bad = chain.until_ended(Environment::STAGING).await;
    assert_eq!(bad.status.end(), Some(Outcome::RolledBack), "{bad:#?}");
    assert_eq!(says(&chain), "hi moin-staging moin-production");
    assert_eq!(words(&chain, "game-staging"), "moin");
    // What an operator rolls back goes back to what the deployment before had.
    let game = ServiceKey { namespace: Namespace::parse("game-prod").unwrap(), ..service("game") };
    let order = samples::rollback(Environment::PRODUCTION, &game, None, Actor::new("ada"));
    chain.parts.journal().order_rollback(order, QUEUE).await.unwrap();
    let back = chain.until_ended(Environment::PRODUCTION).await;
    assert_eq!(back.status.end(), Some(Outcome::Succeeded), "{back:#?}");
    assert_eq!(says(&chain), "hi moin-staging hello-production");
    assert_eq!(["game-staging", "game-prod"].map(|place| words(&chain, place)), ["moin", "hello"]);
    assert_eq!(chain.serves("game-prod"), "v1");
}
