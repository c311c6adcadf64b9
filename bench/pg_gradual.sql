-- The same by pg_gradual: with its sync trigger, its second look for rows that
-- were written behind it, and ANALYZE.

\set script 'UPDATE users SET ' :column ' = ' :value ' WHERE ' :condition ';'
\if :adds
\set script 'ALTER TABLE users ADD COLUMN ' :column ' ' :type '; ' :script
\endif
SELECT gradual.define('fill', :'script', workers => :workers);
SET gradual.nice = :nice;
CALL gradual.run('fill');
