//! Checks when the kubeconfig's credentials expire. A service account's token (JWT) has its expiry;
//! nothing is verified here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::Deserialize;

use crate::check::{CheckContext, CheckResult, x509};

const CHECK: &str = "token";
/// Less than this part of a token's life left means that its renewal failed (the timer renews daily
/// of thirty days; the kubelet at a fifth).
const LAST_PART: i64 = 6;
/// The assumed life of a token without an issue time.
const LIFE_SECONDS: i64 = 30 * 24 * 60 * 60;
const RENEW: &str = "systemctl start boathook-token.service; journalctl -u boathook-token; systemctl enable --now boathook-token.timer";

#[derive(Deserialize)]
struct Kubeconfig {
    #[serde(default, rename = "current-context")]
    context: String,
    #[serde(default)]
    contexts: Vec<Named<Context>>,
    #[serde(default)]
    users: Vec<Named<User>>,
}

#[derive(Deserialize)]
struct Named<T> {
    name: String,
    #[serde(alias = "context", alias = "user")]
    it: Option<T>,
}

#[derive(Deserialize)]
struct Context {
    user: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct User {
    token: Option<String>,
    #[serde(rename = "tokenFile")]
    token_file: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    client_certificate_data: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    iat: Option<i64>,
}

pub(super) fn check(context: &CheckContext) -> Vec<CheckResult> {
    let Some(path) = &context.config.tools.kubeconfig else { return Vec::new() };
    // Another check reports that it cannot be read.
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let now = context.clock.now();
    let folder = path.parent().unwrap_or(Path::new("."));
    match serde_yaml::from_str(&text).map(user) {
        Err(_) => vec![CheckResult::error(
            CHECK,
            format!("{} is not a kubeconfig", path.display()),
            "kubectl cannot use it",
            "scripts/setup.sh makes one where there is none: move this one away and run it",
        )],
        Ok(None) => Vec::new(),
        Ok(Some(user)) => of_user(&user, folder, now),
    }
}

fn user(kubeconfig: Kubeconfig) -> Option<User> {
    let Kubeconfig { context, contexts, users } = kubeconfig;
    let wanted = contexts.into_iter().find(|one| one.name == context).and_then(|one| one.it)?.user;
    users.into_iter().find(|one| one.name == wanted).and_then(|one| one.it)
}

fn of_user(user: &User, folder: &Path, now: Timestamp) -> Vec<CheckResult> {
    if let Some(file) = &user.token_file {
        let path = folder.join(file);
        return vec![match fs::read_to_string(&path) {
            Ok(token) => judge(&format!("the token in {}", path.display()), token.trim(), now),
            Err(error) => CheckResult::error(
                CHECK,
                format!("{} cannot be read: {error}", path.display()),
                "kubectl is nobody to the cluster",
                RENEW,
            ),
        }];
    }
    if let Some(token) = &user.token {
        return vec![judge("the kubeconfig's token", token, now)];
    }
    certificate_end(user, folder)
        .map(|end| {
            ends(
                "the kubeconfig's certificate",
                end,
                end <= now,
                days_left(end, now) < 14,
                "k3s certificate rotate; or scripts/setup.sh, for an account with a token",
            )
        })
        .into_iter()
        .collect()
}

/// When the credentials in a kubeconfig expire; none if it cannot be read, or has no expiry.
#[must_use]
pub fn ends_at(kubeconfig: &Path) -> Option<Timestamp> {
    let text = fs::read_to_string(kubeconfig).ok()?;
    let user = user(serde_yaml::from_str(&text).ok()?)?;
    let folder = kubeconfig.parent().unwrap_or(Path::new("."));
    match (&user.token_file, &user.token) {
        (Some(file), _) => token_end(fs::read_to_string(folder.join(file)).ok()?.trim()),
        (None, Some(token)) => token_end(token),
        (None, None) => certificate_end(&user, folder),
    }
}

fn token_end(token: &str) -> Option<Timestamp> {
    Timestamp::from_second(claims(token)?.exp).ok()
}

fn claims(token: &str) -> Option<Claims> {
    jsonwebtoken::dangerous::insecure_decode_claims(token).ok()
}

fn certificate_end(user: &User, folder: &Path) -> Option<Timestamp> {
    let data =
        user.client_certificate_data.as_ref().and_then(|data| BASE64_STANDARD.decode(data).ok());
    let pem = data.or_else(|| fs::read(folder.join(user.client_certificate.as_ref()?)).ok())?;
    x509::not_after(&CertificateDer::from_pem_slice(&pem).ok()?)
}

/// Whether a token is valid for long enough.
pub(super) fn judge(whose: &str, token: &str, now: Timestamp) -> CheckResult {
    let (Some(Claims { exp, iat }), Some(end)) = (claims(token), token_end(token)) else {
        return CheckResult::warning(
            CHECK,
            format!("{whose} says no end"),
            "anyone who copies it can use it for ever",
            "scripts/setup.sh makes an account whose token ends and is renewed every day",
        );
    };
    let life = iat.map_or(LIFE_SECONDS, |iat| exp.saturating_sub(iat));
    let left = exp.saturating_sub(now.as_second());
    ends(whose, end, left <= 0, left < life / LAST_PART, RENEW)
}

fn days_left(end: Timestamp, now: Timestamp) -> i64 {
    end.duration_since(now).as_secs() / (24 * 60 * 60)
}

fn ends(whose: &str, end: Timestamp, is_over: bool, is_soon: bool, fix: &str) -> CheckResult {
    match (is_over, is_soon) {
        (true, _) => CheckResult::error(
            CHECK,
            format!("{whose} has ended ({end})"),
            "the cluster refuses everything: Unauthorized",
            fix,
        ),
        (false, true) => CheckResult::warning(
            CHECK,
            format!("{whose} ends soon ({end}); it was not renewed"),
            "after that the cluster refuses everything",
            fix,
        ),
        (false, false) => CheckResult::ok(CHECK, format!("{whose} is good until {end}")),
    }
}
