//! What is wrong with settings, as the owner of the settings says it. In which file or variable
//! they are is not known here.

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key, below the settings of its owner; empty for all of them.
    pub key: String,
    /// What is expected there.
    pub message: String,
}

impl Fault {
    #[must_use]
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    /// The faults by rules: whether a rule holds, else the key and what is expected there.
    #[must_use]
    pub fn of<const N: usize>(rules: [(bool, &str, &str); N]) -> Vec<Self> {
        let broken = rules.into_iter().filter(|(holds, ..)| !holds);
        broken.map(|(_, key, message)| Self::new(key, message)).collect()
    }

    /// The faults of a section, by their keys above it.
    pub fn inside(section: &str, faults: Vec<Self>) -> impl Iterator<Item = Self> {
        faults.into_iter().map(move |Self { key, message }| match key.as_str() {
            "" => Self::new(section, message),
            key => Self::new(format!("{section}.{key}"), message),
        })
    }
}
