-- An enum is exchanged for one of its own name.  The old one keeps that until the
-- swap, so a script that renames it first is refused, and the hint says what works.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok');
INSERT INTO people SELECT generate_series(1, 300);

SELECT gradual.define('exchange', $$
    ALTER TYPE mood RENAME TO mood_old;
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    ALTER TABLE people ALTER m DROP DEFAULT, ALTER m TYPE mood USING m::text::mood, ALTER m SET DEFAULT 'ok';
    DROP TYPE mood_old;
$$);
SELECT gradual.define('exchange', $$
    CREATE TYPE mood_new AS ENUM ('sad', 'ok', 'happy');
    ALTER TABLE people ALTER m DROP DEFAULT, ALTER m TYPE mood_new USING m::text::mood_new, ALTER m SET DEFAULT 'ok';
    DROP TYPE mood;
    ALTER TYPE mood_new RENAME TO mood;
$$);
CALL gradual.run('exchange');
\d people
SELECT enum_range(NULL::mood);

SELECT gradual.forget('exchange');
DROP TABLE people;
DROP TYPE mood;
