-- RENAME COLUMN on a table with triggers: those of users see what the new
-- application wrote under the old name, and fire for neither backfill nor swap.

CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE users (id int PRIMARY KEY, mail text, changed int DEFAULT 0 NOT NULL);
INSERT INTO users SELECT n, 'user' || n FROM generate_series(1, 100) n;
CREATE FUNCTION normalise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row jsonb := to_jsonb(NEW);
BEGIN
    NEW.changed := NEW.changed + 1;
    IF row ? 'mail' THEN
        NEW.mail := lower(NEW.mail);
    ELSE
        NEW.address := lower(NEW.address);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER "Normalise" BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION normalise();
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := NEW.changed + 100;
    RETURN NEW;
END $$;
CREATE TRIGGER rare BEFORE UPDATE OF mail, changed ON users FOR EACH ROW
    WHEN (OLD.mail IS DISTINCT FROM NEW.mail) EXECUTE FUNCTION count_up();
CREATE TRIGGER never BEFORE UPDATE OF mail ON users FOR EACH ROW EXECUTE FUNCTION count_up();
ALTER TABLE users DISABLE TRIGGER never;
COMMENT ON TRIGGER rare ON users IS 'kept';
CREATE TEMP TABLE before AS SELECT gradual_test.shape('online') AS shape;

SELECT gradual.define('rename', 'ALTER TABLE users RENAME mail TO address');
SELECT phase, action, regexp_replace(sql, '_gradual_\d+', '_gradual_N', 'g') AS sql FROM gradual.plan('rename') WHERE phase IN ('expand', 'swap') \gx
SELECT gradual.start('rename');
CALL gradual.wait('rename');
SELECT count(*) FILTER (WHERE mail = address) AS filled, max(changed) AS changed FROM users;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname !~ 'gradual' ORDER BY 1;

INSERT INTO users (id, mail) VALUES (101, 'OLD');
INSERT INTO users (id, address) VALUES (102, 'NEW');
UPDATE users SET mail = 'OLD' WHERE id = 1;
UPDATE users SET address = 'NEW' WHERE id = 2;
UPDATE users SET changed = 0 WHERE id = 3;
SELECT * FROM users WHERE id <= 4 OR id > 100 ORDER BY id;

SELECT gradual.rollback('rename');
CALL gradual.wait('rename');
SELECT gradual_test.shape('online') EXCEPT SELECT shape FROM before;
SELECT shape FROM before EXCEPT SELECT gradual_test.shape('online');

CALL gradual.run('rename');
SELECT * FROM users WHERE id <= 4 OR id > 100 ORDER BY id;
UPDATE users SET address = 'NEWER' WHERE id = 1 RETURNING *;
SELECT pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger')
FROM pg_trigger WHERE tgrelid = 'users'::regclass ORDER BY 1;

-- a trigger that listens to several renamed columns
SELECT gradual.define('several', 'ALTER TABLE users RENAME changed TO changes; ALTER TABLE users RENAME address TO mail');
SELECT gradual.start('several');
CALL gradual.wait('several');
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname IN ('rare', 'never') ORDER BY 1;
SELECT gradual.rollback('several');
CALL gradual.wait('several');
SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname IN ('rare', 'never') ORDER BY 1;

-- what the script does to the trigger before and after
SELECT gradual.define('triggers', $$
    DROP TRIGGER never ON users;
    CREATE OR REPLACE TRIGGER rare BEFORE UPDATE OF address ON users FOR EACH ROW EXECUTE FUNCTION count_up();
    ALTER TABLE users RENAME address TO mail;
    DROP TRIGGER "Normalise" ON users;
$$);
SELECT phase, statement, action FROM gradual.plan('triggers');
CALL gradual.run('triggers');
SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE tgrelid = 'users'::regclass ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
