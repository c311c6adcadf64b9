-- A published table gets its column list with the first interim column that
-- comes, also where that is not the first one of the script.
CREATE TABLE person (id int PRIMARY KEY, token int, title text, note text);
INSERT INTO person SELECT i, i, 'title ' || i, 'note ' || i FROM generate_series(1, 300) i;
CREATE INDEX token ON person (title);
SET client_min_messages = error;
CREATE PUBLICATION all_of_it FOR TABLE person;
RESET client_min_messages;
ANALYZE person;
CREATE VIEW published AS
    SELECT attnames FROM pg_publication_tables WHERE pubname = 'all_of_it';
SELECT gradual.define('published', $$
    DROP INDEX token;
    ALTER TABLE person ALTER COLUMN token TYPE bigint;
    ALTER TABLE person RENAME COLUMN note TO remark;
$$);
SELECT step, phase, action, sql ~ 'PUBLICATION' AS publishes
FROM gradual.plan('published') WHERE action ~ 'column';
SELECT gradual.start('published');
CALL gradual.wait('published');
TABLE published;

-- Back to where only the second name is left, which is still hidden
CALL gradual_test.refuse_drop('remark$');
SELECT gradual.rollback('published');
CALL gradual_test.await_true($$(SELECT status = 'failed' FROM gradual.ledger WHERE name = 'published')$$);
TABLE published;
CALL gradual_test.allow_drop();
SELECT gradual.rollback('published');
CALL gradual.wait('published');
TABLE published;
