//! Which headers a probe may carry: none that would lead it elsewhere, or be answered by something
//! other than the application.

/// What would lead a probe to another revision, or change how its bytes are framed.
const NEVER: [(&str, &str); 11] = [
    (
        "host",
        "would lead the probe to another service: the ingress goes by it; say `health.host`, which the application sees as X-Forwarded-Host",
    ),
    ("knative-serving-tag", "would lead the probe to another revision"),
    ("k-kubelet-probe", "is answered by Knative, and never by the application"),
    ("k-network-probe", "is answered by Knative, and never by the application"),
    ("content-length", "belongs to the connection"),
    ("transfer-encoding", "belongs to the connection"),
    ("connection", "belongs to the connection"),
    ("upgrade", "belongs to the connection"),
    ("expect", "belongs to the connection"),
    ("te", "belongs to the connection"),
    ("content-type", "belongs to a body, and a probe has none"),
];
/// Bytes of a value at most.
const VALUE_MAX: usize = 4096;

/// What is wrong with a probe's header; none if it is allowed.
#[must_use]
pub fn probe_header_fault(name: &str, value: &str) -> Option<&'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Some("is no name of a header");
    }
    if let Some((_, why)) = NEVER.iter().find(|(never, _)| name.eq_ignore_ascii_case(never)) {
        return Some(why);
    }
    if value.len() > VALUE_MAX
        || value.contains(|c: char| c != '\t' && c.is_control())
        || !value.is_ascii()
    {
        return Some("must have a value of ASCII in one line, of at most 4096 bytes");
    }
    let is_kubelet = name.eq_ignore_ascii_case("user-agent")
        && value.to_ascii_lowercase().starts_with("kube-probe/");
    is_kubelet.then_some(
        "is taken for the kubelet's: Knative answers it itself, and the application never sees it",
    )
}
