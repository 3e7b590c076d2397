//! What boathook's account may do in a cluster: enough for every rollout, nothing that none needs,
//! and the same everywhere.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use boathook::{cluster::Reads, feeds::Feeds, plan::Settings};
use boathook_core::{
    api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    deployment::{Namespace, ServiceName},
    permissions::{self, Grant, Rule},
    record::{CommandEvent, Event, Outcome},
    rollout::{ChangedObjects, CreatedObjects, RestoreRule},
};
use boathook_sandbox::{Behaviour, Caller, FakeApiServer, FakeTools, Kind, WriteOptions};
use boathook_testing::rollout_harness::{
    Harness, REPOSITORY, blue_green, brief, request, settings,
};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{
    job_harness::serving_with_jobs,
    restoring_harness::{deployed, map},
};

fn grant() -> Grant {
    Grant::one(Namespace::parse("game").unwrap(), ServiceName::parse("game").unwrap())
}

/// Everything is done and read with someone's credentials; gives the reads that are forbidden.
fn act_as(harness: &mut Harness, caller: &Caller) -> Arc<Refusals> {
    let cluster = &harness.cluster;
    let server = FakeApiServer::new(cluster.clone()).as_caller(caller.clone());
    let refusals = Arc::new(Refusals { server, forbidden: Mutex::default() });
    harness.engine.feeds = Feeds::new(Arc::clone(&refusals) as Arc<dyn ApiServer>);
    harness.engine.reads = Reads::new(Arc::clone(&refusals) as Arc<dyn ApiServer>);
    harness.engine.runner = Arc::new(FakeTools::new(cluster.clone()).as_caller(caller.clone()));
    refusals
}

/// An API server, and what it forbade.
struct Refusals {
    server: FakeApiServer,
    forbidden: Mutex<Vec<String>>,
}

impl Refusals {
    fn note(&self, answer: &ReadAnswer) {
        if answer.code == 403 {
            self.forbidden.lock().unwrap().push(String::from_utf8_lossy(&answer.body).into_owned());
        }
    }
}

impl ApiServer for Refusals {
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        async move {
            let answer = self.server.read(request).await?;
            self.note(&answer);
            Ok(answer)
        }
        .boxed()
    }

    fn watch(&self, request: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        async move {
            let answer = self.server.watch(request).await?;
            if let WatchAnswer::Refused(answer) = &answer {
                self.note(answer);
            }
            Ok(answer)
        }
        .boxed()
    }
}

/// What the cluster forbade an account with these rules, in a first deployment, in one with stages,
/// in one whose image crashes, and in one whose image never becomes ready.
async fn forbidden(rules: Vec<Rule>) -> Vec<String> {
    let mut harness = Harness::new();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    harness
        .cluster
        .create(&Caller::admin(), Kind::Namespace, None, namespace, &WriteOptions::default())
        .unwrap();
    harness.cluster.publish(REPOSITORY, "unready", Behaviour::never_ready("v4"));
    let caller = Caller::limited(&permissions::user(), Namespace::parse("game").unwrap(), rules);
    let refusals = act_as(&mut harness, &caller);
    let mut said = Vec::new();
    for request in
        [request("1", "1"), blue_green("2", "2"), request("crash", "3"), request("unready", "4")]
    {
        for record in harness.deploy_request(request).await.records {
            match record.event {
                Event::Command(CommandEvent::CommandEnded { stderr, .. })
                    if stderr.contains("(Forbidden)") =>
                {
                    said.push(stderr)
                }
                _ => {}
            }
        }
    }
    said.append(&mut refusals.forbidden.lock().unwrap());
    said
}

