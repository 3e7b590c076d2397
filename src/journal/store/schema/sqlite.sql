-- One row for each attempt at a deployment: what lists show, and what tells one request from another.
CREATE TABLE deployments (
    id            TEXT    NOT NULL PRIMARY KEY,
    environment   TEXT    NOT NULL,
    namespace     TEXT    NOT NULL,
    service       TEXT    NOT NULL,
    deployment_id TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    image         TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    -- JSON; format 7 had words.
    reason        TEXT,
    token         TEXT    NOT NULL,
    has_timestamp INTEGER NOT NULL,
    accepted_seq  INTEGER NOT NULL UNIQUE,
    accepted_at   TEXT    NOT NULL,
    changed_at    TEXT    NOT NULL,
    ended_at      TEXT,
    -- What a success left serving; both or neither.
    serves_revision TEXT,
    serves_image    TEXT,
    -- The place of a success among all records, from its end on.
    served_seq    INTEGER,
    -- When the sender made the request, in microseconds since 1970; none if they did not say, and none for what an operator ordered.
    requested_at  INTEGER,
    -- Whether all but the acceptance and the end was removed from the record for its age.
    pruned        INTEGER NOT NULL DEFAULT 0,
    -- Whether a success waits for the next environment to answer.
    awaits_promotion INTEGER NOT NULL DEFAULT 0,
    -- Whether it succeeded and boathook still watches what it left serving.
    watched       INTEGER NOT NULL DEFAULT 0,
    -- Whether an operator let it past closed deployment windows, and nobody has acknowledged that.
    unacknowledged INTEGER NOT NULL DEFAULT 0,
    -- The secret that signed the request; none for what an operator ordered.
    signed_by     TEXT,
    -- The bundle of manifests that it was made from, or is to be.
    bundle        TEXT,
    UNIQUE (environment, namespace, service, deployment_id, attempt)
) STRICT;

-- So that no list has to look at every row, however long the history is.
CREATE INDEX deployments_not_ended ON deployments (accepted_seq) WHERE ended_at IS NULL;
CREATE INDEX deployments_ended ON deployments (accepted_seq) WHERE NOT pruned AND ended_at IS NOT NULL;
CREATE INDEX deployments_unacknowledged ON deployments (accepted_seq) WHERE unacknowledged;
CREATE INDEX deployments_watched ON deployments (accepted_seq) WHERE watched;
CREATE INDEX deployments_to_promote ON deployments (accepted_seq) WHERE awaits_promotion;
CREATE INDEX deployments_of_service ON deployments (environment, namespace, service, accepted_seq);
CREATE INDEX deployments_of_environment ON deployments (environment, accepted_seq);
CREATE INDEX deployments_in_namespace ON deployments (namespace, accepted_seq);
CREATE INDEX deployments_of_name ON deployments (service, accepted_seq);
CREATE INDEX deployments_by_id ON deployments (deployment_id, accepted_seq);
CREATE INDEX deployments_by_end ON deployments (status, accepted_seq) WHERE ended_at IS NOT NULL;
CREATE INDEX deployments_that_served ON deployments (environment, namespace, service, served_seq) WHERE serves_revision IS NOT NULL;
CREATE INDEX deployments_by_signer ON deployments (environment, signed_by, accepted_seq) WHERE signed_by IS NOT NULL;
CREATE INDEX deployments_of_bundle ON deployments (bundle) WHERE bundle IS NOT NULL;
CREATE INDEX requests_of_service ON deployments (environment, namespace, service, requested_at) WHERE requested_at IS NOT NULL;

-- Everything that happened, in order. A number is never given twice, even after old records are deleted.
CREATE TABLE records (
    sequence   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    deployment TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    event      TEXT    NOT NULL
) STRICT;

CREATE INDEX records_of_deployment ON records (deployment, sequence);

-- Where nothing new is taken. Who locked and unlocked stands in the records; this is what may still hold.
CREATE TABLE locks (
    id   TEXT NOT NULL PRIMARY KEY,
    lock TEXT NOT NULL
) STRICT;

-- Digests that do not count as proven, whatever succeeded. They outlive the deployments that they came from.
CREATE TABLE withdrawals (
    digest     TEXT NOT NULL PRIMARY KEY,
    withdrawal TEXT NOT NULL
) STRICT;

-- Services that an operator rolled back, and that nobody has released.
CREATE TABLE service_holds (
    id   TEXT NOT NULL PRIMARY KEY,
    hold TEXT NOT NULL
) STRICT;

-- What happened to digests in services, in order: how long each served. They outlive the deployments that they came from.
CREATE TABLE service_facts (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    digest      TEXT    NOT NULL,
    environment TEXT    NOT NULL,
    namespace   TEXT    NOT NULL,
    service     TEXT    NOT NULL,
    at          TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    -- Of a watch.
    until       TEXT,
    -- The bundle of manifests that the deployment was made from.
    bundle      TEXT
) STRICT;

CREATE INDEX service_facts_of_digest ON service_facts (digest, environment, sequence);

-- The deployments on GitHub that boathook reports to, besides those that requests came from.
CREATE TABLE github_deployments (
    deployment TEXT    NOT NULL,
    repository TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    -- Whether GitHub was told of the deployment there.
    told       INTEGER NOT NULL,
    PRIMARY KEY (deployment, repository, number)
) STRICT;

CREATE INDEX untold_github_deployments ON github_deployments (deployment) WHERE NOT told;

-- How far boathook has read each source that it asks for requests: the last deployment of a repository on GitHub that is settled.
CREATE TABLE source_cursors (
    source   TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

-- The manifests that requests brought, packed, by their digest. Each stays as long as a deployment that was made from it.
CREATE TABLE bundles (
    digest TEXT NOT NULL PRIMARY KEY,
    -- None of one that holds Secrets, and is kept beside the journal.
    packed BLOB
) STRICT;
