-- One row for each deployment: what lists show, and what tells one request from another.
CREATE TABLE deployments (
    id            TEXT    NOT NULL PRIMARY KEY,
    environment   TEXT    NOT NULL,
    namespace     TEXT    NOT NULL,
    service       TEXT    NOT NULL,
    deployment_id TEXT    NOT NULL,
    image         TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    reason        TEXT,
    token         TEXT    NOT NULL,
    has_timestamp INTEGER NOT NULL,
    accepted_seq   INTEGER NOT NULL UNIQUE,
    accepted_at   TEXT    NOT NULL,
    changed_at    TEXT    NOT NULL,
    ended_at      TEXT,
    -- What a success left serving; both or neither.
    serves_revision TEXT,
    serves_image    TEXT,
    UNIQUE (environment, namespace, service, deployment_id)
) STRICT;

CREATE INDEX deployments_not_ended ON deployments (accepted_seq) WHERE ended_at IS NULL;
CREATE INDEX deployments_of_service ON deployments (environment, namespace, service, accepted_seq);

-- Everything that happened, in order. A number is never given twice, even after old records are deleted.
CREATE TABLE records (
    sequence   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    deployment TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    event      TEXT    NOT NULL
) STRICT;

CREATE INDEX records_of_deployment ON records (deployment, sequence);
