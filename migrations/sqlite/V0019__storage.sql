-- Where a tenant keeps its exports, and how far the nightly export of its audit has come.
CREATE TABLE storage_settings (
    tenant_id           TEXT NOT NULL CONSTRAINT storage_settings__tenant_id PRIMARY KEY REFERENCES tenants (id),
    provider            TEXT NOT NULL CHECK (provider IN ('S3', 'AZURE', 'LOCAL')),
    -- Name of the bucket or container; empty for LOCAL.
    bucket              TEXT NOT NULL,
    region              TEXT NOT NULL,
    endpoint            TEXT,
    credentials_sealed  BLOB,
    updated_at          INTEGER NOT NULL,
    -- Begin of the day of UTC that is exported next.
    next_day_at         INTEGER NOT NULL,
    next_try_at         INTEGER NOT NULL,
    -- Tries of that day that failed, and why the last one did.
    attempts            INTEGER NOT NULL DEFAULT 0,
    last_error          TEXT
) STRICT;
CREATE INDEX storage_settings__next_try_at ON storage_settings (next_try_at);

-- Days of a tenant's audit that were exported.
CREATE TABLE audit_exports (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    day_at       INTEGER NOT NULL,
    object       TEXT NOT NULL,
    events       INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    exported_at  INTEGER NOT NULL,
    CONSTRAINT audit_exports__tenant_id__day_at PRIMARY KEY (tenant_id, day_at)
) STRICT;

CREATE INDEX audit_events__tenant_id__at__id ON audit_events (tenant_id, at, id);
