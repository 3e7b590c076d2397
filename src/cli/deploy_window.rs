//! `boathook deploy-window`: whether deployments may begin now, and when next.

use boathook_core::{
    deploy_windows::{AppliesTo, EnvironmentOutlook, Opening, Outlook, Outside},
    deployment::Environment,
};
use clap::Args;
use jiff::{Timestamp, tz::TimeZone};

use crate::cli::{CliError, Exit, SocketArguments};

/// `boathook deploy-window`.
#[derive(Debug, Args)]
pub struct DeployWindowArguments {
    /// Only this environment
    environment: Option<Environment>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

impl DeployWindowArguments {
    /// Prints what is open, and the next openings.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { environment, json, socket } = self;
        let environment = environment.map(|environment| ("environment", environment.to_string()));
        let query = environment.into_iter().collect::<Vec<_>>();
        socket.print(&["windows"], &query, json, shown).await
    }
}

fn shown(environments: Vec<EnvironmentOutlook>) -> String {
    environments.iter().map(environment_lines).collect::<Vec<_>>().join("\n")
}

fn environment_lines(one: &EnvironmentOutlook) -> String {
    let EnvironmentOutlook { environment, time_zone, applies_to, outside, outlook } = one;
    let Outlook { is_open, until, openings } = outlook;
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let state = match (is_open, until) {
        (true, None) => return format!("{environment}: open at any time"),
        (true, Some(until)) => format!("open until {}", local(*until, &zone)),
        (false, Some(until)) => format!("closed until {}", local(*until, &zone)),
        (false, None) => "closed".to_owned(),
    };
    let whom = match applies_to {
        AppliesTo::All => "requests",
        AppliesTo::Promotions => "promotions",
    };
    let outside = match outside {
        Outside::Wait => format!("{whom} wait outside"),
        Outside::Refuse => format!("{whom} are refused outside, promotions wait"),
    };
    let first = format!("{environment}: {state} ({time_zone}; {outside})");
    let next = openings.iter().map(|opening| opening_line(opening, &zone));
    std::iter::once(first).chain(next).collect::<Vec<_>>().join("\n")
}

fn opening_line(opening: &Opening, zone: &TimeZone) -> String {
    let from = local(opening.from, zone);
    match opening.until {
        Some(until) => format!("  opens {from}, closes {}", local(until, zone)),
        None => format!("  opens {from}"),
    }
}

/// A time as the clocks of the zone show it.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string()
}
