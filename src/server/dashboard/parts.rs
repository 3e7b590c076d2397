//! Small pieces that several pages show: statuses, times, images, and traffic as a bar.

use std::fmt::{Display, Write as _};

use boathook_core::{
    clock::time_of_day,
    deployment::{DeploymentId, ImageRef, Namespace, RevisionName, ServiceName},
};
use jiff::Timestamp;

use crate::{
    journal::{Share, Status},
    server::html::{Escaped, time},
};

/// Digits of a digest that a page shows, enough to distinguish it from the others.
const DIGEST_SHOWN: usize = 19;

/// A deployment's status, as a coloured word.
pub(crate) fn badge(status: Status) -> String {
    format!("<span class=\"badge {}\">{}</span>", status.name(), status.name().replace('_', " "))
}

/// That an operator paused it; nothing if not.
pub const fn paused_badge(paused: bool) -> &'static str {
    if paused { " <span class=\"badge paused\">paused</span>" } else { "" }
}

/// A time of day; the page shows the date nearby.
pub fn clock(at: Timestamp) -> String {
    format!("<time datetime=\"{at}\" title=\"{}\">{}</time>", time(at), time_of_day(at))
}

pub fn timestamp(at: Timestamp) -> String {
    format!("<time datetime=\"{at}\">{}</time>", time(at))
}

/// A link to a deployment.
pub fn link(id: &DeploymentId, text: &str) -> String {
    format!("<a href=\"/dashboard/deployments/{}\">{}</a>", Escaped(id.as_str()), Escaped(text))
}

/// An image, its digest cut short; the whole of it is there for pointer and copying.
pub fn image(image: &ImageRef) -> String {
    let whole = image.to_string();
    match whole.split_once('@') {
        Some((name, whole)) => {
            format!("<span class=\"image\">{}</span> {}", Escaped(name), digest(whole))
        }
        None => format!("<span class=\"image\">{}</span>", Escaped(&whole)),
    }
}

/// The title of a step; if it ends with an image by digest, that is cut short as everywhere.
pub fn title(title: &str) -> String {
    match title.split_once("@sha256:") {
        Some((before, hex)) => format!("{} {}", Escaped(before), digest(&format!("sha256:{hex}"))),
        None => Escaped(title).to_string(),
    }
}

fn digest(digest: &str) -> String {
    let short = digest.get(..DIGEST_SHOWN).unwrap_or(digest);
    format!("<code class=\"digest\" title=\"{}\">{}</code>", Escaped(digest), Escaped(short))
}

/// Traffic as a bar, and as text.
pub fn traffic(shares: &[Share], candidate: Option<&RevisionName>) -> String {
    let (mut bar, mut words, mut from) = (String::new(), String::new(), 0);
    for Share { revision, percent } in shares {
        let (class, what) = if Some(revision) == candidate {
            ("candidate", " <span class=\"muted\">new</span>")
        } else {
            ("stable", "")
        };
        let width = u32::from(percent.get());
        let _ = write!(
            bar,
            "<rect class=\"{class}\" x=\"{from}\" y=\"0\" width=\"{width}\" height=\"8\"/>"
        );
        let name = Escaped(revision.as_str());
        let _ = write!(
            words,
            "<li><span class=\"key {class}\"></span><code>{name}</code> <strong>{percent}</strong>{what}</li>"
        );
        from += width;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{bar}</svg>\
         <ul class=\"shares\">{words}</ul>"
    )
}

/// One cell of a table; its content is harmless already.
pub struct Cell {
    is_head: bool,
    class: &'static str,
    content: String,
}

impl Cell {
    /// What the row is about.
    pub fn head(content: impl Display) -> Self {
        Self { is_head: true, class: "", content: content.to_string() }
    }

    /// Anything else.
    pub fn plain(content: impl Display) -> Self {
        Self::of("", content)
    }

    /// A cell with its own style.
    pub fn of(class: &'static str, content: impl Display) -> Self {
        Self { is_head: false, class, content: content.to_string() }
    }

    /// If there is no room for columns, the cell says itself which it is of.
    fn render(&self, column: &str) -> String {
        let Self { is_head, class, content } = self;
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        if *is_head {
            format!("<th scope=\"row\">{content}</th>")
        } else {
            format!("<td{class} data-label=\"{column}\">{content}</td>")
        }
    }
}

/// A table with its caption, its columns, and rows of as many cells.
pub fn table<const N: usize>(
    caption: &str,
    columns: [&str; N],
    rows: impl IntoIterator<Item = [Cell; N]>,
) -> String {
    let row = |cells: [Cell; N]| {
        let cells =
            cells.iter().zip(columns).map(|(cell, column)| cell.render(column)).collect::<String>();
        format!("<tr>{cells}</tr>\n")
    };
    let rows = rows.into_iter().map(row).collect::<String>();
    let columns = columns.map(|name| format!("<th scope=\"col\">{name}</th>")).concat();
    format!(
        "<table><caption>{caption}</caption><thead><tr>{columns}</tr></thead><tbody>\n{rows}</tbody></table>\n"
    )
}

/// A service with the namespace that it is in.
pub fn place(namespace: &Namespace, service: &ServiceName) -> String {
    format!(
        "<span class=\"name\">{service}</span><br><span class=\"name muted\">in {namespace}</span>"
    )
}

/// A section with its heading.
pub fn section(id: &str, heading: &str, content: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>\n{content}</section>\n"
    )
}
