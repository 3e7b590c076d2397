-- Whether all but the acceptance and the end was removed from the record for its age.
ALTER TABLE deployments ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;

CREATE INDEX deployments_ended ON deployments (accepted_seq) WHERE NOT forgotten AND ended_at IS NOT NULL;
