-- Claim: a row that is in the quarantine for one column gets the other new columns
-- of the script all the same, whether they come before or after that one: only the
-- column whose value cannot be had is missing.
CREATE TABLE before (id int PRIMARY KEY, digits text NOT NULL, title text NOT NULL, n int NOT NULL);
INSERT INTO before SELECT i, CASE WHEN i % 40 = 0 THEN 'bad' ELSE i::text END, 'T' || i, i FROM generate_series(1, 100) i;
CREATE TABLE after (LIKE before INCLUDING ALL);
INSERT INTO after SELECT * FROM before;

SELECT gradual.define('before', $$
    ALTER TABLE before RENAME title TO heading;
    ALTER TABLE before ALTER n TYPE bigint;
    ALTER TABLE before ADD COLUMN random float8 NOT NULL DEFAULT random();
    ALTER TABLE before ADD COLUMN number int;
    UPDATE before SET number = digits::int;
$$, on_error => 'quarantine', batch_size => 30);
SELECT gradual.define('after', $$
    ALTER TABLE after ADD COLUMN number int;
    UPDATE after SET number = digits::int;
    ALTER TABLE after RENAME title TO heading;
    ALTER TABLE after ALTER n TYPE bigint;
    ALTER TABLE after ADD COLUMN random float8 NOT NULL DEFAULT random();
$$, on_error => 'quarantine', batch_size => 30);
SELECT gradual.start('before'), gradual.start('after');
CALL gradual.wait('before');
CALL gradual.wait('after');

SELECT id, title, heading, number, random IS NOT NULL AS random FROM before WHERE id % 40 = 0 ORDER BY id;
SELECT id, title, heading, number, random IS NOT NULL AS random FROM after WHERE id % 40 = 0 ORDER BY id;
SELECT q.name, s.action, q.key, q.message FROM gradual.quarantined q JOIN gradual.step s USING (name, step) ORDER BY q.name, q.key;

UPDATE before SET digits = '0' WHERE digits = 'bad';
UPDATE after SET digits = '0' WHERE digits = 'bad';
SELECT gradual.retry_quarantined('before'), gradual.retry_quarantined('after');
SELECT gradual.complete('before'), gradual.complete('after');
CALL gradual.wait('before');
CALL gradual.wait('after');
SELECT id, digits, heading, n, number FROM before WHERE id % 40 = 0 ORDER BY id;
SELECT id, digits, heading, n, number FROM after WHERE id % 40 = 0 ORDER BY id;
