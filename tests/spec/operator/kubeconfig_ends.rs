//! When the credentials in a kubeconfig end, as the metrics tell it.

use std::fs;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use boathook::check::kubeconfig_ends;
use jiff::Timestamp;
use tempfile::TempDir;

const END: &str = "2026-12-01T00:00:00Z";

fn end() -> Timestamp {
    END.parse().unwrap()
}

fn token() -> String {
    let encoded = |claims: &str| BASE64_URL_SAFE_NO_PAD.encode(claims);
    format!(
        "{}.{}.signature",
        encoded("{}"),
        encoded(&format!("{{\"exp\":{}}}", end().as_second()))
    )
}

fn certificate() -> String {
    let mut parameters = rcgen::CertificateParams::new(vec!["boathook".to_owned()]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(2026, 12, 1);
    parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
}

/// The expiry of a kubeconfig with this user, and a file next to it.
fn transcript(user: &str, beside: &str) -> Option<Timestamp> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("kubeconfig");
    let contexts =
        "current-context: here\ncontexts: [{name: here, context: {cluster: k3s, user: boathook}}]";
    fs::write(
        &path,
        format!(
            "{contexts}\nusers: [{{name: boathook, user: {user}}}, {{name: other, user: {{token: \
             other}}}}]\n"
        ),
    )
    .unwrap();
    fs::write(directory.path().join("beside"), beside).unwrap();
    kubeconfig_ends(&path)
}

#[test]
fn a_token_a_file_with_one_and_a_certificate_show_when_they_end() {
    assert_eq!(transcript(&format!("{{token: {}}}", token()), ""), Some(end()));
    assert_eq!(transcript("{tokenFile: beside}", &format!("{}\n", token())), Some(end()));
    assert_eq!(transcript("{client-certificate: beside}", &certificate()), Some(end()));
    let data = BASE64_STANDARD.encode(certificate());
    assert_eq!(transcript(&format!("{{client-certificate-data: {data}}}"), ""), Some(end()));
}

#[test]
fn what_says_no_end_or_cannot_be_read_reports_none() {
    for user in [
        "{}",
        "{token: opaque}",
        "{tokenFile: missing}",
        "{client-certificate: beside}",
        "{client-certificate-data: '%'}",
    ] {
        assert_eq!(transcript(user, "no certificate"), None, "{user}");
    }
    assert_eq!(kubeconfig_ends(std::path::Path::new("/nowhere/kubeconfig")), None);
}
