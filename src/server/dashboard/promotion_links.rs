//! Links between the two ends of a promotion, where this journal or an address has the other end.

use boathook_core::{
    deployment::{DeploymentId, Environment},
    state::PromotionOutcome,
};

use crate::{
    journal::{DeploymentView, Journal},
    server::ApiError,
};

pub struct PromotionLinks {
    /// The success that sent the deployment, and what is said of it behind its id.
    pub from: Option<(DeploymentId, String)>,
    /// The deployments that its own success sent, by environment.
    to: Vec<(Environment, String)>,
}

impl PromotionLinks {
    pub async fn of(view: &DeploymentView, journal: &Journal) -> Result<Self, ApiError> {
        let mut from = None;
        let source = view.promoted_from.as_deref().and_then(|text| text.split_once(' '));
        if let Some((id, rest)) = source {
            let id = DeploymentId::from_lookup(id);
            from = journal.summary(&id).await?.map(|found| (found.id, rest.to_owned()));
        }
        let mut to = Vec::new();
        for state in &view.promotions {
            let link = link(&state.answer, journal).await?;
            to.extend(link.map(|link| (state.promotion.to, link)));
        }
        Ok(Self { from, to })
    }

    /// The deployment that was sent there.
    pub fn to(&self, environment: &Environment) -> Option<&str> {
        let sent = self.to.iter().find(|(to, _)| to == environment);
        sent.map(|(_, link)| link.as_str())
    }
}

async fn link(answer: &PromotionOutcome, journal: &Journal) -> Result<Option<String>, ApiError> {
    let PromotionOutcome::Promoted { deployment, status_url } = answer else { return Ok(None) };
    let here = match deployment {
        Some(id) => journal.summary(id).await?,
        None => None,
    };
    let page = here.map(|found| format!("/dashboard/deployments/{}", found.id));
    Ok(page.or_else(|| Some(status_url.clone()).filter(|url| is_http(url))))
}

/// The other boathook's word for where its page is; nothing else may become a link.
fn is_http(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
