//! Several boathooks on one record in PostgreSQL, one of which leads. Holds no test.

use std::sync::Arc;

use boathook::journal::{
    Batch, Journal, NodeName, PostgresOptions, PostgresStore, Store, StoreError,
};
use boathook_core::clock::Clock;
use boathook_testing::{
    postgres_server,
    tapped_store::{StoreCall, TappedStore},
};
use jiff::Timestamp;

/// The store of the one that may lead, once another one has let go of it.
pub fn leading_store(schema: &PostgresOptions) -> Arc<dyn Store> {
    Arc::new(PostgresStore::open(schema.clone()).unwrap())
}

/// The store of one that follows.
fn following_store(schema: &PostgresOptions) -> Arc<dyn Store> {
    let node = NodeName::try_from("node-b".to_owned()).unwrap();
    Arc::new(PostgresStore::join(schema.clone(), node).unwrap())
}

/// One that follows.
pub fn follower(schema: &PostgresOptions) -> Journal {
    following(following_store(schema))
}

pub fn following(store: Arc<dyn Store>) -> Journal {
    Journal::follow(store, Clock::system()).unwrap()
}

/// One that leads, and hears of each batch before it is written; an error takes its place.
pub async fn leader_with(
    schema: &PostgresOptions,
    tap: impl Fn(&Batch) -> Result<(), StoreError> + Send + Sync + 'static,
) -> Journal {
    let leader = following(Arc::new(TappedStore::new(leading_store(schema), tap)));
    leader.lead().await.unwrap();
    leader
}

/// One that leads.
pub async fn leader(schema: &PostgresOptions) -> Journal {
    leader_with(schema, |_| Ok(())).await
}

/// How many requests are in the inbox, answered or not.
pub fn requests_in(schema: &PostgresOptions) -> usize {
    let name = schema.schema().as_str();
    postgres_server::ask(&format!("SELECT count(*) FROM {name}.inbox")).trim().parse().unwrap()
}

/// One that follows, and hears of what is about to be done to the inbox.
pub fn follower_with(
    schema: &PostgresOptions,
    hook: impl Fn(&str) + Send + Sync + 'static,
) -> Journal {
    let store = TappedStore::of_all(following_store(schema), move |call| {
        if let StoreCall::Inbox(operation) = call {
            hook(operation);
        }
        Ok(())
    });
    following(Arc::new(store))
}

/// A text with what differs from one run to the next replaced: times, and what is drawn at random, by
/// the order in which it comes.
pub fn without_random(text: &str) -> String {
    let is_time =
        |word: &str| word.parse::<Timestamp>().is_ok() || word.parse::<jiff::civil::Time>().is_ok();
    let of_time = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
    let without_times = replaced(text, of_time, |word| is_time(word).then(|| "TIME".to_owned()));
    let mut drawn = Vec::new();
    replaced(
        &without_times,
        |c| c.is_ascii_alphanumeric(),
        |word| {
            let letters = word.bytes().all(|b| b"abcdefghijkmnpqrstuvwxyz23456789".contains(&b));
            if !letters || ![20, 32].contains(&word.len()) {
                return None;
            }
            let place = drawn.iter().position(|one| one == word).unwrap_or_else(|| {
                drawn.push(word.to_owned());
                drawn.len() - 1
            });
            Some(format!("DRAWN-{place}"))
        },
    )
}

/// The text with those of its words replaced for which there is a replacement.
fn replaced(
    text: &str,
    is_of_word: impl Fn(char) -> bool,
    mut replacement: impl FnMut(&str) -> Option<String>,
) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word);
        out.push_str(&replacement(word).unwrap_or_else(|| word.to_owned()));
        let between = after.find(&is_of_word).unwrap_or(after.len());
        let (between, after) = after.split_at(between);
        out.push_str(between);
        rest = after;
    }
    out
}
