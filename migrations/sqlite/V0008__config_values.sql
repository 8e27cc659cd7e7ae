-- Stored configuration. tenant_id and environment are empty for a global value.
CREATE TABLE config_values (
    key           TEXT NOT NULL,
    tenant_id     TEXT NOT NULL DEFAULT '',
    environment   TEXT NOT NULL DEFAULT '',
    -- JSON of the value, or the sealed text of a secret.
    value         TEXT,
    value_sealed  BLOB,
    is_locked     INTEGER NOT NULL DEFAULT FALSE CHECK (is_locked IN (0, 1)),
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT,
    CONSTRAINT config_values__key__tenant_id__environment PRIMARY KEY (key, tenant_id, environment)
) STRICT;
