//! The programs of a step: as typed in a shell, how they ended, and their output, collapsed until
//! it is opened.

use crate::{
    journal::{Program, StepActivity},
    server::html::{Escaped, Kept},
};

/// Characters of an argument in the line that is always shown.
const WORD_SHOWN: usize = 60;

/// The programs of one step; nothing if it ran none.
pub fn listed(id: &str, activity: &StepActivity) -> String {
    let StepActivity { programs, left_out, probed: _ } = activity;
    if programs.is_empty() {
        return String::new();
    }
    let left_out = if *left_out > 0 {
        format!("<p class=\"note\">{left_out} earlier ones are not shown.</p>\n")
    } else {
        String::new()
    };
    let count = if programs.len() == 1 {
        "1 program".to_owned()
    } else {
        format!("{} programs", programs.len())
    };
    let programs = programs.iter().map(program).collect::<String>();
    format!(
        "<details id=\"{id}\" class=\"programs\"><summary>{count}</summary>\n{left_out}{programs}</details>"
    )
}

fn program(program: &Program) -> String {
    let Program { number, at: _, argv, exit, duration_ms, stdout, stderr } = program;
    let ended = exit.as_ref().map_or_else(
        || "has not ended".to_owned(),
        |exit| {
            format!(
                "{} after {}.{:02} s",
                Escaped(exit),
                duration_ms / 1000,
                duration_ms % 1000 / 10
            )
        },
    );
    let class =
        if exit.as_deref() == Some("exit code 0") || exit.is_none() { "" } else { " failed" };
    let short = argv.iter().map(|word| shortened(word)).collect::<Vec<_>>().join(" ");
    let typed = argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    format!(
        "<details id=\"program-{number}\" class=\"program{class}\"><summary><code>{short}</code> <span class=\"exit\">{ended}</span></summary>\n\
         {command}{stdout}{stderr}</details>\n",
        short = Escaped(&short),
        command = output("Command", &typed),
        stdout = output("Standard output", stdout),
        stderr = output("Standard error", stderr),
    )
}

fn output(name: &str, text: &str) -> String {
    if text.is_empty() {
        format!("<p class=\"nothing\">{name}: nothing</p>\n")
    } else {
        format!("<p>{name}</p>\n<pre tabindex=\"0\">{}</pre>\n", Kept(text))
    }
}

/// An argument, shortened to fit the line; the whole of it is shown below.
fn shortened(word: &str) -> String {
    match word.char_indices().nth(WORD_SHOWN) {
        Some((end, _)) => format!("{}...", &word[..end]),
        None => word.to_owned(),
    }
}

/// An argument, quoted as in a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
