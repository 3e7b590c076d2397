-- The secret that signed the request; none for what an operator ordered.
ALTER TABLE deployments ADD COLUMN signed_by TEXT;

UPDATE deployments SET signed_by = (
    SELECT json_extract(event, '$.signed_by')
    FROM records
    WHERE sequence = accepted_seq AND coalesce(json_extract(event, '$.origin.kind'), 'requested') = 'requested'
);

-- So that no list has to look at every row, however long the history is.
CREATE INDEX deployments_of_environment ON deployments (environment, accepted_seq);
CREATE INDEX deployments_in_namespace ON deployments (namespace, accepted_seq);
CREATE INDEX deployments_of_name ON deployments (service, accepted_seq);
CREATE INDEX deployments_by_id ON deployments (deployment_id, accepted_seq);
CREATE INDEX deployments_by_end ON deployments (status, accepted_seq) WHERE ended_at IS NOT NULL;
CREATE INDEX deployments_that_served ON deployments (environment, namespace, service, accepted_seq) WHERE serves_revision IS NOT NULL;
CREATE INDEX deployments_by_signer ON deployments (environment, signed_by, accepted_seq) WHERE signed_by IS NOT NULL;
