-- A read-only session is told so in words of ours, with the way out; what only
-- looks works there.

CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int');

SET default_transaction_read_only = on;
SELECT gradual.define('n', 'ALTER TABLE t ADD COLUMN c int');
SELECT gradual.explain('ALTER TABLE t ADD COLUMN c int');
SELECT gradual.start('m');
CALL gradual.run('m');
SELECT gradual.track_start('w');

SELECT step, action FROM gradual.plan('m');
SELECT name, status FROM gradual.ledger;
SELECT gradual.has_run('m');

SET default_transaction_read_only = off;
BEGIN READ ONLY;
SELECT gradual.preview('m');
ROLLBACK;

-- a role that cannot write by default: its worker can
CREATE ROLE careful LOGIN;
GRANT USAGE, CREATE ON SCHEMA public TO careful;
ALTER TABLE t OWNER TO careful;
ALTER ROLE careful SET default_transaction_read_only = on;
SET ROLE careful;
CALL gradual.run('o', 'ALTER TABLE t ADD COLUMN c int DEFAULT 1');
RESET ROLE;
\d t
DROP OWNED BY careful;
DROP ROLE careful;
