-- SET NOT NULL of a column whose NOT NULL is NOT VALID (PostgreSQL 18) goes through the
-- table while everybody reads and writes, by VALIDATE; rows with NULL are named.  And the
-- plan of what writes all rows names such a constraint.  Before 18 there is none.
SELECT current_setting('server_version_num')::int >= 180000 AS has_unproved \gset
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1, NULL, 1), (2, 2, 2);
\if :has_unproved
ALTER TABLE t ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
\endif
SELECT array_agg(phase || ', ' || lock_mode || ': ' || sql) = ARRAY['verify, SHARE UPDATE EXCLUSIVE: ALTER TABLE public.t VALIDATE CONSTRAINT a_nn'] OR NOT :'has_unproved'::bool AS validates
FROM gradual.explain('ALTER TABLE t ALTER a SET NOT NULL');
SELECT bool_or(note ~ 'Constraint a_nn is NOT VALID: a row that violates it') = :'has_unproved'::bool AS named
FROM gradual.explain('ALTER TABLE t ALTER b TYPE bigint');

\if :has_unproved
DO $$ BEGIN PERFORM gradual.define('t', 'ALTER TABLE t ALTER a SET NOT NULL'), gradual.start('t'); END $$;
CALL gradual_test.await_true($$(SELECT status = 'failed' FROM gradual.ledger WHERE name = 't')$$);
\endif
SELECT bool_and(error ~ '1 row is in the way: .id.=.1.') IS DISTINCT FROM false AS told
FROM gradual.ledger WHERE name = 't';
UPDATE t SET a = 1 WHERE a IS NULL;
SET client_min_messages = warning;
CALL gradual.run('t', 'ALTER TABLE t ALTER a SET NOT NULL');
SELECT attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'a';
DROP TABLE t;
