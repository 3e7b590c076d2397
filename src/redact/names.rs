//! Whether a name promises a secret: of a variable, a field, a flag.

/// Words that mark a secret anywhere in a name.
const WORDS: [&str; 14] = [
    "accesskey",
    "apikey",
    "authorization",
    "clientkey",
    "cookie",
    "credential",
    "encryptionkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "signingkey",
    "token",
];
/// Words that promise one at the end of a name.
const LAST: [&str; 5] = ["auth", "creds", "key", "pass", "pwd"];
/// Names of values that only say where a secret is or what it is called: `secretName`,
/// `TOKEN_FILE`, `AWS_ACCESS_KEY_ID`, `publicKey`.
const HARMLESS: [&str; 13] = [
    "publickey",
    "keyref",
    "name",
    "namespace",
    "id",
    "ref",
    "file",
    "path",
    "dir",
    "directory",
    "url",
    "type",
    "version",
];

/// Whether the value of this name must be hidden. Upper and lower case, `_`, `-` and `.` make no
/// difference.
#[must_use]
pub fn speaks_of_a_secret(name: &str) -> bool {
    let letters: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let promises = WORDS.iter().any(|word| letters.contains(word))
        || LAST.iter().any(|word| letters.ends_with(word));
    promises && !HARMLESS.iter().any(|word| letters.ends_with(word))
}
