//! The PodAutoscaler that each revision has.

use boathook_sandbox::{Behaviour, Kind};
use serde_json::json;

use super::stand::{REPOSITORY, Stand, condition, condition_text, image, pass};

#[tokio::test(start_paused = true)]
async fn an_autoscaler_follows_its_revision_to_zero_and_back() {
    let stand = Stand::serving().await;
    let scale = |stand: &Stand| {
        let status = stand.object(Kind::PodAutoscaler, "hello-00001")["status"].clone();
        (status["desiredScale"].clone(), status["actualScale"].clone())
    };
    let own = stand.object(Kind::PodAutoscaler, "hello-00001");
    assert_eq!(own["metadata"]["ownerReferences"][0]["name"], "hello-00001");
    assert_eq!(own["metadata"]["labels"]["serving.knative.dev/service"], "hello");
    assert_eq!(
        own["spec"]["scaleTargetRef"],
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "hello-00001-deployment"})
    );
    assert_eq!(
        (scale(&stand), condition(&own, "Ready")),
        ((json!(1), json!(1)), "True".to_owned())
    );
    pass(65_000).await;
    assert_eq!(scale(&stand), (json!(0), json!(0)));
    assert_eq!(
        condition_text(&stand.object(Kind::PodAutoscaler, "hello-00001"), "Ready"),
        "False NoTraffic: The target is not receiving traffic."
    );
    assert_eq!(stand.ask("hello.fa.example.test").await, "200 v1 rev=hello-00001");
    assert_eq!(scale(&stand), (json!(1), json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_does_not_come_up_has_an_autoscaler_that_waits_and_one_without_an_image_has_none()
 {
    let stand = Stand::serving().await;
    stand.cluster.publish(REPOSITORY, "bad", Behaviour::crash("bad", 3, "FATAL"));
    stand.steer(json!([image("bad")])).await;
    pass(20_000).await;
    let own = stand.object(Kind::PodAutoscaler, "hello-00002");
    assert_eq!(
        condition_text(&own, "Active"),
        "Unknown Queued: Requests to the target are being buffered as resources are provisioned."
    );
    assert_eq!(own["status"]["actualScale"], 0);
    stand.steer(json!([image("absent")])).await;
    pass(5_000).await;
    assert_eq!(stand.names(Kind::PodAutoscaler), ["hello-00001", "hello-00002"]);
    assert_eq!(stand.names(Kind::Revision), ["hello-00001", "hello-00002", "hello-00003"]);
    assert!(stand.kubectl("delete ksvc hello -n fa").await.is_success());
    assert_eq!(stand.names(Kind::PodAutoscaler), [""; 0]);
}
