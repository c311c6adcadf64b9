-- Wide rows may be deleted between the visits of their pages, and partitions have
-- indexes of their own or none: every row that stays is filled, and its indexes
-- lead to it.

CREATE TABLE p (id int NOT NULL, k int NOT NULL, email text NOT NULL, filler text NOT NULL) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 (gone int, filler text NOT NULL, email text NOT NULL, k int NOT NULL, id int NOT NULL);
ALTER TABLE p2 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
CREATE INDEX p1_id ON p1 (id);
CREATE INDEX p2_id ON p2 (k, id DESC);
CREATE INDEX p2_brin ON p2 USING brin (k);
CREATE INDEX p2_email ON p2 (email);
INSERT INTO p SELECT g, 1 + g / 1500, md5(g::text), repeat('x', 1450) FROM generate_series(0, 4499) g;
VACUUM (FREEZE, ANALYZE) p;

SELECT gradual.define('m', 'ALTER TABLE p ADD COLUMN b text; UPDATE p SET b = left(email, 10)', batch_size => 100);
-- after each batch the first row of every twentieth page goes, and all of a few pages in a row
CREATE PROCEDURE drive() LANGUAGE plpgsql AS $$
DECLARE
    is_done boolean;
    low int := 0;
BEGIN
    LOOP
        is_done := (gradual.run_batch('m')).is_done;
        COMMIT;
        EXIT WHEN is_done;
        DELETE FROM p WHERE id % 100 = low % 100 AND id / 100 = low / 3 % 45 OR id BETWEEN low AND low + 6;
        COMMIT;
        low := low + 37;
    END LOOP;
END
$$;
CALL drive();
SELECT gradual.complete('m');
CALL drive();
SELECT status FROM gradual.ledger WHERE name = 'm';
SELECT k, count(*) BETWEEN 1 AND 1499 AS some, count(*) FILTER (WHERE b IS DISTINCT FROM left(email, 10)) AS wrong
FROM p GROUP BY k ORDER BY k;

-- by its index each partition has the rows that it has
CREATE FUNCTION sum_of(by_index boolean, condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    sum bigint;
BEGIN
    PERFORM set_config('enable_seqscan', (NOT by_index)::text, true),
            set_config('enable_indexscan', by_index::text, true),
            set_config('enable_bitmapscan', 'off', true),
            set_config('enable_indexonlyscan', 'off', true);
    EXECUTE 'SELECT sum(id + length(b)) FROM p WHERE ' || condition INTO sum;
    RETURN sum;
END
$$;
SELECT condition, sum_of(true, condition) = sum_of(false, condition) AS same
FROM unnest(ARRAY['k = 1 AND id >= 0', 'k = 2', 'k = 2 AND email > ''0''']) condition;

SELECT gradual.forget('m');
DROP FUNCTION sum_of;
DROP PROCEDURE drive;
DROP TABLE p;
