-- Between ready and complete a renamed table is read and written under both
-- names, with its defaults, sequences, generated columns, grants and row
-- security; what a view cannot do is said in the plan.  The rollback leaves
-- nothing, and complete what psql leaves.

\set tables 'CREATE TABLE users (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, email text UNIQUE NOT NULL, state text NOT NULL DEFAULT ''new'', big boolean GENERATED ALWAYS AS (length(email) > 12) STORED, CONSTRAINT at CHECK (email LIKE ''%@%'')); COMMENT ON TABLE users IS ''people''; CREATE INDEX ON users (state); INSERT INTO users (email) SELECT g || ''@example.com'' FROM generate_series(1, 5) g; GRANT SELECT, INSERT ON users TO regress_reader; GRANT UPDATE (state) ON users TO regress_reader WITH GRANT OPTION; GRANT SELECT (email) ON users TO PUBLIC; CREATE TABLE posts (author int REFERENCES users); CREATE VIEW emails AS SELECT email FROM users;'
CREATE ROLE regress_reader;
CREATE SCHEMA plain;
CREATE SCHEMA online;
GRANT USAGE ON SCHEMA online, plain TO regress_reader;
SET search_path = plain;
:tables
ALTER TABLE users RENAME TO members;
SET search_path = online;
:tables
GRANT USAGE ON ALL SEQUENCES IN SCHEMA online TO regress_reader;
CREATE TABLE public.before AS SELECT gradual_test.shape('online') AS line;
\set script 'ALTER TABLE users RENAME TO members'
SELECT step, phase, action, target, lock_mode, blocks, cost, reversible, sql FROM gradual.explain(:'script') \gx
SELECT step, note FROM gradual.explain(:'script') \gx

SELECT gradual.define('m', :'script');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, phase FROM gradual.ledger;

-- both names
INSERT INTO members DEFAULT VALUES;
INSERT INTO members (email) VALUES ('6@example.com') RETURNING id, n, email, state, big;
INSERT INTO users (email) VALUES ('7@example.com') RETURNING id, n, email, state, big;
INSERT INTO members (id, n, email, state) VALUES (DEFAULT, DEFAULT, '8@example.com', DEFAULT) RETURNING id, n, state;
INSERT INTO members (email) VALUES ('8@example.com') ON CONFLICT (email) DO UPDATE SET state = 'twice' RETURNING email, state;
INSERT INTO members (email) VALUES ('8@example.com') ON CONFLICT DO NOTHING;
INSERT INTO members (email) VALUES ('nowhere');
UPDATE members SET state = v.s FROM (VALUES (1, 'one'), (2, 'two')) v (i, s) WHERE id = v.i RETURNING email, state;
DELETE FROM members WHERE id = 3 RETURNING email;
BEGIN;
SELECT id FROM members ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1;
LOCK TABLE members;
COMMIT;
SELECT id, email, state FROM users ORDER BY id;
SELECT id, email, state FROM members EXCEPT SELECT id, email, state FROM users;
PREPARE reads AS SELECT count(*) FROM members;
PREPARE writes AS INSERT INTO members (email) VALUES ($1);
EXECUTE reads;
EXECUTE writes ('9@example.com');

-- the rights of who asks
SET ROLE regress_reader;
INSERT INTO members (email) VALUES ('10@example.com');
UPDATE members SET state = 'ours' WHERE id = 1;
UPDATE members SET email = 'x@' WHERE id = 1;
DELETE FROM members;
RESET ROLE;
SELECT count(DISTINCT relacl) FROM pg_class WHERE oid IN ('members'::regclass, 'users'::regclass);
SELECT attname, count(*), count(DISTINCT attacl) FROM pg_attribute WHERE attrelid IN ('members'::regclass, 'users'::regclass) AND attacl IS NOT NULL GROUP BY 1 ORDER BY 1;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users USING (id < 3);
SET ROLE regress_reader;
SELECT count(*) FROM members;
RESET ROLE;
DROP POLICY own ON users;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;

-- another migration of the table, by either name
SELECT gradual.define('other', 'ALTER TABLE users ADD COLUMN x int');
SELECT gradual.start('other');

-- back, and exactly so
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual_test.shape('online') EXCEPT TABLE public.before;
TABLE public.before EXCEPT SELECT gradual_test.shape('online');

-- what hangs on the view stops complete, not the application
SELECT gradual.start('m');
CALL gradual.wait('m');
CREATE VIEW hung AS SELECT id FROM members;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger WHERE name = 'm';
SELECT count(*) FROM members;
DROP VIEW hung;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger WHERE name = 'm';
EXECUTE reads;
EXECUTE writes ('11@example.com');
REVOKE USAGE ON ALL SEQUENCES IN SCHEMA online FROM regress_reader;
SELECT regexp_substr(s, 'S [a-z_]+') FROM gradual_test.shape('online') s WHERE s LIKE 'S %' ORDER BY 1;
SELECT s FROM gradual_test.shape('online') s WHERE s NOT LIKE 'S %' EXCEPT SELECT gradual_test.shape('plain');
SELECT s FROM gradual_test.shape('plain') s WHERE s NOT LIKE 'S %' EXCEPT SELECT gradual_test.shape('online');
SELECT id, email, state FROM members ORDER BY id;

SET client_min_messages = warning;
DROP SCHEMA plain, online CASCADE;
DROP ROLE regress_reader;
