-- An index that the script drops and makes anew under the same name is replaced
-- in one transaction: the new one is built beside it, under another name.
\pset format unaligned
\pset tuples_only on
CREATE TABLE users (id int PRIMARY KEY, email text, n int);
INSERT INTO users SELECT i, 'u' || i, i % 10 FROM generate_series(1, 1000) i;
CREATE INDEX "by Email" ON users (email);
CREATE UNIQUE INDEX by_n ON users (n, id);
SELECT phase, statement, action, sql, lock_mode, reversible, note FROM gradual.explain($$
    DROP INDEX "by Email", by_n;
    CREATE INDEX "by Email" ON users (lower(email)) WHERE id > 3;
    CREATE UNIQUE INDEX IF NOT EXISTS by_n ON users (id DESC, n) INCLUDE (email);
    COMMENT ON INDEX "by Email" IS 'lower case';
$$);

SELECT gradual.define('anew', $$
    ALTER TABLE users ADD low text;
    UPDATE users SET low = lower(email);
    DROP INDEX "by Email", by_n;
    CREATE INDEX "by Email" ON users (low) WHERE id > 3;
    CREATE UNIQUE INDEX by_n ON users (id DESC, n) INCLUDE (email);
    COMMENT ON INDEX "by Email" IS 'lower case';
$$);
SELECT gradual.start('anew');
CALL gradual.wait('anew');
-- both are there
SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indrelid = 'users'::regclass ORDER BY 1;
SELECT gradual.rollback('anew');
CALL gradual.wait('anew');
SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indrelid = 'users'::regclass ORDER BY 1;

SELECT gradual.start('anew');
CALL gradual.wait('anew');
SELECT gradual.complete('anew');
CALL gradual.wait('anew');
SELECT status, error FROM gradual.ledger;
SELECT pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid) FROM pg_index WHERE indrelid = 'users'::regclass ORDER BY 1;

-- over a column that is then given another type: the one beside it has the name
-- until the swap
SELECT gradual.define('retyped', $$
    DROP INDEX "by Email";
    CREATE INDEX "by Email" ON users (n);
    ALTER TABLE users ALTER COLUMN n TYPE bigint;
$$);
SELECT gradual.start('retyped');
CALL gradual.wait('retyped');
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'users'::regclass ORDER BY 1;
SELECT gradual.complete('retyped');
CALL gradual.wait('retyped');
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'users'::regclass ORDER BY 1;
