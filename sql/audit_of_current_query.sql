-- What audits a database by triggers finds the statement in current_query(), in
-- a worker too, where there is no client that has sent one.

CREATE TABLE audit (id serial PRIMARY KEY, who name NOT NULL DEFAULT current_user,
    tag text NOT NULL, query text NOT NULL DEFAULT current_query());
CREATE FUNCTION audit_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    INSERT INTO audit (tag) VALUES (tg_tag);
END $$;
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    INSERT INTO audit (tag) VALUES (TG_OP || ' of ' || to_jsonb(NEW)::text);
    RETURN NULL;
END $$;

CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL);
INSERT INTO t SELECT g, g FROM generate_series(1, 3) g;
CREATE TRIGGER audit AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION audit_ddl();

CALL gradual.run('m', $$
    ALTER TABLE t ADD COLUMN b int;
    UPDATE t SET b = a + 1 WHERE b IS NULL;
    CREATE INDEX t_b ON t (b);
    UPDATE t SET a = a + 1;
$$);
SELECT status, error FROM gradual.ledger;
SELECT tag, query FROM audit WHERE tag !~ '^UPDATE' ORDER BY id;
SELECT tag, query, count(*) FROM audit WHERE tag ~ '^UPDATE' GROUP BY 1, 2 ORDER BY 1, 2;

-- what is deferred runs at the end, as for a client
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_row();
ALTER TABLE t DISABLE TRIGGER audit;
TRUNCATE audit;
CALL gradual.run('late', 'UPDATE t SET a = a + 1 WHERE id = 1');
SELECT tag, query FROM audit;
DROP TRIGGER late ON t;

-- the rehearsal of a script is not audited, and run_batch() is what its caller sent
TRUNCATE audit;
SELECT gradual.define('n', 'ALTER TABLE t ADD COLUMN c int');
SELECT is_done FROM gradual.run_batch('n');
SELECT tag, query FROM audit ORDER BY id;

DROP EVENT TRIGGER audit;
