-- The copies on which a script is tried are nobody's business: event triggers,
-- ENABLE ALWAYS too, that refuse tables without a key, outside of a schema or
-- that are rewritten do not see them.

CREATE FUNCTION no_rewrite() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rewrite of % not allowed', pg_event_trigger_table_rewrite_oid()::regclass;
END $$;
CREATE FUNCTION in_public() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
        IF r.schema_name <> 'public' THEN
            RAISE EXCEPTION '% does not belong into public', r.object_type;
        END IF;
    END LOOP;
END $$;
CREATE TABLE t (id int, k int, a int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE h (id int PRIMARY KEY, a int) PARTITION BY HASH (id);
CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO t SELECT g, 1, g FROM generate_series(1, 3) g;
INSERT INTO h SELECT g, g FROM generate_series(1, 3) g;
CREATE EVENT TRIGGER no_rewrite ON table_rewrite EXECUTE FUNCTION no_rewrite();
CREATE EVENT TRIGGER in_public ON ddl_command_end EXECUTE FUNCTION in_public();
ALTER EVENT TRIGGER no_rewrite ENABLE ALWAYS;
ALTER EVENT TRIGGER in_public ENABLE ALWAYS;

SELECT gradual.define('m', $$
    ALTER TABLE t ALTER COLUMN a TYPE bigint;
    ALTER TABLE t ADD COLUMN b int;
    UPDATE t SET b = a WHERE b IS NULL;
    UPDATE h SET a = a + 1;
    CREATE TABLE u (id int PRIMARY KEY);
$$);
SELECT statement, key, after FROM gradual.preview('m', 1) ORDER BY 1;
SELECT step, finding FROM gradual.rehearse('m') WHERE result = 'failed';
CALL gradual.run('m');
SELECT status, error FROM gradual.ledger;

DROP EVENT TRIGGER no_rewrite;
DROP EVENT TRIGGER in_public;
