-- What a script does to a table after it has copied rows into it, and to what it
-- was copied from, comes where it leaves what plain psql leaves, and holds up nobody.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format(E'%s | %s | %s | %s | %s | %s | reversible: %s', step, phase, action, target,
                  coalesce(nullif(lock_mode, ''), 'no lock'), cost, reversible)
    FROM gradual.explain(script) WHERE action !~ 'carry|create table|copy rows' ORDER BY step
$$;
CREATE TABLE users (id int PRIMARY KEY, name text, bio text, n int);
INSERT INTO users SELECT g, 'user ' || g, 'bio ' || g, g % 5 FROM generate_series(1, 100) g;
\set copy 'CREATE TABLE p (user_id int, bio text); INSERT INTO p (user_id, bio) SELECT id, bio FROM users; '
\set keyed 'CREATE TABLE p (user_id int PRIMARY KEY, bio text); INSERT INTO p (user_id, bio) SELECT id, bio FROM users; '
-- before the first row, or an instant after the last one
SELECT plan_of(:'copy' || 'ALTER TABLE p ADD PRIMARY KEY (user_id)');
SELECT plan_of(:'copy' || 'ALTER TABLE p ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE, ALTER bio SET NOT NULL');
SELECT plan_of(:'copy' || 'CREATE UNIQUE INDEX ON p (bio)');
SELECT plan_of(:'copy' || 'ALTER TABLE p ADD COLUMN x int DEFAULT 3, ADD CHECK (length(bio) < 100)');
SELECT plan_of(:'copy' || 'ALTER TABLE p ADD COLUMN x serial');
SELECT plan_of(:'copy' || 'COMMENT ON TABLE p IS ''x''; GRANT SELECT ON p TO PUBLIC; ALTER TABLE p OWNER TO CURRENT_USER; ALTER TABLE p SET (fillfactor = 50)');
-- when the last one is carried over
SELECT plan_of(:'copy' || 'ALTER TABLE p ALTER bio SET DEFAULT ''x''');
SELECT plan_of(:'copy' || 'ALTER TABLE p DROP COLUMN bio');
SELECT plan_of(:'copy' || 'ALTER TABLE p RENAME TO profiles');
SELECT plan_of(:'copy' || 'CREATE TRIGGER t AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION gradual.sync()');
SELECT plan_of(:'copy' || 'DROP TABLE users; ALTER TABLE p RENAME TO users');
-- rows
SELECT plan_of(:'keyed' || 'UPDATE p SET bio = upper(bio)');
SELECT plan_of(:'copy' || 'UPDATE p SET bio = upper(bio)');
SELECT plan_of(:'copy' || 'DELETE FROM p WHERE user_id = 3');
SELECT plan_of(:'copy' || 'INSERT INTO p VALUES (1001, ''x'')');
SELECT plan_of(:'keyed' || 'INSERT INTO p VALUES (1001, ''x'')');
SELECT plan_of(:'copy' || 'DELETE FROM users WHERE n = 3');

