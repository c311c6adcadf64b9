-- A volatile default gives each row a value of its own: those that are there,
-- and those that come meanwhile.

CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t SELECT g FROM generate_series(1, 300) g;
CREATE SEQUENCE numbers;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN u uuid NOT NULL DEFAULT gen_random_uuid(); ALTER TABLE t ADD COLUMN n bigint DEFAULT nextval(''numbers'')');
SELECT phase, action, cost FROM gradual.plan('m');
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
INSERT INTO t VALUES (301);
INSERT INTO t VALUES (302, '00000000-0000-0000-0000-000000000000', NULL);
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');
INSERT INTO t VALUES (303);
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT count(*), count(DISTINCT u) AS u, count(DISTINCT n) AS n FROM t;
SELECT * FROM t WHERE id = 302;
\d t
-- no value was drawn twice for a row
SELECT last_value <= 310 FROM numbers;

-- an UPDATE in the script fills it instead
CALL gradual.run('n', 'ALTER TABLE t ADD COLUMN r float8 DEFAULT random(); UPDATE t SET r = id');
SELECT count(*) FILTER (WHERE r = id), count(*) FROM t;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass ORDER BY adnum;
