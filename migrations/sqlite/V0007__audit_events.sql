CREATE TABLE audit_events (
    id           TEXT NOT NULL CONSTRAINT audit_events__id PRIMARY KEY,
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL CHECK (actor_kind IN ('user', 'anonymous', 'operator', 'system')),
    actor_id     TEXT,
    action       TEXT NOT NULL,
    target_kind  TEXT NOT NULL,
    target_id    TEXT,
    tenant_id    TEXT,
    request_id   TEXT,
    address      TEXT,
    -- A JSON object without secrets.
    changes      TEXT
) STRICT;
CREATE INDEX audit_events__at__id ON audit_events (at, id);
