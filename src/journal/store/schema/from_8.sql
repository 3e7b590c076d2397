-- What failed or was rolled back before this format does not count as withdrawn.
CREATE TABLE withdrawals (
    digest     TEXT NOT NULL PRIMARY KEY,
    withdrawal TEXT NOT NULL
) STRICT;

-- Services that an operator rolled back, and that nobody has released.
CREATE TABLE service_holds (
    id   TEXT NOT NULL PRIMARY KEY,
    hold TEXT NOT NULL
) STRICT;
