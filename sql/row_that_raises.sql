-- A row for which a backfill raises an error is named by its key, at the cost of
-- a few more batches; all others can be done, and once it is corrected start
-- goes on and each row has been changed exactly once.

CREATE VIEW m AS SELECT status, processed, scanned, error FROM gradual.ledger WHERE name = 'm';

-- in physical order: a new column, filled by a trigger too
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1000 / (a - 777)',
                      batch_size => 300);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, error FROM m;
SELECT status, attempts, error FROM gradual.step WHERE name = 'm' AND action LIKE 'fill%';
-- what was done before is counted, and done
SELECT processed = count(b) AS exact FROM t, m GROUP BY processed;
-- start finds it again, and does not pass over it
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT error FROM m;
-- its correction is filled by the trigger
UPDATE t SET a = 0 WHERE id = 777;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed, error FROM m;
SELECT count(*) FROM t WHERE b IS DISTINCT FROM 1000 / (a - 777);
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT gradual.forget('m');

-- in physical order: the WHERE of the statement raises
SELECT gradual.define('m', 'UPDATE t SET b = NULL WHERE 1 / (a - 42) IS NOT NULL AND b IS NOT NULL');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, error FROM m;
SELECT gradual.rollback('m', force => true);
CALL gradual.wait('m');
SELECT gradual.forget('m');

-- DELETE; a trigger raises, whose own detail stays; few tries
CREATE SEQUENCE tried;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id = 500 THEN
        PERFORM nextval('tried');
        RAISE EXCEPTION 'this row stays' USING DETAIL = 'It is dear to us.', ERRCODE = '55000';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER refuse BEFORE DELETE OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT gradual.define('m', 'DELETE FROM t WHERE id > 400');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, error FROM m;
SELECT last_value <= 10 AS few FROM tried;
ALTER TABLE t DISABLE TRIGGER refuse;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, error FROM m;
SELECT count(*), max(id), min(id) FROM t;
SELECT gradual.forget('m');
DROP TABLE t;

-- in key order: each key once
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g;
ALTER TABLE t ADD CHECK (a <> 1777);
SELECT gradual.define('m', 'UPDATE t SET a = a + 1000', batch_size => 300);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
SELECT count(*) FROM t WHERE a <> id;
UPDATE t SET a = 0 WHERE id = 777;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
SELECT count(*) FROM t WHERE a <> id + 1000;
SELECT gradual.forget('m');

-- the last row of all, whose batch ends at a key that is gone
SELECT gradual.define('m', 'UPDATE t SET a = 1 / (1501 - a)', batch_size => 500);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
DELETE FROM t WHERE id > 501;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');
SELECT * FROM m;
SELECT gradual.rollback('m', force => true);
CALL gradual.wait('m');
SELECT gradual.forget('m');
DROP TABLE t;

-- a key of two columns, and no primary one
CREATE TABLE "T" ("A" int NOT NULL, b text NOT NULL, c int, UNIQUE ("A", b));
INSERT INTO "T" SELECT g / 10, 'x' || g % 10, g FROM generate_series(1, 200) g;
SELECT gradual.define('m', 'UPDATE "T" SET c = c + 1 / (c - 123)');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
UPDATE "T" SET c = 0 WHERE c = 123;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed, error FROM m;
SELECT gradual.forget('m');
-- by its place if there is no primary key
SELECT gradual.define('m', 'ALTER TABLE "T" ADD COLUMN d int; UPDATE "T" SET d = 1 / (c - 100)');
SELECT gradual.start('m');
\set VERBOSITY terse
CALL gradual.wait('m');
\set VERBOSITY default
SELECT status, regexp_replace(error, 'ctid \(\d+,\d+\)', 'ctid (N,N)') AS error FROM m;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual.forget('m');
DROP TABLE "T";

-- a check that is deferred to the end of the transaction
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g;
CREATE FUNCTION check_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IN (444, 1000) AND NEW.a = OLD.a + 1 THEN
        RAISE EXCEPTION 'too late';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_late AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_late();
SELECT gradual.define('m', 'UPDATE t SET a = a + 1', batch_size => 400);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
CREATE OR REPLACE FUNCTION check_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = 1000 THEN
        RAISE EXCEPTION 'too late';
    END IF;
    RETURN NULL;
END
$$;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
DROP FUNCTION check_late CASCADE;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
SELECT count(*) FROM t WHERE a <> id + 1;
SELECT gradual.forget('m');

-- rows that raise only together pass by and by
CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM added) > 60 THEN
        RAISE EXCEPTION 'too many';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER few AFTER UPDATE ON t REFERENCING NEW TABLE AS added EXECUTE FUNCTION few();
CALL gradual.run('m', 'UPDATE t SET a = a + 1000');
SELECT * FROM m;
SELECT count(*) FROM t WHERE a <> id + 1001;
SELECT gradual.forget('m');
DROP TRIGGER few ON t;

-- every row raises: soon over, and nothing is done
ALTER SEQUENCE tried RESTART;
SELECT gradual.define('m', $$UPDATE t SET a = 1 / (nextval('tried') * 0)$$, batch_size => 1000);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
-- ten tries: of 1000, 500, 250, 125, 62, 31, 15, 7, 3 rows and of one
SELECT last_value FROM tried;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual.forget('m');

-- run_batch: the caller's transaction fails, nothing is tried again
SELECT gradual.define('m', 'UPDATE t SET a = 1 / (id - 7)', batch_size => 10);
SELECT count(*) FROM gradual.run_batch('m');
SELECT status, processed, error FROM m;
SELECT gradual.forget('m');
DROP TABLE t;

-- in a partition
CREATE TABLE p (id int PRIMARY KEY, a int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
INSERT INTO p SELECT g, g FROM generate_series(1, 199) g;
SELECT gradual.define('m', 'ALTER TABLE p ADD COLUMN b int; UPDATE p SET b = 1000 / (a - 150)');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, error FROM m;
UPDATE p SET a = 0 WHERE id = 150;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT * FROM m;
SELECT count(*) FROM p WHERE b IS DISTINCT FROM 1000 / (a - 150);
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual.forget('m');

DROP VIEW m;
DROP TABLE p;
DROP SEQUENCE tried;
DROP FUNCTION few, refuse;
