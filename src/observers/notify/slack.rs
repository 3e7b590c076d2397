//! What Slack gets: plain text in which nothing of a sender's or a program's can be a link, a
//! mention or markup.

use boathook_core::{deployment::is_unprintable, record::AfterBad};
use serde_json::json;

use crate::observers::notify::status_change::{BadWatch, Overridden, StatusChange, cut};

/// Characters of a reason.
const REASON_MAX: usize = 600;
/// Characters of other texts.
const TEXT_MAX: usize = 120;

/// The body for an incoming webhook.
pub(super) fn body(change: &StatusChange) -> String {
    // `parse: none` and `link_names: false` leave `@here` and `#channel` as text; markup is off.
    json!({
        "text": text(change),
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
    .to_string()
}

fn text(change: &StatusChange) -> String {
    let StatusChange { id: _, at: _, overridden, bad_watch, summary, commit_sha, triggered_by } =
        change;
    let stands = match bad_watch {
        Some(_) => "turned bad after its success".to_owned(),
        None => summary.status.words(),
    };
    let mut lines = vec![
        format!("{}: {}/{} {stands}", summary.environment, summary.namespace, summary.service),
        format!("image {}", summary.image),
        format!("deployment {} ({})", cut(summary.deployment_id.as_str(), TEXT_MAX), summary.id),
    ];
    lines.extend(overridden.iter().map(|Overridden { by, promotion_to }| {
        let by = cut(&by.with_reason(), REASON_MAX);
        match promotion_to {
            None => format!("let past its deployment windows by {by}"),
            Some(to) => format!("its promotion to {to} let past what is required there by {by}"),
        }
    }));
    lines.extend(commit_sha.iter().map(|commit| format!("commit {}", cut(commit, TEXT_MAX))));
    lines.extend(triggered_by.iter().map(|by| format!("set off by {}", cut(by, TEXT_MAX))));
    if let Some(BadWatch { reason, then }) = bad_watch {
        lines.push(format!("because {}", cut(reason, REASON_MAX)));
        lines.push(match then {
            AfterBad::RollsBack { rollback } => format!("{rollback} was ordered to roll back"),
            AfterBad::Stays { why } => format!("not rolled back: {}", cut(why, REASON_MAX)),
        });
    }
    lines.extend(
        summary
            .reason
            .iter()
            .map(|reason| format!("because {}", cut(&reason.to_string(), REASON_MAX))),
    );
    lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n")
}

/// Slack's three special characters: mentions and links begin with `<`. Control characters would
/// break lines, and direction marks turn words around.
fn escaped(text: &str) -> String {
    let visible = |c: char| if is_unprintable(c) { ' ' } else { c };
    text.chars()
        .map(visible)
        .collect::<String>()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
