-- A fill with a value that makes a third of all rows leave their pages: the
-- primary key, in the order of the table, does not double, as it does by one
-- UPDATE, nor does the table; no row is missed where pages are dealt out.

CREATE TABLE t (id bigint NOT NULL, email text NOT NULL, payload text NOT NULL);
INSERT INTO t SELECT g, left(md5(g::text), 13) || '@example.com', repeat('p', 220)
FROM generate_series(1, 80000) g;
ALTER TABLE t ADD PRIMARY KEY (id);
VACUUM (FREEZE, ANALYZE) t;
CREATE TABLE before AS
SELECT pg_relation_size('t') AS heap, pg_relation_size('t_pkey') AS key;

CALL gradual.run('long', $$
    ALTER TABLE t ADD COLUMN long text;
    UPDATE t SET long = repeat(left(md5(email), 20), 5)
$$);
SELECT processed FROM gradual.ledger WHERE name = 'long';
SELECT count(*) FROM t WHERE long = repeat(left(md5(email), 20), 5);
SELECT pg_relation_size('t') < 1.6 * heap AS heap,
       pg_relation_size('t_pkey') < 1.3 * key AS key
FROM before;
SELECT n_tup_upd - n_tup_hot_upd < 0.4 * n_tup_upd AS few_moved, n_tup_upd
FROM pg_stat_user_tables WHERE relname = 't';
