//! Every SQL statement in one place, in the SQL that all stores share (see `statement`). What only one
//! of them needs is beside that one.

pub(super) const KEEP_RECORD: &str =
    "INSERT INTO records (sequence, deployment, at, event) VALUES (?1, ?2, ?3, ?4)";

/// Only what events change is written again, and a success has its place among the others from its
/// end on; a row that would take another's identity is refused.
pub(super) const KEEP_ROW: &str = "
    INSERT INTO deployments (id, environment, namespace, service, deployment_id, attempt, image, status, reason, token, has_timestamp,
                             requested_at, signed_by, accepted_seq, accepted_at, changed_at, ended_at, serves_revision, serves_image,
                             served_seq, bundle, awaits_promotion, watched, unacknowledged)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason, changed_at = excluded.changed_at,
        ended_at = excluded.ended_at, serves_revision = excluded.serves_revision, serves_image = excluded.serves_image,
        served_seq = coalesce(deployments.served_seq, excluded.served_seq), bundle = coalesce(excluded.bundle, deployments.bundle),
        awaits_promotion = excluded.awaits_promotion,
        watched = excluded.watched, unacknowledged = excluded.unacknowledged";

pub(super) const LIVE: &str =
    "SELECT id FROM deployments WHERE ended_at IS NULL ORDER BY accepted_seq";

/// The newest attempt has the identity.
pub(super) const FIND: &str = "
    SELECT * FROM deployments
    WHERE environment = ?1 AND namespace = ?2 AND service = ?3 AND deployment_id = ?4
    ORDER BY attempt DESC
    LIMIT 1";

pub(super) const SUMMARY: &str = "SELECT * FROM deployments WHERE id = ?1";

pub(super) const RECORD: &str = "SELECT * FROM records WHERE sequence = ?1";

pub(super) const RECORDS: &str =
    "SELECT * FROM records WHERE deployment = ?1 AND sequence > ?2 ORDER BY sequence";

pub(super) const RECORDS_OF_ALL: &str =
    "SELECT * FROM records WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

pub(super) const SIGNERS: &str = "
    SELECT environment, signed_by, deployments, accepted_at
    FROM (SELECT count(*) AS deployments, max(accepted_seq) AS newest FROM deployments
          WHERE signed_by IS NOT NULL GROUP BY environment, signed_by) AS signed
    JOIN deployments ON accepted_seq = newest
    ORDER BY environment, signed_by";

/// The success that ended last; it may have been accepted before others that ended earlier.
pub(super) const LAST_SUCCESS: &str = "
    SELECT id, serves_revision, serves_image FROM deployments
    WHERE environment = ?1 AND namespace = ?2 AND service = ?3 AND serves_revision IS NOT NULL
    ORDER BY served_seq DESC
    LIMIT 1";

pub(super) const LOCKS: &str = "SELECT lock FROM locks ORDER BY rowid";

pub(super) const KEEP_LOCK: &str = "INSERT INTO locks (id, lock) VALUES (?1, ?2)";

pub(super) const HOLDS: &str = "SELECT hold FROM service_holds ORDER BY rowid";

pub(super) const KEEP_HOLD: &str = "INSERT INTO service_holds (id, hold) VALUES (?1, ?2)";

pub(super) const DROP_HOLDS: &str = "DELETE FROM service_holds";

pub(super) const DROP_LOCKS: &str = "DELETE FROM locks";

/// Texts of times are compared, which may be wrong within a second: a fraction sorts before the `Z`
/// of the whole one.
pub(super) const PRUNABLE: &str = "
    SELECT id, environment, namespace, service, accepted_seq, has_timestamp, serves_revision IS NOT NULL AS served, status, reason,
           (SELECT max(sequence) FROM records WHERE records.deployment = deployments.id) AS ended_seq
    FROM deployments
    WHERE NOT pruned AND NOT awaits_promotion AND NOT watched AND NOT unacknowledged AND ended_at < ?1 AND accepted_seq > ?4
      AND (ended_at < ?2 OR accepted_seq <= (
          SELECT accepted_seq FROM deployments
          WHERE NOT pruned AND ended_at IS NOT NULL
          ORDER BY accepted_seq DESC
          LIMIT 1 OFFSET ?3))
    ORDER BY accepted_seq
    LIMIT ?5";

