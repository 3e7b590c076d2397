//! Users got answers, and exactly everything was given to revisions, whenever anyone looked.

use crate::failover::evidence::{Evidence, Look};

pub fn judge(evidence: &Evidence) -> Vec<String> {
    let broken = evidence.looks.iter().filter(|look| !is_whole(look));
    broken
        .map(|look| {
            format!("{} at {}: {:?}, traffic {:?}", look.service, look.at, look.status, look.shares)
        })
        .collect()
}

fn is_whole(look: &Look) -> bool {
    let all: u64 = look.shares.iter().map(|(_, percent)| percent).sum();
    look.status == Some(200) && all == 100
}
