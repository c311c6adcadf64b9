-- Tables that the script puts together in one are carried over each by itself, where
-- a constant and a key keep their rows apart; as a plain role, for another one.
\pset format unaligned
\pset tuples_only on
CREATE ROLE regress_owner LOGIN;
CREATE ROLE regress_app;
GRANT CREATE ON SCHEMA public TO regress_owner;
GRANT regress_owner TO CURRENT_USER;
SET ROLE regress_owner;
CREATE TABLE cats (id int PRIMARY KEY, name text);
CREATE TABLE dogs (id int PRIMARY KEY, name varchar(20));
INSERT INTO cats SELECT g, 'cat ' || g FROM generate_series(1, 10) g;
INSERT INTO dogs SELECT g, 'dog ' || g FROM generate_series(1, 10) g;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON cats, dogs TO regress_app;
SELECT step, phase, action, target FROM gradual.explain('CREATE TABLE pets (kind text, id int, name text); INSERT INTO pets SELECT ''cat'', * FROM cats; INSERT INTO pets SELECT ''dog'', * FROM dogs');
SELECT gradual.define('pets', $$
    SET DateStyle = German;
    CREATE TABLE pets (kind text, id int, name text, legs smallint, at text DEFAULT 'd', PRIMARY KEY (kind, id));
    INSERT INTO pets SELECT 'cat', *, 4, DATE '2020-02-01'::text FROM cats;
    INSERT INTO pets (legs, kind, id, name) SELECT 4, 'dog', * FROM dogs;
$$);
SELECT gradual.start('pets');
CALL gradual.wait('pets');
RESET ROLE;
SET ROLE regress_app;
UPDATE cats SET name = 'Tom' WHERE id = 1;
DELETE FROM dogs WHERE id = 2;
INSERT INTO cats VALUES (11, 'Garfield');
UPDATE dogs SET id = 12, name = 'Rex' WHERE id = 3;
SELECT name FROM pets;
RESET ROLE;
SELECT * FROM pets WHERE id IN (1, 2, 3, 11, 12) ORDER BY 1, 2;
SET ROLE regress_app;
TRUNCATE dogs;
RESET ROLE;
SELECT kind, count(*) FROM pets GROUP BY 1;
-- nobody but its owner makes it write
CREATE TABLE mine (id int PRIMARY KEY, name text);
CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION gradual.carry('1', '3');
INSERT INTO mine VALUES (1, 'x');
-- nor does anybody make it stop unseen
ALTER TABLE cats DISABLE TRIGGER "!_gradual_1_3";
SELECT gradual.complete('pets');
CALL gradual.wait('pets');
ALTER TABLE cats ENABLE ALWAYS TRIGGER "!_gradual_1_3";
SELECT gradual.complete('pets');
CALL gradual.wait('pets');
SELECT status FROM gradual.ledger;
SELECT * FROM pets ORDER BY kind, id;
DROP TABLE pets, cats, dogs, mine;
DROP OWNED BY regress_owner, regress_app;
DROP ROLE regress_owner, regress_app;
