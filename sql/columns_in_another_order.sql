-- Each step makes the sync trigger with the columns that are there when it runs,
-- also where that is not the order of the script: here a column has to wait for
-- the index whose name it gets, and a second name does not.
CREATE TABLE person (id int PRIMARY KEY, title text, note text);
INSERT INTO person SELECT i, 'title ' || i, 'note ' || i FROM generate_series(1, 300) i;
CREATE INDEX token ON person (title);
ANALYZE person;
SELECT gradual.define('other_order', $$
    DROP INDEX token;
    ALTER TABLE person ADD COLUMN token uuid DEFAULT gen_random_uuid();
    ALTER TABLE person RENAME COLUMN note TO remark;
$$);
SELECT step, phase, statement, action, substring(sql FROM 'gradual.sync\(.*?\)+') AS trigger
FROM gradual.plan('other_order') WHERE phase < 'prepare';
SELECT gradual.start('other_order');
CALL gradual.wait('other_order');
UPDATE person SET note = 'old ' || id WHERE id <= 100;
UPDATE person SET remark = 'new ' || id WHERE id > 200;
INSERT INTO person (id, remark) VALUES (301, 'new');
SELECT count(*) FILTER (WHERE note IS DISTINCT FROM remark) AS differ, count(DISTINCT token) AS tokens FROM person;

-- And back: without the last column that came the other one is still kept
CALL gradual_test.refuse_drop('remark$');
SELECT gradual.rollback('other_order');
CALL gradual.wait('other_order');
UPDATE person SET note = 'older ' || id WHERE id <= 50;
SELECT count(*) FILTER (WHERE note IS DISTINCT FROM remark) AS differ FROM person;
CALL gradual_test.allow_drop();
SELECT gradual.start('other_order');
CALL gradual.wait('other_order');
SELECT gradual.complete('other_order');
CALL gradual.wait('other_order');
SELECT count(*) FILTER (WHERE remark ~ '^older') AS older, count(*) FILTER (WHERE remark ~ '^old ') AS old,
       count(*) FILTER (WHERE remark ~ '^new') AS new, count(remark) AS all, count(DISTINCT token) AS tokens FROM person;
