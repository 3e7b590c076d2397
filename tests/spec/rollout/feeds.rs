//! One list and one watch for each kind in a namespace, whatever becomes of the watch.

use std::{future::Future, sync::Arc, time::Duration};

use boathook::{
    cluster::{Pod, Service},
    feeds::{Feed, FeedStatus, Feeds},
};
use boathook_core::{
    api_server::{ApiServer, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    deployment::Namespace,
    rollout::Timeouts,
};
use boathook_sandbox::{
    Behaviour, Breakage, Caller, Cluster, FakeApiServer, Fault, Kind, Settings, Times, WriteOptions,
};
use boathook_testing::rollout_harness::{REPOSITORY, settings};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

/// What a failure may cost.
const BOUND: Duration = Duration::from_secs(2);

struct Room {
    cluster: Cluster,
    feeds: Feeds,
    namespace: Namespace,
    timeouts: Timeouts,
}

impl Room {
    fn new() -> Self {
        Self::as_caller(Caller::admin())
    }

    fn as_caller(caller: Caller) -> Self {
        let cluster = Cluster::new(Settings::default());
        cluster.publish(REPOSITORY, "1", Behaviour::good("v1"));
        let namespace = json!({"metadata": {"name": "game"}});
        let options = WriteOptions::default();
        cluster.create(&Caller::admin(), Kind::Namespace, None, namespace, &options).unwrap();
        let api_server = FakeApiServer::new(cluster.clone()).as_caller(caller);
        Self {
            cluster,
            feeds: Feeds::new(Arc::new(api_server)),
            namespace: Namespace::parse("game").unwrap(),
            timeouts: settings().timeouts,
        }
    }

    fn create(&self, name: &str) {
        let service = json!({
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"template": {"spec": {"containers": [{"image": format!("{REPOSITORY}:1")}]}}},
        });
        let admin = Caller::admin();
        let options = WriteOptions::default();
        self.cluster.create(&admin, Kind::Service, Some("game"), service, &options).unwrap();
    }

    fn delete(&self, name: &str) {
        self.cluster.delete(&Caller::admin(), Kind::Service, Some("game"), name).unwrap();
    }

    fn services(&self) -> Feed<Service> {
        self.feeds.services(&self.namespace, &self.timeouts)
    }

    /// The reads of services so far: lists and watches.
    fn reads(&self) -> (usize, usize) {
        let reads = self.cluster.reads();
        let of_services = reads.iter().filter(|path| path.contains("/services?"));
        let (watches, lists): (Vec<_>, Vec<_>) =
            of_services.partition(|path| path.contains("watch=true"));
        (lists.len(), watches.len())
    }
}

/// Waits until the feed shows what is wanted; how long that took.
async fn until<T>(feed: &mut Feed<T>, wanted: impl Fn(&Feed<T>) -> bool) -> Duration {
    let began = Instant::now();
    let waits = async {
        while !wanted(feed) {
            feed.changed().await;
        }
    };
    within(Duration::from_secs(300), waits).await;
    began.elapsed()
}

async fn within(limit: Duration, waits: impl Future<Output = ()>) {
    timeout(limit, waits).await.expect("it never came");
}

fn has(name: &'static str) -> impl Fn(&Feed<Service>) -> bool {
    move |feed| feed.get(name).is_some()
}

fn why(feed: &Feed<Service>) -> Option<String> {
    feed.read(|state| match &state.status {
        FeedStatus::Interrupted(why) | FeedStatus::Forbidden(why) => Some(why.to_string()),
        FeedStatus::Begins | FeedStatus::Follows => None,
    })
}

