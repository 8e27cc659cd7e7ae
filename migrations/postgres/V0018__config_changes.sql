CREATE INDEX config_values__tenant_id ON config_values (tenant_id);

-- Grows with every change of a tenant's configuration, so that what is remembered of it is known to be old.
ALTER TABLE tenants ADD COLUMN config_revision BIGINT NOT NULL DEFAULT 0;

-- Who set what when. tenant_id and environment are empty as in config_values.
CREATE TABLE config_changes (
    id           TEXT COLLATE "C" NOT NULL CONSTRAINT config_changes__id PRIMARY KEY,
    key          TEXT COLLATE "C" NOT NULL,
    tenant_id    TEXT COLLATE "C" NOT NULL DEFAULT '',
    environment  TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- Whether the value was taken away, so that the one above counts again.
    is_reset     BOOLEAN NOT NULL DEFAULT FALSE,
    -- JSON of the value; none for a secret and after a reset.
    value        TEXT COLLATE "C",
    is_locked    BOOLEAN NOT NULL DEFAULT FALSE,
    actor_kind   TEXT COLLATE "C" NOT NULL,
    actor_id     TEXT COLLATE "C",
    at           BIGINT NOT NULL
);
CREATE INDEX config_changes__tenant_id__key__at__id ON config_changes (tenant_id, key, at, id);
