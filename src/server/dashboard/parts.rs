//! Small pieces that several pages show: statuses, moments, images, and traffic as a bar.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::{
    deployment::{ImageRef, JobId, Namespace, RevisionName, ServiceName},
    journal::{Share, Status},
    server::html::{Escaped, time},
};

/// Digits of a digest that tell it from any other on a page.
const DIGEST_SHOWN: usize = 19;

/// Where a deployment stands, as a coloured word.
pub fn badge(status: Status) -> String {
    format!("<span class=\"badge {}\">{}</span>", status.name(), status.name().replace('_', " "))
}

/// A moment.
pub fn moment(at: Timestamp) -> String {
    format!("<time datetime=\"{at}\">{}</time>", time(at))
}

/// A link to a deployment.
pub fn link(job: &JobId, text: &str) -> String {
    format!("<a href=\"/dashboard/deployments/{}\">{}</a>", Escaped(job.as_str()), Escaped(text))
}

/// An image, its digest cut short; the whole of it is there for pointer and copying.
pub fn image(image: &ImageRef) -> String {
    let whole = image.to_string();
    match whole.split_once('@') {
        Some((name, digest)) => {
            let short = digest.get(..DIGEST_SHOWN).unwrap_or(digest);
            format!("<span class=\"image\">{}</span> <code title=\"{}\">{}</code>", Escaped(name), Escaped(digest), Escaped(short))
        }
        None => format!("<span class=\"image\">{}</span>", Escaped(&whole)),
    }
}

/// Who gets which share: a bar, and the same in words.
pub fn traffic(shares: &[Share], candidate: Option<&RevisionName>) -> String {
    let (mut bar, mut words, mut from) = (String::new(), String::new(), 0);
    for Share { revision, percent } in shares {
        let class = if Some(revision) == candidate { "candidate" } else { "stable" };
        let width = u32::from(percent.get());
        let _ = write!(bar, "<rect class=\"{class}\" x=\"{from}\" y=\"0\" width=\"{width}\" height=\"8\"/>");
        let name = Escaped(revision.as_str());
        let _ = write!(words, "<li><span class=\"key {class}\"></span><code>{name}</code> <strong>{percent}</strong></li>");
        from += width;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{bar}</svg>\
         <ul class=\"shares\">{words}</ul>"
    )
}

/// A table with its caption and its columns.
pub fn table(caption: &str, columns: &[&str], rows: &str) -> String {
    let columns = columns.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect::<String>();
    format!(
        "<div class=\"wide\"><table><caption>{caption}</caption><thead><tr>{columns}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// A service with the namespace that it is in.
pub fn place(namespace: &Namespace, service: &ServiceName) -> String {
    format!("<span class=\"name\">{service}</span><br><span class=\"name muted\">in {namespace}</span>")
}

/// A section with its heading.
pub fn section(id: &str, heading: &str, content: &str) -> String {
    format!("<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>\n{content}</section>\n")
}
