//! The addresses of one boathook, as seen from here.

use reqwest::Url;

/// Where to post, and where to ask for a deployment afterwards.
#[derive(Clone, Debug)]
pub struct Target {
    root: Url,
    webhook: Url,
}

impl Target {
    /// Takes the address of boathook, or of its webhook.
    pub fn new(url: &Url) -> Self {
        let typed = url.path().trim_end_matches('/');
        let base = typed.find("/webhook/deploy").map_or(typed, |at| &typed[..at]);
        let at = |path: &str| {
            let mut url = url.clone();
            url.set_query(None);
            url.set_fragment(None);
            url.set_path(path);
            url
        };
        let webhook = if base.len() < typed.len() {
            at(typed)
        } else {
            at(&format!("{base}/webhook/deploy"))
        };
        Self { root: at(base), webhook }
    }

    /// The channel of a relay, where only posting is possible.
    pub fn channel(url: &Url) -> Self {
        Self { root: url.clone(), webhook: url.clone() }
    }

    /// The address of boathook.
    pub const fn root(&self) -> &Url {
        &self.root
    }

    pub const fn webhook(&self) -> &Url {
        &self.webhook
    }

    /// The status behind a `status_url`, asked where the post was answered: the public address does
    /// not matter here.
    pub fn status(&self, status_url: &str) -> Option<Url> {
        let at = status_url.find("/deployments/")?;
        Url::parse(&format!("{}{}", self.root.as_str().trim_end_matches('/'), &status_url[at..]))
            .ok()
    }

    /// The events behind a `status_url`.
    pub fn events(&self, status_url: &str) -> Option<Url> {
        let mut url = self.status(status_url)?;
        let path = format!("{}/events", url.path());
        url.set_path(&path);
        Some(url)
    }
}