pub(super) const PRUNE_RECORDS: &str = "DELETE FROM records WHERE deployment = ?1";

pub(super) const PRUNE_ROW: &str = "DELETE FROM deployments WHERE id = ?1";

pub(super) const PRUNE_GITHUB_DEPLOYMENT: &str =
    "DELETE FROM github_deployments WHERE deployment = ?1";

/// All but the first and the last.
pub(super) const PRUNE_BETWEEN: &str =
    "DELETE FROM records WHERE deployment = ?1 AND sequence > ?2 AND sequence < ?3";

pub(super) const KEEP_STUB: &str = "UPDATE records SET event = ?2 WHERE sequence = ?1";

/// What served is not known any more, nor from which bundle.
pub(super) const KEEP_IDENTITY: &str = "UPDATE deployments SET pruned = TRUE, serves_revision = NULL, serves_image = NULL, bundle = NULL WHERE id = ?1";

/// Every service with its newest deployment and its newest success. Places among all deployments
/// are unique.
pub(super) const SERVICES: &str = "
    WITH services AS (SELECT DISTINCT environment, namespace, service FROM deployments),
    newest AS (
        SELECT (SELECT accepted_seq FROM deployments AS one
                WHERE one.environment = services.environment AND one.namespace = services.namespace AND one.service = services.service
                ORDER BY accepted_seq DESC LIMIT 1) AS newest,
               (SELECT accepted_seq FROM deployments AS one
                WHERE one.environment = services.environment AND one.namespace = services.namespace AND one.service = services.service
                  AND serves_revision IS NOT NULL
                ORDER BY served_seq DESC LIMIT 1) AS success
        FROM services
    )
    SELECT deployments.*, proven.id AS success_id, proven.serves_revision AS success_revision, proven.serves_image AS success_image,
           proven.image AS success_requested, proven.ended_at AS success_at, withdrawal
    FROM newest
    JOIN deployments ON deployments.accepted_seq = newest.newest
    LEFT JOIN deployments AS proven ON proven.accepted_seq = newest.success
    LEFT JOIN withdrawals ON digest = substr(proven.serves_image, instr(proven.serves_image, '@') + 1)
    ORDER BY deployments.environment, deployments.namespace, deployments.service
    LIMIT ?1";

pub(super) const NEWEST_REQUEST: &str = "
    SELECT * FROM deployments
    WHERE environment = ?1 AND namespace = ?2 AND service = ?3 AND requested_at IS NOT NULL
    ORDER BY requested_at DESC
    LIMIT 1";

pub(super) const SUCCESS_BEFORE: &str = "
    SELECT id, serves_revision, serves_image FROM deployments
    WHERE environment = ?1 AND namespace = ?2 AND service = ?3 AND serves_revision IS NOT NULL AND serves_revision <> ?5
      AND served_seq < (SELECT served_seq FROM deployments WHERE id = ?4)
    ORDER BY served_seq DESC
    LIMIT 1";

/// Whatever it left serving: the same revision too.
pub(super) const REPLACED_SUCCESS: &str = "
    SELECT id FROM deployments
    WHERE environment = ?1 AND namespace = ?2 AND service = ?3 AND serves_revision IS NOT NULL
      AND served_seq < (SELECT served_seq FROM deployments WHERE id = ?4)
    ORDER BY served_seq DESC
    LIMIT 1";

/// The first that left something else serving, or the same again.
pub(super) const REPLACING_SUCCESS: &str = "
    SELECT id FROM deployments
    WHERE environment = ?1 AND namespace = ?2 AND service = ?3 AND serves_revision IS NOT NULL
      AND served_seq > (SELECT served_seq FROM deployments WHERE id = ?4)
    ORDER BY served_seq
    LIMIT 1";

/// Anyone who may create deployments there can repeat a request, so their number is limited.
pub(super) const GITHUB_DEPLOYMENTS: &str = "
    SELECT repository, number FROM github_deployments
    WHERE deployment = ?1
    ORDER BY rowid
    LIMIT 32";

pub(super) const UNREPORTED_GITHUB_DEPLOYMENT: &str = "
    SELECT deployment, repository, number FROM github_deployments
    WHERE NOT told
    ORDER BY deployment, number
    LIMIT 1";

pub(super) const KEEP_GITHUB_DEPLOYMENT: &str = "
    INSERT INTO github_deployments (deployment, repository, number, told) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (deployment, repository, number) DO NOTHING";

