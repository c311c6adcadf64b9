-- A sequence becomes unlogged, and logged, in the swap, and goes on where it was.
\pset format unaligned
CREATE SEQUENCE numbers;
CREATE UNLOGGED SEQUENCE digits;
SELECT nextval('numbers'), nextval('digits');
SELECT phase, action, lock_mode, reversible FROM gradual.explain('ALTER SEQUENCE numbers SET UNLOGGED; ALTER SEQUENCE digits SET LOGGED');
CALL gradual.run('persistence', 'ALTER SEQUENCE numbers SET UNLOGGED; ALTER SEQUENCE digits SET LOGGED');
SELECT relname, relpersistence FROM pg_class WHERE relname IN ('numbers', 'digits') ORDER BY 1;
SELECT nextval('numbers'), nextval('digits');
SELECT gradual.forget('persistence');
DROP SEQUENCE numbers, digits;
