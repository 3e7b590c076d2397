//! What became of a request.

use strum::{EnumCount, EnumIter, IntoStaticStr};

/// The result of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum RequestOutcome {
    Accepted,
    /// The same as an earlier one; nothing was done.
    Repeat,
    /// Answered with a dry run.
    DryRun,
    /// A `ping`.
    Ping,
    /// An event that deploys nothing.
    Ignored,
    /// Shown.
    Shown,
    /// 401.
    BadSignature,
    /// 400, 415 or 422: not what can be read or be right.
    Malformed,
    /// 413.
    TooLarge,
    /// 408.
    TooSlow,
    /// 403.
    NotAllowed,
    /// 404 or 405: no such environment, deployment or path.
    NotFound,
    /// 409: the same id for something else, stale, or older than the last.
    Conflict,
    /// 423.
    Locked,
    /// 429: too much waits.
    QueueFull,
    /// 429: too many from one address.
    TooMany,
    /// 500 or 503: boathook could not.
    Unavailable,
}
