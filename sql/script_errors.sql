-- Mistakes in a script are found by define(), with the number of the statement
-- and the position in the script.
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, n int);
INSERT INTO users SELECT i, 'u' || i, i FROM generate_series(1, 10) i;
CREATE VIEW emails AS SELECT email FROM users;

-- Nothing at all
SELECT gradual.define('errors', '');
SELECT gradual.define('errors', E' \n\t;; ');
SELECT gradual.define('errors', '-- nothing');
SELECT gradual.define('errors', '/* nothing /* at */ all */');
SELECT gradual.define('errors', 'BEGIN; COMMIT');
SELECT gradual.define('errors', 'SET work_mem = ''8MB''');

-- Syntax
SELECT gradual.define('errors', 'SELEC 1');
SELECT gradual.define('errors', E'SELECT 1;\n\nALTER TABLE users\n    ADD COLUM x text text;');
SELECT gradual.define('errors', 'SELECT ''open');
SELECT gradual.define('errors', 'SELECT 1; SELECT (2');
SELECT gradual.define('errors', $script$
    ALTER TABLE users ADD x text;
    UPDATE users SET x = WHERE x IS NULL;
$script$);
-- .. counted in characters
SELECT gradual.define('errors', 'COMMENT ON TABLE users IS ''äöü''; ALTER TABLE usérs ADD x int');

-- Unknown tables, columns, types, functions: in each kind of statement
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE no_such_table ADD x int');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users ADD x no_such_type');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users ADD x int DEFAULT no_such_function()');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users ALTER nope SET NOT NULL');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users ALTER nope SET DEFAULT 1');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users ALTER n SET DEFAULT no_such_function()');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users VALIDATE CONSTRAINT nope');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users ENABLE TRIGGER nope');
SELECT gradual.define('errors', 'SELECT 1; ALTER TABLE users OWNER TO no_such_role');
SELECT gradual.define('errors', 'SELECT 1; UPDATE no_such_table SET x = 1');
SELECT gradual.define('errors', 'SELECT 1; UPDATE users SET nope = 1');
SELECT gradual.define('errors', 'SELECT 1; UPDATE users SET n = nope');
SELECT gradual.define('errors', 'SELECT 1; UPDATE users SET n = 1 WHERE no_such_function(n)');
SELECT gradual.define('errors', 'SELECT 1; DELETE FROM users WHERE nope = 1');
SELECT gradual.define('errors', 'SELECT 1; INSERT INTO users (nope) VALUES (1)');
SELECT gradual.define('errors', 'SELECT 1; INSERT INTO users SELECT nope FROM emails');
SELECT gradual.define('errors', 'SELECT 1; CREATE INDEX ON users (nope)');
SELECT gradual.define('errors', 'SELECT 1; CREATE INDEX ON no_such_table (id)');
SELECT gradual.define('errors', 'SELECT 1; CREATE INDEX ON users USING no_such_method (id)');
SELECT gradual.define('errors', 'SELECT 1; CREATE TABLE t (id no_such_type)');
SELECT gradual.define('errors', 'SELECT 1; CREATE TABLE t (id int REFERENCES no_such_table)');
SELECT gradual.define('errors', 'SELECT 1; CREATE TABLE no_such_schema.t (id int)');
SELECT gradual.define('errors', 'SELECT 1; CREATE VIEW v AS SELECT nope FROM users');
SELECT gradual.define('errors', 'SELECT 1; CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION no_such_function()');
SELECT gradual.define('errors', 'SELECT 1; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''SELECT nope''');
SELECT gradual.define('errors', 'SELECT 1; COMMENT ON COLUMN users.nope IS ''x''');
SELECT gradual.define('errors', 'SELECT 1; GRANT SELECT ON no_such_table TO PUBLIC');
SELECT gradual.define('errors', 'SELECT 1; ALTER TYPE no_such_type ADD VALUE ''x''');
SELECT gradual.define('errors', 'SELECT 1; ALTER SEQUENCE no_such_sequence INCREMENT 5');

-- Types that do not fit
SELECT gradual.define('errors', 'UPDATE users SET n = ''many''');
SELECT gradual.define('errors', 'UPDATE users SET n = email');
SELECT gradual.define('errors', 'UPDATE users SET n = 1 WHERE email');
SELECT gradual.define('errors', 'INSERT INTO users VALUES (1, ''a'', ''many'')');
SELECT gradual.define('errors', 'INSERT INTO users VALUES (1, ''a'', 1, 1)');
SELECT gradual.define('errors', 'ALTER TABLE users ADD x int DEFAULT ''many''');
SELECT gradual.define('errors', 'ALTER TABLE users ALTER n SET DEFAULT true');

-- As the earlier statements will have left it
SELECT gradual.define('errors', 'ALTER TABLE users ADD x int; UPDATE users SET x = email');
SELECT gradual.define('errors', 'ALTER TABLE users ADD x int; ALTER TABLE users ADD x int');
SELECT gradual.define('errors', 'CREATE TABLE t (a int); ALTER TABLE t DROP a; UPDATE t SET a = 1');
SELECT gradual.define('errors', 'CREATE TABLE t (a int); ALTER TABLE t RENAME TO s; INSERT INTO t VALUES (1)');
SELECT gradual.define('errors', 'CREATE TABLE t (a int); DROP TABLE t; SELECT a FROM t');
SELECT gradual.define('errors', 'CREATE TABLE users (id int)');
SELECT gradual.define('errors', 'CREATE INDEX i ON users (n); CREATE INDEX i ON users (email)');
SELECT gradual.define('errors', 'CREATE VIEW emails AS SELECT 1');
SELECT gradual.define('errors', 'ALTER TABLE emails ADD x int');

-- Not a word of it is kept
SELECT name FROM gradual.ledger WHERE name = 'errors';
DROP VIEW emails;
DROP TABLE users;
