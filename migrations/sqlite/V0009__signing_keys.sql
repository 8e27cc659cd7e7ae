CREATE TABLE signing_keys (
    id             TEXT NOT NULL CONSTRAINT signing_keys__id PRIMARY KEY,
    algorithm      TEXT NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA')),
    secret_sealed  BLOB NOT NULL,
    created_at     INTEGER NOT NULL
) STRICT;
