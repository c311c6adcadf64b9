-- New names of triggers, rules and policies stop nobody, so they come in expand;
-- later statements know them by the new names only.

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 5);
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER other BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING;
CREATE POLICY own ON users USING (id > 0);
CREATE TABLE events (id int) PARTITION BY LIST (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TRIGGER touch BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO events VALUES (1);
CREATE VIEW parts AS
    SELECT 'trigger' AS part, tgrelid::regclass AS relation, tgname AS name FROM pg_trigger WHERE NOT tgisinternal AND tgname <> 'pass_over'
    UNION ALL SELECT 'rule', ev_class::regclass, rulename FROM pg_rewrite WHERE ev_class = to_regclass('users') OR ev_class = to_regclass('members')
    UNION ALL SELECT 'policy', polrelid::regclass, polname FROM pg_policy;
TABLE parts ORDER BY 1, 2, 3;

SELECT gradual.define('m', 'ALTER TRIGGER touch ON users RENAME TO "Touch"; ALTER TABLE users ENABLE ALWAYS TRIGGER "Touch"; ALTER TRIGGER "Touch" ON users RENAME TO touches; COMMENT ON TRIGGER touches ON users IS ''now''; ALTER RULE quiet ON users RENAME TO silent; ALTER POLICY own ON users RENAME TO theirs; ALTER TRIGGER touch ON events RENAME TO touched; ALTER TABLE users RENAME TO members; ALTER TRIGGER other ON members RENAME TO another; DROP POLICY theirs ON members');
SELECT step, phase, action, target, lock_mode, reversible, sql FROM gradual.plan('m');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE parts ORDER BY 1, 2, 3;
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
TABLE parts ORDER BY 1, 2, 3;

\set VERBOSITY terse
SELECT FROM gradual.explain('ALTER TRIGGER nothing ON members RENAME TO x');
SELECT FROM gradual.explain('ALTER TRIGGER another ON members RENAME TO touches');
SELECT FROM gradual.explain('ALTER TRIGGER another ON members RENAME TO x; ALTER TABLE members ENABLE ALWAYS TRIGGER another');
SELECT FROM gradual.explain('ALTER RULE silent ON members RENAME TO silent');
SELECT FROM gradual.explain('ALTER POLICY theirs ON members RENAME TO x');
SELECT FROM gradual.explain('ALTER TRIGGER touched ON events_1 RENAME TO x');
SELECT phase, action FROM gradual.explain('ALTER TRIGGER touches ON members RENAME TO x; CREATE TRIGGER touches BEFORE DELETE ON members FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TRIGGER x ON members RENAME TO y; DROP TRIGGER y ON members');
SELECT phase, action FROM gradual.explain('CREATE TABLE made (id int); CREATE TRIGGER a BEFORE UPDATE ON made FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TRIGGER a ON made RENAME TO b; DROP TRIGGER b ON made');
