CREATE TABLE outbox (
    id                TEXT NOT NULL CONSTRAINT outbox__id PRIMARY KEY,
    recipient         TEXT NOT NULL,
    template          TEXT NOT NULL,
    -- What the template needs, links and codes among it; erased once the message is delivered or expired.
    variables_sealed  BLOB,
    message_id        TEXT NOT NULL,
    status            TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed', 'expired')),
    attempts          INTEGER NOT NULL DEFAULT 0,
    -- Tries after which nobody knows whether the message was delivered.
    unknown_outcomes  INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    -- When to try next; moved ahead while a worker is at it.
    due_at            INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    settled_at        INTEGER,
    last_error        TEXT
) STRICT;
CREATE INDEX outbox__status__due_at ON outbox (status, due_at);
CREATE INDEX outbox__status__expires_at ON outbox (status, expires_at);
CREATE INDEX outbox__created_at__id ON outbox (created_at, id);
