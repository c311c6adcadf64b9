-- What a migration itself has read of a table that it drops is no use by others,
-- whichever process did it and whenever that reports it to the statistics.
CREATE TABLE old (id int PRIMARY KEY, word text);
INSERT INTO old SELECT i, 'w' || i FROM generate_series(1, 10) i;
CREATE TABLE t (id int PRIMARY KEY, filler text NOT NULL);
ALTER TABLE t ALTER filler SET STORAGE plain;
INSERT INTO t SELECT g, repeat('x', 3500) FROM generate_series(1, 2200) g;
CREATE FUNCTION word(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
'BEGIN RETURN (SELECT word FROM old WHERE old.id = $1 % 10 + 1); END';

-- the worker is about to end
SELECT gradual.define('one', 'ALTER TABLE t ADD a text; UPDATE t SET a = word(id); DROP TABLE old');
SELECT gradual_test.hold('before-exit');
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.start('one');
CALL gradual.wait('one');
BEGIN;
SELECT gradual.complete('one');
ROLLBACK;
SELECT gradual_test.release('before-exit');
SELECT gradual.rollback('one');
CALL gradual.wait('one');

-- another one that helped it
SELECT gradual.define('two', 'ALTER TABLE t ADD b text; UPDATE t SET b = word(id); DROP TABLE old',
                      workers => 2, batch_size => 100);
SELECT gradual_test.hold('before-batch-commit'), gradual_test.hold('before-exit');
SELECT gradual.start('two');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-exit');
CALL gradual_test.await_true($$ NOT EXISTS (SELECT FROM gradual.step WHERE name = 'two'
    AND phase NOT IN ('prepare', 'swap', 'tail') AND status <> 'done') $$);
SELECT status FROM gradual.ledger WHERE name = 'two';
SELECT gradual_test.release('before-exit');
CALL gradual.wait('two');
BEGIN;
SELECT gradual.complete('two');
ROLLBACK;
SELECT gradual.rollback('two');
CALL gradual.wait('two');

-- but this is
SELECT gradual.define('three', 'DROP TABLE old');
SELECT gradual.start('three');
CALL gradual.wait('three');
SELECT word(1);
SELECT gradual.complete('three');
SELECT gradual.cancel('three');
