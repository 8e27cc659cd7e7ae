CREATE TABLE signing_keys (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT signing_keys__id PRIMARY KEY,
    algorithm      TEXT COLLATE "C" NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA')),
    secret_sealed  BYTEA NOT NULL,
    created_at     BIGINT NOT NULL
);
