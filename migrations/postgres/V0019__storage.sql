-- Where a tenant keeps its exports, and how far the nightly export of its audit has come.
CREATE TABLE storage_settings (
    tenant_id           TEXT COLLATE "C" NOT NULL CONSTRAINT storage_settings__tenant_id PRIMARY KEY REFERENCES tenants (id),
    provider            TEXT COLLATE "C" NOT NULL CHECK (provider IN ('S3', 'AZURE', 'LOCAL')),
    -- Name of the bucket or container; empty for LOCAL.
    bucket              TEXT COLLATE "C" NOT NULL,
    region              TEXT COLLATE "C" NOT NULL,
    endpoint            TEXT COLLATE "C",
    credentials_sealed  BYTEA,
    updated_at          BIGINT NOT NULL,
    -- Begin of the day of UTC that is exported next.
    next_day_at         BIGINT NOT NULL,
    next_try_at         BIGINT NOT NULL,
    -- Tries of that day that failed, and why the last one did.
    attempts            BIGINT NOT NULL DEFAULT 0,
    last_error          TEXT COLLATE "C"
);
CREATE INDEX storage_settings__next_try_at ON storage_settings (next_try_at);

-- Days of a tenant's audit that were exported.
CREATE TABLE audit_exports (
    tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    day_at       BIGINT NOT NULL,
    object       TEXT COLLATE "C" NOT NULL,
    events       BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    exported_at  BIGINT NOT NULL,
    CONSTRAINT audit_exports__tenant_id__day_at PRIMARY KEY (tenant_id, day_at)
);

CREATE INDEX audit_events__tenant_id__at__id ON audit_events (tenant_id, at, id);
