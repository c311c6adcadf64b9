-- No value of a column that gets another type is lost though rows were written
-- while the sync trigger did not fire: in a partition before it was attached, or
-- while it was detached, and while somebody had disabled all triggers, as a restore
-- of data does.  Where the trigger is still off, the swap does not happen.
\set VERBOSITY default

CREATE TABLE event (id int, n int, word text) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
INSERT INTO event SELECT i, i, i FROM generate_series(1, 3) i;
SELECT gradual.define('types', 'ALTER TABLE event ALTER n TYPE bigint, ALTER word TYPE int USING word::int');
SELECT gradual.start('types');
CALL gradual.wait('types');

-- attached later, with what its columns are by then
CREATE TABLE event_2 (LIKE event);
INSERT INTO event_2 (id, n, word) VALUES (11, 11, '11'), (12, NULL, NULL);
ALTER TABLE event ATTACH PARTITION event_2 FOR VALUES FROM (10) TO (20);
-- detached for a while
ALTER TABLE event DETACH PARTITION event_1;
UPDATE event_1 SET n = 100, word = '100' WHERE id = 1;
UPDATE event_1 SET n = NULL, word = NULL WHERE id = 2;
INSERT INTO event_1 (id, n, word) VALUES (7, 7, '7');
ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (10);
-- made with its trigger from the start
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM (20) TO (30);
INSERT INTO event VALUES (21, 21, '21');
SELECT gradual.complete('types');
CALL gradual.wait('types');
SELECT * FROM event ORDER BY id;
\d event

-- triggers that somebody disabled, and enabled in a way of his own
CREATE TABLE account (id int PRIMARY KEY, n int);
INSERT INTO account SELECT i, i FROM generate_series(1, 3) i;
SELECT gradual.define('type', 'ALTER TABLE account ALTER n TYPE bigint');
SELECT gradual.start('type');
CALL gradual.wait('type');
ALTER TABLE account DISABLE TRIGGER ALL;
INSERT INTO account VALUES (4, 4);
UPDATE account SET n = 10 WHERE id = 1;
SELECT gradual.complete('type');
CALL gradual.wait('type');
ALTER TABLE account ENABLE TRIGGER ALL;
SELECT gradual.complete('type');
CALL gradual.wait('type');
SELECT tgname AS trigger FROM pg_trigger WHERE tgrelid = 'account'::regclass \gset
ALTER TABLE account ENABLE ALWAYS TRIGGER :"trigger";
SELECT gradual.complete('type');
CALL gradual.wait('type');
SELECT * FROM account ORDER BY id;

-- the second name of a column
SELECT gradual.define('name', 'ALTER TABLE account RENAME n TO number');
SELECT gradual.start('name');
CALL gradual.wait('name');
SELECT tgname AS trigger FROM pg_trigger WHERE tgrelid = 'account'::regclass \gset
ALTER TABLE account DISABLE TRIGGER :"trigger";
UPDATE account SET number = 20 WHERE id = 2;
SELECT gradual.complete('name');
CALL gradual.wait('name');
SELECT * FROM account ORDER BY id;
ALTER TABLE account ENABLE ALWAYS TRIGGER :"trigger";
UPDATE account SET n = number WHERE n <> number;
SELECT gradual.start('name');
CALL gradual.wait('name');
SELECT gradual.complete('name');
CALL gradual.wait('name');
SELECT * FROM account ORDER BY id;

-- dropped: it has to be made anew
SELECT gradual.define('text', 'ALTER TABLE account ALTER number TYPE text');
SELECT gradual.start('text');
CALL gradual.wait('text');
SELECT tgname AS trigger FROM pg_trigger WHERE tgrelid = 'account'::regclass \gset
DROP TRIGGER :"trigger" ON account;
INSERT INTO account VALUES (5, 5);
SELECT gradual.complete('text');
CALL gradual.wait('text');
SELECT gradual.rollback('text');
CALL gradual.wait('text');
SELECT gradual.start('text', auto_complete => true);
CALL gradual.wait('text');
SELECT * FROM account ORDER BY id;

SELECT gradual.forget(name) FROM gradual.ledger;
DROP TABLE event, account;
