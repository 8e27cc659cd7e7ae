-- Keys of the platform's own services, such as the gateway. Only digests.
CREATE TABLE service_keys (
    id          TEXT NOT NULL CONSTRAINT service_keys__id PRIMARY KEY,
    name        TEXT NOT NULL,
    digest      BLOB NOT NULL,
    -- Scopes with spaces between them.
    scopes      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX service_keys__digest ON service_keys (digest);
CREATE INDEX service_keys__created_at__id ON service_keys (created_at, id);
