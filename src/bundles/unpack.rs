//! Unpacks a gzipped tar in memory, entry by entry. No name, size or kind in it is believed without
//! a look.

use std::{
    collections::{BTreeMap, HashSet},
    io::Read,
};

use boathook_core::deployment::{Bundle, BundlePath};
use flate2::bufread::GzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::bundles::{
    BundleError, BundleLimits, EntryFault,
    bounded::{Bounded, Excess},
    limits::BLOCK,
    pax,
};

/// The most bytes of an extended header.
const EXTENDED_MAX: u64 = 16 << 10;

/// The bundle in a gzipped tar.
pub fn unpack(packed: &[u8], limits: &BundleLimits) -> Result<Bundle, BundleError> {
    let gzip = GzDecoder::new(packed);
    let max = limits.max_packed();
    let bounded = Bounded::new(gzip, max, packed.len(), limits.max_compression);
    let mut archive = Archive::new(bounded);
    let mut unpacking = Unpacking {
        limits,
        files: BTreeMap::new(),
        seen: Seen::default(),
        left: limits.max_bytes,
        entries: 0,
    };
    let failed = |error| failed(error, limits);
    for entry in archive.entries().map_err(failed)?.raw(true) {
        unpacking.take(entry.map_err(failed)?)?;
    }
    let mut rest = archive.into_inner();
    read_zeros(&mut rest, limits)?;
    if !rest.into_inner().into_inner().is_empty() {
        return Err(BundleError::TrailingData);
    }
    if unpacking.files.is_empty() {
        return Err(BundleError::Empty);
    }
    Ok(Bundle::new(unpacking.files))
}

struct Unpacking<'a> {
    limits: &'a BundleLimits,
    files: BTreeMap<BundlePath, Vec<u8>>,
    seen: Seen,
    /// The bytes that files may still have.
    left: usize,
    entries: usize,
}

/// The names that were there, to tell two spellings of one name.
#[derive(Default)]
struct Seen {
    files: HashSet<String>,
    folders: HashSet<String>,
    /// Files and folders without regard to case.
    folded: BTreeMap<String, String>,
}

impl Unpacking<'_> {
    fn take<R: Read>(&mut self, mut entry: Entry<'_, R>) -> Result<(), BundleError> {
        let name = entry.path_bytes().into_owned();
        let refused = |fault: EntryFault| BundleError::entry(&name, fault);
        self.entries += 1;
        if self.entries > self.limits.max_entries {
            return Err(refused(EntryFault::TooMany { max: self.limits.max_entries }));
        }
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {
                let path = self.path(&name).map_err(refused)?;
                self.seen.file(path.as_str()).map_err(refused)?;
                let content = self.content(&mut entry, &name)?;
                self.files.insert(path, content);
            }
            EntryType::Directory => {
                if let Some(folder) = folder(&name) {
                    let path = self.path(folder).map_err(refused)?;
                    self.seen.folder(path.as_str()).map_err(refused)?;
                }
            }
            EntryType::XHeader | EntryType::XGlobalHeader => {
                let mut records = Vec::new();
                let read = (&mut entry).take(EXTENDED_MAX + 1).read_to_end(&mut records);
                read.map_err(|error| failed(error, self.limits))?;
                if records.len() as u64 > EXTENDED_MAX || !pax::is_harmless(&records) {
                    return Err(refused(EntryFault::Extension));
                }
            }
            EntryType::GNULongName | EntryType::GNULongLink => {
                return Err(refused(EntryFault::Extension));
            }
            EntryType::Link | EntryType::Symlink => return Err(refused(EntryFault::Link)),
            EntryType::Char | EntryType::Block => return Err(refused(EntryFault::Device)),
            EntryType::Fifo => return Err(refused(EntryFault::Fifo)),
            EntryType::GNUSparse => return Err(refused(EntryFault::Sparse)),
            _ => return Err(refused(EntryFault::UnknownKind)),
        }
        Ok(())
    }

    /// `tar -C folder -c .` begins each name with `./`.
    fn path(&self, name: &[u8]) -> Result<BundlePath, EntryFault> {
        let BundleLimits { max_depth, max_path, .. } = *self.limits;
        let name = name.strip_prefix(b"./").unwrap_or(name);
        if name.len() > max_path {
            return Err(EntryFault::LongPath { max: max_path });
        }
        let text = str::from_utf8(name).map_err(|_| EntryFault::NotUtf8)?;
        let path = BundlePath::parse(text)?;
        if path.depth() > max_depth {
            return Err(EntryFault::Deep { max: max_depth });
        }
        Ok(path)
    }

    /// The size that a header names is compared before anything is read for it.
    fn content<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        name: &[u8],
    ) -> Result<Vec<u8>, BundleError> {
        let too_large =
            || BundleError::entry(name, EntryFault::TooLarge { max: self.limits.max_bytes });
        let size = usize::try_from(entry.size()).map_err(|_| too_large())?;
        let left = self.left.checked_sub(size).ok_or_else(too_large)?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| failed(error, self.limits))?;
        if content.len() != size {
            return Err(BundleError::Damaged(std::io::ErrorKind::UnexpectedEof.into()));
        }
        self.left = left;
        Ok(content)
    }
}

impl Seen {
    fn file(&mut self, path: &str) -> Result<(), EntryFault> {
        if self.files.contains(path) {
            return Err(EntryFault::Duplicate);
        }
        if self.folders.contains(path) {
            return Err(EntryFault::FileAndFolder);
        }
        self.fold(path)?;
        self.files.insert(path.to_owned());
        match path.rsplit_once('/') {
            Some((folder, _)) => self.folder(folder),
            None => Ok(()),
        }
    }

    /// A folder may be named often: by its own entry, and by each file in it.
    fn folder(&mut self, path: &str) -> Result<(), EntryFault> {
        let mut path = path;
        while !self.folders.contains(path) {
            if self.files.contains(path) {
                return Err(EntryFault::FileAndFolder);
            }
            self.fold(path)?;
            self.folders.insert(path.to_owned());
            let Some((above, _)) = path.rsplit_once('/') else { break };
            path = above;
        }
        Ok(())
    }

    fn fold(&mut self, path: &str) -> Result<(), EntryFault> {
        let known = self.folded.entry(path.to_lowercase()).or_insert_with(|| path.to_owned());
        if known == path { Ok(()) } else { Err(EntryFault::SameButCase) }
    }
}

/// A folder's name without the slash at its end; none for the bundle's own folder.
fn folder(name: &[u8]) -> Option<&[u8]> {
    let name = name.strip_suffix(b"/").unwrap_or(name);
    (name != b"." && !name.is_empty()).then_some(name)
}

/// Reads to the end, so that the checksum of gzip is compared too; behind a tar stand zeros.
fn read_zeros(rest: &mut impl Read, limits: &BundleLimits) -> Result<(), BundleError> {
    let mut buffer = [0; BLOCK];
    loop {
        match rest.read(&mut buffer).map_err(|error| failed(error, limits))? {
            0 => return Ok(()),
            read if buffer[..read].iter().all(|byte| *byte == 0) => {}
            _ => return Err(BundleError::TrailingData),
        }
    }
}

fn failed(error: std::io::Error, limits: &BundleLimits) -> BundleError {
    match Excess::of(&error) {
        Some(Excess::Bytes) => BundleError::TooLarge { max: limits.max_bytes },
        Some(Excess::Compression) => BundleError::TooCompressed { max: limits.max_compression },
        None => BundleError::Damaged(error),
    }
}
