//! `boathook names`: what completions offer besides words of the command line.

use std::collections::BTreeSet;

use boathook_core::deployment::Environment;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::{
    cli::{CliError, Exit, SocketArguments, terminal::Lines},
    journal::ServiceView,
};

/// `boathook names`.
#[derive(Debug, Args)]
pub struct NamesArguments {
    /// Whose names.
    of: Named,
    #[command(flatten)]
    socket: SocketArguments,
}

/// What has names that an operator types.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Named {
    Environments,
    Services,
}

#[derive(Deserialize)]
struct Graph {
    environments: Vec<NamedEnvironment>,
}

#[derive(Deserialize)]
struct NamedEnvironment {
    environment: Environment,
    aliases: Vec<Environment>,
}

impl NamesArguments {
    /// Prints the names, one a line.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { of, socket } = self;
        match of {
            Named::Environments => socket.print(&["environments"], &[], false, environments).await,
            Named::Services => socket.print(&["services"], &[], false, services).await,
        }
    }
}

fn environments(Graph { environments }: Graph) -> String {
    let names = environments.into_iter().flat_map(|one| {
        let NamedEnvironment { environment, aliases } = one;
        std::iter::once(environment).chain(aliases)
    });
    names.map(|name| name.to_string()).collect::<Vec<_>>().join("\n")
}

fn services(services: Vec<ServiceView>) -> String {
    let names: BTreeSet<String> = services.iter().map(|one| one.service.to_string()).collect();
    Lines(&names.into_iter().collect::<Vec<_>>().join("\n")).to_string()
}
