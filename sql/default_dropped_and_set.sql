-- A default that is dropped and set again, by statements of their own, is away for nobody:
-- that of another sequence comes in the swap, so a rollback finds the first one as far as
-- it was; any other one comes after the rows that change in between.
\pset format unaligned
\pset tuples_only on
CREATE SEQUENCE first;
CREATE SEQUENCE second START 101;
CREATE TABLE t (id int PRIMARY KEY, n bigint DEFAULT nextval('first'), state text DEFAULT 'new');
INSERT INTO t (id) SELECT generate_series(1, 3);
SELECT gradual.define('exchange', $$
    ALTER TABLE t ALTER n DROP DEFAULT;
    ALTER TABLE t ALTER state DROP DEFAULT;
    UPDATE t SET state = 'open' WHERE state = 'new';
    ALTER TABLE t ALTER state SET DEFAULT 'open';
    ALTER TABLE t ALTER n SET DEFAULT nextval('second');
$$);
SELECT phase, statement, action FROM gradual.plan('exchange');
-- the application adds a row before the batches, and after them
SELECT processed FROM gradual.run_batch('exchange');
INSERT INTO t (id) VALUES (4);
SELECT gradual.resume('exchange');
CALL gradual.wait('exchange');
INSERT INTO t (id) VALUES (5);
SELECT * FROM t ORDER BY id;
SELECT gradual.rollback('exchange', force => true);
CALL gradual.wait('exchange');
INSERT INTO t (id) VALUES (6);
SELECT gradual.start('exchange');
CALL gradual.wait('exchange');
SELECT gradual.complete('exchange');
CALL gradual.wait('exchange');
INSERT INTO t (id) VALUES (7);
SELECT * FROM t ORDER BY id;
SELECT gradual.forget('exchange');
DROP TABLE t;
DROP SEQUENCE first, second;
