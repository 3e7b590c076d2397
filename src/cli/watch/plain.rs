//! All that is watched, line by line: what `show --follow` prints of each deployment, after its
//! place and its id.

use std::{cell::Cell, collections::HashSet, rc::Rc};

use boathook_core::{
    clock::time_of_day_utc,
    deployment::{DeploymentId, error_chain},
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Client;

use crate::cli::{
    CliError, SocketArguments,
    follow::{Follow, Reporter, Until},
    list::Row,
    messages,
    terminal::{Line, print_to_reader, print_to_stderr},
    watch::Live,
};

/// Deployments that are followed at once; the others are when it is their turn.
const FOLLOWED_MAX: usize = 50;

/// Whether someone still reads the lines.
#[derive(Clone)]
struct Reader(Rc<Cell<bool>>);

impl Reader {
    fn print(&self, line: &str) {
        self.0.set(self.0.get() && print_to_reader(line));
    }
}

/// Prints what happens while someone reads it, and reads again and again which deployments there
/// are.
pub(super) async fn print_all(
    socket: &SocketArguments,
    client: &Client,
    first: Live,
    read: impl AsyncFn() -> Result<Live, CliError>,
) {
    let reader = Reader(Rc::new(Cell::new(true)));
    first.ended.iter().rev().for_each(|row| reader.print(&words_of_ended(row)));
    let mut known = first.ended.iter().map(|row| row.id.clone()).collect::<HashSet<_>>();
    let mut followed = FuturesUnordered::new();
    let mut seen = Ok(first);
    let mut trouble = None;
    while reader.0.get() {
        match &seen {
            Ok(live) => {
                trouble = None;
                let mut there = HashSet::new();
                for (id, place) in deployments(live) {
                    if !known.contains(&id) {
                        if followed.len() >= FOLLOWED_MAX {
                            continue;
                        }
                        followed.push(follow(socket, client, id.clone(), place, reader.clone()));
                    }
                    there.insert(id);
                }
                known = there;
            }
            Err(error) => {
                let now = Some(error_chain(error));
                if trouble != now {
                    print_to_stderr(Line(now.as_deref().unwrap_or_default()));
                }
                trouble = now;
            }
        }
        let next = read();
        tokio::pin!(next);
        seen = loop {
            tokio::select! {
                seen = &mut next => break seen,
                Some(()) = followed.next() => {}
            }
        };
    }
}

/// Every deployment that is there, in the order of acceptance as far as that is known.
fn deployments(live: &Live) -> impl Iterator<Item = (String, String)> {
    let ended = live.ended.iter().rev().map(|row| (row.id.clone(), row.place()));
    ended.chain(live.live.iter().map(|view| (view.id.to_string(), view.place())))
}

/// Prints one deployment, from its begin to its end.
async fn follow(
    socket: &SocketArguments,
    client: &Client,
    id: String,
    place: String,
    reader: Reader,
) {
    let reporter = Reporter::to(move |line| reader.print(line)).about(format!("{place} {id}: "));
    let id = DeploymentId::from_lookup(&id);
    let follow = Follow { until: Until::Ended, ..socket.follow(client, &id, &reporter) };
    if let Some(ended) = follow.to_the_end(None).await {
        for line in messages::outcome(&ended) {
            reporter.note(ended.changed_at, &line);
        }
    }
}

fn words_of_ended(row: &Row) -> String {
    let at = row.ended_at.map(time_of_day_utc).unwrap_or_default();
    let why = row.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let line = format!("{at} {} {}: {}{why}", row.place(), row.id, row.status.words());
    Line(&line).to_string()
}
