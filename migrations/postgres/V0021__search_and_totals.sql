-- Numbers of the whole installation that a page of a list or of figures needs at once. A number is the sum of its rows:
-- whoever writes at the same time as others adds to a row that they leave alone.
CREATE TABLE totals (
    -- `users`, and `tenants.` with a status.
    name    TEXT COLLATE "C" NOT NULL,
    shard   BIGINT NOT NULL,
    amount  BIGINT NOT NULL,
    CONSTRAINT totals__name__shard PRIMARY KEY (name, shard)
);

-- The same by the hour: accounts and organizations by their creation (a deleted one is taken back), everything else by
-- the moment it happened.
CREATE TABLE hourly_totals (
    metric   TEXT COLLATE "C" NOT NULL,
    hour_at  BIGINT NOT NULL,
    shard    BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    CONSTRAINT hourly_totals__metric__hour_at__shard PRIMARY KEY (metric, hour_at, shard)
);

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

-- Adds the rows that a statement stored or deleted, to the row of this connection: two transactions that run at the same
-- time are on two connections.
CREATE FUNCTION users__totals() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign BIGINT := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO totals (name, shard, amount)
        SELECT 'users', pg_backend_pid() % 16, sign * count(*) FROM changed HAVING count(*) > 0
        ON CONFLICT (name, shard) DO UPDATE SET amount = totals.amount + excluded.amount;
    INSERT INTO hourly_totals (metric, hour_at, shard, amount)
        SELECT 'users', created_at - created_at % 3600000, pg_backend_pid() % 16, sign * count(*)
        FROM changed GROUP BY 2 ORDER BY 2
        ON CONFLICT (metric, hour_at, shard) DO UPDATE SET amount = hourly_totals.amount + excluded.amount;
    RETURN NULL;
END $$;
CREATE TRIGGER users__totals__insert AFTER INSERT ON users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION users__totals();
CREATE TRIGGER users__totals__delete AFTER DELETE ON users
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION users__totals();

CREATE FUNCTION tenants__totals() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign BIGINT := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO totals (name, shard, amount)
        SELECT 'tenants.' || status, pg_backend_pid() % 16, sign * count(*) FROM changed GROUP BY 1 ORDER BY 1
        ON CONFLICT (name, shard) DO UPDATE SET amount = totals.amount + excluded.amount;
    INSERT INTO hourly_totals (metric, hour_at, shard, amount)
        SELECT 'tenants', created_at - created_at % 3600000, pg_backend_pid() % 16, sign * count(*)
        FROM changed GROUP BY 2 ORDER BY 2
        ON CONFLICT (metric, hour_at, shard) DO UPDATE SET amount = hourly_totals.amount + excluded.amount;
    RETURN NULL;
END $$;
CREATE TRIGGER tenants__totals__insert AFTER INSERT ON tenants
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenants__totals();
CREATE TRIGGER tenants__totals__delete AFTER DELETE ON tenants
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenants__totals();

CREATE FUNCTION tenants__totals_of_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO totals (name, shard, amount) VALUES
        ('tenants.' || OLD.status, pg_backend_pid() % 16, -1), ('tenants.' || NEW.status, pg_backend_pid() % 16, 1)
        ON CONFLICT (name, shard) DO UPDATE SET amount = totals.amount + excluded.amount;
    RETURN NULL;
END $$;
CREATE TRIGGER tenants__totals__update AFTER UPDATE OF status ON tenants
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION tenants__totals_of_status();

CREATE INDEX tenants__status__created_at__id ON tenants (status, created_at, id);

-- The indexes for substring search need the extension pg_trgm, which may be missing: the program makes them when it opens
-- the database, and says so where it cannot.
