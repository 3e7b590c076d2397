//! Links between the two ends of a promotion, where this journal or an address has the other end.

use boathook_core::{deployment::DeploymentId, state::PromotionOutcome};

use crate::{
    journal::{DeploymentView, Journal},
    server::ApiError,
};

pub struct PromotionLinks {
    /// The success that sent the deployment, and what is said of it behind its id.
    pub from: Option<(DeploymentId, String)>,
    /// The deployment that its own success sent.
    pub to: Option<String>,
}

impl PromotionLinks {
    pub async fn of(view: &DeploymentView, journal: &Journal) -> Result<Self, ApiError> {
        let mut from = None;
        let source = view.promoted_from.as_deref().and_then(|text| text.split_once(' '));
        if let Some((id, rest)) = source {
            let id = DeploymentId::from_lookup(id);
            from = journal.summary(&id).await?.map(|found| (found.id, rest.to_owned()));
        }
        let answer = view.promotion_state.as_ref().map(|state| &state.answer);
        let to = match answer {
            Some(PromotionOutcome::Promoted { deployment, status_url }) => {
                let here = match deployment {
                    Some(id) => journal.summary(id).await?,
                    None => None,
                };
                let page = here.map(|found| format!("/dashboard/deployments/{}", found.id));
                page.or_else(|| Some(status_url.clone()).filter(|url| is_http(url)))
            }
            Some(PromotionOutcome::Waiting { .. } | PromotionOutcome::NotPromoted { .. })
            | None => None,
        };
        Ok(Self { from, to })
    }
}

/// The other boathook's word for where its page is; nothing else may become a link.
fn is_http(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
