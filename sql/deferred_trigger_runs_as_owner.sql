--
-- A trigger that is deferred to the end of the transaction runs as the owner of
-- the migration too, whoever drives it: a superuser by run_batch(), or a worker
-- that had to connect as another member of the owner.
--
CREATE ROLE regress_team NOLOGIN;
CREATE ROLE regress_member LOGIN IN ROLE regress_team;
GRANT CREATE ON SCHEMA public TO regress_team;

SET ROLE regress_team;
CREATE TABLE report (id int PRIMARY KEY, state text);
INSERT INTO report SELECT g FROM generate_series(1, 3) g;
CREATE TABLE ran_as (role name, state text);
CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ran_as VALUES (current_user, NEW.state);
    RETURN NULL;
END
$$;
GRANT INSERT ON ran_as TO PUBLIC;
CREATE CONSTRAINT TRIGGER note AFTER UPDATE ON report DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION note_role();
RESET ROLE;

-- batches and statements as written, in a worker
SET SESSION AUTHORIZATION regress_member;
SET ROLE regress_team;
SELECT gradual.define('deferred_batches', $$
    UPDATE report SET state = 'batch' WHERE state IS NULL;
$$);
SELECT gradual.define('deferred_statement', $$
    DO 'BEGIN UPDATE report SET state = ''statement''; END';
$$);
RESET ROLE;
CALL gradual.run('deferred_batches');
CALL gradual.run('deferred_statement');
RESET SESSION AUTHORIZATION;

-- and driven by somebody else
SET ROLE regress_team;
SELECT gradual.define('deferred_driven', $$
    UPDATE report SET state = 'driven' WHERE state <> 'driven';
$$);
RESET ROLE;
SELECT processed FROM gradual.run_batch('deferred_driven');

SELECT state, role, count(*) FROM ran_as GROUP BY state, role ORDER BY state;

SET SESSION AUTHORIZATION regress_member;
SELECT gradual.rollback('deferred_driven', force => true);
CALL gradual.wait('deferred_driven');
RESET SESSION AUTHORIZATION;
SELECT gradual.forget(name) FROM gradual.ledger WHERE name LIKE 'deferred_%';
DROP TABLE report, ran_as;
DROP FUNCTION note_role;
REVOKE CREATE ON SCHEMA public FROM regress_team;
DROP ROLE regress_member, regress_team;
