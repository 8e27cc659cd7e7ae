-- Keys of the platform's own services, such as the gateway. Only digests.
CREATE TABLE service_keys (
    id          TEXT COLLATE "C" NOT NULL CONSTRAINT service_keys__id PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL,
    digest      BYTEA NOT NULL,
    -- Scopes with spaces between them.
    scopes      TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);
CREATE UNIQUE INDEX service_keys__digest ON service_keys (digest);
CREATE INDEX service_keys__created_at__id ON service_keys (created_at, id);
