//! Whatever the graph of promotions and whatever happens: nothing begins that its environment does
//! not allow, nothing withdrawn begins, and what is allowed arrives.

use std::time::Duration;

use boathook::journal::RedeployOrder;
use boathook_core::{
    deployment::{Actor, Digest, Environment, Namespace, ServiceKey},
    proof::{Places, Requirement},
    record::{DeploymentEvent, Event, Status},
};
use boathook_sandbox::Behaviour;
use boathook_testing::{
    properties::cases,
    samples::{self, QUEUE, service},
    shipped::of,
};
use proptest::{
    collection::vec,
    option::weighted,
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest},
    sample,
};
use serde_json::json;
use tokio::{runtime::Builder, time::sleep};

use crate::support::{
    promotion_harness::{Chain, Link, REPOSITORY},
    promotion_model::{Asked, Graph, Model, Node, Target},
};

static LINKS: [Link; 6] = [
    ("a", "game-a", ""),
    ("b", "game-b", ""),
    ("c", "game-c", ""),
    ("d", "game-d", ""),
    ("e", "game-e", ""),
    ("f", "game-f", ""),
];
const ENVIRONMENTS: [Environment; 6] = [of("a"), of("b"), of("c"), of("d"), of("e"), of("f")];

const MINUTE: Duration = Duration::from_secs(60);
/// Long enough for a deployment, its watch, its soak and for what is refused to be sent again.
const HOP: Duration = Duration::from_secs(8 * 60);

/// Builds `1` and `2` are good, `3` is good but where only another one is, and `4` turns bad.
const BUILDS: [&str; 4] = ["1", "2", "3", "4"];

/// What someone does.
#[derive(Clone, Debug)]
enum Act {
    /// CI asks for a build, by digest or by tag.
    Request {
        build: usize,
        by_tag: bool,
    },
    RollBack,
    Redeploy,
    Release,
    Approve,
    Withdraw {
        build: usize,
    },
    Reinstate {
        build: usize,
    },
    /// boathook dies, and is started again.
    Kill,
}

/// What happens next, after how many minutes, and where.
#[derive(Clone, Debug)]
struct Next {
    after: u32,
    environment: usize,
    act: Act,
}

fn next() -> impl Strategy<Value = Next> {
    let build = prop_oneof![3 => 0..2_usize, 1 => 2..BUILDS.len()];
    let act = prop_oneof![
        8 => (build.clone(), any::<bool>()).prop_map(|(build, by_tag)| Act::Request { build, by_tag }),
        2 => Just(Act::RollBack),
        1 => Just(Act::Redeploy),
        1 => Just(Act::Release),
        2 => Just(Act::Approve),
        2 => build.clone().prop_map(|build| Act::Withdraw { build }),
        1 => build.prop_map(|build| Act::Reinstate { build }),
        1 => Just(Act::Kill),
    ];
    // What comes first reaches the others.
    let environment = prop_oneof![1 => Just(0), 1 => 0..LINKS.len()];
    (0..7_u32, environment, act).prop_map(|(after, environment, act)| Next {
        after,
        environment,
        act,
    })
}

/// A graph of so many environments, in which each leads to later ones only.
fn graph(size: usize) -> impl Strategy<Value = Graph> {
    let minutes = prop_oneof![2 => Just(0), 1 => Just(2), 1 => Just(5)];
    let within = prop_oneof![1 => Just(8), 1 => Just(30), 3 => Just(30 * 24 * 60)];
    let requires = (0..3_u8, any::<u8>(), within, minutes.clone());
    let target = (minutes, weighted(0.3, Just(())));
    let node = (
        weighted(0.6, requires),
        vec(weighted(0.5, target), size),
        any::<bool>(),
        weighted(0.2, sample::select(&["v1", "v2"][..])),
        any::<bool>(),
    );
    vec(node, size).prop_map(|nodes| {
        let nodes = nodes.into_iter().enumerate().map(|(index, node)| {
            let (requires, next, in_waves, only, watches) = node;
            let later = next.into_iter().enumerate().skip(index + 1);
            let next = later.filter_map(|(to, next)| {
                let (soak, approval) = next?;
                let to = ENVIRONMENTS[to];
                let soak = MINUTE * soak;
                Some(Target { to, soak, approval: approval.is_some() })
            });
            let requires = requires.and_then(|(kind, named, within, soak)| {
                let places = places(kind, named, index)?;
                let [within, soak] = [within, soak].map(|minutes| MINUTE * minutes);
                Some(Requirement { places, within: Some(within), soak })
            });
            let environment = ENVIRONMENTS[index];
            Node { environment, requires, next: next.collect(), in_waves, only, watches }
        });
        Graph(nodes.collect())
    })
}

