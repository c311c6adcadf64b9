-- A rollback that would give a column its shorter type back, while there are
-- values that do not fit it, is refused before it undoes anything.
CREATE TABLE t (id int PRIMARY KEY, code varchar(5), price numeric(5,2), free numeric(4,1));
INSERT INTO t SELECT g, 'c' || g, g, g FROM generate_series(1, 10) g;
SELECT gradual.define('longer', $$
    ALTER TABLE t ALTER code TYPE varchar(10);
    ALTER TABLE t ALTER price TYPE numeric(8,2), ALTER free TYPE numeric;
    ALTER TABLE t ADD COLUMN n int;
    UPDATE t SET n = id;
    ALTER TABLE t RENAME code TO label;
$$);
SELECT gradual.start('longer');
CALL gradual.wait('longer');
UPDATE t SET code = 'too long' WHERE id = 3;
SELECT gradual.rollback('longer');
UPDATE t SET code = 'fits      ', price = 1000 WHERE id = 3;
SELECT gradual.rollback('longer');
UPDATE t SET price = 999.99, free = 999.95 WHERE id = 3;
SELECT gradual.rollback('longer');
UPDATE t SET price = 'NaN', free = 999.94 WHERE id = 3;
SELECT action, status FROM gradual.step WHERE action LIKE 'change%' OR action LIKE 'add%' ORDER BY step;
SELECT gradual.rollback('longer');
CALL gradual.wait('longer');
SELECT status, error FROM gradual.ledger;
SELECT * FROM t WHERE id = 3;
\d t
DROP TABLE t;
