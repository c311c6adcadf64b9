--
-- A row that the application moves behind the cursor is not lost, not even in a
-- sweep that finds no row at all.
--
CREATE FUNCTION drive(name text) RETURNS TABLE (rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    batch record;
BEGIN
    rows := 0;
    LOOP
        SELECT * INTO batch FROM gradual.run_batch(name);
        rows := rows + batch.processed;
        EXIT WHEN batch.is_done;
    END LOOP;
    RETURN NEXT;
END
$$;

-- one row a page, and more pages than one batch reads; the first is free
CREATE TABLE page (id int, state text, hits int, filler text);
ALTER TABLE page ALTER filler SET STORAGE PLAIN;
INSERT INTO page SELECT g, CASE WHEN g <> 2200 THEN 'done' END, 0, repeat('x', 7000)
FROM generate_series(1, 2200) g;
DELETE FROM page WHERE id = 1;
VACUUM page;

SELECT gradual.define('row_moves', $$
    UPDATE page SET state = 'done' WHERE state IS NULL;
$$);
SELECT processed FROM gradual.run_batch('row_moves');
UPDATE page SET hits = hits + 1 WHERE id = 2200;
SELECT ctid FROM page WHERE id = 2200;
SELECT * FROM drive('row_moves');
SELECT count(*) FROM page WHERE state IS NULL;

SELECT gradual.forget('row_moves');
DROP TABLE page;
DROP FUNCTION drive;
