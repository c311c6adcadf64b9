-- RENAME COLUMN keeps what the script says of a trigger with UPDATE OF that
-- column: enabled ALWAYS, as a REPLICA, or not at all.  None fires for the
-- backfill, each does for what is written under the new name.

CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE users (id int PRIMARY KEY, mail text, touched int DEFAULT 0);
INSERT INTO users SELECT n, 'user' || n FROM generate_series(1, 100) n;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := NEW.touched + 1; RETURN NEW; END';
CREATE TRIGGER a BEFORE UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER b BEFORE UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER c BEFORE UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER d BEFORE UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER e BEFORE UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE CONSTRAINT TRIGGER f AFTER UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE users DISABLE TRIGGER d;
CREATE VIEW enabled AS
    SELECT string_agg(regexp_replace(tgname, '_gradual_[\d_]+', '_gradual_N') || ' ' || tgenabled::text, ', ' ORDER BY tgname)
    FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname !~ '^[!~]';
SELECT * FROM enabled;

SELECT gradual.define('enable', $$
    ALTER TABLE users ENABLE ALWAYS TRIGGER a;
    ALTER TABLE users ENABLE REPLICA TRIGGER b, ENABLE ALWAYS TRIGGER f;
    ALTER TABLE users DISABLE TRIGGER c;
    ALTER TABLE users RENAME mail TO address;
    ALTER TABLE users ENABLE TRIGGER d;
    ALTER TABLE users ENABLE REPLICA TRIGGER e;
$$);
SELECT phase, statement, action, lock_mode FROM gradual.plan('enable');
SELECT gradual.start('enable');
CALL gradual.wait('enable');
SELECT * FROM enabled;
SELECT max(touched) FROM users;
UPDATE users SET address = 'new' WHERE id = 1 RETURNING touched;
SELECT gradual.rollback('enable');
CALL gradual.wait('enable');
SELECT * FROM enabled;
CALL gradual.run('enable');
SELECT * FROM enabled;
SELECT id, touched FROM users WHERE touched > 0;
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