CREATE SCHEMA online;
CREATE SCHEMA plain;
CREATE FUNCTION fill(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I.users (id int PRIMARY KEY, name text, bio text, n int)', schema);
    EXECUTE format('INSERT INTO %I.users SELECT g, ''user '' || g, CASE WHEN g %% 4 > 0 THEN ''Bio '' || g END, g %% 5 FROM generate_series(1, 100) g', schema);
END
$$;
CREATE PROCEDURE twice(name text, script text) LANGUAGE plpgsql AS $$
BEGIN
    DROP SCHEMA online, plain CASCADE;
    CREATE SCHEMA online;
    CREATE SCHEMA plain;
    PERFORM fill('online'), fill('plain');
    COMMIT;
    SET search_path = online, public;
    CALL gradual.run(name, script);
    SET search_path = plain, public;
    EXECUTE script;
    RESET search_path;
END
$$;
CREATE FUNCTION difference() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    tab name;
    result text := '';
BEGIN
    RETURN QUERY SELECT 'online: ' || s FROM gradual_test.shape('online') s EXCEPT SELECT 'online: ' || s FROM gradual_test.shape('plain') s;
    RETURN QUERY SELECT 'plain: ' || s FROM gradual_test.shape('plain') s EXCEPT SELECT 'plain: ' || s FROM gradual_test.shape('online') s;
    FOR tab IN SELECT relname FROM pg_class WHERE relnamespace = 'plain'::regnamespace AND relkind = 'r' ORDER BY 1 LOOP
        RETURN QUERY EXECUTE format('SELECT concat(%L, '': '', (SELECT count(*) FROM plain.%I), '' rows, '', count(*), '' differ'') FROM ((SELECT t::text FROM plain.%I t EXCEPT ALL SELECT t::text FROM online.%I t) UNION ALL (SELECT t::text FROM online.%I t EXCEPT ALL SELECT t::text FROM plain.%I t)) d',
                                    tab, tab, tab, tab, tab, tab);
    END LOOP;
END
$$;
\set copy 'CREATE TABLE p (user_id int, bio text); INSERT INTO p (user_id, bio) SELECT id, bio FROM users WHERE bio IS NOT NULL; '
CALL twice('key', :'copy' || 'ALTER TABLE p ADD PRIMARY KEY (user_id), ADD x int DEFAULT 5, ADD UNIQUE (bio), ALTER bio SET NOT NULL');
SELECT difference();
CALL twice('foreign key', :'copy' || 'ALTER TABLE p ADD FOREIGN KEY (user_id) REFERENCES users; CREATE INDEX ON p (user_id); COMMENT ON COLUMN p.bio IS ''b''');
SELECT difference();
CALL twice('default', :'copy' || 'ALTER TABLE p ADD y int; ALTER TABLE p ALTER y SET DEFAULT 7; ALTER TABLE p ADD z int DEFAULT 8');
SELECT difference();
CALL twice('rename', :'copy' || 'ALTER TABLE p RENAME TO profiles; ALTER TABLE profiles RENAME bio TO biography');
SELECT difference();
CALL twice('replace', 'CREATE TABLE u2 (id bigint PRIMARY KEY, name text, bio text, n int); INSERT INTO u2 SELECT * FROM users; DROP TABLE users; ALTER TABLE u2 RENAME TO users; ALTER INDEX u2_pkey RENAME TO users_pkey');
SELECT difference();
CALL twice('change copies', 'CREATE TABLE p (user_id int PRIMARY KEY, bio text); INSERT INTO p SELECT id, bio FROM users; UPDATE p SET bio = bio || bio; DELETE FROM p WHERE user_id % 10 = 0; INSERT INTO p VALUES (10, ''x'')');
SELECT difference();
CALL twice('archive', 'CREATE TABLE archive (LIKE users INCLUDING ALL); INSERT INTO archive SELECT * FROM users WHERE n = 3; DELETE FROM users WHERE n = 3; UPDATE users SET bio = ''kept'' WHERE n = 2');
SELECT difference();
CALL twice('two sources', 'CREATE TABLE other (id int PRIMARY KEY, bio text); INSERT INTO other VALUES (1, ''other''); CREATE TABLE p (kind text, id int, bio text); INSERT INTO p SELECT ''user'', id, bio FROM users; INSERT INTO p SELECT ''other'', id, bio FROM other');
SELECT difference();
CALL twice('copy of copy', 'CREATE TABLE p (id int PRIMARY KEY, bio text); INSERT INTO p SELECT id, bio FROM users; CREATE TABLE q (id int PRIMARY KEY, bio text); INSERT INTO q SELECT id, upper(bio) FROM p');
SELECT difference();
CALL twice('tail', 'ALTER TABLE users RENAME bio TO biography; CREATE TABLE p (user_id int, bio text); INSERT INTO p (user_id, bio) SELECT id, biography FROM users');
SELECT difference();
CALL twice('fill first', 'ALTER TABLE users ADD x int; UPDATE users SET x = n + 1; CREATE TABLE p (user_id int, x int); INSERT INTO p SELECT id, x FROM users');
SELECT difference();
DROP SCHEMA online, plain CASCADE;
