-- Substring search of addresses. SQLite cuts them into pieces at this version. Here what the trigrams find must be looked
-- at, in rows that lie everywhere in the table when it is much: so they stand in short rows of their own.
CREATE TABLE users_search (
    user_id     TEXT COLLATE "C" NOT NULL CONSTRAINT users_search__user_id PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    created_at  BIGINT NOT NULL,
    email       TEXT COLLATE "C" NOT NULL
);
INSERT INTO users_search (user_id, created_at, email) SELECT id, created_at, email FROM users ORDER BY created_at, id;
CREATE INDEX users_search__created_at__user_id ON users_search (created_at, user_id) INCLUDE (email);
ANALYZE users_search;
-- The program makes the one for the table above when it opens the database.
DROP INDEX IF EXISTS users__email__search;

CREATE FUNCTION users__search__insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users_search (user_id, created_at, email) SELECT id, created_at, email FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER users__search__insert AFTER INSERT ON users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION users__search__insert();
CREATE FUNCTION users__search__update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users_search SET email = NEW.email WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER users__search__update AFTER UPDATE OF email ON users
    FOR EACH ROW WHEN (NEW.email <> OLD.email) EXECUTE FUNCTION users__search__update();
