-- SET and DROP NOT NULL of a column reach the tables below: what the script says of it
-- there comes before or after that as it is written, as in psql; what psql rejects,
-- for children from PostgreSQL 18 on, is refused.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE script (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO script (script) VALUES
    ('ALTER TABLE parent ALTER n SET NOT NULL; ALTER TABLE child ALTER n DROP NOT NULL'),
    ('ALTER TABLE child ALTER n SET NOT NULL; ALTER TABLE parent ALTER n DROP NOT NULL'),
    ('ALTER TABLE parent DROP CONSTRAINT parent_pkey; ALTER TABLE parent ADD PRIMARY KEY (n); ALTER TABLE child ALTER n DROP NOT NULL'),
    ('ALTER TABLE part ALTER n SET NOT NULL; ALTER TABLE whole ALTER n DROP NOT NULL'),
    ('ALTER TABLE part ALTER n DROP NOT NULL; ALTER TABLE whole ALTER n SET NOT NULL'),
    ('ALTER TABLE whole ALTER n SET NOT NULL; ALTER TABLE part ALTER n DROP NOT NULL');
CREATE FUNCTION shown() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(attrelid::regclass::text, ' ' ORDER BY 1) FROM pg_attribute
    WHERE attrelid::regclass::text IN ('parent', 'child', 'whole', 'part') AND attname = 'n' AND attnotnull
$$;
CREATE PROCEDURE compare(n int, script text) LANGUAGE plpgsql AS $$
DECLARE
    by_psql text;
    by_migration text;
BEGIN
    FOR i IN 1 .. 2 LOOP
        CREATE TABLE parent (id int PRIMARY KEY, n int);
        CREATE TABLE child () INHERITS (parent);
        CREATE TABLE whole (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
        CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (100);
        INSERT INTO parent VALUES (1, 1);
        INSERT INTO child VALUES (2, 2);
        INSERT INTO whole VALUES (1, 1);
        BEGIN
            IF i = 1 THEN
                EXECUTE script;
                by_psql := shown();
            END IF;
        EXCEPTION WHEN OTHERS THEN
            by_psql := 'not possible';
        END;
        IF i = 2 THEN
            COMMIT;
            BEGIN
                PERFORM gradual.define('run' || n, script);
            EXCEPTION WHEN OTHERS THEN
                by_migration := 'not possible';
            END;
            COMMIT;
            IF by_migration IS NULL THEN
                CALL gradual.run('run' || n);
                by_migration := shown();
            END IF;
        END IF;
        DROP TABLE parent, child, whole, part;
    END LOOP;
    IF by_psql IS DISTINCT FROM by_migration THEN
        RAISE WARNING '%: % instead of %', script, by_migration, by_psql;
    END IF;
END
$$;
SELECT format('CALL compare(%s, %L)', n, script) FROM script ORDER BY n \gexec
DROP PROCEDURE compare(int, text);
DROP FUNCTION shown();
DROP TABLE script;
