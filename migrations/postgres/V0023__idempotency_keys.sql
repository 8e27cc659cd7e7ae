-- Requests that were sent under a key, and their first replies (contract 7). `id` is a digest of caller, route and key.
CREATE TABLE idempotency_keys (
    id              TEXT COLLATE "C" NOT NULL CONSTRAINT idempotency_keys__id PRIMARY KEY,
    caller          TEXT COLLATE "C" NOT NULL,
    run             TEXT COLLATE "C" NOT NULL,
    request_sealed  BYTEA NOT NULL,
    created_at      BIGINT NOT NULL,
    started_at      BIGINT NOT NULL,
    changed_at      BIGINT,
    status          BIGINT,
    code            TEXT COLLATE "C",
    reply_sealed    BYTEA,
    CHECK ((status IS NULL) = (reply_sealed IS NULL))
);
CREATE INDEX idempotency_keys__caller__created_at ON idempotency_keys (caller, created_at);
CREATE INDEX idempotency_keys__created_at ON idempotency_keys (created_at);
