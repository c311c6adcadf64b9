-- The preview shows rows that a constraint which is NOT VALID does not allow, as the script
-- finds and repairs them; a change that leaves such a row as it is ends the preview, as it
-- would the migration.
SELECT current_setting('server_version_num')::int >= 180000 AS has_unproved \gset
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1, NULL, -1), (2, NULL, -2), (3, 3, 3);
ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0) NOT VALID;
\if :has_unproved
ALTER TABLE t ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
\endif
SELECT gradual.define('t', 'UPDATE t SET a = 0, b = -b WHERE b < 0; ALTER TABLE t VALIDATE CONSTRAINT positive');
SELECT * FROM gradual.preview('t') ORDER BY key;
SELECT gradual.define('t', 'DELETE FROM t WHERE b < 0');
SELECT * FROM gradual.preview('t') ORDER BY key;
SELECT gradual.define('t', 'UPDATE t SET a = id');
\set VERBOSITY terse
SELECT * FROM gradual.preview('t') ORDER BY key;
\set VERBOSITY default

CREATE TABLE p (id int, b int, CONSTRAINT positive CHECK (b > 0)) PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
ALTER TABLE p DROP CONSTRAINT positive;
INSERT INTO p VALUES (1, -1);
ALTER TABLE p ADD CONSTRAINT positive CHECK (b > 0) NOT VALID;
SELECT gradual.define('p', 'UPDATE p SET b = 1 WHERE b < 0');
SELECT statement, before, after FROM gradual.preview('p');

SELECT gradual.forget('t'), gradual.forget('p');
DROP TABLE t, p;
