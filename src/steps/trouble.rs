//! What a candidate that does not become Ready suffers from: the cluster's own words, and whether waiting can help.

use tokio::time::Instant;

use crate::{
    cluster::{Condition, Container, Pod, Revision},
    failure::{Class, of_message},
    steps::{
        Context, Finding, StepError,
        retry::{persist, retry},
    },
};

/// Why a candidate is not Ready.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It will not get better.
    Final(String),
    /// It may mend itself: no CPU free, registry away.
    Passing(String),
}

/// What the revision's own conditions say; the service's say only `RevisionFailed`.
pub(crate) fn of_revision(revision: &Revision) -> Option<Trouble> {
    let ready = revision.condition("Ready").filter(|ready| ready.is_false())?;
    let words = format!("revision {}: {}", revision.name().map_or_else(|_| "?".to_owned(), |name| name.to_string()), ready.in_words());
    Some(if may_pass(ready) { Trouble::Passing(words) } else { Trouble::Final(words) })
}

fn may_pass(ready: &Condition) -> bool {
    match ready.reason.as_str() {
        "Unschedulable" => true,
        "ContainerMissing" | "ErrImagePull" | "ImagePullBackOff" => of_message(&ready.message).is_some_and(Class::is_transient),
        _ => false,
    }
}

/// What the pods show at once: a crash is final, an image that does not come may yet. Pods that were told to end do not count.
pub(crate) fn of_pods(pods: &[Pod]) -> Option<Trouble> {
    let containers = || pods.iter().filter(|pod| !pod.is_going()).flat_map(Pod::containers);
    let crash = containers().find_map(Container::crash).map(Trouble::Final);
    crash.or_else(|| containers().find_map(Container::image_trouble).map(Trouble::Passing))
}

/// The candidate's trouble, as revision and pods show it now.
pub(crate) async fn look(context: &Context<'_>, until: Instant) -> Result<Option<Trouble>, StepError> {
    let (namespace, name) = (&context.service.namespace, context.candidate()?);
    let look_at_revision = async { persist!(context, until, context.cluster.revision(namespace, name)) };
    let (of_pods, revision) = tokio::try_join!(look_at_pods(context, until), look_at_revision)?;
    Ok(match (of_pods, revision) {
        (Some(Trouble::Final(words)), _) => Some(Trouble::Final(words)),
        (_, None) => Some(Trouble::Final(format!("revision {name} is gone"))),
        (of_pods, Some(revision)) => of_revision(&revision).or(of_pods),
    })
}

/// The candidate's trouble, as its pods show it now.
pub(crate) async fn look_at_pods(context: &Context<'_>, until: Instant) -> Result<Option<Trouble>, StepError> {
    let (namespace, name) = (&context.service.namespace, context.candidate()?);
    let pods = persist!(context, until, context.cluster.pods(namespace, name))?;
    Ok(of_pods(&pods))
}

/// Notes in plain words that the candidate's container runs without ever being ready, where that is so.
pub(crate) async fn learn_of_wrong_port(context: &Context<'_>) {
    if let Some(hint) = wrong_port_hint(context).await {
        context.learn(hint).await;
    }
}

async fn wrong_port_hint(context: &Context<'_>) -> Option<Finding> {
    let (namespace, name) = (&context.service.namespace, context.candidate().ok()?);
    let soon = Instant::now();
    let pods = retry!(context, soon, context.cluster.pods(namespace, name)).ok()?;
    let revision = retry!(context, soon, context.cluster.revision(namespace, name)).ok()??;
    wrong_port(&revision, &pods).map(Finding::Note)
}

/// Says in plain words that a revision's container runs without ever being ready, where that is so.
pub(crate) fn wrong_port(revision: &Revision, pods: &[Pod]) -> Option<String> {
    let containers = || pods.iter().flat_map(Pod::containers);
    let steady = containers().all(|container| container.is_running() && container.restart_count == 0);
    let unready = containers().any(|container| !container.ready);
    let serving = containers().find(|container| container.name != "queue-proxy").filter(|_| steady && unready)?;
    let port = revision.port().map_or_else(|| "8080, Knative's default".to_owned(), |port| port.to_string());
    Some(format!(
        "container {} runs but does not answer its readiness probe; the usual cause is that the image listens on another port than the manifest's containerPort ({port})",
        serving.name
    ))
}
