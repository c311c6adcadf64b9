-- A constraint that the script adds to a column of a new type, before it changes the
-- type of another column, there or elsewhere, comes with its own statement, once.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE TABLE depots (id bigint PRIMARY KEY);
INSERT INTO depots SELECT generate_series(1, 300);
CREATE TABLE routes (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL);
INSERT INTO routes SELECT n, n, n FROM generate_series(1, 300) n;
CREATE TABLE others (id int PRIMARY KEY);
INSERT INTO others SELECT generate_series(1, 300);

CREATE FUNCTION leaves(between_types text) RETURNS text LANGUAGE sql AS $$
    SELECT format('ALTER TABLE routes ALTER a TYPE bigint; ALTER TABLE routes %s; ALTER TABLE routes ALTER b TYPE bigint; ALTER TABLE others ALTER id TYPE bigint', between_types)
$$;
CREATE VIEW added AS
    SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
    WHERE conrelid = 'routes'::regclass AND contype NOT IN ('p', 'n') ORDER BY conname;
CREATE PROCEDURE try(between_types text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.define('try', leaves(between_types));
    PERFORM gradual.start('try', auto_complete => true);
END
$$;

CREATE PROCEDURE again() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.forget('try');
    ALTER TABLE routes DROP CONSTRAINT k, ALTER a TYPE int, ALTER b TYPE int;
    ALTER TABLE others ALTER id TYPE int;
END
$$;

CALL try('ADD CONSTRAINT k CHECK (a < 1000)');
CALL gradual.wait('try');
TABLE added;
\d routes
CALL again();

CALL try('ADD CONSTRAINT k UNIQUE (a)');
CALL gradual.wait('try');
TABLE added;
CALL again();

CALL try('ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES depots');
CALL gradual.wait('try');
TABLE added;
CALL again();

CALL try('ADD CONSTRAINT k CHECK (a < 5) NOT VALID');
CALL gradual.wait('try');
TABLE added;
CALL again();

CALL try('ADD CONSTRAINT k CHECK (b < 1000)');
CALL gradual.wait('try');
TABLE added;
CALL again();

-- of both columns
SELECT gradual.define('try', leaves('ADD CONSTRAINT of_both CHECK (a <= b)'));

DROP TABLE routes, depots, others CASCADE;
DROP FUNCTION leaves;
DROP PROCEDURE try, again;
