-- A script of instant steps is one transaction: when a later statement fails,
-- nothing of the earlier ones is left.

CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; CREATE TABLE v (id int); CREATE SEQUENCE s; COMMENT ON TABLE t IS $c$new$c$');
SELECT phase, action, cost FROM gradual.plan('m');
SELECT gradual_test.hold('before-ddl-lock');
SELECT gradual.start('m');
SELECT gradual_test.await('before-ddl-lock');
-- a name that somebody takes after start
CREATE SEQUENCE s;
SELECT gradual_test.release('before-ddl-lock');
CALL gradual.wait('m');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'm';
SELECT step, action, status, error FROM gradual.step WHERE name = 'm';
\d t
SELECT to_regclass('v'), obj_description('t'::regclass);

-- freed, it goes through
DROP SEQUENCE s;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger WHERE name = 'm';
SELECT to_regclass('v'), to_regclass('s'), obj_description('t'::regclass);
