-- gradual.rehearse() runs all steps of a migration on the real tables, says what
-- each locks and changes and what is in its way, and leaves nothing behind.
\set rehearse 'SELECT step, phase, action, result, rows, locks, finding FROM gradual.rehearse'

CREATE TABLE "Users" (id int PRIMARY KEY, email text, age text);
INSERT INTO "Users" SELECT g, 'person' || g || '@example.org', g FROM generate_series(1, 20) g;
CREATE TABLE orders (id int, at int, customer int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (10);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (10) TO (20);
INSERT INTO orders SELECT g, g, g FROM generate_series(1, 19) g;
CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);

SELECT gradual.define('m', $$
    ALTER TABLE "Users" ADD COLUMN display_name text;
    UPDATE "Users" SET display_name = split_part(email, '@', 1) WHERE display_name IS NULL;
    ALTER TABLE "Users" ALTER COLUMN display_name SET NOT NULL;
    ALTER TABLE "Users" ALTER COLUMN age TYPE int USING age::int;
    CREATE INDEX ON orders (customer);
    ALTER TABLE notes ADD FOREIGN KEY (id) REFERENCES "Users";
    DELETE FROM orders WHERE at > 15;
    CREATE TABLE archive (LIKE orders);
    INSERT INTO archive SELECT * FROM orders;
    INSERT INTO notes (note) VALUES ('done');
    DO 'BEGIN NOTIFY rehearsed; END';
    ALTER TABLE "Users" RENAME TO people;
$$);

-- everything that a session can see of the database
CREATE SCHEMA other;
CREATE TABLE other.before (line text);
CREATE FUNCTION other.everything() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT gradual_test.shape('public') UNION ALL
    SELECT gradual_test.rows('public') UNION ALL
    SELECT m::text FROM gradual.migration m UNION ALL
    SELECT s::text FROM gradual.step s UNION ALL
    SELECT e::text FROM gradual.event e UNION ALL
    SELECT oid || ' ' || relname || ' ' || relfilenode FROM pg_class UNION ALL
    SELECT oid || ' ' || typname FROM pg_type UNION ALL
    SELECT oid || ' ' || nspname FROM pg_namespace UNION ALL
    SELECT attrelid || ' ' || attname FROM pg_attribute
$$;
\set changed '(TABLE other.before EXCEPT SELECT other.everything()) UNION ALL (SELECT other.everything() EXCEPT TABLE other.before) ORDER BY 1'
INSERT INTO other.before SELECT other.everything();

LISTEN rehearsed;
:rehearse ('m', max_time => '1 min');
SELECT count(*) > 100 AS compared FROM other.before;
:changed;
UNLISTEN rehearsed;

-- how long, and for how long locked
SELECT bool_and(duration > '0' AND (locks IS NULL OR held > '0')) AS measured
FROM gradual.rehearse('m', max_time => '1 min') WHERE result = 'ok';

-- in a transaction it leaves no lock but that of the sequence
BEGIN;
SELECT count(*) FROM gradual.rehearse('m', max_time => '1 min');
SELECT relation::regclass, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND relation IN (SELECT oid FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'gradual'::regnamespace) ORDER BY 1, 2;
SAVEPOINT s;
SELECT count(*) FROM gradual.rehearse('m', max_time => '1 min');
ROLLBACK TO s;
COMMIT;
:changed;

-- a table that is dropped is locked, too; one that the script creates is nobody's
SELECT gradual.define('drop', 'DROP TABLE notes; CREATE TABLE made (id int); ALTER TABLE made ADD UNIQUE (id); DROP TABLE made');
:rehearse ('drop', max_time => '1 min');
SELECT gradual.forget('drop');

-- and the migration runs as before
SET client_min_messages = warning;
CALL gradual.run('m');
SELECT status FROM gradual.ledger;
SELECT count(display_name), pg_typeof(min(age)) FROM people;
:rehearse ('m');

-- after a failure that has left nothing it can be rehearsed, too
SELECT gradual.define('nothing', 'SELECT 1 / (SELECT count(*) FROM orders WHERE id = 0)');
\set VERBOSITY terse
CALL gradual.run('nothing');
:rehearse ('nothing', max_time => '1 min');
SELECT status FROM gradual.ledger WHERE name = 'nothing';
\set VERBOSITY default

-- refusals
:rehearse ('no such');
:rehearse (NULL);
:rehearse ('nothing', 0);
:rehearse ('nothing', NULL);
:rehearse ('nothing', max_time => '0');
:rehearse ('nothing', max_time => NULL);
:rehearse ('nothing', max_time => '2 hours');
SELECT gradual.track_start('elsewhere');
:rehearse ('elsewhere');

-- indexes of partitions are built anew one by one
CREATE TABLE visits (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits DEFAULT PARTITION BY RANGE (at);
CREATE TABLE "visits 2" PARTITION OF visits_1 DEFAULT;
SELECT gradual.define('anew', 'REINDEX TABLE visits; REINDEX INDEX visits_pkey; REINDEX TABLE notes');
:rehearse ('anew');
SELECT gradual.forget('anew');
