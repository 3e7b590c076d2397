//! What `parts.html` shows on several pages: times, images with their digest cut short, and traffic
//! as a bar.

use boathook_core::{
    clock,
    deployment::{ImageRef, Percent, RevisionName},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    journal::Share,
    server::dashboard::left::{DAY, HOUR, MINUTE},
};

/// Digits of a digest that a page shows, enough to distinguish it from the others.
const DIGEST_SHOWN: usize = 19;

/// Times as text.
pub trait InWords {
    fn words(&self) -> String;
    /// The time of day; the page shows the date nearby.
    fn clock(&self) -> String;
    /// How long ago `began` was then, in a unit that suits.
    fn since(&self, began: &Timestamp) -> String;
}

impl InWords for Timestamp {
    fn words(&self) -> String {
        clock::date_and_time(*self)
    }

    fn clock(&self) -> String {
        clock::time_of_day(*self)
    }

    fn since(&self, began: &Timestamp) -> String {
        let took = self.duration_since(*began).max(SignedDuration::ZERO);
        let seconds = took.as_secs();
        match seconds {
            ..MINUTE => format!("{:.1} s", took.as_secs_f64()),
            MINUTE..HOUR => format!("{} min {} s", seconds / MINUTE, seconds % MINUTE),
            HOUR..DAY => format!("{} h {} min", seconds / HOUR, seconds % HOUR / MINUTE),
            DAY.. => format!("{} d {} h", seconds / DAY, seconds % DAY / HOUR),
        }
    }
}

/// Text that may end with a digest.
pub struct Cut {
    pub is_image: bool,
    pub name: String,
    pub digest: Option<String>,
}

impl Cut {
    /// The title of a step; some end with an image by digest.
    pub fn title(title: &str) -> Self {
        Self::at_digest(title, false)
    }

    /// An image by the tag that was requested and the digest that came of it.
    pub fn tagged(requested: &ImageRef, image: &ImageRef) -> Self {
        let digest = image.digest().map(|digest| digest.as_str().to_owned());
        Self { digest, ..Self::at_digest(&requested.to_string(), true) }
    }

    fn at_digest(text: &str, is_image: bool) -> Self {
        let (name, digest) = match text.split_once("@sha256:") {
            Some((name, hex)) => (name, Some(format!("sha256:{hex}"))),
            None => (text, None),
        };
        Self { is_image, name: name.to_owned(), digest }
    }

    /// The begin of the digest.
    pub fn short(&self) -> &str {
        let digest = self.digest.as_deref().unwrap_or_default();
        digest.get(..DIGEST_SHOWN).unwrap_or(digest)
    }
}

pub trait CutImage {
    fn cut(&self) -> Cut;
}

impl CutImage for ImageRef {
    fn cut(&self) -> Cut {
        Cut::at_digest(&self.to_string(), true)
    }
}

/// A revision's part of the bar.
pub struct Part {
    /// `candidate` or `stable`.
    pub class: &'static str,
    pub revision: String,
    pub percent: Percent,
    /// Where its part begins, and how wide it is, in percent of the bar.
    pub from: u32,
    pub width: u32,
}

/// The shares of traffic, from the left.
pub fn traffic(shares: &[Share], candidate: Option<&RevisionName>) -> Vec<Part> {
    let mut from = 0;
    let part = |Share { revision, percent }: &Share| {
        let class = if Some(revision) == candidate { "candidate" } else { "stable" };
        let width = u32::from(percent.get());
        let part = Part { class, revision: revision.to_string(), percent: *percent, from, width };
        from += width;
        part
    };
    shares.iter().map(part).collect()
}
