-- One row: what this installation is, fixed at its first start.
CREATE TABLE installation (
    singleton    BIGINT NOT NULL CONSTRAINT installation__singleton PRIMARY KEY CHECK (singleton = 1),
    id           TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    -- A known text sealed under the master key: tells a wrong key before anything else fails.
    key_check    BYTEA NOT NULL,
    -- Counts changes of configuration and signing keys, so that every process notices.
    revision     BIGINT NOT NULL DEFAULT 0,
    -- Written to find out whether writing works.
    written_at   BIGINT NOT NULL DEFAULT 0
);
