-- Claim: a batch goes to its own rows by their addresses, whatever the statistics
-- say: it does not look for all rows of the WHERE by an index, each time anew.

CREATE TABLE t (id int, state text, pad text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT n, 'done', repeat('x', 200) FROM generate_series(1, 1000) n;
CREATE INDEX t_state ON t (state);
VACUUM ANALYZE t;
UPDATE t SET state = 'new';
SELECT pg_stat_force_next_flush();
SELECT gradual.define('t', $$UPDATE t SET state = 'open' WHERE state = 'new'$$, batch_size => 50);
DO $$
BEGIN
    WHILE NOT (SELECT is_done FROM gradual.run_batch('t')) LOOP
    END LOOP;
END
$$;
SELECT pg_stat_force_next_flush();
SELECT status, processed FROM gradual.step WHERE name = 't';
SELECT state, count(*) FROM t GROUP BY state;
SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 't_state';
