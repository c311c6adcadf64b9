-- RENAME SCHEMA runs in the swap; all statements after it follow, under the new
-- name, whether their tables were named before it or not.

CREATE SCHEMA plain;
CREATE SCHEMA online;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', schema, true);
    CREATE TABLE users (id serial PRIMARY KEY, email text);
    INSERT INTO users (email) SELECT g || '@example.com' FROM generate_series(1, 5) g;
    CREATE TABLE orgs (id int PRIMARY KEY);
    INSERT INTO orgs SELECT generate_series(1, 5);
END
$$;
SELECT make('plain'), public.make('online');
ALTER TABLE plain.users ADD COLUMN x int;
UPDATE plain.users SET x = id;
ALTER SCHEMA plain RENAME TO plainer;
CREATE INDEX ON plainer.users (x);
ALTER TABLE plainer.users ALTER x SET NOT NULL;
UPDATE plainer.users SET x = x + 1;
ALTER TABLE plainer.orgs ADD COLUMN y int DEFAULT 1;
CREATE TABLE plainer.posts (author int REFERENCES plainer.users);
ALTER TABLE plainer.orgs RENAME TO companies;
CREATE TABLE before AS SELECT gradual_test.shape('online') AS line;

SELECT gradual.define('m', 'ALTER TABLE online.users ADD COLUMN x int; UPDATE online.users SET x = id; ALTER SCHEMA online RENAME TO newer; CREATE INDEX ON newer.users (x); ALTER TABLE newer.users ALTER x SET NOT NULL; UPDATE newer.users SET x = x + 1; SET search_path = newer; ALTER TABLE orgs ADD COLUMN y int DEFAULT 1; CREATE TABLE posts (author int REFERENCES users); ALTER TABLE orgs RENAME TO companies');
SELECT step, phase, action, target FROM gradual.plan('m');
SELECT note FROM gradual.plan('m') WHERE action LIKE 'rename schema%';
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual_test.shape('online') EXCEPT TABLE before;
TABLE before EXCEPT SELECT gradual_test.shape('online');
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT gradual_test.shape('newer') EXCEPT SELECT gradual_test.shape('plainer');
SELECT gradual_test.shape('plainer') EXCEPT SELECT gradual_test.shape('newer');
TABLE newer.users ORDER BY id;
