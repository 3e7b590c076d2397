-- Overrides of deployment windows.
ALTER TABLE deployments ADD COLUMN unacknowledged INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deployments_unacknowledged ON deployments (accepted_seq) WHERE unacknowledged;
