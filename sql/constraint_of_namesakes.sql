-- Tables of one name in two schemas: constraints, and their indexes, may have the
-- same names in both, given or chosen by the server, and each is found by its own.
CREATE SCHEMA "one Schema";
CREATE SCHEMA two;
CREATE TABLE "one Schema".t (id int CONSTRAINT t_pkey PRIMARY KEY, k int, e int, p int CONSTRAINT t_p_key UNIQUE);
CREATE TABLE two.t (LIKE "one Schema".t);
ALTER TABLE two.t ADD PRIMARY KEY (id), ADD UNIQUE (p);
INSERT INTO "one Schema".t SELECT n, n, n, n FROM generate_series(1, 20) n;
INSERT INTO two.t SELECT n, n, n, n FROM generate_series(1, 20) n;
CREATE VIEW named AS
SELECT conrelid::regclass AS "table", conname, c.relname AS index, pg_get_constraintdef(o.oid) AS definition
FROM pg_constraint o LEFT JOIN pg_class c ON c.oid = conindid
WHERE conrelid IN ('"one Schema".t'::regclass, 'two.t'::regclass) AND contype <> 'n' ORDER BY conrelid, conname;

-- added: chosen, given, in a column, under a name that the other one had before
CALL gradual.run('added', $$
    ALTER TABLE "one Schema".t ADD UNIQUE (k), ADD CONSTRAINT "Q" UNIQUE (e);
    ALTER TABLE two.t ADD UNIQUE (k), ADD CONSTRAINT "Q" UNIQUE (e), ADD UNIQUE (k, e);
    ALTER TABLE "one Schema".t ADD u int CONSTRAINT t_u UNIQUE, ADD UNIQUE (k, e);
    ALTER TABLE two.t ADD u int CONSTRAINT t_u UNIQUE;
$$);
TABLE named;

-- renamed, dropped and made anew, exchanged, by their names
CALL gradual.run('changed', $$
    ALTER TABLE "one Schema".t RENAME CONSTRAINT "Q" TO r;
    ALTER TABLE two.t RENAME CONSTRAINT "Q" TO r;
    ALTER INDEX two.t_u RENAME TO u;
    ALTER TABLE "one Schema".t DROP CONSTRAINT t_k_key;
    ALTER TABLE two.t DROP CONSTRAINT t_k_key, ADD UNIQUE (k);
    ALTER TABLE two.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (p);
    ALTER TABLE two.t DROP CONSTRAINT u;
$$);
TABLE named;

-- what psql would say
SELECT gradual.define('m', $$ ALTER TABLE "one Schema".t ADD x int; ALTER TABLE two.t ADD CONSTRAINT r UNIQUE (k, p) $$);
SELECT gradual.define('m', $$ ALTER TABLE "one Schema".t ADD x int; ALTER TABLE two.t RENAME CONSTRAINT r TO t_pkey $$);

DROP VIEW named;
DROP TABLE "one Schema".t, two.t;
DROP SCHEMA "one Schema", two;