/// Some of the environments before this one.
fn places(kind: u8, named: u8, before: usize) -> Option<Places> {
    let earlier = ENVIRONMENTS.into_iter().take(before).enumerate();
    let named = earlier.filter(|(index, _)| named & (1 << index) != 0);
    let named = named.map(|(_, environment)| environment).collect::<Vec<_>>();
    let first = *named.first()?;
    Some(match kind {
        0 => Places::Environment(first),
        1 => Places::All(named),
        _ => Places::Any(named),
    })
}

fn game(environment: Environment) -> ServiceKey {
    let namespace = Namespace::parse(&format!("game-{environment}")).unwrap();
    ServiceKey { namespace, ..service("game") }
}

/// A boathook with that graph, and who acts on it.
struct HistoryHarness {
    chain: Chain,
    digests: Vec<Digest>,
    asked: Vec<Asked>,
    count: usize,
}

impl HistoryHarness {
    fn new(graph: &Graph) -> Self {
        let chain = Chain::of(&LINKS[..graph.0.len()], |name, text| {
            let node = graph.0.iter().find(|node| node.environment.name() == name).unwrap();
            text.push_str(&node.text());
        });
        let digests = BUILDS.map(|tag| {
            let version = format!("v{tag}");
            let behaviour = match tag {
                "4" => Behaviour::failing_after(&version, MINUTE * 3, 100),
                _ => Behaviour::good(&version),
            };
            let digest = chain.cluster.publish(REPOSITORY, tag, behaviour);
            Digest::parse(&digest).unwrap()
        });
        Self { chain, digests: digests.to_vec(), asked: Vec::new(), count: 0 }
    }

    /// What is refused is no fault: an operator, too, may ask for what cannot be done.
    async fn act(mut self, environment: Environment, act: Act) -> Self {
        let journal = self.chain.parts.journal();
        let by = Actor::new("ada").noting("why not");
        match act {
            Act::Request { build, by_tag } => self.request(environment, build, by_tag).await,
            Act::RollBack => {
                let order = samples::rollback(environment, &game(environment), None, by);
                let _ = journal.order_rollback(order, QUEUE).await;
            }
            Act::Redeploy => {
                if let Ok(found) = journal.to_redeploy(environment, &game(environment)).await {
                    let of = found.serves.deployment;
                    let request = found.request;
                    let order = RedeployOrder { request, of, by, approval: None, opens_at: None };
                    let _ = journal.order_redeploy(order, QUEUE).await;
                }
            }
            Act::Release => {
                let _ = journal.release(environment, game(environment), by).await;
            }
            Act::Approve => {
                for one in self.chain.in_environment(environment).await {
                    if one.status == Status::AwaitingApproval {
                        let yes = DeploymentEvent::Approved { by: by.clone() };
                        journal.append(&one.id, Event::Deployment(yes)).await.unwrap();
                    }
                }
            }
            Act::Withdraw { build } => {
                let _ = journal.withdraw(self.digests[build].clone(), by).await;
            }
            Act::Reinstate { build } => {
                let _ = journal.reinstate(self.digests[build].clone(), by).await;
            }
            Act::Kill => return Self { chain: self.chain.killed().await, ..self },
        }
        self
    }

    async fn request(&mut self, environment: Environment, build: usize, by_tag: bool) {
        self.count += 1;
        let digest = self.digests[build].clone();
        let image = match by_tag {
            true => format!("{REPOSITORY}:{}", BUILDS[build]),
            false => format!("{REPOSITORY}@{digest}"),
        };
        let at = self.chain.now();
        let fields = json!({"image": image, "deployment_id": format!("ci-{}", self.count)});
        let status = self.chain.send(environment.name(), fields).await.status;
        match by_tag {
            true => assert_eq!(status, 202),
            false => self.asked.push(Asked { at, environment, digest, status }),
        }
    }
}

/// Plays a history and then waits until nothing can be left to do.
async fn play(graph: Graph, history: Vec<Next>) {
    let mut harness = HistoryHarness::new(&graph);
    for Next { after, environment, act } in history {
        sleep(MINUTE * after).await;
        let environment = graph.0[environment % graph.0.len()].environment;
        harness = harness.act(environment, act).await;
    }
    sleep(HOP * u32::try_from(graph.0.len() + 1).unwrap()).await;
    let model = Model::read(&harness.chain, graph).await;
    model.assert_answered(&harness.asked);
    model.assert_began_rightly();
    model.assert_promoted_rightly();
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 50, ..cases(36) })]

    #[test]
    fn nothing_begins_that_is_not_allowed_and_what_is_allowed_arrives(
        graph in (2..=LINKS.len()).prop_flat_map(graph),
        history in vec(next(), 2..16),
    ) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(play(graph, history));
    }
}
