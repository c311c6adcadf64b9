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
CREATE FUNCTION refuse_drop() RETURNS event_trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_identity ~ 'remark$') THEN
        RAISE 'this must not go';
    END IF;
END
$body$;
CREATE EVENT TRIGGER refuse_drop ON sql_drop EXECUTE FUNCTION refuse_drop();
SELECT gradual.rollback('published');
CALL gradual_test.await_true($$(SELECT status = 'failed' FROM gradual.ledger WHERE name = 'published')$$);
TABLE published;
DROP EVENT TRIGGER refuse_drop;
SELECT gradual.rollback('published');
CALL gradual.wait('published');
TABLE published;
