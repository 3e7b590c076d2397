//! The judgement of a trial: what must not have happened, each with its own judge, and how long
//! nobody led after each kind of fault.

mod audits;
mod deposed;
mod doubled;
mod ends;
mod enough;
mod lost;
#[cfg(test)]
mod tests;
mod times;
mod whole;

use std::{error::Error, path::PathBuf};

use crate::failover::evidence::Evidence;

/// What each judge looks for, and what it found: a line for each.
type Judged = (&'static str, Vec<String>);

/// So many lines of one judge are printed.
const SHOWN: usize = 20;

#[derive(clap::Args)]
pub struct Judge {
    /// Where the files of a trial are; may be given again
    #[arg(required = true)]
    folders: Vec<PathBuf>,
}

impl Judge {
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        let trials = self.folders.iter().map(|folder| Evidence::read(folder));
        let trials = trials.collect::<Result<Vec<_>, _>>()?;
        println!("{}", times::table(&trials));
        let found: usize = trials.iter().map(report).sum();
        if found == 0 { Ok(()) } else { Err(format!("{found} findings").into()) }
    }
}

/// Prints what was found, and says how much that is.
fn report(evidence: &Evidence) -> usize {
    println!("{}", ends::summary(evidence));
    let judged = judge(evidence);
    for (what, found) in &judged {
        println!("{what}: {}", found.len());
        found.iter().take(SHOWN).for_each(|line| println!("  BAD {line}"));
    }
    judged.iter().map(|(_, found)| found.len()).sum()
}

fn judge(evidence: &Evidence) -> [Judged; 8] {
    [
        ("accepted and lost", lost::judge(evidence)),
        ("doubled", doubled::judge(evidence)),
        ("deployments without exactly one end, or with a wrong one", ends::judge(evidence)),
        ("records of a deposed leader", deposed::judge_record(evidence)),
        ("changes of the cluster by a deposed leader", deposed::judge_cluster(evidence)),
        ("looks at which traffic was not whole", whole::judge(evidence)),
        ("audit logs that are not whole", audits::judge(evidence)),
        ("what was too little to judge", enough::judge(evidence)),
    ]
}
