CREATE TABLE users (
    id                 TEXT COLLATE "C" NOT NULL CONSTRAINT users__id PRIMARY KEY,
    email              TEXT COLLATE "C" NOT NULL,
    first_name         TEXT COLLATE "C" NOT NULL,
    last_name          TEXT COLLATE "C" NOT NULL,
    -- A PHC string; none for an account without a password.
    password_hash      TEXT COLLATE "C",
    -- Grows with every change of the password, so that a slow check notices one.
    password_version   BIGINT NOT NULL DEFAULT 0,
    email_verified_at  BIGINT,
    is_platform_admin  BOOLEAN NOT NULL DEFAULT FALSE,
    status             TEXT COLLATE "C" NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    auth_provider      TEXT COLLATE "C" NOT NULL DEFAULT 'local',
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    last_login_at      BIGINT
);
CREATE UNIQUE INDEX users__email ON users (email);
CREATE INDEX users__created_at__id ON users (created_at, id);
CREATE INDEX users__is_platform_admin ON users (is_platform_admin) WHERE is_platform_admin;
