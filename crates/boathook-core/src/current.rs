//! What is exchanged at runtime, as its readers hold it. Whoever needs two values that belong
//! together gets both from one.

use std::sync::Arc;

use tokio::sync::watch;

/// Always shows the current value. Clones are cheap and show the same.
pub struct Current<T>(Arc<dyn Fn() -> Arc<T> + Send + Sync>);

impl<T: Send + Sync + 'static> Current<T> {
    /// A value that is never exchanged.
    #[must_use]
    pub fn fixed(value: T) -> Self {
        let value = Arc::new(value);
        Self(Arc::new(move || Arc::clone(&value)))
    }

    /// A part of what is exchanged as a whole.
    #[must_use]
    pub fn part_of<W: Send + Sync + 'static>(
        whole: watch::Receiver<Arc<W>>,
        part: fn(&W) -> &Arc<T>,
    ) -> Self {
        Self(Arc::new(move || Arc::clone(part(&whole.borrow()))))
    }

    /// The value now. It stays the same for as long as it is held.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        (self.0)()
    }
}

impl<T: Send + Sync + 'static> From<watch::Receiver<Arc<T>>> for Current<T> {
    fn from(exchanged: watch::Receiver<Arc<T>>) -> Self {
        Self(Arc::new(move || Arc::clone(&exchanged.borrow())))
    }
}

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
