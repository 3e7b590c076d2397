//! Which manifests `boathook send` takes along.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook_core::deployment::{ArtifactRef, Bundle};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    bundles::{self, BundleLimits},
    cli::{CliError, messages},
};

/// The most bytes of a YAML text.
const TEXT_MAX: usize = BundleLimits::RECORDED.max_bytes;

/// Which manifests go along.
#[derive(Debug, Args)]
pub struct ManifestArguments {
    /// Send these manifests with the request: a folder with one folder for each environment, a file
    /// of YAML, or `-` for YAML on standard input; the environment must allow it
    #[arg(long, value_name = "PATH")]
    pub manifests: Option<PathBuf>,
    /// Have boathook fetch the manifests from a registry: an OCI artifact by its digest, as `oras push`
    /// and `flux push artifact` make them; the environment must allow the repository
    #[arg(long, value_name = "REPOSITORY@DIGEST", value_parser = ArtifactRef::parse, conflicts_with = "manifests")]
    pub manifests_image: Option<ArtifactRef>,
}

/// The manifests of a request, as its body holds them.
#[derive(Clone, Debug)]
pub struct SentBundle {
    pub field: Value,
    /// What the sender is told of them.
    pub note: String,
}

impl ManifestArguments {
    /// Reads and packs them, if some are named.
    pub(super) fn read(&self) -> Result<Option<SentBundle>, CliError> {
        if let Some(artifact) = &self.manifests_image {
            let field = json!({"image": artifact});
            return Ok(Some(SentBundle { field, note: messages::artifact(artifact) }));
        }
        let Some(path) = &self.manifests else { return Ok(None) };
        let (bundle, field) = if path.is_dir() {
            let bundle = bundles::read_folder(path)?;
            let packed = bundles::pack(&bundle)
                .map_err(|source| CliError::NotPacked { path: path.clone(), source })?;
            (bundle, json!(STANDARD.encode(packed)))
        } else {
            let text = text(path)?;
            (Bundle::of_text(&text), json!(text))
        };
        let note = messages::bundle(&bundle.digest(), bundle.files().len(), bundle.size());
        Ok(Some(SentBundle { field, note }))
    }
}

fn text(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let unreadable = |source| CliError::ManifestsUnreadable { path: path.to_owned(), source };
    let max = TEXT_MAX as u64 + 1;
    if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(max)
            .read_to_string(&mut text)
            .map_err(CliError::InputUnreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(max).read_to_string(&mut text).map_err(unreadable)?;
    }
    if text.len() > TEXT_MAX {
        return Err(unreadable(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(text)
}
