-- The NOT NULL of a column that ADD COLUMN adds is proved after the batches that
-- fill it, whatever makes these wait; and they wait for nothing that does not
-- concern them.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION order_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(' | ', step, phase, 'statement ' || statement, action, target)
    FROM gradual.explain(script) ORDER BY step
$body$;
CREATE TABLE team (id int PRIMARY KEY, memo text, size int NOT NULL DEFAULT 3);
INSERT INTO team SELECT i, nullif('memo ' || i, 'memo 7') FROM generate_series(1, 100) i;
CREATE TABLE spare (id int PRIMARY KEY, team int REFERENCES team);
INSERT INTO spare VALUES (1, 1);
ANALYZE team, spare;

-- Rows for a new table do not keep back a fill of another one
SELECT order_of($$
    DROP TABLE spare;
    CREATE TABLE spare (id int PRIMARY KEY, team int REFERENCES team);
    INSERT INTO spare VALUES (1, 1);
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    UPDATE team SET name = coalesce(memo, '-')
$$);
-- .. but other changes, where its foreign key could act on them, or a trigger
SELECT order_of($$
    DROP TABLE spare;
    CREATE TABLE spare (id int PRIMARY KEY, team int REFERENCES team ON DELETE CASCADE);
    INSERT INTO spare VALUES (1, 1);
    DELETE FROM team WHERE id = 1
$$);
SELECT order_of($$
    DROP TABLE spare;
    CREATE TABLE spare (id int PRIMARY KEY);
    CREATE TRIGGER count BEFORE INSERT ON spare FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
    INSERT INTO spare VALUES (1);
    UPDATE team SET memo = '-' WHERE memo IS NULL
$$);

-- A table that gets another name is filled before that; its NOT NULL comes after
-- it, so that from 18 on its name is derived from the new one
SELECT order_of($$
    ALTER TABLE team RENAME TO crew;
    ALTER TABLE crew ADD COLUMN name text NOT NULL;
    UPDATE crew SET name = coalesce(memo, '-')
$$);

-- Code that we cannot look into keeps back both
SELECT order_of($$
    ALTER TABLE team ALTER size DROP DEFAULT;
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    DO 'BEGIN END';
    UPDATE team SET name = coalesce(memo, '-');
    CREATE UNIQUE INDEX ON team (name, id)
$$);
SELECT order_of($$
    ALTER TABLE team ADD CHECK (size > 0);
    ALTER TABLE team ADD COLUMN name text NOT NULL, ADD COLUMN nick text NOT NULL;
    UPDATE team SET nick = 'x';
    DO 'BEGIN END';
    UPDATE team SET name = coalesce(memo, '-')
$$);
-- .. and so does a column whose name is free in the swap only
SELECT order_of($$
    ALTER TABLE team DROP COLUMN memo;
    ALTER TABLE team ADD COLUMN memo text NOT NULL;
    UPDATE team SET memo = 'memo ' || id
$$);

-- DROP NOT NULL is the last word, wherever it stands
SELECT order_of($$
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    UPDATE team SET name = coalesce(memo, '-');
    ALTER TABLE team ALTER name DROP NOT NULL
$$);
SELECT order_of($$
    ALTER TABLE team ALTER size DROP DEFAULT;
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    ALTER TABLE team ALTER name DROP NOT NULL;
    DO 'BEGIN END';
    UPDATE team SET name = memo
$$);
-- .. and so is DROP COLUMN
SELECT order_of($$
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    UPDATE team SET name = coalesce(memo, '-');
    ALTER TABLE team DROP name
$$);
SELECT order_of($$
    ALTER TABLE team ALTER size DROP DEFAULT;
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    ALTER TABLE team DROP name;
    ALTER TABLE team ADD COLUMN name text NOT NULL;
    DO 'BEGIN END';
    UPDATE team SET name = coalesce(memo, '-')
$$);

-- It is so when they run
\set VERBOSITY terse
CALL gradual.run('spare', $$
    DROP TABLE spare;
    CREATE TABLE spare (id int PRIMARY KEY, team int REFERENCES team);
    INSERT INTO spare VALUES (1, 1);
    ALTER TABLE team ADD COLUMN a text NOT NULL;
    UPDATE team SET a = coalesce(memo, '-')
$$);
CALL gradual.run('late', $$
    ALTER TABLE team ALTER size DROP DEFAULT;
    ALTER TABLE team ADD COLUMN b text NOT NULL, ADD COLUMN c text NOT NULL;
    DO 'BEGIN END';
    UPDATE team SET b = coalesce(memo, '-'), c = memo;
    ALTER TABLE team ALTER c DROP NOT NULL
$$);
SELECT status, error FROM gradual.ledger WHERE name = 'late';
-- what the proof of c finds can be repaired, as ever
UPDATE team SET c = '-' WHERE c IS NULL;
CALL gradual.run('late');
CALL gradual.run('rename', $$
    ALTER TABLE team RENAME TO crew;
    ALTER TABLE crew ADD COLUMN d text NOT NULL;
    UPDATE crew SET d = coalesce(memo, '-')
$$);
SELECT string_agg(attname || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY attnum)
FROM pg_attribute WHERE attrelid = 'crew'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT count(*), count(a), count(b), count(c), count(d), count(DISTINCT d) FROM crew;
SELECT conname FROM pg_constraint WHERE conrelid = 'crew'::regclass AND contype = 'n'
    AND conname !~ '^(team|crew)_[a-z]+_not_null$';
