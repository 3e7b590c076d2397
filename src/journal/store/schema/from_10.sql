-- Successes that are watched.
ALTER TABLE deployments ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deployments_watched ON deployments (accepted_seq) WHERE watched;
-- How long a digest served is asked for each promotion of it.
CREATE INDEX deployments_of_digest ON deployments (substr(serves_image, instr(serves_image, '@') + 1), environment, served_seq)
    WHERE serves_image IS NOT NULL;
