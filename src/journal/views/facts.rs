//! The facts of one deployment, in the order in which commands and pages show them, under one name
//! each. They are computed here and nowhere else; a reader only chooses how a value is marked up.

use std::fmt;

use boathook_core::{
    clock,
    deployment::{ImageRef, RevisionName},
    record::{Approval, Origin},
    rollout::Action,
    state::PromotionState,
};
use jiff::Timestamp;

use crate::journal::{Asked, DeploymentView, views::words::status_words};

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<'a> {
    /// What it is, in lower case.
    pub name: &'static str,
    pub value: FactValue<'a>,
    /// Whether a page shows it at its head already.
    pub is_headline: bool,
}

/// What a fact says; `Display` is its text.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue<'a> {
    Text(String),
    Revision(&'a RevisionName),
    Image(&'a ImageRef),
    /// The success that sent it, as that boathook says.
    PromotedFrom(&'a str),
    /// A promotion after its success.
    Promotion(&'a PromotionState),
    /// Never a plain request.
    Origin(&'a Origin),
    Time(Timestamp),
}

impl fmt::Display for FactValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Revision(name) => name.fmt(f),
            Self::Image(image) => image.fmt(f),
            Self::Origin(Origin::Requested) => Ok(()),
            Self::Origin(Origin::Retry { of, by }) => write!(f, "retry of {of}, by {by}"),
            Self::Origin(Origin::Rollback { to, by, after_watch: _ }) => {
                write!(f, "rollback to {to}, by {by}")
            }
            Self::Origin(Origin::Redeploy { of, by }) => write!(f, "redeploy of {of}, by {by}"),
            Self::PromotedFrom(from) => f.write_str(from),
            Self::Promotion(state) => state.fmt(f),
            Self::Time(at) => f.write_str(&clock::date_and_time(*at)),
        }
    }
}

impl Fact<'_> {
    /// Its name at the begin of a row.
    #[must_use]
    pub fn title(&self) -> String {
        let (first, rest) = self.name.split_at(1);
        first.to_uppercase() + rest
    }
}

impl DeploymentView {
    /// Every fact but the steps and the notes.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact<'_>> {
        let text = |text: &Option<String>| text.clone().map(FactValue::Text);
        let shown = |text: String| Some(FactValue::Text(text));
        let origin = Some(&self.origin).filter(|origin| **origin != Origin::Requested);
        let source = Some(&self.source).filter(|source| !source.is_listener());
        let promotions =
            self.promotions.iter().map(|state| ("promotion", Some(FactValue::Promotion(state))));
        let watch = self.watch.as_ref().and_then(|progress| shown(progress.to_string()));
        let before = [
            ("id", shown(self.id.to_string())),
            ("external id", shown(self.deployment_id.to_string())),
            ("attempt", (self.attempt > 1).then(|| FactValue::Text(self.attempt.to_string()))),
            ("origin", origin.map(FactValue::Origin)),
            ("came from", source.map(|source| FactValue::Text(source.to_string()))),
            ("service", shown(self.place())),
            ("status", shown(status_words(self.status, self.paused))),
            ("paused", self.paused_words().map(FactValue::Text)),
            ("to do", self.to_do().map(FactValue::Text)),
            ("approval", self.approval_words().map(FactValue::Text)),
            ("override", self.overridden.as_ref().and_then(|mark| shown(mark.words()))),
            ("reason", text(&self.reason)),
            ("image", Some(FactValue::Image(&self.image))),
            ("digest", self.resolved_image.as_ref().map(FactValue::Image)),
            ("withdrawn", text(&self.withdrawn)),
            ("commit", text(&self.commit_sha)),
            ("verified sender", self.identity.as_ref().and_then(|who| shown(who.to_string()))),
            ("triggered by", self.trigger_words().map(FactValue::Text)),
            ("promoted from", self.promoted_from.as_deref().map(FactValue::PromotedFrom)),
        ];
        let after = [
            ("strategy", shown(self.strategy.to_string())),
            ("manifests", text(&self.manifests)),
            ("stable", self.stable.as_ref().map(FactValue::Revision)),
            ("candidate", self.candidate.as_ref().map(FactValue::Revision)),
            ("serving", self.serving_words().map(FactValue::Text)),
            ("address", text(&self.service_url)),
            ("health", self.health.as_ref().and_then(|numbers| shown(numbers.to_string()))),
            ("objects", text(&self.objects)),
            ("metrics", self.metrics_words().map(FactValue::Text)),
            ("accepted", Some(FactValue::Time(self.accepted_at))),
            ("ended", self.ended_at.map(FactValue::Time)),
        ];
        let facts = before.into_iter().chain(promotions).chain([("watch", watch)]).chain(after);
        let shown = facts.filter_map(|(name, value)| {
            let is_headline = matches!(name, "service" | "status" | "to do" | "reason");
            Some(Fact { name, value: value?, is_headline })
        });
        shown.collect()
    }

    /// The facts that the head of a page does not show.
    #[must_use]
    pub fn details(&self) -> Vec<Fact<'_>> {
        self.facts().into_iter().filter(|fact| !fact.is_headline).collect()
    }

    /// Every metric with its last numbers; nothing if none was asked for.
    fn metrics_words(&self) -> Option<String> {
        let each = self.metrics.iter().map(|(name, numbers)| format!("{name} {numbers}"));
        Some(each.collect::<Vec<_>>().join("; ")).filter(|words| !words.is_empty())
    }

    /// Every revision with its share; nothing until traffic was observed.
    #[must_use]
    pub fn serving_words(&self) -> Option<String> {
        let shares =
            self.serving.iter().map(|share| format!("{} {}", share.revision, share.percent));
        Some(shares.collect::<Vec<_>>().join(", ")).filter(|shares| !shares.is_empty())
    }

    /// Who triggered it; where the sender itself is verified, this stays its word alone.
    fn trigger_words(&self) -> Option<String> {
        let by = self.triggered_by.as_ref()?;
        Some(if self.identity.is_some() { format!("{by}, as the sender says") } else { by.clone() })
    }

    /// Who paused it, and when.
    fn paused_words(&self) -> Option<String> {
        let asked = || self.asked.iter().rfind(|asked| asked.action == Action::Pause);
        let Asked { at, action: _, by } = self.paused.then(asked).flatten()?;
        Some(format!("by {by}, {}", clock::date_and_time(*at)))
    }

    /// Whether approvals were needed, who may give them, and who gave them.
    fn approval_words(&self) -> Option<String> {
        let until = clock::date_and_time(self.approve_until?);
        let given = |Approval { at, by }: &Approval| {
            format!("{}, {}", by.with_reason(), clock::date_and_time(*at))
        };
        let given = self.approvals.iter().map(given).collect::<Vec<_>>().join("; ");
        let missing = self.approvals_missing();
        let who = self.approvers.as_ref().map(|who| format!(", from {who}")).unwrap_or_default();
        Some(match (missing, self.approvals_needed) {
            (0, _) => format!("approved by {given}"),
            (1, 1) => format!("needed before {until}{who}"),
            (_, needed) if given.is_empty() => format!("{needed} needed before {until}{who}"),
            (missing, needed) => {
                format!(
                    "{} of {needed} by {given}; {missing} more needed before {until}{who}",
                    self.approvals.len()
                )
            }
        })
    }

    /// How many approvals it still needs.
    #[must_use]
    pub fn approvals_missing(&self) -> u32 {
        let given = u32::try_from(self.approvals.len()).unwrap_or(u32::MAX);
        self.approvals_needed.saturating_sub(given)
    }
}
