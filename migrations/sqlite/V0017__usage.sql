-- What was counted already, so that a row that is sent again does not count twice: the start of the SHA-256 of its id.
CREATE TABLE usage_ids (
    digest       BLOB NOT NULL CONSTRAINT usage_ids__digest PRIMARY KEY,
    received_at  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX usage_ids__received_at ON usage_ids (received_at);

-- Requests and violations in each hour, by the moment they happened.
CREATE TABLE usage_hours (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    environment  TEXT NOT NULL CHECK (environment IN ('prod', 'staging', 'dev')),
    hour_at      INTEGER NOT NULL,
    requests     INTEGER NOT NULL,
    violations   INTEGER NOT NULL,
    CONSTRAINT usage_hours__tenant_id__environment__hour_at PRIMARY KEY (tenant_id, environment, hour_at)
) WITHOUT ROWID, STRICT;
CREATE INDEX usage_hours__hour_at ON usage_hours (hour_at);
