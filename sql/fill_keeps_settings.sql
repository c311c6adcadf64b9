-- What a fill or a copy computes does not depend on the settings of the session
-- that writes the row: it is what the session that starts the migration would
-- get, or what the script has set.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO, DMY';
SET default_text_search_config = 'german';
CREATE TABLE posts (id int PRIMARY KEY, at timestamptz, day text, body text, ratio float8);
INSERT INTO posts SELECT g, '2020-01-01 20:00+00', '02/01/2020', 'die Katzen', 1.0 / 3 FROM generate_series(1, 3) g;
SELECT gradual.define('settings', $$
    ALTER TABLE posts ADD COLUMN d date, ADD COLUMN e date, ADD COLUMN words tsvector, ADD COLUMN t text, ADD COLUMN z text, ADD COLUMN r text;
    UPDATE posts SET d = at::date, e = day::date, words = to_tsvector(body), t = at::text, r = ratio::text;
    CREATE TABLE days (id int PRIMARY KEY, d date, e date, t text);
    INSERT INTO days SELECT id, at, day::date, at || ' ' || ratio FROM posts;
    SET TimeZone = 'America/New_York';
    UPDATE posts SET z = at::text WHERE ratio > 0
$$);
SELECT gradual.start('settings');
CALL gradual.wait('settings');
-- another session
SET TimeZone = 'UTC';
SET DateStyle = 'German, MDY';
SET default_text_search_config = 'english';
SET extra_float_digits = -10;
INSERT INTO posts (id, at, day, body, ratio) VALUES (4, '2020-01-01 20:00+00', '02/01/2020', 'die Katzen', 1.0 / 3::float8);
UPDATE posts SET at = at + '1 s', day = '02/01/2020 ', body = 'der Hunde', ratio = 1.0 / 7::float8 WHERE id = 2;
SHOW TimeZone;
SHOW DateStyle;
RESET extra_float_digits;
SET DateStyle = 'ISO, DMY';
SELECT id, d, e, words, t, r, z FROM posts ORDER BY id;
TABLE days ORDER BY id;
SELECT gradual.complete('settings');
CALL gradual.wait('settings');
DROP TABLE posts, days;
