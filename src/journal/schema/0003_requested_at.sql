-- When the sender made the request, in microseconds since 1970; none where they did not say, and none for what an operator ordered.
ALTER TABLE deployments ADD COLUMN requested_at INTEGER;

UPDATE deployments SET requested_at = (
    SELECT CAST(round(unixepoch(json_extract(event, '$.request.timestamp'), 'subsec') * 1000000) AS INTEGER)
    FROM records
    WHERE sequence = accepted_seq AND coalesce(json_extract(event, '$.origin.kind'), 'requested') = 'requested'
);

CREATE INDEX requests_of_service ON deployments (environment, namespace, service, requested_at) WHERE requested_at IS NOT NULL;
