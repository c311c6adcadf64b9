-- Claim: where a script fills columns that it adds, and the table is rewritten
-- before its rows are filled (VACUUM FULL, CLUSTER), each column of each row gets
-- its value, also where the column came with a default, and what the application
-- has written into one of them stays.
CREATE DOMAIN short AS varchar(8);
CREATE TABLE t (id int PRIMARY KEY, n int, s text);
INSERT INTO t SELECT i, CASE WHEN i % 4 > 0 THEN i END, 's' || i FROM generate_series(1, 12) i;

CREATE PROCEDURE expand(migration text) LANGUAGE plpgsql AS $$
BEGIN
    WHILE NOT EXISTS (SELECT FROM gradual.step WHERE name = migration AND phase = 'expand' HAVING bool_and(status = 'done')) LOOP
        PERFORM gradual.run_batch(migration);
    END LOOP;
END $$;

-- several columns of one statement, NULL where n is NULL
SELECT gradual.define('several', $$
    ALTER TABLE t ADD a bigint, ADD b short, ADD c json;
    UPDATE t SET a = n * 10, (b, c) = ('b' || s, to_json(s));
$$);
CALL expand('several');
UPDATE t SET b = 'mine' WHERE id = 1;
VACUUM FULL t;
UPDATE t SET a = -2 WHERE id = 2;
UPDATE t SET b = 'mine' WHERE id = 3;
UPDATE t SET c = '"mine"' WHERE id = 4;
UPDATE t SET s = 'new' WHERE id = 5;
UPDATE t SET n = 60 WHERE id = 6;
INSERT INTO t (id, n, s) VALUES (13, 13, 's13');
SELECT gradual.resume('several');
CALL gradual.wait('several');
SELECT status, processed FROM gradual.ledger;
SELECT * FROM t ORDER BY id;
SELECT step, detail FROM gradual.event WHERE name = 'several' AND event = 'note' AND detail ~ 'rewritten|sweeps';
SELECT gradual.complete('several');
CALL gradual.wait('several');

-- with defaults, which the script takes away again
SELECT gradual.define('default', $$
    ALTER TABLE t ADD d int DEFAULT 7, ADD e json DEFAULT '{"a": 1}', ADD f char(4) DEFAULT 'x';
    ALTER TABLE t ALTER f DROP DEFAULT;
    UPDATE t SET d = n, e = to_json(s), f = s;
$$);
CALL expand('default');
VACUUM FULL t;
UPDATE t SET d = -1 WHERE id = 1;
UPDATE t SET e = '"mine"' WHERE id = 2;
UPDATE t SET f = 'mine' WHERE id = 3;
UPDATE t SET d = NULL WHERE id = 9;
SELECT gradual.resume('default');
CALL gradual.wait('default');
SELECT status FROM gradual.ledger WHERE name = 'default';
SELECT id, n, s, d, e, f FROM t ORDER BY id;
SELECT gradual.complete('default');
CALL gradual.wait('default');

-- a value of its own for each row is made once
CREATE SEQUENCE ticket;
SELECT gradual.define('volatile', $$
    ALTER TABLE t ADD g bigint, ADD h int;
    UPDATE t SET g = nextval('ticket'), h = n;
$$);
CALL expand('volatile');
VACUUM FULL t;
UPDATE t SET g = 1000 WHERE id = 1;
SELECT gradual.resume('volatile');
CALL gradual.wait('volatile');
SELECT count(*), count(g), count(DISTINCT g), count(h), (SELECT g FROM t WHERE id = 1) FROM t;
SELECT gradual.complete('volatile');
CALL gradual.wait('volatile');

-- a row whose value does not convert is tried again by a few sweeps, and no more
CREATE TABLE u (id int PRIMARY KEY, c text);
INSERT INTO u SELECT i, CASE WHEN i % 2 = 0 THEN 'x' ELSE i::text END FROM generate_series(1, 10) i;
SELECT gradual.define('retype', 'ALTER TABLE u ALTER c TYPE int USING c::int');
CALL expand('retype');
VACUUM FULL u;
SELECT gradual.resume('retype');
CALL gradual.wait('retype');
SELECT status FROM gradual.ledger WHERE name = 'retype';
SELECT action, processed FROM gradual.step WHERE name = 'retype' AND phase = 'backfill';
SELECT detail FROM gradual.event WHERE name = 'retype' AND event = 'note' AND detail ~ 'rewritten|sweeps';
