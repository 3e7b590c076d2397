//! Texts of libraries for failed or broken connections, and for names that do not resolve.

/// Go's texts for an errno, its own network errors, and answers of a resolver; all lower case.
const TRANSIENT: [&str; 32] = [
    "connection refused",               // ECONNREFUSED
    "connection reset by peer",         // ECONNRESET
    "broken pipe",                      // EPIPE
    "no route to host",                 // EHOSTUNREACH
    "host is down",                     // EHOSTDOWN
    "network is unreachable",           // ENETUNREACH
    "connection timed out",             // ETIMEDOUT
    "resource temporarily unavailable", // EAGAIN
    "i/o timeout",
    "tls handshake timeout",
    "client.timeout exceeded",
    "timeout awaiting response headers",
    "context deadline exceeded",
    "context canceled",
    "use of closed network connection",
    "server closed idle connection",
    "client connection lost",
    "server sent goaway",
    "client connection force closed",
    "stream error: stream id",
    "unexpected eof",
    "transport is closing",
    "error reading server preface",
    "transport: error while dialing",
    "no such host",
    "server misbehaving",
    "temporary failure in name resolution",
    "did you specify the right host or port",
    "etcdserver: ",
    // The API server's own texts, for which kubectl omits the reason.
    "the server is currently unable to handle the request",
    "the server has received too many requests",
    "has prevented the request from succeeding",
];

/// Texts of permanent failures below HTTP, whatever else the message contains.
const PERMANENT: [&str; 5] = [
    "server gave http response to https client",
    "x509: ",
    "tls: failed to verify certificate",
    "first record does not look like a tls handshake",
    "unsupported protocol scheme",
];

/// Whether a connection failed in a transient way.
pub(super) fn is_away(lower: &str) -> bool {
    TRANSIENT.iter().any(|text| lower.contains(text)) || ends_early(lower)
}

/// Whether the two sides use different protocols, or do not trust each other.
pub(super) fn is_misconfigured(lower: &str) -> bool {
    PERMANENT.iter().any(|text| lower.contains(text)) || is_no_file_to_kubectl(lower)
}

/// kubectl's words for a file that it cannot parse. docker says the same of the body of an answer,
/// whose status decides.
fn is_no_file_to_kubectl(lower: &str) -> bool {
    const PARSING: &str = "error parsing ";
    lower.match_indices(PARSING).any(|(at, _)| !lower[at + PARSING.len()..].starts_with("http "))
}

/// `EOF` as a word of its own: in the middle of a name (`registry/eof:1`) it says nothing.
fn ends_early(lower: &str) -> bool {
    lower.match_indices("eof").any(|(at, word)| {
        let before = lower[..at].chars().next_back();
        let after = lower[at + word.len()..].chars().next();
        before.is_none_or(|c| c.is_whitespace())
            && after
                .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '/' | ':' | '@'))
    })
}
