-- Stored configuration. tenant_id and environment are empty for a global value.
CREATE TABLE config_values (
    key           TEXT COLLATE "C" NOT NULL,
    tenant_id     TEXT COLLATE "C" NOT NULL DEFAULT '',
    environment   TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- JSON of the value, or the sealed text of a secret.
    value         TEXT COLLATE "C",
    value_sealed  BYTEA,
    is_locked     BOOLEAN NOT NULL DEFAULT FALSE,
    updated_at    BIGINT NOT NULL,
    updated_by    TEXT COLLATE "C",
    CONSTRAINT config_values__key__tenant_id__environment PRIMARY KEY (key, tenant_id, environment)
);
