//! The statements of all stores, as PostgreSQL spells them.

/// The same statement: `?1` is `$1`, and `instr` is `strpos`. No text in a statement has a question
/// mark of its own.
pub(super) fn spelled(sql: &str) -> String {
    sql.replace('?', "$").replace("instr(", "strpos(")
}
