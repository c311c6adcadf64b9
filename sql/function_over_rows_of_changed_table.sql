-- Functions that take or return rows of a table are found, replaced, altered and
-- dropped by statements that come after one which changes the table.
SET client_min_messages = warning;
CREATE TABLE jobs (id int PRIMARY KEY, s text);
INSERT INTO jobs SELECT i, 's' || i FROM generate_series(1, 3) i;
CREATE FUNCTION next_job() RETURNS jobs LANGUAGE sql AS 'SELECT * FROM jobs ORDER BY id LIMIT 1';
CREATE FUNCTION all_jobs() RETURNS SETOF jobs LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM jobs; END';
CREATE FUNCTION with_number() RETURNS TABLE (j jobs, n int) LANGUAGE sql AS 'SELECT j, 1 FROM jobs j';
CREATE FUNCTION label(j jobs DEFAULT NULL) RETURNS text LANGUAGE sql AS 'SELECT j.s';
CREATE FUNCTION first(VARIADIC j jobs[]) RETURNS jobs LANGUAGE sql AS 'SELECT j[1]';
CREATE FUNCTION stays(j jobs) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT j.s; END;
CREATE VIEW labels AS SELECT id, label(jobs) AS label FROM jobs;

CALL gradual.run('replaced', $$
    ALTER TABLE jobs ADD k text;
    UPDATE jobs SET k = label(jobs) || stays(jobs) || jobs.label;
    CREATE OR REPLACE FUNCTION next_job() RETURNS jobs LANGUAGE sql AS 'SELECT * FROM jobs WHERE k IS NOT NULL ORDER BY id DESC LIMIT 1';
    CREATE OR REPLACE FUNCTION all_jobs() RETURNS SETOF jobs LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM jobs WHERE k IS NOT NULL; END';
    CREATE OR REPLACE FUNCTION with_number() RETURNS TABLE (j jobs, n int) LANGUAGE sql AS 'SELECT j, 2 FROM jobs j';
    CREATE OR REPLACE FUNCTION label(j jobs DEFAULT NULL) RETURNS text LANGUAGE sql AS 'SELECT j.k';
    CREATE OR REPLACE VIEW labels AS SELECT id, label(jobs) AS label, (next_job()).k FROM jobs;
    ALTER FUNCTION label(jobs) STABLE;
    COMMENT ON FUNCTION first(jobs[]) IS 'the first';
$$);
SELECT next_job(), count(*), (SELECT string_agg(j::text || n, ' ' ORDER BY j) FROM with_number()) FROM all_jobs();
SELECT *, (first(j, j)).s FROM labels JOIN jobs j USING (id) ORDER BY id;
SELECT oid::regprocedure, prorettype::regtype, provolatile, obj_description(oid, 'pg_proc') FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND proname IN ('next_job', 'all_jobs', 'with_number', 'label', 'first', 'stays') ORDER BY proname;

CALL gradual.run('dropped', $$
    ALTER TABLE jobs ADD z text;
    ALTER VIEW labels RENAME k TO z;
    DROP FUNCTION first(jobs[]);
    CREATE FUNCTION first(jobs, jobs) RETURNS text LANGUAGE sql AS 'SELECT $1.s';
    ALTER FUNCTION stays(jobs) RENAME TO stayed;
$$);
SELECT first(jobs, jobs), stayed(jobs) FROM jobs ORDER BY id;

-- another type is another one
SELECT gradual.define('type', $$ALTER TABLE jobs ADD y text; CREATE OR REPLACE FUNCTION next_job() RETURNS text LANGUAGE sql AS 'SELECT ''x'''$$);
-- a value of a column has the type that the table has now
CREATE TABLE log (j jobs, n text);
INSERT INTO log SELECT j FROM jobs j;
CALL gradual.run('column', $$ALTER TABLE jobs ADD y text; UPDATE log SET n = label(j)$$);
SELECT n FROM log ORDER BY 1;

DROP TABLE log;
DROP TABLE jobs CASCADE;
