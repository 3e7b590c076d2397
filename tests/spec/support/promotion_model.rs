//! A model of what promotions and proof allow, and what must have become of a history. It reads what
//! happened, and none of the code that decides. Holds no test.

use std::time::Duration;

use boathook_core::{
    deployment::{DeploymentId, Digest, Environment, ImageRef},
    proof::{Places, Requirement},
    record::{
        DeploymentEvent, Event, HoldEvent, Origin, Outcome, WatchEnd, WatchEvent, WithdrawalEvent,
    },
    state::PromotionState,
};
use jiff::Timestamp;

use crate::support::{
    promotion_harness::Chain,
    proof_model::{Happened, Past, What},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// How long something may be allowed before it happens: refused promotions are sent again after five
/// minutes at the latest, and it takes a while to ask.
const PROMPT: usize = 7;

#[derive(Clone, Debug)]
pub struct Graph(pub Vec<Node>);

/// An environment of a graph.
#[derive(Clone, Debug)]
pub struct Node {
    pub environment: Environment,
    pub requires: Option<Requirement>,
    pub next: Vec<Target>,
    /// The first target comes before the others.
    pub in_waves: bool,
    /// The only version that is healthy here.
    pub only: Option<&'static str>,
    pub watches: bool,
}

/// Where a success goes.
#[derive(Clone, Debug)]
pub struct Target {
    pub to: Environment,
    pub soak: Duration,
    pub approval: bool,
}

/// A request by digest, and how it was answered.
#[derive(Debug)]
pub struct Asked {
    pub at: Timestamp,
    pub environment: Environment,
    pub digest: Digest,
    pub status: u16,
}

impl Graph {
    fn node(&self, environment: Environment) -> &Node {
        self.0.iter().find(|node| node.environment == environment).unwrap()
    }
}

impl Node {
    /// What its file says.
    pub fn text(&self) -> String {
        let Self { environment: _, requires, next, in_waves, only, watches } = self;
        let mut text = "traffic: {stages: {rolling: [{percent: 100, hold: 5s}]}}\n".to_owned();
        let only = only.unwrap_or("v");
        let quick = "delay: 0s, min_samples: 1, interval: 30s, consecutive_failures: 1";
        text += &format!("health: {{{quick}, expect_body: {only}}}\n");
        if let Some(Requirement { places, within, soak }) = requires {
            let named = places.environments().iter().map(Environment::name).collect::<Vec<_>>();
            let named = match places {
                Places::Environment(one) => one.to_string(),
                Places::All(_) | Places::Any(_) => format!("[{}]", named.join(", ")),
            };
            let [within, soak] = [within.unwrap_or_default(), *soak].map(|time| time.as_secs());
            let key = places.key();
            text += &format!(
                "require: {{proven: {{{key}: {named}, within: {within}s, soak: {soak}s}}}}\n"
            );
        }
        let targets = next.iter().map(|Target { to, soak, approval }| {
            let when = if *approval { "approval" } else { "automatic" };
            let soak = soak.as_secs();
            format!("{{to: {to}, when: {when}, namespace: game-{to}, soak: {soak}s}}")
        });
        if !next.is_empty() {
            text += &format!("promotion: [{}]\n", targets.collect::<Vec<_>>().join(", "));
        }
        if let (true, [first, others @ ..]) = (in_waves, next.as_slice())
            && !others.is_empty()
        {
            let others = others.iter().map(|target| target.to.name()).collect::<Vec<_>>();
            text += &format!("waves: [[{}], [{}]]\n", first.to, others.join(", "));
        }
        if *watches {
            text += "watch: 5m\n";
        }
        text
    }

    /// The targets that must have it before this one.
    fn before(&self, to: Environment) -> Option<Environment> {
        let first = self.next.first()?.to;
        (self.in_waves && first != to).then_some(first)
    }
}

/// One deployment, as the journal has it.
#[derive(Debug)]
struct Deployed {
    id: DeploymentId,
    environment: Environment,
    origin: Origin,
    requested: ImageRef,
    /// Which success sent it.
    promoted_by: Option<String>,
    accepted_at: Timestamp,
    started_at: Option<Timestamp>,
    planned_at: Option<Timestamp>,
    ended: Option<(Timestamp, Outcome)>,
    digest: Option<Digest>,
    promotions: Vec<PromotionState>,
}

impl Deployed {
    fn succeeded_by(&self, now: Timestamp) -> bool {
        self.ended.is_some_and(|(at, end)| end == Outcome::Succeeded && at <= now)
    }
}

/// Everything that happened, and what was allowed.
#[derive(Debug)]
pub struct Model {
    graph: Graph,
    past: Past<Digest>,
    /// From when on a digest is withdrawn, or is no more.
    withdrawals: Vec<(Timestamp, Digest, bool)>,
    /// From when on promotions are kept out of an environment, or are no more.
    holds: Vec<(Timestamp, Environment, bool)>,
    deployments: Vec<Deployed>,
    end: Timestamp,
}

impl Model {
    pub async fn read(chain: &Chain, graph: Graph) -> Self {
        let mut model = Self {
            graph,
            past: Past(Vec::new()),
            withdrawals: Vec::new(),
            holds: Vec::new(),
            deployments: Vec::new(),
            end: chain.now(),
        };
        for record in chain.parts.journal().records_of_all(0, u32::MAX).await.unwrap() {
            let id = &record.deployment;
            let at = record.at;
            match &record.event {
                Event::Deployment(DeploymentEvent::Accepted(acceptance)) => {
                    let view = chain.history(id).await;
                    let name = view.deployment_id.as_str().strip_prefix("promotion-");
                    model.deployments.push(Deployed {
                        id: id.clone(),
                        environment: view.environment,
                        origin: acceptance.origin.clone(),
                        requested: view.image,
                        promoted_by: name.map(str::to_owned),
                        accepted_at: at,
                        started_at: None,
                        planned_at: None,
                        ended: None,
                        digest: view.resolved_image.and_then(|image| image.digest().cloned()),
                        promotions: view.promotions,
                    });
                }
                Event::Deployment(DeploymentEvent::Started) => {
                    model.deployment(id).started_at = Some(at);
                }
                Event::Deployment(DeploymentEvent::Planned { .. }) => {
                    model.deployment(id).planned_at = Some(at);
                }
                Event::Deployment(DeploymentEvent::Ended { end, .. }) => {
                    model.deployment(id).ended = Some((at, *end));
                    if *end == Outcome::Succeeded {
                        model.happened(id, at, What::Succeeded);
                    }
                }
                Event::Watch(WatchEvent::Watched { until }) => {
                    model.happened(id, at, What::Watched { until: *until });
                }
                Event::Watch(WatchEvent::WatchEnded { end: WatchEnd::Bad { .. }, .. }) => {
                    model.happened(id, at, What::Unhealthy);
                }
                Event::Withdrawal(WithdrawalEvent::Withdrawn(withdrawal)) => {
                    model.withdrawals.push((at, withdrawal.digest.clone(), true));
                }
                Event::Withdrawal(WithdrawalEvent::Reinstated { withdrawal, .. }) => {
                    model.withdrawals.push((at, withdrawal.digest.clone(), false));
                }
                Event::Hold(HoldEvent::ServiceHeld(hold)) => {
                    model.holds.push((at, hold.environment, true));
                }
                Event::Hold(HoldEvent::ServiceReleased { hold, .. }) => {
                    model.holds.push((at, hold.environment, false));
                }
                _ => {}
            }
        }
        model
    }

    fn deployment(&mut self, id: &DeploymentId) -> &mut Deployed {
        self.deployments.iter_mut().find(|one| one.id == *id).unwrap()
    }

    fn happened(&mut self, id: &DeploymentId, at: Timestamp, what: What) {
        let Deployed { environment, digest, .. } = self.deployment(id);
        let environment = *environment;
        let digest = digest.clone().unwrap();
        self.past.0.push(Happened { at, environment, service: 0, digest, what });
    }

    /// CI was answered by what was proven at that moment.
    pub fn assert_answered(&self, asked: &[Asked]) {
        for Asked { at, environment, digest, status } in asked {
            // What is recorded in the same second may be known or not.
            let moments = [*at - SECOND, *at].map(|now| self.takes(*environment, digest, now));
            let fits = match status {
                202 => moments.contains(&true),
                403 | 423 => moments.contains(&false),
                _ => false,
            };
            assert!(fits, "{environment} answered {status} at {at} for {digest}: {self:#?}");
        }
    }

    /// What began was proven, and was not withdrawn.
    pub fn assert_began_rightly(&self) {
        for one in &self.deployments {
            let (Some(started), Some(planned), Some(digest)) =
                (one.started_at, one.planned_at, &one.digest)
            else {
                continue;
            };
            let rejected = one.ended.is_some_and(|(_, end)| end == Outcome::Rejected);
            let counts = [started, planned].map(|now| !self.is_withdrawn(digest, now));
            let proven = [started, planned].map(|now| self.takes(one.environment, digest, now));
            let must_count = match &one.origin {
                Origin::Requested | Origin::Retry { .. } => {
                    one.promoted_by.is_some() || self.graph.node(one.environment).requires.is_some()
                }
                Origin::Redeploy { .. } => true,
                Origin::Rollback { to, .. } => {
                    let to = self.deployments.iter().find(|one| one.id == *to).unwrap();
                    let digest = to.digest.as_ref().unwrap();
                    let moments = [one.accepted_at - SECOND, one.accepted_at];
                    let counts = moments.map(|now| !self.is_withdrawn(digest, now));
                    assert!(counts.contains(&true), "{one:#?} goes back to it: {self:#?}");
                    false
                }
            };
            if must_count && !rejected {
                assert!(counts.contains(&true), "{one:#?} was withdrawn: {self:#?}");
            }
            if one.requested.digest().is_none() && matches!(one.origin, Origin::Requested) {
                assert!(proven.contains(&!rejected), "{one:#?} was judged wrongly: {self:#?}");
            }
        }
    }

    /// Each promotion was sent when it was allowed, once, and was not sent otherwise.
    pub fn assert_promoted_rightly(&self) {
        for success in &self.deployments {
            for PromotionState { promotion, answer, .. } in &success.promotions {
                let to = promotion.to;
                let sent = self.sent(success, to);
                let what = format!("{} to {to}: {answer:?}", success.id);
                assert!(sent.len() < 2, "sent twice, {what}: {self:#?}");
                match sent.first() {
                    Some(there) => {
                        let moments = [there.accepted_at - SECOND, there.accepted_at];
                        let may = moments.map(|now| self.may(success, to, now));
                        assert!(may.contains(&true), "not allowed, {what}: {self:#?}");
                    }
                    None => assert!(!self.must(success, to), "allowed, {what}: {self:#?}"),
                }
            }
        }
        let promoting = self
            .deployments
            .iter()
            .filter(|one| matches!(one.origin, Origin::Requested) && one.succeeded_by(self.end));
        for success in promoting {
            let wanted = self.graph.node(success.environment).next.iter().map(|next| next.to);
            let found = success.promotions.iter().map(|state| state.promotion.to);
            assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{success:#?}");
        }
    }

    fn sent(&self, success: &Deployed, to: Environment) -> Vec<&Deployed> {
        let is_it = |one: &&Deployed| {
            one.environment == to && one.promoted_by.as_deref() == Some(success.id.as_str())
        };
        self.deployments.iter().filter(is_it).collect()
    }

    fn is_withdrawn(&self, digest: &Digest, now: Timestamp) -> bool {
        let mut of_it = self.withdrawals.iter().filter(|(at, of, _)| *at <= now && of == digest);
        of_it.next_back().is_some_and(|(.., is_withdrawn)| *is_withdrawn)
    }

    fn is_held(&self, environment: Environment, now: Timestamp) -> bool {
        let mut of_it = self.holds.iter().filter(|(at, of, _)| *at <= now && *of == environment);
        of_it.next_back().is_some_and(|(.., is_held)| *is_held)
    }

    /// Whether an environment takes a digest, whoever asks.
    fn takes(&self, environment: Environment, digest: &Digest, now: Timestamp) -> bool {
        self.graph.node(environment).requires.as_ref().is_none_or(|requirement| {
            !self.is_withdrawn(digest, now) && self.past.proves(requirement, digest, now)
        })
    }

    fn soaked(&self, place: Environment, digest: &Digest, soak: Duration, now: Timestamp) -> bool {
        let requirement = Requirement { places: Places::Environment(place), within: None, soak };
        self.past.proves(&requirement, digest, now)
    }

    /// Whether nothing else has succeeded there since; a redeploy of it is the same.
    fn is_newest(&self, success: &Deployed, now: Timestamp) -> bool {
        let here = self.deployments.iter().filter(|one| one.environment == success.environment);
        let newest =
            here.filter(|one| one.succeeded_by(now)).max_by_key(|one| one.ended.map(|(at, _)| at));
        let mut of = newest;
        while let Some(one) = of {
            if one.id == success.id {
                return true;
            }
            of = match &one.origin {
                Origin::Redeploy { of, .. } => self.deployments.iter().find(|one| one.id == *of),
                _ => None,
            };
        }
        false
    }

    /// Whether a promotion may be sent at that time.
    fn may(&self, success: &Deployed, to: Environment, now: Timestamp) -> bool {
        let node = self.graph.node(success.environment);
        let target = node.next.iter().find(|next| next.to == to).unwrap();
        let digest = success.digest.as_ref().unwrap();
        let wave_before = node.before(to).is_none_or(|before| {
            self.sent(success, before).iter().any(|there| there.succeeded_by(now))
                && self.soaked(before, digest, target.soak, now)
        });
        success.succeeded_by(now)
            && !self.is_withdrawn(digest, now)
            && self.is_newest(success, now)
            && self.soaked(success.environment, digest, target.soak, now)
            && wave_before
            && self.takes(to, digest, now)
    }

    /// Whether it was allowed for long enough at some time, and nothing had ended it before.
    fn must(&self, success: &Deployed, to: Environment) -> bool {
        let node = self.graph.node(success.environment);
        let digest = success.digest.as_ref().unwrap();
        let Some((mut now, _)) = success.ended else { return false };
        let begin = now;
        let mut was_withdrawn = false;
        let mut prompt = 0;
        while now < self.end && prompt < PROMPT {
            was_withdrawn |= self.is_withdrawn(digest, now)
                || self.withdrawals.iter().any(|(at, of, is_withdrawn)| {
                    *is_withdrawn && of == digest && (begin..=now).contains(at)
                });
            let was_replaced = node.before(to).is_some_and(|before| {
                let served = self.sent(success, before).first().and_then(|there| there.ended);
                self.past.0.iter().any(|one| {
                    one.environment == before
                        && one.what == What::Succeeded
                        && one.digest != *digest
                        && served.is_some_and(|(at, _)| (at..=now).contains(&one.at))
                })
            });
            let allowed = self.may(success, to, now)
                && !self.is_held(to, now)
                && !was_withdrawn
                && !was_replaced;
            prompt = if allowed { prompt + 1 } else { 0 };
            now += MINUTE;
        }
        prompt == PROMPT
    }
}
