-- Names and address without upper case, a line each, for substring search.
ALTER TABLE users ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE users SET search_text = lower(first_name || ' ' || last_name || char(10) || email);
