//! The simulated cluster: a handle shared by every interface.
//!
//! It holds no lock across an await and starts no task: its time advances when it is read.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    Behaviour, Breakage, Caller, Fault, Gateway, Kind, ObjectName, Patch, PullError, Reply,
    Selector, Settings, Status, Times, Visit, WriteOptions, Written, read_verbs::allow,
    state::State, store::Key,
};

/// The part of an object that has a path and a right of its own.
const STATUS: Option<&str> = Some("status");

/// A simulated single-node Kubernetes with Knative. Clones are the same cluster.
#[derive(Clone, Debug)]
pub struct Cluster(Arc<Mutex<State>>);

impl Cluster {
    /// An empty cluster, with the namespace `default`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Mutex::new(State::new(settings))))
    }

    /// The state, with everything done that is due by now.
    pub(super) fn at_now(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(Instant::now());
        state
    }

    /// How it is set up.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.at_now().settings.clone()
    }

    /// The time of day there, to the second (RFC 3339).
    #[must_use]
    pub fn time(&self) -> String {
        self.at_now().time()
    }

    /// One object.
    pub fn get(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        self.at_now().get(caller, &Key::new(kind, namespace, name), None)
    }

    /// The objects of a kind, as a `...List`; `None` is every namespace.
    pub fn list(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        selector: &Selector,
    ) -> Result<Value, Status> {
        self.at_now().list(caller, kind, namespace, selector)
    }

    /// Makes an object.
    pub fn create(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        object: Value,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        self.at_now().create(caller, kind, namespace, object, options)
    }

    /// Changes an object.
    pub fn patch(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        self.at_now().patch(caller, &Key::new(kind, namespace, name), None, patch, options)
    }

    /// One object, asked for by its status, which is a right of its own.
    pub fn get_status(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        self.at_now().get(caller, &Key::new(kind, namespace, name), STATUS)
    }

    /// Changes an object's status and nothing else of it.
    pub fn patch_status(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        self.at_now().patch(caller, &Key::new(kind, namespace, name), STATUS, patch, options)
    }

    /// Deletes an object with everything that it owns; returns its last state.
    pub fn delete(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        self.at_now().delete(caller, kind, namespace, name)
    }

    /// The same, if the object has the UID and the version of these preconditions.
    pub fn delete_if(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        conditions: &Value,
    ) -> Result<Value, Status> {
        let mut state = self.at_now();
        allow(caller, "delete", kind, namespace, Some(name))?;
        let found = &state.find(kind, namespace, name)?["metadata"];
        let fields = [("uid", "UID"), ("resourceVersion", "ResourceVersion")];
        for (field, word) in fields {
            let wanted = conditions[field].as_str();
            let found = found[field].as_str();
            if let Some(wanted) = wanted.filter(|wanted| Some(*wanted) != found) {
                let found = found.unwrap_or_default();
                return Err(Status::precondition(kind, name, word, wanted, found));
            }
        }
        state.delete(caller, kind, namespace, name)
    }

    /// What a container wrote: the one that runs, or the one before it.
    pub fn logs(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<String, Status> {
        self.at_now().logs(caller, namespace, pod, container, previous)
    }

    /// A token for a service account, with its expiry, as the status of the request has it.
    pub fn token(
        &self,
        caller: &Caller,
        namespace: &str,
        account: &str,
        lives: Duration,
    ) -> Result<Value, Status> {
        self.at_now().token(caller, namespace, account, lives)
    }

    /// Whether the caller may (an access review).
    #[must_use]
    pub fn may(
        &self,
        caller: &Caller,
        verb: &str,
        group: &str,
        resource: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> bool {
        caller.may(verb, group, resource, namespace, name)
    }

    /// Puts an image into a registry and moves the tag onto it; gives its digest, which is a new
    /// one each time.
    pub fn publish(&self, repository: &str, tag: &str, behaviour: Behaviour) -> String {
        self.at_now().images.publish(repository, tag, behaviour)
    }

    /// Puts the image of another tag into a registry as another manifest of the same bytes, as
    /// buildx does with another attestation; gives its digest, or none if there is no such tag.
    pub fn publish_again(&self, repository: &str, tag: &str, of: &str) -> Option<String> {
        self.at_now().images.publish_again(repository, tag, of)
    }

    /// The digest that a tag on the node leads to, as containerd has it; the name is written in
    /// full, with its registry.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<String> {
        self.at_now().images.target(name)
    }

    /// Takes an image out of its registry.
    pub fn withdraw(&self, image: &str) {
        self.at_now().images.withdraw(image);
    }

    /// Puts an image back into its registry.
    pub fn restore(&self, image: &str) {
        self.at_now().images.restore(image);
    }

    /// Takes an image off the node.
    pub fn evict(&self, image: &str) {
        self.at_now().images.evict(image);
    }

    /// Brings an image onto the node; gives the id of its config.
    pub fn pull(&self, image: &str) -> Result<String, PullError> {
        let mut state = self.at_now();
        let away = state.registry_is_away();
        state.images.fetch(image, away).map(|image| image.config)
    }

    /// The status of an image on the node, as the CRI gives it; `None` where the node has none.
    #[must_use]
    pub fn inspect(&self, image: &str) -> Option<Value> {
        self.at_now().images.inspect(image)
    }

    /// Sends a visitor's request to a host, at the gateway to which the host leads, and returns the
    /// answer and its delay. The caller does the waiting.
    #[must_use]
    pub fn route(&self, host: &str) -> Reply {
        let gateway = if host.ends_with(".svc.cluster.local") {
            Gateway::ClusterLocal
        } else {
            Gateway::Public
        };
        self.visit(&Visit { gateway, ..Visit::get(host) })
    }

    /// Sends one request, and returns the answer and its delay. The caller does the waiting.
    #[must_use]
    pub fn visit(&self, visit: &Visit) -> Reply {
        self.at_now().route(visit)
    }

    /// Plants a fault at a place: the beginning of what is run (`kubectl patch`, `crictl pull`,
    /// `kubectl get revisions`), `probe`, or `registry`.
    pub fn fail(&self, place: &str, times: Times, fault: Fault) {
        self.at_now().faults.plant(place, times, fault);
    }

    /// Whether a fault planted at a place, or below it, is still waiting to happen.
    #[must_use]
    pub fn is_failing(&self, place: &str) -> bool {
        self.at_now().faults.is_planted(place)
    }

    /// Removes the faults planted at a place or below it.
    pub fn heal(&self, place: &str) {
        self.at_now().faults.heal(place);
    }

    /// The fault that hits a run with these arguments now; the call counts it down.
    #[must_use]
    pub fn strike(&self, words: &[&str]) -> Option<Fault> {
        self.at_now().faults.strike(words)
    }

    /// Ends every watch, in silence.
    pub fn break_watches(&self) {
        self.break_watches_by(Breakage::Ends);
    }

    /// Breaks every watch in this way; those that begin later are whole.
    pub fn break_watches_by(&self, breakage: Breakage) {
        let mut state = self.at_now();
        state.breakages += 1;
        state.breakage = breakage;
        state.store.wake();
    }

    /// Forgets what changed so far, so that no watch can begin there.
    pub fn compact(&self) {
        self.at_now().store.compact();
    }

    /// Refuses a version that is no longer known.
    pub(super) fn check_version(&self, version: u64) -> Result<(), Status> {
        match self.at_now().store.since(version) {
            Ok(_) => Ok(()),
            Err(oldest) => Err(Status::expired(version, oldest)),
        }
    }

    /// Another user changes a service, with a merge patch.
    pub fn edit_as(
        &self,
        user: &str,
        namespace: &str,
        service: &str,
        patch: Value,
    ) -> Result<Written, Status> {
        let caller = Caller::person(user);
        self.patch(
            &caller,
            Kind::Service,
            Some(namespace),
            service,
            &Patch::Merge(patch),
            &WriteOptions::default(),
        )
    }

    /// Ends every pod of a revision; they are recreated if needed.
    pub fn kill_pods(&self, namespace: &str, revision: &str) {
        self.at_now().kill_pods(&ObjectName::new(namespace, revision));
    }

    /// Has a revision fail for good, as when its node and its image are gone.
    pub fn fail_revision(&self, namespace: &str, revision: &str, reason: &str, message: &str) {
        self.at_now().fail(&ObjectName::new(namespace, revision), reason, message);
    }

    /// Collects the revisions that no traffic names and that are not the newest.
    pub fn collect_garbage(&self, namespace: &str) {
        self.at_now().collect_garbage(namespace);
    }

    /// Notes a run for [`Cluster::commands`].
    pub fn note_command(&self, argv: &[String]) {
        self.at_now().record.commands.push(argv.join(" "));
    }

    /// What was run, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.at_now().record.commands.clone()
    }

    /// Notes a read for [`Cluster::reads`].
    pub fn note_read(&self, path: &str) {
        self.at_now().record.reads.push(path.to_owned());
    }

    /// What was read in process, in order: each path with its query.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        self.at_now().record.reads.clone()
    }

    /// What was written through the API, in order.
    #[must_use]
    pub fn writes(&self) -> Vec<String> {
        self.at_now().record.writes.clone()
    }

    /// What became of the objects of a kind, in order, each change with its exact time: `{"at",
    /// "namespace", "name", "object"}`, where the object is null once it is gone. Old changes are
    /// dropped.
    #[must_use]
    pub fn changes(&self, kind: Kind) -> Vec<Value> {
        self.at_now().changes(kind)
    }

    /// Each traffic that users of a service really had, in order: `web-00001 90, web-00002 10`.
    #[must_use]
    pub fn traffic_history(&self, namespace: &str, service: &str) -> Vec<String> {
        self.at_now()
            .record
            .traffic
            .get(&ObjectName::new(namespace, service))
            .cloned()
            .unwrap_or_default()
    }

    /// What the programs of all revisions answered so far: namespace, revision, status and how often.
    #[must_use]
    pub fn answers(&self) -> Vec<(String, String, u16, u64)> {
        let state = self.at_now();
        let answers = state.record.answers.iter();
        let of_one = |((revision, status), count): (&(ObjectName, u16), &u64)| {
            (revision.namespace.clone(), revision.name.clone(), *status, *count)
        };
        answers.map(of_one).collect()
    }

    /// How many requests a revision was sent.
    #[must_use]
    pub fn requests(&self, namespace: &str, revision: &str) -> u64 {
        self.at_now()
            .record
            .requests
            .get(&ObjectName::new(namespace, revision))
            .copied()
            .unwrap_or_default()
    }
}
