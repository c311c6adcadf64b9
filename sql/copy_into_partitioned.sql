-- A copy into a partitioned table that the script makes follows its source until
-- complete as one into any other table: a row changes its partition, too, and
-- one that has none is named by complete.  So a table gets partitions under an
-- application.
CREATE TABLE log (id bigint PRIMARY KEY, at date NOT NULL, what text);
INSERT INTO log SELECT g, date '2026-01-01' + g % 60, 'w' || g FROM generate_series(1, 3000) g;
SELECT gradual.define('partition', $$
    CREATE TABLE log_new (id bigint, at date, what text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE log_1 PARTITION OF log_new FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE log_2 PARTITION OF log_new FOR VALUES FROM ('2026-02-01') TO ('2026-04-01');
    INSERT INTO log_new SELECT * FROM log;
    CREATE INDEX log_what ON log_new (what);
    ALTER TABLE log RENAME TO log_old;
    ALTER TABLE log_new RENAME TO log;
$$);
CREATE PROCEDURE change() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log SELECT g, date '2026-01-31' + g % 2, 'new ' || g FROM generate_series(3001, 3010) g;
    UPDATE log SET what = 'changed' WHERE id % 7 = 0;
    UPDATE log SET at = at + 31 WHERE id % 11 = 0 AND at < '2026-02-01';
    UPDATE log SET id = -id WHERE id % 13 = 0;
    DELETE FROM log WHERE id % 17 = 0;
END
$$;
SELECT action FROM gradual.plan('partition') WHERE statement IN (4, 6, 7) OR action LIKE 'carry%';
SELECT gradual.start('partition');
CALL gradual.wait('partition');
CALL change();
SELECT count(*) FROM (TABLE log EXCEPT TABLE log_new) missing;
SELECT count(*) FROM (TABLE log_new EXCEPT TABLE log) wrong;
SELECT count(*), count(DISTINCT id) FROM log_new;

SELECT gradual.rollback('partition');
CALL gradual.wait('partition');
\d log*

-- No partition has room: nothing fails but complete
SELECT gradual.start('partition');
CALL gradual.wait('partition');
INSERT INTO log VALUES (5000, '2026-05-01', 'late');
SELECT gradual.complete('partition');
CALL gradual.wait('partition');
CREATE TABLE log_5 PARTITION OF log_new FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
TRUNCATE log;
SELECT count(*) FROM log_new;
INSERT INTO log VALUES (1, '2026-01-01', 'first'), (5000, '2026-05-01', 'late');
SELECT gradual.complete('partition');
CALL gradual.wait('partition');
SELECT tableoid::regclass, * FROM log ORDER BY id;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%gradual%';
DROP TABLE log, log_old; DROP PROCEDURE change;
