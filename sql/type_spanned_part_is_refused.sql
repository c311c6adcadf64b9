-- What hangs on two columns is there anew with the second one's type: a statement
-- between the changes of their types that is about it is refused by define.
CREATE TABLE t (id int, a int, b int, CONSTRAINT both_positive CHECK (a > 0 AND b > 0), CONSTRAINT both_once UNIQUE (a, b));
INSERT INTO t SELECT n, n, n FROM generate_series(1, 20) n;
CREATE INDEX t_both ON t (b, a);
CREATE STATISTICS t_stats ON a, b FROM t;
CREATE SCHEMA other;
\set VERBOSITY terse
SELECT format('SELECT step, action FROM gradual.explain(%L)',
              'ALTER TABLE t ALTER a TYPE bigint; ' || s || '; ALTER TABLE t ALTER b TYPE bigint')
FROM unnest(ARRAY[
'COMMENT ON CONSTRAINT both_positive ON t IS ''x''',
'COMMENT ON CONSTRAINT both_once ON t IS ''x''',
'ALTER TABLE t RENAME CONSTRAINT both_positive TO positive',
'ALTER TABLE t RENAME CONSTRAINT both_once TO once',
'ALTER INDEX t_both RENAME TO both_in_t',
'ALTER STATISTICS t_stats SET STATISTICS 10',
'ALTER STATISTICS t_stats RENAME TO stats',
'ALTER STATISTICS t_stats SET SCHEMA other',
'COMMENT ON STATISTICS t_stats IS ''x''',
'DROP STATISTICS t_stats']) s \gexec
\set VERBOSITY default
SELECT gradual.define('m', 'ALTER TABLE t ALTER a TYPE bigint; ALTER INDEX t_both RENAME TO both_in_t; ALTER TABLE t ALTER b TYPE bigint');

-- before, after, and of one of the columns
CALL gradual.run('all', $$
ALTER STATISTICS t_stats RENAME TO stats;
ALTER TABLE t RENAME CONSTRAINT both_once TO once;
ALTER TABLE t ALTER a TYPE bigint;
COMMENT ON INDEX t_both IS 'on both';
ALTER TABLE t ALTER id TYPE bigint, ALTER b TYPE bigint;
ALTER INDEX t_both RENAME TO both_in_t;
COMMENT ON CONSTRAINT once ON t IS 'once';
$$);
\d t
DROP TABLE t;
DROP SCHEMA other;
