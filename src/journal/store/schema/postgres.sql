-- The tables of schema/sqlite.sql, as PostgreSQL has them. Texts are compared by their bytes, as in SQLite, and `rowid` is what SQLite gives each row
-- by itself: the order in which rows came.

-- What this schema is, in its only row.
CREATE TABLE journal (
    -- The format of the tables.
    format BIGINT NOT NULL,
    -- Raised each time a boathook opens the journal. Each transaction tests it, so that one which lost the journal to another writes nothing.
    epoch BIGINT NOT NULL,
    -- The transactions that wrote something; tells whether one whose end was not heard was committed.
    batch BIGINT NOT NULL,
    -- The highest sequence that any record ever had.
    last_sequence BIGINT NOT NULL
);

-- One row for each attempt at a deployment: what lists show, and what tells one request from another.
CREATE TABLE deployments (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    environment TEXT COLLATE "C" NOT NULL,
    namespace TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    deployment_id TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    image TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    -- JSON; format 7 had words.
    reason TEXT COLLATE "C",
    token TEXT COLLATE "C" NOT NULL,
    has_timestamp BOOLEAN NOT NULL,
    accepted_seq BIGINT NOT NULL UNIQUE,
    accepted_at TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    ended_at TEXT COLLATE "C",
    -- What a success left serving; both or neither.
    serves_revision TEXT COLLATE "C",
    serves_image TEXT COLLATE "C",
    -- The place of a success among all records, from its end on.
    served_seq BIGINT,
    -- When the sender made the request, in microseconds since 1970; none if they did not say, and none for what an operator ordered.
    requested_at BIGINT,
    -- Whether all but the acceptance and the end was removed from the record for its age.
    pruned BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether a success waits for the next environment to answer.
    awaits_promotion BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether it succeeded and boathook still watches what it left serving.
    watched BOOLEAN NOT NULL DEFAULT FALSE,
    -- Whether an operator let it past closed deployment windows, and nobody has acknowledged that.
    unacknowledged BOOLEAN NOT NULL DEFAULT FALSE,
    -- The secret that signed the request; none for what an operator ordered.
    signed_by TEXT COLLATE "C",
    -- The bundle of manifests that it was made from, or is to be.
    bundle TEXT COLLATE "C",
    UNIQUE (environment, namespace, service, deployment_id, attempt)
);

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
    sequence BIGINT NOT NULL PRIMARY KEY,
    deployment TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL
);

CREATE INDEX records_of_deployment ON records (deployment, sequence);

-- Where nothing new is taken. Who locked and unlocked stands in the records; this is what may still hold.
CREATE TABLE locks (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY,
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lock TEXT COLLATE "C" NOT NULL
);

-- Digests that do not count as proven, whatever succeeded. They outlive the deployments that they came from.
CREATE TABLE withdrawals (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY,
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    withdrawal TEXT COLLATE "C" NOT NULL
);

-- Services that an operator rolled back, and that nobody has released.
CREATE TABLE service_holds (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY,
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hold TEXT COLLATE "C" NOT NULL
);

-- What happened to digests in services, in order: how long each served. They outlive the deployments that they came from.
CREATE TABLE service_facts (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL PRIMARY KEY,
    digest TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    namespace TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    -- Of a watch.
    until TEXT COLLATE "C",
    -- The bundle of manifests that the deployment was made from.
    bundle TEXT COLLATE "C"
);

CREATE INDEX service_facts_of_digest ON service_facts (digest, environment, sequence);

-- The deployments on GitHub that boathook reports to, besides those that requests came from.
CREATE TABLE github_deployments (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY,
    deployment TEXT COLLATE "C" NOT NULL,
    repository TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    -- Whether GitHub was told of the deployment there.
    told BOOLEAN NOT NULL,
    PRIMARY KEY (deployment, repository, number)
);

CREATE INDEX untold_github_deployments ON github_deployments (deployment) WHERE NOT told;

-- How far boathook has read each source that it asks for requests: the last deployment of a repository on GitHub that is settled.
CREATE TABLE source_cursors (
    source TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);

-- The manifests that requests brought, packed, by their digest. Each stays as long as a deployment that was made from it.
CREATE TABLE bundles (
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- None of one that holds Secrets, and is kept beside the journal.
    packed BYTEA
);

-- The tables below are those of several boathooks on one record; SQLite has none of them. Their times are by the database's clock alone.

-- Which boathook leads, in its only row.
CREATE TABLE lease (
    is_only BOOLEAN NOT NULL PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    -- The instance of the process that leads, or led last; empty if none did.
    holder TEXT COLLATE "C" NOT NULL,
    -- The node that it runs on.
    node TEXT COLLATE "C" NOT NULL,
    -- What the server calls its sessions, so that another can end them.
    session TEXT COLLATE "C" NOT NULL,
    -- The epoch of `journal` that it writes with.
    epoch BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    -- From then on another may take it.
    ends TIMESTAMPTZ NOT NULL
);

INSERT INTO lease (holder, node, session, epoch, since, ends) VALUES ('', '', '', 0, clock_timestamp(), clock_timestamp());

-- The boathooks, each writing its own row every few seconds.
CREATE TABLE nodes (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Drawn at each start of the process.
    instance TEXT COLLATE "C" NOT NULL,
    started TIMESTAMPTZ NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    -- The newest format of the record that it knows.
    format BIGINT NOT NULL,
    seen TIMESTAMPTZ NOT NULL,
    -- The last record that it has applied to its state in memory.
    applied BIGINT NOT NULL,
    -- Milliseconds since it last read the record to its end; 0 of the one that leads.
    looked_before BIGINT NOT NULL,
    -- The last record that its audit log has on disk.
    audited BIGINT NOT NULL,
    -- Whether it says of itself that it leads.
    leads BOOLEAN NOT NULL
);

-- What followers ask of the leader, in order. The answer is written in the transaction that does what was asked.
CREATE TABLE inbox (
    -- The order in which they came.
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    -- Drawn by the follower, so that what it sends twice is there once.
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The process that asks, and removes the row. Each draws its name at its start.
    instance TEXT COLLATE "C" NOT NULL,
    -- JSON, as is the answer. None once it was taken back, or was never there.
    command TEXT COLLATE "C",
    -- Until when the process waits.
    ends TIMESTAMPTZ NOT NULL,
    answer TEXT COLLATE "C",
    -- The last record that the answer rests on.
    sequence BIGINT
);

CREATE INDEX inbox_unanswered ON inbox (number) WHERE answer IS NULL AND command IS NOT NULL;
CREATE INDEX inbox_answered ON inbox (instance) WHERE answer IS NOT NULL;

-- What the leader has other nodes pull. Each node answers its own rows.
CREATE TABLE pulls (
    deployment TEXT COLLATE "C" NOT NULL,
    image TEXT COLLATE "C" NOT NULL,
    node TEXT COLLATE "C" NOT NULL,
    -- A node that has not begun by then need not.
    until TIMESTAMPTZ NOT NULL,
    -- JSON, once it has ended.
    result TEXT COLLATE "C",
    PRIMARY KEY (deployment, image, node)
);
