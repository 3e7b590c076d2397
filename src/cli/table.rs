//! Tables with columns as wide as their content.
//!
//! Our own: what senders wrote is made harmless cell by cell before it is measured.

use crate::cli::terminal::Line;

/// Rows as lines, the columns two spaces apart; no line ends in spaces.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let rows = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| Line(cell).to_string()))
        .collect::<Vec<_>>();
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = std::array::from_fn::<_, N, _>(width);
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect::<Vec<_>>();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same below heads.
pub fn headed_table<const N: usize>(
    heads: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let heads = heads.map(str::to_owned);
    table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())
}
