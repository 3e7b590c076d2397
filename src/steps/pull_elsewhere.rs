//! Have the other nodes pull the image too: the pods of the new revision may start on any of them.

use std::{collections::BTreeSet, time::Duration};

use boathook_core::{
    duration_text,
    rollout::{NodePull, Observation, PullResult, steps::PullElsewhere},
};
use tokio::time::Instant;

use crate::steps::{
    Context,
    step_behavior::{StepBehavior, StepResult},
};

/// How long a node is waited for that seems to be away: after the database was, all of them do.
const BELIEVED_AFTER: Duration = Duration::from_secs(10);
/// How often the answers are read.
const INTERVAL: Duration = Duration::from_millis(500);

/// Each node's answer is a note; none of them ends the deployment, because a pod that starts there pulls
/// again.
impl StepBehavior for PullElsewhere {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let believed = Instant::now() + BELIEVED_AFTER;
        let id = context.id;
        let image = context.image();
        if let Err(why) = context.others.order_pulls(id, image, self.deadline).await {
            return Ok(vec![not_asked(&why)]);
        }
        let mut noted = BTreeSet::new();
        let mut noted_away = BTreeSet::new();
        loop {
            let pulls = match context.others.pulls(id, image).await {
                Ok(pulls) => pulls,
                Err(why) => return Ok(vec![not_asked(&why)]),
            };
            let is_late = Instant::now() >= until;
            let mut waited_for = Vec::new();
            for NodePull { node, result, is_away } in pulls {
                match result {
                    Some(result) => {
                        if noted.insert(node.clone()) {
                            context.learn(Observation::Note(answered(&node, &result))).await;
                        }
                    }
                    None if is_away && Instant::now() >= believed => {
                        if noted_away.insert(node.clone()) {
                            context.learn(Observation::Note(away(&node))).await;
                        }
                    }
                    None if is_late => {
                        context.learn(Observation::Note(silent(&node, self.deadline))).await;
                    }
                    None => waited_for.push(node),
                }
            }
            if waited_for.is_empty() {
                return Ok(Vec::new());
            }
            context.waits.report(&format!("{} still to pull", waited_for.join(", "))).await;
            context.sleep_until(until.min(Instant::now() + INTERVAL)).await?;
        }
    }
}

fn not_asked(why: &str) -> Observation {
    Observation::Note(format!("the other nodes could not be asked to pull the image: {why}"))
}

fn answered(node: &str, result: &PullResult) -> String {
    let PullResult { succeeded, words, took } = result;
    if *succeeded {
        let took = duration_text::show(Duration::from_secs(took.as_secs().max(1)));
        format!("node {node} has pulled the image, within {took}")
    } else {
        format!(
            "node {node} could not pull the image; a pod that starts there pulls again: {words}"
        )
    }
}

fn away(node: &str) -> String {
    format!("node {node} is away, and has not pulled the image; a pod that starts there pulls it")
}

fn silent(node: &str, deadline: Duration) -> String {
    let within = duration_text::show(deadline);
    format!("node {node} did not say within {within} whether it could pull the image")
}
