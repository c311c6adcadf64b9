-- What a type change makes of a value is what the session that starts the
-- migration would make of it, whatever session writes the row.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO, DMY';
CREATE TABLE visits (id int PRIMARY KEY, day text, at text, ratio float8, pause interval);
INSERT INTO visits SELECT g, '02/01/2020', '2020-01-01 08:00', 1.0 / 3, '1 day 2 hours' FROM generate_series(1, 4) g;
SELECT gradual.define('visits', $$
    ALTER TABLE visits ALTER COLUMN day TYPE date USING day::date,
        ALTER COLUMN at TYPE timestamptz USING at::timestamptz,
        ALTER COLUMN ratio TYPE text, ALTER COLUMN pause TYPE text
$$);
SELECT gradual.start('visits');
CALL gradual.wait('visits');
-- another session
SET TimeZone = 'UTC';
SET DateStyle = 'German, MDY';
SET IntervalStyle = 'sql_standard';
SET extra_float_digits = -10;
INSERT INTO visits VALUES (5, '02/01/2020', '2020-01-01 08:00', 1.0 / 3::float8, '1 day 2 hours'),
    (6, '31/12/2020', '2020-01-01 08:00', 1.0 / 3::float8, '1 day 2 hours');
UPDATE visits SET day = '03/01/2020', at = '2020-01-02 08:00', ratio = 1.0 / 7::float8, pause = '2 days' WHERE id = 2;
SELECT gradual.complete('visits');
CALL gradual.wait('visits');
RESET IntervalStyle;
RESET extra_float_digits;
SET DateStyle = 'ISO, DMY';
TABLE visits ORDER BY id;
DROP TABLE visits;
