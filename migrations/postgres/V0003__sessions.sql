CREATE TABLE sessions (
    id            TEXT COLLATE "C" NOT NULL CONSTRAINT sessions__id PRIMARY KEY,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    BIGINT NOT NULL,
    refreshed_at  BIGINT NOT NULL,
    -- The end whatever happens; refresh tokens end earlier when the session is idle.
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT,
    end_reason    TEXT COLLATE "C",
    address       TEXT COLLATE "C",
    user_agent    TEXT COLLATE "C"
);
CREATE INDEX sessions__user_id ON sessions (user_id);
CREATE INDEX sessions__expires_at ON sessions (expires_at);

-- One row per refresh token ever issued in a session; what is needed to sign the same token again.
CREATE TABLE refresh_tokens (
    jti         TEXT COLLATE "C" NOT NULL CONSTRAINT refresh_tokens__jti PRIMARY KEY,
    session_id  TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kid         TEXT COLLATE "C" NOT NULL,
    issued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    spent_at    BIGINT,
    child_jti   TEXT COLLATE "C"
);
CREATE INDEX refresh_tokens__session_id ON refresh_tokens (session_id);

-- Where a person has signed in from: these addresses are exempt from the limit on the email address alone.
CREATE TABLE sign_in_addresses (
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address       TEXT COLLATE "C" NOT NULL,
    last_used_at  BIGINT NOT NULL,
    CONSTRAINT sign_in_addresses__user_id__address PRIMARY KEY (user_id, address)
);
CREATE INDEX sign_in_addresses__last_used_at ON sign_in_addresses (last_used_at);
