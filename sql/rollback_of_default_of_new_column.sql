-- The default of a new column may use what a later statement makes: a rollback takes it
-- back before that.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
SELECT gradual.define('m', $$
    ALTER TABLE t ADD COLUMN number bigint, ADD COLUMN kind text;
    UPDATE t SET number = id;
    CREATE SEQUENCE numbers OWNED BY t.number;
    SELECT setval('numbers', (SELECT max(id) FROM t));
    ALTER TABLE t ALTER number SET DEFAULT nextval('numbers');
    CREATE FUNCTION kind() RETURNS text LANGUAGE sql AS $f$SELECT 'plain'$f$;
    ALTER TABLE t ALTER kind SET DEFAULT kind()
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
INSERT INTO t (id) VALUES (3);
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger WHERE name = 'm';
SELECT * FROM t ORDER BY id;
SELECT to_regclass('numbers'), to_regproc('kind');

CALL gradual.run('m');
INSERT INTO t (id) VALUES (4);
SELECT * FROM t ORDER BY id;

DROP TABLE t;
DROP FUNCTION kind();
