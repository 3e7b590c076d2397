//! Why a bundle is refused.

use std::io;

use crate::bundles::EntryFault;

/// Bytes of an entry's name that are shown.
const SHOWN: usize = 100;

/// Why a bundle is refused, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A text that begins like a packed bundle is none.
    #[error(
        "`manifests` begins like the base64 of a gzipped tar, and is not valid base64; send `tar -cz ... | base64 -w0`"
    )]
    NotBase64,
    /// What was unpacked is no tar.
    #[error("the bundle is no gzipped tar, or is damaged ({0}); pack it again")]
    Damaged(io::Error),
    /// The packed bytes go on after the tar.
    #[error("the bundle goes on after the end of its tar; pack one tar, with nothing behind it")]
    TrailingData,
    /// An entry is refused.
    #[error("the bundle's entry `{entry}` {fault}")]
    Entry {
        /// Its name, printable and cut short.
        entry: String,
        fault: EntryFault,
    },
    /// It unpacks to more than it may.
    #[error(
        "the bundle unpacks to more than {max} bytes (bundles.max_bytes); leave out what no environment needs"
    )]
    TooLarge { max: usize },
    /// It is compressed more than manifests are.
    #[error(
        "the bundle unpacks to more than {max} times its packed size (bundles.max_compression), which manifests do not; pack manifests only"
    )]
    TooCompressed { max: usize },
    /// There is no file in it.
    #[error("the bundle holds no file; pack the folder that holds one folder for each environment")]
    Empty,
    /// A YAML text is larger than a bundle may be.
    #[error("the text in `manifests` has more than {max} bytes (bundles.max_bytes); shorten it")]
    LongText { max: usize },
}

impl BundleError {
    /// An entry that is refused.
    pub(super) fn entry(name: &[u8], fault: EntryFault) -> Self {
        let shown = &name[..name.len().min(SHOWN)];
        Self::Entry { entry: shown.escape_ascii().to_string(), fault }
    }

    /// Whether it is too large, and not wrong otherwise.
    #[must_use]
    pub const fn is_size(&self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::TooCompressed { .. } | Self::LongText { .. } => true,
            Self::Entry { entry: _, fault } => fault.is_size(),
            Self::NotBase64 | Self::Damaged(_) | Self::TrailingData | Self::Empty => false,
        }
    }
}
