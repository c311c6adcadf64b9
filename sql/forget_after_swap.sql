-- A statement after the swap that can never succeed: there is no way back, but
-- what is left can be given up, and the table is free again.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 100) g;
SELECT gradual.define('m', $$
    ALTER TABLE t ALTER COLUMN a SET NOT NULL;
    DO 'BEGIN RAISE division_by_zero; END';
$$);
SELECT phase, action FROM gradual.plan('m');
SELECT gradual.start('m', auto_complete => true);
\set VERBOSITY sqlstate
CALL gradual.wait('m');
\set VERBOSITY default
SELECT status, phase, split_part(error, E'\n', 1) AS error FROM gradual.ledger;
SELECT gradual.rollback('m');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.forget('m');
SELECT count(*) FROM gradual.ledger;
\d t
SELECT gradual.define('next', 'UPDATE t SET a = 0 WHERE a < 50');
CALL gradual.run('next');

-- before the swap nothing is given up: the proof is still there
SELECT gradual.define('early', 'UPDATE t SET a = 1 / (a - 60)');
SELECT gradual.start('early');
\set VERBOSITY sqlstate
CALL gradual.wait('early');
\set VERBOSITY default
SELECT gradual.forget('early');
