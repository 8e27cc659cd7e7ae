CREATE TABLE outbox (
    id                TEXT COLLATE "C" NOT NULL CONSTRAINT outbox__id PRIMARY KEY,
    recipient         TEXT COLLATE "C" NOT NULL,
    template          TEXT COLLATE "C" NOT NULL,
    -- What the template needs, links and codes among it; erased once the message is delivered or expired.
    variables_sealed  BYTEA,
    message_id        TEXT COLLATE "C" NOT NULL,
    status            TEXT COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed', 'expired')),
    attempts          BIGINT NOT NULL DEFAULT 0,
    -- Tries after which nobody knows whether the message was delivered.
    unknown_outcomes  BIGINT NOT NULL DEFAULT 0,
    created_at        BIGINT NOT NULL,
    -- When to try next; moved ahead while a worker is at it.
    due_at            BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    settled_at        BIGINT,
    last_error        TEXT COLLATE "C"
);
CREATE INDEX outbox__status__due_at ON outbox (status, due_at);
CREATE INDEX outbox__status__expires_at ON outbox (status, expires_at);
CREATE INDEX outbox__created_at__id ON outbox (created_at, id);
