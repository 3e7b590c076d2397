-- Where nothing new is taken. Who locked and unlocked stands in the records; this is what may still hold.
-- From this format on deployments may wait for approval.
CREATE TABLE locks (
    id   TEXT NOT NULL PRIMARY KEY,
    lock TEXT NOT NULL
) STRICT;
