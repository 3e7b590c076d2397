//! The rules for names, as Kubernetes words them.

const LABEL_LENGTH: &str = "must be no more than 63 characters";
const DNS_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
                        '-', start with an alphabetic character, and end with an alphanumeric \
                        character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                        '[a-z]([-a-z0-9]*[a-z0-9])?')";
const DNS_1123: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
                        characters or '-', and must start and end with an alphanumeric character \
                        (e.g. 'my-name',  or '123-abc', regex used for validation is \
                        '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                         characters, '-' or '.', and must start and end with an alphanumeric \
                         character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// What a name lacks to be a DNS-1035 label, as Go prints a list; nothing if it is one.
pub(super) fn not_dns_1035(name: &str) -> Option<String> {
    let begins = name.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    list([
        too_long(name, 63, LABEL_LENGTH),
        (!begins || !is_label(name)).then(|| DNS_1035.to_owned()),
    ])
}

/// What a name lacks to be the beginning of DNS-1035 labels.
pub(super) fn not_dns_1035_prefix(prefix: &str) -> Option<String> {
    not_dns_1035(&match prefix.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => format!("{rest}a"),
        _ => prefix.to_owned(),
    })
}

/// What a name lacks to be a DNS-1123 label.
pub(super) fn not_dns_1123_label(name: &str) -> Option<String> {
    if !is_label(name) {
        Some(DNS_1123.to_owned())
    } else {
        too_long(name, 63, "must be no more than 63 bytes")
    }
}

/// What a name lacks to be a DNS-1123 subdomain.
pub(super) fn not_subdomain(name: &str) -> Option<String> {
    if !name.split('.').all(is_label) {
        Some(SUBDOMAIN.to_owned())
    } else {
        too_long(name, 253, "must be no more than 253 bytes")
    }
}

fn too_long(name: &str, most: usize, why: &str) -> Option<String> {
    (name.len() > most).then(|| why.to_owned())
}

fn is_label(name: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.iter().all(|byte| plain(byte) || *byte == b'-')
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
}

fn list(found: [Option<String>; 2]) -> Option<String> {
    let found: Vec<_> = found.into_iter().flatten().collect();
    (!found.is_empty()).then(|| format!("[{}]", found.join(" ")))
}
