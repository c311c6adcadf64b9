-- A column changes its type although a foreign key refers to it that the script
-- drops afterwards: by its name, or with its column or table.
CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS child, parent;
    CREATE TABLE parent (id int PRIMARY KEY, memo text);
    CREATE TABLE child (id int PRIMARY KEY, parent int CONSTRAINT to_parent REFERENCES parent);
    INSERT INTO parent SELECT i FROM generate_series(1, 20) i;
    INSERT INTO child SELECT i, i FROM generate_series(1, 20) i;
END
$$;
-- What is left of the columns and constraints
CREATE FUNCTION left_over() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s', attrelid::regclass, string_agg(attname || ' ' || atttypid::regtype, ', ' ORDER BY attname))
    FROM pg_attribute WHERE attrelid IN (to_regclass('parent'), to_regclass('child')) AND attnum > 0 AND NOT attisdropped
    GROUP BY attrelid
    UNION ALL
    SELECT format('%s %s', conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid IN (to_regclass('parent'), to_regclass('child')) AND contype <> 'n'
    ORDER BY 1
$$;

SELECT make();
CALL gradual.run('by name', $$
    ALTER TABLE parent ALTER id TYPE bigint;
    ALTER TABLE child DROP CONSTRAINT to_parent;
    ALTER TABLE parent DROP CONSTRAINT parent_pkey
$$);
SELECT left_over();

SELECT make();
CALL gradual.run('anew', $$
    ALTER TABLE parent ALTER id TYPE bigint;
    ALTER TABLE child DROP CONSTRAINT to_parent;
    ALTER TABLE child ADD CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE
$$);
SELECT left_over();

SELECT make();
CALL gradual.run('with its column', $$
    ALTER TABLE parent ALTER id TYPE bigint;
    ALTER TABLE child RENAME parent TO mother;
    ALTER TABLE child DROP mother
$$);
SELECT left_over();

SELECT make();
CALL gradual.run('with its column, both retyped', $$
    ALTER TABLE parent ALTER id TYPE bigint;
    ALTER TABLE child ALTER parent TYPE bigint;
    ALTER TABLE child DROP parent
$$);
SELECT left_over();

SELECT make();
CALL gradual.run('with its column, before', $$
    ALTER TABLE child DROP parent;
    ALTER TABLE parent ALTER id TYPE bigint
$$);
SELECT left_over();

SELECT make();
CALL gradual.run('with its table', $$
    ALTER TABLE parent ALTER id TYPE bigint;
    DROP TABLE child
$$);
SELECT left_over();

-- A rollback brings it back
SELECT make();
SELECT gradual.define('undone', $$
    ALTER TABLE parent ALTER id TYPE bigint;
    ALTER TABLE child DROP CONSTRAINT to_parent
$$);
SELECT gradual.start('undone');
CALL gradual.wait('undone');
SELECT gradual.rollback('undone');
CALL gradual.wait('undone');
SELECT left_over();
