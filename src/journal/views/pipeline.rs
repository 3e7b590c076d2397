//! A service through the environments: what serves it in each, by the record, and what is on its
//! way there. Commands and pages show this, computed here and nowhere else.

use std::collections::{BTreeMap, VecDeque};

use boathook_core::deployment::{Environment, Namespace, ServiceKey, ServiceName};
use serde::{Deserialize, Serialize};

use crate::journal::{Coming, ServiceView};

/// How the successes of one environment reach another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub from: Environment,
    pub to: Environment,
    /// The boathook that has it, if that is another one.
    pub url: Option<String>,
    /// The names there, if they are others.
    pub namespace: Option<Namespace>,
    pub service: Option<ServiceName>,
    pub kind: WayKind,
}

/// What opens a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayKind {
    /// Every success is promoted.
    Automatic,
    /// It is promoted, and waits there for an approval.
    Approval,
    /// Nothing is promoted.
    Never,
    /// The next environment requires proof from here, whoever sends the request.
    Proof,
}

/// Where a service is in a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StopPlace {
    pub environment: Environment,
    /// The boathook that has it, if that is another one.
    pub url: Option<String>,
    pub service: ServiceKey,
}

/// One service with those that its promotions reach, in the order of promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    pub stops: Vec<Stop>,
}

/// A service in one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    pub environment: Environment,
    /// The boathook that has it, if that is another one; then this one knows only what it sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub namespace: Namespace,
    pub service: ServiceName,
    /// What serves; none if nothing was ever deployed there.
    pub record: Option<ServiceView>,
    /// What waits or runs, in the order of acceptance.
    pub coming: Vec<Coming>,
}

impl Way {
    /// Where it leads from a service.
    fn leads(&self, from: &StopPlace) -> StopPlace {
        let ServiceKey { namespace, service } = &from.service;
        StopPlace {
            environment: self.to,
            url: self.url.clone(),
            service: ServiceKey {
                namespace: self.namespace.as_ref().unwrap_or(namespace).clone(),
                service: self.service.as_ref().unwrap_or(service).clone(),
            },
        }
    }

    /// Whether it goes on from there.
    fn begins(&self, at: &StopPlace) -> bool {
        at.url.is_none() && self.from == at.environment
    }
}

impl WayKind {
    const fn promotes(self) -> bool {
        matches!(self, Self::Automatic | Self::Approval)
    }
}

impl Pipeline {
    /// Every service on record or on its way, each with those that the ways from it reach. `order`
    /// are the environments in the order of promotion.
    #[must_use]
    pub fn all(
        order: &[Environment],
        ways: &[Way],
        services: Vec<ServiceView>,
        coming: Vec<(StopPlace, Coming)>,
    ) -> Vec<Self> {
        let mut groups = Groups::default();
        let places = services.iter().map(ServiceView::stop_place);
        for place in places.chain(coming.iter().map(|(place, _)| place.clone())) {
            groups.add(place);
        }
        groups.follow(ways);
        let mut stops = groups.into_stops();
        for view in services {
            if let Some((_, stop)) = stops.get_mut(&view.stop_place()) {
                stop.record = Some(view);
            }
        }
        for (place, coming) in coming {
            if let Some((_, stop)) = stops.get_mut(&place) {
                stop.coming.push(coming);
            }
        }
        let rank = |stop: &Stop| {
            let place = order.iter().position(|one| *one == stop.environment);
            (place.filter(|_| stop.url.is_none()).unwrap_or(order.len()), stop.environment)
        };
        let mut pipelines: BTreeMap<usize, Vec<Stop>> = BTreeMap::new();
        for (group, stop) in stops.into_values() {
            pipelines.entry(group).or_default().push(stop);
        }
        let mut pipelines: Vec<Self> =
            pipelines.into_values().map(|stops| Self { stops }).collect();
        for pipeline in &mut pipelines {
            pipeline.stops.sort_by_cached_key(rank);
        }
        let first = |stop: &Stop| (rank(stop), stop.service.clone(), stop.namespace.clone());
        pipelines.sort_by_cached_key(|pipeline| pipeline.stops.first().map(first));
        pipelines
    }

    /// The names of its services, each once.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for stop in &self.stops {
            if !names.contains(&stop.service.as_str()) {
                names.push(stop.service.as_str());
            }
        }
        names
    }
}

impl ServiceView {
    fn stop_place(&self) -> StopPlace {
        let Self { environment, namespace, service, .. } = self;
        let service = ServiceKey { namespace: namespace.clone(), service: service.clone() };
        StopPlace { environment: *environment, url: None, service }
    }
}

/// Places, each in the group of those that it is connected with.
#[derive(Default)]
struct Groups(BTreeMap<StopPlace, usize>);

impl Groups {
    /// A place in a group of its own, unless it is there.
    fn add(&mut self, place: StopPlace) {
        let next = self.0.len();
        self.0.entry(place).or_insert(next);
    }

    fn connect(&mut self, one: &StopPlace, other: &StopPlace) {
        let (Some(&kept), Some(&left)) = (self.0.get(one), self.0.get(other)) else { return };
        for group in self.0.values_mut().filter(|group| **group == left) {
            *group = kept;
        }
    }

    /// Connects what promotions connect, with the places that they will reach, and what proof
    /// connects by the service's name.
    fn follow(&mut self, ways: &[Way]) {
        let (promoting, proving): (Vec<&Way>, Vec<&Way>) =
            ways.iter().partition(|way| way.kind != WayKind::Proof);
        let mut left: VecDeque<StopPlace> = self.0.keys().cloned().collect();
        while let Some(place) = left.pop_front() {
            for way in promoting.iter().filter(|way| way.begins(&place)) {
                let next = way.leads(&place);
                if !self.0.contains_key(&next) && way.kind.promotes() {
                    self.add(next.clone());
                    left.push_back(next.clone());
                }
                self.connect(&place, &next);
            }
        }
        for way in proving {
            let all: Vec<StopPlace> = self.0.keys().cloned().collect();
            let is_next = |from: &StopPlace, to: &StopPlace| {
                to.url.is_none()
                    && to.environment == way.to
                    && to.service.service == from.service.service
            };
            for from in all.iter().filter(|place| way.begins(place)) {
                for to in all.iter().filter(|to| is_next(from, to)) {
                    self.connect(from, to);
                }
            }
        }
    }

    fn into_stops(self) -> BTreeMap<StopPlace, (usize, Stop)> {
        let stop = |(place, group): (StopPlace, usize)| {
            let StopPlace { environment, url, service } = place.clone();
            let ServiceKey { namespace, service } = service;
            let stop =
                Stop { environment, url, namespace, service, record: None, coming: Vec::new() };
            (place, (group, stop))
        };
        self.0.into_iter().map(stop).collect()
    }
}
