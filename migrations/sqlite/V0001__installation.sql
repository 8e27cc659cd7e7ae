-- One row: what this installation is, fixed at its first start.
CREATE TABLE installation (
    singleton    INTEGER NOT NULL CONSTRAINT installation__singleton PRIMARY KEY CHECK (singleton = 1),
    id           TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    -- A known text sealed under the master key: tells a wrong key before anything else fails.
    key_check    BLOB NOT NULL,
    -- Counts changes of configuration and signing keys, so that every process notices.
    revision     INTEGER NOT NULL DEFAULT 0,
    -- Written to find out whether writing works.
    written_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
