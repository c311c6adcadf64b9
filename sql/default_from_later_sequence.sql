-- A default that takes its numbers from the sequence which a new column of a table in
-- another schema gets waits for it: the sequence has its name from the swap on.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA apart;
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE apart.u (id int PRIMARY KEY, n int);
INSERT INTO t SELECT generate_series(1, 10);
INSERT INTO apart.u VALUES (1);
CALL gradual.run('default', $$
    ALTER TABLE t ADD COLUMN no serial;
    ALTER TABLE apart.u ALTER COLUMN n SET DEFAULT nextval('public.t_no_seq')
$$);
SELECT status, error FROM gradual.ledger;
INSERT INTO apart.u (id) VALUES (2);
SELECT n FROM apart.u ORDER BY id;
DROP TABLE apart.u, t;
DROP SCHEMA apart;