#[tokio::test(start_paused = true)]
async fn readers_share_one_feed_which_ends_some_seconds_after_the_last_of_them() {
    let room = Room::new();
    room.create("one");
    let mut first = room.services();
    until(&mut first, has("one")).await;
    let mut second = room.services();
    until(&mut second, has("one")).await;
    room.create("two");
    until(&mut first, has("two")).await;
    until(&mut second, has("two")).await;
    assert_eq!(room.reads(), (1, 1), "{:?}", room.cluster.reads());

    drop((first, second));
    sleep(Duration::from_secs(5)).await;
    let mut soon = room.services();
    until(&mut soon, has("two")).await;
    assert_eq!(room.reads(), (1, 1), "a reader that comes soon finds it running");

    drop(soon);
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(room.reads(), (1, 1), "without a reader nothing is read");
    until(&mut room.services(), has("two")).await;
    assert_eq!(room.reads(), (2, 2), "a new feed begins with a list");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_runs_for_hours_lists_once() {
    let room = Room::new();
    room.create("one");
    let mut feed = room.services();
    until(&mut feed, has("one")).await;
    sleep(Duration::from_secs(2 * 3600)).await;
    room.cluster.compact();
    sleep(Duration::from_secs(3600)).await;
    room.create("two");
    let took = until(&mut feed, has("two")).await;
    assert!(took < BOUND, "{took:?}");
    let (lists, watches) = room.reads();
    assert_eq!(lists, 1, "bookmarks keep the version known, also where nothing changes");
    assert!((36..40).contains(&watches), "each watch lasts 5 minutes: {watches}");
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_a_watch_what_changed_meanwhile_shows_within_two_seconds() {
    for breakage in [Breakage::Ends, Breakage::Expires, Breakage::Fails, Breakage::IsCut] {
        let room = Room::new();
        room.create("old");
        let mut feed = room.services();
        until(&mut feed, |feed| feed.get("old").is_some() && feed.follows()).await;
        sleep(Duration::from_secs(20)).await;
        room.cluster.break_watches_by(breakage);
        room.delete("old");
        room.create("new");
        let wanted = |feed: &Feed<Service>| feed.get("old").is_none() && feed.get("new").is_some();
        let took = until(&mut feed, wanted).await;
        assert!(took < BOUND, "{breakage:?}: {took:?}");
        until(&mut feed, Feed::follows).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_no_longer_known_is_listed_again() {
    for is_code in [true, false] {
        let room = Room::new();
        room.create("old");
        let mut feed = room.services();
        until(&mut feed, |feed| feed.get("old").is_some() && feed.follows()).await;
        if is_code {
            room.cluster.fail("watch ksvc", Times::Next(1), Fault::Expired);
        }
        room.delete("old");
        room.create("new");
        room.cluster.break_watches();
        room.cluster.compact();
        let wanted = |feed: &Feed<Service>| feed.get("old").is_none() && feed.get("new").is_some();
        let took = until(&mut feed, wanted).await;
        assert!(took < BOUND, "{is_code}: {took:?}");
        assert_eq!(room.reads().0, 2, "{:?}", room.cluster.reads());
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_watch_ever_says_anything_the_feed_lists_every_second() {
    let room = Room::new();
    room.cluster.fail("watch ksvc", Times::UntilHealed, Fault::WatchEnds);
    let mut feed = room.services();
    sleep(Duration::from_secs(60)).await;
    room.create("one");
    let took = until(&mut feed, has("one")).await;
    assert!(took < BOUND, "{took:?}");
    let (lists, _) = room.reads();
    assert!((50..75).contains(&lists), "{lists}");
}

#[tokio::test(start_paused = true)]
async fn after_a_minute_without_an_api_server_a_feed_goes_on_within_two_seconds() {
    for fault in [
        Fault::Unreachable,
        Fault::Throttled,
        Fault::PutOff(503),
        Fault::Unauthorized,
        Fault::Killed,
        Fault::NotInstalled,
    ] {
        let room = Room::new();
        room.create("old");
        let mut feed = room.services();
        until(&mut feed, |feed| feed.get("old").is_some() && feed.follows()).await;
        room.cluster.fail("kubectl", Times::UntilHealed, fault.clone());
        room.cluster.break_watches();
        until(&mut feed, |feed| why(feed).is_some()).await;
        assert!(feed.get("old").is_some(), "what was known stays");
        sleep(Duration::from_secs(60)).await;
        room.create("new");
        room.cluster.heal("kubectl");
        let took = until(&mut feed, |feed| feed.get("new").is_some() && feed.follows()).await;
        assert!(took < BOUND, "{fault:?}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_not_permitted_says_so_and_asks_seldom() {
    let nobody = Caller::limited("ci", Namespace::parse("other").unwrap(), Vec::new());
    let room = Room::as_caller(nobody);
    let mut feed = room.services();
    until(&mut feed, |feed| why(feed).is_some()).await;
    let words = why(&feed).unwrap();
    let from =
        "`GET /apis/serving.knative.dev/v1/namespaces/game/services` failed (HTTP 403 after ";
    assert!(words.starts_with(from), "{words}");
    assert!(words.contains("Error from server (Forbidden)"), "{words}");
    assert!(words.contains("cannot list resource"), "{words}");
    sleep(Duration::from_secs(600)).await;
    let (lists, watches) = room.reads();
    assert!((30..50).contains(&lists) && watches == 0, "seldom: {lists}");
}

#[tokio::test(start_paused = true)]
async fn a_frozen_watch_begins_anew_when_a_reader_doubts_it_and_at_its_end() {
    for doubts in [true, false] {
        let room = Room::new();
        let mut feed = room.services();
        until(&mut feed, Feed::follows).await;
        room.cluster.break_watches_by(Breakage::Freezes);
        room.create("one");
        sleep(Duration::from_secs(60)).await;
        assert!(feed.get("one").is_none(), "nothing is heard of it");
        if doubts {
            feed.doubt();
        }
        let took = until(&mut feed, has("one")).await;
        let bound = if doubts { BOUND } else { room.timeouts.watch };
        assert!(took < bound, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_was_made_again_is_another_one() {
    let room = Room::new();
    room.create("one");
    let mut feed = room.services();
    until(&mut feed, has("one")).await;
    let before = feed.get("one").unwrap().uid().to_owned();
    room.delete("one");
    room.create("one");
    let is_another = |feed: &Feed<Service>| feed.get("one").is_some_and(|one| one.uid() != before);
    until(&mut feed, is_another).await;
}

#[tokio::test(start_paused = true)]
async fn a_namespace_with_many_services_is_listed_in_pages() {
    let room = Room::new();
    for number in 0..140 {
        room.create(&format!("s{number}"));
    }
    let mut feed = room.services();
    until(&mut feed, has("s139")).await;
    assert_eq!(feed.read(|state| state.objects.len()), 140);
    assert_eq!(room.reads().0, 7, "{:?}", room.cluster.reads());
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_next_page_is_too_late_begins_again() {
    let room = Room::new();
    for number in 0..26 {
        room.create(&format!("s{number}"));
    }
    room.cluster.fail("list ksvc", Times::After(1), Fault::Expired);
    let mut feed = room.services();
    let took = until(&mut feed, has("s25")).await;
    assert!(took < BOUND, "{took:?}");
    assert_eq!(room.reads().0, 4, "{:?}", room.cluster.reads());
}

/// An API server with this many pods, whose watches never say anything.
struct Crowd(usize);

impl ApiServer for Crowd {
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, Result<ReadAnswer, ReadError>> {
        let token = request.path.split("continue=").nth(1);
        let begin: usize = token.map_or(0, |token| token.parse().unwrap());
        let end = (begin + 100).min(self.0);
        let pod = |number| {
            let labels = json!({"serving.knative.dev/revision": "game-00001"});
            json!({"metadata": {"name": format!("pod-{number}"), "labels": labels}, "spec": {}})
        };
        let next = if end < self.0 { end.to_string() } else { String::new() };
        let list = json!({
            "metadata": {"resourceVersion": "7", "continue": next},
            "items": (begin..end).map(pod).collect::<Vec<_>>(),
        });
        let body = list.to_string().into_bytes();
        async move { Ok(ReadAnswer { code: 200, retry_after: None, body }) }.boxed()
    }

    fn watch(&self, _: ReadRequest) -> BoxFuture<'_, Result<WatchAnswer, ReadError>> {
        async { Ok(WatchAnswer::Events(stream::pending().boxed())) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_pods_are_known_and_beyond_ten_thousand_the_feed_says_that_these_are_too_many()
{
    let pods = |number| {
        let room = Room::new();
        Feeds::new(Arc::new(Crowd(number))).pods(&room.namespace, &room.timeouts)
    };
    let mut feed = pods(4000);
    until(&mut feed, Feed::follows).await;
    assert_eq!(feed.read(|state| state.objects.len()), 4000);
    assert_eq!(feed.get("pod-3999").unwrap().revision(), "game-00001");

    let mut feed = pods(10_001);
    let too_many = |feed: &Feed<Pod>| {
        feed.read(|state| match &state.status {
            FeedStatus::Interrupted(why) => &**why == "the namespace has more than 10000 pods",
            _ => false,
        })
    };
    until(&mut feed, too_many).await;
    assert_eq!(feed.read(|state| state.objects.len()), 0);
}
