-- The copy of a row is found by a key of a type that has a length, too.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE countries (code char(3), flags bit(4), name text, PRIMARY KEY (code, flags));
INSERT INTO countries VALUES ('de', B'0101', 'one'), ('fra', B'0001', 'two'), ('it', B'0011', 'three');
SELECT gradual.define('copy', $$
    CREATE TABLE nations (code char(3), flags bit(4), name text);
    INSERT INTO nations SELECT * FROM countries
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');
UPDATE countries SET name = 'new' WHERE code = 'de';
UPDATE countries SET code = 'fr' WHERE code = 'fra';
DELETE FROM countries WHERE code = 'it';
INSERT INTO countries VALUES ('es', B'1111', 'four');
UPDATE countries SET name = 'newer' WHERE code = 'es';
TABLE countries ORDER BY code;
TABLE nations ORDER BY code;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
DROP TABLE countries, nations;
