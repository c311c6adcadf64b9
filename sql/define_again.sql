-- A migration can be defined again as long as it is only defined: the same
-- script is no news, another one replaces it.
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t VALUES (1);

SELECT gradual.define('again', 'ALTER TABLE t ADD x int');
SELECT gradual.define('again', 'ALTER TABLE t ADD x int');
SELECT step, action FROM gradual.plan('again');
SELECT gradual.define('again', 'ALTER TABLE t ADD y int; CREATE INDEX t_y ON t (y)', batch_size => 10);
SELECT step, action FROM gradual.plan('again');
-- .. a script that is refused leaves the one before
SELECT gradual.define('again', 'ALTER TABLE t ADD y no_such_type');
SELECT step, action FROM gradual.plan('again');
SELECT event, from_status, to_status FROM gradual.event WHERE name = 'again' ORDER BY at;

-- In one transaction
BEGIN;
SELECT gradual.define('twice', 'ALTER TABLE t ADD x int');
SELECT gradual.define('twice', 'ALTER TABLE t ADD x int');
SELECT gradual.define('twice', 'ALTER TABLE t ADD z int');
SELECT gradual.define('other', 'ALTER TABLE t ADD x int');
COMMIT;
SELECT name, status FROM gradual.ledger WHERE name IN ('again', 'twice', 'other') ORDER BY name;
SELECT action FROM gradual.plan('twice');

-- .. of a table that the same transaction makes
BEGIN;
CREATE TABLE fresh (id int);
SELECT gradual.define('fresh', 'ALTER TABLE fresh ADD x int');
ROLLBACK;
SELECT gradual.define('fresh', 'ALTER TABLE fresh ADD x int');

-- .. that rolls back
BEGIN;
SELECT gradual.define('gone', 'ALTER TABLE t ADD x int');
ROLLBACK;
SELECT gradual.plan('gone');
BEGIN;
SELECT gradual.define('kept', 'ALTER TABLE t ADD x int');
SAVEPOINT s;
SELECT gradual.define('again', 'ALTER TABLE t ADD replaced int');
SELECT gradual.define('lost', 'ALTER TABLE t ADD x int');
SELECT gradual.define('bad', 'ALTER TABLE t ADD');
ROLLBACK TO s;
COMMIT;
SELECT name FROM gradual.ledger WHERE name IN ('again', 'kept', 'lost', 'bad') ORDER BY name;
SELECT action FROM gradual.plan('again');
SELECT gradual.forget('other'), gradual.forget('twice'), gradual.forget('kept');

-- Once it has started
SELECT gradual.start('again');
CALL gradual.wait('again', '1 min');
SELECT gradual.define('again', 'ALTER TABLE t ADD y int; CREATE INDEX t_y ON t (y)');
SELECT gradual.define('again', 'ALTER TABLE t ADD z int');
SELECT name, status FROM gradual.ledger WHERE name = 'again';

-- Of somebody else
CREATE ROLE define_owner;
CREATE ROLE define_other;
GRANT USAGE, CREATE ON SCHEMA public TO define_owner;
GRANT define_owner TO current_user;
SET ROLE define_owner;
SELECT gradual.define('theirs', 'CREATE TABLE theirs (id int)');
SET ROLE define_other;
SELECT gradual.define('theirs', 'CREATE TABLE theirs (id int)');
SELECT gradual.plan('theirs');
-- .. who may not change the table either
SELECT gradual.define('mine', 'ALTER TABLE t ADD z int');
SELECT gradual.explain('UPDATE t SET n = 1');
RESET ROLE;
SELECT gradual.define('theirs', 'CREATE TABLE theirs (id int)');

SELECT gradual.forget('again'), gradual.forget('theirs');
DROP TABLE t;
REVOKE USAGE, CREATE ON SCHEMA public FROM define_owner;
DROP ROLE define_owner, define_other;
