//! Deployments that wait for an operator's yes: what they hold, who may say what, and what becomes
//! of those that nobody answers.

use boathook::config::Approve;
use boathook_core::{
    clock::Clock,
    deployment::{Actor, DeploymentId},
    record::{DeploymentEvent, Event},
};
use boathook_testing::delivery::{Delivery, body_with};
use expect_test::expect;
use serde_json::json;

use crate::support::{
    listening::{Listening, shell},
    senders::{send, success, transcript},
};

async fn run(listening: &Listening, line: &str) -> String {
    shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approve_and_reject_on_the_command_line_are_recorded_with_user_and_note() {
    let listening = Listening::start();
    let mut all = Vec::new();
    let wanted = |id: &str, approval: bool| {
        Delivery::of(&body_with(
            json!({"deployment_id": id, "approval": approval, "timestamp": Clock::system().now()}),
        ))
    };
    let first = listening.harness.accept(wanted("1", true)).await.id;
    all.push(run(&listening, "approve 1 --note 'tested by hand'").await);
    all.push(run(&listening, "approve 1").await);
    let second = listening.harness.accept(wanted("2", true)).await.id;
    all.push(run(&listening, "reject 2 --note ' '").await);
    all.push(run(&listening, "pause 2").await);
    all.push(run(&listening, "reject 2 --note 'not on a Friday'").await);
    expect![[r#"
        exit 0
        --- stdout
        approved 1, game/game in development
        --- stderr

        exit 2
        --- stdout
        --- stderr
        error: cannot approve: the deployment is queued, and only one that awaits approval can be answered
        exit 2
        --- stdout
        --- stderr
        error: say why: a rejection needs a `note`
        exit 2
        --- stdout
        --- stderr
        error: cannot pause: the deployment is awaiting approval; possible now: abort
        exit 0
        --- stdout
        rejected 2, game/game in development
        --- stderr
    "#]]
    .assert_eq(&all.join("\n"));
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let said = async |id: &DeploymentId| {
        listening.harness.journal.records(id, 0).await.unwrap().swap_remove(1).event
    };
    assert_eq!(
        said(&first).await,
        Event::Deployment(DeploymentEvent::Approved {
            by: Actor::new(user.clone()).noting("tested by hand")
        })
    );
    assert_eq!(
        said(&second).await,
        Event::Deployment(DeploymentEvent::Rejected {
            by: Actor::new(user.clone()).noting("not on a Friday")
        })
    );
    let shown = run(&listening, "show 1").await;
    assert!(shown.contains(&format!("approved by {user}: tested by hand, ")), "{shown}");
    let list = run(&listening, "list --status awaiting_approval").await;
    assert!(list.contains("no deployments"), "{list}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_says_that_it_waits_for_approval_and_who_gave_it() {
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always
    });
    let approved =
        Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada").noting("go") });
    listening.play_when_accepted([vec![approved], success()].concat());
    let ran = send(&listening.url(), "").await;
    let result = transcript(&listening, &ran).await;
    assert!(result.contains("TIME awaiting approval until 2"), "{result}");
    assert!(
        result.contains(
            "UTC: approve it with `boathook approve`\nTIME approved by ada: go\n\
             TIME reading the cluster"
        ),
        "{result}",
    );
    assert_eq!(ran.code, 0, "{result}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_users_approval_counts_once_and_the_answer_says_how_many_there_are() {
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        let approvers = &mut admission.policies[0].config.approval.approvers;
        (approvers.count, approvers.users) = (2, vec![user.clone()]);
    });
    let wanted = |id: &str| {
        Delivery::of(&body_with(json!({"deployment_id": id, "timestamp": Clock::system().now()})))
    };
    let id = listening.harness.accept(wanted("1")).await.id;
    let mut all = vec![run(&listening, "approve 1 --note 'tested by hand'").await];
    all.push(run(&listening, "approve 1").await);
    let by_bob = Event::Deployment(DeploymentEvent::Approved { by: Actor::new("someone-else") });
    listening.harness.journal.append(&id, by_bob).await.unwrap();
    all.push(run(&listening, "approve 1").await);
    expect![[r#"
        exit 0
        --- stdout
        approved 1, game/game in development: 1 of 2 approvals, by USER
        --- stderr

        exit 2
        --- stdout
        --- stderr
        error: USER has approved it already: 1 of 2 approvals, by USER; a user's approval counts once
        exit 2
        --- stdout
        --- stderr
        error: cannot approve: the deployment is queued, and only one that awaits approval can be answered"#]]
    .assert_eq(&all.join("\n").replace(&user, "USER"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_approvers_approve_and_anyone_rejects() {
    let group = shell("id -gn", &[]).await.stdout.trim().to_owned();
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    for (users, groups, exit) in [
        (vec!["someone-else".to_owned()], vec!["no-such-group".to_owned()], 2),
        (vec!["someone-else".to_owned()], vec![group.clone()], 0),
        (vec![user.clone()], Vec::new(), 0),
    ] {
        let listening = Listening::with(|admission| {
            let approval = &mut admission.policies[0].config.approval;
            approval.required = Approve::Always;
            (approval.approvers.users, approval.approvers.groups) = (users, groups);
        });
        let fields = json!({"deployment_id": "1", "timestamp": Clock::system().now()});
        listening.harness.accept(Delivery::of(&body_with(fields))).await;
        let said = run(&listening, "approve 1").await;
        assert!(said.starts_with(&format!("exit {exit}\n")), "{said}");
        if exit == 2 {
            let refusal = format!(
                "cannot approve: it needs the approval of someone-else or a member of \
                 no-such-group, and {user} is none of them"
            );
            assert!(said.contains(&refusal), "{said}");
            let said = run(&listening, "reject 1 --note 'not on a Friday'").await;
            assert!(said.starts_with("exit 0\n"), "{said}");
        }
        listening.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_for_it_does_not_approve_it_and_the_answer_says_where_that_is_not_known() {
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        let approvers = &mut admission.policies[0].config.approval.approvers;
        (approvers.not_requester, approvers.users) = (true, vec![user.clone()]);
    });
    let wanted = |id: &str, by: &str| {
        let fields =
            json!({"deployment_id": id, "triggered_by": by, "timestamp": Clock::system().now()});
        Delivery::of(&body_with(fields))
    };
    listening.harness.accept(wanted("1", &user)).await;
    let refused = run(&listening, "approve 1").await;
    let why = format!(
        "error: cannot approve: {user} asked for this deployment, and `approvers.not_requester` \
         leaves its approval to others"
    );
    assert!(refused.contains(&why), "{refused}");
    listening.harness.accept(wanted("2", "octocat")).await;
    let taken = run(&listening, "approve 2").await;
    let note = format!(
        "note: boathook cannot tell whether {user} asked for it: no user of this machine has these \
         names of who did: development-1, octocat"
    );
    assert!(taken.starts_with("exit 0\n") && taken.contains(&note), "{taken}");
    listening.harness.accept(wanted("3", "daemon")).await;
    let taken = run(&listening, "approve 3").await;
    assert!(taken.contains("names of who did: development-1\n"), "{taken}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_that_sudo_makes_of_anyone_gives_no_second_approval_unless_it_is_named() {
    let group = shell("id -gn", &[]).await.stdout.trim().to_owned();
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let listening = Listening::with(|admission| {
        admission.policies[0].config.approval.required = Approve::Always;
        let approvers = &mut admission.policies[0].config.approval.approvers;
        (approvers.count, approvers.groups) = (2, vec![group]);
    });
    let fields = json!({"deployment_id": "1", "timestamp": Clock::system().now()});
    listening.harness.accept(Delivery::of(&body_with(fields))).await;
    let refused = run(&listening, "approve 1").await;
    let why = format!(
        "error: cannot approve: whoever may use sudo can be {user}, and a person's approval counts \
         once: approve it as yourself, without sudo, or name {user} in `approvers.users`"
    );
    assert!(refused.contains(&why), "{refused}");
    listening.stop().await;
}
