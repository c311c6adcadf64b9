-- A statement that must meet each row once, on a table in the order of its key,
-- leaves rows on their pages: neither the table nor its indexes double, as they
-- do by one UPDATE.  Each row is changed exactly once, whatever is undone,
-- inserted and deleted meanwhile, and a row that raises is named.

CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, pad text NOT NULL);
CREATE FUNCTION load() RETURNS void LANGUAGE sql AS $$
    TRUNCATE t;
    INSERT INTO t SELECT g, 0, repeat('p', 220) FROM generate_series(-5000, 24999) g;
$$;
SELECT load();
VACUUM (FREEZE, ANALYZE) t;
CREATE TABLE before AS
SELECT pg_relation_size('t') AS heap, pg_relation_size('t_pkey') AS key;

CALL gradual.run('m', 'UPDATE t SET n = n + 1');
SELECT processed, scanned FROM gradual.ledger WHERE name = 'm';
SELECT n, count(*) FROM t GROUP BY n;
SELECT pg_relation_size('t') < 1.3 * heap AS heap, pg_relation_size('t_pkey') < 1.1 * key AS key
FROM before;

-- every other batch is undone, and rows come and go while a window is at work
SELECT load();
VACUUM (FREEZE, ANALYZE) t;
SELECT gradual.define('undone', 'UPDATE t SET n = n + 1', batch_size => 700);
CREATE PROCEDURE drive(name text) LANGUAGE plpgsql AS $$
DECLARE
    done boolean := false;
    batch int := 0;
BEGIN
    WHILE NOT done LOOP
        done := (SELECT is_done FROM gradual.run_batch(name));
        batch := batch + 1;
        IF batch % 2 = 0 THEN
            ROLLBACK;
            done := false;
        ELSIF batch = 21 THEN
            DELETE FROM t WHERE id BETWEEN 9000 AND 9499;
            INSERT INTO t SELECT g, 100, 'new' FROM generate_series(9000, 9099) g;
            COMMIT;
        ELSE
            COMMIT;
        END IF;
    END LOOP;
END
$$;
CALL drive('undone');
SELECT n, count(*) FROM t WHERE id NOT BETWEEN 9000 AND 9099 GROUP BY n;
-- those that came are met once, or came too late for it
SELECT count(*) FILTER (WHERE n IN (100, 101)) FROM t WHERE id BETWEEN 9000 AND 9099;

-- a row that raises
SELECT load();
VACUUM (FREEZE, ANALYZE) t;
UPDATE t SET n = 41 WHERE id = 12345;
SELECT gradual.define('raises', 'UPDATE t SET n = n + 1 + 0 / (41 - n)');
SELECT gradual.start('raises');
CALL gradual.wait('raises');
SELECT status, error FROM gradual.ledger WHERE name = 'raises';
UPDATE t SET n = 0 WHERE id = 12345;
SELECT gradual.start('raises');
CALL gradual.wait('raises');
SELECT status, processed FROM gradual.ledger WHERE name = 'raises';
SELECT n, count(*) FROM t GROUP BY n;
