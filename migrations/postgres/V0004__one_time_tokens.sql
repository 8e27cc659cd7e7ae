-- Links in mails and the setup link. Only the digest is kept.
CREATE TABLE one_time_tokens (
    digest      BYTEA NOT NULL CONSTRAINT one_time_tokens__digest PRIMARY KEY,
    purpose     TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email', 'setup')),
    user_id     TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    -- The address that the token proves.
    email       TEXT COLLATE "C",
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX one_time_tokens__user_id__purpose ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens__expires_at ON one_time_tokens (expires_at);

-- The one live sign-in code of a person.
CREATE TABLE otp_codes (
    user_id      TEXT COLLATE "C" NOT NULL CONSTRAINT otp_codes__user_id PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code_sealed  BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    wrong_tries  BIGINT NOT NULL DEFAULT 0,
    -- Used or tried too often.
    burnt        BOOLEAN NOT NULL DEFAULT FALSE
);