#[tokio::test(start_paused = true)]
async fn every_command_of_a_rollout_and_of_a_rollback_is_permitted() {
    assert_eq!(forbidden(grant().rules()).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn every_permission_is_needed() {
    let rules = grant().rules();
    for (index, rule) in rules.iter().enumerate() {
        for verb in &rule.verbs {
            let mut fewer = rules.clone();
            fewer[index].verbs.retain(|other| other != verb);
            let said = forbidden(fewer).await.concat().replace('\\', "");
            let refusal = format!("cannot {verb} resource \"{}\"", rule.resource);
            assert!(
                said.contains(&refusal),
                "without {verb} on {} nothing failed for it: {said}",
                rule.resource
            );
        }
    }
}

/// How a rollout that succeeds and one whose image crashes end for an account with these rules.
async fn ends(rules: Vec<Rule>) -> Vec<(Outcome, String)> {
    let mut harness = Harness::new();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    harness
        .cluster
        .create(&Caller::admin(), Kind::Namespace, None, namespace, &WriteOptions::default())
        .unwrap();
    let caller = Caller::limited(&permissions::user(), Namespace::parse("game").unwrap(), rules);
    act_as(&mut harness, &caller);
    let mut ends = Vec::new();
    for request in [request("1", "1"), blue_green("2", "2"), request("crash", "3")] {
        let result = harness.deploy_request(request).await;
        ends.push((result.end(), harness.serves()));
    }
    ends
}

#[tokio::test(start_paused = true)]
async fn without_a_right_that_is_optional_every_deployment_ends_as_it_does_with_it_and_without_another_one_does_not()
 {
    let rules = grant().rules();
    let well = ends(rules.clone()).await;
    assert_eq!(
        well.iter().map(|(end, _)| *end).collect::<Vec<_>>(),
        [Outcome::Succeeded, Outcome::Succeeded, Outcome::RolledBack]
    );
    let mut wrong = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        for verb in &rule.verbs {
            let mut fewer = rules.clone();
            fewer[index].verbs.retain(|other| other != verb);
            if (ends(fewer).await == well) != rule.without.is_some() {
                wrong.push(format!("{verb} {}: {:?}", rule.resource, rule.without));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_a_rollback_deletes_is_permitted_where_the_settings_say_so() {
    let config_maps = BTreeSet::from([permissions::Kind {
        group: String::new(),
        resource: "configmaps".to_owned(),
    }]);
    let rollback =
        RestoreRule { objects: ChangedObjects::Restore, created: CreatedObjects::Delete };
    for (deleted, begin, end) in [
        (config_maps.clone(), "deleted ConfigMap game/new", ""),
        (BTreeSet::new(), "left ConfigMap game/new (", "in the namespace \"game\")"),
    ] {
        let mut harness = deployed(Settings { rollback, ..settings() }).await;
        harness.manifest("30-new.yaml", &map("new", "first"));
        let rules = Grant { kinds: config_maps.clone(), deleted, ..grant() }.rules();
        let namespace = Namespace::parse("game").unwrap();
        act_as(&mut harness, &Caller::limited(&permissions::user(), namespace, rules));
        let result = harness.deploy("crash").await;
        harness.assert_ended(&result, Outcome::RolledBack, "v1 100");
        let restored = result.outcome.findings.restored.to_string();
        assert!(restored.starts_with(begin) && restored.ends_with(end), "{restored}");
    }
}

/// What the cluster forbade an account with these rules, in a deployment whose Job never ends, and in
/// the next.
async fn forbidden_with_jobs(rules: Vec<Rule>) -> String {
    let mut harness = serving_with_jobs(brief(), "ends-after:1s:0", "good").await;
    let caller = Caller::limited(&permissions::user(), Namespace::parse("game").unwrap(), rules);
    let refusals = act_as(&mut harness, &caller);
    let mut said = String::new();
    for request in [blue_green("2", "1"), blue_green("2", "2")] {
        let result = harness.deploy_request(request).await;
        said += result.reason();
        said += &result.timeline();
    }
    said + &refusals.forbidden.lock().unwrap().concat()
}

#[tokio::test(start_paused = true)]
async fn jobs_that_must_succeed_need_these_rights_and_only_where_there_are_some() {
    let rules = Grant { runs_jobs: true, ..grant() }.rules();
    let said = forbidden_with_jobs(rules.clone()).await;
    assert!(!said.contains("Forbidden") && !said.contains("may not"), "{said}");
    for verb in permissions::JOB_VERBS {
        let mut fewer = rules.clone();
        for rule in fewer.iter_mut().filter(|rule| rule.resource == "jobs") {
            rule.verbs.retain(|other| *other != verb);
        }
        let said = forbidden_with_jobs(fewer).await;
        assert!(said.contains(&format!("may not {verb} jobs in game")), "{verb}: {said}");
    }
    assert!(grant().rules().iter().all(|rule| rule.resource != "jobs"));
}

#[test]
fn what_the_role_prints_is_what_the_sandbox_goes_by() {
    let grant = Grant {
        kinds: [permissions::Kind {
            group: "networking.k8s.io".to_owned(),
            resource: "networkpolicies".to_owned(),
        }]
        .into(),
        ..grant()
    };
    let text = permissions::manifests(std::slice::from_ref(&grant), &BTreeSet::new());
    let objects: Vec<Value> = serde_yaml::Deserializer::from_str(&text)
        .map(|one| Value::deserialize(one).unwrap())
        .collect();
    let [role, binding] = &objects[..] else { panic!("{text}") };
    let rules = grant.rules().into_iter().map(
        |Rule { verbs, group, resource, names, why: _, without: _ }| {
            let mut rule = json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
            if !names.is_empty() {
                rule["resourceNames"] = json!(names);
            }
            rule
        },
    );
    assert_eq!(role["rules"], rules.collect::<Value>());
    assert_eq!((&role["kind"], &role["metadata"]["namespace"]), (&json!("Role"), &json!("game")));
    assert_eq!(
        binding["roleRef"],
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "boathook"})
    );
    assert_eq!(
        binding["subjects"],
        json!([{"kind": "ServiceAccount", "name": "boathook", "namespace": "webhook-system"}])
    );
}

#[test]
fn a_namespace_without_a_service_gives_no_right_to_any_service_by_name() {
    let rules = Grant::empty(Namespace::parse("game").unwrap()).rules();
    assert!(
        rules.iter().all(|rule| !rule.allows(
            "patch",
            "serving.knative.dev",
            "services",
            Some("any")
        )),
        "{rules:#?}"
    );
}
