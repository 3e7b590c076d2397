//! Checks the public listener's certificate: usable, and not about to expire.

use std::time::Duration;

use jiff::Timestamp;

use crate::check::{CheckContext, CheckResult, x509};

const CHECK: &str = "certificate";
/// Renewal is due a month before the end; two weeks before, it has failed.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

pub(super) fn check(context: &CheckContext) -> Vec<CheckResult> {
    let now = context.clock.now();
    match &context.certificate {
        None => Vec::new(),
        Some(Ok(certificate)) => {
            vec![judge(CHECK, "server.tls", x509::not_after(certificate), now)]
        }
        Some(Err(reason)) => vec![CheckResult::error(
            CHECK,
            reason.clone(),
            "boathook does not start without it; a running one goes on showing the one before",
            "correct server.tls, or the files that it names",
        )],
    }
}

/// Whether a certificate with this end is good enough.
pub(super) fn judge(
    check: &'static str,
    whose: &str,
    end: Option<Timestamp>,
    now: Timestamp,
) -> CheckResult {
    let renew = "renew it (certbot renew, cert-manager, or your issuer); boathook takes up new files within half a minute";
    match end {
        None => CheckResult::warning(
            check,
            format!("the end of the certificate of {whose} cannot be read"),
            "nobody is warned before it ends",
            renew,
        ),
        Some(end) if end <= now => CheckResult::error(
            check,
            format!("the certificate of {whose} has ended ({end})"),
            "senders refuse to talk to it",
            renew,
        ),
        Some(end) if end.duration_since(now).unsigned_abs() < SOON => CheckResult::warning(
            check,
            format!("the certificate of {whose} ends soon ({end})"),
            "after that senders refuse to talk to it",
            renew,
        ),
        Some(end) => {
            CheckResult::ok(check, format!("the certificate of {whose} is good until {end}"))
        }
    }
}
