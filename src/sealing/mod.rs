//! Seals the body of a request for one boathook, so that whoever hands it on cannot read it.
//!
//! HPKE (RFC 9180) in its base mode, with X25519, HKDF-SHA256 and ChaCha20Poly1305. Who sealed a body
//! it does not say: the signature over the opened bytes does.

mod envelope;
mod key_id;
mod opener;
mod private_key;
mod public_key;

pub use envelope::{is_sealed, sealed_max};
pub use key_id::KeyId;
pub use opener::{Opener, Unopened};
pub use private_key::{NotPrivate, PrivateKey};
pub use public_key::{BadKey, NotPublic, PublicKey};

/// The key exchange, the key derivation and the cipher.
type Exchange = hpke::kem::X25519HkdfSha256;
type Derivation = hpke::kdf::HkdfSha256;
type Cipher = hpke::aead::ChaCha20Poly1305;

/// What a body is sealed for: keys that are used for anything else open nothing here.
const PURPOSE: &[u8] = b"boathook request body, version 1";
/// What the text of a private key begins with.
const PRIVATE_PREFIX: &str = "boathook-private-";
/// Bytes of a key, of either kind, and of what the cipher adds to a text.
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
