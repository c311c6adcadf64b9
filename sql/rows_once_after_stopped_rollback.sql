-- What the script does to rows of its own tables and columns is done once, also
-- when a rollback stops half way and start() goes forward again.
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person SELECT i, 'name ' || i FROM generate_series(1, 300) i;
ANALYZE person;

-- Stops where it would drop something with such a name
CREATE PROCEDURE forth_back_and_forth(name text, stop text) LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM gradual.start(name);
    COMMIT;
    CALL gradual.wait(name);
    CALL gradual_test.refuse_drop(stop);
    PERFORM gradual.rollback(name);
    COMMIT;
    CALL gradual_test.await_true(format('(SELECT status = ''failed'' FROM gradual.ledger WHERE name = %L)', name));
    CALL gradual_test.allow_drop();
    PERFORM gradual.start(name);
    COMMIT;
    CALL gradual.wait(name);
END
$body$;
\set bridge 'ALTER TABLE person RENAME COLUMN name TO label;'

-- Rows of a new table: the rollback stops at the table, and at what came before it
\set script 'CREATE TABLE kind (id int, note text); INSERT INTO kind VALUES (1, \'a\'), (2, \'b\'); UPDATE kind SET id = id * 10; ' :bridge
SELECT gradual.define('rows_1', :'script');
CALL forth_back_and_forth('rows_1', 'kind$');
SELECT step, action, status FROM gradual.step WHERE name = 'rows_1' AND phase = 'expand' ORDER BY step;
TABLE kind;
SELECT gradual.rollback('rows_1');
CALL gradual.wait('rows_1');
SELECT DISTINCT status FROM gradual.step WHERE name = 'rows_1' AND phase = 'expand';
\set script 'ALTER TABLE person ADD COLUMN first int; ' :script
SELECT gradual.define('rows_2', :'script');
CALL forth_back_and_forth('rows_2', 'first$');
TABLE kind;
SELECT gradual.rollback('rows_2');
CALL gradual.wait('rows_2');

-- Counted in a new column, in one statement and in batches
\set script 'ALTER TABLE person ADD COLUMN n int DEFAULT 0; UPDATE person SET n = 1; UPDATE person SET n = n + 1; ' :bridge
SELECT gradual.define('count_1', :'script');
SELECT step, action, note ~ 'physical order' AS by_place FROM gradual.plan('count_1') WHERE phase = 'backfill';
CALL forth_back_and_forth('count_1', 'person.n$');
SELECT n, count(*) FROM person GROUP BY n;
SELECT gradual.rollback('count_1');
CALL gradual.wait('count_1');
\set script 'ALTER TABLE person ADD COLUMN first int; ' :script
SELECT gradual.define('count_2', :'script');
CALL forth_back_and_forth('count_2', 'first$');
SELECT n, count(*) FROM person GROUP BY n;
SELECT gradual.rollback('count_2');
CALL gradual.wait('count_2');

-- In a copy, which a rollback empties together with what was there before; the
-- script's own change of it comes after complete
\set script 'CREATE TABLE people (id int PRIMARY KEY, n int); INSERT INTO people VALUES (0, 0); INSERT INTO people SELECT id, 5 FROM person; UPDATE people SET n = n + 1; ' :bridge
SELECT gradual.define('copy_1', :'script');
CALL forth_back_and_forth('copy_1', 'people$');
SELECT n, count(*) FROM people GROUP BY n ORDER BY n;
SELECT gradual.complete('copy_1');
CALL gradual.wait('copy_1');
SELECT n, count(*) FROM people GROUP BY n ORDER BY n;
