-- Changes of rows leave what one statement each would have left, whatever they
-- read and write: compared with the same script in plain psql.

CREATE SCHEMA online;
CREATE SCHEMA plain;
CREATE FUNCTION fill(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I.t (id int PRIMARY KEY, a int, b int, n int NOT NULL, s text, j json, x numeric)', schema);
    EXECUTE format('INSERT INTO %I.t SELECT g, g %% 7, g %% 5, g, ''Name'' || g, ''{"a": 1}'', 1.0 FROM generate_series(1, 400) g', schema);
    EXECUTE format('CREATE TABLE %I.other (id int PRIMARY KEY, v int)', schema);
    EXECUTE format('INSERT INTO %I.other SELECT g, g * 3 FROM generate_series(1, 200) g', schema);
END
$$;
SELECT fill('online'), fill('plain');

-- runs a script both ways; the rows that differ, of how many
CREATE TABLE result (script text, plain text);
CREATE PROCEDURE twice(name text, script text) LANGUAGE plpgsql AS $$
DECLARE
    part text;
BEGIN
    SET search_path = online, public;
    CALL gradual.run(name, script);
    SET search_path = plain, public;
    EXECUTE script;
    RESET search_path;
END
$$;
CREATE VIEW difference AS
    SELECT count(*) AS rows,
           count(*) FILTER (WHERE o::text IS DISTINCT FROM p::text) AS different
    FROM online.t o FULL JOIN plain.t p USING (id);

-- every row exactly once
CALL twice('increment', 'UPDATE t SET n = n + 1');
TABLE difference;
-- the old values, on both sides
CALL twice('swap', 'UPDATE t SET a = b, b = a');
TABLE difference;
CALL twice('copy', 'UPDATE t SET a = b; UPDATE t SET b = a + 1');
TABLE difference;
-- WHERE reads what SET writes, and is not made false by it
CALL twice('again', 'UPDATE t SET n = n + 1 WHERE n % 2 = 0');
CALL twice('above', 'UPDATE t SET n = n + 100 WHERE n > 50');
TABLE difference;
-- idempotent, not refuted
CALL twice('lower', 'UPDATE t SET s = lower(s)');
-- refuted by NULL or by a constant
CALL twice('null', 'UPDATE t SET a = NULL WHERE a = 3');
CALL twice('constant', 'UPDATE t SET a = 9 WHERE a IS NULL');
CALL twice('coalesce', 'UPDATE t SET b = NULL WHERE b IS NOT NULL AND id % 3 = 0');
TABLE difference;
-- equal to the operator, not the same
CALL twice('scale', 'UPDATE t SET x = 1.00 WHERE x = 1.0');
CALL twice('json', 'UPDATE t SET j = ''{"a":1}''');
TABLE difference;
-- other tables
CALL twice('from', 'UPDATE t SET n = o.v FROM other o WHERE o.id = t.id');
CALL twice('subselect', 'UPDATE t SET a = (SELECT max(v) FROM other WHERE other.id <= t.id)');
CALL twice('exists', 'UPDATE t SET b = 77 WHERE EXISTS (SELECT FROM other WHERE other.id = t.id AND v > 300)');
TABLE difference;
-- several columns at once, the key left alone
CALL twice('row', 'UPDATE t SET (a, b) = (b, a + n), s = s || id');
TABLE difference;
-- DELETE
CALL twice('delete', 'DELETE FROM t WHERE id % 10 = 0');
CALL twice('using', 'DELETE FROM t USING other o WHERE o.id = t.id AND o.v % 2 = 0');
TABLE difference;
-- a column that the script adds, and changes of what fills it afterwards
CALL twice('fill', 'UPDATE t SET n = n + 1; ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = n; UPDATE t SET n = n + 1; ALTER TABLE t ADD COLUMN d int; UPDATE t SET d = c + n; INSERT INTO t (id, n) VALUES (5000, 1)');
TABLE difference;
SELECT * FROM online.t WHERE id = 5000;
-- now() is one time for the whole statement
CALL gradual.run('now', 'ALTER TABLE online.t ADD COLUMN at timestamptz; UPDATE online.t SET at = now()');
SELECT count(DISTINCT at), bool_and(at <= now()) FROM online.t;
-- so are its kin, in the time zone of the session, in each batch and to any precision
SET timezone = 'America/St_Johns';
CREATE TABLE moment (id int PRIMARY KEY, d date, tz timetz, tz0 timetz, t time, t3 time, ts timestamp, ts2 timestamp, now timestamptz, now1 timestamptz, spare time);
INSERT INTO moment SELECT generate_series(1, 1000);
SELECT gradual.define('moment', $$
    UPDATE moment SET d = CURRENT_DATE, tz = CURRENT_TIME, tz0 = CURRENT_TIME(0), t = LOCALTIME, t3 = LOCALTIME(3),
        ts = LOCALTIMESTAMP, ts2 = LOCALTIMESTAMP(2), now = CURRENT_TIMESTAMP, now1 = CURRENT_TIMESTAMP(1);
    UPDATE moment SET spare = (SELECT "localtime" FROM (SELECT LOCALTIME) AS named)
$$, batch_size => 100);
CALL gradual.run('moment');
SELECT DISTINCT d = now::date AS d, tz = now::timetz AS tz, tz0 = tz::timetz(0) AS tz0, t = now::time AS t, t3 = t::time(3) AS t3,
    ts = now::timestamp AS ts, ts2 = ts::timestamp(2) AS ts2, now1 = now::timestamptz(1) AS now1, spare >= t AS spare
FROM moment;
SELECT count(DISTINCT (now, spare)), count(*) FROM moment;
RESET timezone;
-- nothing to do
CALL twice('none', 'UPDATE t SET a = 1 WHERE id < 0; DELETE FROM t WHERE id < 0');
CALL twice('all', 'DELETE FROM t');
TABLE difference;
SELECT name, status, processed FROM gradual.ledger ORDER BY name;
