//! Which URLs nobody on the way can listen in on.

use boathook_core::address_text::is_loopback;
use reqwest::Url;

use crate::config::server::is_base_url;

/// Whether nobody on the way can read or exchange what a URL is sent: HTTPS, or HTTP that stays on
/// this machine.
#[must_use]
pub fn is_private_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    url.scheme() == "https" || (url.scheme() == "http" && is_local(&url))
}

/// Whether a URL stays on this machine.
#[must_use]
pub fn is_local_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_local(&url))
}

/// Whether text is an address to which a path can be appended, and at which nobody listens in.
#[must_use]
pub fn is_private_base_url(text: &str) -> bool {
    is_base_url(text) && is_private_url(text)
}

fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback)
}
