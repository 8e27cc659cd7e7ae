CREATE TABLE tenants (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT tenants__id PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL,
    -- Never used again, also after the tenant was archived.
    slug           TEXT COLLATE "C" NOT NULL,
    status         TEXT COLLATE "C" NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'archived')),
    -- Why it has this status, for people.
    status_reason  TEXT COLLATE "C",
    billing_email  TEXT COLLATE "C" NOT NULL,
    -- Exactly one owner: being it is stored here and nowhere else. Only an archived tenant may be without.
    owner_id       TEXT COLLATE "C",
    -- Name and slug without upper case, a line each, for substring search.
    search_text    TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    CHECK (owner_id IS NOT NULL OR status = 'archived')
);
CREATE UNIQUE INDEX tenants__slug ON tenants (slug);
CREATE INDEX tenants__owner_id ON tenants (owner_id);
CREATE INDEX tenants__created_at__id ON tenants (created_at, id);

CREATE TABLE memberships (
    id          TEXT COLLATE "C" NOT NULL CONSTRAINT memberships__id PRIMARY KEY,
    -- Deferred, so that a tenant and the membership of its owner can be made one after the other.
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the person is beside being the owner.
    role        TEXT COLLATE "C" NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
    status      TEXT COLLATE "C" NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    joined_at   BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX memberships__tenant_id__user_id ON memberships (tenant_id, user_id);
CREATE INDEX memberships__user_id ON memberships (user_id);
-- The owner is a member: a membership that makes the owner cannot go away.
ALTER TABLE tenants ADD FOREIGN KEY (id, owner_id) REFERENCES memberships (tenant_id, user_id);
