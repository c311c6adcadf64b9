-- ALTER COLUMN TYPE on partitioned tables: what hangs on the column comes along, on
-- the parent and on each partition, under its name, attached as before.  The script
-- leaves what psql -1 leaves; rolled back from ready it leaves what was there.
-- Each script runs three times: up to ready and back, to its end, and plainly.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE users (id int PRIMARY KEY);
    CREATE TABLE events (at int NOT NULL, note text, usr int REFERENCES users, id serial, code int, n int NOT NULL DEFAULT 7,
        PRIMARY KEY (id, at), CONSTRAINT code_once UNIQUE (code, at) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT small CHECK (n < 5000 AND id > 0)) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE "Events 2" (gone int, n int NOT NULL DEFAULT 7, code int, id int NOT NULL DEFAULT 0, usr int, note text, at int NOT NULL, CONSTRAINT small CHECK (n < 5000 AND id > 0));
    ALTER TABLE "Events 2" DROP COLUMN gone, ALTER id SET DEFAULT nextval('events_id_seq');
    ALTER TABLE events ATTACH PARTITION "Events 2" FOR VALUES FROM (10) TO (20);
    CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30) PARTITION BY LIST (at);
    CREATE TABLE events_3_a PARTITION OF events_3 FOR VALUES IN (20, 21, 22);
    CREATE TABLE events_3_b PARTITION OF events_3 DEFAULT;
    CREATE INDEX events_n ON events (n DESC, lower(note)) INCLUDE (code) WHERE n > 3;
    CREATE UNIQUE INDEX events_u ON events (n, id, at);
    CREATE STATISTICS event_stats ON at, n FROM events;
    COMMENT ON CONSTRAINT events_pkey ON events IS 'the key';
    COMMENT ON CONSTRAINT code_once ON events IS 'codes';
    COMMENT ON CONSTRAINT small ON events IS 'not too big';
    COMMENT ON COLUMN events.id IS 'the id';
    GRANT SELECT (id) ON events TO PUBLIC;
    ALTER TABLE events ALTER n SET STATISTICS 40;
    ALTER TABLE events_1 ALTER n SET STATISTICS 20;
    CREATE TABLE kid (event int, at int, v int, FOREIGN KEY (event, at) REFERENCES events ON DELETE CASCADE);
    CREATE TABLE bad (n int);
    INSERT INTO users SELECT n FROM generate_series(1, 20) n;
    INSERT INTO events (at, note, usr, code, n) SELECT n, 'n' || n, n % 10 + 1, n, n FROM generate_series(1, 29) n;
    INSERT INTO kid SELECT n, n, n FROM generate_series(1, 29) n;
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE events ALTER id TYPE bigint'),
('ALTER TABLE events ALTER n TYPE bigint'),
('ALTER TABLE events ALTER code TYPE text USING ''c'' || code'),
('ALTER TABLE events ALTER id TYPE bigint, ALTER code TYPE bigint; ALTER TABLE kid ALTER event TYPE bigint; ALTER TABLE events ALTER n TYPE numeric(10)'),
('ALTER TABLE kid ALTER event TYPE bigint'),
('ALTER TABLE users ALTER id TYPE bigint'),
('ALTER TABLE events ALTER usr TYPE bigint'),
('ALTER TABLE users ALTER id TYPE bigint; ALTER TABLE events ALTER usr TYPE bigint, ALTER id TYPE bigint'),
('ALTER TABLE events RENAME usr TO "us er"; ALTER TABLE events ALTER "us er" TYPE bigint, ALTER id TYPE bigint'),
('ALTER TABLE events RENAME TO log; ALTER TABLE log ALTER id TYPE bigint'),
('ALTER TABLE events ALTER id TYPE bigint; CREATE INDEX ON events (id); ALTER TABLE events ADD UNIQUE (id, code, at)'),
('CREATE TABLE events_5 PARTITION OF events FOR VALUES FROM (50) TO (60); ALTER TABLE events ALTER n TYPE bigint'),
('CREATE TABLE events_5 (LIKE events INCLUDING ALL EXCLUDING STATISTICS); ALTER TABLE events ATTACH PARTITION events_5 FOR VALUES FROM (50) TO (60); ALTER TABLE events ALTER n TYPE bigint'),
('ALTER TABLE events_1 ALTER n SET STATISTICS 30; ALTER TABLE events ALTER n TYPE bigint'),
('ALTER TABLE events ALTER n TYPE bigint; ALTER TABLE events ALTER n SET STATISTICS 30');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

-- what the new constraints are to each other, and that they work
\o /dev/null
SELECT make('online');
\o
SELECT gradual.define('wide', 'ALTER TABLE events ALTER id TYPE bigint, ALTER code TYPE bigint');
SELECT phase, action, target FROM gradual.plan('wide');
CALL gradual.run('wide');
SELECT conrelid::regclass, conname, contype, conislocal, coninhcount, condeferrable,
       (SELECT p.conrelid::regclass FROM pg_constraint p WHERE p.oid = k.conparentid) AS part_of, conindid::regclass
FROM pg_constraint k WHERE contype IN ('p', 'u') AND connamespace = 'online'::regnamespace
AND conrelid <> 'users'::regclass ORDER BY conrelid::regclass::text COLLATE "C", conname;
INSERT INTO events (at, id) VALUES (5, 10000000000);
INSERT INTO events (at, id) VALUES (5, 10000000000);
INSERT INTO events (at, id, code) VALUES (5, 10000000001, 5);
INSERT INTO kid VALUES (77, 5);
DELETE FROM events WHERE at = 6;
SELECT count(*) FROM kid;
CREATE TABLE events_4 PARTITION OF events FOR VALUES FROM (40) TO (50);
DELETE FROM kid WHERE at < 10;
ALTER TABLE events DETACH PARTITION events_1;
ALTER TABLE kid DROP CONSTRAINT kid_event_at_fkey;
ALTER TABLE events DROP CONSTRAINT events_pkey;
SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'p' AND connamespace = 'online'::regnamespace ORDER BY conrelid::regclass::text COLLATE "C";

-- a partition with something of its own is not for us
CREATE INDEX "its own" ON "Events 2" (code);
\set VERBOSITY default
SELECT gradual.define('own', 'ALTER TABLE events ALTER code TYPE numeric');
DROP INDEX "its own";
SELECT gradual.define('own', 'CREATE TABLE events_5 (LIKE events INCLUDING ALL); ALTER TABLE events ATTACH PARTITION events_5 FOR VALUES FROM (50) TO (60); ALTER TABLE events ALTER n TYPE bigint');
CREATE TABLE events_5 (LIKE events INCLUDING ALL);
SELECT gradual.define('own', 'ALTER TABLE events ATTACH PARTITION events_5 FOR VALUES FROM (50) TO (60); ALTER TABLE events ALTER n TYPE bigint');
\set VERBOSITY terse
SELECT gradual.constrain_index('events_u', true, false, false);
SELECT gradual.constrain_index('events_n', false, false, false);
RESET search_path;

DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
