-- What failed or was rolled back before this format does not count as withdrawn.
CREATE TABLE withdrawals (
    digest     TEXT NOT NULL PRIMARY KEY,
    withdrawal TEXT NOT NULL
) STRICT;
