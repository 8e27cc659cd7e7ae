-- Requests that were sent under a key, and their first replies (contract 7). `id` is a digest of caller, route and key.
CREATE TABLE idempotency_keys (
    id              TEXT NOT NULL CONSTRAINT idempotency_keys__id PRIMARY KEY,
    caller          TEXT NOT NULL,
    run             TEXT NOT NULL,
    request_sealed  BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    started_at      INTEGER NOT NULL,
    changed_at      INTEGER,
    status          INTEGER,
    code            TEXT,
    reply_sealed    BLOB,
    CHECK ((status IS NULL) = (reply_sealed IS NULL))
) WITHOUT ROWID, STRICT;
CREATE INDEX idempotency_keys__caller__created_at ON idempotency_keys (caller, created_at);
CREATE INDEX idempotency_keys__created_at ON idempotency_keys (created_at);
