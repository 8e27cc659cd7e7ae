CREATE TABLE sessions (
    id            TEXT NOT NULL CONSTRAINT sessions__id PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    INTEGER NOT NULL,
    refreshed_at  INTEGER NOT NULL,
    -- The end whatever happens; refresh tokens end earlier when the session is idle.
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    end_reason    TEXT,
    address       TEXT,
    user_agent    TEXT
) STRICT;
CREATE INDEX sessions__user_id ON sessions (user_id);
CREATE INDEX sessions__expires_at ON sessions (expires_at);

-- One row per refresh token ever issued in a session; what is needed to sign the same token again.
CREATE TABLE refresh_tokens (
    jti         TEXT NOT NULL CONSTRAINT refresh_tokens__jti PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kid         TEXT NOT NULL,
    issued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    spent_at    INTEGER,
    child_jti   TEXT
) STRICT;
CREATE INDEX refresh_tokens__session_id ON refresh_tokens (session_id);

-- Where a person has signed in from: these addresses are exempt from the limit on the email address alone.
CREATE TABLE sign_in_addresses (
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address       TEXT NOT NULL,
    last_used_at  INTEGER NOT NULL,
    CONSTRAINT sign_in_addresses__user_id__address PRIMARY KEY (user_id, address)
) STRICT;
CREATE INDEX sign_in_addresses__last_used_at ON sign_in_addresses (last_used_at);
