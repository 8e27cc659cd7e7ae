-- Numbers of the whole installation that a page of a list or of figures needs at once. A number is the sum of its rows:
-- whoever writes at the same time as others adds to a row that they leave alone.
CREATE TABLE totals (
    -- `users`, and `tenants.` with a status.
    name    TEXT NOT NULL,
    shard   INTEGER NOT NULL,
    amount  INTEGER NOT NULL,
    CONSTRAINT totals__name__shard PRIMARY KEY (name, shard)
) WITHOUT ROWID, STRICT;

-- The same by the hour: accounts and organizations by their creation (a deleted one is taken back), everything else by
-- the moment it happened.
CREATE TABLE hourly_totals (
    metric   TEXT NOT NULL,
    hour_at  INTEGER NOT NULL,
    shard    INTEGER NOT NULL,
    amount   INTEGER NOT NULL,
    CONSTRAINT hourly_totals__metric__hour_at__shard PRIMARY KEY (metric, hour_at, shard)
) WITHOUT ROWID, STRICT;

INSERT INTO totals (name, shard, amount) SELECT 'users', 0, count(*) FROM users HAVING count(*) > 0;
INSERT INTO totals (name, shard, amount) SELECT 'tenants.' || status, 0, count(*) FROM tenants GROUP BY status;
INSERT INTO hourly_totals (metric, hour_at, shard, amount)
    SELECT 'users', created_at - created_at % 3600000, 0, count(*) FROM users GROUP BY 2;
INSERT INTO hourly_totals (metric, hour_at, shard, amount)
    SELECT 'tenants', created_at - created_at % 3600000, 0, count(*) FROM tenants GROUP BY 2;
INSERT INTO hourly_totals (metric, hour_at, shard, amount)
    SELECT 'requests', hour_at, 0, sum(requests) FROM usage_hours GROUP BY hour_at;
INSERT INTO hourly_totals (metric, hour_at, shard, amount)
    SELECT 'violations', hour_at, 0, sum(violations) FROM usage_hours GROUP BY hour_at;
INSERT INTO hourly_totals (metric, hour_at, shard, amount)
    SELECT 'sign_ins', at - at % 3600000, 0, count(*) FROM audit_events WHERE action = 'session.created' GROUP BY 2;

