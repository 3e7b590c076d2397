//! Reads documents of issuers over HTTPS.

use std::sync::Arc;

use futures_util::{FutureExt as _, future::BoxFuture};
use reqwest::StatusCode;

use crate::http_client;

/// Bytes that a document may have. GitHub's keys have ten thousand.
pub(super) const DOCUMENT_MAX: usize = 256 * 1024;

/// Reads the document at a URL. Its caller sets the deadline.
pub type Fetch =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<Vec<u8>, FetchError>> + Send + Sync>;

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("it could not be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer is larger than {DOCUMENT_MAX} bytes")]
    TooLarge,
}

/// Reads documents over HTTPS, without following redirects.
#[must_use]
pub fn over_https() -> Fetch {
    Arc::new(|url| read(url).boxed())
}

async fn read(url: String) -> Result<Vec<u8>, FetchError> {
    let response = http_client::direct(&url).build()?.get(&url).send().await?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let document = http_client::beginning(response, DOCUMENT_MAX + 1).await?;
    if document.len() > DOCUMENT_MAX { Err(FetchError::TooLarge) } else { Ok(document) }
}
