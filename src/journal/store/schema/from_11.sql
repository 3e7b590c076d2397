-- The deployments on GitHub that boathook reports to.
CREATE TABLE github_deployments (
    deployment TEXT    NOT NULL PRIMARY KEY,
    repository TEXT    NOT NULL,
    number     INTEGER NOT NULL
) STRICT;

-- How far boathook has read each source that it asks for requests: the last deployment of a repository on GitHub that is settled.
CREATE TABLE source_cursors (
    source   TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;
