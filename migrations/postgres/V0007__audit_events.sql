CREATE TABLE audit_events (
    id           TEXT COLLATE "C" NOT NULL CONSTRAINT audit_events__id PRIMARY KEY,
    at           BIGINT NOT NULL,
    actor_kind   TEXT COLLATE "C" NOT NULL CHECK (actor_kind IN ('user', 'anonymous', 'operator', 'system')),
    actor_id     TEXT COLLATE "C",
    action       TEXT COLLATE "C" NOT NULL,
    target_kind  TEXT COLLATE "C" NOT NULL,
    target_id    TEXT COLLATE "C",
    tenant_id    TEXT COLLATE "C",
    request_id   TEXT COLLATE "C",
    address      TEXT COLLATE "C",
    -- A JSON object without secrets.
    changes      TEXT COLLATE "C"
);
CREATE INDEX audit_events__at__id ON audit_events (at, id);
