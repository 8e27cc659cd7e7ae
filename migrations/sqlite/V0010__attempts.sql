-- Which kinds of attempts there are is the program's to know; a new one must not need a new table.
ALTER TABLE attempts RENAME TO attempts_before;
CREATE TABLE attempts (
    id       TEXT NOT NULL CONSTRAINT attempts__id PRIMARY KEY,
    kind     TEXT NOT NULL,
    -- What was tried or asked for: an email address (known or not), or the id of a person or tenant.
    subject  TEXT NOT NULL,
    address  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
INSERT INTO attempts (id, kind, subject, address, at) SELECT id, kind, subject, address, at FROM attempts_before;
DROP TABLE attempts_before;
CREATE INDEX attempts__kind__subject__at ON attempts (kind, subject, at);
CREATE INDEX attempts__at ON attempts (at);
