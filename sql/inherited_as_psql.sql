-- Columns and constraints that a table has from its parent: define accepts and refuses what
-- psql does, in the same words, also after the script itself has taken the child away.
SELECT current_setting('server_version_num')::int >= 180000 AS has_named \gset
CREATE TABLE parent (id int PRIMARY KEY, a int NOT NULL, b int, CONSTRAINT chk CHECK (b > 0), CONSTRAINT own CHECK (b > 1) NO INHERIT);
CREATE TABLE child (x int) INHERITS (parent);
INSERT INTO parent VALUES (1, 1, 2);
INSERT INTO child VALUES (2, 2, 2, 2);
ALTER TABLE parent ADD CONSTRAINT later CHECK (b > -1) NOT VALID;
CREATE TABLE whole (id int, a int NOT NULL, CONSTRAINT chk CHECK (a > 0)) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
INSERT INTO whole VALUES (1, 1);

CREATE TABLE scripts (script text);
INSERT INTO scripts VALUES
('ALTER TABLE child DROP CONSTRAINT chk'),
('ALTER TABLE child DROP CONSTRAINT IF EXISTS chk'),
('ALTER TABLE child RENAME CONSTRAINT chk TO other'),
('ALTER TABLE ONLY parent RENAME CONSTRAINT chk TO other'),
('ALTER TABLE ONLY parent RENAME CONSTRAINT own TO other'),
('ALTER TABLE ONLY parent DROP CONSTRAINT chk'),
('ALTER TABLE ONLY parent VALIDATE CONSTRAINT later'),
('ALTER TABLE ONLY parent VALIDATE CONSTRAINT chk'),
('ALTER TABLE child VALIDATE CONSTRAINT later'),
('ALTER TABLE child ALTER a DROP NOT NULL'),
('ALTER TABLE child DROP COLUMN a'),
('ALTER TABLE child NO INHERIT parent; ALTER TABLE child DROP CONSTRAINT chk'),
('ALTER TABLE child NO INHERIT parent; ALTER TABLE child RENAME CONSTRAINT chk TO other'),
('ALTER TABLE child NO INHERIT parent; ALTER TABLE child ALTER a DROP NOT NULL'),
('ALTER TABLE child NO INHERIT parent; ALTER TABLE child DROP COLUMN a'),
('ALTER TABLE child NO INHERIT parent; ALTER TABLE child RENAME COLUMN a TO c'),
('ALTER TABLE part DROP CONSTRAINT chk'),
('ALTER TABLE part RENAME CONSTRAINT chk TO other'),
('ALTER TABLE whole DETACH PARTITION part; ALTER TABLE part DROP CONSTRAINT chk');
\if :has_named
INSERT INTO scripts VALUES
('ALTER TABLE ONLY parent ADD CONSTRAINT b_nn NOT NULL b'),
('ALTER TABLE ONLY parent ADD CONSTRAINT b_nn NOT NULL b NOT VALID'),
('ALTER TABLE ONLY parent ADD CONSTRAINT b_nn NOT NULL b NO INHERIT'),
('ALTER TABLE child DROP CONSTRAINT parent_a_not_null'),
('ALTER TABLE child RENAME CONSTRAINT parent_a_not_null TO other');
\endif

CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE statement;
        RAISE EXCEPTION USING errcode = 'UU000';
    EXCEPTION WHEN SQLSTATE 'UU000' THEN
        RETURN 'none';
    END;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT script, by_psql, by_define FROM scripts, error_of(script) AS by_psql, error_of(format('SELECT gradual.explain(%L)', script)) AS by_define
WHERE by_psql <> by_define;
SELECT count(*) FILTER (WHERE by_psql <> 'none') > 6 AS refused, count(*) FILTER (WHERE by_psql = 'none') > 8 AS accepted FROM scripts, error_of(script) AS by_psql;

DROP FUNCTION error_of;
DROP TABLE parent, child, whole, scripts;
