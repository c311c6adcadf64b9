-- start() belongs to its transaction: DDL, define and start commit together, and
-- what is rolled back, to a savepoint too, starts nothing.

CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;

-- all of it is rolled back
BEGIN;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int DEFAULT 0');
SELECT gradual.start('m');
SELECT status FROM gradual.ledger;
ROLLBACK;
SELECT name FROM gradual.ledger;
\d t

-- only the start is
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int DEFAULT 0');
BEGIN;
SELECT gradual.start('m');
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT gradual.start('m');
ROLLBACK TO s;
SELECT gradual.has_run('m');
COMMIT;
-- a worker that was started all the same would have left its event
SELECT status, worker FROM gradual.ledger;
SELECT event FROM gradual.event;
\d t

-- a savepoint that is released starts it
BEGIN;
SAVEPOINT s;
SAVEPOINT s2;
SELECT gradual.start('m');
RELEASE s2;
RELEASE s;
COMMIT;
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;

-- DDL, define and start in one transaction
BEGIN;
CREATE TABLE u (id int PRIMARY KEY, a int);
INSERT INTO u SELECT g, g FROM generate_series(1, 20) g;
SELECT gradual.define('n', 'UPDATE u SET a = -a WHERE a > 0');
SELECT gradual.start('n');
COMMIT;
CALL gradual.wait('n');
SELECT min(a), max(a) FROM u;

-- a prepared transaction would start it from another session, or never
SELECT gradual.define('p', 'ALTER TABLE u ADD COLUMN p int');
BEGIN;
SELECT gradual.start('p');
PREPARE TRANSACTION 'p';
SELECT status FROM gradual.ledger WHERE name = 'p';
SELECT gradual.forget('p');

-- a pause that is rolled back does not disturb the worker
SELECT gradual.define('q', 'UPDATE u SET a = 1 WHERE a < 0');
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('q');
SELECT gradual_test.await('before-batch-commit');
BEGIN;
SAVEPOINT s;
SELECT gradual.pause('q');
ROLLBACK TO s;
COMMIT;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('q');
SELECT event, to_status, detail FROM gradual.event WHERE name = 'q';
