-- A domain is exchanged for one of its own name.  The old one keeps that until the
-- swap, so a script that renames it first is refused, and the hint says what works.
-- So it does where a column gets two new types after each other.
CREATE DOMAIN score AS int;
CREATE TABLE people (id int PRIMARY KEY, s score NOT NULL);
INSERT INTO people SELECT g, g % 10 FROM generate_series(1, 300) g;

SELECT gradual.define('exchange', $$
    ALTER DOMAIN score RENAME TO score_old;
    CREATE DOMAIN score AS bigint;
    ALTER TABLE people ALTER s TYPE score;
    DROP DOMAIN score_old;
$$);
SELECT gradual.define('exchange', $$
    CREATE DOMAIN score_new AS bigint;
    ALTER TABLE people ALTER s TYPE score_new;
    DROP DOMAIN score;
    ALTER DOMAIN score_new RENAME TO score;
$$);
CALL gradual.run('exchange');
SELECT gradual.define('twice', $$
    ALTER TABLE people ALTER s TYPE text;
    ALTER TABLE people ALTER s TYPE score USING s::score;
$$);
\d people
\dD score

SELECT gradual.forget('exchange');
DROP TABLE people;
DROP DOMAIN score;
