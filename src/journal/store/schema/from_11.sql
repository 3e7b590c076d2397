-- The deployments on GitHub that boathook reports to.
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

-- The bundle of manifests that a deployment was made from, or is to be.
ALTER TABLE deployments ADD COLUMN bundle TEXT;
CREATE INDEX deployments_of_bundle ON deployments (bundle) WHERE bundle IS NOT NULL;
ALTER TABLE service_facts ADD COLUMN bundle TEXT;
