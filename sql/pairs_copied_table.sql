-- CREATE TABLE (LIKE t) and INHERITS (t) copy what the script has done to t so
-- far, also what is only there later: indexes, a dropped default.

CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL DEFAULT 3, b text);
INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 10) g;
CREATE INDEX t_a ON t (a);

\set like 'DROP INDEX t_a; CREATE INDEX t_b ON t (b); ALTER TABLE t ALTER a DROP DEFAULT; CREATE TABLE copied (LIKE t INCLUDING ALL); CREATE TABLE other (LIKE t); COMMENT ON TABLE copied IS $s$of t$s$'
SELECT step, phase, statement, action FROM gradual.explain(:'like');
CALL gradual.run('like', :'like');
\d copied

\set inherit 'ALTER TABLE t ALTER b SET NOT NULL; CREATE TABLE kid () INHERITS (t)'
SELECT phase, statement, action FROM gradual.explain(:'inherit');
CALL gradual.run('inherit', :'inherit');
\d kid

CREATE STATISTICS t_stats ON a, b FROM t;
\set stats 'DROP STATISTICS t_stats; CREATE TABLE plainly (LIKE t INCLUDING INDEXES); CREATE TABLE all_of_it (LIKE t INCLUDING ALL)'
SELECT phase, statement, action FROM gradual.explain(:'stats');
CALL gradual.run('stats', :'stats');
SELECT stxname FROM pg_statistic_ext WHERE stxrelid IN ('t'::regclass, 'all_of_it'::regclass);

-- it would copy what comes later
SELECT gradual.explain('ALTER TABLE t RENAME b TO c; CREATE TABLE early (LIKE t); ALTER TABLE t ADD later int');
SELECT gradual.explain('ALTER TABLE t RENAME b TO c; CREATE TABLE early (LIKE t INCLUDING ALL); ALTER TABLE t ALTER a TYPE bigint');
SELECT count(*) > 0 AS accepted FROM gradual.explain('CREATE TABLE early (LIKE t); ALTER TABLE t ADD later int');

-- another table's changes are no reason to wait
CREATE TABLE apart (id int);
SELECT phase, statement, action FROM gradual.explain('CREATE INDEX ON t (b, a); CREATE TABLE copy_of_apart (LIKE apart)');

SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
