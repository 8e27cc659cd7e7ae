CREATE INDEX config_values__tenant_id ON config_values (tenant_id);

-- Grows with every change of a tenant's configuration, so that what is remembered of it is known to be old.
ALTER TABLE tenants ADD COLUMN config_revision INTEGER NOT NULL DEFAULT 0;

-- Who set what when. tenant_id and environment are empty as in config_values.
CREATE TABLE config_changes (
    id           TEXT NOT NULL CONSTRAINT config_changes__id PRIMARY KEY,
    key          TEXT NOT NULL,
    tenant_id    TEXT NOT NULL DEFAULT '',
    environment  TEXT NOT NULL DEFAULT '',
    -- Whether the value was taken away, so that the one above counts again.
    is_reset     INTEGER NOT NULL DEFAULT FALSE CHECK (is_reset IN (0, 1)),
    -- JSON of the value; none for a secret and after a reset.
    value        TEXT,
    is_locked    INTEGER NOT NULL DEFAULT FALSE CHECK (is_locked IN (0, 1)),
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX config_changes__tenant_id__key__at__id ON config_changes (tenant_id, key, at, id);
