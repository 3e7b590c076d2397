//! Wait until the candidate is Ready, or is known to fail. Knative tells of a crash at start after 600 s; its pods tell at once.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    cluster::{Condition, Service},
    steps::{
        Context, Finding, StepError,
        act::{Act, StepResult},
        pod_watch::unless_crashed,
        retry::persist,
        trouble::{self, Trouble},
        watch::{Seen, Watching},
    },
};

/// Watches the service, and looks at the candidate's pods, until the candidate is Ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwaitReady {
    /// How long it may take.
    pub deadline: Duration,
    /// How long a failure that can mend itself (no CPU free, registry away) is borne.
    pub grace: Duration,
    /// From one look at the pods to the next.
    pub look_every: Duration,
}

impl Act for AwaitReady {
    fn title(&self) -> String {
        "Wait until the new revision is ready".to_owned()
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.wait(context).boxed()
    }
}

impl AwaitReady {
    async fn wait(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        match unless_crashed(context, self.ready(context, until)).await {
            Ok(()) => self.learn(context, until).await,
            Err(StepError::Failed(reason)) => {
                // Where there is a way back it comes first, and `remove_candidate` asks this question.
                if context.stable.is_none() {
                    trouble::learn_of_wrong_port(context).await;
                }
                Err(StepError::Failed(reason))
            }
            Err(other) => Err(other),
        }
    }

    async fn ready(&self, context: &Context<'_>, until: Instant) -> Result<(), StepError> {
        let generation = context.generation()?;
        let mut watching = Watching::looking(context, generation, until, self.look_every).await;
        let mut bearing = Bearing { grace: self.grace, since: None };
        loop {
            let seen = watching.next().await?;
            if let Seen::Service(service) = &seen
                && is_ready(context, service)?
            {
                return Ok(());
            }
            let conditions_say_no = matches!(&seen, Seen::Service(service) if says_no(service)) || bearing.since.is_some();
            match seen {
                _ if conditions_say_no => bearing.consider(trouble::look(context, until).await?)?,
                Seen::Look => bearing.consider(trouble::look_at_pods(context, until).await?)?,
                Seen::Service(_) => {}
            }
        }
    }

    /// The candidate is Ready; where no pull told the digest, Knative did when it resolved the image.
    async fn learn(&self, context: &Context<'_>, until: Instant) -> StepResult {
        let mut findings = vec![Finding::CandidateReady];
        if context.image().digest().is_none() {
            let (namespace, name) = (&context.service.namespace, context.candidate()?);
            let revision = persist!(context, until, context.cluster.revision(namespace, name))?;
            findings.extend(revision.and_then(|revision| revision.resolved_image()).map(Finding::Image));
        }
        Ok(findings)
    }
}

/// Bears a failure that can mend itself for a while.
struct Bearing {
    grace: Duration,
    since: Option<Instant>,
}

impl Bearing {
    fn consider(&mut self, trouble: Option<Trouble>) -> Result<(), StepError> {
        match trouble {
            None => self.since = None,
            Some(Trouble::Final(words)) => return Err(StepError::Failed(words)),
            Some(Trouble::Passing(words)) => {
                let since = *self.since.get_or_insert_with(Instant::now);
                if since.elapsed() >= self.grace {
                    let grace = self.grace.as_secs();
                    return Err(StepError::Failed(format!("{words}; it did not mend itself within {grace} s")));
                }
            }
        }
        Ok(())
    }
}

fn is_ready(context: &Context<'_>, service: &Service) -> Result<bool, StepError> {
    let candidate = context.candidate()?.as_str();
    Ok(service.is_ready() && service.latest_created() == Some(candidate) && service.latest_ready() == Some(candidate))
}

fn says_no(service: &Service) -> bool {
    service.is_observed() && service.condition("ConfigurationsReady").is_some_and(Condition::is_false)
}
