-- On a table without rows, and on one that the script creates, every form runs
-- as written, at once; but for what takes something from the running application,
-- to which a table without rows may be a queue.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(E'\n    ',
        concat_ws(' | ', step, phase, 'statement ' || statement, action, target,
                  coalesce(lock_mode, 'no lock'), 'blocks ' || blocks, cost,
                  nullif(est_rows, 0) || ' rows', 'reversible: ' || reversible),
        sql, '-- ' || nullif(note, ''))
    FROM gradual.explain(script) ORDER BY step
$body$;
CREATE TABLE empty (id bigint PRIMARY KEY, email text NOT NULL, name text, n int DEFAULT 3, CONSTRAINT positive CHECK (n > 0));
CREATE INDEX by_name ON empty (name);
CREATE TABLE orgs (id bigint PRIMARY KEY);

SELECT plan_of('ALTER TABLE empty ADD COLUMN x uuid DEFAULT gen_random_uuid() NOT NULL');
SELECT plan_of('ALTER TABLE empty ADD COLUMN x int NOT NULL');
SELECT plan_of('ALTER TABLE empty ADD COLUMN x serial, ADD COLUMN y int GENERATED ALWAYS AS IDENTITY, ADD COLUMN z text GENERATED ALWAYS AS (lower(name)) STORED');
SELECT plan_of('ALTER TABLE empty ADD COLUMN x bigint UNIQUE REFERENCES orgs CHECK (x > 0)');
SELECT plan_of('ALTER TABLE empty ALTER name SET NOT NULL');
SELECT plan_of('ALTER TABLE empty ALTER n DROP DEFAULT');
SELECT plan_of('ALTER TABLE empty DROP COLUMN name');
SELECT plan_of('ALTER TABLE empty ALTER n TYPE bigint, ALTER name TYPE varchar(10) USING substr(name, 1, 10)');
SELECT plan_of('ALTER TABLE empty RENAME name TO label');
SELECT plan_of('ALTER TABLE empty RENAME TO void');
SELECT plan_of('ALTER TABLE empty ADD CHECK (n < 100)');
SELECT plan_of('ALTER TABLE empty ADD FOREIGN KEY (n) REFERENCES orgs (id)');
SELECT plan_of('ALTER TABLE empty ADD UNIQUE (name)');
SELECT plan_of('ALTER TABLE empty ENABLE ROW LEVEL SECURITY');
SELECT plan_of('CREATE INDEX ON empty (email)');
SELECT plan_of('CREATE INDEX CONCURRENTLY by_email ON empty (email)');
SELECT plan_of('DROP INDEX by_name');
SELECT plan_of('DROP INDEX CONCURRENTLY by_name');
SELECT plan_of('UPDATE empty SET n = n + 1');
SELECT plan_of('DELETE FROM empty');
SELECT plan_of('TRUNCATE empty');
SELECT plan_of('INSERT INTO empty SELECT id, ''x'' FROM orgs');
-- .. but the application may use it
SELECT * FROM gradual.explain('DROP TABLE empty');

-- A table that the script creates
SELECT plan_of($$
    CREATE TABLE posts (id bigint PRIMARY KEY, title text);
    ALTER TABLE posts ADD COLUMN slug text NOT NULL DEFAULT gen_random_uuid();
    ALTER TABLE posts ADD COLUMN org bigint REFERENCES orgs;
    ALTER TABLE posts ALTER title TYPE varchar(20);
    ALTER TABLE posts RENAME title TO headline;
    ALTER TABLE posts DROP COLUMN slug;
    CREATE INDEX ON posts (headline);
    CREATE UNIQUE INDEX CONCURRENTLY posts_unique ON posts (headline, id);
    INSERT INTO posts VALUES (1, 'first');
    UPDATE posts SET headline = 'second';
    DELETE FROM posts WHERE id = 2;
    ALTER TABLE posts RENAME TO articles;
    ALTER TABLE articles ADD CHECK (id > 0);
    GRANT SELECT ON articles TO PUBLIC;
    COMMENT ON TABLE articles IS 'news';
$$);
-- .. and fills from another
CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 10) i;
ANALYZE users;
SELECT plan_of('CREATE TABLE copy AS SELECT id, email FROM users; ALTER TABLE copy ADD PRIMARY KEY (id); UPDATE copy SET email = lower(email); DELETE FROM copy WHERE id > 5');
SELECT plan_of('SELECT id INTO copy FROM users');
SELECT plan_of('CREATE TABLE copy AS SELECT id, email FROM users WITH NO DATA');

DROP TABLE empty, orgs, users;
DROP FUNCTION plan_of(text);
