-- A change that the new table refuses does not fail in the application: complete
-- names the row, goes back to ready, and carries it over once it can be.
\pset format unaligned
\pset tuples_only on
CREATE TABLE items (id int PRIMARY KEY, code text, n int);
INSERT INTO items SELECT g, 'code ' || g, g FROM generate_series(1, 20) g;
SELECT gradual.define('copy', $$
    CREATE TABLE things (id int PRIMARY KEY, code text UNIQUE, n int NOT NULL CHECK (n > 0), half int);
    INSERT INTO things SELECT id, code, n, 100 / n FROM items;
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');

-- a CHECK, a NOT NULL, a unique key, an expression that fails
UPDATE items SET n = -1 WHERE id = 1;
UPDATE items SET n = NULL WHERE id = 2;
UPDATE items SET code = 'code 4' WHERE id = 3;
INSERT INTO items VALUES (21, 'zero', 0);
BEGIN;
INSERT INTO items VALUES (22, 'fine', 7), (23, 'not fine', -7);
COMMIT;
-- undone by itself
UPDATE items SET n = -5 WHERE id = 5;
UPDATE items SET n = 5 WHERE id = 5;
INSERT INTO items VALUES (24, 'gone', -7);
DELETE FROM items WHERE id = 24;
-- rolled back with its transaction
BEGIN;
INSERT INTO items VALUES (25, 'never', -7);
ROLLBACK;
SELECT * FROM things WHERE id IN (1, 2, 3, 4, 5, 21, 22, 23, 24) ORDER BY id;

SELECT gradual.complete('copy');
CALL gradual.wait('copy');
SELECT status, error FROM gradual.ledger;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'items'::regclass ORDER BY 1;

UPDATE items SET n = 1 WHERE id IN (1, 2);
UPDATE items SET code = 'code 3' WHERE id = 3;
DELETE FROM items WHERE id = 21;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
DELETE FROM items WHERE id = 23;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
SELECT status FROM gradual.ledger;
SELECT (SELECT count(*) FROM things), count(*) AS different
FROM items i FULL JOIN things t USING (id)
WHERE i.code IS DISTINCT FROM t.code OR i.n IS DISTINCT FROM t.n;
DROP TABLE things;

-- the trigger of a migration works for it alone, and refused rows are its owner's
CREATE TABLE other (id int);
CREATE TRIGGER mine AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION gradual.carry('1', '2');
INSERT INTO other VALUES (1);
DROP TRIGGER mine ON other;
CREATE TRIGGER mine BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION gradual.carry('1', '2');
INSERT INTO other VALUES (1);
DROP TRIGGER mine ON other;
SELECT gradual.carry();
CREATE ROLE regress_other;
SET ROLE regress_other;
SELECT gradual.carry_refused(1, 2, 'items');
RESET ROLE;
DROP ROLE regress_other;
