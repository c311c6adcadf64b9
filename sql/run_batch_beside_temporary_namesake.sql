-- run_batch changes the tables that the script means, whatever its session calls by
-- their names since.

SET gradual.direct_pages = 0;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 3) g;
SELECT gradual.define('change', $$
    ALTER TABLE users ADD COLUMN nick text;
    UPDATE users SET nick = upper(name);
    UPDATE users SET id = id + 100;
    ALTER TABLE users DROP COLUMN name;
$$);
SELECT * FROM gradual.run_batch('change');

CREATE TEMP TABLE users (id int PRIMARY KEY, name text, nick text);
INSERT INTO users VALUES (7, 'seven');
CREATE PROCEDURE go_on() LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 30 LOOP
        EXIT WHEN (SELECT is_done FROM gradual.run_batch('change'));
        COMMIT;
    END LOOP;
END
$$;
CALL go_on();
SELECT status, error FROM gradual.ledger;
SELECT gradual.complete('change');
CALL go_on();
SELECT status, error FROM gradual.ledger;

TABLE users;
TABLE public.users;
DROP TABLE users, public.users;
