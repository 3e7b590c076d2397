//! The copy itself, step by step. Wherever it is cut off, at most one of the two sides can be used:
//! the source until it is marked as moved, and the target once its mark is gone, which comes after.

use crate::journal::{
    Copied, CopyError, CopyMark, CopyPlace, CopyStep, StoreError,
    store::{
        copy::{
            digest::{next, read_back},
            table::TABLES,
        },
        copy_side::{Found, Side},
        schema::NEWEST,
    },
};

/// Moves the record: `report` hears of each step once it is on disk. Blocks, for minutes if the record
/// is large, and holds a few megabytes of it at a time.
pub fn copy(
    from: &CopyPlace,
    to: &CopyPlace,
    report: &mut dyn FnMut(CopyStep),
) -> Result<Copied, CopyError> {
    let places = (from.to_string(), to.to_string());
    let source_place = places.0.as_str();
    let target_place = places.1.as_str();
    if source_place == target_place {
        return Err(CopyError::Same { place: places.0 });
    }
    let failed_from = |error| CopyError::From { place: places.0.clone(), error };
    let failed_to = |error| CopyError::To { place: places.1.clone(), error };
    let mut source = from.open_source().map_err(failed_from)?;
    let mut target = to.open_target().map_err(failed_to)?;
    may_begin(source_place, source.found(), target_place, target.found())?;

    target.begin(source_place).map_err(failed_to)?;
    report(CopyStep::Begun);
    for table in &TABLES {
        let mut after = table.start();
        let mut rows = 0;
        loop {
            let piece = next(source.as_mut(), table, after).map_err(failed_from)?;
            let is_last = !table.is_full(&piece);
            after = piece.after;
            if !piece.rows.is_empty() {
                rows += piece.rows.len() as u64;
                target.keep(&table.keep(piece.rows)).map_err(failed_to)?;
                report(CopyStep::Kept { table: table.name, rows });
            }
            if is_last {
                break;
            }
        }
    }
    let last = source.last_sequence().map_err(failed_from)?;
    target.keep_last_sequence(last).map_err(failed_to)?;
    report(CopyStep::Compares);
    let copied = compared(source.as_mut(), target.as_mut(), &places, failed_from, failed_to)?;
    source.retire(target_place).map_err(failed_from)?;
    report(CopyStep::Retired);
    target.finish().map_err(failed_to)?;
    report(CopyStep::Finished);
    Ok(copied)
}

/// Whether there is a record to copy, and a place that takes it.
fn may_begin(from: &str, source: &Found, to: &str, target: &Found) -> Result<(), CopyError> {
    let place = from.to_owned();
    let other = to.to_owned();
    match (source, target) {
        (Found::Nothing, _) => Err(CopyError::NoRecord { place }),
        (Found::Record(found), _) if *found != NEWEST => {
            Err(CopyError::Format { place, found: *found, needed: NEWEST })
        }
        (Found::Record(_), Found::Nothing) => Ok(()),
        (Found::Record(_), Found::Marked(CopyMark::Unfinished { from: begun }))
            if begun == from =>
        {
            Ok(())
        }
        (Found::Record(_), Found::Marked(CopyMark::Unfinished { from: begun })) => {
            Err(CopyError::OfAnother { place: other, from: begun.clone() })
        }
        // It was cut off between its last two steps.
        (
            Found::Marked(CopyMark::Moved { to: moved }),
            Found::Marked(CopyMark::Unfinished { from: begun }),
        ) if moved == to && begun == from => Ok(()),
        (Found::Marked(CopyMark::Moved { to: moved }), Found::Record(_)) if moved == to => {
            Err(CopyError::AlreadyMoved { from: place, to: other })
        }
        (Found::Marked(mark), _) => Err(CopyError::Source { place, mark: mark.clone() }),
        (Found::Record(_), Found::Record(_)) => Err(CopyError::NotEmpty { place: other }),
        (Found::Record(_), Found::Marked(CopyMark::Moved { to: moved })) => {
            Err(CopyError::LeftOver { place: other, to: moved.clone() })
        }
    }
}

/// Reads both sides again, and returns what they have if that is the same.
fn compared(
    source: &mut dyn Side,
    target: &mut dyn Side,
    (from, to): &(String, String),
    failed_from: impl Fn(StoreError) -> CopyError,
    failed_to: impl Fn(StoreError) -> CopyError,
) -> Result<Copied, CopyError> {
    let there = read_back(source).map_err(failed_from)?;
    let here = read_back(target).map_err(failed_to)?;
    if there == here {
        return Ok(here);
    }
    let counted = there.tables.iter().zip(&here.tables).find(|(there, here)| there != here);
    let what = match counted {
        Some(((table, there), (_, here))) => format!("{there} and {here} rows of `{table}`"),
        None if there.last_sequence != here.last_sequence => {
            format!("last sequences {} and {}", there.last_sequence, here.last_sequence)
        }
        None => format!("digests {} and {}", there.digest, here.digest),
    };
    Err(CopyError::Differs { from: from.clone(), to: to.clone(), what })
}
