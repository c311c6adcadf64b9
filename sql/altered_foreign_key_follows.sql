-- A foreign key that a type change replaces is as it is in the swap, whoever has altered it
-- since the plan was made: deferrable, and with its comment.  One that was validated
-- meanwhile is named, since its successor is not.
CREATE TABLE k (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT t_a REFERENCES k, b int CONSTRAINT t_b REFERENCES k DEFERRABLE INITIALLY DEFERRED, c int, d int);
INSERT INTO k VALUES (1);
INSERT INTO t VALUES (1, 1, 1, 1, 1);
ALTER TABLE t ADD CONSTRAINT t_c FOREIGN KEY (c) REFERENCES k NOT VALID, ADD CONSTRAINT t_d FOREIGN KEY (d) REFERENCES k NOT VALID;
SELECT gradual.define('keys', 'ALTER TABLE t VALIDATE CONSTRAINT t_c; COMMENT ON CONSTRAINT t_c ON t IS ''of the script''; ALTER TABLE k ALTER id TYPE bigint');
SELECT gradual.start('keys');
CALL gradual.wait('keys');
ALTER TABLE t ALTER CONSTRAINT t_a DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE t ALTER CONSTRAINT t_b NOT DEFERRABLE;
COMMENT ON CONSTRAINT t_b ON t IS 'of others';
ALTER TABLE t VALIDATE CONSTRAINT t_d;
SELECT gradual.complete('keys');
CALL gradual.wait('keys');
UPDATE pg_constraint SET convalidated = false WHERE conname = 't_d';
SELECT gradual.start('keys', auto_complete => true);
CALL gradual.wait('keys');
SELECT conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'f' ORDER BY 1;
SELECT DISTINCT tgdeferrable, tginitdeferred FROM pg_trigger JOIN pg_constraint k ON tgconstraint = k.oid WHERE conname = 't_a' AND tgrelid = 't'::regclass;

-- what the script itself alters, before and after
SELECT gradual.define('again', 'ALTER TABLE t ALTER CONSTRAINT t_b DEFERRABLE; ALTER TABLE t ALTER a TYPE bigint, ALTER b TYPE bigint; ALTER TABLE t ALTER CONSTRAINT t_a NOT DEFERRABLE');
SELECT gradual.start('again', auto_complete => true);
CALL gradual.wait('again');
SELECT conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'f' ORDER BY 1;
DROP TABLE t, k;
