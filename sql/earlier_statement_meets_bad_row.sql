-- A value that a fill cannot compute fails the migration even if an earlier
-- statement of the script writes the row, whose new version would look filled.
CREATE TABLE t (id int PRIMARY KEY, a text, x int);
INSERT INTO t SELECT g, g, g FROM generate_series(1, 4) g;
UPDATE t SET a = 'bad' WHERE id = 3;
SELECT gradual.define('before', $$
    ALTER TABLE t ADD COLUMN b int, ADD COLUMN c int;
    UPDATE t SET c = x;
    UPDATE t SET b = a::int;
$$);
SELECT gradual.start('before', auto_complete => true);
CALL gradual.wait('before');
SELECT * FROM t WHERE id = 3;
UPDATE t SET a = '33' WHERE id = 3;
SELECT gradual.start('before', auto_complete => true);
CALL gradual.wait('before');
SELECT * FROM t ORDER BY id;

-- an earlier statement that leaves the columns from b on alone
ALTER TABLE t DROP COLUMN b, DROP COLUMN c;
UPDATE t SET a = 'bad' WHERE id = 3;
SELECT gradual.define('beside', $$
    ALTER TABLE t ADD COLUMN b int;
    UPDATE t SET x = -x WHERE x > 0;
    UPDATE t SET b = a::int;
$$);
SELECT gradual.start('beside', auto_complete => true);
CALL gradual.wait('beside');
SELECT id, a, x, b FROM t WHERE id = 3;
UPDATE t SET a = '33' WHERE id = 3;
SELECT gradual.start('beside', auto_complete => true);
CALL gradual.wait('beside');
SELECT id, a, x, b FROM t ORDER BY id;

-- the same where the server forms every row version anew
CREATE TABLE g (id int PRIMARY KEY, a text, x int, double int GENERATED ALWAYS AS (x * 2) STORED);
INSERT INTO g VALUES (1, '1', 1), (2, 'bad', 2);
SELECT gradual.define('generated', $$
    ALTER TABLE g ADD COLUMN b int;
    UPDATE g SET x = -x WHERE x > 0;
    UPDATE g SET b = a::int;
$$);
SELECT gradual.start('generated', auto_complete => true);
CALL gradual.wait('generated');

-- a row that the fill did not mean stays as it is when a later one writes it
CREATE TABLE l (id int PRIMARY KEY, a text);
INSERT INTO l VALUES (1, 'A'), (2, NULL);
SELECT gradual.define('after', $$
    ALTER TABLE l ADD COLUMN b text;
    UPDATE l SET b = lower(a) WHERE a IS NOT NULL;
    UPDATE l SET a = 'X' WHERE a IS NULL;
$$);
SELECT gradual.start('after', auto_complete => true);
CALL gradual.wait('after');
SELECT * FROM l ORDER BY id;
SELECT name, status FROM gradual.ledger ORDER BY name;
