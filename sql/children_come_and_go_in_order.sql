-- A child or partition that the script makes is given to its parent, or taken from it,
-- after earlier statements have gone through the parent's rows; and a child without a
-- key is not walked by key.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE FUNCTION prepare() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE parent (id int PRIMARY KEY, n int, filler char(500) DEFAULT '');
    INSERT INTO parent SELECT g, g FROM generate_series(1, 50) g;
    CREATE TABLE whole (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (100);
    INSERT INTO whole SELECT g, g FROM generate_series(1, 50) g;
    CREATE TABLE copied (id int PRIMARY KEY);
END
$$;
CREATE FUNCTION shown() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    child int;
    copies text;
BEGIN
    EXECUTE 'SELECT min(n) FROM child' INTO child;
    SELECT string_agg(id::text, ' ') INTO copies FROM copied;
    RETURN format('n of child: %s, copies: %s', coalesce(child::text, 'none'), copies);
END
$$;
CREATE TABLE script (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO script (script) VALUES
    ('CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent); INSERT INTO child VALUES (100, 1); UPDATE parent SET n = n + 1; ALTER TABLE child NO INHERIT parent'),
    ('CREATE TABLE child (LIKE parent INCLUDING ALL); INSERT INTO child VALUES (100, 1); UPDATE parent SET n = n + 1; ALTER TABLE child INHERIT parent'),
    ('CREATE TABLE child (LIKE parent INCLUDING ALL); INSERT INTO child VALUES (100, 1); DELETE FROM parent WHERE n < 10; ALTER TABLE child INHERIT parent'),
    ('CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent); INSERT INTO child VALUES (100, 1); INSERT INTO copied SELECT id FROM parent WHERE id > 99; ALTER TABLE child NO INHERIT parent'),
    ('CREATE TABLE child (LIKE parent INCLUDING ALL); INSERT INTO child VALUES (100, 1); INSERT INTO copied SELECT id FROM parent WHERE id > 99; ALTER TABLE child INHERIT parent'),
    ('CREATE TABLE child (LIKE whole INCLUDING ALL); INSERT INTO child VALUES (100, 1); UPDATE whole SET n = n + 1; ALTER TABLE whole ATTACH PARTITION child FOR VALUES FROM (100) TO (200)'),
    ('CREATE TABLE child (LIKE whole INCLUDING ALL); INSERT INTO child VALUES (100, 1); INSERT INTO copied SELECT id FROM whole WHERE id > 99; ALTER TABLE whole ATTACH PARTITION child FOR VALUES FROM (100) TO (200)'),
    ('CREATE TABLE child PARTITION OF whole FOR VALUES FROM (100) TO (200); INSERT INTO child VALUES (100, 1); UPDATE whole SET n = n + 1; ALTER TABLE whole DETACH PARTITION child');
-- what differs from psql
CREATE PROCEDURE compare(n int, script text) LANGUAGE plpgsql AS $$
DECLARE
    by_psql text;
    by_migration text;
BEGIN
    FOR i IN 1 .. 2 LOOP
        PERFORM prepare();
        IF i = 1 THEN
            EXECUTE script;
            by_psql := shown();
        ELSE
            COMMIT;
            CALL gradual.run('run' || n, script);
            by_migration := shown();
        END IF;
        DROP TABLE IF EXISTS child, parent, whole, copied CASCADE;
    END LOOP;
    IF by_psql IS DISTINCT FROM by_migration THEN
        RAISE WARNING '%: % instead of %', script, by_migration, by_psql;
    END IF;
END
$$;
SELECT format('CALL compare(%s, %L)', n, script) FROM script ORDER BY n \gexec

SELECT prepare();
\set VERBOSITY default
SELECT gradual.define('walked', 'CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (100, 1); UPDATE parent SET n = n + 1');
SELECT gradual.define('walked', 'CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (100, 1); INSERT INTO copied SELECT id FROM parent');
SELECT phase, action FROM gradual.explain('CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (100, 1); UPDATE ONLY parent SET n = n + 1');
SELECT phase, action FROM gradual.explain('CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent); INSERT INTO child VALUES (100, 1); UPDATE parent SET n = n + 1');
-- nor is a copy carried, of which a trigger would see the rows of the parent only
SELECT phase, action FROM gradual.explain('CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent); CREATE TABLE anew (id int PRIMARY KEY); INSERT INTO anew SELECT id FROM parent');
DROP TABLE parent, whole, copied, script;
DROP PROCEDURE compare(int, text);
DROP FUNCTION prepare(), shown();
