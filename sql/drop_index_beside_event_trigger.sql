-- PostgreSQL refuses DROP INDEX CONCURRENTLY beside an event trigger that writes
-- at ddl_command_start.  The index is dropped all the same, under a short lock,
-- and the event trigger sees it; one that raises is not passed over.

CREATE TABLE audit (id serial PRIMARY KEY, tag text NOT NULL);
CREATE FUNCTION audit_start() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.audit (tag) VALUES (tg_tag);
END $$;
CREATE FUNCTION no_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is not allowed here', tg_tag USING ERRCODE = 'feature_not_supported';
END $$;

CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT g, g, greatest(g - 1, 1) FROM generate_series(1, 100) g;
CREATE INDEX t_a ON t (a);
CREATE EVENT TRIGGER audit ON ddl_command_start WHEN tag IN ('DROP INDEX')
    EXECUTE FUNCTION audit_start();
DROP INDEX CONCURRENTLY t_a;

-- a statement of the script
CALL gradual.run('drops', 'DROP INDEX t_a');
SELECT status, error FROM gradual.ledger WHERE name = 'drops';

-- the rollback of what the script has built
SELECT gradual.define('builds', $$
    CREATE INDEX t_b ON t (b);
    ALTER TABLE t ADD COLUMN c int;
    UPDATE t SET c = a WHERE c IS NULL;
    CREATE INDEX t_c ON t (c);
    ALTER TABLE t ALTER COLUMN c SET NOT NULL;
$$);
SELECT gradual.start('builds');
CALL gradual.wait('builds');
SELECT gradual.rollback('builds');
CALL gradual.wait('builds');

-- what a build has left that failed
SELECT gradual.define('unique', 'CREATE UNIQUE INDEX t_b ON t (b)');
SELECT gradual.start('unique');
CALL gradual.wait('unique');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1;
UPDATE t SET b = id;
SELECT gradual.start('unique');
CALL gradual.wait('unique');
SELECT tag, count(*) FROM audit GROUP BY tag;
\d t

-- one that raises
ALTER EVENT TRIGGER audit DISABLE;
CREATE EVENT TRIGGER guard ON ddl_command_start WHEN tag IN ('DROP INDEX')
    EXECUTE FUNCTION no_drop();
SELECT gradual.define('again', 'DROP INDEX t_b');
SELECT gradual.start('again');
CALL gradual.wait('again');
DROP EVENT TRIGGER guard;
SELECT gradual.start('again');
CALL gradual.wait('again');
SELECT status FROM gradual.ledger WHERE name = 'again';

DROP EVENT TRIGGER audit;
