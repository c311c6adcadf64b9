-- A domain or composite type of the script that it alters may use what was made since: a
-- rollback takes that from it before.
CREATE TABLE t (id int PRIMARY KEY, old int);
INSERT INTO t VALUES (1, 1);
SELECT gradual.define('types', $$
    CREATE DOMAIN amount AS int DEFAULT 1 CONSTRAINT small CHECK (VALUE < 100);
    CREATE TYPE "Pair" AS (x int);
    CREATE FUNCTION is_odd(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 1';
    CREATE FUNCTION seven() RETURNS int LANGUAGE sql AS 'SELECT 7';
    CREATE TYPE mood AS ENUM ('glad');
    ALTER DOMAIN amount ADD CHECK (is_odd(VALUE));
    ALTER DOMAIN amount SET DEFAULT seven();
    ALTER TYPE "Pair" ADD ATTRIBUTE y mood;
    ALTER TABLE t DROP COLUMN old
$$);
SELECT gradual.start('types');
CALL gradual.wait('types');
SELECT gradual.rollback('types');
CALL gradual.wait('types');
SELECT status, error FROM gradual.ledger WHERE name = 'types';
SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'c', 'e') ORDER BY 1;
-- it stops in the middle: what is undone by then is as before
SELECT gradual.start('types');
CALL gradual.wait('types');
CREATE TABLE user_of_mood (mood mood);
SELECT gradual.rollback('types');
CALL gradual.wait('types');
SELECT typdefault, conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_type t ON t.oid = contypid WHERE typname = 'amount' ORDER BY 2;
\d "Pair"
DROP TABLE user_of_mood;
SELECT gradual.start('types');
CALL gradual.wait('types');
SELECT gradual.complete('types');
CALL gradual.wait('types');
SELECT typdefault, conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_type t ON t.oid = contypid WHERE typname = 'amount' ORDER BY 2;
\d "Pair"
DROP TABLE t;
DROP DOMAIN amount;
DROP TYPE "Pair", mood;
DROP FUNCTION is_odd, seven;
SELECT gradual.forget('types');
