-- Substring search of addresses by pieces. An address stands in the index three times, cut into pieces of three characters
-- from its third, its first and its second: "o@x.example" as "x.e xam ple · o@x .ex amp le · @x. exa mpl e". What is looked
-- for, cut the same way, is a run of those pieces, the last of them maybe unfinished. That reads a third of the lists that
-- a run of all trigrams does, which counts where nearly every address has them, and finds one or two characters, too.
-- Addresses are ASCII (contract 16) and hold no white space; everything else is part of a piece.
DROP TRIGGER users__search__insert;
DROP TRIGGER users__search__update;
DROP TRIGGER users__search__delete;
DROP TABLE users_search;

CREATE VIRTUAL TABLE users_search USING fts5 (
    pieces, content = '', columnsize = 0, prefix = '1 2',
    tokenize = "ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"
);
CREATE VIEW users_search_pieces AS
    SELECT r.position, r.user_id, (
        WITH RECURSIVE piece (start) AS (
            SELECT 1 UNION ALL SELECT start + 1 FROM piece WHERE start < length(u.email)
        )
        SELECT group_concat(iif(start < 3, '· ', '') || substr(u.email, start, 3), ' ')
        FROM (SELECT start FROM piece ORDER BY start % 3, start)
    ) AS pieces
    FROM users_search_rows r JOIN users u ON u.id = r.user_id;

INSERT INTO users_search (rowid, pieces) SELECT position, pieces FROM users_search_pieces ORDER BY position;

CREATE TRIGGER users__search__insert AFTER INSERT ON users BEGIN
    INSERT INTO users_search_rows (user_id, is_late)
        VALUES (NEW.id, EXISTS (SELECT 1 FROM users WHERE (created_at, id) > (NEW.created_at, NEW.id)));
    INSERT INTO users_search (rowid, pieces) SELECT position, pieces FROM users_search_pieces WHERE user_id = NEW.id;
END;
-- What is taken out of the index must be what was put in: the address is read while it still stands in its row.
CREATE TRIGGER users__search__before_update BEFORE UPDATE OF email ON users WHEN NEW.email <> OLD.email BEGIN
    INSERT INTO users_search (users_search, rowid, pieces)
        SELECT 'delete', position, pieces FROM users_search_pieces WHERE user_id = OLD.id;
END;
CREATE TRIGGER users__search__update AFTER UPDATE OF email ON users WHEN NEW.email <> OLD.email BEGIN
    INSERT INTO users_search (rowid, pieces) SELECT position, pieces FROM users_search_pieces WHERE user_id = NEW.id;
END;
CREATE TRIGGER users__search__before_delete BEFORE DELETE ON users BEGIN
    INSERT INTO users_search (users_search, rowid, pieces)
        SELECT 'delete', position, pieces FROM users_search_pieces WHERE user_id = OLD.id;
    DELETE FROM users_search_rows WHERE user_id = OLD.id;
END;
