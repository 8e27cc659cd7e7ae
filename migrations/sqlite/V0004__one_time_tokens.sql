-- Links in mails and the setup link. Only the digest is kept.
CREATE TABLE one_time_tokens (
    digest      BLOB NOT NULL CONSTRAINT one_time_tokens__digest PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email', 'setup')),
    user_id     TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- The address that the token proves.
    email       TEXT,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX one_time_tokens__user_id__purpose ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens__expires_at ON one_time_tokens (expires_at);

-- The one live sign-in code of a person.
CREATE TABLE otp_codes (
    user_id      TEXT NOT NULL CONSTRAINT otp_codes__user_id PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code_sealed  BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    wrong_tries  INTEGER NOT NULL DEFAULT 0,
    -- Used or tried too often.
    burnt        INTEGER NOT NULL DEFAULT FALSE CHECK (burnt IN (0, 1))
) STRICT;
