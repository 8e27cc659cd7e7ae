-- Which kinds of attempts there are is the program's to know; a new one must not need a new table.
ALTER TABLE attempts DROP CONSTRAINT attempts_kind_check;
