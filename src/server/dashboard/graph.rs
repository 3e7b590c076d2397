//! The graph of environments, ready to be drawn: what each box says, and which lines there are.

use boathook_core::{deploy_windows::EnvironmentState, deployment::Environment};

use crate::{
    journal::{Stop, WayKind},
    server::{
        dashboard::drawing::{Drawing, Edge, Node, draw},
        environments::{Graph, Row},
    },
};

/// An environment of this boathook, or of the one at that address.
type Name<'a> = (Environment, Option<&'a str>);

/// The drawings, and the same in words.
pub struct DrawnGraph {
    pub drawings: Vec<Drawing>,
    pub words: String,
}

impl DrawnGraph {
    pub fn of(graph: &Graph<'_>) -> Self {
        let mut names: Vec<Name<'_>> =
            graph.environments.iter().map(|row| (row.environment, None)).collect();
        let mut edges: Vec<(Edge, WayKind)> = Vec::new();
        for way in &graph.ways {
            let Some(from) = names.iter().position(|name| *name == (way.from, None)) else {
                continue;
            };
            let to = (way.to, way.url.as_deref());
            let known = names.iter().position(|name| *name == to);
            let to = known.unwrap_or_else(|| {
                names.push(to);
                names.len() - 1
            });
            let edge = Edge { from, to, class: way.kind.class(), label: way.kind.label() };
            match edges.iter_mut().find(|(known, _)| known.from == from && known.to == to) {
                Some(known) if known.1.rank() <= way.kind.rank() => {}
                Some(known) => *known = (edge, way.kind),
                None => edges.push((edge, way.kind)),
            }
        }
        let words = edges.iter().map(|(edge, kind)| {
            format!("{} {} {}", names[edge.from].0, kind.words(), names[edge.to].0)
        });
        let words = words.collect::<Vec<_>>().join("; ");
        let nodes: Vec<Node> = names.iter().map(|name| node(*name, graph)).collect();
        let edges: Vec<Edge> = edges.into_iter().map(|(edge, _)| edge).collect();
        Self { drawings: draw(&nodes, &edges), words }
    }
}

fn node((environment, url): Name<'_>, graph: &Graph<'_>) -> Node {
    let stops = graph.pipelines.iter().flat_map(|pipeline| &pipeline.stops);
    let here: Vec<&Stop> = stops
        .filter(|stop| stop.environment == environment && stop.url.as_deref() == url)
        .collect();
    let coming = here.iter().map(|stop| stop.coming.len()).sum::<usize>();
    let row = graph.environments.iter().find(|row| row.environment == environment);
    let stopped = row.filter(|_| url.is_none()).and_then(stopped);
    let services = here.iter().filter(|stop| stop.record.is_some()).count();
    let state = [
        url.map(|url| format!("at {}", host(url))),
        url.is_none().then(|| match services {
            1 => "1 service".to_owned(),
            several => format!("{several} services"),
        }),
        (coming > 0).then(|| format!("{coming} on the way")),
        stopped.map(str::to_owned),
    ];
    let class = match (url, stopped, coming) {
        (Some(_), ..) => "remote",
        (None, Some(_), _) => "stopped",
        (None, None, 1..) => "moving",
        (None, None, 0) => "",
    };
    let state = state.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Node { name: environment.to_string(), state, class }
}

/// Why nothing begins there now.
fn stopped(row: &Row<'_>) -> Option<&'static str> {
    let state = row.state();
    (state != EnvironmentState::Open).then(|| state.name())
}

/// The part of an address that tells one boathook from another.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

impl WayKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Automatic | Self::Approval => "promotes",
            Self::Never => "never",
            Self::Proof => "proof",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Automatic => "",
            Self::Approval => "approval",
            Self::Never => "never",
            Self::Proof => "proof",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Automatic => "promotes to",
            Self::Approval => "promotes, with an approval there, to",
            Self::Never => "promotes nothing to",
            Self::Proof => "proves images for",
        }
    }

    /// Of two ways between the same environments the lower one is drawn.
    const fn rank(self) -> u8 {
        match self {
            Self::Automatic | Self::Approval => 0,
            Self::Proof => 1,
            Self::Never => 2,
        }
    }
}
