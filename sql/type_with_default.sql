-- A default that an ALTER TABLE sets together with a new type that comes in the swap
-- comes with that: until then it may be none of the old type.
\pset format unaligned
\pset tuples_only on
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN calm AS mood CHECK (VALUE <> 'sad');
CREATE TABLE people (id int PRIMARY KEY, mood calm DEFAULT 'ok', other calm NOT NULL DEFAULT 'happy');
INSERT INTO people VALUES (1);
SELECT gradual.define('free', $$
    ALTER TABLE people ALTER mood TYPE mood, ALTER mood SET DEFAULT 'sad';
    ALTER TABLE people ALTER other DROP DEFAULT, ALTER other TYPE mood USING other::mood, ALTER other SET DEFAULT 'sad'
$$);
SELECT phase, sql FROM gradual.plan('free');
SELECT gradual.start('free');
CALL gradual.wait('free');
INSERT INTO people VALUES (2);
SELECT gradual.complete('free');
CALL gradual.wait('free');
INSERT INTO people VALUES (3);
TABLE people;
DROP TABLE people;
DROP DOMAIN calm;
DROP TYPE mood;
