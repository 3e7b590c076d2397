-- The deployments on GitHub that boathook reports to.
CREATE TABLE github_deployments (
    deployment TEXT    NOT NULL PRIMARY KEY,
    repository TEXT    NOT NULL,
    number     INTEGER NOT NULL
) STRICT;
