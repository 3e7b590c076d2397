//! Breaking the cluster by place: which runs fail, how, and for how long.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends with exit code 1 and this on stderr (for an HTTP front: 500 with this message).
    Exit(String),
    /// The API server (or the CRI socket, or the registry) cannot be reached.
    Unreachable,
    /// The API server has received too many requests.
    Throttled,
    /// The API server answers with this code and `Retry-After: 1`; kubectl tries ten times and
    /// prints nothing.
    PutOff(u16),
    /// A conflict: the object was changed since it was read.
    Conflict,
    /// Knative's admission webhook is unreachable.
    WebhookAway,
    /// The caller's credentials are refused.
    Unauthorized,
    /// It hangs until it is killed.
    Hang,
    /// The API server takes connections and says nothing; the program gives up in its own time.
    Unresponsive,
    /// A signal ends it before it did anything.
    Killed,
    /// It does its work, and then a signal ends it before it can say so.
    KilledAfter,
    /// It ends with exit code 0 and says what it would, and changes nothing.
    NotDone,
    /// It runs as a server-side dry run, exits with code 0, and prints that.
    OnlyTried,
    /// The program is not installed.
    NotInstalled,
    /// The version that is asked for is no longer known (410).
    Expired,
    /// Its watch ends at once, with exit code 0 and no output.
    WatchEnds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The next N runs.
    Next(u32),
    /// Once, after this many went well.
    After(u32),
    /// Every one until it is healed.
    UntilHealed,
}

/// The faults that are waiting to happen.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Vec<String>, Times, Fault)>);

impl Faults {
    /// Plants a fault at a place.
    pub(super) fn plant(&mut self, place: &str, times: Times, fault: Fault) {
        self.0.push((words(place), times, fault));
    }

    /// Whether one was planted at a place or below it, and has not happened.
    pub(super) fn is_planted(&self, place: &str) -> bool {
        let place = words(place);
        self.0.iter().any(|(planted, _, _)| planted.starts_with(&place))
    }

    /// Removes every fault that was planted at a place or below it.
    pub(super) fn heal(&mut self, place: &str) {
        let place = words(place);
        self.0.retain(|(planted, _, _)| !planted.starts_with(&place));
    }

    /// The fault that hits these arguments now, counted down.
    pub(super) fn strike(&mut self, at: &[&str]) -> Option<Fault> {
        let hit = |place: &[String]| {
            place.len() <= at.len() && place.iter().zip(at).all(|(planted, word)| planted == word)
        };
        let mut planted = None;
        for (_, times, fault) in self.0.iter_mut().filter(|(place, _, _)| hit(place)) {
            if planted.is_none() && times.count_down() {
                planted = Some(fault.clone());
            }
        }
        self.0.retain(|(_, times, _)| *times != Times::Next(0));
        planted
    }
}

impl Times {
    /// Whether it is now; what is left is counted down.
    fn count_down(&mut self) -> bool {
        match self {
            Self::Next(left) => {
                let now = *left > 0;
                *left = left.saturating_sub(1);
                now
            }
            Self::After(0) => {
                *self = Self::Next(0);
                true
            }
            Self::After(left) => {
                *left -= 1;
                false
            }
            Self::UntilHealed => true,
        }
    }
}

fn words(place: &str) -> Vec<String> {
    place.split_whitespace().map(str::to_owned).collect()
}
