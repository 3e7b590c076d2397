//! What is behind an error.

use std::{error::Error, sync::Arc};

/// What another program's error looks like from here.
pub type Cause = Arc<dyn Error + Send + Sync>;
