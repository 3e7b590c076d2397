//! Carries questions to registries over HTTP, through the proxies that this process's environment
//! names, except to this machine.

use std::time::Duration;

use boathook_core::address_text::is_loopback;
use futures_util::{FutureExt as _, future::BoxFuture};
use reqwest::{
    Certificate, Client, ClientBuilder, Response, Url,
    header::{ACCEPT, AUTHORIZATION},
};

use crate::{
    http_client::{self, KeptClient},
    registries::{RegistryRequest, RegistryResponse, Transport, Unreachable},
};

/// How long a connection may take: another endpoint may be left to ask.
const CONNECT: Duration = Duration::from_secs(3);

/// Asks over HTTP.
#[derive(Debug, Default)]
pub struct HttpTransport {
    /// For the authorities of the machine.
    https: KeptClient,
}

impl HttpTransport {
    fn client(&self, request: &RegistryRequest) -> reqwest::Result<Client> {
        let url = &request.url;
        if let Some(authority) = &request.authority {
            let certificates = Certificate::from_pem_bundle(authority)?;
            return builder(url).tls_certs_merge(certificates).build();
        }
        if !url.starts_with("https:") {
            return builder(url).build();
        }
        self.https.get_or_make(|| builder(url))
    }

    async fn ask(&self, request: RegistryRequest) -> Result<RegistryResponse, Unreachable> {
        let client = self.client(&request).map_err(failed)?;
        let RegistryRequest { url, accept, authorization, authority: _, max } = request;
        let asked = client.get(url).header(ACCEPT, accept);
        let asked = match authorization {
            Some(authorization) => asked.header(AUTHORIZATION, authorization),
            None => asked,
        };
        read(asked.send().await.map_err(failed)?, max).await
    }
}

impl Transport for HttpTransport {
    fn get(
        &self,
        request: RegistryRequest,
    ) -> BoxFuture<'_, Result<RegistryResponse, Unreachable>> {
        self.ask(request).boxed()
    }
}

fn builder(url: &str) -> ClientBuilder {
    let is_local = Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(is_loopback));
    let builder =
        if is_local { http_client::direct(url) } else { http_client::through_proxies(url) };
    builder.connect_timeout(CONNECT)
}

async fn read(response: Response, max: usize) -> Result<RegistryResponse, Unreachable> {
    let status = response.status().as_u16();
    let headers = http_client::text_headers(&response);
    let body = http_client::beginning(response, max.saturating_add(1)).await.map_err(failed)?;
    Ok(RegistryResponse { status, headers, body })
}

fn failed(error: reqwest::Error) -> Unreachable {
    if error.is_timeout() {
        return Unreachable::TimedOut;
    }
    Unreachable::Failed(error.without_url().into())
}
