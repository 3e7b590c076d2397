//! Documents as files, for `kubectl apply -f`.

use std::{io, path::Path};

use boathook_core::objects::Document;
use tokio::fs;

/// Writes each document as a JSON file, named so that kubectl applies them in this order; files of
/// an earlier run are removed first.
pub(super) async fn write(directory: &Path, documents: &[Document]) -> io::Result<()> {
    match fs::remove_dir_all(directory).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(directory).await?,
    }
    for (index, document) in documents.iter().enumerate() {
        let name =
            format!("{index:05}-{}-{}.json", document.kind().to_lowercase(), document.name());
        fs::write(directory.join(name), format!("{:#}\n", document.0)).await?;
    }
    Ok(())
}
