-- A rollback drops the tables that the script creates, whatever the script then
-- made and used in them: the other objects are dropped before these tables.
CREATE TABLE busy (id int PRIMARY KEY, name text);
INSERT INTO busy SELECT i, 'name ' || i FROM generate_series(1, 100) i;
ANALYZE busy;
CREATE TABLE cases (id int PRIMARY KEY, script text);
INSERT INTO cases VALUES
    (1, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE FUNCTION one() RETURNS int IMMUTABLE LANGUAGE sql AS ''SELECT 1''; ALTER TABLE fresh ADD COLUMN x int DEFAULT one(), ADD COLUMN y int'),
    (2, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE TYPE mood AS ENUM (''happy''); ALTER TABLE fresh ADD COLUMN x mood'),
    (3, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE SEQUENCE numbers OWNED BY fresh.id; ALTER TABLE fresh ALTER id SET DEFAULT nextval(''numbers'')'),
    (4, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE DOMAIN positive AS int CHECK (VALUE > 0); ALTER TABLE fresh ALTER id TYPE positive'),
    (5, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE FUNCTION one() RETURNS int IMMUTABLE LANGUAGE sql AS ''SELECT 1''; ALTER TABLE fresh ADD CHECK (id > one()); CREATE INDEX ON fresh ((id + one()))'),
    (6, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE FUNCTION one() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TRIGGER t BEFORE INSERT ON fresh FOR EACH ROW EXECUTE FUNCTION one()'),
    (7, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS ''SELECT 1''; CREATE POLICY p ON fresh USING (id > one())'),
    (8, 'CREATE TABLE fresh (id int PRIMARY KEY); CREATE FUNCTION one() RETURNS int IMMUTABLE LANGUAGE sql AS ''SELECT 1''; CREATE RULE r AS ON DELETE TO fresh WHERE old.id = one() DO INSTEAD NOTHING; CREATE STATISTICS s ON (id + one()), (id + 1) FROM fresh'),
    (9, 'CREATE TABLE fresh (id int PRIMARY KEY, other int); CREATE TABLE others (id int PRIMARY KEY); ALTER TABLE fresh ADD FOREIGN KEY (other) REFERENCES others');

SELECT gradual.define('case ' || id, script || '; ALTER TABLE busy ADD COLUMN x' || id || ' text; UPDATE busy SET x' || id || ' = name')
FROM cases ORDER BY id;
\pset tuples_only on
SELECT format(command, 'case ' || id)
FROM cases, (VALUES (1, 'SELECT gradual.start(%L)'), (2, 'CALL gradual.wait(%L)'),
                    (3, 'SELECT gradual.rollback(%L)'), (4, 'CALL gradual.wait(%L)')) AS commands (n, command)
ORDER BY id, n
\gexec
SELECT name, status, error FROM gradual.ledger ORDER BY name;
SELECT count(*) FROM pg_class WHERE relname IN ('fresh', 'others', 'numbers');
SELECT count(*) FROM pg_proc WHERE proname = 'one';
SELECT count(*) FROM pg_type WHERE typname IN ('mood', 'positive');
