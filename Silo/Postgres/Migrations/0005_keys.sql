-- Identity keys apart from the terms of searches: an import asks for hundreds of them at once while it writes, and what waits to be sorted into the
-- index of terms is compared with each. This index holds a few entries a row, so each goes to its place at once.

-- What is there already keeps its keys among its terms, which is a superset: hashes narrow and never decide. The next change of a row puts it right.
ALTER TABLE list_rows ADD COLUMN keys int4[] NOT NULL DEFAULT '{}';
UPDATE list_rows SET keys = terms;
CREATE INDEX list_rows_keys ON list_rows USING gin (keys) WITH (fastupdate = off);
