-- Successes that are watched.
ALTER TABLE deployments ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deployments_watched ON deployments (accepted_seq) WHERE watched;
