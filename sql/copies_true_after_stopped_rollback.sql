-- A start after a rollback that stopped half way takes no stale row of a copy for
-- a true one, and misses none, whatever refers to the copy: it was emptied, or the
-- start is refused.
CREATE TABLE person (id int PRIMARY KEY, name text, title text);
INSERT INTO person SELECT i, 'name ' || i FROM generate_series(1, 300) i;
CREATE TABLE purchase (id int PRIMARY KEY, buyer int);
INSERT INTO purchase SELECT i, i FROM generate_series(1, 100) i;
CREATE TABLE parcel (id int PRIMARY KEY, buyer int);
ANALYZE person, purchase;

-- Stops where it would drop the copy; then the application writes
CREATE PROCEDURE forth_and_half_back(name text) LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM gradual.start(name);
    COMMIT;
    CALL gradual.wait(name);
    CALL gradual_test.refuse_drop('^public.people$');
    PERFORM gradual.rollback(name);
    COMMIT;
    CALL gradual_test.await_true(format('(SELECT status = ''failed'' FROM gradual.ledger WHERE name = %L)', name));
    CALL gradual_test.allow_drop();
    UPDATE person p SET name = p.name || ', later' WHERE id <= 100;
    DELETE FROM person WHERE id = (SELECT max(id) FROM person);
END
$body$;
\set copy 'INSERT INTO people SELECT id, name FROM person; ALTER TABLE person RENAME COLUMN title TO heading;'
\set difference 'SELECT count(*) AS rows, count(*) FILTER (WHERE p.name IS DISTINCT FROM c.name) AS stale FROM person p FULL JOIN people c USING (id)'

-- By a foreign key that the script adds, which is gone when the copy is emptied
\set script 'CREATE TABLE people (id int PRIMARY KEY, name text); ALTER TABLE purchase ADD FOREIGN KEY (buyer) REFERENCES people NOT VALID; ' :copy
SELECT gradual.define('not_valid', :'script');
CALL forth_and_half_back('not_valid');
SELECT action, status FROM gradual.step WHERE name = 'not_valid' AND target IN ('public.people', 'public.purchase') AND phase < 'prepare' ORDER BY step;
SELECT count(*) FROM people;
SELECT gradual.start('not_valid');
CALL gradual.wait('not_valid');
:difference;
SELECT gradual.rollback('not_valid');
CALL gradual.wait('not_valid');

\set script 'CREATE TABLE people (id int PRIMARY KEY, name text); ALTER TABLE purchase ADD FOREIGN KEY (buyer) REFERENCES people; ' :copy
SELECT gradual.define('valid', :'script');
CALL forth_and_half_back('valid');
SELECT count(*) FROM people;
SELECT gradual.start('valid');
CALL gradual.wait('valid');
:difference;
SELECT gradual.rollback('valid');
CALL gradual.wait('valid');

-- Of a table without rows it is there before the copy, so nothing can be emptied
\set script 'CREATE TABLE people (id int PRIMARY KEY, name text); ALTER TABLE parcel ADD FOREIGN KEY (buyer) REFERENCES people; ' :copy
SELECT gradual.define('no_rows', :'script');
CALL forth_and_half_back('no_rows');
SELECT count(*) FROM people;
SELECT gradual.start('no_rows');
CALL gradual.run('no_rows');
SELECT status FROM gradual.ledger WHERE name = 'no_rows';
-- Not before a rollback has reached its end
CALL gradual_test.refuse_drop('^public.people$');
SELECT gradual.start('no_rows', reset => true);
CALL gradual.wait('no_rows');
SELECT gradual.start('no_rows');
CALL gradual_test.allow_drop();
SELECT gradual.start('no_rows', reset => true);
CALL gradual.wait('no_rows');
:difference;
-- One that stopped at the trigger leaves it at work
CALL gradual_test.refuse_drop('!_gradual');
SELECT gradual.rollback('no_rows');
CALL gradual_test.await_true('(SELECT status = ''failed'' FROM gradual.ledger WHERE name = ''no_rows'')');
CALL gradual_test.allow_drop();
UPDATE person SET name = 'another' WHERE id <= 50;
SELECT gradual.start('no_rows');
CALL gradual.wait('no_rows');
:difference;
SELECT gradual.rollback('no_rows');
CALL gradual.wait('no_rows');
SELECT name, status FROM gradual.ledger ORDER BY name;

-- What empties the copy of one table takes those of another one along: here the
-- rollback is cancelled right after it
CREATE TABLE firm (id int PRIMARY KEY, name text);
INSERT INTO firm SELECT i, 'firm ' || i FROM generate_series(1, 100) i;
ANALYZE firm;
SELECT gradual.define('two', $$
    CREATE TABLE party (kind text, id int, name text, PRIMARY KEY (kind, id));
    INSERT INTO party SELECT 'person', id, name FROM person;
    INSERT INTO party SELECT 'firm', id, name FROM firm;
$$);
SELECT gradual.start('two');
CALL gradual.wait('two');
SELECT gradual_test.hold('after-command');
SELECT gradual.rollback('two');
SELECT gradual_test.await('after-command');
SELECT gradual_test.hold('after-commit');
SELECT gradual_test.release('after-command');
SELECT gradual_test.await('after-commit');
SELECT action, target, status FROM gradual.step WHERE name = 'two' AND phase <> 'prepare' AND phase <> 'swap' ORDER BY step;
SELECT gradual.cancel('two');
SELECT gradual_test.release('after-commit');
SELECT status, (SELECT count(*) FROM party) AS rows FROM gradual.ledger WHERE name = 'two';
SELECT gradual.start('two');
CALL gradual.wait('two');
SELECT kind, count(*) FROM party GROUP BY kind ORDER BY kind;
