//! A reader of unpacked bytes that ends as soon as there are too many of them.

use std::{
    fmt,
    io::{self, Read},
};

/// So many unpacked bytes may come from however few packed ones: a tar is padded with zeros.
const FREE: usize = 64 << 10;

/// Why no more is unpacked. It travels through the readers above as the cause of their error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    Bytes,
    Compression,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it unpacks to too many bytes")
    }
}

impl std::error::Error for Excess {}

impl Excess {
    /// The excess that an error of a reader came from, if it did.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Counts what is unpacked.
pub(super) struct Bounded<R> {
    unpacked: R,
    read: usize,
    /// The most that may be read, by size and by compression.
    bytes: usize,
    compression: usize,
}

impl<R> Bounded<R> {
    /// Lets through `bytes`, and `times` the packed size.
    pub(super) fn new(unpacked: R, bytes: usize, packed: usize, times: usize) -> Self {
        let compression = packed.saturating_mul(times).max(FREE);
        Self { unpacked, read: 0, bytes, compression }
    }

    pub(super) fn into_inner(self) -> R {
        self.unpacked
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacked.read(buffer)?;
        self.read = self.read.saturating_add(read);
        if self.read > self.compression {
            return Err(io::Error::other(Excess::Compression));
        }
        if self.read > self.bytes {
            return Err(io::Error::other(Excess::Bytes));
        }
        Ok(read)
    }
}
