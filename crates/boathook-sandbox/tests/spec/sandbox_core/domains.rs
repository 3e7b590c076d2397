//! Domains that are mapped to a service, and the claims that they need.

use boathook_sandbox::{Caller, Kind};
use serde_json::{Value, json};

use super::stand::{Stand, condition, condition_text, image, pass};

const DOMAIN: &str = "shop.example.org";

fn mapping(service: &str) -> Value {
    json!({
        "apiVersion": "serving.knative.dev/v1beta1", "kind": "DomainMapping",
        "metadata": {"name": DOMAIN, "namespace": "fa"},
        "spec": {
            "ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": service},
        },
    })
}

fn claim(namespace: &str) -> Value {
    json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1", "kind": "ClusterDomainClaim",
        "metadata": {"name": DOMAIN}, "spec": {"namespace": namespace},
    })
}

async fn apply(stand: &Stand, object: &Value) -> String {
    stand.write("d/object.yaml", object);
    let applied = stand.kubectl("apply -f d").await;
    assert!(applied.is_success(), "{}", applied.stderr.text());
    pass(1_000).await;
    applied.stdout.text().trim_end().to_owned()
}

fn shown(stand: &Stand) -> Value {
    stand.object(Kind::DomainMapping, DOMAIN)
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_claimed_for_the_namespace_leads_to_the_service_and_follows_its_rollout() {
    let stand = Stand::serving().await;
    assert_eq!(
        apply(&stand, &claim("fa")).await,
        format!("clusterdomainclaim.networking.internal.knative.dev/{DOMAIN} created")
    );
    assert_eq!(stand.ask(DOMAIN).await, "404");
    assert_eq!(
        apply(&stand, &mapping("hello")).await,
        format!("domainmapping.serving.knative.dev/{DOMAIN} created")
    );
    assert_eq!(condition_text(&shown(&stand), "Ready"), "True : ");
    assert_eq!(
        condition_text(&shown(&stand), "CertificateProvisioned"),
        "True TLSNotEnabled: external-domain-tls is not enabled"
    );
    assert_eq!(shown(&stand)["status"]["url"], "http://shop.example.org");
    assert_eq!(shown(&stand)["spec"]["ref"]["namespace"], "fa");
    assert_eq!(stand.ask(DOMAIN).await, "200 v1 rev=hello-00001");
    stand.steer(json!([image("v2")])).await;
    stand.until_ready().await;
    assert_eq!(stand.ask(DOMAIN).await, "200 v2 rev=hello-00002");
    assert!(stand.kubectl(&format!("delete domainmapping {DOMAIN} -n fa")).await.is_success());
    assert_eq!(stand.ask(DOMAIN).await, "404");
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v2 rev=hello-00002");
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_claimed_later_is_noticed_at_once() {
    let stand = Stand::serving().await;
    apply(&stand, &mapping("hello")).await;
    let taken =
        "False DomainAlreadyClaimed: The domain name is already in use by another DomainMapping";
    assert_eq!(condition_text(&shown(&stand), "Ready"), taken);
    pass(100_000).await;
    apply(&stand, &claim("elsewhere")).await;
    assert_eq!(condition_text(&shown(&stand), "DomainClaimed"), taken);
    apply(&stand, &claim("fa")).await;
    assert_eq!(condition(&shown(&stand), "Ready"), "True");
    stand.cluster.delete(&Caller::admin(), Kind::ClusterDomainClaim, None, DOMAIN).unwrap();
    pass(1_000).await;
    assert_eq!(condition_text(&shown(&stand), "Ready"), taken);
    assert_eq!(stand.ask(DOMAIN).await, "404");
}

#[tokio::test(start_paused = true)]
async fn a_domain_of_a_service_that_is_not_there_waits_for_it() {
    let stand = Stand::new();
    stand.write(
        "m/00-ns.yaml",
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fa"}}),
    );
    assert!(stand.kubectl("apply -f m").await.is_success());
    apply(&stand, &claim("fa")).await;
    apply(&stand, &mapping("hello")).await;
    let missing = "False ResolveFailed: failed to get object fa/hello: \
                   services.serving.knative.dev \"hello\" not found";
    assert_eq!(condition_text(&shown(&stand), "ReferenceResolved"), missing);
    pass(600_000).await;
    stand.write("s/hello.yaml", &super::stand::service("v1"));
    assert!(stand.kubectl("apply -f s").await.is_success());
    stand.until_ready().await;
    pass(1_000).await;
    assert_eq!(condition(&shown(&stand), "Ready"), "True");
    assert_eq!(stand.ask(DOMAIN).await, "200 v1 rev=hello-00001");
    assert!(stand.kubectl("delete ksvc hello -n fa").await.is_success());
    pass(1_000).await;
    assert_eq!(condition_text(&shown(&stand), "Ready"), missing);
}
