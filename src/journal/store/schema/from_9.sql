-- Overrides of deployment windows.
ALTER TABLE deployments ADD COLUMN unacknowledged INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deployments_unacknowledged ON deployments (accepted_seq) WHERE unacknowledged;
-- Successes were as they were accepted, one after another.
ALTER TABLE deployments ADD COLUMN served_seq INTEGER;
UPDATE deployments SET served_seq = accepted_seq WHERE serves_revision IS NOT NULL;
DROP INDEX deployments_that_served;
CREATE INDEX deployments_that_served ON deployments (environment, namespace, service, served_seq) WHERE serves_revision IS NOT NULL;
