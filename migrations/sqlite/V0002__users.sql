CREATE TABLE users (
    id                 TEXT NOT NULL CONSTRAINT users__id PRIMARY KEY,
    email              TEXT NOT NULL,
    first_name         TEXT NOT NULL,
    last_name          TEXT NOT NULL,
    -- A PHC string; none for an account without a password.
    password_hash      TEXT,
    -- Grows with every change of the password, so that a slow check notices one.
    password_version   INTEGER NOT NULL DEFAULT 0,
    email_verified_at  INTEGER,
    is_platform_admin  INTEGER NOT NULL DEFAULT FALSE CHECK (is_platform_admin IN (0, 1)),
    status             TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    auth_provider      TEXT NOT NULL DEFAULT 'local',
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    last_login_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX users__email ON users (email);
CREATE INDEX users__created_at__id ON users (created_at, id);
CREATE INDEX users__is_platform_admin ON users (is_platform_admin) WHERE is_platform_admin;
