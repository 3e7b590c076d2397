//! Objects that are being brought back: read, applied, deleted, and read again. It never fails for
//! what the cluster refuses; the service goes back without it.

use std::time::Duration;

use boathook_core::{
    deployment::error_chain,
    failure::shorten,
    objects::Document,
    rollout::{LeftObject, Observation, Restored},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    cluster::{Cluster, ClusterError},
    steps::{
        Context, StepError, manifest_files,
        needs_apply::{LiveState, READS_MAX, live_states},
        restoring::Fate,
        retry::retry,
    },
};

/// The least time for a look at what became of the objects.
const LAST_LOOK: Duration = Duration::from_secs(3);
/// Characters that are shown of why an object was left.
const WHY_MAX: usize = 400;

/// Objects that are being brought back.
pub(crate) struct Restoring<'a> {
    pub context: &'a Context<'a>,
    /// Where the files for kubectl are, below the work directory.
    pub directory: &'a str,
    /// The objects, as anything that names them.
    pub objects: &'a [Document],
    /// How long the service may wait for them.
    pub until: Instant,
}

impl Restoring<'_> {
    /// Reads them.
    pub(crate) async fn read(&self) -> Result<Vec<LiveState>, StepError> {
        self.read_until(self.until).await
    }

    /// Does what each needs, and says what became of it.
    pub(crate) async fn finish(
        &self,
        fates: Vec<Fate<'_>>,
    ) -> Result<Option<Observation>, StepError> {
        let troubles = self.act(&fates).await?;
        let live = if fates.iter().any(Fate::acts) {
            self.read_until(self.until.max(Instant::now() + LAST_LOOK)).await?
        } else {
            self.objects.iter().map(|_| LiveState::Unread).collect()
        };
        let mut restored = Restored::default();
        for (((object, fate), live), trouble) in
            self.objects.iter().zip(fates).zip(&live).zip(&troubles)
        {
            note(&mut restored, object, fate, live, trouble.as_deref());
        }
        Ok((!restored.is_empty()).then_some(Observation::ObjectsRestored(restored)))
    }

    /// Reads them; what cannot be read in time counts as unread.
    async fn read_until(&self, until: Instant) -> Result<Vec<LiveState>, StepError> {
        let Self { context, objects, .. } = self;
        let reading = async { retry!(context, until, all_states(context.cluster, objects)) };
        match timeout_at(until, reading).await {
            Ok(Ok(live)) => Ok(live),
            Ok(Err(_)) | Err(_) => match context.signals.called_off() {
                Some(called_off) => Err(called_off),
                None => Ok(objects.iter().map(|_| LiveState::Unread).collect()),
            },
        }
    }

    /// Applies and deletes; returns for each object what went wrong.
    async fn act(&self, fates: &[Fate<'_>]) -> Result<Vec<Option<String>>, StepError> {
        let back = |fate: &Fate<'_>| match fate {
            Fate::Apply(document) => Some(Document::clone(document)),
            _ => None,
        };
        let documents: Vec<Document> = fates.iter().filter_map(back).collect();
        let of_apply = match documents.as_slice() {
            [] => None,
            documents => self.apply(documents).await?,
        };
        let mut troubles = Vec::new();
        for fate in fates {
            troubles.push(match fate {
                Fate::Apply(_) => of_apply.clone(),
                Fate::Delete(live) => self.delete(live).await?,
                Fate::Untouched | Fate::IsBack | Fate::Keep | Fate::Leave(_) => None,
            });
        }
        Ok(troubles)
    }

    async fn apply(&self, documents: &[Document]) -> Result<Option<String>, StepError> {
        let Self { context, until, directory, .. } = *self;
        let folder = context.work.join(directory);
        if let Err(error) = manifest_files::write(&folder, documents).await {
            return Ok(Some(format!("failed to write it to {}: {error}", folder.display())));
        }
        let applied = retry!(
            context,
            until,
            context.cluster.apply_within(context.work, directory, self.left())
        );
        self.failure_of(applied.map(drop))
    }

    async fn delete(&self, live: &Document) -> Result<Option<String>, StepError> {
        let Self { context, until, .. } = *self;
        if Instant::now() >= until {
            return Ok(Some("there was no time left to delete it".to_owned()));
        }
        let deleted =
            retry!(context, until, context.cluster.delete_object(live, context.work, self.left()));
        self.failure_of(deleted)
    }

    /// Why it failed, unless the step has to stop.
    fn failure_of(&self, result: Result<(), ClusterError>) -> Result<Option<String>, StepError> {
        let Err(error) = result else { return Ok(None) };
        match self.context.signals.called_off() {
            Some(called_off) => Err(called_off),
            None => Ok(Some(error_chain(&error))),
        }
    }

    /// The time that is left; a program with no time at all would not even start.
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1))
    }
}

/// Reads all of them, a part at a time.
async fn all_states(
    cluster: &Cluster,
    objects: &[Document],
) -> Result<Vec<LiveState>, ClusterError> {
    let mut live = Vec::new();
    for part in objects.chunks(READS_MAX) {
        live.extend(live_states(cluster, part).await?);
    }
    Ok(live)
}

/// What became of one object, by how it is now: exit code 0 proves nothing.
fn note(
    restored: &mut Restored,
    object: &Document,
    fate: Fate<'_>,
    live: &LiveState,
    trouble: Option<&str>,
) {
    let object = object.shown_name();
    let why = match (fate, live) {
        (Fate::Untouched, _) => return,
        (Fate::IsBack, _) => return restored.restored.push(object),
        (Fate::Keep, _) => return restored.kept.push(object),
        (Fate::Leave(why), _) => why,
        (Fate::Apply(document), LiveState::Present(live)) if document.is_as_applied(live) => {
            return restored.restored.push(object);
        }
        (Fate::Apply(document), LiveState::Present(live)) if document.was_applied_to(live) => {
            "it was applied, and is not as it was applied".to_owned()
        }
        (Fate::Delete(_), LiveState::Absent) => return restored.deleted.push(object),
        (Fate::Delete(deleted), LiveState::Present(live))
            if live.is_going() || live.uid() != deleted.uid() =>
        {
            return restored.deleted.push(object);
        }
        (Fate::Apply(_) | Fate::Delete(_), LiveState::Unreadable | LiveState::Unread) => {
            trouble.unwrap_or("what became of it could not be read").to_owned()
        }
        (Fate::Apply(_) | Fate::Delete(_), LiveState::Absent | LiveState::Present(_)) => {
            trouble.unwrap_or("kubectl ended with exit code 0 and changed nothing").to_owned()
        }
    };
    restored.left.push(LeftObject { object, why: shorten(&why, WHY_MAX) });
}
