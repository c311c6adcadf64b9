-- A script may drop a constraint that it has added after the swap, as two migrations
-- in one do: after it is validated, which else would fail for good.
\pset format unaligned
\pset tuples_only on
CREATE TABLE routes (id int PRIMARY KEY, a int NOT NULL);
INSERT INTO routes SELECT n, n FROM generate_series(1, 300) n;

SELECT gradual.define('both', $$
    BEGIN;
    ALTER TABLE routes ALTER a TYPE bigint;
    ALTER TABLE routes ADD CONSTRAINT small CHECK (a < 1000);
    COMMIT;
    BEGIN;
    ALTER TABLE routes DROP CONSTRAINT small;
    ALTER TABLE routes ADD CONSTRAINT small CHECK (a < 2000);
    COMMIT;
$$);
SELECT phase, statement, action FROM gradual.plan('both') WHERE phase IN ('swap', 'tail');
CALL gradual.run('both');
SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conname = 'small';

SELECT gradual.forget('both');
DROP TABLE routes;