CREATE TRIGGER users__totals__insert AFTER INSERT ON users BEGIN
    INSERT INTO totals (name, shard, amount) VALUES ('users', 0, 1)
        ON CONFLICT (name, shard) DO UPDATE SET amount = amount + 1;
    INSERT INTO hourly_totals (metric, hour_at, shard, amount)
        VALUES ('users', NEW.created_at - NEW.created_at % 3600000, 0, 1)
        ON CONFLICT (metric, hour_at, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER users__totals__delete AFTER DELETE ON users BEGIN
    UPDATE totals SET amount = amount - 1 WHERE name = 'users' AND shard = 0;
    UPDATE hourly_totals SET amount = amount - 1
        WHERE metric = 'users' AND hour_at = OLD.created_at - OLD.created_at % 3600000 AND shard = 0;
END;
CREATE TRIGGER tenants__totals__insert AFTER INSERT ON tenants BEGIN
    INSERT INTO totals (name, shard, amount) VALUES ('tenants.' || NEW.status, 0, 1)
        ON CONFLICT (name, shard) DO UPDATE SET amount = amount + 1;
    INSERT INTO hourly_totals (metric, hour_at, shard, amount)
        VALUES ('tenants', NEW.created_at - NEW.created_at % 3600000, 0, 1)
        ON CONFLICT (metric, hour_at, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER tenants__totals__update AFTER UPDATE OF status ON tenants WHEN NEW.status <> OLD.status BEGIN
    UPDATE totals SET amount = amount - 1 WHERE name = 'tenants.' || OLD.status AND shard = 0;
    INSERT INTO totals (name, shard, amount) VALUES ('tenants.' || NEW.status, 0, 1)
        ON CONFLICT (name, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER tenants__totals__delete AFTER DELETE ON tenants BEGIN
    UPDATE totals SET amount = amount - 1 WHERE name = 'tenants.' || OLD.status AND shard = 0;
    UPDATE hourly_totals SET amount = amount - 1
        WHERE metric = 'tenants' AND hour_at = OLD.created_at - OLD.created_at % 3600000 AND shard = 0;
END;

CREATE INDEX tenants__status__created_at__id ON tenants (status, created_at, id);

-- Substring search. The trigrams of a text stand under its position, which grows in the order of the lists (time of
-- creation, then id), so that a page and its total are read from the index alone. What was stored behind something newer,
-- as when the clock was set back, is late: while there is any, a page is put in order by the rows themselves.
CREATE TABLE users_search_rows (
    position  INTEGER NOT NULL CONSTRAINT users_search_rows__position PRIMARY KEY,
    user_id   TEXT NOT NULL,
    is_late   INTEGER NOT NULL CHECK (is_late IN (0, 1))
) STRICT;
CREATE TABLE tenants_search_rows (
    position   INTEGER NOT NULL CONSTRAINT tenants_search_rows__position PRIMARY KEY,
    tenant_id  TEXT NOT NULL,
    is_late    INTEGER NOT NULL CHECK (is_late IN (0, 1))
) STRICT;
CREATE VIRTUAL TABLE users_search USING fts5
    (email, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1');
CREATE VIRTUAL TABLE tenants_search USING fts5
    (search_text, status, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1');

INSERT INTO users_search_rows (position, user_id, is_late)
    SELECT row_number() OVER (ORDER BY created_at, id), id, FALSE FROM users;
INSERT INTO tenants_search_rows (position, tenant_id, is_late)
    SELECT row_number() OVER (ORDER BY created_at, id), id, FALSE FROM tenants;
INSERT INTO users_search (rowid, email)
    SELECT r.position, u.email FROM users_search_rows r JOIN users u ON u.id = r.user_id ORDER BY r.position;
INSERT INTO tenants_search (rowid, search_text, status)
    SELECT r.position, t.search_text, t.status
    FROM tenants_search_rows r JOIN tenants t ON t.id = r.tenant_id ORDER BY r.position;
CREATE UNIQUE INDEX users_search_rows__user_id ON users_search_rows (user_id);
CREATE INDEX users_search_rows__is_late ON users_search_rows (is_late) WHERE is_late;
CREATE UNIQUE INDEX tenants_search_rows__tenant_id ON tenants_search_rows (tenant_id);
CREATE INDEX tenants_search_rows__is_late ON tenants_search_rows (is_late) WHERE is_late;

CREATE TRIGGER users__search__insert AFTER INSERT ON users BEGIN
    INSERT INTO users_search_rows (user_id, is_late)
        VALUES (NEW.id, EXISTS (SELECT 1 FROM users WHERE (created_at, id) > (NEW.created_at, NEW.id)));
    INSERT INTO users_search (rowid, email)
        SELECT position, NEW.email FROM users_search_rows WHERE user_id = NEW.id;
END;
CREATE TRIGGER users__search__update AFTER UPDATE OF email ON users WHEN NEW.email <> OLD.email BEGIN
    INSERT INTO users_search (users_search, rowid, email)
        SELECT 'delete', position, OLD.email FROM users_search_rows WHERE user_id = OLD.id;
    INSERT INTO users_search (rowid, email)
        SELECT position, NEW.email FROM users_search_rows WHERE user_id = NEW.id;
END;
CREATE TRIGGER users__search__delete AFTER DELETE ON users BEGIN
    INSERT INTO users_search (users_search, rowid, email)
        SELECT 'delete', position, OLD.email FROM users_search_rows WHERE user_id = OLD.id;
    DELETE FROM users_search_rows WHERE user_id = OLD.id;
END;
CREATE TRIGGER tenants__search__insert AFTER INSERT ON tenants BEGIN
    INSERT INTO tenants_search_rows (tenant_id, is_late)
        VALUES (NEW.id, EXISTS (SELECT 1 FROM tenants WHERE (created_at, id) > (NEW.created_at, NEW.id)));
    INSERT INTO tenants_search (rowid, search_text, status)
        SELECT position, NEW.search_text, NEW.status FROM tenants_search_rows WHERE tenant_id = NEW.id;
END;
CREATE TRIGGER tenants__search__update AFTER UPDATE OF search_text, status ON tenants
    WHEN NEW.search_text <> OLD.search_text OR NEW.status <> OLD.status
BEGIN
    INSERT INTO tenants_search (tenants_search, rowid, search_text, status)
        SELECT 'delete', position, OLD.search_text, OLD.status FROM tenants_search_rows WHERE tenant_id = OLD.id;
    INSERT INTO tenants_search (rowid, search_text, status)
        SELECT position, NEW.search_text, NEW.status FROM tenants_search_rows WHERE tenant_id = NEW.id;
END;
CREATE TRIGGER tenants__search__delete AFTER DELETE ON tenants BEGIN
    INSERT INTO tenants_search (tenants_search, rowid, search_text, status)
        SELECT 'delete', position, OLD.search_text, OLD.status FROM tenants_search_rows WHERE tenant_id = OLD.id;
    DELETE FROM tenants_search_rows WHERE tenant_id = OLD.id;
END;
