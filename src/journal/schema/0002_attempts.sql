-- A request may be attempted again: its identity is the newest attempt's.
ALTER TABLE deployments RENAME TO deployments_0001;
DROP INDEX deployments_not_ended;
DROP INDEX deployments_of_service;

CREATE TABLE deployments (
    id            TEXT    NOT NULL PRIMARY KEY,
    environment   TEXT    NOT NULL,
    namespace     TEXT    NOT NULL,
    service       TEXT    NOT NULL,
    deployment_id TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
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
    UNIQUE (environment, namespace, service, deployment_id, attempt)
) STRICT;

INSERT INTO deployments
SELECT id, environment, namespace, service, deployment_id, 1, image, status, reason, token, has_timestamp,
       accepted_seq, accepted_at, changed_at, ended_at, serves_revision, serves_image
FROM deployments_0001;

DROP TABLE deployments_0001;

CREATE INDEX deployments_not_ended ON deployments (accepted_seq) WHERE ended_at IS NULL;
CREATE INDEX deployments_of_service ON deployments (environment, namespace, service, accepted_seq);
