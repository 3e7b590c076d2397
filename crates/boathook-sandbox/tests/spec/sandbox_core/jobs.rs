//! Jobs: what the controller makes of them, as Kubernetes' documentation and source say it.

use std::time::Duration;

use boathook_sandbox::{Caller, Kind, Selector};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stand::Stand;

/// A Job whose program does so.
fn job(does: &str, spec: &Value) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.test/hello:v1", "args": [does]}]});
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work", "namespace": "fa"},
        "spec": {"template": {"spec": pod}},
    });
    for (field, value) in spec.as_object().unwrap() {
        job["spec"][field] = value.clone();
    }
    job
}

async fn created(does: &str, spec: Value) -> Stand {
    let stand = Stand::serving().await;
    stand.write("job.json", &job(does, &spec));
    let created = stand.kubectl("create -f job.json").await;
    assert_eq!(created.stdout.text(), "job.batch/work created\n", "{}", created.stderr.text());
    stand
}

fn get(stand: &Stand) -> Option<Value> {
    stand.cluster.get(&Caller::admin(), Kind::Job, Some("fa"), "work").ok()
}

fn pods(stand: &Stand) -> Vec<Value> {
    let selector = Selector::labels("job-name=work").unwrap();
    let list = stand.cluster.list(&Caller::admin(), Kind::Pod, Some("fa"), &selector).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// The conditions that hold, with their reasons, and the numbers of pods.
fn status(stand: &Stand) -> String {
    let status = &get(stand).unwrap()["status"];
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |one: &Value| {
        format!("{}={} {}, ", text(&one["type"]), text(&one["status"]), text(&one["reason"]))
    };
    let conditions: String = conditions.iter().map(line).collect();
    let pods = ["active", "succeeded", "failed"].map(|field| format!("{field} {}", status[field]));
    conditions + &pods.join(", ")
}

#[tokio::test(start_paused = true)]
async fn a_job_completes_with_its_pod_and_its_log_stays() {
    let stand = created("ends-after:3s:0", json!({})).await;
    sleep(Duration::from_secs(2)).await;
    expect!["active 1, succeeded null, failed 0"].assert_eq(&status(&stand));
    sleep(Duration::from_secs(3)).await;
    expect!["SuccessCriteriaMet=True CompletionsReached, Complete=True CompletionsReached, active 0, succeeded 1, failed 0"].assert_eq(&status(&stand));
    let pods = pods(&stand);
    let name = pods[0]["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("work-") && name.len() == "work-".len() + 5, "{name}");
    assert_eq!(pods[0]["metadata"]["ownerReferences"][0]["kind"], "Job");
    let log = stand.kubectl(&format!("logs {name} -n fa -c main --tail=1 --limit-bytes=4")).await;
    assert_eq!(log.stdout.text(), "done");
    let again = stand.kubectl("create -f job.json").await;
    expect![[r#"
        Error from server (AlreadyExists): error when creating "job.json": jobs.batch "work" already exists
    "#]].assert_eq(&again.stderr.text());
}

#[tokio::test(start_paused = true)]
async fn a_job_fails_once_its_pods_failed_more_often_than_its_limit() {
    let stand = created("crash:3", json!({"backoffLimit": 1})).await;
    sleep(Duration::from_secs(5)).await;
    expect!["active 0, succeeded null, failed 1"].assert_eq(&status(&stand));
    sleep(Duration::from_secs(10)).await;
    expect!["FailureTarget=True BackoffLimitExceeded, Failed=True BackoffLimitExceeded, active 0, succeeded null, failed 2"].assert_eq(&status(&stand));
    assert_eq!(pods(&stand).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_too_late_fails_and_loses_its_pod() {
    let stand = created("good", json!({"activeDeadlineSeconds": 5})).await;
    sleep(Duration::from_secs(6)).await;
    expect!["FailureTarget=True DeadlineExceeded, Failed=True DeadlineExceeded, active 0, succeeded null, failed 0"].assert_eq(&status(&stand));
    assert!(pods(&stand).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_suspended_job_has_no_pod_and_one_that_a_quota_keeps_out_has_an_event() {
    let stand = created("good", json!({"suspend": true})).await;
    sleep(Duration::from_secs(5)).await;
    expect!["Suspended=True JobSuspended, active null, succeeded null, failed null"]
        .assert_eq(&status(&stand));
    assert!(pods(&stand).is_empty());
    let stand = Stand::serving().await;
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few", "namespace": "fa"}, "spec": {"hard": {"pods": "1"}}});
    stand.write("quota.json", &quota);
    stand.write("job.json", &job("good", &json!({})));
    stand.kubectl("create -f quota.json").await;
    stand.kubectl("create -f job.json").await;
    sleep(Duration::from_secs(5)).await;
    let events =
        stand.cluster.list(&Caller::admin(), Kind::Event, Some("fa"), &Selector::default());
    let events = events.unwrap()["items"].as_array().unwrap().clone();
    let event = events.iter().find(|event| event["involvedObject"]["kind"] == "Job").unwrap();
    assert_eq!(event["reason"], "FailedCreate");
    let message = event["message"].as_str().unwrap();
    assert!(message.starts_with("Error creating: pods \"work-"), "{message}");
    assert!(
        message.ends_with(
            "is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1"
        ),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deleted_job_goes_after_its_pod_and_an_ended_one_when_its_time_is_over() {
    let stand = created("good", json!({})).await;
    sleep(Duration::from_secs(2)).await;
    let deleted = stand.kubectl("delete job work -n fa --wait=false --cascade=foreground").await;
    assert_eq!(deleted.stdout.text(), "job.batch \"work\" deleted\n");
    assert!(get(&stand).unwrap()["metadata"]["deletionTimestamp"].is_string());
    sleep(Duration::from_secs(3)).await;
    assert!(get(&stand).is_none() && pods(&stand).is_empty());
    let stand = created("ends-after:1s:0", json!({"ttlSecondsAfterFinished": 60})).await;
    sleep(Duration::from_secs(50)).await;
    assert!(get(&stand).is_some());
    sleep(Duration::from_secs(15)).await;
    assert!(get(&stand).is_none() && pods(&stand).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_pod_counts_as_failed_and_a_job_that_would_restart_for_ever_is_refused() {
    let stand = created("good", json!({"backoffLimit": 0})).await;
    sleep(Duration::from_secs(2)).await;
    let pod = pods(&stand)[0]["metadata"]["name"].as_str().unwrap().to_owned();
    stand.cluster.delete(&Caller::admin(), Kind::Pod, Some("fa"), &pod).unwrap();
    sleep(Duration::from_secs(1)).await;
    expect!["FailureTarget=True BackoffLimitExceeded, Failed=True BackoffLimitExceeded, active 0, succeeded null, failed 1"].assert_eq(&status(&stand));
    let mut wrong = job("good", &json!({}));
    wrong["spec"]["template"]["spec"]["restartPolicy"] = json!("Always");
    wrong["metadata"]["name"] = json!("other");
    stand.write("wrong.json", &wrong);
    let refused = stand.kubectl("create -f wrong.json").await;
    expect![[r#"
        The Job "other" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"
    "#]].assert_eq(&refused.stderr.text());
}
