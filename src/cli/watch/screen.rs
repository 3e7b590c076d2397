//! Lines that are redrawn in place on a terminal.

use std::io::{Write as _, stdout};

use rustix::termios::tcgetwinsize;

/// Rows of a terminal that does not say how many it has.
const ROWS: usize = 24;

/// Standard output, and how many lines are drawn there.
#[derive(Default)]
pub(super) struct Screen {
    drawn: usize,
}

impl Screen {
    /// Draws these lines in place of those before. Lines that are too long are cut by the terminal,
    /// which does not wrap them meanwhile; of too many lines, the first are drawn.
    pub(super) fn draw(&mut self, lines: &[String]) {
        let room = rows().saturating_sub(2);
        let mut shown = lines.iter().take(room).cloned().collect::<Vec<_>>();
        if lines.len() > room {
            shown.push(format!("... {} more lines", lines.len() - room));
        }
        let up = if self.drawn > 0 { format!("\x1b[{}A", self.drawn) } else { String::new() };
        let text = shown.iter().map(|line| format!("{line}\n")).collect::<String>();
        let mut out = stdout().lock();
        // A terminal that is gone ends the process by its signal.
        let _: std::io::Result<()> = out
            .write_all(format!("{up}\r\x1b[J\x1b[?7l{text}\x1b[?7h").as_bytes())
            .and_then(|()| out.flush());
        self.drawn = shown.len();
    }
}

fn rows() -> usize {
    match tcgetwinsize(stdout()) {
        Ok(size) if size.ws_row > 0 => size.ws_row.into(),
        Ok(_) | Err(_) => ROWS,
    }
}
