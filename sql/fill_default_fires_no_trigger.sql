-- Adding a column with a volatile default, a serial or an identity changes no row:
-- triggers of users that fire on UPDATE do not see its fill, as they do not see
-- the rewrite of a plain ALTER TABLE.

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.touched := NEW.touched + 1;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END $$;

CREATE TABLE t (id int PRIMARY KEY, touched int NOT NULL DEFAULT 0);
INSERT INTO t SELECT g FROM generate_series(1, 300) g;
CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
SELECT gradual.define('m', $$
    ALTER TABLE t ADD COLUMN u uuid NOT NULL DEFAULT gen_random_uuid();
    ALTER TABLE t ADD COLUMN s bigserial;
    ALTER TABLE t ADD COLUMN i int GENERATED ALWAYS AS IDENTITY;
$$);
SELECT action, note FROM gradual.plan('m') WHERE phase = 'backfill';
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
INSERT INTO t VALUES (301);
SELECT gradual_test.release('before-batch-commit');
CALL gradual.run('m');
SELECT touched, count(DISTINCT u) AS u, count(DISTINCT s) AS s, count(DISTINCT i) AS i FROM t GROUP BY touched;

-- the application's own changes are seen
UPDATE t SET id = 0 WHERE id = 1 RETURNING touched;

-- rows that nobody may change; the trigger of one partition counts, too
CREATE TABLE book (id int PRIMARY KEY, amount int) PARTITION BY RANGE (id);
CREATE TABLE book_1 PARTITION OF book FOR VALUES FROM (1) TO (101);
CREATE TABLE book_2 PARTITION OF book FOR VALUES FROM (101) TO (201);
INSERT INTO book SELECT g, g FROM generate_series(1, 200) g;
CREATE TRIGGER refuse BEFORE UPDATE ON book_2 FOR EACH ROW EXECUTE FUNCTION refuse();
CALL gradual.run('book', 'ALTER TABLE book ADD COLUMN u uuid DEFAULT gen_random_uuid()');
SELECT count(DISTINCT u) FROM book;

-- an UPDATE of the script fires them
CALL gradual.run('update', 'ALTER TABLE t ADD COLUMN n int; UPDATE t SET n = id WHERE n IS NULL');
SELECT touched, count(*), count(n) AS n FROM t GROUP BY touched ORDER BY touched;

-- rows that raise are left out, and may be left behind
CREATE FUNCTION moody() RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF nextval('mood') >= 200 THEN
        RAISE EXCEPTION 'not now';
    END IF;
    RETURN 1;
END $$;
CREATE SEQUENCE mood;
SELECT gradual.define('q', 'ALTER TABLE t ADD COLUMN m int DEFAULT moody()', on_error => 'quarantine');
SELECT gradual.start('q');
CALL gradual.wait('q');
SELECT status, failed > 0 AS left_out FROM gradual.ledger WHERE name = 'q';
SELECT gradual.complete('q', force => true) IS NOT NULL AS completes;
CALL gradual.wait('q');
SELECT status FROM gradual.ledger WHERE name = 'q';
