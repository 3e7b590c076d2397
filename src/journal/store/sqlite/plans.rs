//! However long the history is, no question that is asked often reads all of it.

use rusqlite::Connection;

use crate::journal::store::{schema, schema::Format, statements};

#[test]
fn no_statement_scans_a_table_that_grows_with_the_history() {
    let connection = Connection::open_in_memory().unwrap();
    for change in schema::SQLITE.changes(Format::Empty) {
        connection.execute_batch(change).unwrap();
    }
    let statements = [
        statements::LIVE,
        statements::FIND,
        statements::SUMMARY,
        statements::RECORD,
        statements::RECORDS,
        statements::RECORDS_OF_ALL,
        statements::LAST_SUCCESS,
        statements::PRUNE_RECORDS,
        statements::PRUNE_BETWEEN,
        statements::NEWEST_REQUEST,
        statements::SUCCESS_BEFORE,
        statements::REPLACED_SUCCESS,
        statements::REPLACING_SUCCESS,
        statements::GITHUB_DEPLOYMENTS,
        statements::UNREPORTED_GITHUB_DEPLOYMENT,
        statements::REPORTED_GITHUB_DEPLOYMENT,
        statements::PRUNE_GITHUB_DEPLOYMENT,
        statements::FACTS,
        statements::PROMOTIONS_OF,
        statements::WATCHED,
        statements::TO_PROMOTE,
        statements::TO_PROMOTE_COUNT,
    ];
    for statement in statements {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let values = vec![rusqlite::types::Null; plan.parameter_count()];
        let lines = plan.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
        for line in lines {
            let line: String = line.unwrap();
            assert!(!line.starts_with("SCAN") || line.contains("USING"), "{statement}: {line}");
        }
    }
}
