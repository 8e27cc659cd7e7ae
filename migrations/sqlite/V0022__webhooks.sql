-- Addresses of a tenant that are told what happens in it.
CREATE TABLE webhooks (
    id                 TEXT NOT NULL CONSTRAINT webhooks__id PRIMARY KEY,
    tenant_id          TEXT NOT NULL REFERENCES tenants (id),
    url                TEXT NOT NULL,
    -- Names of event types with a space between them, or * for all.
    events             TEXT NOT NULL,
    description        TEXT NOT NULL,
    is_enabled         INTEGER NOT NULL DEFAULT TRUE CHECK (is_enabled IN (0, 1)),
    -- Why the program disabled it; none where a person did.
    disabled_reason    TEXT CHECK (disabled_reason IN ('gone', 'failing')),
    secret_sealed      BLOB NOT NULL,
    -- The secret before the last rotation, which signs too until then.
    old_secret_sealed  BLOB,
    old_secret_until   INTEGER,
    -- Since when every attempt has failed.
    failing_since      INTEGER,
    -- When the next delivery is to be made; none while nothing waits.
    next_due_at        INTEGER,
    -- Until when a worker is at it: one delivery at a time.
    taken_until        INTEGER NOT NULL DEFAULT 0,
    -- Until when it is left in peace because it did not answer.
    rests_until        INTEGER NOT NULL DEFAULT 0,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks__tenant_id__created_at__id ON webhooks (tenant_id, created_at, id);
CREATE INDEX webhooks__next_due_at ON webhooks (next_due_at);

-- What a webhook is told, and what became of it. Deliveries of one event to several webhooks share its message_id.
CREATE TABLE webhook_deliveries (
    id                TEXT NOT NULL CONSTRAINT webhook_deliveries__id PRIMARY KEY,
    tenant_id         TEXT NOT NULL REFERENCES tenants (id),
    webhook_id        TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    message_id        TEXT NOT NULL,
    event_type        TEXT NOT NULL,
    -- The JSON that is sent, byte by byte.
    body              TEXT NOT NULL,
    status            TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts          INTEGER NOT NULL DEFAULT 0,
    -- Those that were made before somebody had it delivered again.
    earlier_attempts  INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    -- When to try next, while it is pending.
    due_at            INTEGER NOT NULL,
    settled_at        INTEGER,
    -- What the last attempt was answered with, and why it failed.
    last_status       INTEGER,
    last_error        TEXT
) STRICT;
CREATE INDEX webhook_deliveries__webhook_id__created_at__id ON webhook_deliveries (webhook_id, created_at, id);
CREATE INDEX webhook_deliveries__webhook_id__status__due_at ON webhook_deliveries (webhook_id, status, due_at);
CREATE INDEX webhook_deliveries__settled_at ON webhook_deliveries (settled_at);

-- The attempts whose outcome is known.
CREATE TABLE webhook_attempts (
    delivery_id  TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    at           INTEGER NOT NULL,
    duration     INTEGER NOT NULL,
    status       INTEGER,
    error        TEXT,
    CONSTRAINT webhook_attempts__delivery_id__number PRIMARY KEY (delivery_id, number)
) STRICT;
