-- Members of pg_monitor see that a row is in the quarantine, and why; what it holds is
-- for members of the owner's role, as whom it was read.
SET client_min_messages = warning;
CREATE ROLE regress_gradual_owner LOGIN;
CREATE ROLE regress_gradual_member IN ROLE regress_gradual_owner;
CREATE ROLE regress_gradual_monitor IN ROLE pg_monitor;
CREATE ROLE regress_gradual_other;
CREATE TABLE t (id int PRIMARY KEY, a text, secret text, n int);
INSERT INTO t SELECT g, CASE g WHEN 7 THEN 'x' ELSE g::text END, 'xyzzy' FROM generate_series(1, 500) g;
ALTER TABLE t OWNER TO regress_gradual_owner;
SET ROLE regress_gradual_owner;
SELECT gradual.define('fill', 'UPDATE t SET n = a::int WHERE n IS NULL', on_error => 'quarantine');
SELECT gradual.start('fill');
CALL gradual.wait('fill');
SELECT key, row, message FROM gradual.quarantined;
SET ROLE regress_gradual_member;
SELECT key, row, message FROM gradual.quarantined;
SET ROLE regress_gradual_monitor;
SELECT key, row, message FROM gradual.quarantined;
SELECT failed FROM gradual.ledger;
SET ROLE regress_gradual_other;
SELECT key, row, message FROM gradual.quarantined;
SELECT failed FROM gradual.ledger;
RESET ROLE;
SELECT gradual.rollback('fill', force => true);
CALL gradual.wait('fill');
SELECT gradual.forget('fill');
DROP TABLE t;
DROP ROLE regress_gradual_owner, regress_gradual_member, regress_gradual_monitor, regress_gradual_other;
