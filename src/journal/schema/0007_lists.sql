-- The secret that signed the request; none for what an operator ordered.
ALTER TABLE deployments ADD COLUMN signed_by TEXT;

UPDATE deployments SET signed_by = (
    SELECT json_extract(event, '$.signed_by')
    FROM records
    WHERE sequence = accepted_as AND coalesce(json_extract(event, '$.origin.kind'), 'requested') = 'requested'
);

-- So that no list has to look at every row, however long the history is.
CREATE INDEX deployments_of_environment ON deployments (environment, accepted_as);
CREATE INDEX deployments_in_namespace ON deployments (namespace, accepted_as);
CREATE INDEX deployments_of_name ON deployments (service, accepted_as);
CREATE INDEX deployments_by_id ON deployments (deployment_id, accepted_as);
CREATE INDEX deployments_by_end ON deployments (status, accepted_as) WHERE ended_at IS NOT NULL;
CREATE INDEX deployments_that_served ON deployments (environment, namespace, service, accepted_as) WHERE serves_revision IS NOT NULL;
CREATE INDEX deployments_by_signer ON deployments (environment, signed_by, accepted_as) WHERE signed_by IS NOT NULL;
