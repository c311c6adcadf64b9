-- The order of a plan: phases first, in a phase the order of the script, and
-- no statement overtakes one that it depends on.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION order_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(' | ', step, phase, 'statement ' || statement, action, target)
    FROM gradual.explain(script) ORDER BY step
$body$;
-- Steps of one transaction, as define() stores them
CREATE FUNCTION transactions_of(script text) RETURNS SETOF text LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM gradual.define('explain_order', script);
    RETURN QUERY
        SELECT concat_ws(' | ', s.phase, string_agg(s.action, ', then ' ORDER BY s.step))
        FROM gradual.migration_step s JOIN gradual.migration m ON m.id = s.migration
        WHERE m.name = 'explain_order'
        GROUP BY s.phase, CASE WHEN s.transaction = 0 THEN -s.step ELSE s.transaction END
        ORDER BY min(s.step);
    PERFORM gradual.forget('explain_order');
END
$body$;
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, n int NOT NULL DEFAULT 3);
CREATE TABLE orgs (id bigint PRIMARY KEY, title text);
INSERT INTO users SELECT i, 'u' || i || '@example.com' FROM generate_series(1, 10) i;
INSERT INTO orgs VALUES (1, 'one');
CREATE TYPE mood AS ENUM ('sad', 'happy');
ANALYZE users, orgs;

-- Every phase
SELECT order_of($$
    CREATE INDEX by_email ON users (email);
    ALTER TABLE users ALTER n DROP DEFAULT;
    ALTER TABLE users ADD x text;
    UPDATE users SET x = lower(email);
    ALTER TABLE users ALTER x SET NOT NULL;
    ALTER TABLE users ALTER name SET NOT NULL;
    CREATE INDEX by_x ON users (x);
    ALTER TABLE orgs ADD y int;
    DELETE FROM orgs WHERE title = 'two';
$$);

-- Instant steps that are neighbours share a transaction
SELECT transactions_of('ALTER TABLE users ADD x int; ALTER TABLE orgs ADD y int; CREATE TABLE posts (id int); CREATE INDEX ON posts (id); COMMENT ON TABLE posts IS ''x''');
SELECT transactions_of('ALTER TABLE users ADD x int; CREATE INDEX ON users (x); ALTER TABLE orgs ADD y int; ALTER TABLE users ALTER n DROP DEFAULT; ALTER TABLE users ALTER name SET NOT NULL');
SELECT transactions_of('ALTER TABLE users ADD x int; ALTER TYPE mood ADD VALUE ''so-so''; ALTER TABLE users ADD m mood DEFAULT ''so-so''');
SELECT transactions_of('ALTER TABLE users ADD x int; DO ''BEGIN END''; ALTER TABLE orgs ADD y int');

-- Code that we cannot look into waits for all that is before it
SELECT order_of('ALTER TABLE users ADD x text; UPDATE users SET x = name; DO ''BEGIN END''; ALTER TABLE orgs ADD y int');
-- .. and what is after it waits for it, if it names the same
SELECT order_of('ALTER TABLE users ADD x text; UPDATE users SET x = name; DO ''BEGIN ALTER TABLE orgs RENAME title TO name; END''; ALTER TABLE orgs ADD y int; CREATE TABLE posts (id int)');
SELECT order_of('CREATE INDEX ON users (email); SELECT count(*) FROM users');
SELECT order_of('ALTER TABLE users ALTER n DROP DEFAULT; DO ''BEGIN END''');
SELECT order_of('DO ''BEGIN END''; ALTER TABLE users ADD x int');
-- .. and so does a change of rows, in tail, where it blocks nobody either
SELECT order_of('ALTER TABLE users ALTER n DROP DEFAULT; DO ''BEGIN END''; UPDATE users SET n = 4 WHERE n = 3');

-- What is made late is used late
SELECT order_of('ALTER TABLE users ADD x text; UPDATE users SET x = name; CREATE VIEW v AS SELECT x FROM users; GRANT SELECT ON v TO PUBLIC');
SELECT order_of('UPDATE users SET n = 4 WHERE n = 3; UPDATE orgs SET title = '''' WHERE title IS NULL; DELETE FROM users WHERE n = 5');
SELECT order_of('ALTER TABLE users ADD x text; UPDATE users SET x = name; ALTER TABLE users ALTER x SET DEFAULT ''new''');
-- .. an index that a later change needs is built before it
SELECT order_of('UPDATE orgs SET title = '''' WHERE title IS NULL; CREATE INDEX by_title ON orgs (title); UPDATE users SET name = title FROM orgs WHERE orgs.id = users.id AND name IS NULL');

-- SET holds from where it stands
SELECT gradual.define('explain_order', 'CREATE INDEX a ON users (email); SET maintenance_work_mem = ''64MB''; CREATE INDEX b ON users (name); SET LOCAL timezone TO ''UTC''; SET SESSION work_mem = ''8MB''; CREATE INDEX c ON users (n)');
SELECT step, statement, action, s.settings[cardinality(m.settings) + 1:] FROM gradual.migration_step s JOIN gradual.migration m ON m.id = s.migration WHERE m.name = 'explain_order' ORDER BY step;
SELECT gradual.forget('explain_order');
-- .. and the rest of the script is checked under it
SELECT order_of('CREATE SCHEMA app; SET search_path = app; CREATE TABLE posts (id int); INSERT INTO posts VALUES (1)');
SELECT * FROM gradual.explain('SET work_mem = ''lots''; ALTER TABLE users ADD x int');
SELECT * FROM gradual.explain('SET no_such_setting = 1; ALTER TABLE users ADD x int');

-- What needs a column's last shape waits for it, what does not goes ahead
SELECT order_of('ALTER TABLE users DROP name; ALTER TABLE users ADD name int; UPDATE users SET name = n; ALTER TABLE users ALTER name SET NOT NULL; CREATE INDEX ON users (name); UPDATE users SET n = 4 WHERE n = 3; ALTER TABLE orgs ADD name text');
SELECT order_of('ALTER TABLE users DROP name; CREATE VIEW v AS SELECT * FROM users; CREATE VIEW w AS SELECT id, email FROM users; INSERT INTO users VALUES (11, ''x'', 5); INSERT INTO users (id, email) VALUES (12, ''y'')');
SELECT order_of('ALTER TABLE users DROP name; DO ''BEGIN UPDATE users SET n = 4 WHERE n = 3; END''; ALTER TABLE users DROP n; ALTER TABLE users ADD x int');

-- New rows get the default that the script has set by then
SELECT order_of('ALTER TABLE users ALTER n TYPE bigint, ALTER n SET DEFAULT 9; INSERT INTO users (id, email) VALUES (13, ''z'')');
SELECT order_of('ALTER TABLE users ADD z int; UPDATE users SET z = 1; ALTER TABLE users ALTER n SET DEFAULT 9; UPDATE users SET n = DEFAULT WHERE n = 5');
SELECT order_of('UPDATE orgs SET title = ''two'' WHERE title <> ''two''; INSERT INTO users (id, email) VALUES (13, ''z''); ALTER TABLE users ALTER n SET DEFAULT 9');
SELECT order_of('ALTER TABLE users ADD z int; UPDATE users SET z = 1; ALTER TABLE users ALTER n SET DEFAULT 9; INSERT INTO users (id, email) VALUES (13, ''z'')');

DROP TABLE users, orgs;
DROP TYPE mood;
DROP FUNCTION order_of(text), transactions_of(text);
