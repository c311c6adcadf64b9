-- Where a table has no rows, too, an index by the new name of a column is one of the
-- column that stays: the swap drops the other one.
SET gradual.direct_pages = 1000;
CREATE TABLE queue (id int PRIMARY KEY, body text, "Due at" date);
SELECT gradual.define('m', $$
    ALTER TABLE queue RENAME body TO message;
    ALTER TABLE queue RENAME "Due at" TO due;
    CREATE INDEX queue_message ON queue (message) WHERE message <> '';
    CREATE UNIQUE INDEX ON queue ((due + 1), id);
    CREATE INDEX CONCURRENTLY queue_due ON queue USING brin (due)
$$);
CREATE VIEW indexes AS SELECT indexdef FROM pg_indexes WHERE tablename = 'queue' ORDER BY indexname;

SELECT gradual.start('m');
CALL gradual.wait('m');
TABLE indexes;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE indexes;

CALL gradual.run('m');
SELECT status FROM gradual.ledger WHERE name = 'm';
TABLE indexes;

DROP VIEW indexes;
DROP TABLE queue;
