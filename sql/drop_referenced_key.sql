-- A key that something refers to cannot be dropped: define() says so with
-- PostgreSQL's own message, unless the script drops what refers to it before.
CREATE TABLE parent (id int PRIMARY KEY, code text CONSTRAINT code_key UNIQUE, n int, payload text);
CREATE UNIQUE INDEX parent_n ON parent (n);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, code text REFERENCES parent (code),
                    n int CONSTRAINT "child's n" REFERENCES parent (n));
CREATE TABLE other (id int REFERENCES parent);
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree);
CREATE VIEW counted AS SELECT parent.id, payload, count(*) FROM parent GROUP BY parent.id;
INSERT INTO parent VALUES (1, 'a', 1, 'x');
INSERT INTO child VALUES (1, 1, 'a', 1);
INSERT INTO tree VALUES (1, 1);

SELECT gradual.define('m', 'SELECT 1; ALTER TABLE parent DROP CONSTRAINT parent_pkey');
SELECT gradual.define('m', 'ALTER TABLE parent DROP CONSTRAINT IF EXISTS code_key');
SELECT gradual.define('m', 'DROP INDEX parent_n');
SELECT gradual.define('m', 'ALTER TABLE tree DROP CONSTRAINT tree_pkey');
-- what CASCADE takes along the plan names
SELECT phase, action, target, note FROM gradual.explain('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE');
-- but not with what an earlier statement has to carry over
SELECT gradual.define('m', 'ALTER TABLE parent ALTER n TYPE bigint; ALTER TABLE parent DROP CONSTRAINT code_key CASCADE');
-- a part of it dropped is not enough
SELECT gradual.define('m', 'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey; ALTER TABLE parent DROP CONSTRAINT parent_pkey');

-- nothing refers to these, or not any more
\set VERBOSITY terse
SELECT statement, action, target FROM gradual.explain($$
    ALTER TABLE child DROP CONSTRAINT child_pkey;
    ALTER TABLE child DROP CONSTRAINT child_code_fkey, DROP CONSTRAINT "child's n";
    ALTER TABLE parent DROP CONSTRAINT code_key;
    DROP INDEX parent_n;
    ALTER TABLE tree DROP CONSTRAINT tree_up_fkey;
    ALTER TABLE tree DROP CONSTRAINT tree_pkey;
$$);
-- a foreign key goes with its column
SELECT statement, action, target FROM gradual.explain($$
    ALTER TABLE other DROP COLUMN id;
    ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
    ALTER TABLE parent DROP CONSTRAINT parent_pkey;
$$);
DROP VIEW counted;
SELECT statement, action, target FROM gradual.explain($$
    ALTER TABLE other DROP COLUMN id;
    ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey;
    ALTER TABLE parent DROP CONSTRAINT parent_pkey;
$$);

-- and it runs
SELECT gradual.define('m', $$
    ALTER TABLE child DROP CONSTRAINT child_code_fkey;
    ALTER TABLE parent DROP CONSTRAINT code_key;
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT conrelid::regclass, conname FROM pg_constraint
WHERE conrelid IN ('parent'::regclass, 'child'::regclass) AND contype <> 'n' ORDER BY 1, 2;
