-- A publication FOR ALL TABLES, as Debezium makes it, has the ledger in it: that
-- stops no migration, and who makes the extension is told of subscribers.
CREATE TABLE counted (id int PRIMARY KEY, n int, kind int);
INSERT INTO counted SELECT i, i, i % 3 FROM generate_series(1, 500) i;
ANALYZE counted;
SET client_min_messages = error;
CREATE PUBLICATION everything FOR ALL TABLES;
RESET client_min_messages;
SET gradual.direct_pages = 0;

-- a cursor, rows in the quarantine, copies that are refused, an index made anew
SELECT gradual.define('quarantined', $$
    UPDATE counted SET n = 1 / (n - 3) WHERE n > 1;
    REINDEX TABLE counted;
$$, on_error => 'quarantine');
SELECT gradual.start('quarantined');
CALL gradual.wait('quarantined');
SELECT status, failed FROM gradual.ledger WHERE name = 'quarantined';
UPDATE counted SET n = 4 WHERE id = 3;
SELECT gradual.retry_quarantined('quarantined');
SELECT gradual.complete('quarantined');
CALL gradual.wait('quarantined');
SELECT gradual.define('refused', $$
    CREATE TABLE kept (id int PRIMARY KEY, kind int CHECK (kind < 9));
    INSERT INTO kept SELECT id, kind FROM counted;
$$);
SELECT gradual.start('refused');
CALL gradual.wait('refused');
UPDATE counted SET kind = 9 WHERE id = 5;
UPDATE counted SET kind = 8 WHERE id = 5;
SELECT gradual.complete('refused');
CALL gradual.wait('refused');
SELECT kind FROM kept WHERE id = 5;
SELECT gradual.forget('refused'), gradual.forget('quarantined');

DROP PUBLICATION everything;

\set home :DBNAME
CREATE DATABASE ledger_published;
\c ledger_published
SET client_min_messages = error;
CREATE PUBLICATION "all of it" FOR ALL TABLES;
RESET client_min_messages;
\set SHOW_CONTEXT never
CREATE EXTENSION pg_gradual;
\c :home
DROP DATABASE ledger_published;
