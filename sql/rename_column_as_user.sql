-- RENAME COLUMN by a user who is no superuser: the backfill fires no trigger,
-- which takes a right that the user does not have, and no other code of theirs
-- runs with it.
CREATE ROLE rename_column_user LOGIN;
CREATE SCHEMA online AUTHORIZATION rename_column_user;
SET ROLE rename_column_user;
SET search_path = online;
CREATE TABLE users (id int PRIMARY KEY, mail text, changed int DEFAULT 0);
INSERT INTO users SELECT n, 'user' || n FROM generate_series(1, 100) n;
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := OLD.changed + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER count_up BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_up();
SELECT gradual.define('rename', $$
    ALTER TABLE users RENAME mail TO address;
    UPDATE users SET address = current_setting('session_replication_role') || ' ' || address WHERE id <= 2;
$$);
SELECT gradual.start('rename');
CALL gradual.wait('rename');
SELECT * FROM users WHERE id <= 3 ORDER BY id;
SELECT gradual.complete('rename');
CALL gradual.wait('rename');
SELECT * FROM users WHERE id <= 3 ORDER BY id;
-- the same in the session itself
SELECT gradual.define('back', 'ALTER TABLE users RENAME address TO mail');
DO $$
BEGIN
    WHILE NOT (SELECT is_done FROM gradual.run_batch('back')) LOOP
    END LOOP;
END $$;
SHOW session_replication_role;
SELECT max(changed), count(*) FILTER (WHERE mail = address) FROM users;
SELECT gradual.rollback('back');
CALL gradual.wait('back');
SELECT * FROM users WHERE id <= 3 ORDER BY id;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
DROP ROLE rename_column_user;
