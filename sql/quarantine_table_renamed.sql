-- A row in the quarantine is struck off because it is gone, not because its table or
-- the column of its key has another name by now.
SET client_min_messages = warning;
CREATE TABLE t (id int PRIMARY KEY, a text, n int);
INSERT INTO t SELECT g, CASE g WHEN 7 THEN 'x' ELSE g::text END FROM generate_series(1, 500) g;
SELECT gradual.define('fill', 'UPDATE t SET n = a::int WHERE n IS NULL', on_error => 'quarantine');
SELECT gradual.start('fill');
CALL gradual.wait('fill');
UPDATE t SET a = 7 WHERE id = 7;
ALTER TABLE t RENAME TO u;
SELECT gradual.retry_quarantined('fill');
SELECT key, sqlstate, message FROM gradual.quarantined;
ALTER TABLE u RENAME TO t;
ALTER TABLE t RENAME id TO number;
SELECT gradual.retry_quarantined('fill');
SELECT key, sqlstate, message FROM gradual.quarantined;
ALTER TABLE t RENAME number TO id;
SELECT gradual.retry_quarantined('fill');
SELECT n FROM t WHERE id = 7;
CALL gradual.run('fill');
SELECT gradual.forget('fill');
DROP TABLE t;