pub(super) const REPORTED_GITHUB_DEPLOYMENT: &str =
    "UPDATE github_deployments SET told = TRUE WHERE NOT told AND repository = ?1 AND number = ?2";

pub(super) const PROVEN: &str = "
    SELECT serves_image, max(served_seq) AS newest, withdrawal FROM deployments
    LEFT JOIN withdrawals ON digest = substr(serves_image, instr(serves_image, '@') + 1)
    WHERE environment = ?1 AND serves_image IS NOT NULL AND ended_at >= ?2
    GROUP BY serves_image, withdrawal
    ORDER BY newest DESC
    LIMIT ?3";

/// The newest first.
pub(super) const FACTS: &str = "
    SELECT namespace, service, at, what, until, bundle FROM service_facts
    WHERE digest = ?1 AND environment = ?2
    ORDER BY sequence DESC
    LIMIT ?3";

pub(super) const KEEP_FACT: &str = "
    INSERT INTO service_facts (digest, environment, namespace, service, at, what, until, bundle) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Of those that came first, some that are older.
pub(super) const PRUNE_FACTS: &str = "
    DELETE FROM service_facts
    WHERE sequence IN (SELECT sequence FROM service_facts ORDER BY sequence LIMIT 10) AND at < ?1";

/// Whether the newest success of any service left that digest serving.
pub(super) const SERVES: &str = "
    SELECT id FROM deployments AS one
    WHERE serves_revision IS NOT NULL AND substr(serves_image, instr(serves_image, '@') + 1) = ?1
      AND NOT EXISTS (
          SELECT 1 FROM deployments AS later
          WHERE later.environment = one.environment AND later.namespace = one.namespace AND later.service = one.service
            AND later.serves_revision IS NOT NULL AND later.served_seq > one.served_seq)
    LIMIT 1";

pub(super) const PROMOTIONS_OF: &str = "
    SELECT id FROM deployments
    WHERE awaits_promotion AND substr(serves_image, instr(serves_image, '@') + 1) = ?1
    ORDER BY accepted_seq";

pub(super) const WITHDRAWAL: &str = "SELECT withdrawal FROM withdrawals WHERE digest = ?1";

pub(super) const WITHDRAWALS: &str =
    "SELECT withdrawal FROM withdrawals ORDER BY rowid DESC LIMIT ?1";

pub(super) const WITHDRAW: &str = "INSERT INTO withdrawals (digest, withdrawal) VALUES (?1, ?2)";

pub(super) const REINSTATE: &str = "DELETE FROM withdrawals WHERE digest = ?1";

pub(super) const WATCHED: &str = "SELECT id FROM deployments WHERE watched ORDER BY accepted_seq";

pub(super) const TO_PROMOTE: &str =
    "SELECT id FROM deployments WHERE awaits_promotion ORDER BY accepted_seq LIMIT ?1";

pub(super) const TO_PROMOTE_COUNT: &str = "SELECT environment, count(*) AS successes FROM deployments WHERE awaits_promotion GROUP BY environment";

pub(super) const BUNDLE: &str = "SELECT digest, packed FROM bundles WHERE digest = ?1";

pub(super) const BUNDLES_BESIDE: &str = "SELECT digest FROM bundles WHERE packed IS NULL";

pub(super) const KEEP_BUNDLE: &str =
    "INSERT INTO bundles (digest, packed) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";

/// Those that no deployment is left of.
pub(super) const PRUNE_BUNDLES: &str = "
    DELETE FROM bundles
    WHERE NOT EXISTS (SELECT 1 FROM deployments WHERE deployments.bundle = bundles.digest)";

pub(super) const SOURCE_CURSOR: &str = "SELECT position FROM source_cursors WHERE source = ?1";

pub(super) const SOURCES: &str = "SELECT source FROM source_cursors ORDER BY source";

pub(super) const FORGET_SOURCE: &str = "DELETE FROM source_cursors WHERE source = ?1";

/// It never goes back.
pub(super) const KEEP_SOURCE_CURSOR: &str = "
    INSERT INTO source_cursors (source, position) VALUES (?1, ?2)
    ON CONFLICT (source) DO UPDATE SET position = excluded.position WHERE excluded.position > source_cursors.position";
