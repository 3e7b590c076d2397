//! The bundle that the layers of an artifact make.

use std::collections::BTreeMap;

use boathook_core::deployment::{Bundle, BundlePath};

use crate::{
    artifacts::{ArtifactFault, manifest::PackedFolder},
    bundles::{self, BundleError, BundleLimits},
};

/// The layers, as they came.
pub(super) enum Layers {
    Archive { packed: Vec<u8>, folder: Option<PackedFolder> },
    Text(Vec<u8>),
    Files(BTreeMap<BundlePath, Vec<u8>>),
}

/// Why they make none.
pub(super) enum NoBundle {
    Fault(ArtifactFault),
    Refused(BundleError),
}

impl Layers {
    /// Their bundle, judged as if it had come in the request.
    pub(super) fn bundle(self, limits: &BundleLimits) -> Result<Bundle, NoBundle> {
        match self {
            Self::Archive { packed, folder } => {
                let bundle = bundles::unpack(&packed, limits)?;
                let Some(PackedFolder { name, is_certain }) = folder else { return Ok(bundle) };
                match bundle.clone().below(&name) {
                    Some(inside) => Ok(inside),
                    None if is_certain => {
                        let name = name.escape_default().to_string();
                        Err(NoBundle::Fault(ArtifactFault::Outside(name)))
                    }
                    None => Ok(bundle),
                }
            }
            Self::Text(text) => {
                let text =
                    String::from_utf8(text).map_err(|_| NoBundle::Fault(ArtifactFault::NotText))?;
                Ok(bundles::receive_text(&text, limits)?)
            }
            // What no tar of a folder could hold is refused here too.
            Self::Files(files) => {
                let packed = bundles::pack(&Bundle::new(files)).map_err(BundleError::Damaged)?;
                Ok(bundles::unpack(&packed, limits)?)
            }
        }
    }
}

impl From<BundleError> for NoBundle {
    fn from(error: BundleError) -> Self {
        Self::Refused(error)
    }
}
