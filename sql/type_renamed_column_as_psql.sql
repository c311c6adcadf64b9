-- ALTER COLUMN TYPE of a column that the script renames, before or after: the
-- script leaves what psql -1 leaves; rolled back from ready it leaves what was
-- there.  Until complete both names are live, with the old type.
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
    CREATE TABLE t (id serial PRIMARY KEY, b text, up int REFERENCES t, c int GENERATED ALWAYS AS IDENTITY UNIQUE, a int NOT NULL DEFAULT 3,
        CONSTRAINT t_a CHECK (a > -5 AND c > 0), "Co l" int CHECK ("Co l" < 1000));
    CREATE INDEX t_a_b ON t (a, lower(b)) WHERE a > 2;
    CREATE UNIQUE INDEX t_two ON t ("Co l", (c + 1));
    CREATE STATISTICS t_stats ON b, a FROM t;
    COMMENT ON COLUMN t.a IS 'a number';
    GRANT SELECT (a) ON t TO PUBLIC;
    CREATE TABLE kid (item int REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE, c int REFERENCES t (c));
    CREATE TABLE parts (id int, at int, v int NOT NULL CHECK (v > 0)) PARTITION BY RANGE (at);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
    CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (100);
    CREATE INDEX parts_v ON parts (v);
    CREATE TABLE bad (n int);
    INSERT INTO t (b, up, a, "Co l") SELECT 'b' || n, n, n, n FROM generate_series(1, 20) n;
    INSERT INTO kid SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO parts SELECT n, n, n FROM generate_series(1, 20) n;
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE t RENAME a TO x; ALTER TABLE t ALTER x TYPE bigint'),
('ALTER TABLE t ALTER a TYPE bigint; ALTER TABLE t RENAME a TO x'),
('ALTER TABLE t RENAME id TO key; ALTER TABLE t ALTER key TYPE bigint; ALTER TABLE kid RENAME item TO t_key; ALTER TABLE kid ALTER t_key TYPE bigint'),
('ALTER TABLE t RENAME c TO "Num ber"; ALTER TABLE t ALTER "Num ber" TYPE bigint, ALTER a TYPE numeric USING a + "Co l"'),
('ALTER TABLE t RENAME "Co l" TO col; ALTER TABLE t ALTER a TYPE bigint USING a + col; ALTER TABLE t ALTER up TYPE bigint'),
('ALTER TABLE t RENAME a TO x; ALTER TABLE t ADD f int; UPDATE t SET f = x + 100; ALTER TABLE t ALTER x TYPE bigint; CREATE INDEX ON t (x, b); ALTER TABLE t ADD CHECK (x > 0)'),
('ALTER TABLE t RENAME a TO x; CREATE INDEX ON t (x); ALTER TABLE t ADD CONSTRAINT more CHECK (x > 0), ALTER x TYPE bigint'),
('ALTER TABLE t ALTER a TYPE bigint; ALTER TABLE t RENAME a TO x; ALTER TABLE t ALTER c TYPE bigint; ALTER TABLE t ALTER "Co l" TYPE bigint'),
('DROP STATISTICS t_stats; ALTER TABLE t RENAME b TO text_b; ALTER TABLE t ALTER text_b TYPE varchar(40)'),
('DROP INDEX t_a_b; ALTER TABLE t RENAME a TO x; ALTER TABLE t DROP CONSTRAINT t_a, ALTER x DROP DEFAULT, ALTER x TYPE text USING x || ''!'', ALTER x SET DEFAULT ''none''; ALTER TABLE t RENAME b TO a'),
('DROP INDEX t_a_b; ALTER TABLE t RENAME a TO x; ALTER TABLE t ALTER x SET NOT NULL, ALTER x TYPE bigint; ALTER TABLE t RENAME TO u; ALTER TABLE u ALTER up TYPE bigint'),
('ALTER TABLE parts RENAME id TO key; ALTER TABLE parts ALTER key TYPE bigint; ALTER TABLE parts ALTER v TYPE bigint');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

-- both names in ready
\o /dev/null
SELECT make('online');
\o
SELECT gradual.define('both', 'ALTER TABLE t RENAME a TO x; ALTER TABLE t DROP CONSTRAINT t_a; DROP INDEX t_a_b; ALTER TABLE t ALTER x DROP DEFAULT, ALTER x TYPE text USING ''no. '' || x');
SELECT gradual.start('both');
CALL gradual.wait('both');
SELECT step, phase, action FROM gradual.step WHERE name = 'both' AND phase IN ('expand', 'swap') ORDER BY step;
UPDATE t SET a = 1001 WHERE id = 1;
UPDATE t SET x = 1002 WHERE id = 2;
INSERT INTO t (b, a) VALUES ('old', 1003);
INSERT INTO t (b, x) VALUES ('new', 1004);
SELECT a, x, _gradual_x FROM t WHERE a > 1000 ORDER BY a;
SELECT gradual.complete('both');
CALL gradual.wait('both');
SELECT status, error FROM gradual.ledger WHERE name = 'both';
SELECT x FROM t WHERE b IN ('b1', 'b2', 'b3', 'old', 'new') ORDER BY x;
RESET search_path;

DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
