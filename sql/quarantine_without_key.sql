-- A quarantined row of a table without a key is known by its address and its image:
-- when the table is rewritten, and other rows have that address, none of them is
-- passed over in its place, and retry_quarantined() finds it where it is.

CREATE FUNCTION number_of(word text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RETURN word::int; END $$;
CREATE TABLE item (word text, at timestamptz DEFAULT '2026-01-01', pad text DEFAULT repeat('x', 200));
INSERT INTO item SELECT CASE WHEN n IN (5, 250) THEN 'bad' ELSE n::text END FROM generate_series(1, 300) n;

SELECT gradual.define('fill', $$
    ALTER TABLE item ADD COLUMN number int;
    UPDATE item SET number = number_of(word);
$$, on_error => 'quarantine', batch_size => 10);
SET gradual.nice = 100;
SELECT gradual.start('fill');
CALL gradual_test.await_true($$ failed = 1 AND processed > 0 FROM gradual.ledger WHERE name = 'fill' $$);
SELECT gradual.pause('fill');
CALL gradual_test.await_true($$ worker = '{}' FROM gradual.ledger WHERE name = 'fill' $$);
SELECT key, row ->> 'word' AS word FROM gradual.quarantined;

-- now the place is that of a row which is not filled yet
DELETE FROM item WHERE number IS NOT NULL OR word = '4';
VACUUM FULL item;
SELECT word <> 'bad' AS other, number FROM item WHERE ctid = '(0,5)';
SET timezone = 'Asia/Tokyo';
SELECT gradual.resume('fill');
SELECT gradual.alter('fill', nice => 0);
CALL gradual.wait('fill');
-- one of the two was met at both of its places
SELECT status, failed FROM gradual.ledger;
SELECT DISTINCT row ->> 'word' AS word FROM gradual.quarantined;
SELECT word, number FROM item WHERE number IS DISTINCT FROM nullif(word, 'bad')::int OR word = 'bad';

-- moved once more, and the function repaired
DELETE FROM item WHERE ctid = '(0,1)';
DELETE FROM item WHERE word::text = '299';
VACUUM FULL item;
CREATE OR REPLACE FUNCTION number_of(word text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RETURN CASE word WHEN 'bad' THEN 0 ELSE word::int END; END $$;
SELECT gradual.retry_quarantined('fill');
SELECT count(*) FROM gradual.quarantined;
SELECT word, number FROM item WHERE number IS NULL OR word = 'bad';
SELECT gradual.complete('fill');
CALL gradual.wait('fill');
SELECT status, failed FROM gradual.ledger;

DROP TABLE item;
DROP FUNCTION number_of;
