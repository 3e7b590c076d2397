-- Whether a success waits for the next environment to answer.
ALTER TABLE deployments ADD COLUMN awaits_promotion INTEGER NOT NULL DEFAULT 0;

CREATE INDEX deployments_to_promote ON deployments (accepted_seq) WHERE awaits_promotion;
