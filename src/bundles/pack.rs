//! Packs a bundle as a gzipped tar: sorted, without owners, modes and times, so that the same files
//! give the same bytes.

use std::io::{self, Write as _};

use boathook_core::deployment::Bundle;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// The mode of every file.
const MODE: u32 = 0o644;

/// The packed bundle. An error names a path that the format cannot hold.
pub fn pack(bundle: &Bundle) -> io::Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = Builder::new(gzip);
    for (path, content) in bundle.files() {
        let mut header = Header::new_ustar();
        header.set_path(path.as_str())?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(content.len() as u64);
        header.set_mode(MODE);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        tar.append(&header, content.as_slice())?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}
