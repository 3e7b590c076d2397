-- Successes that are watched.
ALTER TABLE deployments ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deployments_watched ON deployments (accepted_seq) WHERE watched;

-- How long digests served. Before, the next success of something else ended that, and nothing did earlier.
CREATE TABLE service_facts (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    digest      TEXT    NOT NULL,
    environment TEXT    NOT NULL,
    namespace   TEXT    NOT NULL,
    service     TEXT    NOT NULL,
    at          TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    until       TEXT
) STRICT;
CREATE INDEX service_facts_of_digest ON service_facts (digest, environment, sequence);
INSERT INTO service_facts (digest, environment, namespace, service, at, what)
SELECT digest, environment, namespace, service, at, what FROM (
    SELECT substr(serves_image, instr(serves_image, '@') + 1) AS digest, environment, namespace, service, ended_at AS at, 'succeeded' AS what,
           served_seq AS place, 1 AS turn
    FROM deployments WHERE instr(serves_image, '@') > 0
    UNION ALL
    SELECT substr(one.serves_image, instr(one.serves_image, '@') + 1), one.environment, one.namespace, one.service, next.ended_at, 'replaced',
           next.served_seq, 0
    FROM deployments AS one
    JOIN deployments AS next ON next.environment = one.environment AND next.namespace = one.namespace AND next.service = one.service
        AND next.serves_revision IS NOT NULL
        AND next.served_seq = (
            SELECT later.served_seq FROM deployments AS later
            WHERE later.environment = one.environment AND later.namespace = one.namespace AND later.service = one.service
                AND later.serves_revision IS NOT NULL AND later.served_seq > one.served_seq
            ORDER BY later.served_seq LIMIT 1)
    WHERE instr(one.serves_image, '@') > 0
        AND substr(one.serves_image, instr(one.serves_image, '@') + 1) <> substr(next.serves_image, instr(next.serves_image, '@') + 1)
) ORDER BY place, turn;
