//! Whether deployments may begin in an environment now, or what stops them: one word for each, the
//! same in commands and on pages.

use jiff::Timestamp;

use crate::deploy_windows::Outlook;

/// Whether deployments may begin in an environment, or what stops them: the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentState<'a> {
    NotEnabled,
    /// The configuration says why.
    Frozen(&'a str),
    /// An operator said why.
    Locked(&'a str),
    /// Until then; none if no end is in sight.
    WindowClosed(Option<Timestamp>),
    Open,
}

/// What may stop deployments in an environment.
#[derive(Clone, Copy, Debug)]
pub struct Obstacles<'a> {
    pub enabled: bool,
    /// Why the configuration freezes it.
    pub frozen: Option<&'a str>,
    /// Why an operator locked it.
    pub locked: Option<&'a str>,
    pub windows: Option<&'a Outlook>,
}

impl<'a> EnvironmentState<'a> {
    #[must_use]
    pub const fn of(obstacles: Obstacles<'a>) -> Self {
        let Obstacles { enabled, frozen, locked, windows } = obstacles;
        match (frozen, locked, windows) {
            _ if !enabled => Self::NotEnabled,
            (Some(reason), ..) => Self::Frozen(reason),
            (None, Some(reason), _) => Self::Locked(reason),
            (None, None, Some(Outlook { is_open: false, until, openings: _ })) => {
                Self::WindowClosed(*until)
            }
            (None, None, Some(_) | None) => Self::Open,
        }
    }

    /// It in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotEnabled => "not enabled",
            Self::Frozen(_) => "frozen",
            Self::Locked(_) => "locked",
            Self::WindowClosed(_) => "window closed",
            Self::Open => "open",
        }
    }

    /// Whether an environment that is enabled takes nothing for now.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Frozen(_) | Self::Locked(_) | Self::WindowClosed(_))
    }

    /// Why it is closed, where someone said so.
    #[must_use]
    pub const fn reason(self) -> Option<&'a str> {
        match self {
            Self::Frozen(reason) | Self::Locked(reason) => Some(reason),
            Self::NotEnabled | Self::WindowClosed(_) | Self::Open => None,
        }
    }

    /// When its window opens, if an opening is in sight.
    #[must_use]
    pub const fn opens_at(self) -> Option<Timestamp> {
        match self {
            Self::WindowClosed(until) => until,
            Self::NotEnabled | Self::Frozen(_) | Self::Locked(_) | Self::Open => None,
        }
    }
}
