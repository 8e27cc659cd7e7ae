-- What a person proves beside the password or the emailed code. A person may have several, of kinds yet to come.
CREATE TABLE factors (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT factors__id PRIMARY KEY,
    user_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind           TEXT COLLATE "C" NOT NULL,
    -- The seed of a TOTP factor.
    secret_sealed  BYTEA,
    created_at     BIGINT NOT NULL,
    -- When it was proved for the first time; none while it is being set up.
    confirmed_at   BIGINT,
    last_used_at   BIGINT,
    -- The step of the last TOTP code that was taken: none of it or of an earlier one is taken again.
    last_step      BIGINT
);
CREATE INDEX factors__user_id ON factors (user_id);
-- One TOTP factor for each person, set up or being set up.
CREATE UNIQUE INDEX factors__user_id__kind ON factors (user_id, kind) WHERE kind = 'totp';

-- Codes for whoever has lost the factor: only digests, deleted as they are used.
CREATE TABLE recovery_codes (
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest      BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    CONSTRAINT recovery_codes__user_id__digest PRIMARY KEY (user_id, digest)
);

-- Sign-ins that wait for the second factor. Only the digest of the token is kept.
CREATE TABLE mfa_challenges (
    digest       BYTEA NOT NULL CONSTRAINT mfa_challenges__digest PRIMARY KEY,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- How the first factor was proved.
    method       TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    wrong_tries  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX mfa_challenges__user_id ON mfa_challenges (user_id);
CREATE INDEX mfa_challenges__expires_at ON mfa_challenges (expires_at);

-- When and with what a second factor was proved in the session; none if none was.
ALTER TABLE sessions ADD COLUMN proven_at BIGINT;
ALTER TABLE sessions ADD COLUMN proven_by TEXT COLLATE "C";

-- The session that switched an obligation on, whose tokens of that moment, none of which lives longer, are spared.
ALTER TABLE config_values ADD COLUMN spared_session_id TEXT COLLATE "C";
ALTER TABLE config_values ADD COLUMN spared_until BIGINT;
