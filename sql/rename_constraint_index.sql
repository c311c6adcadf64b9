-- RENAME CONSTRAINT takes the index along: its old name is free for the next
-- one, its new one is not, and a column of it can still change.

CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE t (id int PRIMARY KEY, a text, b text, CONSTRAINT u UNIQUE (a));
INSERT INTO t SELECT n, n, n FROM generate_series(1, 100) n;
COMMENT ON CONSTRAINT u ON t IS 'kept';
ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey;

SELECT gradual.define('again', $$
    ALTER TABLE t RENAME CONSTRAINT u TO first;
    ALTER TABLE t ADD CONSTRAINT u UNIQUE (b);
$$);
CALL gradual.run('again');
SELECT conname, pg_get_constraintdef(oid), conindid::regclass, obj_description(oid, 'pg_constraint')
FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'u' ORDER BY 1;

SELECT gradual.define('taken', $$
    ALTER TABLE t RENAME CONSTRAINT u TO second;
    CREATE INDEX second ON t (id);
$$);
SELECT gradual.define('taken', $$ ALTER TABLE t RENAME CONSTRAINT u TO first $$);

SELECT gradual.define('retyped', $$
    ALTER TABLE t RENAME CONSTRAINT t_pkey TO t_key;
    ALTER TABLE t RENAME CONSTRAINT first TO second;
    ALTER TABLE t ALTER id TYPE bigint, ALTER a TYPE int USING a::int;
$$);
CALL gradual.run('retyped');
\d t
SELECT conname, obj_description(oid, 'pg_constraint')
FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'u' ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
