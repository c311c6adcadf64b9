-- What becomes text in a fill or a copy that the server calls immutable does not
-- depend on the settings of the session that writes the row either: floats, bytea,
-- points, what is in arrays, domains and functions of the user's own.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE FUNCTION as_text(float8) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE DOMAIN share AS float8;
CREATE TABLE probe (id int PRIMARY KEY, r float8, s share, b bytea, i interval, p point, a float8[]);
INSERT INTO probe SELECT g, 1.0 / 3, 1.0 / 3, '\x01ff', '1 day 2 hours', '(0.1,1)', '{0.1}' FROM generate_series(1, 3) g;
SELECT gradual.define('text', $$
    ALTER TABLE probe ADD COLUMN r_text text, ADD COLUMN s_text varchar(30), ADD COLUMN b_text text, ADD COLUMN i_text text;
    ALTER TABLE probe ADD COLUMN p_text text, ADD COLUMN a_text text[], ADD COLUMN f_text text, ADD COLUMN short text;
    UPDATE probe SET r_text = r::text;
    UPDATE probe SET s_text = s::varchar(30);
    UPDATE probe SET b_text = b::text;
    UPDATE probe SET i_text = i::text;
    UPDATE probe SET p_text = p::text;
    UPDATE probe SET a_text = a::text[];
    UPDATE probe SET f_text = as_text(r);
    CREATE TABLE copy (id int PRIMARY KEY, t text);
    INSERT INTO copy SELECT id, r::text FROM probe;
    SET extra_float_digits = -10;
    UPDATE probe SET short = r::text
$$);
SELECT gradual.start('text');
CALL gradual.wait('text');
-- another session
SET extra_float_digits = -12;
SET bytea_output = 'escape';
SET IntervalStyle = 'iso_8601';
INSERT INTO probe (id, r, s, b, i, p, a) VALUES (4, 1.0 / 3::float8, 1.0 / 3::float8, '\x01ff', '1 day 2 hours', '(0.1,1)', '{0.1}');
UPDATE probe SET r = 2.0 / 3::float8, s = 2.0 / 3::float8, b = '\x02ff', i = '2 days 2 hours', p = '(0.3333333333333333,1)', a = '{0.3333333333333333}' WHERE id = 2;
SHOW extra_float_digits;
SHOW bytea_output;
SHOW IntervalStyle;
SELECT id, r_text, s_text, b_text, i_text, p_text, a_text, f_text, short FROM probe ORDER BY id;
TABLE copy ORDER BY id;
SELECT gradual.complete('text');
CALL gradual.wait('text');
SELECT gradual.forget('text');
DROP TABLE probe, copy;
DROP DOMAIN share;
DROP FUNCTION as_text;
