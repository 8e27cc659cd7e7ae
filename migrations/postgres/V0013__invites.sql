-- Invitations that wait. One that was accepted or revoked is gone; the audit tells of it.
CREATE TABLE invites (
    id            TEXT COLLATE "C" NOT NULL CONSTRAINT invites__id PRIMARY KEY,
    tenant_id     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    email         TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
    token_digest  BYTEA NOT NULL,
    invited_by    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX invites__tenant_id__email ON invites (tenant_id, email);
CREATE UNIQUE INDEX invites__token_digest ON invites (token_digest);
CREATE INDEX invites__tenant_id__created_at__id ON invites (tenant_id, created_at, id);
CREATE INDEX invites__invited_by ON invites (invited_by);
CREATE INDEX invites__email ON invites (email);
CREATE INDEX invites__expires_at ON invites (expires_at);
