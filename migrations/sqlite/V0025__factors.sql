-- What a person proves beside the password or the emailed code. A person may have several, of kinds yet to come.
CREATE TABLE factors (
    id             TEXT NOT NULL CONSTRAINT factors__id PRIMARY KEY,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL,
    -- The seed of a TOTP factor.
    secret_sealed  BLOB,
    created_at     INTEGER NOT NULL,
    -- When it was proved for the first time; none while it is being set up.
    confirmed_at   INTEGER,
    last_used_at   INTEGER,
    -- The step of the last TOTP code that was taken: none of it or of an earlier one is taken again.
    last_step      INTEGER
) STRICT;
CREATE INDEX factors__user_id ON factors (user_id);
-- One TOTP factor for each person, set up or being set up.
CREATE UNIQUE INDEX factors__user_id__kind ON factors (user_id, kind) WHERE kind = 'totp';

-- Codes for whoever has lost the factor: only digests, deleted as they are used.
CREATE TABLE recovery_codes (
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    CONSTRAINT recovery_codes__user_id__digest PRIMARY KEY (user_id, digest)
) STRICT;

-- Sign-ins that wait for the second factor. Only the digest of the token is kept.
CREATE TABLE mfa_challenges (
    digest       BLOB NOT NULL CONSTRAINT mfa_challenges__digest PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- How the first factor was proved.
    method       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    wrong_tries  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mfa_challenges__user_id ON mfa_challenges (user_id);
CREATE INDEX mfa_challenges__expires_at ON mfa_challenges (expires_at);

-- When and with what a second factor was proved in the session; none if none was.
ALTER TABLE sessions ADD COLUMN proven_at INTEGER;
ALTER TABLE sessions ADD COLUMN proven_by TEXT;

-- The session that switched an obligation on, whose tokens of that moment, none of which lives longer, are spared.
ALTER TABLE config_values ADD COLUMN spared_session_id TEXT;
ALTER TABLE config_values ADD COLUMN spared_until INTEGER;
