//! Other nodes that pull when they are asked, each as a test says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Duration,
};

use boathook::steps::OtherNodes;
use boathook_core::{
    deployment::{DeploymentId, ImageRef},
    rollout::{NodePull, PullResult},
};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::Instant;

/// How a node answers, and after how long; one without an answer never does.
pub type PullAnswer = Option<(Duration, Result<(), &'static str>)>;

/// Nodes, and what each was asked to pull.
#[derive(Default)]
pub struct FakeNodes {
    answers: BTreeMap<&'static str, PullAnswer>,
    /// For each deployment and image, when it was ordered first.
    asked: Mutex<BTreeMap<(String, String), Instant>>,
    away: BTreeSet<&'static str>,
    /// What every question ends with instead.
    refuses: Option<&'static str>,
}

impl FakeNodes {
    pub fn answering(answers: impl IntoIterator<Item = (&'static str, PullAnswer)>) -> Self {
        Self { answers: answers.into_iter().collect(), ..Self::default() }
    }

    /// One of them has gone away since it was asked.
    #[must_use]
    pub fn with_one_away(mut self, node: &'static str) -> Self {
        self.away.insert(node);
        self
    }

    /// Nodes that cannot be asked.
    pub fn refusing(why: &'static str) -> Self {
        Self { refuses: Some(why), ..Self::default() }
    }

    /// The images that were ordered, in order.
    pub fn images(&self) -> Vec<String> {
        self.asked.lock().unwrap().keys().map(|(_, image)| image.clone()).collect()
    }

    fn answer(&self, answer: PullAnswer, asked: Instant) -> Option<PullResult> {
        let (after, result) = answer.filter(|(after, _)| asked.elapsed() >= *after)?;
        let words = result.err().unwrap_or_default().to_owned();
        Some(PullResult { succeeded: result.is_ok(), words, took: after })
    }
}

impl OtherNodes for FakeNodes {
    fn order_pulls<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        image: &'a ImageRef,
        _: Duration,
    ) -> BoxFuture<'a, Result<(), String>> {
        let refused = self.refuses.map_or(Ok(()), |why| Err(why.to_owned()));
        let key = (deployment.to_string(), image.to_string());
        self.asked.lock().unwrap().entry(key).or_insert_with(Instant::now);
        std::future::ready(refused).boxed()
    }

    fn pulls<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        image: &'a ImageRef,
    ) -> BoxFuture<'a, Result<Vec<NodePull>, String>> {
        let key = (deployment.to_string(), image.to_string());
        let asked = self.asked.lock().unwrap().get(&key).copied();
        let pulls = asked.into_iter().flat_map(|asked| {
            self.answers.iter().map(move |(node, answer)| NodePull {
                node: (*node).to_owned(),
                result: self.answer(*answer, asked),
                is_away: self.away.contains(node),
            })
        });
        let pulls = pulls.collect();
        std::future::ready(Ok(pulls)).boxed()
    }
}
