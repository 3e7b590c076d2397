//! Questions to one endpoint about one repository.

use boathook_core::deployment::Digest;
use reqwest::Url;
use sha2::{Digest as _, Sha256};

use crate::registries::{
    Challenge, Endpoint, Login, RegistryFailure, RegistryRequest, RegistryResponse, TOKEN_MAX,
    Transport, challenge, token_in,
};

/// How often an answer may send on to another address.
const REDIRECTS_MAX: usize = 5;

/// What an endpoint gave, which has the digest that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched(Vec<u8>);

impl Fetched {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, for keeping.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Asks one endpoint about one repository. It logs in when it is asked to, and once.
pub struct Session<'a> {
    endpoint: &'a Endpoint,
    transport: &'a dyn Transport,
    authority: Option<Vec<u8>>,
    /// What the endpoint wanted to see; nobody else gets it.
    authorization: Option<String>,
}

impl<'a> Session<'a> {
    /// One with an endpoint, whose certificate may be of this `authority` too.
    #[must_use]
    pub const fn new(
        endpoint: &'a Endpoint,
        transport: &'a dyn Transport,
        authority: Option<Vec<u8>>,
    ) -> Self {
        Self { endpoint, transport, authority, authorization: None }
    }

    /// What the repository has by this digest, which is verified: a manifest or a blob.
    pub async fn get(
        &mut self,
        what: &str,
        digest: &Digest,
        accept: &str,
        max: usize,
    ) -> Result<Fetched, RegistryFailure> {
        let url = self.endpoint.url(&format!("{what}/{digest}"));
        let (mut answer, is_first) = self.follow(&url, accept, max).await?;
        // Only the endpoint itself may ask for its login, not a host that it sends on to.
        if answer.status == 401 && is_first && self.authorization.is_none() {
            self.authorization = Some(self.log_in(&answer).await?);
            (answer, _) = self.follow(&url, accept, max).await?;
        }
        match answer.status {
            200 => {}
            401 | 403 if self.endpoint.login.is_none() => return Err(RegistryFailure::NoLogin),
            status => return Err(RegistryFailure::of_status(status)),
        }
        let bytes = body(answer, max)?;
        let found = format!("sha256:{}", hex::encode(Sha256::digest(&bytes)));
        if found == digest.as_str() {
            Ok(Fetched(bytes))
        } else {
            Err(RegistryFailure::WrongDigest)
        }
    }

    /// Asks, and goes where the answer sends: blobs are often kept by another host, which gets no
    /// login. HTTPS never leads to plain HTTP. Says whether the answer is the first one.
    async fn follow(
        &self,
        url: &Url,
        accept: &str,
        max: usize,
    ) -> Result<(RegistryResponse, bool), RegistryFailure> {
        let mut url = url.clone();
        for followed in 0..=REDIRECTS_MAX {
            let is_own = url.origin() == self.endpoint.base.origin();
            let authorization = self.authorization.clone().filter(|_| is_own);
            let answer = self.ask(&url, accept, authorization, max).await?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok((answer, followed == 0));
            }
            let location = answer.headers("location").next();
            let next = location.and_then(|location| url.join(location).ok());
            let may_follow = |next: &Url| next.scheme() == "https" || next.origin() == url.origin();
            url = next.filter(may_follow).ok_or(RegistryFailure::BadRedirect)?;
        }
        Err(RegistryFailure::Redirects)
    }

    async fn ask(
        &self,
        url: &Url,
        accept: &str,
        authorization: Option<String>,
        max: usize,
    ) -> Result<RegistryResponse, RegistryFailure> {
        let request = RegistryRequest {
            url: url.to_string(),
            accept: accept.to_owned(),
            authorization,
            authority: self.authority.clone(),
            max,
        };
        self.transport.get(request).await.map_err(RegistryFailure::Unreachable)
    }

    /// What the endpoint wants to see of whoever asks.
    async fn log_in(&self, refused: &RegistryResponse) -> Result<String, RegistryFailure> {
        let login = self.endpoint.login.as_ref();
        let wanted = challenge(refused.headers("www-authenticate"), &self.endpoint.repository);
        match (wanted, login) {
            (None, _) => Err(RegistryFailure::UnknownChallenge),
            (Some(Challenge::Password), None) => Err(RegistryFailure::NoLogin),
            (Some(Challenge::Password), Some(login)) => Ok(login.reveal().to_owned()),
            (Some(Challenge::Token(url)), login) => self.token(&url, login).await,
        }
    }

    /// A token that may pull. Nobody follows where its answer would send on: it carries the login.
    async fn token(&self, url: &Url, login: Option<&Login>) -> Result<String, RegistryFailure> {
        let may_be_plain = url.origin() == self.endpoint.base.origin();
        if url.scheme() != "https" && !may_be_plain {
            return Err(RegistryFailure::PlainTokens);
        }
        let authorization = login.map(|login| login.reveal().to_owned());
        let answer = self.ask(url, "application/json", authorization, TOKEN_MAX).await?;
        match answer.status {
            200 => {}
            401 | 403 if login.is_none() => return Err(RegistryFailure::NoLogin),
            status => return Err(RegistryFailure::of_status(status)),
        }
        let token = token_in(&body(answer, TOKEN_MAX)?);
        token.map(|token| format!("Bearer {token}")).ok_or(RegistryFailure::NoToken)
    }
}

/// The body, unless it is too long.
fn body(answer: RegistryResponse, max: usize) -> Result<Vec<u8>, RegistryFailure> {
    if answer.body.len() > max { Err(RegistryFailure::TooLarge { max }) } else { Ok(answer.body) }
}
