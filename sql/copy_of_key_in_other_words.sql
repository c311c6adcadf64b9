-- The copy of a key is the same to the letter, also where it was replaced by one
-- that is equal but written in another way.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE prices (amount numeric, code text, note text, PRIMARY KEY (amount, code));
INSERT INTO prices SELECT g, 'c' || g, 'note ' || g FROM generate_series(1, 4) g;
SELECT gradual.define('copy', $$
    CREATE TABLE tariffs (amount numeric, code text, note text, PRIMARY KEY (amount, code));
    INSERT INTO tariffs SELECT * FROM prices
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');
UPDATE prices SET amount = 1.00 WHERE code = 'c1';
UPDATE prices SET amount = 2.0, note = 'new' WHERE code = 'c2';
UPDATE prices SET amount = 3.0, code = 'd3' WHERE code = 'c3';
UPDATE prices SET amount = amount + 0.50 WHERE amount = 1;
UPDATE prices SET amount = 1.500 WHERE amount = 1.5;
TABLE prices ORDER BY amount;
TABLE tariffs ORDER BY amount;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
DROP TABLE prices, tariffs;

-- a key that was refused is found again, whatever way of writing the session has
CREATE TABLE days (day date PRIMARY KEY, n int);
INSERT INTO days VALUES ('2020-01-02', 1), ('2020-02-01', 1);
SELECT gradual.define('days', $$
    CREATE TABLE dates (day date PRIMARY KEY, n int CHECK (n > 0));
    INSERT INTO dates SELECT * FROM days
$$);
SELECT gradual.start('days');
CALL gradual.wait('days');
SET DateStyle = 'German, DMY';
UPDATE days SET n = -1 WHERE day = '02.01.2020';
SET DateStyle = ISO;
UPDATE dates SET n = 5 WHERE day = '2020-02-01';
SELECT key FROM gradual.migration_refused;
SELECT gradual.complete('days');
CALL gradual.wait('days');
BEGIN;
ALTER TABLE dates DROP CONSTRAINT dates_n_check;
COMMIT;
SELECT gradual.complete('days');
CALL gradual.wait('days');
TABLE dates ORDER BY day;
DROP TABLE days, dates;
