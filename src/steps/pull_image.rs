//! Let the node pull the image, and read its digest: the proven digest is what runs and what is
//! promoted.

use boathook_core::{
    deployment::{Digest, ImageRef},
    rollout::{Observation, steps::PullImage},
};
use tokio::time::Instant;

use crate::{
    cluster::TagDigest,
    steps::{
        Context, StepError,
        retry::{REGISTRY_BACKOFF, persist},
        step_behavior::{StepBehavior, StepResult},
    },
};

/// How many digests to name if there are several.
const SHOWN: usize = 8;

/// Pulls the image on the node and continues with its digest.
impl StepBehavior for PullImage {
    async fn run(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        persist!(
            context,
            until,
            context.cluster.pull(&self.image, self.command.as_deref()),
            REGISTRY_BACKOFF
        )?;
        if let Some(digest) = self.image.digest() {
            return Ok(vec![Observation::Image(self.image.pinned(digest))]);
        }
        let by_cri = self
            .command
            .as_ref()
            .is_none_or(|words| words.iter().any(|word| word.rsplit('/').next() == Some("crictl")));
        match persist!(context, until, context.cluster.digest(&self.image, by_cri))? {
            TagDigest::Certain(pinned) => Ok(vec![Observation::Image(pinned)]),
            TagDigest::Unknown => Err(StepError::failed(format!(
                "the node has {} but knows no digest of its repository",
                self.image
            ))),
            TagDigest::Unclear { known, why } => {
                Err(StepError::failed(unclear(&self.image, &known, &why)))
            }
        }
    }
}

/// The same image was pulled under several digests, such as after a push with another attestation
/// or compression.
fn unclear(image: &ImageRef, known: &[Digest], why: &str) -> String {
    let digests: Vec<String> = known.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = match known.len().saturating_sub(SHOWN) {
        0 => String::new(),
        left_out => format!(" and {left_out} more"),
    };
    format!(
        "which digest {image} stands for is not certain: the node has these bytes as {}{more} of that repository, and ctr (tools.ctr) does not say \
         which is the tag's own ({why}); send the image by digest, such as {}",
        digests.join(", "),
        known.first().map_or_else(|| image.to_string(), |digest| image.pinned(digest).to_string()),
    )
}
