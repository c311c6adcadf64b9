-- An enum that one script exchanges twice, over a table without rows, as two
-- migrations of TypeORM in one: until the swap both new ones have names of their own.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE person (id int PRIMARY KEY, mood mood);
SELECT gradual.define('twice', $$
    ALTER TYPE mood RENAME TO mood_old;
    CREATE TYPE mood AS ENUM ('sad', 'glad', 'so so');
    ALTER TABLE person ALTER mood TYPE mood USING mood::text::mood;
    DROP TYPE mood_old;
    ALTER TYPE mood RENAME TO mood_old;
    CREATE TYPE mood AS ENUM ('sad', 'glad', 'so so', 'none');
    ALTER TABLE person ALTER mood TYPE mood USING mood::text::mood;
    DROP TYPE mood_old;
    ALTER TABLE person ALTER mood SET DEFAULT 'none';
$$);
SELECT gradual.start('twice');
CALL gradual.wait('twice');
-- rows of the application, before and after
INSERT INTO person VALUES (1, 'sad');
SELECT gradual.rollback('twice');
CALL gradual.wait('twice');
SELECT typname, enum_range(NULL::mood) FROM pg_type WHERE typtype = 'e';
DELETE FROM person;
CALL gradual.run('twice');
INSERT INTO person VALUES (2);
SELECT * FROM person;
SELECT typname, enum_range(NULL::mood) FROM pg_type WHERE typtype = 'e';
DROP TABLE person;
DROP TYPE mood;
