-- A rollback that stops half way leaves nothing out of step: what the application
-- writes then is in the new columns and copies when start() goes forward again.
CREATE TABLE person (id int PRIMARY KEY, title text, note text);
INSERT INTO person SELECT i, 'title ' || i, 'note ' || i FROM generate_series(1, 300) i;
ANALYZE person;

-- Stops where it would drop a column or a table with such a name
CREATE PROCEDURE forth_back_and_forth(name text) LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM gradual.start(name);
    COMMIT;
    CALL gradual.wait(name);
    CALL gradual_test.refuse_drop('(heading|summary|people)$');
    PERFORM gradual.rollback(name);
    COMMIT;
    CALL gradual_test.await_true(format('(SELECT status = ''failed'' FROM gradual.ledger WHERE name = %L)', name));
    CALL gradual_test.allow_drop();
END
$body$;

-- The trigger of two columns still keeps the first one when the second is gone
SELECT gradual.define('two_columns', $$
    ALTER TABLE person RENAME COLUMN title TO heading;
    ALTER TABLE person ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
$$);
CALL forth_back_and_forth('two_columns');
SELECT step, action, status FROM gradual.step WHERE name = 'two_columns' AND phase IN ('expand', 'backfill');
UPDATE person SET title = 'changed' WHERE id <= 100;
SELECT gradual.start('two_columns');
CALL gradual.wait('two_columns');
SELECT count(*) FROM person WHERE heading IS DISTINCT FROM title OR token IS NULL;
SELECT gradual.rollback('two_columns');
CALL gradual.wait('two_columns');

-- A fill that was undone still knows which files it may trust
SELECT gradual.define('rewritten', $$
    ALTER TABLE person ADD COLUMN summary text;
    UPDATE person SET summary = left(note, 6 / (note <> 'none')::int);
$$);
UPDATE person SET note = 'none' WHERE id = 1;
SELECT gradual.start('rewritten');
CALL gradual.wait('rewritten');
CALL gradual_test.refuse_drop('(heading|summary|people)$');
SELECT gradual.rollback('rewritten');
CALL gradual.wait('rewritten');
CALL gradual_test.allow_drop();
UPDATE person SET note = 'note 1' WHERE id = 1;
VACUUM FULL person;
SELECT gradual.start('rewritten');
CALL gradual.wait('rewritten');
SELECT count(*) FROM person WHERE summary IS DISTINCT FROM left(note, 6);
SELECT gradual.rollback('rewritten');
CALL gradual.wait('rewritten');

-- Copies that were made while the trigger was there are made again
SELECT gradual.define('copies', $$
    CREATE TABLE people (id int PRIMARY KEY, title text);
    INSERT INTO people SELECT id, title FROM person;
    ALTER TABLE person RENAME COLUMN note TO remark;
$$);
CALL forth_back_and_forth('copies');
SELECT step, action, status FROM gradual.step WHERE name = 'copies' AND phase IN ('expand', 'backfill');
UPDATE person SET title = 'changed again' WHERE id <= 50;
DELETE FROM person WHERE id = 60;
SELECT gradual.start('copies');
CALL gradual.wait('copies');
SELECT count(*) AS copies, count(*) FILTER (WHERE p.title IS DISTINCT FROM c.title) AS stale
FROM people c FULL JOIN person p USING (id);
