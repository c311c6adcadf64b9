-- What no script may hold is refused when it is parsed; BEGIN and COMMIT are
-- dropped, since a migration has transactions of its own.
CREATE TABLE users (id bigint PRIMARY KEY, n int);
INSERT INTO users VALUES (1);
CREATE ROLE script_role;

-- What belongs to psql
SELECT gradual.define('refused', 'SELECT 1;' || E'\n' || '\d users');
SELECT gradual.define('refused', '\set x 1');
SELECT gradual.define('refused', 'SELECT 1 \gset');
SELECT gradual.define('refused', E'COPY users FROM STDIN;\n1\t2\n\\.\n');
SELECT gradual.define('refused', 'SELECT 1; COPY users FROM STDIN');
SELECT gradual.define('refused', 'SELECT 1; COPY users TO STDOUT');

-- What belongs to the session or the transaction
SELECT gradual.define('refused', 'SELECT 1; SAVEPOINT s');
SELECT gradual.define('refused', 'SELECT 1; RELEASE s');
SELECT gradual.define('refused', 'SELECT 1; ROLLBACK TO s');
SELECT gradual.define('refused', 'SELECT 1; ROLLBACK');
SELECT gradual.define('refused', 'BEGIN; SELECT 1; ROLLBACK');
-- some tools end so: it rolls back nothing
SELECT gradual.explain('BEGIN; SELECT 1; COMMIT; ROLLBACK');
SELECT gradual.define('refused', 'SELECT 1; PREPARE TRANSACTION ''x''');
SELECT gradual.define('refused', 'SELECT 1; COMMIT PREPARED ''x''');
SELECT gradual.define('refused', 'SELECT 1; DISCARD ALL');
SELECT gradual.define('refused', 'SELECT 1; DISCARD TEMP');
SELECT gradual.define('refused', 'SELECT 1; RESET ALL');
SELECT gradual.define('refused', 'SELECT 1; RESET work_mem');
SELECT gradual.define('refused', 'SELECT 1; SET SESSION AUTHORIZATION script_role');
SELECT gradual.define('refused', 'SELECT 1; RESET SESSION AUTHORIZATION');
SELECT gradual.define('refused', 'SELECT 1; SET ROLE script_role');
SELECT gradual.define('refused', 'SELECT 1; SET LOCAL ROLE script_role');
SELECT gradual.define('refused', 'SELECT 1; RESET ROLE');
SELECT gradual.define('refused', 'SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
SELECT gradual.define('refused', 'SELECT 1; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
SELECT gradual.define('refused', 'SELECT 1; SET transaction_read_only = on');

-- .. even below a word that looks like it
SELECT gradual.define('refused', 'SET roles.x = ''1''; SELECT ''SAVEPOINT s; \d'', $$COPY t FROM STDIN$$ /* DISCARD ALL; */ -- RESET ALL');
SELECT gradual.forget('refused');

-- BEGIN and COMMIT
SELECT gradual.define('refused', 'BEGIN; ALTER TABLE users ADD x int; COMMIT;');
SELECT step, statement, action, sql FROM gradual.plan('refused');
SELECT gradual.define('refused', 'START TRANSACTION ISOLATION LEVEL SERIALIZABLE; ALTER TABLE users ADD y int; END');
SELECT step, statement, action, sql FROM gradual.plan('refused');
-- .. said once, by define()
SELECT gradual.start('refused', auto_complete => true);
CALL gradual.wait('refused', '1 min');
SELECT name, status FROM gradual.ledger WHERE name = 'refused';
SELECT gradual.forget('refused');
SELECT step, statement, action FROM gradual.explain('BEGIN; ALTER TABLE users ADD z int; COMMIT;');

DROP TABLE users;
DROP ROLE script_role;
